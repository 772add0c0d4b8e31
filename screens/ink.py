"""Lines of text with roles instead of colours: what panes draw, before a theme is known.

A role is a name such as ``dim`` or ``good`` that ``themes.py`` turns into a style. Keeping the two apart lets a pane's drawing be a
pure function that tests read as text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from rich.cells import cell_len, set_cell_size

from core.text import plain

Span = tuple[str, str]
Line = list[Span]
"""Spans of (text, role), left to right."""


def harmless(text: str, limit: int = 2000) -> str:
    """Foreign text on one line and harmless to show; unlike ``plain_line`` its indentation stays."""
    return plain(text, limit).replace("\n", " ").expandtabs(4).rstrip()


def text_of(line: Line) -> str:
    """The line as plain text."""
    return "".join(text for text, _ in line)


def width_of(line: Line) -> int:
    """Width in terminal cells."""
    return sum(cell_len(text) for text, _ in line)


def fit(line: Line, width: int, ellipsis: str = "…", fill: bool = True) -> Line:
    """The line cut to ``width`` cells, marked with ``ellipsis`` where something was cut, and filled up with spaces."""
    total = width_of(line)
    if total <= width:
        return [*line, (" " * (width - total), "")] if fill and total < width else line
    room = max(0, width - cell_len(ellipsis))
    kept: Line = []
    role = ""
    for text, role in line:
        size = cell_len(text)
        if size > room:
            kept.append((set_cell_size(text, room), role))
            break
        kept.append((text, role))
        room -= size
    kept.append((ellipsis[:width], role))
    return kept


def apart(left: Line, right: Line, width: int, ellipsis: str = "…") -> Line:
    """``left`` and ``right`` at the two ends of ``width`` cells; the left one is cut first."""
    size = width_of(right)
    if size >= width:
        return fit(right, width, ellipsis)
    gap = width - size
    shown = fit(left, gap - 1, ellipsis, fill=False) if width_of(left) >= gap else left
    return [*shown, (" " * (gap - width_of(shown)), ""), *right]


def beside(lines: Sequence[Line], width: int, gap: int = 3) -> Line:
    """Lines next to each other, ``width`` cells for each and ``gap`` between them."""
    return [span for place, line in enumerate(lines) for span in ((" " * gap if place else "", ""), *fit(line, width))]


def left(text: str, width: int, ellipsis: str = "…") -> str:
    """``text`` in ``width`` cells, at the left, cut with a mark."""
    size = cell_len(text)
    if size <= width:
        return text + " " * (width - size)
    mark = ellipsis[:width]
    return set_cell_size(text, width - cell_len(mark)) + mark


def right(text: str, width: int) -> str:
    """``text`` at the right of ``width`` cells. A figure that needs more room takes it: a number that was cut is another number."""
    return " " * (width - cell_len(text)) + text


def beginning(text: str, fits: Callable[[str], bool]) -> str:
    """``text``, or as many of its clauses as fit, then without what stands in brackets; all of it when not even the first one fits."""
    ends = [match.start() for match in re.finditer(r"[.;:] |, and ", text)]
    clauses = [text[:end] for end in reversed(ends)]
    return next((said for said in (text, *clauses, *(re.sub(r" \([^()]*\)", "", clause) for clause in clauses)) if fits(said)), text)


def highlighted(line: Line) -> Line:
    """The line on the cursor's background."""
    return [(text, f"{role}*") for text, role in line]


def centred(lines: Sequence[Line], width: int, height: int) -> list[Line]:
    """``lines`` in the middle of an area."""
    above = max(0, (height - len(lines)) // 2)
    placed: list[Line] = [[] for _ in range(above)]
    for line in lines:
        placed.append([(" " * max(0, (width - width_of(line)) // 2), ""), *line])
    return placed[:height]


def wrapped(text: str, width: int, limit: int = 1000) -> list[str]:
    """``text`` broken at white space into lines of at most ``width`` cells; long words are broken. At most ``limit`` lines."""
    lines: list[str] = []
    for paragraph in text.split("\n"):
        current = ""
        for word in paragraph.split(" "):
            candidate = f"{current} {word}" if current else word
            if cell_len(candidate) <= width:
                current = candidate
                continue
            if current:
                lines.append(current)
            while cell_len(word) > width > 0:
                piece = set_cell_size(word, width).rstrip(" ") or word[:1]
                lines.append(piece)
                word = word[len(piece) :]
                if len(lines) >= limit:
                    return lines[:limit]
            current = word
        lines.append(current)
        if len(lines) >= limit:
            break
    return lines[:limit]
