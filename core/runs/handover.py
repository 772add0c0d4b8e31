"""The hand-over to Phase 1C, once the final gate is decided: ``handover/phase_1c.json``, beside the failures that benchmark wrote.

Fields: ``attempt``, ``gate`` (``verdict``, override ``reason``, ``criteria`` with value, interval, n, threshold and verdict), ``adapter``
and ``failures`` (each path relative to the workspace and sha256), ``still_failing`` (problems by category, and how many of them were
trained on), ``budget`` (dollars: ``phase_1``, ``phase_1a``, ``phase_1b`` over all attempts, ``left``), ``decided`` (a Unix time).
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from sqlite3 import Connection
from typing import Any

from core.errors import CogumiError
from core.files import link, write_atomic
from core.jsonl import read_rows
from core.plan.ledger import dollars, phase_1_left
from core.plan.phases import PHASE_1_BUDGET_DOLLARS, PHASE_1A_SPENT_DOLLARS
from core.plan.verdicts import GateView
from core.runs.store import figures, runs
from core.runs.store.events import add_events, note

NAME = "handover/phase_1c.json"
_KIND = "handover"


def write_handover(db: Connection, workspace: Path, number: int, gate: GateView, now: float) -> None:
    """Writes the file of one attempt, makes the plan's path a link to it, records and tells it. Raises OSError or CogumiError."""
    made = {a.path: a for a in figures.artifacts_of(db, number)}
    failures = next((a for a in made.values() if a.kind == _KIND and a.path.endswith(".jsonl")), None)
    adapter = next((a for path, a in reversed(made.items()) if a.kind == "adapter"), None)
    spent = sum(s.dollars for s in figures.spending(db))
    document: dict[str, Any] = {
        "attempt": number,
        "gate": {"verdict": gate.verdict, "reason": figures.overrides(db, number).get(gate.id, ""), "criteria": _criteria(gate)},
        "adapter": None if adapter is None else {"path": adapter.path, "sha256": adapter.sha256},
        "failures": None if failures is None else {"path": failures.path, "sha256": failures.sha256},
        "still_failing": {} if failures is None else _still_failing(workspace / failures.path),
        "budget": {
            "phase_1": PHASE_1_BUDGET_DOLLARS,
            "phase_1a": PHASE_1A_SPENT_DOLLARS,
            "phase_1b": round(spent, 4),
            "left": round(phase_1_left(spent), 4),
        },
        "decided": now,
    }
    _keep(db, workspace, number, document, now)
    still = sum(count["problems"] for count in document["still_failing"].values())
    text = f"handed over to Phase 1C in {NAME}: {still} problems that still fail, {dollars(phase_1_left(spent))} of the Phase 1 budget"
    add_events(db, [note(number, 0, now, "info", text)])


def tell_override(db: Connection, workspace: Path, number: int, reason: str, now: float) -> None:
    """Writes into the file of an attempt whose final gate was decided that it was overridden, and why. Raises OSError."""
    document = read_handover(workspace, number)
    if document is None or not isinstance(document.get("gate"), dict):
        return
    document["gate"] |= {"verdict": "overridden", "reason": reason}
    _keep(db, workspace, number, document, now)


def read_handover(workspace: Path, number: int) -> dict[str, Any] | None:
    """What was handed over by an attempt; None before its final gate, or where the file is gone or damaged."""
    path = workspace / "attempts" / f"{number:03d}" / NAME
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def _keep(db: Connection, workspace: Path, number: int, document: dict[str, Any], now: float) -> None:
    """Writes and records the file, and makes the plan's path a link to it."""
    path = workspace / "attempts" / f"{number:03d}" / NAME
    digest = write_atomic(path, (json.dumps(document, indent=2) + "\n").encode())
    step = next(row.id for row in runs.steps_of(db, number) if row.step == "benchmark")
    figures.add_artifact(db, step, path.relative_to(workspace).as_posix(), _KIND, digest, now)
    if not link(workspace / NAME, path, workspace / "attempts"):
        text = f"{NAME} is yours and is left as it is; this attempt's is {path.relative_to(workspace)}"
        add_events(db, [note(number, 0, now, "warning", text)])


def _still_failing(path: Path) -> dict[str, dict[str, int]]:
    try:
        rows = [row for _, row in read_rows(path)]
    except CogumiError:
        return {}
    every = Counter(str(row.get("category")) for row in rows)
    trained = Counter(str(row.get("category")) for row in rows if row.get("trained"))
    return {category: {"problems": count, "trained": trained[category]} for category, count in sorted(every.items())}


def _criteria(gate: GateView) -> list[dict[str, object]]:
    return [
        {
            "id": c.id,
            "direction": c.direction,
            "threshold": c.threshold,
            "verdict": c.verdict,
            "certainty": c.certainty,
            **({} if c.value is None else {"value": c.value.value, "n": c.value.n, "low": c.value.low, "high": c.value.high}),
        }
        for c in gate.criteria
    ]
