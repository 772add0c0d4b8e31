"""A problem's responses grouped by the answer they gave, for reading side by side: counted, named and made harmless."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from core.records import CodeTests
from core.runs.evidence import Evidence, Opened
from screens.prose import Logical, styled

TITLES = {
    "before": "before training",
    "after": "after training",
    "scan": "scan for failures",
    "rescue": "looking for a right response",
    "distill": "made for training",
}
"""What the responses of a role are called, in the order in which they came to be."""


@dataclass(frozen=True, slots=True)
class Text:
    """One distinct response. ``count``: how many sampled runs gave it. ``greedy``: whether the greedy run did.

    name: stays the same when the problem is read again. cut: how many of its runs ended at the limit of tokens.
    verdicts: how often each outcome against the reference; ``why`` is a judge's reason for the first of them.
    """

    name: str
    raw: str
    lines: tuple[Logical, ...]
    count: int
    greedy: bool
    trained: bool
    cut: int
    tokens: int
    verdicts: tuple[tuple[str, int], ...]
    why: str


@dataclass(frozen=True, slots=True)
class AnswerGroup:
    """Responses that gave the same canonical answer, the most common text first. ``count``: sampled runs."""

    answer: str | None
    correct: bool | None
    count: int
    texts: tuple[Text, ...]
    verdicts: tuple[tuple[str, int], ...] = ()
    reason: str = ""

    @property
    def why(self) -> str:
        """A judge's reason where it is the same for all of them."""
        reasons = {text.why for text in self.texts if text.verdicts}
        return next(iter(reasons)) if len(reasons) == 1 else ""


@dataclass(frozen=True, slots=True)
class AnswerSide:
    """Responses of one role in groups, most common answer first; ``greedy`` is the greedy run's (answer, right)."""

    role: str
    groups: tuple[AnswerGroup, ...]
    greedy: tuple[str | None, bool | None] | None
    verdicts: tuple[tuple[str, int], ...]

    @property
    def title(self) -> str:
        """What these responses are."""
        return TITLES.get(self.role, self.role)

    @property
    def total(self) -> int:
        """Number of sampled responses."""
        return sum(group.count for group in self.groups)

    @property
    def right(self) -> int:
        """How many of them are right."""
        return sum(group.count for group in self.groups if group.correct)

    @property
    def same_response(self) -> float | None:
        """Share of the most common response."""
        most = max((text.count for group in self.groups for text in group.texts), default=0)
        return most / self.total if self.total else None

    @property
    def same_answer(self) -> float | None:
        """Share of the most common answer."""
        return max(group.count for group in self.groups) / self.total if self.total else None


@dataclass(frozen=True, slots=True)
class Reading:
    """An opened problem ready to be drawn at any width."""

    id: str
    category: str
    prompt: tuple[Logical, ...]
    gold: str | None
    tests: CodeTests | None
    sides: tuple[AnswerSide, ...]
    reference: tuple[Logical, ...] | None
    reference_raw: str
    reference_note: str

    @property
    def texts(self) -> list[tuple[AnswerSide, AnswerGroup, Text]]:
        """Every distinct response in the order in which they stand on the screen."""
        return [(side, group, text) for side in self.sides for group in side.groups for text in group.texts]


def read(opened: Opened) -> Reading:
    """Groups and cleans; meant for a thread, for the texts may be long."""
    problem = opened.problem
    present = {found.role for found in opened.responses}
    roles = [role for role in TITLES if role in present]
    return Reading(
        problem.id, problem.category, styled(problem.prompt), problem.gold, problem.tests,
        tuple(side(opened, role) for role in roles),
        styled(opened.reference, problem.category) if opened.reference is not None else None,
        opened.reference or "", opened.reference_note,
    )


def side(opened: Opened, role: str) -> AnswerSide:
    """What a role's responses come to. Ungraded responses are grouped by their text."""
    mine = [found for found in opened.responses if found.role == role]
    by_answer: dict[tuple[bool, str | None], list[Evidence]] = {}
    for found in mine:
        key = (True, found.grade.answer) if found.grade is not None else (False, found.response.text)
        by_answer.setdefault(key, []).append(found)
    groups = [_group(members, opened, role) for members in by_answer.values()]
    greedy = next((found for found in mine if _is_greedy(found)), None)
    said = None if greedy is None or greedy.grade is None else (greedy.grade.answer, greedy.grade.correct)
    # Stable for equal counts, so that a problem read again looks the same.
    groups.sort(key=lambda group: (-group.count, not group.correct))
    return AnswerSide(role, tuple(groups), said, _verdicts(mine))


def _is_greedy(found: Evidence) -> bool:
    return found.response.sampling.temperature == 0


def _group(members: Sequence[Evidence], opened: Opened, role: str) -> AnswerGroup:
    by_text: dict[str, list[Evidence]] = {}
    for found in members:
        by_text.setdefault(found.response.text, []).append(found)
    texts = [_text(text, same, opened, role) for text, same in by_text.items()]
    texts.sort(key=lambda text: -text.count)
    grade = members[0].grade
    return AnswerGroup(
        grade.answer if grade else None,
        grade.correct if grade else None,
        sum(text.count for text in texts),
        tuple(texts),
        _verdicts(members),
        grade.reason if grade else "not graded yet",
    )


def _text(text: str, same: Sequence[Evidence], opened: Opened, role: str) -> Text:
    return Text(
        f"{role} {same[0].response.key}",
        text,
        styled(text, opened.problem.category),
        sum(not _is_greedy(found) for found in same),
        any(_is_greedy(found) for found in same),
        any(found.response.key in opened.trained for found in same),
        sum(found.response.finish == "length" for found in same),
        same[0].response.tokens,
        _verdicts(same),
        next((found.verdict.reason for found in same if found.verdict is not None and found.verdict.reason), ""),
    )


def _verdicts(found: Sequence[Evidence]) -> tuple[tuple[str, int], ...]:
    counted = Counter[str](one.verdict.outcome for one in found if one.verdict is not None)
    order = ("win", "tie", "loss", "unreadable", "failed")
    return tuple((outcome, counted[outcome]) for outcome in order if counted[outcome])
