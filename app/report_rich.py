"""A report in a terminal, as the report screen shows it, in the terminal's own colours. Every text is shown as text, never as markup."""

from __future__ import annotations

import rich.console
from rich.text import Text

from app.console import Console
from core.report.document import Document
from screens.ink import Line
from screens.report_lines import Style, block_lines, head_lines
from screens.widgets.glyphs import choose

_STYLES = {
    "strong": "bold", "title": "bold", "dim": "dim", "faint": "dim", "frame": "dim", "good": "green", "bad": "bold red", "warn": "yellow",
    "accent": "cyan", "soft": "blue",
}  # fmt: skip


def show(document: Document, console: rich.console.Console | None = None) -> None:
    """Prints the document."""
    out = console or Console()
    style = Style(max(40, out.width), choose(), whole_commands=True)
    _print(out, head_lines(document, style))
    for section in document.sections:
        out.print()
        out.print(Text(f" {section.title} ", style="bold reverse"))
        out.print()
        _print(out, block_lines(section.blocks, style))


def _print(out: rich.console.Console, lines: list[Line]) -> None:
    for line in lines:
        out.print(Text.assemble(*((text, _STYLES.get(role, "")) for text, role in line)), soft_wrap=True)
