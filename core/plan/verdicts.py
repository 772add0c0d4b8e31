"""A gate and its criteria as they stand: figure, threshold, the plan's verdict, and what the interval allows to say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from core.measures.estimate import Estimate

CriterionVerdict = Literal["met", "missed", "undecided", "unknown"]

OUT_OF_REACH = "out of reach"
"""How the note begins of a criterion that no training can meet. Gates are stored with their notes, so older ones say it too."""

_FAR = 10
"""So many times as many problems as were measured are no way to decide anything."""


@dataclass(frozen=True, slots=True)
class CriterionView:
    """One criterion of a gate: ``verdict`` is the plan's rule on the point estimate (met, missed, or unknown while there is none);
    ``certainty`` is ``undecided`` when the interval spans the threshold, and then ``more`` problems would likely decide it."""

    id: str
    title: str
    direction: Literal[">=", "<"]
    threshold: float
    value: Estimate | None
    unit: Literal["share", "hours"]
    verdict: CriterionVerdict
    certainty: CriterionVerdict
    more: int | None = None
    note: str = ""

    @property
    def out_of_reach(self) -> bool:
        """Whether it is missed and even a model that is always right would miss it."""
        return self.verdict == "missed" and self.note.startswith(OUT_OF_REACH)

    def decided_by(self, moves: bool = False) -> str:
        """What would decide an undecided criterion, as a clause; "" while its figure ``moves`` and no number is likely."""
        if self.more and self.value is not None and self.more <= _FAR * self.value.n:
            return f"about {self.more:,} more problem{'s' * (self.more != 1)} would decide it"
        return "" if moves else "more problems are no way to decide it"


@dataclass(frozen=True, slots=True)
class GateView:
    id: str
    phase: str
    title: str
    verdict: Literal["passed", "failed", "open", "overridden"]
    criteria: tuple[CriterionView, ...]
    reason: str = ""  # of an override

    def moves(self, criterion: CriterionView) -> bool:
        """Whether a criterion is met or missed only so far: until the gate is decided the figures still move."""
        return self.verdict == "open" and criterion.verdict in ("met", "missed")
