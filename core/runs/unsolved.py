"""Which scanned problems count as failures, and why: read from what the failure scan wrote, for that is what the next step trains on."""

from __future__ import annotations

from pathlib import Path
from sqlite3 import Connection

from core.errors import DataError
from core.jsonl import read_rows
from core.runs.store import figures

_KIND, _END = "failures", "_failures.jsonl"


def found_failures(db: Connection, workspace: Path, run: int) -> dict[str, str]:
    """Why each failure of an attempt's scan is one, by problem id. A file that is gone or cannot be read tells of none."""
    found: dict[str, str] = {}
    for artifact in figures.artifacts_of(db, run):
        if artifact.kind == _KIND and artifact.path.endswith(_END):
            found.update(_reasons(workspace / artifact.path))
    return found


def _reasons(path: Path) -> dict[str, str]:
    try:
        return {str(row["problem"]): _said(row.get("reasons")) for _, row in read_rows(path) if "problem" in row}
    except (DataError, OSError):
        return {}


def _said(reasons: object) -> str:
    return ", ".join(map(str, reasons)) if isinstance(reasons, list) and reasons else "failed"
