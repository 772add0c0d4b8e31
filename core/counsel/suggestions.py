"""What to change after a gate has failed: ready-made changes of settings, each with the figure that speaks for it. Pure.

The plan names three ways: other temperatures, 3-4 epochs, more categories. Where the figures say that the weights hardly moved, a
larger learning rate comes first; where something was forgotten or training took too long, what goes the other way; and where the
interval spans the threshold, more problems to measure on, which decides a criterion without changing the model. A criterion that is out
of reach asks for none of them: that no training can meet it is said first, with what can be done instead.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from core.measures.estimate import Estimate, percent
from core.plan.fields import flag, rung, shown
from core.plan.phases import PHASES, CriterionPlan, row_maker
from core.plan.settings import CategorySettings, Settings
from core.plan.verdicts import CriterionView, GateView
from core.problems.sizes import held_out
from core.records import Category, Measurement, When
from core.training.expect import HARDLY, LEAPS, Expectation, expect

Value = tuple[str, Any]
"""A setting's dotted key and its value."""

_TIME, _FORGOTTEN = "training_time", "reasoning"
_MOVES = 5 * HARDLY
"""Share of a typical weight that a suggested learning rate reaches: several times what is hardly any change."""
_MOST_EPOCHS = 4.0
_HIGHEST_RATE = 1e-2
_SAMPLED = 0.3
_FEW = 50
_MOST_MEASURED = 2000
"""More problems than this would rather ask for another measure than for patience."""
_NO_FAILURES = 0.95
_FURTHER = (Category.REASONING, Category.KNOWLEDGE)
"""Categories whose answers can be verified and that the plan does not train at first."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One change to try. title: what it does. why: one or two sentences with the figure. changes: settings and their new values; none
    where there is nothing to try and only something to know. tried: what came of it in another attempt, or of the same way; "" where
    nobody has tried it."""

    id: str
    title: str
    why: str
    changes: tuple[Value, ...]
    tried: str = ""

    @property
    def flags(self) -> tuple[str, ...]:
        """The changes as ``--set`` takes them."""
        return tuple(flag(key, value) for key, value in self.changes)


def suggest(
    gate: GateView, settings: Settings, measurements: Sequence[Measurement], rows: Mapping[str, int] = MappingProxyType({})
) -> tuple[Suggestion, ...]:
    """Changes worth trying after ``gate`` failed, the likeliest first; none for a gate that has not failed.

    settings: those of the attempt. measurements: before and after training, as the gate was decided on. rows: training rows that each
    distilling step made, where that is known.
    """
    if gate.verdict != "failed":
        return ()
    case = _Case(gate, settings, {(m.when, m.category, m.metric): m.estimate for m in measurements}, rows.get(row_maker(gate.phase)))
    found = [*_rate(case), *_epochs(case), *_failures(case), *_temperatures(case), *_categories(case)]
    if case.short and settings.train.num_train_epochs < 2:
        found.sort(key=lambda suggestion: suggestion.id != "epochs")
    return (*_unreachable(case), *_gentler(case), *_shorter(case), *found, *_measure_more(case))


@dataclass(frozen=True, slots=True)
class _Case:
    gate: GateView
    settings: Settings
    figures: dict[tuple[When, Category | None, str], Estimate]
    rows: int | None

    @property
    def first_phase(self) -> bool:
        return self.gate.phase == PHASES[0].id

    @property
    def missed(self) -> tuple[CriterionView, ...]:
        """Those that something can be done about."""
        return tuple(c for c in self.gate.criteria if c.verdict == "missed" and not c.out_of_reach)

    @property
    def short(self) -> CriterionView | None:
        """The first missed criterion of what training is for: consistency, scores, ties."""
        return next((c for c in self.missed if c.id not in (_TIME, _FORGOTTEN)), None)

    def missed_one(self, id_: str) -> CriterionView | None:
        return next((c for c in self.missed if c.id == id_), None)

    @property
    def trained(self) -> list[Category]:
        return [category for category, table in self.settings.categories.items() if _rows(self, category)]

    @property
    def consistency(self) -> tuple[Estimate | None, Estimate | None]:
        metric = f"{self.settings.gate.consistency}_consistency"
        return self.figures.get(("before", None, metric)), self.figures.get(("after", None, metric))

    @property
    def still(self) -> bool:
        """Whether consistency after training cannot be told from that before."""
        before, after = self.consistency
        return before is not None and after is not None and after.low <= before.value <= after.high

    @property
    def expected(self) -> Expectation:
        """What training could move at most: with the rows there were, or as far as they are not known with one from every problem."""
        most = sum(_rows(self, category) for category in self.settings.categories)
        return expect(most if self.rows is None else self.rows, self.settings.train, self.settings.run.processes)


def _rows(case: _Case, category: Category) -> int:
    table = case.settings.categories[category]
    return table.train_problems if case.first_phase else table.failure_problems


def _plan(case: _Case, criterion: CriterionView) -> CriterionPlan | None:
    return next((c for p in PHASES for c in p.gate.criteria if p.gate.id == case.gate.id and c.id == criterion.id), None)


