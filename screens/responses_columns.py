"""The columns of the table of problems: what each draws, and which of them have room."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from core.runs.evidence import Side
from core.text import plain_line
from screens import figures
from screens.ink import Line, left, right, width_of
from screens.responses_rows import Entry, Metric, change, consistency, right_share
from screens.widgets.bars import track
from screens.widgets.glyphs import Glyphs

Draw = Callable[[Entry, int, Metric, Glyphs], Line]


class Column(NamedTuple):
    """One column. ``order``: what its heading sorts by. ``width``: cells, 0 for what is left. ``from_``: table width from which it is
    shown. ``parts``: where it is shown. ``draw`` gets entry, width, metric and glyphs and fills its cells."""

    order: str
    title: str
    width: int
    from_: int
    parts: tuple[str, ...]
    draw: Draw
    right: bool = False


def _sign(entry: Entry, width: int, metric: Metric, glyphs: Glyphs) -> Line:
    share = right_share(entry.now)
    sign, role = (
        (glyphs.unknown, "faint") if share is None
        else (glyphs.met, "good") if share == 1
        else (glyphs.missed, "bad") if share < 0.5
        else ("~", "warn")
    )
    return [(left(f" {sign}", width), role)]


def _category(entry: Entry, width: int, metric: Metric, glyphs: Glyphs) -> Line:
    return [(left(str(entry.row.category), width, glyphs.ellipsis), "text")]


def _same(entry: Entry, width: int, metric: Metric, glyphs: Glyphs) -> Line:
    then = consistency(entry.then, metric) if entry.then is not None else None
    return _pair(then, consistency(entry.now, metric), "text", width)


def _right(entry: Entry, width: int, metric: Metric, glyphs: Glyphs) -> Line:
    share = right_share(entry.now)
    role = "dim" if share is None else "bad" if share < 0.5 else "good" if share == 1 else "text"
    return _pair(right_share(entry.then) if entry.then is not None else None, share, role, width)


def _pair(then: float | None, now: float | None, role: str, width: int) -> Line:
    """``30 → 60 %``, the newer one in ``role``."""
    start = f"{then * 100:.0f} → " if then is not None else ""
    return [(right(start, width - 6), "dim"), (right(figures.percent(now), 6), role if now is not None else "faint")]


def _change(entry: Entry, width: int, metric: Metric, glyphs: Glyphs) -> Line:
    moved = change(entry)
    if moved is None:
        return [(right(figures.MISSING, width), "faint")]
    role = "faint" if abs(moved) < 1e-9 else "good" if moved > 0 else "bad"
    return [(right(f"{moved * 100:+.0f} %" if abs(moved) >= 1e-9 else "0 %", width), role)]


def _way(entry: Entry, width: int, metric: Metric, glyphs: Glyphs) -> Line:
    """The right share's way from before to now on a line from 0 to 100 %."""
    before = right_share(entry.then) if entry.then is not None else None
    role = "bad" if (moved := change(entry)) is not None and moved < 0 else "accent"
    return [("  ", ""), *track(width - 2, glyphs, before=before, now=right_share(entry.now), role=role)]


def _reference(entry: Entry, width: int, metric: Metric, glyphs: Glyphs) -> Line:
    """``7–3–0``: won, tied, lost against the reference."""
    side = entry.now
    if not side.wins + side.ties + side.losses:
        return [(right(figures.MISSING, width), "faint")]
    counts = [(side.wins, "good"), (side.ties, "text"), (side.losses, "bad")]
    line: Line = []
    for index, (count, role) in enumerate(counts):
        line += [(" ", "")] if index else []
        line.append((f"{count:>3}", role if count else "faint"))
    return [(" " * (width - 11), ""), *line]


def _runs(entry: Entry, width: int, metric: Metric, glyphs: Glyphs) -> Line:
    return [(right(f"{entry.now.n:,}", width), "dim")]


def _failure(entry: Entry, width: int, metric: Metric, glyphs: Glyphs) -> Line:
    failure = entry.row.failure
    return [("  ", ""), (left(plain_line(failure, 80) if failure else "", width - 2, glyphs.ellipsis), "bad")]


