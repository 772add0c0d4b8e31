"""A measured share against what the gate wants of it: its mark, and its row in a table. Shared by the measuring panes."""

from __future__ import annotations

from core.measures.decide import Direction, certainty, meets, telling
from core.measures.estimate import Estimate
from core.runs.snapshot import CategoryView
from screens import figures
from screens.ink import Line, left, right
from screens.widgets.bars import track
from screens.widgets.glyphs import Glyphs

NAME = 12
_ROOMY = 66
_WITH_OTHER = 84
_LEAST_TRACK = 8
Target = tuple[Direction, float] | None


def mark(value: Estimate | None, target: Target, glyphs: Glyphs) -> tuple[str, str]:
    """(sign, role): met or missed by the figure itself; a ``?`` follows when the interval spans the target."""
    if value is None or target is None:
        return "", "dim"
    met = meets(value.value, *target)
    undecided = certainty(value, *target) == "undecided"
    sign = glyphs.met if met else glyphs.missed
    return sign + (glyphs.undecided if undecided else ""), "good" if met else "bad"


def target_cell(value: Estimate | None, target: Target, width: int, glyphs: Glyphs) -> Line:
    """``≥ 40 % ✓?`` in ``width`` cells: the signs stand below each other."""
    sign, role = mark(value, target, glyphs)
    wanted = glyphs.say(figures.threshold(*target)) if target else ""
    return [(right(wanted, width - 3), "dim"), (" ", ""), (left(sign, 2), role)]


def now_cell(value: Estimate | None, width: int, glyphs: Glyphs, margin: int, target: Target) -> Line:
    """The figure bright, its margin dim, right-aligned: ``61.2 ±4.5 %`` with one digit for the ``margin``.

    A figure has a digit after the point, or as many as its verdict needs; where room is short, the space before the margin goes.
    """
    digits = telling(value.value, *target) if value is not None and target else 1
    text = glyphs.say(figures.with_margin(value, digits, margin))
    head, space, tail = text.partition(" ")
    if 0 < width < len(text):
        text, space = text.replace(space, "", 1), ""
    pad = " " * max(0, width - len(text))
    role = mark(value, target, glyphs)[1] if value is not None and target else "strong" if value is not None else "faint"
    return [(pad, ""), (head, "strong" if role == "good" else role), (space + tail, "dim")]


def name_of(view: CategoryView) -> str:
    """How a row is called."""
    return str(view.category) if view.category is not None else "all trained"


def share_row(view: CategoryView, metric: str, width: int, glyphs: Glyphs, also: str = "") -> Line:
    """One category's row for one metric: before, now, track, target, n; ``also`` names a second metric to give at the end."""
    before, now, target = view.before.get(metric), view.now.get(metric), view.target.get(metric)
    roomy = width >= _ROOMY
    digits = 1 if roomy else 0
    newest = now or before
    columns: Line = [
        (left(name_of(view), NAME), "text"),
        (right(figures.percent(before.value if before else None, digits), 7 if roomy else 5), "dim"),
        *now_cell(now, 13 if roomy else 10, glyphs, digits, target),
    ]
    end: Line = [
        *target_cell(now, target, 10, glyphs),
        (right(f"{newest.n:,}" if newest else "", 6 if roomy else 5), "dim"),
    ]
    if also and has_other(width):
        first, second = view.before.get(also), view.now.get(also)
        end += [(right(_pair(first, second, glyphs), 15), "dim")]
    room = width - sum(len(text) for text, _ in (*columns, *end))
    if room >= _LEAST_TRACK + 4 and newest is not None:
        return [*columns, ("  ", ""), *_track(view, metric, room - 4, glyphs), ("  ", ""), *end]
    return [*columns, (" " * max(1, room), ""), *end]


def has_other(width: int) -> bool:
    """Whether ``share_row`` has room for a second metric."""
    return width >= _WITH_OTHER


def has_track(width: int) -> bool:
    """Whether ``share_row`` has room for a track; else it can have a line of its own."""
    return width >= (NAME + 7 + 13 + 16 if width >= _ROOMY else NAME + 5 + 10 + 15) + _LEAST_TRACK + 4


def share_track(view: CategoryView, metric: str, width: int, glyphs: Glyphs) -> Line:
    """The track as a line of its own."""
    return [("  ", ""), *_track(view, metric, width - 2, glyphs)]


def _track(view: CategoryView, metric: str, width: int, glyphs: Glyphs) -> Line:
    before, now, target = view.before.get(metric), view.now.get(metric), view.target.get(metric)
    return track(
        width,
        glyphs,
        before=before.value if before else None,
        now=now.value if now else None,
        low=now.low if now else None,
        high=now.high if now else None,
        threshold=target[1] if target else None,
        role="bad" if mark(now, target, glyphs)[1] == "bad" else "accent",
    )


def share_heading(width: int, glyphs: Glyphs, also: str = "") -> Line:
    """The column names over ``share_row``."""
    roomy = width >= _ROOMY
    head = left("", NAME) + right("before", 7 if roomy else 5 + 1) + right("now", 12 if roomy else 8)
    tail = right("target", 7) + "   " + right("n", 6 if roomy else 5) + (right(also, 15) if also and has_other(width) else "")
    room = width - len(head) - len(tail)
    scale = ""
    if room >= 22:
        scale = "   0 %" + "100 %".rjust(room - 9) + "   "
    return [(head, "faint"), (scale or " " * room, "faint"), (tail, "faint")]


def _pair(before: Estimate | None, now: Estimate | None, glyphs: Glyphs) -> str:
    if before is None and now is None:
        return ""
    if before is None or now is None:
        return figures.percent((now or before).value)  # type: ignore[union-attr]
    return glyphs.say(f"{before.value * 100:.0f} → {now.value * 100:.0f} %")
