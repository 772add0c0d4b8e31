"""Snapshots written by hand and a source that yields them, with a clock that stands still: the panel's tests run on these.

The figures are those of a plausible practice run; they exist only here and say nothing about the model.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from core.errors import CogumiError
from core.measures.estimate import Estimate
from core.plan.phases import PHASES
from core.records import Category, Grade, Problem, Response, Sampling
from core.runs.evidence import Evidence, Opened, ProblemFigures, Side
from core.runs.logs import Log
from core.runs.snapshot import (
    CategoryView,
    CriterionView,
    GateView,
    GpuReading,
    HostReading,
    Note,
    Progress,
    Series,
    Snapshot,
    SpendingView,
    State,
    StepView,
    Telemetry,
)
from screens.ports import Problems
from tests.panel.fake_iterating import FakeIterating, three_attempts
from tests.panel.fake_reading import FakeReading

NOW = 1_764_000_000.0
GIB = 1 << 30


def estimate(value: float, n: int, half: float) -> Estimate:
    """An estimate with a symmetric interval."""
    return Estimate(value, n, max(0.0, value - half), min(1.0, value + half))


def host(cpu: float = 0.93) -> HostReading:
    return HostReading(cpu, 2, round(3.2 * GIB), round(23.4 * GIB), 41 * GIB, 96 * GIB, 1.9, 0.88, round(0.82 * GIB))


def reading(time: float = NOW, cpu: float = 0.93) -> Telemetry:
    return Telemetry(time, host(cpu), (), "no NVIDIA driver on this machine")


def gpu_reading(time: float = NOW, index_count: int = 1, refuse: bool = False) -> Telemetry:
    gpus = tuple(
        GpuReading(
            index, "NVIDIA H100 80GB HBM3", 0.93, 33 * GIB, round(79.6 * GIB), None if refuse else 512.0, None if refuse else 700.0,
            None if refuse else 61.0, None if refuse else 1755, None if refuse else 1980, None if refuse else (),
            ((4242, 31 * GIB, True),),
        )
        for index in range(index_count)
    )
    return Telemetry(time, host(0.31), gpus)


def history(count: int = 60) -> tuple[Telemetry, ...]:
    return tuple(reading(NOW - 2.0 * (count - i), 0.5 + 0.45 * math.sin(i / 5)) for i in range(count))


def steps(**states: StepView) -> tuple[StepView, ...]:
    """Every step of the plan: waiting, or locked in the second phase, but for those given by id."""
    return tuple(
        states.get(plan.id) or StepView(plan.id, phase.id, plan.title, State.WAITING if phase.id == "1B.1" else State.LOCKED)
        for phase in PHASES
        for plan in phase.steps
    )


def done(step: str, title: str, seconds: float, summary: str, dollars: float = 0.0) -> StepView:
    return StepView(
        step, "1B.1", title, State.DONE, 1, NOW - 100, NOW - 100 + seconds, seconds, dollars,
        Progress(150, 150, "responses"), summary, "", 1, f"logs/{step}.log",
    )


DIAGNOSE = done("diagnose", "diagnose", 14, "response consistency 23.1 %, accuracy 61.8 %, 400 problems x 10 runs")
DISTILL = done("distill", "distill", 9, "131 verified of 150 responses", 0.01)
TRAIN = done("train", "train", 31, "75 steps, loss 2.10 to 0.31", 0.02)
VALIDATE = done("validate", "validate", 15, "response consistency 61.2 %, accuracy 71.3 %", 0.01)


MET, MISSED = 0.472, 0.412
"""MATH scores of a gate that passed and of one that failed."""


def criteria(known: bool, math_score: float = MET) -> tuple[CriterionView, ...]:
    if not known:
        return (
            CriterionView("consistency", "response consistency", ">=", 0.4, None, "share", "unknown", "unknown"),
            CriterionView("math_score", "MATH score", ">=", 0.45, None, "share", "unknown", "unknown"),
            CriterionView("training_time", "training time", "<", 1.0, None, "hours", "unknown", "unknown"),
            CriterionView("reasoning", "REASONING change", ">=", -0.05, None, "share", "unknown", "unknown",
                          None, "against its own accuracy before training, less 5 %"),
        )
    return (
        CriterionView("consistency", "response consistency", ">=", 0.4, estimate(0.612, 500, 0.021), "share", "met", "met"),
        CriterionView("math_score", "MATH score", ">=", 0.45, estimate(math_score, 200, 0.068), "share",
                      "met" if math_score >= 0.45 else "missed", "undecided", 480),
        CriterionView("training_time", "training time", "<", 1.0, Estimate(31 / 3600, 1, 31 / 3600, 31 / 3600), "hours", "met", "met"),
        CriterionView("reasoning", "REASONING change", ">=", -0.05, Estimate(-0.012, 200, -0.041, 0.017), "share", "met", "met",
                      None, "against its own accuracy before training, less 5 %"),
    )


def gates(known: bool = False, verdict: str = "open") -> tuple[GateView, ...]:
    final = tuple(
        CriterionView(plan.id, plan.title, plan.direction, 0.6, None, "share", "unknown", "unknown") for plan in PHASES[1].gate.criteria
    )
    return (
        GateView("gate-1b.1", "1B.1", "gate 1B.1", verdict, criteria(known, MISSED if verdict == "failed" else MET)),  # type: ignore[arg-type]
        GateView("gate-final", "1B.2", "final gate", "open", final),
    )


def categories(before: bool = True, now: bool = False, math_score: float = MET) -> tuple[CategoryView, ...]:
    consistency = ("response_consistency", (">=", 0.4))
    table = {
        Category.MATH: ((0.152, 0.52, 0.48, 0.41, 0.39), (0.583, 0.69, 0.62, 0.24, math_score)),
        Category.CODE: ((0.411, 0.90, 0.88, 0.28, 0.58), (0.672, 0.94, 0.90, 0.31, 0.66)),
        Category.REASONING: ((0.352, 0.71, 0.66, 0.33, 0.50), (0.612, 0.78, 0.65, 0.35, 0.51)),
    }
    names = ("response_consistency", "answer_consistency", "accuracy", "tie_rate", "score")
    views = []
    for category, (first, second) in table.items():
        n = 100 if category == Category.CODE else 200
        target: dict[str, tuple[str, float]] = dict([consistency])
        if category == Category.MATH:
            target["score"] = (">=", 0.45)
        views.append(
            CategoryView(
                category,
                {name: estimate(value, n, 0.03) for name, value in zip(names, first, strict=True)} if before else {},
                {name: estimate(value, n, 0.045) for name, value in zip(names, second, strict=True)} if now else {},
                target,
            )
        )
    return tuple(views)


def series(count: int = 41, max_steps: int = 75) -> Series:
    loss = tuple(2.1 * math.exp(-i / 18) + 0.3 + 0.12 * math.sin(i * 2.4) * math.exp(-i / 40) for i in range(count))
    x = tuple(range(1, count + 1))
    return Series(
        x, loss, tuple(2e-3 * (1 - i / max_steps) for i in range(count)), tuple(0.9 - 0.004 * i for i in range(count)),
        tuple(5100.0 + 40 * math.sin(i) for i in range(count)), (), tuple(e for e in (38, 75) if e <= count),
        tuple(c for c in (20, 40, 60) if c <= count), count / max_steps * 2, 2.0, max_steps,
    )


NOTES = (
    Note(NOW - 62, "info", "attempt 2 started: diagnose, distill, train, validate"),
    Note(NOW - 48, "info", "diagnose done: response consistency 23.1 %, accuracy 61.8 % (n 500)"),
    Note(NOW - 39, "info", "distill done: 131 of 150 responses are verified"),
    Note(NOW - 30, "warning", "learning rate 2e-3 is far above the plan's 5e-6: the practice model needs it"),
    Note(NOW - 12, "info", "checkpoint 20 saved"),
    Note(NOW - 1, "info", "checkpoint 40 saved"),
)

LOG = tuple(f"{{'loss': {1.4 - i * 0.02:.4f}, 'grad_norm': 0.81, 'learning_rate': 0.0014, 'epoch': {i / 20:.2f}}}" for i in range(24))


def base() -> Snapshot:
    """A fresh workspace: nothing has run."""
    return Snapshot(
        sequence=1, time=NOW, heard=None, workspace="/workspace/data/Cogumi-LLM/practice", profile="practice", attempt=0,
        state=State.IDLE, writable=True, steps=steps(), gates=gates(), categories=categories(before=False),
        series=Series(), spending=SpendingView(0.0, 0.0, 34.0, 2.0), telemetry=reading(), history=history(),
    )


def training(count: int = 41) -> Snapshot:
    """In the middle of training."""
    running = StepView(
        "train", "1B.1", "train", State.RUNNING, 1, NOW - 21, None, 21.0, 0.01,
        Progress(count, 75, "steps", 2.3, 15.0, ""), "", "", 3, "logs/train.log",
    )
    return replace(
        base(), sequence=100 + count, heard=NOW - 0.5, attempt=2, state=State.RUNNING, supervised=True,
        steps=steps(diagnose=DIAGNOSE, distill=DISTILL, train=running),
        categories=categories(), series=series(count), spending=SpendingView(0.02, 0.0, 34.0, 2.0), notes=NOTES, log_tail=LOG,
        overlap="no training problem is measured (13-grams, 500 problems)",
    )


def validated(verdict: str = "passed") -> Snapshot:
    """All of Phase 1B.1 is done and the gate is decided."""
    unlocked = tuple(
        replace(step, state=State.WAITING) if verdict == "passed" and step.state == State.LOCKED else step
        for step in steps(diagnose=DIAGNOSE, distill=DISTILL, train=TRAIN, validate=VALIDATE)
    )
    return replace(
        training(75), sequence=400, heard=None, state=State.IDLE, supervised=False, steps=unlocked,
        categories=categories(now=True, math_score=MISSED if verdict == "failed" else MET), gates=gates(True, verdict),
    )


def failed() -> Snapshot:
    """Training died."""
    broken = StepView(
        "train", "1B.1", "train", State.FAILED, 1, NOW - 40, NOW - 10, 30.0, 0.01, Progress(41, 75, "steps"), "",
        "the GPU ran out of memory: lower train.per_device_train_batch_size to 2 and press r to resume from checkpoint 40",
        3, "logs/train.log",
    )
    return replace(training(), sequence=300, heard=None, state=State.IDLE, steps=steps(diagnose=DIAGNOSE, distill=DISTILL, train=broken))


def problem_rows(count: int = 40) -> list[ProblemFigures]:
    """Measured problems whose figures run through all values."""
    rows = []
    for index in range(count):
        category = (Category.MATH, Category.CODE, Category.REASONING)[index % 3]
        agreed, correct = index * 7 % 10 + 1, index * 3 % 11
        rows.append(
            ProblemFigures(
                f"practice/{category.lower()}/test/{index:06d}",
                category,
                f"Problem {index}: Ana has {index + 3} apples and buys {index % 5 + 2} bags of 6. How many apples has she now?",
                str(index + 15),
                Side(10, agreed / 10, min(1.0, agreed / 10 + 0.1), 10, correct),
                Side(10, min(1.0, agreed / 10 + 0.3), 1.0, 10, min(10, correct + 1), ties=index % 2),
            )
        )
    return rows


def evidence(role: str, text: str, answer: str | None, correct: bool | None, times: int, temperature: float = 0.7) -> list[Evidence]:
    """The same response ``times`` times."""
    sampling = Sampling(temperature)
    return [
        Evidence(
            role,
            Response(f"{role}-{text}-{i}", "problem", i, text, 30, "stop", None, sampling, "model", "local"),
            Grade(answer, correct, "" if correct else "the right answer is 27"),
            None,
        )
        for i in range(times)
    ]


LONG_ANSWER = "Ana has 3 apples.\nShe buys 4 bags of 6: 4 * 6 = 24.\n3 + 24 = 27\n#### 27"


def opened(row: ProblemFigures) -> Opened:
    """A problem whose responses became consistent."""
    found = [
        *evidence("before", LONG_ANSWER, "27", True, 3),
        *evidence("before", "4 * 6 = 24 apples\n#### 27", "27", True, 2),
        *evidence("before", "She buys 4 * 6 = 24.\n#### 24", "24", False, 3),
        *evidence("before", "Let me think about", None, False, 2),
        *evidence("before", LONG_ANSWER, "27", True, 1, 0.0),
        *evidence("after", LONG_ANSWER, "27", True, 10),
    ]
    return Opened(Problem(row.id, row.category, row.prompt, row.gold), tuple(found))


class FakeSource(FakeReading, FakeIterating):
    """Yields snapshots in the order given; the last one stays. Remembers what it was asked to do."""

    def __init__(
        self, *snapshots: Snapshot, writable: bool = True, log: Path | None = None, problems: Sequence[ProblemFigures] | None = None
    ) -> None:
        FakeReading.__init__(self)
        FakeIterating.__init__(self)
        self.workspace = Path("/workspace/data/Cogumi-LLM/practice")
        self.writable = writable
        self.read_only = "" if writable else "it was opened with --read-only"
        self.snapshots = list(snapshots) or [base()]
        self.polls = 0
        self.asked: list[str] = []
        self.log = log
        self.rows = list(problems) if problems is not None else problem_rows()
        self.refusal: CogumiError | None = None
        self.curves: dict[int, Series] = {}

    def poll(self, budget_ms: float) -> Snapshot:
        self.polls += 1
        return self.snapshots.pop(0) if len(self.snapshots) > 1 else self.snapshots[0]

    def show(self, snapshot: Snapshot) -> None:
        """The next poll yields this."""
        self.snapshots = [snapshot]

    def stop(self) -> str:
        self.asked.append("stop")
        return "The step stops after its current batch."

    def override(self, attempt: int, gate: str, reason: str) -> None:
        if self.refusal is not None:
            raise self.refusal
        self.asked.append(f"override {gate} of attempt {attempt}: {reason}")

    def problems(self, part: str = "measured", attempt: int = 0, listing: bool = False) -> Problems:
        return Problems(self.rows, "measured", {"measured": len(self.rows)} if self.rows else {}, attempt or 2, not listing)

    def answers(self, problem_id: str, part: str = "measured", attempt: int = 0) -> Opened:
        return opened(next(row for row in self.rows if row.id == problem_id))

    def search(self, text: str, part: str = "measured", attempt: int = 0) -> set[str]:
        return {row.id for row in self.rows if text.lower() in row.prompt.lower()}

    def logs(self) -> list[Log]:
        return [Log(self.log, 2, "train", 1, NOW - 100, 100.0, "", self.log.stat().st_size)] if self.log else []

    def earlier_curves(self) -> dict[int, Series]:
        return self.curves

    def close(self) -> None:
        self.asked.append("close")


def failed_twice() -> FakeSource:
    """Two attempts whose gates failed."""
    source = FakeSource(validated("failed"))
    source.views = three_attempts()[:2]
    return source
