"""One attempt against another as lines: every figure of both with the paired difference, the settings, the problems that changed most."""

from __future__ import annotations

from core.measures.paired import Difference
from core.plan.fields import shown
from core.report.versus import CategoryVersus, Figure, Moved, Versus
from core.report.words import points
from core.text import plain_line
from screens import figures
from screens.attempts_lines import METRICS
from screens.ink import Line, fit, left, right, wrapped
from screens.widgets.bars import merged
from screens.widgets.glyphs import Glyphs

_NAMES = dict(METRICS)
_NAME, _DIFFERENCE = 17, 24
_LEAST_TRACK = 21
_SPANS = (0.05, 0.1, 0.2, 0.5, 1.0)
"""Half of the scale of differences: the smallest that holds all of them."""
_NARROW = 12
BETTER_UP = frozenset({"response_consistency", "answer_consistency", "accuracy", "greedy_accuracy", "score"})
"""Metrics of which more is better; of ties less is."""


def page(found: Versus, width: int, glyphs: Glyphs) -> list[Line]:
    """Everything, for a width in cells."""
    room, scale = max(24, width - 4), scale_of(found)
    about = f"{found.problems:,} problems that both measured ({found.step}), {found.runs} runs each"
    lines: list[Line] = [[], [("  ", ""), (about, "text")]]
    for note in found.notes:
        lines += [[("  ! " if not at else "    ", "warn"), (text, "text")] for at, text in enumerate(wrapped(plain_line(note), room - 2))]
    lines += [[], *_settings(found, width, glyphs), [], heading(found, width, glyphs)]
    for part in found.categories:
        lines += [*category(part, width, glyphs, scale), []]
    lines += [*_told(room), []]
    if found.moved:
        lines.append([("  The problems that changed most", "title")])
        lines.append([(f"  {'':12}{right('consistency', 14)}{right('right', 14)}", "faint")])
        lines += [moved(row, width, glyphs) for row in found.moved]
    return lines


def _told(room: int) -> list[Line]:
    said = (
        "Differences are paired by problem, with 95 % intervals; filled where the interval does not hold 0. "
        "McNemar: two-sided p over the greedy responses."
    )
    return [[("  ", ""), (text, "faint")] for text in wrapped(said, room)]


