"""Attempts as lines: one row each in a table, and all that is known of one of them."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

from core.measures.estimate import Estimate
from core.plan.fields import shown
from core.plan.phases import all_steps
from core.records import Category
from core.runs.overview import AttemptView
from core.runs.snapshot import GateView, State
from core.text import plain_line
from screens import figures
from screens.ink import Line, fit, left, right, wrapped
from screens.widgets.gate import rows
from screens.widgets.glyphs import Glyphs
from screens.widgets.steps import ROLES, gate_word, met_count

METRICS = (
    ("response_consistency", "same response"),
    ("answer_consistency", "same answer"),
    ("accuracy", "right"),
    ("greedy_accuracy", "right, greedy"),
    ("score", "score"),
    ("tie_rate", "ties"),
)
_PAIR = 15
_WITH_COST, _WITH_WHEN, _WITH_CHANGES = 64, 78, 100
"""Columns from which on the table has room for these."""
_TWO_COLUMNS = 108
_FIGURES, _LEAST_ABOUT = 60, 48
"""Cells for a column of figures, and at least for what stands to the left of it."""


def moment(seconds: float, now: float) -> str:
    """``12:03`` today, ``Nov 23 12:03`` before."""
    there = time.localtime(seconds)
    today = time.strftime("%Y%j", there) == time.strftime("%Y%j", time.localtime(now))
    return time.strftime("%H:%M" if today else "%b %d %H:%M", there)


def changes_text(view: AttemptView, glyphs: Glyphs) -> str:
    """What was changed from the attempt it was made from, in one line."""
    told = [f"{key.rpartition('.')[2]} {plain_line(shown(old))} → {plain_line(shown(new))}" for key, (old, new) in view.changes.items()]
    return glyphs.say(", ".join(told)) or plain_line(view.reason)


def heading(width: int, glyphs: Glyphs) -> Line:
    """The column names over ``row_line``."""
    when = left("when", 14) if width >= _WITH_WHEN else ""
    line = f"{'':4}{'#':>3}  {'from':<6}{when}{'gates':<17}{right('consistency', _PAIR)}"
    line += "".join(right(name, _PAIR) for name, _ in _further(width))
    line += right("time", 9) + (right("cost", 8) if width >= _WITH_COST else "")
    if width >= _WITH_CHANGES:
        line += "   what was changed"
    return [(line, "faint")]


def row_line(view: AttemptView, width: int, glyphs: Glyphs, now: float, marked: bool, kind: str) -> Line:
    """One attempt: number, parent, when, gates, figures before and after, time, money, changes."""
    sign = glyphs.states[view.state]
    line: Line = [
        (f"  {sign if view.state is not State.IDLE else ' '} ", ROLES[view.state]),
        (right(str(view.number), 3), "accent-strong" if marked else "strong"),
        (f"{glyphs.met} " if marked else "  ", "accent"),
        (left(str(view.parent or ""), 6), "dim"),
        (left(moment(view.created, now), 14) if width >= _WITH_WHEN else "", "dim"),
        *_gates(view.gates, 17, glyphs),
        *pair(view.before, view.after, None, kind, _PAIR, glyphs),
    ]
    for _, metric in _further(width):
        line += pair(view.before, view.after, Category.MATH, metric, _PAIR, glyphs)
    line.append((right(figures.duration(view.seconds), 9), "text"))
    if width >= _WITH_COST:
        line.append((right(figures.dollars(view.dollars), 8), "text"))
    if width >= _WITH_CHANGES:
        line.append((f"   {changes_text(view, glyphs)}", "dim"))
    return line


def _further(width: int) -> tuple[tuple[str, str], ...]:
    """Figures of MATH that there is room for: (heading, metric)."""
    wanted = (("MATH score", "score"), ("MATH ties", "tie_rate"))
    return wanted if width >= 150 else wanted[:1] if width >= 116 else ()


Table = Mapping[Category | None, Mapping[str, Estimate]]


def pair(before: Table, after: Table, category: Category | None, metric: str, width: int, glyphs: Glyphs) -> Line:
    """``18.2 → 82.0 %`` in ``width`` cells."""
    was, now = before.get(category, {}).get(metric), after.get(category, {}).get(metric)
    if now is None:
        return [(right(figures.percent(was.value, 1) if was else figures.MISSING, width), "dim" if was else "faint")]
    start = glyphs.say(f"{was.value * 100:.1f} → ") if was else ""
    text = figures.percent(now.value, 1)
    return [(right(start, width - len(text)), "dim"), (text, "strong")]


def _gates(gates: Sequence[GateView], width: int, glyphs: Glyphs) -> Line:
    """The gate that was decided last, with its verdict."""
    known = [gate for gate in gates if gate.verdict != "open"]
    if not known:
        return [(left("open", width), "faint")]
    gate = known[-1]
    word, role = gate_word(gate)
    name = gate.title.removeprefix("gate ").removesuffix(" gate")
    return [(left(f"{name} {word}", width, glyphs.ellipsis), role)]


def detail(view: AttemptView, width: int, glyphs: Glyphs, now: float) -> list[Line]:
    """Everything of one attempt: how it came about, its gates and steps, and its figures by category."""
    blocks = _figures(view, glyphs)
    if width < _TWO_COLUMNS:
        return [*_about(view, width, glyphs, now), [], _figure_heading(), *(line for block in blocks for line in block)]
    count = min(len(blocks), max(1, (width - _LEAST_ABOUT) // _FIGURES)) or 1
    room = width - count * _FIGURES
    columns = [_about(view, room, glyphs, now), *([_figure_heading()] for _ in range(count))]
    share = -(-len(blocks) // count)
    for at, block in enumerate(blocks):
        columns[1 + at // share] += block
    height = max(map(len, columns))
    widths = [room, *[_FIGURES] * count]
    return [
        [span for column, cells in zip(columns, widths, strict=True) for span in fit(column[y] if y < len(column) else [], cells)]
        for y in range(height)
    ]


def _about(view: AttemptView, width: int, glyphs: Glyphs, now: float) -> list[Line]:
    """How the attempt came about, its gates with every criterion, its steps."""
    room = max(24, width - 4)
    made = f", from attempt {view.parent}" if view.parent else ""
    about = f"{made}, {moment(view.created, now)}, {plain_line(view.target)}"
    lines: list[Line] = [[(f"  Attempt {view.number}", "title"), (about, "dim")]]
    for key, (old, new) in list(view.changes.items())[:8]:
        change = glyphs.say(f"{plain_line(shown(old)) or '(empty)'} → {plain_line(shown(new)) or '(empty)'}")
        how = f"  {view.origins[key]}" if key in view.origins else ""
        lines.append(fit([("  ", ""), (left(key, min(40, len(key) + 2)), "text"), (change, "strong"), (how, "faint")], width, fill=False))
    if not view.changes and view.reason:
        lines += [[("  ", ""), (text, "text")] for text in wrapped(plain_line(view.reason), room)]
    for gate in view.gates:
        if gate.verdict == "open" and not any(c.value for c in gate.criteria):
            continue
        word, role = gate_word(gate)
        lines += [[], [("  ", ""), (f"{gate.title} ", "title"), (word, role), (f"  {met_count(gate)}", "dim")]]
        lines += [[(" ", ""), *line] for line in rows(gate, min(room, 60), len(gate.criteria), glyphs)]
        if gate.verdict == "overridden":
            lines += [[("  ", ""), (text, "warn")] for text in wrapped(f"overridden: {plain_line(gate.reason)}", room)]
    return [*lines, [], *_steps(view, glyphs)]


def _figure_heading() -> Line:
    return [(f"  {'':15}{right('before', 16)}{right('after', 16)}{right('n', 7)}", "faint")]


def _figures(view: AttemptView, glyphs: Glyphs) -> list[list[Line]]:
    """By category: every metric before and after with its margin, a block of lines each."""
    order = [c for c in (None, *Category) if c in view.before or c in view.after]
    if not order:
        return [[[("  nothing was measured yet", "dim")]]]
    blocks: list[list[Line]] = []
    for category in order:
        was, now = view.before.get(category, {}), view.after.get(category, {})
        lines: list[Line] = [[("  ", ""), (str(category) if category is not None else "all trained", "title")]]
        blocks.append(lines)
        for metric, name in METRICS:
            old, new = was.get(metric), now.get(metric)
            if old is None and new is None:
                continue
            n = (new or old).n  # type: ignore[union-attr]
            lines.append(
                [
                    (left(f"    {name}", 17), "text"),
                    (right(glyphs.say(figures.with_margin(old, 1)), 16), "dim"),
                    (right(glyphs.say(figures.with_margin(new, 1)), 16), "strong" if new else "faint"),
                    (right(f"{n:,}", 7), "dim"),
                ]
            )
    return blocks


def _steps(view: AttemptView, glyphs: Glyphs) -> list[Line]:
    titles = {step.id: step.title for step in all_steps()}
    lines: list[Line] = []
    for step, state in view.states.items():
        if step not in view.step_seconds:
            continue
        took = figures.duration(view.step_seconds[step])
        lines.append([(f"  {glyphs.states[state]} ", ROLES[state]), (left(titles[step], 18), "text"), (right(took, 8), "dim")])
    return lines
