"""Steps that do nothing but write as fast as they can, for measuring what panels that watch cost them: named as ``steps_module`` of a run.

A batch is what a generating step commits: 20 responses, their grades, the progress and the running figures. What it took is left in the
workspace, for each attempt: seconds of the clock and of the processor.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Callable

from core.records import Category, Grade, Problem, Response, Sampling
from core.steps.context import Context

MODULE = "tests.bench.full_rate"
BATCHES = int(os.environ.get("COGUMI_BENCH_BATCHES", "300"))
COMPUTE = float(os.environ.get("COGUMI_BENCH_COMPUTE", "0"))
"""Seconds of arithmetic before each batch, as a model's; 0 writes without a pause."""
_SIZE = 20
_SAMPLING = Sampling(0.7)


def function(step: str) -> Callable[[Context], str]:
    """Every step writes."""
    return write


def write(context: Context) -> str:
    """Commits ``BATCHES`` batches and says how long that took."""
    problems = [Problem(f"rate/{i}", Category.MATH, f"What is {i}?", str(i)) for i in range(BATCHES)]
    context.book.add_problems(problems, "measure")
    wall, processor = time.monotonic(), time.process_time()
    for number, problem in enumerate(problems):
        _compute(COMPUTE)
        batch = [_response(context.run, problem, sample) for sample in range(_SIZE)]
        context.book.add_responses(batch, "before")
        context.book.add_grades({response.key: Grade("4", True) for response in batch}, "rate-1")
        context.progress(number + 1, BATCHES, "batches", "writing")
        metrics = {"accuracy": [number / BATCHES, number + 1, 0.0, 1.0]}
        context.book.emit("figures", when="before", category="MATH", metrics=metrics)
    taken = {"wall": time.monotonic() - wall, "processor": time.process_time() - processor}
    (context.workspace / f"taken-{context.run}.json").write_text(json.dumps(taken))
    return f"{BATCHES} batches in {taken['wall']:.2f} s"


def _compute(seconds: float) -> None:
    end = time.process_time() + seconds
    while time.process_time() < end:
        sum(range(1000))


def _response(run: int, problem: Problem, sample: int) -> Response:
    key = hashlib.sha256(f"{run}/{problem.id}/{sample}".encode()).hexdigest()
    return Response(key, problem.id, sample, "because of that " * 15 + key[:6], 50, "stop", -0.4, _SAMPLING, "rate", "rate")
