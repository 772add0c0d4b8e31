"""Prints every GPU table on a machine with one large GPU, in one call under ten minutes.

    python -m tests.bench.gpu [--only generate,train]

Each part runs in a process of its own with a limit; one that fails says so and the others go on. What is printed is also written to
``gpu.txt`` in the folder that $OUT names, where it is set. Needs about 20 GiB of a memory file system or disk for the 8B shape.
"""

from __future__ import annotations

import argparse
import datetime
import importlib.metadata
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_PACKAGES = ("torch", "triton", "transformers", "peft", "trl", "accelerate", "unsloth", "bitsandbytes", "datasets")
WHOLE = 595.0  # seconds for everything
_NOISE = ("Warning", "Loading weights", "Writing model", "Configuration class", "%|")


@dataclass(frozen=True, slots=True)
class Part:
    """``command``: what follows ``python -m``, with ``{model}`` for the model's folder and ``{seconds}`` for what it may take at most.

    seconds: its limit.

    beside: it runs together with the part before it, for it leaves the GPU nearly idle. named: it runs only when --only names it, for the
    others take the ten minutes.
    """

    name: str
    title: str
    command: Sequence[str]
    seconds: float
    beside: bool = False
    named: bool = False


PARTS = (
    Part("model", "The 8B shape, written", ("tests.bench.gpu_model", "{model}"), 90),
    Part("beside", "Stored in nf4, and an adapter on it", ("tests.bench.gpu_model", "{model}", "--four-bit", "--adapter"), 90, named=True),
    Part(
        "generate",
        "Ways to generate, bf16",
        ("tests.bench.gpu_generate", "{model}", "--others", "--profile", "256", "1024"),
        150,
    ),
    Part("generate", "Ways to generate, nf4", ("tests.bench.gpu_generate", "{model}", "--precision", "nf4", "--others"), 90),
    Part("telemetry", "The panel's meter and nvidia-smi", ("tests.bench.gpu_telemetry",), 40),
    Part("phase", "Phase 1B.1 on the 8B shape, from cogumi run", ("tests.bench.gpu_phase", "{model}"), 240),
    Part("practice", "Phase 1B.1 on the practice model, from cogumi run", ("tests.bench.gpu_phase", "practice"), 240, beside=True),
    Part("train", "Training", ("tests.bench.gpu_training", "--folder", "{model}", "--seconds", "{seconds}"), 240),
    Part(
        "train-more",
        "Training, other pairs",
        ("tests.bench.gpu_training", "--folder", "{model}", "--more", "--seconds", "{seconds}"),
        240,
        named=True,
    ),
    Part("scan", "The failure scan whole, bf16", ("tests.bench.gpu_generate", "{model}", "--scan"), 330, named=True),
    Part("adapter", "With an adapter, bf16", ("tests.bench.gpu_generate", "{model}", "--adapter", "{model}-adapter"), 100, named=True),
    Part(
        "adapter",
        "With an adapter, nf4",
        ("tests.bench.gpu_generate", "{model}-bnb-4bit", "--precision", "nf4", "--adapter", "{model}-adapter"),
        100,
        named=True,
    ),
    Part(
        "stored",
        "Phase 1B.1 as the h100 profile names it: weights stored in nf4, a Phase 1A adapter, Unsloth",
        ("tests.bench.gpu_phase", "{model}-bnb-4bit", "--adapter", "{model}-adapter", "--limit", "300"),
        330,
        named=True,
    ),
    Part(
        "stored",
        "The same without Unsloth, few problems measured",
        ("tests.bench.gpu_phase", "{model}-bnb-4bit", "--adapter", "{model}-adapter", "--measured", "4", "--set", "train.backend=peft"),
        150,
        named=True,
    ),
    Part("memory", "Memory taken away", ("tests.faults.gpu_memory", "{model}"), 240, named=True),
    Part(
        "scan4",
        "The failure scan whole, nf4",
        ("tests.bench.gpu_generate", "{model}-bnb-4bit", "--precision", "nf4", "--scan"),
        330,
        named=True,
    ),
)