def heading(found: Versus, width: int, glyphs: Glyphs) -> Line:
    """The column names over ``figure_line``."""
    first, second = f"attempt {found.first}", f"attempt {found.second}"
    value = _value_width(width)
    line = f"{'':{_NAME + 4}}{right(first, value)}{right(second, value)}{right('difference', _DIFFERENCE)}{right('n', 7)}"
    track = _track_width(width)
    if track:
        end = scale_of(found) * 100
        line += "   " + left(f"{-end:.0f}", track // 2) + "0" + right(f"{end:+.0f}", track - track // 2 - 1)
    return [(line, "faint")]


def scale_of(found: Versus) -> float:
    """Half of the scale that all differences are drawn on."""
    most = max((max(-f.difference.low, f.difference.high) for part in found.categories for f in part.figures), default=1.0)
    return next((span for span in _SPANS if most <= span), 1.0)


def category(part: CategoryVersus, width: int, glyphs: Glyphs, scale: float) -> list[Line]:
    """One category's figures and its test of right and wrong."""
    name = str(part.category) if part.category is not None else "all trained"
    lines: list[Line] = [[("  ", ""), (name, "title"), (f"  {part.problems:,} problems", "dim")]]
    lines += [figure_line(figure, width, glyphs, scale) for figure in part.figures]
    if part.mcnemar is not None:
        p = "p < 0.001" if part.mcnemar < 0.001 else f"p = {part.mcnemar:.3f}"
        told = f"{part.became_right:,} became right, {part.became_wrong:,} wrong: McNemar "
        lines.append([(" " * (_NAME + 4), ""), (told, "dim"), (p, "strong" if part.mcnemar < 0.05 else "text")])
    return lines


def figure_line(figure: Figure, width: int, glyphs: Glyphs, scale: float) -> Line:
    """``same response  82.2 ±2.4 %  85.8 ±2.2 %  +3.6 [+1.8, +5.4]  300  ───┃─═●═──``."""
    role, value = role_of(figure), _value_width(width)
    digits = 1 if value > _NARROW else 0
    line: Line = [
        (left(f"    {_NAMES[figure.metric]}", _NAME + 4), "text"),
        (right(glyphs.say(figures.with_margin(figure.first, digits)), value), "dim"),
        (right(glyphs.say(figures.with_margin(figure.second, digits)), value), "strong"),
        (right(interval(figure.difference), _DIFFERENCE), role),
        (right(f"{figure.difference.n:,}", 7), "dim"),
    ]
    track = _track_width(width)
    return [*line, ("   ", ""), *difference_track(figure.difference, track, glyphs, role, scale)] if track else line


def role_of(figure: Figure) -> str:
    """Better, worse, or nothing to tell."""
    difference = figure.difference
    if difference.low <= 0 <= difference.high:
        return "text"
    better = (difference.value > 0) == (figure.metric in BETTER_UP)
    return "good" if better else "bad"


def interval(difference: Difference) -> str:
    """``+3.6 [+1.8, +5.4]`` in percentage points."""
    return f"{points(difference.value)} [{points(difference.low)}, {points(difference.high)}]"


def _value_width(width: int) -> int:
    """Cells for a figure with its margin: without decimals where there is little room."""
    return _NARROW if width < 86 else 16


def _track_width(width: int) -> int:
    room = width - (_NAME + 4 + 2 * _value_width(width) + _DIFFERENCE + 7) - 6
    return min(61, room - (1 - room % 2)) if room >= _LEAST_TRACK else 0


def difference_track(difference: Difference, width: int, glyphs: Glyphs, role: str, scale: float) -> Line:
    """Where a difference lies between ``-scale`` and ``scale``, with its interval, around 0 in the middle."""
    rail, _, start, end, mark, span = glyphs.track

    def at(value: float) -> int:
        return min(width - 1, max(0, round((value / scale + 1) / 2 * (width - 1))))

    cells: list[tuple[str, str]] = [(rail, "frame")] * width
    for position in range(at(difference.low), at(difference.high) + 1):
        cells[position] = (span, role)
    cells[width // 2] = (mark, "dim")
    certain = role in ("good", "bad")
    cells[at(difference.value)] = (end if certain else start, role)
    return merged(cells)


def _settings(found: Versus, width: int, glyphs: Glyphs) -> list[Line]:
    if not found.settings:
        return [[("  ", ""), ("the same settings", "dim")]]
    lines: list[Line] = [[("  Settings that differ", "title")]]
    name = max(len(key) for key in found.settings) + 2
    for key, (old, new) in found.settings.items():
        change = glyphs.say(f"{plain_line(shown(old)) or '(empty)'} → {plain_line(shown(new)) or '(empty)'}")
        lines.append(fit([("    ", ""), (left(key, name), "text"), (change, "strong")], width, glyphs.ellipsis, fill=False))
    return lines


def moved(row: Moved, width: int, glyphs: Glyphs) -> Line:
    """One problem: consistency and share of right runs in both attempts, and the start of its prompt."""
    return [
        (left(f"  {row.category}", 14), "text"),
        *_pair(row.consistency[0], row.consistency[1], glyphs),
        *_pair(row.right[0], row.right[1], glyphs),
        ("   ", ""),
        (plain_line(row.prompt, max(1, width)), "dim"),
    ]


def _pair(first: float | None, second: float | None, glyphs: Glyphs) -> Line:
    if first is None or second is None:
        return [(right(figures.MISSING, 14), "faint")]
    role = "good" if second > first else "bad" if second < first else "text"
    text = figures.percent(second)
    return [(right(glyphs.say(f"{first * 100:.0f} → "), 14 - len(text)), "dim"), (text, role)]
