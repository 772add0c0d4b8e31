"""What an attempt was trained on and what was left out, counted from the responses and grades that the store has."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from sqlite3 import Connection

from core.measures.estimate import percent
from core.plan.phases import PHASES
from core.plan.settings import Settings
from core.records import Category
from core.report.contents import LeftOut, StepCost, Training
from core.report.read import Row, categories_of, rows_of
from core.runs.evidence import curve_of
from core.runs.snapshot import Series, State
from core.runs.store import figures, runs

_EXAMPLES = 5
_MADE_FROM = {"distill": ("distill", "train"), "distill_failures": ("rescue", "scan")}
"""Step that makes training rows: the role of the responses that it chose from, and the role of its problems."""


def trainings(
    db: Connection, workspace: Path, number: int, held: Mapping[str, Settings], steps: Sequence[StepCost]
) -> tuple[Training, ...]:
    """Every phase's training rows and training, as far as they have come; phases without rows are left out.

    held: by phase the settings of the attempt that carried it out.
    """
    found = []
    for phase in PHASES:
        holder = runs.holder(db, number, phase.id)
        making = next(step for step in steps if step.phase == phase.id and step.step.startswith("distill"))
        trained = next(step for step in steps if step.phase == phase.id and step.step.startswith("train"))
        rows = figures.training_rows(db, holder, phase.id)
        if not rows and making.state is not State.DONE:
            continue
        kept = {row.problem_id for row in rows}
        begun = any(row.step == trained.step and row.started is not None for row in runs.steps_of(db, holder))
        curve = curve_of(workspace, holder, trained.step) if begun else Series()
        found.append(
            Training(
                phase.id,
                trained.step,
                len(rows),
                sum(row.verified for row in rows),
                _left_out(db, holder, making.step, held[phase.id], kept),
                making.summary,
                trained.summary,
                trained.seconds,
                curve,
            )
        )
    return tuple(found)


def why_left_out(samples: Sequence[Row], min_agreement: float, *, voted: bool = True) -> str:
    """Why a problem gave no training row, as its responses show it. ``voted``: its samples had to agree on an answer."""
    if not samples:
        return "no response was made"
    sampled = [row for row in samples if row.temperature > 0] if voted else []
    if any(row.correct is not None for row in samples):
        right = [row for row in samples if row.correct]
        if not right:
            return "no response is right"
        if all(row.finish != "stop" for row in right):
            return "right only where cut off at max_new_tokens"
        if sampled and not _agree(sampled, min_agreement):
            return f"fewer than {percent(min_agreement, 0)} of the samples agree on an answer"
        leading = Counter(row.answer for row in sampled).most_common(1)
        if leading and not any(row.correct for row in sampled if row.answer == leading[0][0]):
            return "the answer most samples give is not right"
        return "right only where a response holds a control token"
    if sampled and not _agree(sampled, min_agreement):
        return f"fewer than {percent(min_agreement, 0)} of the samples agree on an answer"
    return "cut off at max_new_tokens" if all(row.finish != "stop" for row in samples) else "no response could be used"


def _agree(samples: Sequence[Row], min_agreement: float) -> bool:
    counts = Counter(row.answer for row in samples if row.answer is not None).most_common(2)
    if not counts or (len(counts) > 1 and counts[0][1] == counts[1][1]):
        return False
    return counts[0][1] >= min_agreement * len(samples) - 1e-9


def _left_out(db: Connection, run: int, making: str, settings: Settings, kept: set[str]) -> tuple[LeftOut, ...]:
    responses, problems = _MADE_FROM[making]
    samples: dict[str, list[Row]] = {}
    for row in rows_of(db, run, responses):
        samples.setdefault(row.problem, []).append(row)
    categories = categories_of(db, run, problems)
    # A scan looks at many problems; those that training responses were wanted for are the ones that have any.
    tried = categories if problems == "train" else {name: category for name, category in categories.items() if name in samples}
    return tuple(
        _of_category(
            category,
            [name for name, its in tried.items() if its == category],
            samples,
            kept,
            settings,
            voted=making == "distill" and category is not Category.CREATIVITY,
        )
        for category in dict.fromkeys(tried.values())
    )


def _of_category(
    category: Category,
    names: Sequence[str],
    samples: Mapping[str, Sequence[Row]],
    kept: set[str],
    settings: Settings,
    *,
    voted: bool,
) -> LeftOut:
    reasons: Counter[str] = Counter()
    out = [name for name in names if name not in kept]
    for name in out:
        reasons[why_left_out(samples.get(name, ()), settings.distill.min_agreement, voted=voted)] += 1
    return LeftOut(category, len(names), len(names) - len(out), tuple(reasons.most_common()), tuple(out[:_EXAMPLES]))