def _unreachable(case: _Case) -> Iterator[Suggestion]:
    for criterion in case.gate.criteria:
        plan = _plan(case, criterion)
        if plan is None or not criterion.out_of_reach:
            continue
        way = "Lower" if criterion.direction == ">=" else "Raise"
        why = f"{_capital(criterion.note)}; the gate wants {_threshold(criterion)}. "
        why += f"{way} gate.{plan.threshold}, or compare with other references (judge.reference)."
        yield Suggestion(f"unreachable_{criterion.id}", f"No training can meet {criterion.title}", why, ())


def _rate(case: _Case) -> Iterator[Suggestion]:
    expected, rate = case.expected, case.settings.train.learning_rate
    if case.short is None or not (expected.hardly or case.still) or rate >= _HIGHEST_RATE:
        return
    factor = _MOVES / expected.share if expected.share > 0 else math.inf
    wanted = min(max(rate * factor if math.isfinite(factor) else 1e-4, 2 * rate), _HIGHEST_RATE)
    larger = min(rung(wanted * 0.999, 1), rung(LEAPS / case.settings.train.lora_alpha, -1))
    if larger <= rate:
        return
    why = [expected.sentence] if expected.hardly else []
    before, after = case.consistency
    if before is not None and after is not None:
        told = ", which cannot be told apart" if case.still else ""
        why.append(f"Consistency was {before.value * 100:.1f} % before training and {_percent(after)} after it{told}.")
    yield Suggestion("learning_rate", f"Learn faster: learning rate {larger:g}", " ".join(why), (("train.learning_rate", larger),))


def _epochs(case: _Case) -> Iterator[Suggestion]:
    short, now = case.short, case.settings.train.num_train_epochs
    if short is None or now >= _MOST_EPOCHS:
        return
    epochs = 3.0 if now < 3 else _MOST_EPOCHS
    steps = f"{'at most ' if case.rows is None else ''}about {_count(case.expected.steps, 'step')}"
    why = f"{_gap(short)} The plan's next try is 3-4 epochs; this attempt had {now:g}, {steps}."
    yield Suggestion("epochs", f"Train longer: {epochs:g} epochs", why, (("train.num_train_epochs", epochs),))


def _temperatures(case: _Case) -> Iterator[Suggestion]:
    if case.short is None:
        return
    if not case.first_phase:
        yield from _scan_temperature(case)
        return
    tables = {category: case.settings.categories[category] for category in case.trained}
    greedy = [category for category, table in tables.items() if table.generate_temperature == 0]
    if greedy:
        wrong = [
            f"{category} {100 - right.value * 100:.0f} % (n {right.n:,})"
            for category in greedy
            if (right := case.figures.get(("before", category, "greedy_accuracy"))) is not None
        ]
        lost = f" On the measured problems that was wrong for {_and(wrong)}: such problems give nothing to train on." if wrong else ""
        why = (
            f"At 0 a problem has one response, the greedy one.{lost} At {_SAMPLED:g} the verified majority of "
            f"{case.settings.distill.samples} samples is trained on."
        )
        yield Suggestion(
            "temperatures",
            f"Other temperatures: {_and(greedy)} generated at {_SAMPLED:g}",
            why,
            tuple((f"categories.{category}.generate_temperature", _SAMPLED) for category in greedy),
        )
    elif tables:
        warm = max(table.generate_temperature for table in tables.values())
        why = f"{_gap(case.short)} Responses sampled at {warm:g} say the same thing in many ways; the greedy one of each problem in one."
        names = _and(list(tables))
        changes = tuple((f"categories.{category}.generate_temperature", 0.0) for category in tables)
        yield Suggestion("temperatures", f"Other temperatures: {names} generated at 0", why, changes)


def _scan_temperature(case: _Case) -> Iterator[Suggestion]:
    now = case.settings.failures.temperature
    other = 1.0 if now < 1 else 0.7
    assert case.short is not None
    why = f"{_gap(case.short)} Failures were looked for at {now:g}; at {other:g} "
    why += "more problems show as failures, and more different responses are tried to find a verified one."
    if other < now:
        why = f"{_gap(case.short)} Failures were looked for at {now:g}; at {other:g} samples stay nearer to what the model usually says."
    yield Suggestion("temperatures", f"Other temperatures: failures sampled at {other:g}", why, (("failures.temperature", other),))


