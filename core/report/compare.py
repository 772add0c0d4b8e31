"""Before against after on the same problems, from the responses themselves: paired differences, McNemar's test, what changed most. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass

from core.measures.consistency import consistency_of
from core.measures.paired import Difference, mcnemar, paired_difference
from core.measures.ties import POINTS
from core.report.contents import Paired
from core.report.read import Row


@dataclass(frozen=True, slots=True)
class Runs:
    """One problem's measured responses at one moment: the sampled ones in order, and the greedy one."""

    sampled: tuple[Row, ...]
    greedy: Row | None

    @property
    def accuracy(self) -> float | None:
        """Share of right ones among the sampled responses; None where they are not all graded right or wrong."""
        if not self.sampled or any(row.correct is None for row in self.sampled):
            return None
        return sum(row.correct is True for row in self.sampled) / len(self.sampled)

    @property
    def outcomes(self) -> list[str]:
        """Verdicts against the reference that count."""
        return [row.outcome for row in self.sampled if row.outcome is not None and row.outcome in POINTS]

    def consistency(self, kind: str) -> float | None:
        """Share of the most common response, or answer; None for fewer than two runs, or answers that were not looked for."""
        if len(self.sampled) < 2:
            return None
        return consistency_of(self.items(kind))

    def items(self, kind: str) -> list[Hashable]:
        """What consistency is taken over."""
        return [row.answer if kind == "answer" else row.digest for row in self.sampled]

    def most_common(self) -> tuple[Row, int]:
        """The most common response, the first of equals, and how often it was given. ValueError when there is none."""
        if not self.sampled:
            raise ValueError("a problem without runs has no most common response")
        counts = Counter(row.digest for row in self.sampled)
        digest, count = max(counts.items(), key=lambda item: item[1])
        return next(row for row in self.sampled if row.digest == digest), count


def by_problem(rows: Sequence[Row], samples: int) -> dict[str, Runs]:
    """Runs by problem; problems with fewer than ``samples`` sampled responses are left out, for few runs look more consistent."""
    sampled: dict[str, list[Row]] = {}
    greedy: dict[str, Row] = {}
    for row in rows:
        if row.temperature == 0:
            greedy[row.problem] = row
        else:
            sampled.setdefault(row.problem, []).append(row)
    return {name: Runs(tuple(mine), greedy.get(name)) for name, mine in sampled.items() if len(mine) >= samples}


def paired(before: Mapping[str, Runs], after: Mapping[str, Runs], problems: Sequence[str]) -> Paired:
    """After less before over those of the problems that both have; each figure over the problems that it can be taken on."""
    pairs = [(before[name], after[name]) for name in problems if name in before and name in after]
    flips = [
        (b.greedy.correct, a.greedy.correct)
        for b, a in pairs
        if b.greedy is not None and a.greedy is not None and b.greedy.correct is not None and a.greedy.correct is not None
    ]
    was, became = [bool(b) for b, _ in flips], [bool(a) for _, a in flips]
    return Paired(
        accuracy=_difference(pairs, lambda runs: runs.accuracy),
        greedy=paired_difference([float(b) for b in was], [float(a) for a in became]),
        response_consistency=_difference(pairs, lambda runs: runs.consistency("response")),
        answer_consistency=_difference(pairs, lambda runs: runs.consistency("answer")),
        score=_difference(pairs, lambda runs: _mean([POINTS[outcome] for outcome in runs.outcomes])),
        tie_rate=_difference(pairs, lambda runs: _mean([float(outcome == "tie") for outcome in runs.outcomes])),
        win_rate=_difference(pairs, lambda runs: _mean([float(outcome == "win") for outcome in runs.outcomes])),
        loss_rate=_difference(pairs, lambda runs: _mean([float(outcome == "loss") for outcome in runs.outcomes])),
        mcnemar=mcnemar(was, became),
        became_right=sum(now and not then for then, now in zip(was, became, strict=True)),
        became_wrong=sum(then and not now for then, now in zip(was, became, strict=True)),
    )


def most_changed(before: Mapping[str, Runs], after: Mapping[str, Runs], problems: Sequence[str], kind: str, count: int) -> list[str]:
    """Up to ``count`` problems whose share of right runs and consistency together changed most; those that did not change are left out."""
    sizes = {name: _change(before[name], after[name], kind) for name in problems if name in before and name in after}
    ordered = sorted((name for name, size in sizes.items() if size > 0), key=lambda name: -sizes[name])
    return ordered[:count]


def _change(before: Runs, after: Runs, kind: str) -> float:
    right = abs((after.accuracy or 0.0) - (before.accuracy or 0.0)) if None not in (before.accuracy, after.accuracy) else 0.0
    return right + abs((after.consistency(kind) or 0.0) - (before.consistency(kind) or 0.0))


def _difference(pairs: Sequence[tuple[Runs, Runs]], value: Callable[[Runs], float | None]) -> Difference | None:
    values = [(value(b), value(a)) for b, a in pairs]
    known = [(b, a) for b, a in values if b is not None and a is not None]
    return paired_difference([b for b, _ in known], [a for _, a in known])


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None
