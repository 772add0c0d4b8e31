"""A report's plots drawn in text: before and after on one track, how problems spread over shares, and the training curve."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache

from core.measures.estimate import Estimate
from core.report.document import DotPlot, Histogram, LossPlot
from core.report.markdown import counts
from core.runs.snapshot import Series
from core.text import plain_line
from screens import figures
from screens.ink import Line, left, right, width_of
from screens.report_tables import text_lines
from screens.widgets.bars import track
from screens.widgets.chart import Marks, View, draw
from screens.widgets.curve import Curve
from screens.widgets.glyphs import Glyphs

LEAST = 52
"""Cells that a plot needs to be readable."""
_MOST_TRACK = 60
_CHART_ROWS = 13
_MOST_CHART = 132
_MOST_BINS = 20


def dot_plot(plot: DotPlot, width: int, glyphs: Glyphs) -> list[Line]:
    """One track a row from 0 to 100 %: where the figure was, is, its interval, and the gate's threshold."""
    name = min(16, max((len(plain_line(row.label)) for row in plot.rows), default=0))
    change = 17
    rail = min(_MOST_TRACK, width - name - change - 4)
    if rail < 12:
        return []
    lines: list[Line] = [[(plain_line(plot.title), "title")], _legend(glyphs, any(row.threshold is not None for row in plot.rows))]
    for row in plot.rows:
        before, after = _known(row.before), _known(row.after)
        newest = after or before
        drawn = track(
            rail, glyphs,
            before=before.value if before else None, now=after.value if after else None,
            low=newest.low if newest else None, high=newest.high if newest else None, threshold=row.threshold,
        )  # fmt: skip
        said = f"{figures.percent(before.value if before else None)} {glyphs.arrow} {figures.percent(after.value if after else None)}"
        lines.append([(left(plain_line(row.label), name + 2), "text"), *drawn, (right(glyphs.say(said), change), "text")])
    ends = "0 %" + right("100 %", rail - 3)
    return [*lines, [(" " * (name + 2) + ends, "faint")]]


def _known(estimate: Estimate | None) -> Estimate | None:
    return None if estimate is None or math.isnan(estimate.value) else estimate


def _legend(glyphs: Glyphs, gate: bool) -> Line:
    _, _, before, now, threshold, interval = glyphs.track
    line: Line = [(before, "dim"), (" before  ", "faint"), (now, "accent"), (" after  ", "faint"), (interval * 2, "accent")]
    line.append((" 95 %", "faint"))
    return [*line, ("  ", ""), (threshold, "warn"), (" gate", "faint")] if gate else line


def histogram(plot: Histogram, width: int, glyphs: Glyphs) -> list[Line]:
    """How many problems have which share, before at the left and after at the right, with the counts."""
    bins = min(plot.runs, _MOST_BINS)
    # No problem has a share of nothing: the most common of n responses is at least one of them.
    columns = [counts(values, bins) for values in (plot.before, plot.after)]
    most = max(1, *(count for column in columns for count in column))
    digits = len(f"{most:,}")
    room = min(28, (width - 8 - 2 * (digits + 4)) // 2)
    if room < 6:
        return []
    heads = [f"before, n {len(plot.before):,}", f"after, n {len(plot.after):,}"]
    lines: list[Line] = [[(plain_line(plot.title), "title")], [(" " * 8 + left(heads[0], room + digits + 4), "faint"), (heads[1], "faint")]]
    first = 1 if not any(column[0] for column in columns) else 0
    for at in range(first, bins + 1):
        line: Line = [(right(f"{at / bins * 100:.0f} %", 6) + "  ", "dim")]
        for column, role in zip(columns, ("dim", "accent"), strict=True):
            count = column[at]
            filled = max(1, round(count / most * room)) if count else 0
            shown = f" {count:,}" if count else ""
            line += [(glyphs.bar[0] * filled, role), (left(shown, room - filled + digits + 4), "text")]
        lines.append(line)
    return lines


def loss_plot(plot: LossPlot, width: int, glyphs: Glyphs) -> list[Line]:
    """The training curve with its average, as the loss pane draws it, and what there is to say of it."""
    told = [[(line, "faint")] for line in text_lines(plain_line(plot.told), min(width, 100))]
    series = plot.series
    if width < LEAST or not any(map(math.isfinite, series.loss)):
        return [*told]
    marks = Marks(series.epochs, series.checkpoints, series.held_out, series.max_steps)
    drawn = draw(_curve(series), View(), marks, min(width, _MOST_CHART), _CHART_ROWS, glyphs)
    return [[(plain_line(plot.title), "title")], *drawn, *told]


@lru_cache(maxsize=4)
def _curve(series: Series) -> Curve:
    curve = Curve()
    curve.update(series.x, series.loss)
    return curve


def beside(drawings: Sequence[list[Line]], width: int, gap: int = 6) -> list[Line]:
    """Drawings in as many columns as fit side by side, a blank line between the rows of drawings."""
    columns = max(1, min(len(drawings), (width + gap) // (LEAST + gap)))
    each = (width - gap * (columns - 1)) // columns
    lines: list[Line] = []
    for start in range(0, len(drawings), columns):
        row = drawings[start : start + columns]
        lines += [[]] if lines else []
        for at in range(max(map(len, row))):
            line: Line = []
            for place, drawing in enumerate(row):
                part = drawing[at] if at < len(drawing) else []
                line += [*part, (" " * (each - width_of(part) + gap), "")] if place < len(row) - 1 else part
            lines.append(line)
    return lines


def room_for(count: int, width: int, gap: int = 6) -> int:
    """Width of one of ``count`` drawings that ``beside`` will place in ``width``."""
    columns = max(1, min(count, (width + gap) // (LEAST + gap)))
    return (width - gap * (columns - 1)) // columns
