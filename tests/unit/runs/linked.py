"""Which responses belong to an attempt, straight from the store."""

from __future__ import annotations

import contextlib
from pathlib import Path

from core.records import Response
from core.runs.store import answers
from core.runs.store.connection import open_reader


def linked(store: Path, run: int, role: str) -> list[Response]:
    """The responses that belong to an attempt in a role, by problem and sample."""
    order = (
        "SELECT k.key FROM response_roles l JOIN responses r ON r.id = l.response JOIN keys k ON k.id = r.id "
        "WHERE l.run = ? AND l.role = ? ORDER BY l.problem, r.sample, k.key"
    )
    with contextlib.closing(open_reader(store)) as reader, reader.read() as db:
        keys = [key for (key,) in db.execute(order, (run, role))]
        found = answers.responses(db, keys)
    return [found[key] for key in keys]
