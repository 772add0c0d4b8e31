"""The figures of a set of measured problems, by metric: core/measures' own, and those of the greedy and the judged responses. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.measures.distinct import self_overlap
from core.measures.estimate import Estimate
from core.measures.figures import Runs
from core.measures.figures import figures as run_figures
from core.measures.intervals import share
from core.measures.paired import Difference, paired_difference
from core.measures.ties import against
from core.records import Outcome


@dataclass(frozen=True, slots=True)
class Measured:
    """One problem's sampled runs, whether its greedy response is right, and the judged runs' outcomes against the reference."""

    problem_id: str
    runs: Runs
    greedy_correct: bool | None
    outcomes: tuple[Outcome, ...] = ()


def figures(problems: Sequence[Measured]) -> dict[str, Estimate]:
    """Every metric that the problems allow; each over those problems that it can be taken on."""
    found = run_figures([problem.runs for problem in problems])
    greedy = [problem.greedy_correct for problem in problems if problem.greedy_correct is not None]
    if (right := share(sum(greedy), len(greedy))) is not None:
        found["greedy_accuracy"] = right
    judged = against([problem.outcomes for problem in problems])
    for name in ("tie_rate", "score", "win_rate", "loss_rate"):
        if (estimate := getattr(judged, name)) is not None:
            found[name] = estimate
    return found


def variety(problems: Sequence[Measured]) -> dict[str, Estimate]:
    """How much the runs of a problem have in common in wording, for CREATIVITY: consistency is not what is wanted there."""
    overlap = self_overlap([problem.runs.texts for problem in problems])
    return {} if overlap is None else {"self_overlap": overlap}


def accuracy_change(before: Sequence[Measured], after: Sequence[Measured]) -> Difference | None:
    """After less before of accuracy, paired by problem over the graded problems that both have."""
    earlier = {problem.problem_id: problem.runs.accuracy for problem in before if problem.runs.graded}
    pairs = [(earlier[p.problem_id], p.runs.accuracy) for p in after if p.runs.graded and p.problem_id in earlier]
    return paired_difference([b for b, _ in pairs], [a for _, a in pairs])
