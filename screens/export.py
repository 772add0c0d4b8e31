"""Exports of an attempt for reading elsewhere and for other tools: choose what, see where it goes, change that, and it is written."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from textual.widget import Widget
from textual.widgets import Input

from core.text import plain_line
from screens.base import STYLES
from screens.ink import Line, left, wrapped
from screens.keys import bindings
from screens.reading import ExportKind
from screens.titled import TitledScreen
from screens.widgets.entries import Entries
from screens.widgets.field import Field
from screens.widgets.footer import Footer
from screens.widgets.title import TitleBar


class Offer(NamedTuple):
    """Something that can be exported. ``says`` is for whom it is."""

    kind: ExportKind
    name: str
    says: str


OFFERS = (
    Offer("html", "Report as HTML", "one page with plots that opens anywhere, also on a phone; it loads nothing and runs nothing"),
    Offer("md", "Report as Markdown", "the same report as text, for a repository or a message"),
    Offer("training", "Training rows", "chat messages as JSON Lines, as TRL and Unsloth read them"),
    Offer("responses", "Responses", "every response with its problem, role, grade and sampling as a Parquet file"),
    Offer("metrics", "Metrics", "training curves and measurements as TensorBoard event files in a folder"),
)
_NAME = 22


class _Result(NamedTuple):
    text: str
    path: Path | None
    """Where it was written; None when it was not."""


class ExportScreen(TitledScreen):
    """Nothing is written before a path is confirmed, and nothing that exists is replaced."""

    SCOPE = "export"
    BINDINGS = bindings("export")
    CSS_PATH = STYLES / "export.tcss"

    def __init__(self, attempt: int) -> None:
        super().__init__()
        self._attempt = attempt
        self._paths: dict[ExportKind, Path] = {}
        self._results: dict[ExportKind, _Result] = {}
        self._writing: ExportKind | None = None
        self.bar = TitleBar("Export")
        self.entries = Entries(self._draw)
        self.place = Field("place", "where to write it")

    def compose(self) -> Iterator[Widget]:
        yield self.bar
        yield self.entries
        yield self.place
        yield Footer("export")

    def on_mount(self) -> None:
        self.bar.tell([(f"attempt {self._attempt}", "text")])
        self._redraw()
        self._ask_paths()

    def _ask_paths(self) -> None:
        source, attempt = self.host.source, self._attempt
        self.host.ask(lambda: {offer.kind: source.export_path(offer.kind, attempt) for offer in OFFERS}, self._located)

    def _located(self, paths: dict[ExportKind, Path]) -> None:
        self._paths = paths
        self._redraw()

    def _redraw(self) -> None:
        self.entries.show(len(OFFERS))

    @property
    def offer(self) -> Offer:
        """What is under the cursor."""
        return OFFERS[self.entries.cursor]

    def _draw(self, number: int, width: int, here: bool) -> tuple[list[Line], list[Line]]:
        offer = OFFERS[number]
        room = max(20, min(width - 4, 110) - _NAME - 2)
        first, *rest = wrapped(offer.says, room)
        lines: list[Line] = [[(" ", ""), (left(offer.name, _NAME), "strong" if here else "text"), (first, "dim")]]
        lines += [[(" " * (_NAME + 1), ""), (text, "dim")] for text in rest]
        lines += [[(" " * (_NAME + 1), ""), *line] for line in self._state(offer, room)]
        return [[]], lines

    def _state(self, offer: Offer, room: int) -> list[Line]:
        """Where it will go, that it is being written, or what came of it."""
        glyphs = self.host.glyphs
        result = self._results.get(offer.kind)
        if self._writing == offer.kind:
            return [[("writing", "accent")]]
        if result is not None:
            sign, role = (glyphs.met, "good") if result.path else (glyphs.missed, "bad")
            texts = wrapped(glyphs.say(plain_line(result.text)), room - 2)
            return [[(f"{sign} ", role), (texts[0], "text")], *([("  ", ""), (text, "text")] for text in texts[1:])]
        path = self._paths.get(offer.kind)
        return [[(text, "faint")] for text in wrapped(plain_line(str(path)), room)] if path else []

    def action_rows(self, by: int) -> None:
        self.entries.move(by)

    def on_entries_opened(self) -> None:
        self.action_choose()

    def action_choose(self) -> None:
        """Asks where it is to go, with the usual place already written."""
        if self.offer.kind in self._paths and self._writing is None:
            self.place.value = str(self._paths[self.offer.kind])
            self.place.open()
            self.place.cursor_position = len(self.place.value)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        if not event.value.strip():
            return
        kind, path, source, attempt = self.offer.kind, Path(event.value.strip()).expanduser(), self.host.source, self._attempt
        self.place.close()
        self._writing = kind
        self._redraw()
        self.host.ask(
            lambda: source.export(kind, attempt, path),
            lambda said: self._written(_Result(said, path)),
            lambda error: self._written(_Result(str(error), None)),
        )

    def _written(self, result: _Result) -> None:
        assert self._writing is not None
        self._results[self._writing] = result
        self._writing = None
        self._redraw()
        self._ask_paths()

    def action_copy(self) -> None:
        """The path under the cursor: of what was written, else of where it would go."""
        result = self._results.get(self.offer.kind)
        path = (result.path if result else None) or self._paths.get(self.offer.kind)
        if path is not None:
            self.host.copy(str(path), "the path")

    def go_back(self) -> bool:
        return self.place.close()
