"""The row over a screen: its own words come first, then as much of what runs as there is room for, and nothing is cut inside a word."""

from __future__ import annotations

from typing import cast

import pytest

from screens.ink import Line, text_of, width_of
from screens.widgets.glyphs import UNICODE
from screens.widgets.title import TitleBar, running
from tests.panel import fakes

REPORT: Line = [("attempt 2 of 2", "text"), (" · outdated: u renews it", "warn")]
WHERE: Line = [*REPORT, (" · 1/7 · 0 % · made 16:00:00", "dim")]
PROBLEM: Line = [("MATH ", "text"), ("practice/math/test/000213  1 of 40", "dim")]


class _Bar(TitleBar):
    glyphs = cast("property", UNICODE)


def first(name: str, width: int, *about: Line) -> str:
    bar = _Bar(name)
    bar.about, bar._right = about, running(fakes.training(), UNICODE)
    line = bar.lines(width, 2)[0]
    assert width_of(line) <= width
    return text_of(line)


@pytest.mark.parametrize("width", [60, 80, 100, 120])
def test_a_title_is_whole_before_what_runs_is(width: int) -> None:
    shown = first("Responses", width, PROBLEM)
    assert width < 80 or "practice/math/test/000213  1 of 40" in shown
    assert "► " in shown and "55 %" in shown and ("0:15 left" in shown) == (width >= 100)


@pytest.mark.parametrize("width", [60, 80, 100, 120])
def test_of_a_title_that_is_too_long_parts_go_whole(width: int) -> None:
    shown = first("Report", width, WHERE, REPORT)
    assert width < 80 or ("…" not in shown and "outdated: u renews it" in shown)
    assert ("made 16:00:00" in shown) == (width >= 100)
