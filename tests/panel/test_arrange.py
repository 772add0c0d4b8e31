"""Panes never overlap, never leave a hole and never leave the screen, at any size."""

from __future__ import annotations

from itertools import combinations

import pytest

from screens.arrange import CHROME, Rect, Wants, arrange, kind
from screens.keys import PANES

WIDTHS = (60, 75, 76, 80, 95, 96, 109, 110, 120, 139, 140, 160, 169, 170, 200, 250)
SIZES = [(width, height) for width in WIDTHS for height in (15, 20, 24, 31, 32, 40, 50, 80)]


def covered(places: dict[str, Rect], width: int, height: int) -> bool:
    """Every pane is inside and big enough, no two share a cell, and together they have as many cells as there are."""
    for rect in places.values():
        assert rect.width >= 6 and rect.height >= 4 and rect.x >= 0 and rect.y >= 0
        assert rect.x + rect.width <= width and rect.y + rect.height <= height
    for a, b in combinations(places.values(), 2):
        beside = a.x + a.width <= b.x or b.x + b.width <= a.x
        assert beside or a.y + a.height <= b.y or b.y + b.height <= a.y
    return sum(rect.width * rect.height for rect in places.values()) == width * height


TROUBLED = Wants(plan=20, gate=12, machine=24, trouble=12)


@pytest.mark.parametrize("wants", [Wants(), Wants(gate=14, table=10), Wants(table=5), TROUBLED])
@pytest.mark.parametrize("front", PANES)
def test_every_size_is_filled_without_overlap(front: str, wants: Wants) -> None:
    for width, height in SIZES:
        for zoomed in (False, True):
            places = arrange(kind(width, height), width, height - CHROME, front, zoomed, wants=wants)
            assert covered(places, width, height - CHROME), (width, height, front, zoomed, places)


def test_the_plan_is_always_there_from_eighty_columns_on() -> None:
    for width, height in SIZES:
        if width >= 80:
            assert "plan" in arrange(kind(width, height), width, height - CHROME, "loss", False)


@pytest.mark.parametrize("wants", [Wants(), TROUBLED])
def test_the_pane_in_front_is_always_there(wants: Wants) -> None:
    for width, height in SIZES:
        for front in PANES:
            low = front if front in ("log", "story") else "log"
            places = arrange(kind(width, height), width, height - CHROME, front, False, low, wants)
            assert front in places


def test_trouble_stands_beside_the_plan_at_every_size_that_has_room_for_two() -> None:
    for width, height in SIZES:
        places = arrange(kind(width, height), width, height - CHROME, "plan", False, wants=TROUBLED)
        assert ("trouble" in places) == (width >= 76)
        assert "trouble" not in places or places["trouble"].height >= 8
        assert "trouble" not in arrange(kind(width, height), width, height - CHROME, "plan", False)


def test_a_window_that_is_too_small_gets_no_panes() -> None:
    assert kind(59, 40) == "tiny" and kind(120, 14) == "tiny" and kind(60, 15) == "compact"
    assert arrange("tiny", 50, 10, "plan", False) == {}


def test_the_three_designed_sizes_have_their_arrangements() -> None:
    assert (kind(80, 24), kind(120, 40), kind(200, 50)) == ("compact", "standard", "wide")
    assert set(arrange("wide", 200, 47, "plan", False)) == set(PANES)
