"""A report's tables as lines of text that fit a width: figures stay whole, texts wrap, and what does not fit at all becomes a list.

Of the ways to lay a table out the first that fits is taken: notes beside the figures, under them, under them in two lines, and at last
one line a figure. Texts wrap as soon as notes stand below.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from rich.cells import cell_len

from core.report.document import Cell, Table, Tone
from core.report.words import NONE
from core.text import plain_line
from screens.ink import Line, left, right, wrapped
from screens.widgets.glyphs import Glyphs

ROLES: dict[Tone, str] = {"": "text", "good": "good", "bad": "bad", "open": "warn", "dim": "dim", "strong": "strong"}
_GAP = 2
_LEAST_TEXT = 14
_LONGEST = 2000
_BEFORE_N = re.compile(r" (?=n )")
"""Where the note of a figure, its interval and n, may be broken in two."""
_TOGETHER = re.compile(r"(?<=\bn) (?=\d)|(?<=\d) (?=%)")
_PATH = re.compile(r"\S+/\S+")
_GLUE = "\u00a0"


class _Shown(NamedTuple):
    """A cell as it will be drawn: one text with its note beside it, or the note below."""

    text: str
    note: str
    role: str

    def width(self, stacked: bool, broken: bool = False) -> int:
        note = max(map(cell_len, _BEFORE_N.split(self.note))) if broken else cell_len(self.note)
        return max(cell_len(self.text), note) if stacked else cell_len(self.text) + (note + 1 if note else 0)

    def lines(self, width: int, stacked: bool) -> list[Line]:
        """At most ``width`` cells wide; a figure that is wider stays whole."""
        if not stacked and self.width(False) <= width:
            return [[(self.text, self.role), *([(f" {self.note}", "dim")] if self.note else [])]]
        lines: list[Line] = [[(line, self.role)] for line in text_lines(self.text, width)]
        return lines + [[(line, "dim")] for line in (text_lines(self.note, width) if self.note else [])]


def text_lines(text: str, width: int) -> list[str]:
    """``wrapped``, but a figure stays with its unit and n with its number, and a path that is too long is broken behind its slashes."""
    parted = _PATH.sub(lambda found: _parted(found[0], width), text)
    return [line.replace(_GLUE, " ") for line in wrapped(_TOGETHER.sub(_GLUE, parted), width)]


def _parted(path: str, width: int) -> str:
    if cell_len(path) <= width:
        return path
    lines = [""]
    for part in re.split(r"(?<=/)", path):
        if lines[-1] and cell_len(lines[-1] + part) > width:
            lines.append("")
        lines[-1] += part
    return "\n".join(lines)


def mark(tone: Tone, glyphs: Glyphs) -> str:
    """The sign before a judged text, so that colour only repeats it."""
    return {"good": f"{glyphs.met} ", "bad": f"{glyphs.missed} "}.get(tone, "")


def table_lines(table: Table, width: int, glyphs: Glyphs) -> list[Line]:
    """The table in at most ``width`` cells, its caption below."""
    if not table.rows:
        return [[("none", "dim")]]
    rows = [[_shown(cell, glyphs) for cell in row] for row in table.rows]
    heads = [plain_line(column.title) for column in table.columns]
    texts = [column.align == "left" for column in table.columns]
    drawn = _laid(heads, rows, texts, table.mono, width, glyphs) or _listed(heads, rows, width)
    if table.caption:
        drawn += [[(line, "faint")] for line in text_lines(plain_line(table.caption), min(width, 100))]
    return drawn


def _shown(cell: Cell, glyphs: Glyphs) -> _Shown:
    text = mark(cell.tone, glyphs) + plain_line(cell.text, _LONGEST)
    return _Shown(glyphs.say(text), glyphs.say(plain_line(cell.note, _LONGEST)), ROLES[cell.tone])


def _laid(
    heads: Sequence[str], rows: Sequence[Sequence[_Shown]], texts: Sequence[bool], mono: bool, width: int, glyphs: Glyphs
) -> list[Line] | None:
    """None where even the narrowest way is too wide. ``mono``: paths and keys in the first column keep up to half of the width."""
    room = width - _GAP * (len(heads) - 1)
    for stacked, wraps, broken in ((False, False, False), (True, False, False), (True, True, False), (True, True, True)):
        cells = [max(row[at].width(stacked, broken) for row in rows) for at in range(len(heads))]
        natural = [max(cell, cell_len(head)) for cell, head in zip(cells, heads, strict=True)]
        least = [
            max(min(cell, _LEAST_TEXT) if wraps and text else cell, max(map(cell_len, head.split()), default=0))
            for cell, head, text in zip(cells, heads, texts, strict=True)
        ]
        if mono:
            least[0] = max(least[0], min(natural[0], room // 2))
        widths = fitted(natural, least, room)
        if widths is not None:
            return _drawn(heads, rows, texts, widths, stacked, glyphs)
    return None


def fitted(natural: Sequence[int], least: Sequence[int], room: int) -> list[int] | None:
    """Column widths that together take at most ``room`` cells, the widest columns giving way first; None when the least is too much."""
    if sum(least) > room:
        return None
    widths = list(natural)
    over = sum(widths) - room
    while over > 0:
        # All that can give way is at or under this width; levelling a step at a time would be slow for long texts.
        able = [at for at in range(len(widths)) if widths[at] > least[at]]
        widest = max(widths[at] for at in able)
        tied = [at for at in able if widths[at] == widest]
        below = max((widths[at] for at in able if widths[at] < widest), default=0)
        by = min(-(-over // len(tied)), widest - max(below, *(least[at] for at in tied)))
        for at in tied:
            widths[at] -= min(by, over)
            over -= min(by, over)
    return widths


def _drawn(
    heads: Sequence[str], rows: Sequence[Sequence[_Shown]], texts: Sequence[bool], widths: Sequence[int], stacked: bool, glyphs: Glyphs
) -> list[Line]:
    def joined(cells: Sequence[list[Line]], height: int, at_bottom: bool = False) -> list[Line]:
        lines: list[Line] = []
        for row in range(height):
            line: Line = []
            for at, (cell, width, text) in enumerate(zip(cells, widths, texts, strict=True)):
                index = row - (height - len(cell)) if at_bottom else row
                part = cell[index] if 0 <= index < len(cell) else []
                gap = width - sum(cell_len(piece) for piece, _ in part)
                last = at == len(widths) - 1
                line += part if text and last else [*part, (" " * gap, "")] if text else [(" " * gap, ""), *part]
                if not last:
                    line.append((" " * _GAP, ""))
            lines.append(line)
        return lines

    titles: list[list[Line]] = [[[(piece, "dim")] for piece in wrapped(head, width)] for head, width in zip(heads, widths, strict=True)]
    lines = joined(titles, max(map(len, titles)), at_bottom=True) if any(heads) else []
    lines.append([(glyphs.rule * (sum(widths) + _GAP * (len(widths) - 1)), "frame")])
    for row in rows:
        cells = [cell.lines(width, stacked) for cell, width in zip(row, widths, strict=True)]
        lines += joined(cells, max(map(len, cells)))
    return lines


def _listed(heads: Sequence[str], rows: Sequence[Sequence[_Shown]], width: int) -> list[Line]:
    """Each row as its name and, below it, one line for each of its other cells."""
    name = min(max((cell_len(head) for head in heads[1:]), default=0), width // 2)
    room = max(8, width - name - 4)
    lines: list[Line] = []
    for row in rows:
        lines += [[(text, "strong")] for text in wrapped(" ".join(filter(None, row[0][:2])), width)]
        for head, cell in zip(heads[1:], row[1:], strict=True):
            if cell.text not in ("", NONE) or cell.note:
                pieces = cell.lines(room, stacked=False)
                lines.append([("  ", ""), (left(head, name), "dim"), ("  ", ""), *pieces[0]])
                lines += [[(right("", name + 4), ""), *piece] for piece in pieces[1:]]
    return lines
