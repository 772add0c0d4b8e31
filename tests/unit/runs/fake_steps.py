"""Small steps without torch for tests of the run machinery: a registry module as ``steps_module`` names it.

What a step does is told by a file ``behaviour.json`` in the workspace: {step id: {"responses": n, "pause": seconds, ...}}. Responses are a
pure function of their key, so that an unbroken and a resumed run can be compared.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import resource
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from core.errors import StepFailed
from core.measures.estimate import Estimate
from core.records import Category, Grade, Measurement, Problem, Response, Sampling, Spending, TrainingRow
from core.runs.workspace import STORE_NAME
from core.steps.context import Context
from tests.unit.runs.linked import linked

BATCH = 4
SAMPLING = Sampling(0.7)


def function(step: str) -> Callable[[Context], str]:
    """Every step of the plan is carried out by the same small function."""
    return carry_out


def carry_out(context: Context) -> str:
    """Makes responses in batches, then measures or trains, as the step's id wants."""
    wants = behaviour(context)
    _misbehave(context, wants)
    role = {"diagnose": "before", "distill": "distill", "validate": "after", "benchmark": "after"}.get(context.step, "scan")
    if "fill" in wants and not (context.workspace / "was_full").exists():
        make(context, role, BATCH, 0.0)
        fill_disk(context.workspace, str(wants["fill"]))
    made = make(context, role, int(wants.get("responses", 8)), float(wants.get("pause", 0.0)))
    if context.step.startswith("train"):
        train(context, int(wants.get("steps", 5)))
    if context.step.startswith("distill"):
        kept = linked(context.workspace / STORE_NAME, context.run, role)
        rows = [TrainingRow(r.problem_id, Category.MATH, "p", r.text, r.key, True, 0.0) for r in kept]
        context.book.add_training_rows(rows)
    if role in ("before", "after"):
        measure(context, "before" if role == "before" else "after", float(wants.get("value", 0.9)))
    return f"{made} new responses"


def behaviour(context: Context) -> dict[str, Any]:
    """What the test wants of this step; numbers of tries let a step behave differently when it is run again."""
    file = context.workspace / "behaviour.json"
    return dict(json.loads(file.read_text()).get(context.step, {})) if file.exists() else {}


def make(context: Context, role: str, count: int, pause: float) -> int:
    """``count`` responses, those that exist reused; returns how many were made, and leaves a mark for each in ``made.txt``."""
    problems = [Problem(f"fake/{i}", Category.MATH, f"What is {i}?", str(i)) for i in range(count)]
    context.book.add_problems(problems, "measure")
    wanted = {key(context.step, p): p for p in problems}
    existing = context.book.responses(wanted.keys())
    context.book.use_responses(existing.keys(), role)
    missing = [k for k in wanted if k not in existing]
    for start in range(0, len(missing), BATCH):
        context.check_stop()
        keys = missing[start : start + BATCH]
        threading.Event().wait(pause)
        batch = [response(k, wanted[k]) for k in keys]
        context.book.add_responses(batch, role)
        # After the commit: a kill in between leaves a response without its mark, never one that is made twice unmarked.
        with (context.workspace / "made.txt").open("a") as file:
            file.write("".join(f"{k}\n" for k in keys))
        context.progress(len(existing) + start + len(keys), count, "responses", "making responses")
    graded = context.book.grades(dict.fromkeys(wanted, Problem("", Category.MATH, "")), "fake-1")
    context.book.add_grades({k: Grade(k[7], True) for k in wanted if k not in graded}, "fake-1")
    return len(missing)


def fill_disk(workspace: Path, name: str) -> None:
    """Leaves no byte of the disk free."""
    (workspace / "was_full").touch()
    with (workspace / name).open("wb", buffering=0) as file:
        for size in (1 << 16, 1 << 12, 1):
            with contextlib.suppress(OSError):
                while True:
                    file.write(b"x" * size)


def train(context: Context, steps: int) -> None:
    """Tells losses that are a function of the step alone."""
    for x in range(1, steps + 1):
        context.check_stop()
        told = {"step": x, "max_steps": steps, "epoch": x / steps, "num_train_epochs": 1, "loss": 1 / x, "learning_rate": 1e-3}
        context.book.emit("loss", **told)
    (context.workspace / "checkpoints").mkdir(exist_ok=True)
    file = context.workspace / "checkpoints" / f"{context.step}.txt"
    file.write_text("weights")
    context.book.add_artifact(file.relative_to(context.workspace), "adapter", hashlib.sha256(b"weights").hexdigest())


def measure(context: Context, when: Any, value: float) -> None:
    """All that a gate asks for, at one value."""
    estimate = Estimate(value, 100, max(0.0, value - 0.05), min(1.0, value + 0.05))
    low = Estimate(0.1, 100, 0.05, 0.15)
    figures = [
        Measurement(when, category, metric, low if metric == "tie_rate" else estimate)
        for category in (None, Category.MATH, Category.CODE, Category.REASONING)
        for metric in ("response_consistency", "answer_consistency", "accuracy", "score", "tie_rate", "accuracy_change")
    ]
    for m in figures:
        e = m.estimate
        context.book.emit("figures", when=when, category=m.category, metrics={m.metric: [e.value, e.n, e.low, e.high]})
    context.book.add_measurements(figures)
    context.book.spend(Spending(context.step, "judge", 0.0, 0.01))


def key(step: str, problem: Problem) -> str:
    """What makes a response: here its step and problem."""
    return hashlib.sha256(f"{step}/{problem.id}".encode()).hexdigest()


def response(name: str, problem: Problem) -> Response:
    """A response that depends on its key alone."""
    return Response(name, problem.id, 0, f"answer {name[:8]}", 3, "stop", -0.5, SAMPLING, "fake-model", "fake")


def _misbehave(context: Context, wants: dict[str, Any]) -> None:
    once = context.workspace / f"{context.step}.once"
    if wants.get("once") and once.exists():
        return
    once.touch()
    if "print" in wants:
        print(wants["print"], flush=True)
    if "fail" in wants:
        raise StepFailed(wants["fail"])
    if "raise" in wants:
        raise RuntimeError(wants["raise"])
    if "hoard" in wants:
        # As on a machine that has no more: the address space ends a little above what is used now.
        used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (used + int(wants["hoard"]), resource.RLIM_INFINITY))
        hoard = [bytearray(1 << 24) for _ in range(1 << 16)]
        print(len(hoard))
    if "signal" in wants:
        os.kill(os.getpid(), int(wants["signal"]))
    if wants.get("deaf"):
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        threading.Event().wait(600)
    if wants.get("litter"):
        # A daemon of its own session and parentage, as hostile code would leave behind.
        script = "import os,signal; os.setsid(); os.fork() and os._exit(0); open('litter.pid','w').write(str(os.getpid())); signal.pause()"
        subprocess.run([sys.executable, "-c", script], check=True, cwd=context.workspace)
    if "wait" in wants:
        end = threading.Event()
        while not end.wait(0.02) and not (context.workspace / str(wants["wait"])).exists():
            if context.stopping():
                end.wait(float(wants.get("linger", 0.0)))
            context.check_stop()


def marks(workspace: Path) -> list[str]:
    """Keys of the responses that were made, in order, with repetitions."""
    file = workspace / "made.txt"
    return file.read_text().split() if file.exists() else []
