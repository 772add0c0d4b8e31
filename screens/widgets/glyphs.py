"""The signs that panes draw with: one set for terminals with Unicode fonts, one of plain ASCII.

A state always has its sign *and* its word; colour only repeats what both say.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import Literal, NamedTuple

from rich.cells import cell_len

Raster = Literal["braille", "block", "ascii"]


class Glyphs(NamedTuple):
    """frame: corners and sides, clockwise from the top left corner, then horizontal, vertical.
    bar: full, half, rest. track: rail, between, before, now, threshold, interval end left, right. spark: from nothing to full."""

    ascii: bool
    raster: Raster
    frame: tuple[str, str, str, str, str, str]
    bar: tuple[str, str, str]
    track: tuple[str, str, str, str, str, str]
    spark: str
    states: Mapping[str, str]
    met: str
    missed: str
    undecided: str
    unknown: str
    gate: str
    dot: str
    arrow: str
    ellipsis: str
    separator: str
    rule: str
    epoch: str
    checkpoint: str
    tick: str
    enter: str
    arrows: str

    def say(self, text: str) -> str:
        """``text`` of ours (figures, units, signs) as this set can show it; may change its length, so it is called before layout."""
        return text.translate(_WORDS) if self.ascii else text


_STATES = {
    "waiting": "·",
    "locked": "·",
    "queued": "○",
    "running": "►",
    "stopping": "■",
    "stalled": "!",
    "stopped": "■",
    "crashed": "✗",
    "failed": "✗",
    "done": "✓",
    "idle": "○",
}

_ASCII_STATES = {
    "waiting": ".",
    "locked": ".",
    "queued": "o",
    "running": ">",
    "stopping": "#",
    "stalled": "!",
    "stopped": "#",
    "crashed": "x",
    "failed": "x",
    "done": "+",
    "idle": "o",
}

UNICODE = Glyphs(
    ascii=False,
    raster="braille",
    frame=("╭", "╮", "╯", "╰", "─", "│"),
    bar=("━", "╸", "─"),
    track=("─", "━", "○", "●", "┃", "═"),
    spark=" ▁▂▃▄▅▆▇█",
    states=_STATES,
    met="✓",
    missed="✗",
    undecided="?",
    unknown="·",
    gate="◊",
    dot="●",
    arrow="→",
    ellipsis="…",
    separator="·",
    rule="─",
    epoch="┊",
    checkpoint="▴",
    tick="┤",
    enter="↵",
    arrows="↑↓",
)

ASCII = Glyphs(
    ascii=True,
    raster="ascii",
    frame=("+", "+", "+", "+", "-", "|"),
    bar=("#", "#", "-"),
    track=("-", "=", "o", "@", "|", "~"),
    spark=" .:-=+*#@",
    states=_ASCII_STATES,
    met="+",
    missed="x",
    undecided="?",
    unknown=".",
    gate="=",
    dot="*",
    arrow="->",
    ellipsis="..",
    separator="|",
    rule="-",
    epoch=":",
    checkpoint="^",
    tick="|",
    enter="enter",
    arrows="up/down",
)


_PLAIN = frozenset({"linux", "vt100", "vt102", "vt220", "dumb"})
"""The Linux console and older terminals: their fonts end at code page 437, or at ASCII."""


def choose(environ: Mapping[str, str] | None = None, encoding: str | None = None) -> Glyphs:
    """The set that this terminal can show: ASCII on request, without a UTF-8 locale, on consoles whose fonts have no signs of ours, and
    where ``encoding`` (standard output's when None) does not hold them.

    ``COGUMI_ASCII=blocks`` draws charts in blocks, for fonts without braille.
    """
    env = os.environ if environ is None else environ
    wish = env.get("COGUMI_ASCII", "")
    if wish == "blocks":
        return UNICODE._replace(raster="block")
    if wish not in ("", "0"):
        return ASCII
    locale = env.get("LC_ALL") or env.get("LC_CTYPE") or env.get("LANG") or "C.UTF-8"
    if "utf-8" not in locale.lower() and "utf8" not in locale.lower():
        return ASCII
    encoding = encoding or getattr(sys.stdout, "encoding", None) or "utf-8"
    return ASCII if env.get("TERM") in _PLAIN or not _holds(encoding) else UNICODE


def _holds(encoding: str) -> bool:
    """Whether text in this encoding may have every sign of ours, the braille of charts among them."""
    try:
        f"{''.join(UNICODE.frame + UNICODE.bar + UNICODE.track)}{UNICODE.spark}{UNICODE.arrow}{UNICODE.checkpoint}\u28ff".encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return False
    return True


_WORDS = str.maketrans({"±": "+-", "≥": ">=", "→": "->", "…": "..", "×": "x", "°": " deg", "–": "-", "·": "|"})
_CELLS = str.maketrans({"±": "~", "≥": ">", "→": ">", "…": ".", "×": "x", "–": "-", "·": "|", "’": "'", "“": '"', "”": '"', "\ufffd": "?"})


def _cells(character: str) -> str:
    return character if character.isascii() else "?" * cell_len(character)


def to_ascii(text: str) -> str:
    """``text`` in ASCII and as wide as before: known signs by their likeness, everything else as ``?``. For text already laid out."""
    if text.isascii():
        return text
    return "".join(map(_cells, text.translate(_CELLS)))
