"""What the steps to come will take, from what steps took here: pure arithmetic on measured throughput, never on the plan's figures.

A step is some work (responses to make, or optimizer steps) and something around it (imports, loading, grading, judging). Where steps of
the same kind were carried out by this model, the work is divided by their pace and what lay around theirs is added; both are ranges, for
no step is exactly as fast as those before it. Where nothing was measured yet the plan's own expectation stands in, named as such, and only
for the model that the plan is about.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from core.measures.votes import votes_needed
from core.plan.ledger import machine_dollars
from core.plan.phases import StepPlan, phase_of
from core.plan.settings import Settings
from core.problems.sizes import within
from core.records import Category
from core.training.expect import held_out_rows, steps_of

Unit = Literal["responses", "steps"]
Basis = Literal["measured", "plan", "unknown", "reused", "done"]
Range = tuple[float, float]

_APART = 4 / 3
"""How far a step's pace may lie from the mean of those before it, either way: the practice model's steps of a thousand responses and more
were 0.7 to 1.5 times as fast, for their responses are not of one length and the machine is shared; most lay within this."""

_FEW = 0.1
"""A step that made less than this share of what the largest one made says little of the pace: starting up is most of it."""


@dataclass(frozen=True, slots=True)
class Pace:
    """What one step took. ``made`` units took ``busy`` of its ``seconds``; ``found`` existed already and cost nothing."""

    step: str
    unit: Unit
    made: int
    found: int
    busy: float
    seconds: float
    judge_dollars: float = 0.0


@dataclass(frozen=True, slots=True)
class Counts:
    """What a step was given and what came out of it: training problems and rows, scanned problems and failures, failures and rows."""

    given: int
    out: int


@dataclass(frozen=True, slots=True)
class Known:
    """What forecasts lean on.

    paces: of earlier steps of this workspace, newest first. counts: by step, of the attempt that is looked at; ``usual``: of the newest
    attempt that has any. reused: steps whose responses an earlier attempt has made with the same model and settings; ``perhaps``: those
    of which that is so in part, or depends on an adapter still to be trained. measured_before: the benchmark's responses from before
    training exist. kept: of the attempt's trainings the optimizer step of the newest checkpoint, by step.
    """

    paces: tuple[Pace, ...] = ()
    counts: Mapping[str, Counts] = field(default_factory=dict)
    usual: Mapping[str, Counts] = field(default_factory=dict)
    reused: frozenset[str] = frozenset()
    perhaps: frozenset[str] = frozenset()
    measured_before: bool = False
    kept: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Work:
    """Units of work: at least ``low`` and at most ``high``, which are one where the number is known. ``begun``: some exist beside them."""

    unit: Unit
    low: int
    high: int
    begun: bool = False

    @property
    def text(self) -> str:
        """Such as ``5,500 responses``, ``at most 14,244 responses``, or of a step that was begun ``2,736 more responses``."""
        unit = f"{'more ' if self.begun else ''}{'optimizer steps' if self.unit == 'steps' else 'responses'}"
        if self.low == self.high:
            return f"{self.high:,} {unit}"
        return f"at most {self.high:,} {unit}" if self.low < self.high / 4 else f"{self.low:,} to {self.high:,} {unit}"


@dataclass(frozen=True, slots=True)
class StepAhead:
    """One step as it stands before a run: its work, and what it should take (low, high).

    basis: ``measured`` here; ``plan``: the plan's expectation, because nothing was measured yet; ``reused``: an earlier attempt's
    responses hold, only what lies around them is done again; ``unknown``; ``done`` already.
    """

    step: str
    title: str
    does: str
    basis: Basis
    work: str = ""
    seconds: Range | None = None
    dollars: Range | None = None

    @property
    def done(self) -> bool:
        return self.basis == "done"


def step_ahead(plan: StepPlan, settings: Settings, known: Known, *, done: bool = False, left: float = 1.0) -> StepAhead:
    """What a step should take. ``left``: the share of its work that is still to be done, of a step that was stopped."""
    if done:
        return StepAhead(plan.id, plan.title, plan.does, "done")
    todo = work(plan.id, settings, known)
    if plan.id in known.perhaps:
        todo = replace(todo, low=0)
    if left < 1:
        todo = Work(todo.unit, round(left * todo.low), round(left * todo.high), begun=True)
    around, rates = _around(plan.id, todo.unit, known.paces), _rates(todo.unit, known.paces)
    reading = _reading(plan.id, known.paces, around)
    judge = _judge_dollars(plan.id, settings, known.paces)
    if plan.id in known.reused:
        return _ahead(plan, settings, "reused", "reuses the responses of an earlier attempt", reading, 0.0)
    if rates is not None and around is not None:
        least = reading[0] if plan.id in known.perhaps and reading is not None else around[0]
        return _ahead(plan, settings, "measured", todo.text, (least + todo.low / rates[1], around[1] + todo.high / rates[0]), judge)
    if settings.model.base != "practice" and plan.minutes is not None:
        seconds, dollars = _times(plan.minutes, 60 * left), _times(plan.dollars, left)
        return StepAhead(plan.id, plan.title, plan.does, "plan", todo.text, seconds, dollars)
    return StepAhead(plan.id, plan.title, plan.does, "unknown", todo.text)


def still_to_do(step: str, done: int, total: int, unit: str, kept: Mapping[str, int]) -> float:
    """Share of its work that a step has left which was ended at ``done`` of ``total``; all of it where only setting up was told of.

    A training goes on from its newest checkpoint, which ``kept`` names by step: what came after it is done once more.
    """
    if unit == "steps":
        done = min(done, kept.get(step, 0))
    return max(0.0, 1.0 - done / total) if total and unit.startswith(("steps", "responses")) else 1.0


def work(step: str, settings: Settings, known: Known) -> Work:
    """How much a step has to do with these settings, as far as that is known before it begins."""
    categories = {category: within(category, table) for category, table in settings.categories.items()}
    tables = categories.values()
    if step in ("diagnose", "validate"):
        return _exactly(sum(t.measure_problems for t in tables) * (settings.measure.samples + 1))
    if step == "benchmark":
        # Both moments; of the problems that diagnose measured, or an earlier benchmark, the responses from before training exist.
        sizes = [(t.benchmark_problems or t.measure_problems, t.measure_problems) for t in tables]
        there = [now if known.measured_before else min(now, earlier) for now, earlier in sizes]
        measured = sum(2 * now - made for (now, _), made in zip(sizes, there, strict=True)) * (settings.measure.samples + 1)
        # Then the failures are looked at again, for the hand-over.
        few, many = _out("find_failures", sum(t.failure_problems for t in tables), known)
        low, high = _scan(settings)
        return Work("responses", measured + few * low, measured + many * high)
    if step == "distill":
        fewest = {category: _training_samples(category, settings) for category in settings.categories}
        low, high = (sum(t.train_problems * fewest[category][end] for category, t in categories.items()) for end in (0, 1))
        return Work("responses", low, high)
    if step == "find_failures":
        problems, (low, high) = sum(t.failure_problems for t in tables), _scan(settings)
        return Work("responses", problems * low, problems * high)
    if step == "distill_failures":
        failures = _out("find_failures", sum(t.failure_problems for t in tables), known)
        # The greedy responses are the scan's own; of the rest one round is the least.
        return Work("responses", 0, failures[1] * settings.failures.rescue_samples)
    phase = phase_of(step)
    making = next(s.id for s in phase.steps if s.id.startswith("distill"))
    given = (sum(t.train_problems for t in tables),) * 2
    if making == "distill_failures":
        given = _out("find_failures", sum(t.failure_problems for t in tables), known)
    rows = _out(making, given[1], known)
    low, high = (_steps(count, settings) for count in rows)
    return Work("steps", low, high)


def total(ahead: Sequence[StepAhead], *, known_only: bool = False) -> tuple[Range | None, Range | None]:
    """Seconds and dollars of all steps that are left; None where one of them is not known, unless ``known_only`` leaves it out."""
    left = [step for step in ahead if not step.done and not (known_only and step.seconds is None)]
    return _sum([step.seconds for step in left]), _sum([step.dollars for step in left])


def basis_text(ahead: Sequence[StepAhead]) -> str:
    """Where the expectation comes from, in one sentence."""
    kinds = {step.basis for step in ahead if not step.done}
    if not kinds:
        return "Nothing is left to do."
    if kinds <= {"measured", "reused"}:
        return "Expected from what steps took here."
    unknown = ", ".join(step.title for step in ahead if step.basis == "unknown")
    if kinds == {"unknown"}:
        return "Nothing was measured here yet, so nobody can say how long it takes."
    if unknown and kinds <= {"unknown", "plan"}:
        return f"The plan's expectation for a rented H100, which names none for {unknown}; nothing was measured here yet."
    if unknown:
        return f"How long {unknown} will take is not known yet and not in it."
    if kinds == {"plan"}:
        return "The plan's expectation for a rented H100; nothing was measured here yet."
    return "Partly from what steps took here, partly the plan's expectation for a rented H100."


def _rates(unit: Unit, paces: Sequence[Pace]) -> Range | None:
    """Units a second, slow and fast: those of the slowest and the fastest step, at least ``_APART`` from the mean over all."""
    made = [p for p in paces if p.unit == unit and p.made and p.busy > 0]
    if not made:
        return None
    mean = sum(p.made for p in made) / math.fsum(p.busy for p in made)
    most = max(p.made for p in made)
    each = [p.made / p.busy for p in made if p.made >= _FEW * most]
    return min(mean / _APART, *each), max(mean * _APART, *each)


def _around(step: str, unit: Unit, paces: Sequence[Pace]) -> Range | None:
    """What lies around the work of such a step: of the same step where it was done before, else of those of its kind."""
    of_kind = [p for p in paces if p.unit == unit and p.made]
    found = [max(0.0, p.seconds - p.busy) for p in [p for p in of_kind if p.step == step] or of_kind]
    return (min(found), max(found)) if found else None


def _reading(step: str, paces: Sequence[Pace], around: Range | None) -> Range | None:
    """What such a step takes that makes no response: as long as it took before, else at most what lies around making them."""
    found = [p.seconds for p in paces if p.step == step and p.found and not p.made]
    if found:
        return min(found), max(found)
    return None if around is None else (0.0, around[1])


def _judge_dollars(step: str, settings: Settings, paces: Sequence[Pace]) -> float:
    """Judge money of a step that measures: as much as the newest step that judged anything."""
    if settings.judge.kind != "llm" or step not in ("diagnose", "validate", "benchmark"):
        return 0.0
    return next((p.judge_dollars for p in paces if p.judge_dollars > 0), 0.0)


def _ahead(plan: StepPlan, settings: Settings, basis: Basis, text: str, seconds: Range | None, judge: float) -> StepAhead:
    dollars = None
    if seconds is not None:
        low, high = (machine_dollars(settings.budget, value) + judge for value in seconds)
        dollars = (low, high)
    return StepAhead(plan.id, plan.title, plan.does, basis, text, seconds, dollars)


def _out(step: str, given: int, known: Known) -> tuple[int, int]:
    """How many come out of a step: known, or the usual share of what goes in, or anything up to all."""
    if step in known.counts:
        return (known.counts[step].out,) * 2
    usual = known.usual.get(step)
    if usual is not None and usual.given:
        return (round(given * usual.out / usual.given),) * 2
    return 0, given


def _training_samples(category: Category, settings: Settings) -> tuple[int, int]:
    """Responses to a training problem: one greedy, or as many samples as decide its vote; CREATIVITY has none."""
    distill = settings.distill
    if settings.categories[category].generate_temperature == 0:
        return 1, 1
    if distill.stopping == "never" or category is Category.CREATIVITY:
        return distill.samples, distill.samples
    return min(distill.samples, votes_needed(distill.samples, distill.min_agreement)), distill.samples


def _scan(settings: Settings) -> tuple[int, int]:
    """Responses to a problem that is looked at for failure: the greedy one and as many samples as settle it."""
    samples = settings.failures.samples
    return 1 + min(samples, votes_needed(samples)), 1 + samples


def _steps(rows: int, settings: Settings) -> int:
    kept = rows - held_out_rows(rows, settings.train.held_out_share)
    return steps_of(kept, settings.train, settings.run.processes) if rows else 0


def _exactly(count: int) -> Work:
    return Work("responses", count, count)


def _times(given: Range | None, factor: float) -> Range | None:
    return None if given is None else (given[0] * factor, given[1] * factor)


def _sum(ranges: Sequence[Range | None]) -> Range | None:
    known = [r for r in ranges if r is not None]
    return (math.fsum(low for low, _ in known), math.fsum(high for _, high in known)) if len(known) == len(ranges) and known else None