def _categories(case: _Case) -> Iterator[Suggestion]:
    forgot = case.missed_one(_FORGOTTEN)
    if case.short is None and forgot is None:
        return
    tables = case.settings.categories
    new = [c for c in _FURTHER if not _rows(case, c) and _is_measured(tables[c], case.first_phase)]
    if case.short is None:
        new = [c for c in new if c is Category.REASONING]
    figures = {category: case.figures.get(("after", category, "accuracy")) for category in new}
    if not case.first_phase:
        # Only failures are trained on there, and a category without any has none to give.
        new = [c for c in new if (right := figures[c]) is None or right.value < _NO_FAILURES]
    if not new:
        return
    had = [
        f"{category} was {right.value * 100:.1f} % right at {case.settings.measure.temperature:g} (n {right.n:,})"
        for category in new
        if (right := figures[category]) is not None
    ]
    why = _gap(case.short or forgot)
    why += f" Only {_and(case.trained)} {'was' if len(case.trained) == 1 else 'were'} trained on"
    why += f"; {_and(had)}." if had else "."
    why += " Consistency is taken over the trained categories, so these then count in it." if case.first_phase else ""
    key, count = ("train_problems", _FEW) if case.first_phase else ("failure_problems", 4 * _FEW)
    changes = tuple((f"categories.{category}.{key}", count) for category in new)
    yield Suggestion("categories", f"More categories: {count} problems of {_and(new)}", why, changes)


def _is_measured(table: CategorySettings, first_phase: bool) -> bool:
    """Whether the gate's phase measures the category: benchmark may have more of them than validate."""
    return bool(table.measure_problems or (table.benchmark_problems and not first_phase))


def _failures(case: _Case) -> Iterator[Suggestion]:
    missed, now = case.missed_one("consistency"), case.settings.failures.min_consistency
    if case.first_phase or missed is None or now >= missed.threshold:
        return
    why = f"{_gap(missed)} A right problem counted as a failure only under {percent(now, 0)}, so those between were not trained on."
    title = f"Count more as failures: under {percent(missed.threshold, 0)}"
    yield Suggestion("failures", title, why, (("failures.min_consistency", missed.threshold),))


def _gentler(case: _Case) -> Iterator[Suggestion]:
    missed, rate = case.missed_one(_FORGOTTEN), case.settings.train.learning_rate
    if missed is None or rate <= 0:
        return
    smaller = rung(rate * 0.6, -1)
    why = f"{_gap(missed)} Smaller steps change less of what was not trained on."
    yield Suggestion("gentler", f"Forget less: learning rate {smaller:g}", why, (("train.learning_rate", smaller),))


def _shorter(case: _Case) -> Iterator[Suggestion]:
    missed, rows = case.missed_one(_TIME), case.settings.train.per_device_train_batch_size
    if missed is None or missed.value is None:
        return
    why = f"Training took {missed.value.value:.2g} h, the gate wants under {missed.threshold:g} h. Twice the rows a step halves the steps."
    yield Suggestion("batch", f"Fewer steps: {2 * rows} rows a step", why, (("train.per_device_train_batch_size", 2 * rows),))


def _measure_more(case: _Case) -> Iterator[Suggestion]:
    changes: dict[str, int] = {}
    told = []
    for criterion in case.missed:
        plan = _plan(case, criterion)
        category = plan.category if plan is not None else None
        if criterion.certainty != "undecided" or criterion.more is None or criterion.value is None or criterion.unit != "share":
            continue
        grown = (criterion.value.n + criterion.more) / criterion.value.n
        wanted = {(name, key): math.ceil(n * grown / 10) * 10 for (name, key), n in _measured(case, category).items()}
        if wanted and all(count <= _available(case, name) for (name, _), count in wanted.items()):
            for (name, key), count in wanted.items():
                dotted = f"categories.{name}.{key}"
                changes[dotted] = max(count, changes.get(dotted, 0))
            figure = f"{_capital(criterion.title)} {_percent(criterion.value)}"
            told.append(f"{figure} is undecided; about {criterion.more:,} more would decide it.")
    if changes:
        why = f"{' '.join(told)} This decides, it does not change the model; what was measured is reused."
        yield Suggestion("measure", "Measure more problems", why, tuple(changes.items()))


def _available(case: _Case, category: Category) -> int:
    """The most problems that it makes sense to measure on."""
    return min(held_out(category, case.settings.categories[category].source) or _MOST_MEASURED, _MOST_MEASURED)


def _measured(case: _Case, category: Category | None) -> dict[tuple[Category, str], int]:
    """Settings that say how many problems a criterion was measured on, as category and key, with their values."""
    found: dict[tuple[Category, str], int] = {}
    for name in [category] if category is not None else [c for c, table in case.settings.categories.items() if table.train_problems]:
        table = case.settings.categories[name]
        key = "measure_problems" if case.first_phase or not table.benchmark_problems else "benchmark_problems"
        if getattr(table, key):
            found[name, key] = int(getattr(table, key))
    return found


def _gap(criterion: CriterionView | None) -> str:
    assert criterion is not None and criterion.value is not None
    return f"{_capital(criterion.title)} is {_percent(criterion.value)}, the gate wants {_threshold(criterion)}."


def _capital(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}"


def _threshold(criterion: CriterionView) -> str:
    sign = "at least" if criterion.direction == ">=" else "less than"
    return f"{sign} {shown(round(criterion.threshold * 100, 6))} %"


def _percent(value: Estimate) -> str:
    return f"{value.value * 100:.1f} % [{value.low * 100:.1f}, {value.high * 100:.1f}] (n {value.n:,})"


def _count(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def _and(names: Sequence[object]) -> str:
    words = [str(name) for name in names]
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)