class Output:
    """Lines to the screen and to the file."""

    def __init__(self) -> None:
        folder = os.environ.get("OUT")
        self._file = (Path(folder) / "gpu.txt").open("a", encoding="utf-8") if folder else None

    def line(self, text: str = "") -> None:
        print(text, flush=True)
        if self._file:
            print(text, file=self._file, flush=True)


def versions() -> str:
    def one(name: str) -> str:
        try:
            return f"{name} {importlib.metadata.version(name)}"
        except importlib.metadata.PackageNotFoundError:
            return f"{name} missing"

    return ", ".join(one(name) for name in _PACKAGES)


def chip() -> str:
    query = "--query-gpu=name,memory.total,driver_version,power.limit"
    return subprocess.run(["nvidia-smi", query, "--format=csv,noheader"], capture_output=True, text=True, check=True).stdout.strip()


def run(part: Part, model: Path, seconds: float, line: Callable[[str], None]) -> None:
    """One part in a process of its own, ended after so many seconds."""
    line(f"\n## {part.title}")
    start = time.perf_counter()
    told = int(seconds - 5)  # it says what it has before it is ended
    command = [sys.executable, "-m", *(word.format(model=model, seconds=told) for word in part.command)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
    timer = threading.Timer(seconds, process.kill)
    timer.start()
    try:
        assert process.stdout is not None
        for text in process.stdout:
            if text.strip() and not any(word in text for word in _NOISE):
                line(text.rstrip())
    finally:
        timer.cancel()
    code = process.wait()
    ended = "" if code == 0 else f"; ended with {code}" + (" at its limit" if code == -9 else "")
    line(f"({time.perf_counter() - start:.0f} s{ended})")


def together(parts: Sequence[Part], model: Path, left: float, out: Output) -> None:
    """A part and those that run beside it; what those say comes after it."""
    said: list[list[str]] = [[] for _ in parts[1:]]
    threads = [
        threading.Thread(target=run, args=(part, model, min(part.seconds, left), lines.append))
        for part, lines in zip(parts[1:], said, strict=True)
    ]
    for thread in threads:
        thread.start()
    run(parts[0], model, min(parts[0].seconds, left), out.line)
    for thread, lines in zip(threads, said, strict=True):
        thread.join()
        for text in lines:
            out.line(text)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="parts with commas: " + ", ".join(dict.fromkeys(part.name for part in PARTS)))
    parser.add_argument("--model", type=Path, default=_place() / "cogumi-8b", help="where the 8B shape lies or is written")
    options = parser.parse_args()
    chosen = {name.strip() for name in options.only.split(",") if name.strip()} or {part.name for part in PARTS if not part.named}
    unknown = chosen - {part.name for part in PARTS}
    if unknown:
        parser.error(f"there is no part {', '.join(sorted(unknown))}")
    if chosen & {"adapter", "scan4", "stored"}:
        chosen.add("beside")
    if chosen & {"generate", "phase", "scan", "memory", "train", "train-more"}:
        chosen.add("model")
    groups: list[list[Part]] = []
    for part in (part for part in PARTS if part.name in chosen):
        if part.beside and groups:
            groups[-1].append(part)
        else:
            groups.append([part])
    out = Output()
    start = time.perf_counter()
    out.line(f"# {datetime.datetime.now(datetime.UTC):%Y-%m-%d %H:%M} UTC, {chip()}\n{versions()}")
    for group in groups:
        left = WHOLE - (time.perf_counter() - start)
        if left > 0:
            together(group, options.model, left, out)
        else:
            out.line(f"\nno time left for: {', '.join(part.title for part in group)}")
    out.line(f"\nall in {time.perf_counter() - start:.0f} s")


def _place() -> Path:
    memory = Path("/dev/shm")
    return memory if memory.is_dir() and shutil.disk_usage(memory).free > 40 << 30 else Path.home()


if __name__ == "__main__":
    main()
