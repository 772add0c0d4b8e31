"""A report as Markdown (CommonMark with GitHub's tables), readable as plain text too. Texts of models are fenced, all others escaped."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from core.measures.estimate import percent
from core.report.document import (
    Block,
    Cell,
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
)
from core.text import plain, plain_line

MOST_SHOWN = 4000
"""Characters of a response that are shown."""

# Only what Markdown would take for more than text, so that figures such as [1.0, 2.0] and < 3 stay as they are.
_SPECIAL = re.compile(r"[\\`*|]|~(?=~)|<(?=[A-Za-z/!?])|](?=[(\[:])|!(?=\[)|&(?=#?\w+;)|(?<![^\W_])_|_(?![^\W_])")
_AT_START = re.compile(r"^(?:(?=[-+=]+(?:\s|$)|#{1,6}(?:\s|$)|>)|(?P<number>\d+)(?=[.)](?:\s|$)))")


def markdown(document: Document) -> str:
    """The whole document."""
    return "\n".join(_lines(document)) + "\n"


def _lines(document: Document) -> Iterator[str]:
    yield f"# {escape(document.title)}"
    yield ""
    yield paragraph(document.subtitle)
    for text in document.lead:
        yield from ("", paragraph(text))
    for section in document.sections:
        yield from ("", f"## {escape(section.title)}")
        for block in section.blocks:
            yield ""
            yield from _block(block)


def _block(block: Block) -> Iterator[str]:
    if isinstance(block, Paragraph):
        yield paragraph(block.text)
    elif isinstance(block, Subtitle):
        yield f"### {escape(block.text)}"
    elif isinstance(block, Table):
        yield from _table(block)
    elif isinstance(block, Command):
        yield from fenced("\n".join(block.lines), "sh")
    elif isinstance(block, Tiles):
        yield from (_tile(tile) for tile in block.tiles)
    elif isinstance(block, GateBlock):
        yield f"### {escape(block.title)}: {escape(block.verdict)}"
        if block.reason:
            yield from ("", f"Overridden; the reason given: {escape(block.reason)}")
        yield ""
        yield from _table(block.table)
    elif isinstance(block, Plots):
        for plot in block.plots:
            if isinstance(plot, DotPlot):
                continue  # the tables below say the same in figures
            yield f"{escape(plot.title)}: {_bars(plot.before, plot.after, plot.runs)}"
    elif isinstance(block, LossPlot):
        yield paragraph(block.told)
    elif isinstance(block, Pair):
        yield from _pair(block)
    else:
        yield from _folded(block)


def _folded(block: Folded) -> Iterator[str]:
    yield f"### {escape(block.title)}"
    for inner in block.blocks:
        yield ""
        yield from _block(inner)


def _tile(tile: Tile) -> str:
    note = f" ({escape(tile.note)})" if tile.note else ""
    return f"- {escape(tile.title)}: **{escape(tile.value)}**{note}"


def _table(table: Table) -> Iterator[str]:
    if not table.rows:
        yield "(none)"
        return
    head = [escape(column.title) for column in table.columns]
    body = [[_cell(cell) for cell in row] for row in table.rows]
    widths = [max(len(row[i]) for row in [head, *body]) for i in range(len(head))]
    # One very long cell must not push all others off the page.
    widths = [min(width, 60) for width in widths]
    right = [column.align == "right" for column in table.columns]
    yield _row(head, widths, right)
    yield "|" + "|".join("-" * (width + 1) + (":" if is_right else "-") for width, is_right in zip(widths, right, strict=True)) + "|"
    for row in body:
        yield _row(row, widths, right)
    if table.caption:
        yield from ("", paragraph(table.caption))


def _row(cells: Sequence[str], widths: Sequence[int], right: Sequence[bool]) -> str:
    padded = (cell.rjust(width) if is_right else cell.ljust(width) for cell, width, is_right in zip(cells, widths, right, strict=True))
    return "| " + " | ".join(padded) + " |"


def _cell(cell: Cell) -> str:
    note = f" ({escape(cell.note)})" if cell.note else ""
    return escape(cell.text) + note


def _bars(before: Sequence[float], after: Sequence[float], runs: int) -> str:
    return "; ".join(
        f"{name} " + ", ".join(f"{count} at {percent(k / runs, 0)}" for k, count in enumerate(counts(values, runs)) if count)
        for name, values in (("before", before), ("after", after))
        if values
    )


def counts(values: Sequence[float], runs: int) -> list[int]:
    """How many of the shares are k of ``runs``, for k from 0 to ``runs``; a share between two is counted with the nearer."""
    found = [0] * (runs + 1)
    for share in values:
        found[min(runs, max(0, round(share * runs)))] += 1
    return found


def _pair(pair: Pair) -> Iterator[str]:
    yield f"### {escape(pair.title)}"
    yield from ("", paragraph(pair.note), "")
    yield from fenced(pair.prompt)
    if pair.gold:
        yield from ("", f"Right answer: {escape(pair.gold)}")
    for side in (pair.before, pair.after):
        yield from ("", f"{escape(side.title)}: {escape(side.note)}", "")
        yield from _side(side)


def _side(side: Side) -> Iterator[str]:
    yield from fenced(side.text)


def fenced(text: str, language: str = "") -> Iterator[str]:
    """``text`` as a code block that nothing in it can end."""
    shown = plain(text, MOST_SHOWN).rstrip()
    longest = max((len(run) for run in re.findall(r"`+", shown)), default=0)
    fence = "`" * max(3, longest + 1)
    yield f"{fence}{language}"
    yield from shown.split("\n")
    yield fence


def escape(text: str) -> str:
    """``text`` on one line, with nothing in it that Markdown or HTML would take for more than text."""
    shown = plain_line(text, MOST_SHOWN)
    return _SPECIAL.sub(lambda found: "\\" + found.group(0), shown)


def paragraph(text: str) -> str:
    """``escape``, for text that begins a line: it stays a paragraph."""
    return _AT_START.sub(lambda found: f"{found.group('number') or ''}\\", escape(text))
