"""What the failure scan found and what became of it: counted from the files that the steps wrote, as far as they have come."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from sqlite3 import Connection
from typing import Any

from core.errors import CogumiError
from core.jsonl import read_rows
from core.plan.phases import PHASES
from core.records import Category
from core.report.contents import Failures, HandedOver
from core.report.read import categories_of
from core.runs.handover import read_handover
from core.runs.store import figures, runs

_PHASE = PHASES[1].id
_REASONS = ("greedy answer wrong", "majority not right", "inconsistent")


def failures(db: Connection, workspace: Path, number: int) -> tuple[Failures, ...]:
    """Counts of each scanned category, in the order of the categories; nothing before the scan is done."""
    holder = runs.holder(db, number, _PHASE)
    made = {artifact.path: artifact.step for artifact in figures.artifacts_of(db, holder)}
    scanned = Counter(categories_of(db, holder, "scan").values())
    rescued = Counter(row.category for row in figures.training_rows(db, holder, _PHASE))
    handover = _named(made, "handover/phase_1c_failures.jsonl")
    left = None if handover is None else Counter(str(row.get("category")) for row in _rows(workspace, handover))
    found = []
    for category in Category:
        path = _named(made, f"failures/{category.lower()}_failures.jsonl")
        if path is None:
            continue
        rows = _rows(workspace, path)
        reasons = Counter(reason for row in rows for reason in row.get("reasons", ()))
        unsolved = _named(made, f"failures/{category.lower()}_unsolved.jsonl")
        found.append(
            Failures(
                category,
                scanned[category],
                len(rows),
                tuple((reason, reasons[reason]) for reason in _REASONS),
                rescued[category] if unsolved is not None else None,
                len(_rows(workspace, unsolved)) if unsolved is not None else None,
                None if left is None else left[category],
            )
        )
    return tuple(found)


def handed_over(db: Connection, workspace: Path, number: int) -> HandedOver | None:
    """What was handed over to Phase 1C; None before the final gate is decided."""
    holder = runs.holder(db, number, _PHASE)
    found = read_handover(workspace, holder)
    if found is None:
        return None
    counts = found.get("still_failing") or {}
    budget = found.get("budget") or {}
    still = sum(int(count.get("problems", 0)) for count in counts.values() if isinstance(count, Mapping))
    return HandedOver("handover/phase_1c.json", "handover/phase_1c_failures.jsonl", still, float(budget.get("left", 0.0)))


def _named(made: Mapping[str, int], name: str) -> str | None:
    return next((path for path in made if path.endswith(f"/{name}")), None)


def _rows(workspace: Path, path: str | None) -> Sequence[dict[str, Any]]:
    """Rows of a file that a step wrote; none where it is gone or damaged, which the list of files says."""
    if path is None:
        return ()
    try:
        return [row for _, row in read_rows(workspace / path)]
    except CogumiError:
        return ()
