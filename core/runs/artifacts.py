"""What an attempt's steps wrote, held against what lies there now: a file that was edited or replaced is noticed by its hash.

The record in the store is what counts: training takes its rows from there and not from the files, and an adapter that was replaced is
another model, whose responses are made anew. So nothing is refused; it is told, before a step uses it, in the status and in the report.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from sqlite3 import Connection
from typing import Literal

from core.files import file_hash, folder_hash
from core.plan.phases import PHASES
from core.runs.store import figures, runs

Now = Literal["unchanged", "changed", "missing", "unreadable"]

_EFFECT = {
    "training rows": "training takes the rows from the store, so an edit of the file has no effect",
    "failures": "what is left of it decides which failures are trained on",
    "adapter": "what is there now is used, as another model: nothing that the old one made is reused",
}


@dataclass(frozen=True, slots=True)
class Made:
    """A file or folder that a step wrote, and what is there now."""

    step: str
    path: str
    kind: str
    sha256: str
    now: Now

    @property
    def sentence(self) -> str:
        """What is wrong with it and what follows; only for one that is not unchanged."""
        what = {"missing": "is gone", "unreadable": "cannot be read"}.get(self.now, f"is not what {self.step} wrote: it was changed since")
        effect = _EFFECT.get(self.kind, "")
        return f"{self.path} {what}{f'; {effect}' if effect and self.now == 'changed' else ''}."


def made(db: Connection, workspace: Path, number: int) -> tuple[Made, ...]:
    """Everything that the attempt's steps wrote, and the steps of an earlier attempt that it goes on from. Reads all of it."""
    return tuple(Made(step, a.path, a.kind, a.sha256, _now(workspace / a.path, a.sha256)) for step, a in recorded(db, number))


def recorded(db: Connection, number: int) -> list[tuple[str, figures.Artifact]]:
    """The steps' records, without looking at the files."""
    found = []
    for phase in PHASES:
        holder = runs.holder(db, number, phase.id)
        names = {row.id: row.step for row in runs.steps_of(db, holder) if row.phase == phase.id}
        found += [(names[a.step], a) for a in figures.artifacts_of(db, holder) if a.step in names]
    return found


def altered(db: Connection, workspace: Path, number: int) -> tuple[Made, ...]:
    """What is no longer as it was written."""
    return tuple(one for one in made(db, workspace, number) if one.now != "unchanged")


def _now(path: Path, sha256: str) -> Now:
    try:
        if not path.exists():
            return "missing"
        return "unchanged" if (folder_hash(path) if path.is_dir() else file_hash(path)) == sha256 else "changed"
    except OSError:
        return "unreadable"
