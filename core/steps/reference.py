"""Measured responses against the reference responses: which of them are judged, and what came out.

The verifier's outcomes follow from the grades and are there at once; an LLM judge is asked when the responses are complete, and its
verdicts are kept one by one, so that none is paid for twice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from core.errors import StepFailed
from core.grading.grade import GRADER, grade_all
from core.judging.comparison import compare
from core.judging.judge import judge, judge_name
from core.judging.llm import NOT_ASKED
from core.judging.references import find, load_named
from core.judging.verifier import outcome
from core.plan.ledger import dollars
from core.records import Category, Grade, Outcome, Problem, Response, Spending, Verdict
from core.steps.context import Context


def can_be_verified(problem: Problem) -> bool:
    """Whether a grade can tell right from wrong."""
    return problem.gold is not None or problem.tests is not None


class Reference:
    """The reference responses to a set of problems; knows no outcome where the settings name none."""

    def __init__(self, context: Context, problems: Sequence[Problem]) -> None:
        self._context = context
        self._settings = context.settings.judge
        by_grade = self._settings.kind == "verifier"
        self._problems = [problem for problem in problems if not by_grade or can_be_verified(problem)]
        self._unverifiable = len(problems) - len(self._problems)
        self._texts: Mapping[str, str] = load_named(self._settings.reference, context.workspace) if self._settings.reference else {}
        self._grades: dict[str, Grade] = {}
        self._verdicts: dict[str, Verdict] = {}
        if self._texts and by_grade:
            self._grade()

    def outcomes(self, problem: Problem, samples: Sequence[tuple[Response, Grade]]) -> tuple[Outcome, ...]:
        """Outcomes of the judged ones among a problem's graded responses, in their order; () where it has no reference."""
        judged = samples[: self._settings.samples]
        if self._settings.kind == "llm":
            return tuple(self._verdicts[response.key].outcome for response, _ in judged if response.key in self._verdicts)
        theirs = self._grades.get(problem.id)
        return () if theirs is None else tuple(outcome(grade, theirs)[0] for _, grade in judged)

    def judge(self, samples: Sequence[Response], grades: Mapping[str, Grade]) -> None:
        """Asks for the verdicts that the book does not have and keeps them. ``samples``: the measured runs; ``grades`` theirs, by key."""
        if not self._texts:
            self._context.note("no reference responses (judge.reference): ties and scores are not measured", "warning")
            return
        if self._unverifiable:
            self._context.note(f"{self._unverifiable} problems have neither gold answer nor tests: only judge.kind = 'llm' can judge them")
        comparisons, without = compare(self._problems, samples, self._texts, self._settings.samples)
        if without:
            self._context.note(f"{len(without)} of {len(self._problems)} problems have no reference response", "warning")
        by_text = {(one.problem.id, one.response.text): grades[one.response.key] for one in comparisons}

        def grade(items: Sequence[tuple[Problem, str]]) -> list[Grade]:
            return [by_text.get((problem.id, text)) or self._grades[problem.id] for problem, text in items]

        book = self._context.book
        name = judge_name(self._settings, self._texts, GRADER)
        book.emit("judge", name=name)
        verdicts = judge(
            self._settings,
            comparisons,
            name=name,
            grade=grade,
            known=book.verdicts({one.response.key: one.problem for one in comparisons}, name),
            spent=book.judge_dollars(),
            on_verdicts=book.add_verdicts,
            on_spend=lambda dollars: book.spend(Spending(self._context.step, "judge", 0.0, dollars)),
            stopping=self._context.stopping,
        )
        unasked = sum(verdict.reason.startswith(NOT_ASKED) for verdict in verdicts)
        if unasked:
            limit = dollars(self._settings.max_dollars)
            raise StepFailed(
                f"{unasked:,} of {len(verdicts):,} comparisons were not judged, because judging might cost more than judge.max_dollars "
                f"({limit}); raise it, or lower judge.samples, and run the step again: nothing is asked twice."
            )
        self._verdicts = {verdict.response_key: verdict for verdict in verdicts}
        apart = sum(verdict.outcome in ("unreadable", "failed") for verdict in verdicts)
        if apart:
            self._context.note(f"{apart} of {len(verdicts)} verdicts are unreadable or failed and are not in n", "warning")

    def right(self, category: Category) -> list[bool]:
        """Whether each reference to a problem of the category is right; nothing where no verifier has graded them."""
        return [
            bool(grade.correct)
            for problem in self._problems
            if problem.category is category and (grade := self._grades.get(problem.id)) is not None and grade.correct is not None
        ]

    def _grade(self) -> None:
        """Grades the reference responses once, for the verifier."""
        mine = [(problem, text) for problem in self._problems if (text := find(self._texts, problem)) is not None]
        for (problem, _), grade in zip(mine, grade_all(mine, stopping=self._context.stopping), strict=True):
            self._grades[problem.id] = grade
