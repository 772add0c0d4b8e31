"""Against the reference model: share of ties and score by category, before and after training, against the gate's targets.

Score = (wins + half of the ties) / comparisons; tie rate = ties / comparisons.
"""

from __future__ import annotations

from core.measures.estimate import Estimate
from core.runs.snapshot import CategoryView, Snapshot
from screens import figures
from screens.ink import Line, centred, left, right, width_of
from screens.widgets.bars import track
from screens.widgets.glyphs import Glyphs
from screens.widgets.measured import NAME, Target, mark, name_of, now_cell, target_cell
from screens.widgets.pane import Pane

_METRICS = ("tie_rate", "score")
_PAIR, _TARGET = 18, 10
_ROOMY = _PAIR + _TARGET
"""Cells of a group's figures and of its target; with fewer the target has no place."""


def rows(views: tuple[CategoryView, ...], width: int, height: int, glyphs: Glyphs) -> list[Line]:
    """The table: a group of columns for ties and one for the score, with tracks where there is room."""
    shown = [view for view in views if any(m in view.before or m in view.now or m in view.target for m in _METRICS)]
    if not any(m in view.before or m in view.now for view in shown for m in _METRICS):
        message: list[Line] = [
            [("not compared yet", "dim")],
            [("diagnose compares its responses", "faint")],
            [("with those of judge.reference", "faint")],
        ]
        return centred(message, width, height)
    table = [_heading(width)]
    extra = 0 if _group_width(width) >= _ROOMY else (height - 1 - len(shown)) // len(shown)
    for view in shown:
        table.append(_row(view, width, glyphs))
        table += _below(view, width, glyphs)[:extra]
    return table


def _below(view: CategoryView, width: int, glyphs: Glyphs) -> list[Line]:
    """What a narrow row leaves out: the figures before training and the targets, each a line of its own."""
    group = _group_width(width)
    was = [figures.percent(e.value, 1) if (e := view.before.get(metric)) else "" for metric in _METRICS]
    wants = [glyphs.say(figures.threshold(*t)) if (t := view.target.get(metric)) else "" for metric in _METRICS]
    lines: list[Line] = []
    for name, cells in (("  before", was), ("  target", wants)):
        if any(cells):
            lines.append([(left(name, NAME), "faint"), *((left(right(cell, 9), group), "dim") for cell in cells)])
    return lines


def _heading(width: int) -> Line:
    group = _group_width(width)
    text = left("", NAME)
    for name in ("ties", "score"):
        if group >= _ROOMY:
            text += right(name, _PAIR - 1) + " " + " " * (group - _ROOMY) + right("target", _TARGET - 3) + "   "
        else:
            text += left(right(name, 8), group)
    return [(text + right("n", width - len(text)), "faint")]


def _group_width(width: int) -> int:
    return (width - NAME - 6) // 2


def _row(view: CategoryView, width: int, glyphs: Glyphs) -> Line:
    line: Line = [(left(name_of(view), NAME), "text")]
    for metric in _METRICS:
        line += _group(view, metric, _group_width(width), glyphs)
    figure = view.now.get("tie_rate") or view.before.get("tie_rate")
    return [*line, (right(f"{figure.n:,}" if figure else "", width - width_of(line)), "dim")]


def _group(view: CategoryView, metric: str, width: int, glyphs: Glyphs) -> Line:
    """``41.2 → 24.0 ±5 %  < 30 % ✓``; with room a track between figure and target, with little room no target but its mark."""
    before, now, target = view.before.get(metric), view.now.get(metric), view.target.get(metric)
    if width < _ROOMY:
        sign, role = mark(now, target, glyphs)
        return [*now_cell(now, 9, glyphs, 0, target), (left(f" {sign}", width - 9), role)]
    first: Line = [(" ", ""), *_change(before, now, target, _PAIR - 2, glyphs), (" ", "")]
    room = width - _ROOMY
    middle: Line = [(" " * room, "")]
    if room >= 10 and (before or now):
        missed = mark(now, target, glyphs)[1] == "bad"
        drawn = track(
            room - 3,
            glyphs,
            before=before.value if before else None,
            now=now.value if now else None,
            low=now.low if now else None,
            high=now.high if now else None,
            threshold=target[1] if target else None,
            role="bad" if missed else "accent",
        )
        middle = [("   ", ""), *drawn]
    return [*first, *middle, *target_cell(now, target, _TARGET, glyphs)]


def _change(before: Estimate | None, now: Estimate | None, target: Target, width: int, glyphs: Glyphs) -> Line:
    """``41.2 → 24.0 ±5 %`` at the right of ``width`` cells; where that is too long, the figure before without its fraction."""
    if before and not now:
        return [(right(figures.percent(before.value, 1), width), "dim")]
    told = [glyphs.say(f"{before.value * 100:.{digits}f} → ") for digits in (1, 0)] if before else [""]
    figure = now_cell(now, 0, glyphs, 0, target)
    was = next((text for text in told if len(text) + width_of(figure) <= width), told[-1])
    if len(was) + width_of(figure) > width:
        figure = now_cell(now, width - len(was), glyphs, 0, target)
    return [(right(was, width - width_of(figure)), "dim"), *figure]


class ReferencePane(Pane):
    """Ties and score."""

    TITLE = "Reference"

    def part(self, snapshot: Snapshot, now: float) -> object:
        return snapshot.categories

    def title(self) -> Line:
        return [("ties and score against it", "dim")]

    def body(self, width: int, height: int) -> list[Line]:
        assert self.snapshot is not None
        return rows(self.snapshot.categories, width, height, self.glyphs)
