"""Training speed on one GPU, side by side in one run: ``python -m tests.bench.gpu_training [--folder DIR] [--more] [--profile]``.

An 8B shape with random weights is written to memory (tmpfs), or read from DIR where ``gpu_model.py`` wrote it. Then, each library set
in a process of its own (Unsloth patches the others): the raw loop that one would write by hand, and ``train()`` of this
project, on the same rows of 512 tokens; and the plan's 150 rows x 2 epochs at batch 4, from loading to the written adapter.
``--more`` measures other pairs of library, precision and batch. Printed are tokens per second at the median step (padding not counted),
the most memory taken, and the share of the arithmetic floor. What fails is printed and the rest goes on; what has no time left is missing.
"""

from __future__ import annotations

import argparse
import gc
import json
import shutil
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from core.plan.settings import ModelSettings, TrainSettings
from tests.bench.gpu import versions
from tests.bench.gpu_model import RANK, write
from tests.bench.gpu_raw import raw_peft, raw_unsloth
from tests.bench.gpu_rows import STEPS, WARM, Part, plan_rows, rate, rows

TFLOPS = 790.0  # measured on an H200: 8192 x 8192 x 8192 in bf16

GROUPS = {
    "peft": [
        Part("peft", "bf16", 4, ours=True),
        Part("peft", "bf16", 4, ours=False),
        Part("peft", "bf16", 16, ours=True),
    ],
    "unsloth": [
        Part("unsloth", "nf4", 16, ours=False),
        Part("unsloth", "nf4", 16, ours=True),
        Part("unsloth", "bf16", 4, ours=True, plan=True),
    ],
    "more-peft": [
        Part("peft", "nf4", 4, ours=True),
        Part("peft", "nf4", 4, ours=False),
        Part("peft", "bf16", 4, ours=True, plan=True),
    ],
    "more-unsloth": [
        Part("unsloth", "bf16", 4, ours=True),
        Part("unsloth", "bf16", 16, ours=True),
    ],
    "profile": [Part("peft", "bf16", 4, ours=True, profile=True)],
}


