"""Two responses to a problem and where they differ, word by word: beside each other, or one under the other where room is short."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from textual.widget import Widget

from core.text import plain_line
from screens import figures
from screens.grouping import Reading
from screens.ink import Line, fit
from screens.keys import bindings
from screens.titled import TextScreen
from screens.widgets.footer import Footer
from screens.widgets.glyphs import Glyphs
from screens.widgets.page import Page
from screens.widgets.title import TitleBar
from screens.worddiff import Difference, beside, difference, stacked

_SIDE_BY_SIDE = 100
_MOMENTS = {"before": 0, "after": 2}
"""Roles before and after training; all others are of between."""


class Compared(NamedTuple):
    """A text that can be compared, and what it is in a few words. ``moment``: place in time, None for the reference."""

    name: str
    raw: str
    said: str
    moment: int | None = None


def in_order(base: Compared, other: Compared) -> tuple[Compared, Compared]:
    """The two as they are shown: what was said earlier first, else the one that is compared with."""
    if base.moment is not None and other.moment is not None and other.moment < base.moment:
        return other, base
    return base, other


def candidates(reading: Reading) -> list[Compared]:
    """Every distinct response, then the reference."""
    found: list[Compared] = []
    for side, group, text in reading.texts:
        answer = "no answer" if group.answer is None else "" if reading.tests is not None else plain_line(group.answer, 24)
        mark = {True: "right", False: "wrong", None: "not graded"}[group.correct]
        count = f"{text.count} of {side.total}" if text.count else "greedy"
        said = ", ".join(part for part in (f"{side.title}: {mark}", answer, count, "trained on" if text.trained else "") if part)
        found.append(Compared(text.name, text.raw, said, _MOMENTS.get(side.role, 1)))
    if reading.reference_raw:
        found.append(Compared("reference", reading.reference_raw, "the reference"))
    return found


def bases(reading: Reading) -> list[Compared]:
    """What a response is worth comparing with: what was trained on, the most common text of each answer, newest first, the reference."""
    by_name = {one.name: one for one in candidates(reading)}
    names = [text.name for _, _, text in reading.texts if text.trained]
    for side in reversed(reading.sides):
        groups = sorted(side.groups, key=lambda group: not group.correct)
        names += [group.texts[0].name for group in groups]
    names.append("reference")
    found: list[Compared] = []
    for name in dict.fromkeys(names):
        if name in by_name and all(by_name[name].raw != one.raw for one in found):
            found.append(by_name[name])
    return found


def content(found: Difference, first: Compared, second: Compared, width: int, glyphs: Glyphs) -> list[Line]:
    """What is compared, how much differs, and the two texts."""
    alike = figures.percent(found.alike)
    words = f"{alike} of the words in both, {found.removed:,} only in the first, {found.added:,} only in the second"
    lines: list[Line] = [[("  ", ""), (words if found.removed or found.added else "the two are the same word for word", "dim")], []]
    if width >= _SIDE_BY_SIDE:
        half = (width - 4 - 3) // 2
        left = fit([("- ", "bad-strong"), (first.said, "title")], half)
        right = fit([("+ ", "accent-strong"), (second.said, "title")], half)
        return [*lines, [("  ", ""), *left, ("   ", ""), *right], [], *([("  ", ""), *line] for line in beside(found, width - 4, glyphs))]
    return [
        *lines,
        [("  ", ""), ("- ", "bad-strong"), (first.said, "title")],
        [("  ", ""), ("+ ", "accent-strong"), (second.said, "title")],
        [],
        *([("  ", ""), *line] for line in stacked(found, width - 4)),
    ]


class DifferenceScreen(TextScreen):
    """Compares the response it was opened on; keys go to the next response and to another one to compare with."""

    SCOPE = "difference"
    BINDINGS = bindings("difference")

    def __init__(self, reading: Reading, name: str) -> None:
        super().__init__()
        self._bases, self._all = bases(reading), candidates(reading)
        self._at = next((i for i, one in enumerate(self._all) if one.name == name), 0)
        self._base = next((i for i, one in enumerate(self._bases) if one.raw != self._all[self._at].raw), 0)
        self._problem = reading.id
        self._asked: tuple[str, str] | None = None
        self.bar = TitleBar("Differences")
        self.scrolled = self.page = Page()

    def compose(self) -> Iterator[Widget]:
        yield self.bar
        yield self.page
        yield Footer("difference")

    def on_mount(self) -> None:
        self._compare()

    def _compare(self) -> None:
        """Compares in a thread, for long texts take their time."""
        first, second = in_order(self._bases[self._base], self._all[self._at])
        self._asked = asked = (first.name, second.name)
        self.bar.tell([(f"{plain_line(self._problem, 60)}  ", "dim"), (f"response {self._at + 1} of {len(self._all)}", "text")])

        def show(found: Difference) -> None:
            if self._asked == asked:
                glyphs = self.host.glyphs
                self.page.show(lambda width: content(found, first, second, width, glyphs))

        self.host.ask(lambda: difference(first.raw, second.raw), show)

    def action_other(self, by: int) -> None:
        """The next response that is not the one compared with."""
        base = self._bases[self._base].raw
        for step in range(1, len(self._all) + 1):
            at = (self._at + by * step) % len(self._all)
            if self._all[at].raw != base:
                self._at = at
                break
        self._compare()

    def action_base(self) -> None:
        """Compares with another one."""
        for step in range(1, len(self._bases) + 1):
            at = (self._base + step) % len(self._bases)
            if self._bases[at].raw != self._all[self._at].raw:
                self._base = at
                break
        self._compare()

    def action_copy(self) -> None:
        self.host.copy(self._all[self._at].raw, "the response")
