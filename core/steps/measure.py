"""Measuring: sampled runs and a greedy response to every held-out problem, graded, judged and turned into figures while they are made.

Used by diagnose (before training), validate (after) and benchmark. Figures are told after every batch over the problems that are
complete, so that the panel shows them growing; the final ones are kept.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path

from core.measures.estimate import Estimate
from core.measures.figures import Runs
from core.measures.intervals import share
from core.records import Category, Grade, Measurement, Problem, Response, When
from core.steps.context import Context
from core.steps.engine import Maker, response_keys
from core.steps.figures import Measured, accuracy_change, figures, variety
from core.steps.marking import Marker
from core.steps.problems import trained_categories
from core.steps.reference import Reference
from core.steps.requests import measuring

_TELL_SECONDS = 0.5


def measure(
    context: Context,
    problems: Sequence[Problem],
    when: When,
    adapter: Path | None,
    *,
    part: int = 0,
    parts: int = 1,
    maker: Maker | None = None,
) -> list[Measurement]:
    """Measures ``problems`` with the model that ``adapter`` makes (None: the base), keeps the figures and returns them.

    The responses are linked to the run as ``when``. part, parts: of a step that measures more than once, so that its progress is told
    over all of them. maker: of the same adapter, where the step goes on using it. Raises what making, grading and judging can raise.
    """
    reference = Reference(context, problems)
    wanted = measuring(problems, context.settings)
    # A try that was stopped may have begun with other settings, which an attempt may change until a step is done.
    context.book.keep_only(response_keys(context, adapter, wanted), when)
    own = Maker(context, adapter) if maker is None else nullcontext(maker)
    with own as making, Marker(context.book, {problem.id: problem for problem in problems}, context.stopping) as marker:
        tally = _Tally(context, problems, when, marker, reference)

        def on_batch(batch: list[Response], done: int, total: int) -> None:
            tally.add(batch)
            marker.add(batch)
            marker.collect()
            tally.tell()
            context.progress(part * total + done, parts * total, "responses", f"measuring {when} training")

        made = list(making.responses(wanted, when, on_batch).values())
        context.progress((part + 1) * len(made), parts * len(made), "responses", "grading")
        marker.collect(wait=True)
    context.progress((part + 1) * len(made), parts * len(made), "responses", "judging")
    reference.judge([response for response in made if response.sampling.temperature > 0], marker.grades)
    found = tally.measurements()
    context.book.add_measurements(found)
    tally.tell(final=True)
    return found


def measured_again(context: Context, problems: Sequence[Problem], adapter: Path | None) -> list[Measured]:
    """What ``measure`` saw with an adapter, from the book alone: for pairing before with after, both with the settings of now.

    Problems without all their runs are left out.
    """
    by_id = {problem.id: problem for problem in problems}
    kept = list(context.book.responses(response_keys(context, adapter, measuring(problems, context.settings))).values())
    with Marker(context.book, by_id, context.stopping) as marker:
        # They were graded when they were made, but perhaps by an earlier version of the grader.
        marker.add(kept)
        marker.collect(wait=True)
    return assemble(problems, kept, marker.grades, context.settings.measure.samples, None)


def assemble(
    problems: Sequence[Problem], responses: Sequence[Response], grades: dict[str, Grade], samples: int, reference: Reference | None
) -> list[Measured]:
    """Graded responses by problem; a problem counts once all its ``samples`` runs are there and graded."""
    runs: dict[str, dict[int, Response]] = {}
    greedy: dict[str, Response] = {}
    for response in responses:
        if response.key not in grades:
            continue
        if response.sampling.temperature == 0:
            greedy[response.problem_id] = response
        else:
            runs.setdefault(response.problem_id, {})[response.sample] = response
    found = []
    for problem in problems:
        mine = runs.get(problem.id, {})
        if len(mine) < samples:
            continue
        ordered = [mine[sample] for sample in sorted(mine)]
        graded = [grades[response.key] for response in ordered]
        first = greedy.get(problem.id)
        found.append(
            Measured(
                problem.id,
                Runs(tuple(r.text for r in ordered), tuple(g.answer for g in graded), tuple(g.correct for g in graded)),
                None if first is None else grades[first.key].correct,
                () if reference is None else reference.outcomes(problem, list(zip(ordered, graded, strict=True))),
            )
        )
    return found


class _Tally:
    """The measurement as it stands: which responses there are, and the figures over the complete problems."""

    def __init__(
        self,
        context: Context,
        problems: Sequence[Problem],
        when: When,
        marker: Marker,
        reference: Reference,
    ) -> None:
        self._context = context
        self._problems = problems
        self._when = when
        self._marker = marker
        self._reference = reference
        self._responses: dict[str, Response] = {}
        self._told = 0.0
        self._trained = trained_categories(context)

    def add(self, responses: Sequence[Response]) -> None:
        self._responses.update((response.key, response) for response in responses)

    def measured(self) -> list[Measured]:
        samples = self._context.settings.measure.samples
        return assemble(self._problems, list(self._responses.values()), self._marker.grades, samples, self._reference)

    def tell(self, final: bool = False) -> None:
        """Emits the figures, at most twice a second while they move."""
        if not final and time.monotonic() - self._told < _TELL_SECONDS:
            return
        self._told = time.monotonic()
        for category, table in self._figures(self.measured()).items():
            metrics = {name: [e.value, e.n, e.low, e.high] for name, e in table.items()}
            self._context.book.emit("figures", when=self._when, category=None if category is None else category.value, metrics=metrics)

    def measurements(self) -> list[Measurement]:
        return [
            Measurement(self._when, category, metric, estimate)
            for category, table in self._figures(self.measured(), final=True).items()
            for metric, estimate in table.items()
        ]

    def _figures(self, measured: Sequence[Measured], final: bool = False) -> dict[Category | None, dict[str, Estimate]]:
        category_of = {problem.id: problem.category for problem in self._problems}
        groups: dict[Category | None, list[Measured]] = {}
        for problem in measured:
            category = category_of[problem.problem_id]
            groups.setdefault(category, []).append(problem)
            if category in self._trained:
                groups.setdefault(None, []).append(problem)
        found = {category: figures(group) for category, group in groups.items()}
        for measured_category in Category if final else ():
            right = self._reference.right(measured_category)
            if measured_category in found and (accuracy := share(sum(right), len(right))) is not None:
                found[measured_category]["reference_accuracy"] = accuracy
        if final and Category.CREATIVITY in groups:
            # Every pair of a problem's runs is compared: too much to do after each batch.
            found[Category.CREATIVITY] |= variety(groups[Category.CREATIVITY])
        return found


def changes(before: Sequence[Measured], after: Sequence[Measured], problems: Sequence[Problem]) -> list[Measurement]:
    """Accuracy after less before, paired by problem, for every category that has both."""
    found = []
    for category in dict.fromkeys(problem.category for problem in problems):
        ids = {problem.id for problem in problems if problem.category == category}
        change = accuracy_change([m for m in before if m.problem_id in ids], [m for m in after if m.problem_id in ids])
        if change is not None:
            found.append(Measurement("after", category, "accuracy_change", change.estimate))
    return found