def _rescue(entry: Entry, width: int, metric: Metric, glyphs: Glyphs) -> Line:
    """How many of the samples that looked for a right response found one."""
    side: Side = entry.row.after
    if not side.n:
        return [(" " * width, "")]
    return [(right(f"{side.correct} of {side.n}", width), "good" if side.correct else "bad")]


def _trained(entry: Entry, width: int, metric: Metric, glyphs: Glyphs) -> Line:
    trained = entry.row.trained
    word, role = {True: ("yes", "good"), False: ("left out", "bad"), None: ("", "faint")}[trained]
    return [("  ", ""), (left(word, width - 2), role)]


def _id(entry: Entry, width: int, metric: Metric, glyphs: Glyphs) -> Line:
    return [("  ", ""), (left(plain_line(entry.row.id, 80), width - 2, glyphs.ellipsis), "faint")]


def _problem(entry: Entry, width: int, metric: Metric, glyphs: Glyphs) -> Line:
    return [("  ", ""), (plain_line(entry.row.prompt, max(1, 2 * width)), "dim")]


_MEASURED = ("measured", "benchmark")
_SAMPLED = (*_MEASURED, "scanned")
_ALL = (*_SAMPLED, "distilled")
COLUMNS: tuple[Column, ...] = (
    Column("place", "", 3, 0, _ALL, _sign),
    Column("category", "category", 12, 0, _ALL, _category),
    Column("same", "same {metric}", 16, 0, _SAMPLED, _same, True),
    Column("right", "right", 13, 0, _ALL, _right, True),
    Column("change", "change", 10, 104, _MEASURED, _change, True),
    Column("right", "0 %     100 %", 16, 104, _MEASURED, _way),
    Column("place", "runs", 6, 130, _SAMPLED, _runs, True),
    Column("reference", "won tie los", 13, 114, _MEASURED, _reference, True),
    Column("failure", "failure", 24, 80, ("scanned",), _failure),
    Column("right", "rescued", 10, 104, ("scanned",), _rescue, True),
    Column("trained", "trained", 11, 60, ("scanned", "distilled"), _trained),
    Column("place", "id", 28, 150, _ALL, _id),
    Column("problem", "problem", 0, 0, _ALL, _problem),
)


def columns(part: str, width: int) -> list[Column]:
    """The columns of a part that have room in ``width`` cells."""
    return [column for column in COLUMNS if part in column.parts and width >= column.from_]


def orders(part: str) -> list[str]:
    """What a part's problems can be ordered by, as the columns stand."""
    return list(dict.fromkeys(column.order for column in COLUMNS if part in column.parts))


def heading(part: str, width: int, metric: Metric, order: str, backwards: bool, glyphs: Glyphs) -> Line:
    """The names over the columns; the one that orders the rows has a mark."""
    mark = ("^" if backwards else "v") if glyphs.ascii else ("▴" if backwards else "▾")
    line: Line = []
    marked = False
    for column in columns(part, width):
        title = column.title.format(metric=metric[:-1])
        here = column.order == order and not marked and order != "place" and bool(title)
        marked = marked or here
        name = f"{title} {mark}" if here else title
        cells = column.width or max(1, width - width_of(line))
        shown = right(name, cells) if column.right else left("  " + name if column.draw in _INDENTED else name, cells)
        line.append((shown, "accent" if here else "faint"))
    return line


_INDENTED = (_way, _failure, _trained, _id, _problem)


def column_at(part: str, width: int, x: int) -> Column | None:
    """The column whose heading is under a click."""
    at = 0
    for column in columns(part, width):
        at += column.width or width
        if x < at:
            return column
    return None


def row_line(entry: Entry, part: str, width: int, metric: Metric, glyphs: Glyphs) -> Line:
    """One problem in ``width`` cells; the last column takes what is left."""
    line: Line = []
    used = 0
    for column in columns(part, width):
        line += column.draw(entry, column.width or max(1, width - used), metric, glyphs)
        used += column.width
    return line
