"""The command palette: every action that works here, every screen, pane, step, attempt, problem, setting and theme, by name."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, NamedTuple, cast

from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.content import Content
from textual.types import IgnoreReturnCallbackType

from core.errors import CogumiError
from core.plan.phases import PHASES
from core.text import plain_line
from screens.base import PanelScreen
from screens.keys import Key, shown
from screens.themes import ALL

if TYPE_CHECKING:
    from app.application import PanelApp


class Entry(NamedTuple):
    """``act`` is what choosing it does."""

    name: str
    help: str
    act: IgnoreReturnCallbackType


_MOVES = ("up", "down", "left", "right", "lines(", "pages(", "rows(", "answer(", "sideways(", "chapter(")
"""Actions that only move: their keys are quicker than any palette."""
_NUMBERED = re.compile(r"go\(\d+\)$")
_BY_HELP = 0.1
"""Score of what is found by its help: behind every name that matches."""
_MOST_ATTEMPTS = 20
_MOST_PROBLEMS = 30
_LEAST_TYPED = 3
"""Characters from which problems are looked for by their ids."""


def _as_text(help_: str) -> str:
    """The help so that Textual shows it as text: it takes help for markup, and a problem or a setting may hold brackets of its own."""
    return cast(str, Content(help_))


class _Named(Provider):
    """What the providers share."""

    @property
    def panel(self) -> PanelApp:
        """The application."""
        return cast("PanelApp", self.app)

    def hits(self, query: str, entries: Iterator[Entry]) -> Iterator[Hit]:
        """Those whose name holds the characters in their order, and after them those whose help holds the words."""
        matcher = self.matcher(query)
        words = query.lower().split()
        for entry in entries:
            score = matcher.match(entry.name) or _BY_HELP * all(word in entry.help.lower() for word in words)
            if score > 0:
                _, places = matcher.fuzzy_search.match(query, entry.name)
                name = Content(entry.name)
                for place in places if score > _BY_HELP else ():
                    name = name.stylize(matcher.match_style, place, place + 1)
                yield Hit(score, name, entry.act, text=entry.name, help=_as_text(entry.help))


class Actions(_Named):
    """What can be done from the screen under the palette, and where one can go from anywhere."""

    def entries(self) -> Iterator[Entry]:
        """All of it, what works here first."""
        panel, screen = self.panel, self.screen
        here = panel.keys.reach(screen.scope) if isinstance(screen, PanelScreen) else ()
        for key in here:
            if not (key.id == "palette" or key.action.startswith(_MOVES) or _NUMBERED.match(key.action)) and self._may(key):
                name = f"Go to {key.label}" if key.pane else key.label[:1].upper() + key.label[1:]
                yield Entry(f"{name}  ({shown(key.keys[0], panel.glyphs.ascii)})", key.help, self._press(key.keys[0]))
        yield from self._screens({key.id for key in here})
        if panel.source.writable:
            yield from self._launches()
        for phase in PHASES:
            for step in phase.steps:
                yield Entry(f"Log of {step.title}", f"Read the whole log of the step {step.title}.", partial(panel.open_log, step.id))
        yield from self._attempts()
        for theme in ALL:
            yield Entry(f"Theme {theme.removeprefix('cogumi-')}", f"Use the theme {theme}.", partial(setattr, panel, "theme", theme))

    def _may(self, key: Key) -> bool:
        return self.panel.source.writable or not key.writes

    def _screens(self, here: set[str]) -> Iterator[Entry]:
        """Screens that no key of this place opens."""
        panel = self.panel
        opens: dict[str, Callable[[], None]] = {
            "report": panel.open_report,
            "responses": panel.open_responses,
            "attempts": panel.open_attempts,
            "suggest": panel.open_suggestions,
            "settings": panel.open_settings,
            "doctor": panel.open_doctor,
        }
        for id_, act in opens.items():
            if id_ not in here:
                key = panel.keys.by_id(id_)
                yield Entry(key.label[:1].upper() + key.label[1:], key.help, act)
        if not isinstance(self.screen, PanelScreen) or self.screen.SCOPE != "story":
            yield Entry("Story", "Read all notes of the story.", panel.open_story)

    def _launches(self) -> Iterator[Entry]:
        launch = self.panel.launch
        for phase in PHASES:
            about = f"Run all of Phase {phase.id}, {phase.title} (asks first)."
            yield Entry(f"Run Phase {phase.id}", about, partial(launch, f"phase-{phase.id.lower()}"))
            for step in phase.steps:
                yield Entry(f"Run {step.title}", f"{step.does[:1].upper()}{step.does[1:]} (asks first).", partial(launch, step.id))

    def _attempts(self) -> Iterator[Entry]:
        panel = self.panel
        newest = panel.snapshot.attempt if panel.snapshot is not None else 0
        for number in range(newest, max(0, newest - _MOST_ATTEMPTS), -1):
            yield Entry(f"Report of attempt {number}", f"Read the report of attempt {number}.", partial(panel.open_report, number))
            about = "Write its report, training rows, responses or metrics."
            yield Entry(f"Export attempt {number}", about, partial(panel.open_export, number))
            if number > 1:
                about = f"Lay attempts {number - 1} and {number} side by side, with paired differences."
                yield Entry(f"Compare attempt {number - 1} with {number}", about, partial(panel.open_versus, number - 1, number))

    def _press(self, key: str) -> Callable[[], None]:
        """Does what the key does, on the screen that is in front once the palette has closed."""

        def press() -> None:
            self.panel.call_later(self.panel.simulate_key, key)

        return press

    async def discover(self) -> Hits:
        for entry in self.entries():
            yield DiscoveryHit(Content(entry.name), entry.act, text=entry.name, help=_as_text(entry.help))

    async def search(self, query: str) -> Hits:
        for hit in self.hits(query, self.entries()):
            yield hit


class Places(_Named):
    """Settings by name and problems by id: too many to list, so they come with what is typed."""

    def __init__(self, *arguments: object) -> None:
        super().__init__(*arguments)  # type: ignore[arg-type]
        self._problems: list[tuple[str, str]] | None = None

    def settings(self) -> Iterator[Entry]:
        """Every setting."""
        from core.plan.fields import fields

        for field in fields():
            yield Entry(f"Setting {field.key}", field.doc, partial(self.panel.open_settings, field.key))

    async def problems(self, query: str) -> list[Entry]:
        """Problems whose id holds the text."""
        if self._problems is None:
            self._problems = await asyncio.to_thread(self._read)
        found = [(id_, prompt) for id_, prompt in self._problems if query.lower() in id_.lower()][:_MOST_PROBLEMS]
        opens = self.panel.open_responses
        return [Entry(f"Problem {plain_line(id_)}", plain_line(prompt, 100), partial(opens, find=id_)) for id_, prompt in found]

    def _read(self) -> list[tuple[str, str]]:
        try:
            return [(row.id, row.prompt) for row in self.panel.source.problems(listing=True).rows]
        except CogumiError:
            return []

    async def search(self, query: str) -> Hits:
        for hit in self.hits(query, self.settings()):
            yield hit
        if len(query.strip()) >= _LEAST_TYPED:
            for hit in self.hits(query, iter(await self.problems(query.strip()))):
                yield hit
