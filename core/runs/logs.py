"""Which logs there are, and the end of one, read without reading the rest: bounded in bytes and lines, and harmless to show."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from time import strftime
from typing import NamedTuple

from core.runs.store import runs
from core.runs.store.connection import open_reader
from core.runs.workspace import Workspace
from core.text import plain_line

TAIL_BYTES = 24_000
TAIL_LINES = 200
_LONGEST_LINE = 1_000


class Log(NamedTuple):
    """One log file: a step's of one attempt, which all its tries share, or the supervisor's (attempt 0). ``started``, in seconds since the
    epoch or None, and ``outcome`` (a word, "" while it runs) are the last try's; ``seconds`` is what all tries took. ``size`` in bytes."""

    path: Path
    attempt: int
    step: str
    tries: int
    started: float | None
    seconds: float
    outcome: str
    size: int


def all_logs(workspace: Path) -> list[Log]:
    """Every log that is there, the last written first and the supervisor's at the end. None before the first attempt."""
    place = Workspace(workspace.absolute())
    if not place.store.exists():
        return []
    store = open_reader(place.store)
    try:
        with store.read() as db:
            rows = runs.logged_tries(db)
    finally:
        store.close()
    found: dict[str, Log] = {}
    for attempt, step, number, started, seconds, outcome, name in rows:
        path = place.folder / name
        if name not in found and (size := _size(path)) is not None:
            found[name] = Log(path, attempt, step, number, started, seconds, outcome, size)
    if (size := _size(place.supervisor_log)) is not None:
        found[""] = Log(place.supervisor_log, 0, "supervisor", 0, None, 0.0, "", size)
    return list(found.values())


def _size(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except OSError:
        return None


def add_verdict(path: Path, text: str) -> None:
    """The last line of a log whose process could not write it: how it ended, as an error. A log that cannot be written stays as it is."""
    with suppress(OSError), path.open("a", encoding="utf-8", errors="replace") as file:
        file.write(f"{strftime('%H:%M:%S')} error: {text}\n")


def tail(path: Path, lines: int = TAIL_LINES, since: int = 0) -> tuple[str, ...]:
    """The last lines of a log, oldest first; none when there is no log. Of a line that overwrote itself the last form is kept.

    since: bytes from the start, where a line begins; nothing before it is read.
    """
    try:
        with path.open("rb") as file:
            size = file.seek(0, 2)
            start = max(since, size - TAIL_BYTES)
            file.seek(start)
            data = file.read(TAIL_BYTES)
    except OSError:
        return ()
    if start > since:
        # The first line may be cut; a single line longer than all that was read is shown from where it was cut.
        data = data.partition(b"\n")[2] or data
    found = [_shown(line) for line in data.decode("utf-8", "replace").split("\n")]
    return tuple(line for line in found if line)[-lines:]


def _shown(line: str) -> str:
    last = line.rstrip("\r").rpartition("\r")[2].rstrip()
    if len(last) <= _LONGEST_LINE and last.isprintable():
        return last
    # Indentation says where a traceback's lines belong.
    indent = len(last) - len(last.lstrip(" "))
    return " " * min(indent, 80) + plain_line(last, _LONGEST_LINE)