def main() -> None:
    """Everything, or (called by itself) one group of parts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--folder", type=Path, help="where the model lies, or is written (default: in memory); core/practice/model to try the script"
    )
    parser.add_argument("--group", choices=sorted(GROUPS))
    parser.add_argument("--more", action="store_true", help="the other pairs")
    parser.add_argument("--profile", action="store_true", help="only where the GPU's time goes in a step")
    parser.add_argument("--seconds", type=float, default=236.0, help="for everything; what is not done by then is ended")
    args = parser.parse_args()
    if args.group:
        _group(args.group, args.folder)
        return
    folder = Path(args.folder or tempfile.mkdtemp(prefix="cogumi-8b-", dir="/dev/shm" if Path("/dev/shm").is_dir() else None))
    began = time.monotonic()
    # Importing takes half a minute where nothing is cached: the groups do it while the model is made, and then wait for their turn.
    chosen = ["profile"] if args.profile else ["more-peft", "more-unsloth"] if args.more else ["peft", "unsloth"]
    groups = [_Group(name, folder) for name in chosen]
    try:
        print(f"{time.strftime('%Y-%m-%d %H:%M')} {_versions()}", flush=True)
        if not (folder / "config.json").is_file():
            write(folder)
            print(f"model written in {time.monotonic() - began:.0f} s", flush=True)
        lines = []
        for group in groups:
            lines += group.run(args.seconds - (time.monotonic() - began))
        _table(lines)
        print(f"all in {time.monotonic() - began:.0f} s")
    finally:
        for group in groups:
            group.end()
            group.clear()
        if args.folder is None:
            shutil.rmtree(folder, ignore_errors=True)


class _Group:
    """The parts of one group in a process of its own, which waits for a line before it begins."""

    def __init__(self, name: str, folder: Path) -> None:
        self._name = name
        self._log = Path(tempfile.mkdtemp(prefix="cogumi-training-")) / f"{name}.log"
        command = [sys.executable, "-u", "-m", "tests.bench.gpu_training", "--group", name, "--folder", str(folder)]
        with self._log.open("w") as out:
            self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=out, stderr=subprocess.STDOUT, text=True)

    def run(self, seconds: float) -> list[dict[str, Any]]:
        """What it has measured when it ends, or when its time is over."""
        try:
            self._process.communicate("go\n", timeout=max(10.0, seconds))
            ended = f"ended with {self._process.returncode}"
        except (subprocess.TimeoutExpired, BrokenPipeError):
            ended = f"out of time after {seconds:.0f} s"
            self.end()
        lines = []
        for line in self._log.read_text(errors="replace").splitlines():
            if line.startswith("RESULT "):
                lines.append(json.loads(line.removeprefix("RESULT ")))
            elif "Loading weights" not in line and "Writing model" not in line:
                print(f"  {self._name}| {line[:260]}")
        print(f"  {self._name}: {ended}", flush=True)
        return lines

    def end(self) -> None:
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()

    def clear(self) -> None:
        """Removes the log."""
        shutil.rmtree(self._log.parent, ignore_errors=True)


def _table(lines: list[dict[str, Any]]) -> None:
    print(f"\n| LoRA r={RANK}, 8B shape | tok/s | peak GiB | of the floor | |")
    print("|---|---|---|---|---|")
    for line in lines:
        rate, memory = line.get("rate"), line.get("memory")
        share = f"{100 * rate / line['floor']:.0f} %" if rate else ""
        told = line.get("error") or line.get("note", "")
        print(f"| {line['name']} | {f'{rate:,.0f}' if rate else ''} | {f'{memory:.1f}' if memory else ''} | {share} | {told} |")
    if lines:
        print(f"\nfloor: {lines[0]['floor']:,.0f} tok/s = {TFLOPS:.0f} TFLOP/s / (4 x {lines[0]['parameters'] / 1e9:.2f} G parameters)")


def _group(group: str, folder: Path) -> None:
    """Every part of a group, each told in one line as soon as it is known."""
    unsloth_first = GROUPS[group][0].library == "unsloth"
    if unsloth_first:
        import unsloth  # noqa: F401  before all that it patches
    import torch

    import core.training.trainer  # noqa: F401  the slow imports, while others work

    sys.stdin.readline()
    config = json.loads((folder / "config.json").read_text())
    parameters = _parameters(config)
    for part in GROUPS[group]:
        told: dict[str, Any] = {"name": part.name, "parameters": parameters, "floor": TFLOPS * 1e12 / (4 * parameters)}
        gc.collect()
        if torch.cuda.is_available():
            torch.cuda.empty_cache()
            torch.cuda.reset_peak_memory_stats()
        began = time.monotonic()
        try:
            measure: Callable[[Part, Path], dict[str, Any]] = _ours if part.ours else (raw_unsloth if unsloth_first else raw_peft)
            told |= measure(part, folder)
        except Exception as error:
            traceback.print_exc()
            told["error"] = f"{type(error).__name__}: {str(error).splitlines()[0][:160] if str(error) else ''}"
        if torch.cuda.is_available():
            told["memory"] = torch.cuda.max_memory_allocated() / 2**30
        told["note"] = f"{told.get('note', '')} ({time.monotonic() - began:.0f} s with loading)".strip()
        print("RESULT " + json.dumps(told), flush=True)


def _ours(part: Part, folder: Path) -> dict[str, Any]:
    """Through ``train()``; the rate is that of the median step, the first ones left out, or over all for the plan's run."""
    from core.training.train import train

    given = plan_rows(folder) if part.plan else rows(part.batch * (WARM + STEPS[part.batch]), folder)
    steps: list[tuple[float, float]] = []
    saving = [0.0]
    profiler = _profiler() if part.profile else None

    def emit(kind: str, **data: Any) -> None:
        if kind == "loss":
            steps.append((time.monotonic(), data["loss"]))
            if profiler is not None and data["step"] in (6, 9):
                _profile(profiler, start=data["step"] == 6)
        elif kind == "checkpoint":
            saving[0] += time.monotonic() - steps[-1][0]
        elif kind == "note":
            print(data["text"], flush=True)

    with tempfile.TemporaryDirectory() as work:
        result = train(
            given,
            model=ModelSettings(base=str(folder), adapter="", precision=_precision(part), max_length=2048),
            settings=TrainSettings(
                per_device_train_batch_size=part.batch,
                num_train_epochs=2.0 if part.plan else 1.0,
                r=RANK,
                lora_alpha=RANK,
                backend=part.library,
                save_steps=20 if part.plan else 1000,
            ),
            workspace=Path(work),
            start_adapter=None,
            out=Path(work) / "adapter",
            work=Path(work) / "checkpoints",
            emit=emit,
            stopping=lambda: False,
        )
    losses = f"loss {steps[0][1]:.2f} to {steps[-1][1]:.2f}"
    if part.plan:
        told = f"{len(given)} rows x 2 epochs, {result.steps} steps: {result.seconds:.1f} s, {saving[0]:.1f} s of them checkpoints"
        return {"rate": result.tokens / (result.seconds - saving[0]), "note": f"{told}, {losses}"}
    return rate(part, [moment for moment, _ in steps[WARM - 1 :]], losses)


def _profiler() -> Any:
    from torch.profiler import ProfilerActivity, profile

    return profile(activities=[ProfilerActivity.CPU, ProfilerActivity.CUDA])


def _profile(profiler: Any, *, start: bool) -> None:
    """Starts, or stops and prints where three steps spent the GPU's time."""
    if start:
        profiler.start()
        return
    profiler.stop()
    print(profiler.key_averages().table(sort_by="self_device_time_total", row_limit=22, max_name_column_width=60), flush=True)


def _precision(part: Part) -> str:
    import torch

    return part.precision if torch.cuda.is_available() else "fp32"


def _parameters(config: dict[str, Any]) -> int:
    from core.models.precision import count_parameters

    return count_parameters(config) or 0


def _versions() -> str:
    import torch

    return f"{torch.cuda.get_device_name() if torch.cuda.is_available() else 'no GPU'}, {versions()}"


if __name__ == "__main__":
    main()
