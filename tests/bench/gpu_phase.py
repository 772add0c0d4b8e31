"""Runs Phase 1B.1 through ``cogumi run`` and prints each step's wall time.

    python -m tests.bench.gpu_phase MODEL_FOLDER [--adapter FOLDER]
    python -m tests.bench.gpu_phase practice

With a folder: the 8B shape of ``gpu_model.py``, lengths and last lines of its responses forced (``forced/sitecustomize.py``), problems of
random words whose right answer is what is forced, the plan's 150 training problems and 2 epochs. ``--adapter`` names what Phase 1A
left: training goes on from it, and how much of it moved is told. With ``practice``: the packaged model
as it is, and what its gate says.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
_ENDING = "\n```python\ndef f():\n    return 42\n```\nAnswer: B\n#### 42"
_PLAN_MINUTES = {"diagnose": "15-20", "distill": "30-45", "train": "30-45", "validate": "15-20"}


def question(draw: random.Random) -> str:
    """Sixteen made-up words, so that no two problems overlap."""
    return " ".join("".join(draw.choices("abcdefghijklmnopqrstuvwxyz", k=5)) for _ in range(16)) + "?"


def write_problems(folder: Path, measured: dict[str, int]) -> None:
    """Problems in the forms of GSM8K, MBPP and ARC; the right answers are the forced ones."""
    draw = random.Random(1)

    def write(name: str, rows: Sequence[dict[str, Any]]) -> None:
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))

    for name, count in (("math_train", 100), ("math_test", measured["MATH"])):
        write(name, [{"question": question(draw), "answer": "#### 42"} for _ in range(count)])
    for name, first, count in (("code_train", 601, 50), ("code_test", 11, measured["CODE"])):
        write(name, [{"task_id": first + i, "text": question(draw), "test_list": ["assert f() == 42"]} for i in range(count)])
    choices = {"text": ["one", "two", "three", "four"], "label": ["A", "B", "C", "D"]}
    write(
        "arc_test",
        [{"id": str(i), "question": question(draw), "choices": choices, "answerKey": "B"} for i in range(measured["REASONING"])],
    )
    tests = [json.loads(line) for name in ("math_test", "code_test") for line in (folder / f"{name}.jsonl").read_text().splitlines()]
    write("references", [{"prompt": row.get("question") or row["text"], "response": "#### 41"} for row in tests])


def settings(model: Path, adapter: str, measured: dict[str, int]) -> list[str]:
    """What ``--set`` is given."""
    sources = {"MATH": ("math_test", "math_train"), "CODE": ("code_test", "code_train"), "REASONING": ("arc_test", "arc_test")}
    changes: dict[str, object] = {"profile": "h100", "model.base": model, "model.adapter": adapter, "judge.reference": "references.jsonl"}
    for category, (test, train) in sources.items():
        changes[f"categories.{category}.source"] = f"{test}.jsonl"
        changes[f"categories.{category}.train_source"] = f"{train}.jsonl"
        changes[f"categories.{category}.measure_problems"] = measured[category]
    return [f"{key}={value}" for key, value in changes.items()]


def ending(model: Path) -> str:
    """The forced last tokens of every response."""
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(model)
    return ",".join(str(i) for i in [*tokenizer.encode(_ENDING, add_special_tokens=False), tokenizer.eos_token_id])


def run(workspace: Path, overrides: Sequence[str], environment: dict[str, str], limit: float) -> None:
    """One attempt of Phase 1B.1, followed to its end or to ``limit`` seconds, and its table."""
    flags = [part for change in overrides for part in ("--set", change)]
    command = [sys.executable, "-m", "app.cli"]
    environment = {**os.environ, "XDG_STATE_HOME": str(workspace / "state"), **environment}

    def cogumi(*words: str, seconds: float = 60.0) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*command, *words, "--workspace", str(workspace)],
            env=environment, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=seconds,
        )  # fmt: skip

    start = time.perf_counter()
    said = ""
    try:
        done = cogumi("run", "phase-1b.1", *flags, seconds=limit)
        print(f"exit code {done.returncode} after {time.perf_counter() - start:.0f} s")
        said = done.stdout
        if done.returncode not in (0, 3):
            print(said[-3000:])
    except subprocess.TimeoutExpired:
        print(f"not at its end after {limit:.0f} s; stopped")
        cogumi("stop")
    for step in json.loads(cogumi("status", "--json").stdout)["steps"]:
        if step["phase"] == "1B.1" and step["seconds"] is not None:
            planned = _PLAN_MINUTES.get(step["id"])
            told = f"{step['id']:10} {step['state']:8} {step['seconds']:7.1f} s   plan {planned} min   {step['summary'] or step['cause']}"
            print(told[:300])
    for log in sorted((workspace / "logs").rglob("*.log")):
        print(f"  {log.stem}: " + " | ".join(line[:160] for line in log.read_text(errors="replace").splitlines()[-4:]))
    for line in said.splitlines():
        if "gate" in line.lower():
            print(line[:300])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", help="'practice', or a folder that tests.bench.gpu_model wrote")
    parser.add_argument("--adapter", default="", help="an adapter on that model, from which training goes on")
    parser.add_argument("--measured", type=int, default=40, help="measured problems of MATH and of REASONING; half as many of CODE")
    parser.add_argument("--limit", type=float, default=220.0, help="seconds after which what is not done is stopped")
    parser.add_argument("--set", action="append", default=[], help="a further setting")
    options = parser.parse_args()
    measured = {"MATH": options.measured, "CODE": options.measured // 2, "REASONING": options.measured}
    with tempfile.TemporaryDirectory(prefix="cogumi-phase-") as name:
        workspace = Path(name)
        if options.model == "practice":
            run(workspace, ["model.precision=auto", *options.set], {"PYTHONPATH": os.pathsep.join([str(ROOT), *_path()])}, options.limit)
            return
        model = Path(options.model).resolve()
        write_problems(workspace, measured)
        path = os.pathsep.join([str(ROOT / "tests" / "bench" / "forced"), str(ROOT), *_path()])
        forced = {"PYTHONPATH": path, "COGUMI_BENCH_ENDING": ending(model)}
        adapter = Path(options.adapter).resolve() if options.adapter else None
        run(workspace, [*settings(model, str(adapter or ""), measured), *options.set], forced, options.limit)
        if adapter is not None:
            print(moved(adapter, workspace / "checkpoints" / "self_consistent_test"))


def moved(start: Path, trained: Path) -> str:
    """How much of an adapter's numbers training changed, and the precision that they are kept in."""
    from safetensors.torch import load_file

    if not trained.is_dir():
        return f"{trained.name} was not made"
    before, after = (load_file(folder / "adapter_model.safetensors") for folder in (start, trained))
    if before.keys() != after.keys():
        return f"{len(before.keys() ^ after.keys())} of {len(before)} tensors are in one of the two adapters only"
    told = []
    for name in ("lora_A", "lora_B"):
        pairs = [(before[key].float(), after[key].float()) for key in before if name in key]
        numbers = sum(old.numel() for old, _ in pairs)
        share = sum(int((old != new).sum()) for old, new in pairs) / numbers
        mean = sum(float((old - new).abs().sum()) for old, new in pairs) / numbers
        told.append(f"{name} {share:.2%} changed, by {mean:.2e} on average")
    kinds = ", ".join(sorted({str(value.dtype) for value in after.values()}))
    return f"the trained adapter against the one it started from: {'; '.join(told)}; kept in {kinds}"


def _path() -> list[str]:
    return [part for part in os.environ.get("PYTHONPATH", "").split(os.pathsep) if part]


if __name__ == "__main__":
    main()
