"""A report's document as lines of text: the one way in which a terminal shows it, on the report screen and for ``cogumi report``.

Every text may come from a model or a user and is shown without control characters, never as markup.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.cells import cell_len

from core.report.document import (
    Block,
    Command,
    Document,
    DotPlot,
    Folded,
    GateBlock,
    LossPlot,
    Pair,
    Paragraph,
    Plots,
    Side,
    Subtitle,
    Table,
    Tile,
    Tiles,
    Tone,
)
from core.text import plain, plain_line
from screens.ink import Line, fit, wrapped
from screens.report_plots import beside, dot_plot, histogram, loss_plot, room_for
from screens.report_tables import ROLES, mark, table_lines, text_lines
from screens.widgets.glyphs import Glyphs

_READABLE = 104
"""Longest line of running text in cells; tables and plots may be wider."""
_MOST_SHOWN = 1200
_SIDE_BY_SIDE = 104
_TILE = 22
_TILE_BARS: dict[Tone, str] = {"good": "accent", "strong": "accent", "bad": "bad", "open": "warn"}


@dataclass(frozen=True, slots=True)
class Style:
    """How a document is drawn: for which width, with which signs, with what is folded away or not, and commands broken to fit or whole."""

    width: int
    glyphs: Glyphs
    unfolded: bool = False
    whole_commands: bool = False
    fold_hint: str = ""

    @property
    def readable(self) -> int:
        """Width of running text."""
        return min(self.width, _READABLE)


def head_lines(document: Document, style: Style) -> list[Line]:
    """What stands before the first section."""
    lines: list[Line] = [[(text, "strong")] for text in text_lines(_said(document.title, style), style.width)]
    lines += [[(text, "dim")] for text in text_lines(_said(document.subtitle, style), style.width)]
    for text in document.lead:
        lines += [[(line, "text")] for line in text_lines(_said(text, style), style.readable)]
    return lines


def block_lines(blocks: Sequence[Block], style: Style) -> list[Line]:
    """The blocks of a section with a blank line between them."""
    lines: list[Line] = []
    for block in blocks:
        drawn = list(_block(block, style))
        if drawn:
            lines += [*([[]] if lines else []), *drawn]
    return lines


def _said(text: str, style: Style) -> str:
    return style.glyphs.say(plain_line(text, 2000))


def _block(block: Block, style: Style) -> Iterator[Line]:
    if isinstance(block, Paragraph):
        yield from ([(line, ROLES[block.tone])] for line in text_lines(_said(block.text, style), style.readable))
    elif isinstance(block, Subtitle):
        yield [(_said(block.text, style), "title")]
    elif isinstance(block, Table):
        yield from table_lines(block, style.width, style.glyphs)
    elif isinstance(block, Command):
        yield from _command(block, style)
    elif isinstance(block, Tiles):
        yield from _tiles(block.tiles, style)
    elif isinstance(block, GateBlock):
        yield from _gate(block, style)
    elif isinstance(block, Plots):
        yield from _plots(block, style)
    elif isinstance(block, LossPlot):
        yield from loss_plot(block, style.width, style.glyphs)
    elif isinstance(block, Pair):
        yield from _pair(block, style)
    else:
        yield from _folded(block, style)


def _command(block: Command, style: Style) -> Iterator[Line]:
    for text in block.lines:
        shown = plain_line(text, 4000)
        if style.whole_commands:
            yield [(shown, "strong")]
        else:
            first, *rest = wrapped(shown, style.width - 4)
            yield [("$ ", "faint"), (first, "strong")]
            yield from ([("    ", ""), (line, "strong")] for line in rest)


def _tiles(tiles: Sequence[Tile], style: Style) -> Iterator[Line]:
    """Key figures as cards: title, value, note, with a bar at the left of each."""
    most = max(1, (style.width + 2) // (_TILE + 2))
    rows = -(-len(tiles) // most)
    across = -(-len(tiles) // rows) if tiles else 1
    each = min(38, (style.width + 2) // across - 2)
    for start in range(0, len(tiles), across):
        if start:
            yield []
        yield from _cards(tiles[start : start + across], each, style)


def _cards(tiles: Sequence[Tile], each: int, style: Style) -> Iterator[Line]:
    """One row of cards; the values stand on one line."""
    inside = each - 2
    titles = [text_lines(_said(tile.title, style), inside) for tile in tiles]
    notes = [text_lines(_said(tile.note, style), inside) for tile in tiles]
    over, under = max(map(len, titles)), max(map(len, notes))
    columns: list[list[Line]] = []
    for tile, title, note in zip(tiles, titles, notes, strict=True):
        value = mark(tile.tone, style.glyphs) + _said(tile.value, style)
        lines: list[Line] = [[(text, "dim")] for text in [*[""] * (over - len(title)), *title]]
        lines.append([(value, ROLES[tile.tone] if tile.tone else "strong")])
        columns.append(lines + [[(text, "faint")] for text in [*note, *[""] * (under - len(note))]])
    side = style.glyphs.track[4]
    for at in range(over + 1 + under):
        line: Line = []
        for tile, column in zip(tiles, columns, strict=True):
            line += [*([("  ", "")] if line else []), (f"{side} ", _TILE_BARS.get(tile.tone, "frame")), *fit(column[at], inside)]
        yield line


def _gate(block: GateBlock, style: Style) -> Iterator[Line]:
    verdict = mark(block.tone, style.glyphs) + plain_line(block.verdict)
    yield [(f"{style.glyphs.gate} ", ROLES[block.tone]), (_said(block.title, style), "title"), ("   ", ""), (verdict, ROLES[block.tone])]
    if block.reason:
        yield from ([(line, "warn")] for line in wrapped(f"Overridden. Reason given: {_said(block.reason, style)}", style.readable))
    yield from table_lines(block.table, style.width, style.glyphs)


def _plots(block: Plots, style: Style) -> Iterator[Line]:
    each = room_for(len(block.plots), style.width)
    drawings = [
        dot_plot(plot, each, style.glyphs) if isinstance(plot, DotPlot) else histogram(plot, each, style.glyphs) for plot in block.plots
    ]
    yield from beside([drawing for drawing in drawings if drawing], style.width)


def _pair(pair: Pair, style: Style) -> Iterator[Line]:
    yield [(_said(pair.title, style), "title")]
    yield from ([(line, "dim")] for line in text_lines(_said(pair.note, style), style.readable))
    yield from _quoted(pair.prompt, style.width, style, "text")
    if pair.gold:
        yield [("Right answer: ", "dim"), (plain_line(pair.gold), "strong")]
    if style.width >= _SIDE_BY_SIDE:
        each = (style.width - 4) // 2
        columns = [list(_side(side, each, style)) for side in (pair.before, pair.after)]
        for at in range(max(map(len, columns))):
            first, second = (column[at] if at < len(column) else [] for column in columns)
            yield [*fit(first, each), ("    ", ""), *second]
    else:
        for side in (pair.before, pair.after):
            yield from _side(side, style.width, style)


def _side(side: Side, width: int, style: Style) -> Iterator[Line]:
    note = mark(side.tone, style.glyphs) + _said(side.note, style)
    name = f"{plain_line(side.title)}  "
    first, *rest = text_lines(note, max(8, width - cell_len(name)))
    yield [(name, "strong"), (first, ROLES[side.tone])]
    yield from ([(" " * cell_len(name) + line, ROLES[side.tone])] for line in rest)
    yield from _quoted(side.text, width, style, "text")


def _quoted(text: str, width: int, style: Style, role: str) -> Iterator[Line]:
    """A model's or a problem's text as it is, with a rail at its left, so that it cannot be taken for ours."""
    rail = style.glyphs.frame[5]
    for line in wrapped(plain(text, _MOST_SHOWN).expandtabs(4).rstrip(), max(8, width - 2)):
        yield [(f"{rail} ", "frame"), (line, role)]


def _folded(block: Folded, style: Style) -> Iterator[Line]:
    if style.unfolded:
        yield [(_said(block.title, style), "title")]
        yield from block_lines(block.blocks, style)
    elif style.fold_hint:
        yield [(_said(block.title, style), "dim"), (f"   {style.fold_hint}", "faint")]
