"""Telemetry readings, kept so that a day of them stays small: the older, the sparser."""

from __future__ import annotations

import json
import sqlite3

from core.runs.snapshot import GpuReading, HostReading, Telemetry
from core.runs.store.text import dumps

RECENT_SECONDS = 900.0
_SPARSER = ((RECENT_SECONDS, 30.0), (6 * 3600.0, 300.0))
"""Older than the first figure, one reading per second figure (seconds) is kept."""

MOST_READINGS = 10_000


def add_reading(db: sqlite3.Connection, reading: Telemetry) -> None:
    """Adds one reading."""
    db.execute("INSERT INTO telemetry (time, data) VALUES (?, ?)", (reading.time, dumps(_values(reading))))


def readings_after(db: sqlite3.Connection, row_id: int, limit: int) -> list[tuple[int, Telemetry]]:
    """The newest readings after a row, oldest first, each with its row; at most ``limit``."""
    rows = db.execute("SELECT id, data FROM telemetry WHERE id > ? ORDER BY id DESC LIMIT ?", (row_id, limit)).fetchall()
    return [(row, reading_from(data)) for row, data in reversed(rows)]


def thin(db: sqlite3.Connection, now: float) -> None:
    """Drops readings that are closer together than their age allows, and the oldest of too many."""
    for age, spacing in _SPARSER:
        db.execute(
            "DELETE FROM telemetry WHERE time < ?1 AND id NOT IN "
            "(SELECT min(id) FROM telemetry WHERE time < ?1 GROUP BY CAST(time / ?2 AS INTEGER))",
            (now - age, spacing),
        )
    db.execute("DELETE FROM telemetry WHERE id <= (SELECT id FROM telemetry ORDER BY id DESC LIMIT 1 OFFSET ?)", (MOST_READINGS,))


def _values(reading: Telemetry) -> list[object]:
    host = [getattr(reading.host, name) for name in HostReading.__dataclass_fields__]
    gpus = [[getattr(gpu, name) for name in GpuReading.__dataclass_fields__] for gpu in reading.gpus]
    return [reading.time, host, gpus, reading.gpu_note]


def reading_from(text: str) -> Telemetry:
    """A reading out of its JSON."""
    time, host, gpus, note = json.loads(text)
    return Telemetry(time, _host(host), tuple(_gpu(values) for values in gpus), note)


def _host(values: list[object]) -> HostReading:
    fields = dict(zip(HostReading.__dataclass_fields__, values, strict=False))
    fields["core_shares"] = tuple(fields.get("core_shares") or ())  # type: ignore[arg-type]
    return HostReading(**fields)  # type: ignore[arg-type]


def _gpu(values: list[object]) -> GpuReading:
    fields = dict(zip(GpuReading.__dataclass_fields__, values, strict=False))
    throttle, processes = fields.get("throttle"), fields.get("processes")
    fields["throttle"] = None if throttle is None else tuple(throttle)  # type: ignore[arg-type]
    fields["processes"] = tuple(tuple(p) for p in processes or ())  # type: ignore[attr-defined]
    return GpuReading(**fields)  # type: ignore[arg-type]
