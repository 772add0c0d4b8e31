"""One GPU against several of one host: ``python -m tests.bench.gpu_several [--processes 2] [--folder DIR]``.

A 1B shape with random weights; the same requests and the same rows through one process and through several. Printed are tokens
per second, how many responses are the same text, and the first and last loss of training (the rows of a step differ: n processes
take n batches a step).
"""

from __future__ import annotations

import argparse
import multiprocessing
import shutil
import tempfile
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from core.plan.settings import GenerationSettings, ModelSettings, TrainSettings
from core.records import Request, Sampling
from tests.bench.gpu_model import RANK, write
from tests.bench.gpu_rows import rows
from tests.bench.gpu_training import _versions

SHAPE = {"hidden_size": 2048, "intermediate_size": 8192, "num_hidden_layers": 16}
PROMPTS, SAMPLES, NEW = 256, 8, 128


def main() -> None:
    """Both tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--folder", type=Path, help="where the model lies, or is written; core/practice/model to try the script")
    parser.add_argument("--small", action="store_true", help="little work, to try the script")
    args = parser.parse_args()
    folder = args.folder or Path(tempfile.mkdtemp(prefix="cogumi-1b-", dir="/dev/shm" if Path("/dev/shm").is_dir() else None))
    try:
        # This process must not touch a GPU before training tells it which one is its own.
        first = multiprocessing.get_context("spawn").Process(target=_prepare, args=(folder,))
        first.start()
        first.join()
        for part in (_generate, _train):
            try:
                part(folder, args.processes, args.small)
            except Exception:
                traceback.print_exc()
    finally:
        if args.folder is None:
            shutil.rmtree(folder, ignore_errors=True)


def _prepare(folder: Path) -> None:
    print(f"{time.strftime('%Y-%m-%d %H:%M')} {_versions()}", flush=True)
    write(folder, SHAPE)


def _generate(folder: Path, processes: int, small: bool) -> None:
    from core.generation.several import Place, SeveralEngines
    from core.models.fingerprint import fingerprint

    model = _model(folder)
    place = Place(model, folder, None, GenerationSettings(max_new_tokens=NEW))
    sampling = Sampling(0.7, 0.95, 16 if small else NEW, 7)
    prompts, samples = (4, 2) if small else (PROMPTS, SAMPLES)
    wanted = [Request(f"p{i}", f"Say {i}.", sample, sampling) for i in range(prompts) for sample in range(samples)]
    found = {}
    for count in (1, processes):
        engine = SeveralEngines(count, place, fingerprint(model, folder, None), note=lambda text: print(f"  {text}"))
        try:
            # A first response from every process, so that none loads while the clock runs.
            list(engine.generate(wanted[:: len(wanted) // prompts][: 2 * count]))
            began = time.monotonic()
            made = [response for batch in engine.generate(wanted) for response in batch]
            seconds = time.monotonic() - began
        finally:
            engine.close()
        found[count] = {response.key: response.text for response in made}
        tokens = sum(response.tokens for response in made)
        print(f"generation, {count} processes: {len(made)} responses, {tokens / seconds:,.0f} tok/s, {seconds:.1f} s", flush=True)
    same = sum(found[1][key] == found[processes].get(key) for key in found[1])
    print(f"the same text from one process and from {processes}: {same} of {len(found[1])}", flush=True)


def _train(folder: Path, processes: int, small: bool) -> None:
    from core.training.train import train

    given = rows(16 if small else 240, folder)
    for count in (1, processes):
        losses: list[float] = []
        marks: list[float] = []
        with tempfile.TemporaryDirectory() as work:
            result = train(
                given,
                model=_model(folder),
                settings=TrainSettings(
                    r=RANK, lora_alpha=RANK, learning_rate=1e-4, num_train_epochs=1.0, backend="peft", held_out_share=0.1
                ),
                workspace=folder,
                start_adapter=None,
                out=Path(work) / "adapter",
                work=Path(work) / "checkpoints",
                emit=_emit(losses, marks),
                stopping=lambda: False,
                processes=count,
            )
        told = f"{result.steps} steps, {result.seconds:.1f} s, loss {losses[0]:.3f} to {losses[-1]:.3f}"
        rate = sum(marks[2:]) / max(1, len(marks[2:]))
        print(f"training, {count} processes: {rate:,.0f} tok/s by the step's events, {told}", flush=True)


def _emit(losses: list[float], marks: list[float]) -> Callable[..., None]:
    def emit(kind: str, **data: Any) -> None:
        if kind == "loss":
            losses.append(data["loss"])
            marks.append(data["tokens_per_second"])
        elif kind == "held_out":
            print(f"  held-out loss {data['loss']:.4f} at step {data['step']}")
        elif kind == "note":
            print(f"  {data['text']}")

    return emit


def _model(folder: Path) -> ModelSettings:
    return ModelSettings(base=str(folder), adapter="", max_length=2048)


if __name__ == "__main__":
    main()
