"""Takes a GPU's memory away for real, and prints what comes of it: ``python -m tests.faults.gpu_memory MODEL_FOLDER``.

MODEL_FOLDER is an 8B shape of ``tests.bench.gpu_model``. Each trial is a process of its own; a neighbour is another that holds all
memory but so many GiB, as a forgotten notebook does.
"""

from __future__ import annotations

import argparse
import multiprocessing
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from core.errors import CogumiError
from core.plan.settings import GenerationSettings, ModelSettings, TrainSettings
from core.records import Request, Sampling

_NEIGHBOUR = """
import sys, torch
leave = float(sys.argv[1]) * 2**30
held = []
while (more := int(torch.cuda.mem_get_info()[0] - leave)) > 2**26:
    held.append(torch.empty(more, dtype=torch.uint8, device="cuda"))
print("there", flush=True)
sys.stdin.read()
"""
_LIMIT = 120.0  # seconds for a trial


@contextmanager
def neighbour(leave: float) -> Iterator[None]:
    """Another process that holds all memory but ``leave`` GiB."""
    other = subprocess.Popen([sys.executable, "-c", _NEIGHBOUR, str(leave)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert other.stdout is not None
    try:
        if other.stdout.readline().strip() != "there":
            raise RuntimeError("the neighbour did not come")
        yield
    finally:
        other.kill()
        other.wait()


def too_many_rows(folder: Path) -> str:
    """``generation.batch_size`` asks for three times what fits."""
    import torch

    from core.generation.forward import shape_of
    from core.generation.local import LocalEngine

    loaded = _load(folder)
    longest = 1000
    each = shape_of(loaded.model).token_bytes() * longest
    rows = 3 * int(torch.cuda.mem_get_info()[0] / each)
    engine = LocalEngine(loaded, GenerationSettings(batch_size=rows), _say)
    return _answered(engine, _requests(rows, 24, longest))


def someone_comes(folder: Path) -> str:
    """Another process takes all but 14 GiB just after the loop looked how much is free."""
    from core.generation import local, memory

    loaded = _load(folder)
    engine = local.LocalEngine(loaded, GenerationSettings(), _say)
    list(engine.generate(_requests(8, 8, 8)))  # compiles the kernels and checks parity
    with neighbour_after_a_look(memory):
        return _answered(engine, _requests(2000, 24, 400))


@contextmanager
def neighbour_after_a_look(memory: Any) -> Iterator[None]:
    """The neighbour comes once the free memory was asked for."""
    look, there = memory.free_bytes, neighbour(14.0)

    def looked(device: str) -> int:
        found = look(device)
        memory.free_bytes = look
        there.__enter__()
        return int(found)

    memory.free_bytes = looked
    try:
        yield
    finally:
        memory.free_bytes = look
        there.__exit__(None, None, None)


def no_room_to_load(folder: Path) -> str:
    """Another process leaves 6 GiB."""
    with neighbour(6.0):
        _load(folder)
    return "loaded all the same"


def training(folder: Path, work: Path, *, hurt: bool) -> str:
    """All memory is gone after step 5 of 12 (``hurt``); or nothing happens, and what was begun goes on."""
    import torch

    from core.training.train import train
    from tests.bench.gpu_rows import rows

    steps: list[int] = []
    taken: list[Any] = []

    def emit(kind: str, **data: Any) -> None:
        if kind == "loss":
            steps.append(data["step"])
            while hurt and data["step"] == 5:
                try:
                    taken.append(torch.empty(2**25, dtype=torch.uint8, device="cuda"))
                except torch.OutOfMemoryError:
                    break
        elif kind == "note":
            _say(data["text"])

    try:
        result = train(
            rows(48, folder),
            model=ModelSettings(base=str(folder), adapter="", precision="bf16", max_length=2048),
            settings=TrainSettings(num_train_epochs=1.0, save_steps=2, backend="peft", held_out_share=0.0),
            workspace=work, start_adapter=None, out=work / "adapter", work=work / "checkpoints", emit=emit, stopping=lambda: False,
        )  # fmt: skip
    finally:
        _say(f"steps told: {steps[0]} to {steps[-1]}" if steps else "no step was told")
    return f"{result.steps} steps, adapter written"


def _load(folder: Path) -> Any:
    from core.models.load import load

    return load(ModelSettings(base=str(folder), adapter="", precision="bf16"), Path.cwd(), None)


def _requests(count: int, short: int, longest: int) -> list[Request]:
    """One of ``longest`` tokens, the others ``short``."""
    return [Request(f"p/{i}", f"Say {i}.", 0, Sampling(0.7, 0.95, short if i else longest, 7)) for i in range(count)]


def _answered(engine: Any, wanted: list[Request]) -> str:
    got = [(one.problem_id, one.tokens) for batch in engine.generate(wanted) for one in batch]
    limits = {one.problem_id: one.sampling.max_new_tokens for one in wanted}
    whole = sum(tokens == limits[name] for name, tokens in got)
    return f"{len(got):,} responses to {len(wanted):,} requests, {len(dict(got)):,} different, {whole:,} of full length"


def _say(text: str) -> None:
    print(f"    {text}", flush=True)


def _one(name: str, trial: Callable[..., str], options: dict[str, Any]) -> None:
    print(f"{name}", flush=True)
    start = time.monotonic()
    try:
        print(f"  -> {trial(**options)} ({time.monotonic() - start:.0f} s)", flush=True)
    except CogumiError as error:
        print(f"  -> {type(error).__name__}: {error} ({time.monotonic() - start:.0f} s)", flush=True)
    except BaseException:
        traceback.print_exc()
        print("  -> a traceback, which is a fault", flush=True)


def main() -> None:
    """Every trial."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder.resolve()
    with tempfile.TemporaryDirectory() as name:
        work = {"folder": folder, "work": Path(name)}
        for title, trial, options in (
            ("three times the rows that fit", too_many_rows, {"folder": folder}),
            ("a neighbour takes the memory after the loop looked", someone_comes, {"folder": folder}),
            ("a neighbour leaves 6 GiB to load in", no_room_to_load, {"folder": folder}),
            ("memory ends in the middle of training", training, {**work, "hurt": True}),
            ("the same training again", training, {**work, "hurt": False}),
        ):
            process = multiprocessing.get_context("spawn").Process(target=_one, args=(title, trial, options))
            process.start()
            process.join(_LIMIT)
            if process.is_alive():
                process.kill()
                print(f"  -> not at its end after {_LIMIT:.0f} s", flush=True)
            process.join()


if __name__ == "__main__":
    main()
