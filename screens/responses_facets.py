"""The rows over the table of problems: every filter with how many problems it would leave, the chosen one in brackets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from textual import events
from textual.message import Message

from screens.ink import Line, width_of
from screens.widgets.pane import Painted


class Choice(NamedTuple):
    """One value of a filter: what it is called and how many problems it leaves (None: not counted)."""

    value: str
    name: str
    leaves: int | None


class Facet(NamedTuple):
    """One row: the key that goes on to the next value, the filter's name, and its values with the chosen one."""

    key: str
    name: str
    choices: tuple[Choice, ...]
    chosen: str


def facet(key: str, name: str, names: Mapping[str, str], counts: Mapping[str, int] | None, chosen: str) -> Facet:
    """A row from names and counts by value."""
    choices = (Choice(value, said, None if counts is None else counts.get(value, 0)) for value, said in names.items())
    return Facet(key, name, tuple(choices), chosen)


_ROOMY = 100
"""Columns from which on the filters have their names before them."""


def facet_line(found: Facet, width: int) -> tuple[Line, list[tuple[int, int, str]]]:
    """The row, and from where to where each value stands. Counts go where room is short, then what is far from the chosen value."""
    start: Line = [(f" {found.key} ", "key"), (f"{found.name:<9}" if width >= _ROOMY else "", "dim")]
    choices = list(found.choices)
    line, places = _drawn(start, choices, found.chosen, True)
    if width_of(line) > width:
        line, places = _drawn(start, choices, found.chosen, False)
    while width_of(line) > width and len(choices) > 1:
        choices.pop(0 if choices[-1].value == found.chosen else -1)
        line, places = _drawn(start, choices, found.chosen, False)
    return line, places


def _drawn(start: Line, choices: Sequence[Choice], chosen: str, counts: bool) -> tuple[Line, list[tuple[int, int, str]]]:
    line: Line = list(start)
    places: list[tuple[int, int, str]] = []
    at = width_of(line)
    after = ""
    for value, name, count in choices:
        here = value == chosen
        number = f" {count:,}" if counts and count is not None else ""
        role, quiet = ("accent-strong", "accent") if here else ("faint", "faint") if count == 0 else ("text", "dim")
        before = after + "[" if here else after if places else " "
        line += [(before, "accent-strong"), (name, role), (number, quiet)]
        start_at = at + len(before) - here
        at += len(before) + len(name) + len(number)
        places.append((start_at, at + here, value))
        after = "] " if here else " "
    line.append((after.rstrip(), "accent-strong"))
    return line, places


class Facets(Painted):
    """Shows the rows; a click on a value chooses it."""

    DEFAULT_CSS = "Facets { height: 2; }"

    class Chosen(Message):
        """A value was clicked."""

        def __init__(self, name: str, value: str) -> None:
            super().__init__()
            self.facet_name, self.value = name, value

    def __init__(self) -> None:
        super().__init__()
        self._facets: tuple[Facet, ...] = ()
        self._places: list[list[tuple[int, int, str]]] = []

    def show(self, facets: tuple[Facet, ...]) -> None:
        """Shows other rows."""
        if facets != self._facets:
            self._facets = facets
            self.styles.height = len(facets)
            self.redraw()

    def lines(self, width: int, height: int) -> list[Line]:
        drawn = [facet_line(found, width) for found in self._facets]
        self._places = [places for _, places in drawn]
        return [line for line, _ in drawn]

    def on_click(self, event: events.Click) -> None:
        if 0 <= event.y < len(self._places):
            for start, end, value in self._places[event.y]:
                if start <= event.x < end:
                    self.post_message(self.Chosen(self._facets[event.y].name, value))
