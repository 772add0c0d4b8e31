"""Two texts compared word by word (difflib): lines that pair up, and in them the words that only one of the two has."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import NamedTuple

from core.text import plain
from screens.ink import Line, Span, fit
from screens.prose import LONGEST, flowed
from screens.widgets.glyphs import Glyphs

_TOKEN = re.compile(r"\s+|\w+|[^\w\s]")
_WORD = re.compile(r"\w+|[^\w\s]")
_MOST_PAIRS = 4_000_000
"""Words of one line times words of the other up to which they are compared one by one; beyond, the lines differ as a whole."""
_MOST_LINES = 40_000
"""Lines of one text times lines of the other up to which those that resemble each other are looked for."""


class Row(NamedTuple):
    """A line of each text that stand beside each other, None where one of them has none. ``same``: they are equal."""

    left: tuple[Span, ...] | None
    right: tuple[Span, ...] | None
    same: bool


class Difference(NamedTuple):
    """The rows, how many words each text has alone, and the share of words that both have (0..1)."""

    rows: tuple[Row, ...]
    removed: int
    added: int
    alike: float


def difference(old: str, new: str) -> Difference:
    """Compares two texts of any content; both are made harmless first, for what is hidden shall be seen to differ."""
    first, second = (_lines(text) for text in (old, new))
    rows: list[Row] = []
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, first, second, autojunk=False).get_opcodes():
        if tag == "equal":
            rows += [Row(((line, "text"),), ((line, "text"),), True) for line in first[i1:i2]]
        else:
            rows += _changed(first[i1:i2], second[j1:j2])
    removed, added = (_words(rows, side, role) for side, role in (("left", "removed"), ("right", "added")))
    total = sum(len(re.findall(r"\w+", line)) for line in (*first, *second))
    return Difference(tuple(rows), removed, added, 1 - (removed + added) / total if total else 1.0)


def _lines(text: str) -> list[str]:
    return plain(text, LONGEST).expandtabs(4).strip("\n").split("\n")


def _changed(old: Sequence[str], new: Sequence[str]) -> list[Row]:
    """A block of lines that differ: those that resemble each other are compared word by word, the others stand alone."""
    rows: list[Row] = []
    for left, right in _paired(old, new):
        if left is None or right is None:
            rows.append(Row(None if left is None else ((left, "removed"),), None if right is None else ((right, "added"),), False))
        else:
            rows.append(_compared(left, right))
    return rows


def _paired(old: Sequence[str], new: Sequence[str]) -> list[tuple[str | None, str | None]]:
    """Lines that belong together, in order: the pairing that keeps most words together, over a table of all pairs."""
    if len(old) * len(new) > _MOST_LINES:
        return list(zip_longest(old, new))
    words = [[Counter(_WORD.findall(line)) for line in lines] for lines in (old, new)]
    kept = [[0.0] * (len(new) + 1) for _ in range(len(old) + 1)]
    for i in range(len(old) - 1, -1, -1):
        for j in range(len(new) - 1, -1, -1):
            kept[i][j] = max(kept[i + 1][j], kept[i][j + 1], kept[i + 1][j + 1] + _alike(words[0][i], words[1][j]))
    pairs: list[tuple[str | None, str | None]] = []
    i = j = 0
    while i < len(old) and j < len(new):
        alike = _alike(words[0][i], words[1][j])
        if alike > 0 and kept[i][j] == kept[i + 1][j + 1] + alike:
            pairs.append((old[i], new[j]))
            i, j = i + 1, j + 1
        elif kept[i][j] == kept[i + 1][j]:
            pairs.append((old[i], None))
            i += 1
        else:
            pairs.append((None, new[j]))
            j += 1
    return [*pairs, *((line, None) for line in old[i:]), *((None, line) for line in new[j:])]


def _alike(first: Counter[str], second: Counter[str]) -> float:
    """Words that two lines share, as a share of the longer one's; 0 when that is too little to compare them."""
    most = max(first.total(), second.total())
    share = (first & second).total() / most if most else 1.0
    return share if share >= 0.25 else 0.0


def _compared(old: str, new: str) -> Row:
    first, second = _TOKEN.findall(old), _TOKEN.findall(new)
    left: list[Span] = []
    right: list[Span] = []
    if len(first) * len(second) > _MOST_PAIRS:
        return Row(((old, "removed"),), ((new, "added"),), False)
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, first, second, autojunk=False).get_opcodes():
        left.append(("".join(first[i1:i2]), "text" if tag == "equal" else "removed"))
        right.append(("".join(second[j1:j2]), "text" if tag == "equal" else "added"))
    return Row(tuple(span for span in left if span[0]), tuple(span for span in right if span[0]), False)


def _words(rows: Sequence[Row], side: str, role: str) -> int:
    return sum(len(re.findall(r"\w+", text)) for row in rows for text, of in getattr(row, side) or () if of == role)


def beside(found: Difference, width: int, glyphs: Glyphs) -> list[Line]:
    """Both texts beside each other; lines that differ are marked at their edge."""
    half = max(8, (width - 3) // 2)
    lines: list[Line] = []
    for row in found.rows:
        left, right = (
            list(flowed(spans, half - 2)) if spans is not None else [] for spans in (row.left, row.right)
        )
        for index in range(max(len(left), len(right), 1)):
            lines.append([
                *_cell(left, index, "-", "bad-strong", row.same, half), (f" {glyphs.frame[5]} ", "frame"),
                *_cell(right, index, "+", "accent-strong", row.same, half),
            ])
    return lines


def _cell(lines: Sequence[Line], index: int, mark: str, role: str, same: bool, width: int) -> Line:
    if index >= len(lines):
        return [(" " * width, "")]
    return fit([("  " if same else f"{mark} ", "faint" if same else role), *lines[index]], width)


def stacked(found: Difference, width: int) -> list[Line]:
    """One text under the other where they differ: ``-`` before lines of the first, ``+`` before lines of the second."""
    lines: list[Line] = []
    for row in found.rows:
        if row.same:
            lines += [[("  ", ""), *line] for line in flowed(row.left or (), max(8, width - 2))]
        else:
            lines += [*_marked(row.left, "-", "bad-strong", width), *_marked(row.right, "+", "accent-strong", width)]
    return lines


def _marked(spans: tuple[Span, ...] | None, mark: str, role: str, width: int) -> list[Line]:
    if spans is None:
        return []
    return [[(f"{mark} ", role), *line] for line in flowed(spans, max(8, width - 2))]
