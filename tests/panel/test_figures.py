"""Figures are read with their unit, and lines of text keep their width whatever they hold."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from core.measures.decide import Direction, meets, telling
from core.measures.estimate import Estimate
from screens import figures
from screens.ink import apart, fit, harmless, left, right, text_of, width_of, wrapped
from screens.widgets.bars import bar, track
from screens.widgets.glyphs import ASCII, UNICODE, choose, to_ascii


@given(st.floats(0, 1), st.sampled_from((">=", "<")), st.sampled_from((0.3, 0.4, 0.45, 0.56, 0.6)))
def test_a_figure_beside_its_verdict_never_reads_as_on_the_other_side(share: float, direction: Direction, wanted: float) -> None:
    digits = telling(share, direction, wanted)
    assert digits >= 1
    if abs(share - wanted) > 1e-5:
        shown = float(f"{share * 100:.{digits}f}")
        assert meets(shown, direction, round(wanted * 100, 6)) == meets(share, direction, wanted)


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (figures.percent(0.614), "61 %"),
        (figures.percent(0.614, 1), "61.4 %"),
        (figures.percent(None), "–"),
        (figures.percent(math.nan), "–"),
        (figures.with_margin(Estimate(0.612, 200, 0.567, 0.657), 1), "61.2 ±4.5 %"),
        (figures.with_margin(Estimate(0.5, 0, 0, 1)), "–"),
        (figures.with_margin(Estimate(0.612, 200, 0.567, 0.657), 1, 0), "61.2 ±5 %"),
        (figures.threshold(">=", 0.4), "≥ 40 %"),
        (figures.threshold("<", 1.0, "hours"), "< 1 h"),
        (figures.threshold(">=", -0.05), "≥ -5 %"),
        (figures.duration(9), "0:09"),
        (figures.duration(3723), "1:02:03"),
        (figures.duration(200_000), "2 d 07 h"),
        (figures.duration(None), "–"),
        (figures.spoken(12.7), "12 s"),
        (figures.spoken(300), "5 min"),
        (figures.forecast((63, 80)), "63–80 s"),
        (figures.forecast((63, 300)), "1–5 min"),
        (figures.forecast((0, 241)), "0–5 min"),
        (figures.forecast((62, 62)), "62 s"),
        (figures.forecast((600, 610)), "11 min"),
        (figures.forecast((7199, 7199)), "2 h"),
        (figures.forecast((7199, 9000)), "1.9–2.5 h"),
        (figures.minutes_range((30, 45)), "30–45 min"),
        (figures.minutes_range((120, 180)), "2–3 h"),
        (figures.dollars(0.02), "$0.02"),
        (figures.dollars(0.004), "$0.004"),
        (figures.dollars(None), "–"),
        (figures.dollars(1204.4), "$1,204"),
        (figures.dollars_range((0.004, 0.5)), "$0.004–0.50"),
        (figures.dollars_range((0.5, 1.0)), "$0.50–1"),
        (figures.dollars_range((0.131, 0.134)), "$0.13"),
        (figures.size(880_468_296), "840 MiB"),
        (figures.size(None), "N/A"),
        (figures.size_of(33 * 2**30, 80 * 2**30), "33.0 of 80.0 GiB"),
        (figures.count(5100), "5.1k"),
        (figures.rate(2.31, "steps"), "2.3 steps/s"),
        (figures.rate(0.05, "steps"), "20 s/step"),
        (figures.rate(None, "steps"), ""),
        (figures.rate(331.0, "responses at most"), "331 responses/s"),
        (figures.rate(0.05, "responses at most"), "20 s/response"),
        (figures.rate(0.05, ""), "20 s/item"),
        (figures.number(0.4312), "0.431"),
        (figures.number(5e-6), "5.0e-6"),
        (figures.number(math.inf), "inf"),
    ],
)
def test_figures_have_units_and_no_more_digits_than_they_deserve(shown: str, expected: str) -> None:
    assert shown == expected


@given(st.floats(0, 1e6), st.floats(0, 1e6))
def test_a_forecast_holds_all_that_is_known(one: float, other: float) -> None:
    low, high = sorted((one, other))
    said, unit = figures.forecast((low, high)).split()
    first, last = (float(end) * {"s": 1, "min": 60, "h": 3600}[unit] for end in (said.split("–")[0], said.split("–")[-1]))
    assert last >= high - 1e-6 and (first <= low + 1e-6 or first == last)


anything = st.text(max_size=60)


@given(anything, st.integers(0, 40))
def test_a_cell_is_as_wide_as_it_was_asked_to_be(text: str, width: int) -> None:
    shown = harmless(text)
    assert cell_len(left(shown, width)) == width
    assert cell_len(right(shown, width)) == max(width, cell_len(shown))
    assert width_of(fit([(shown, "")], width)) == width


@given(anything, anything, st.integers(1, 60))
def test_two_ends_of_a_line_fill_it_exactly(first: str, second: str, width: int) -> None:
    assert width_of(apart([(harmless(first), "")], [(harmless(second), "")], width)) == width


@given(anything, st.integers(2, 30))
def test_wrapped_text_fits_and_loses_only_spaces(text: str, width: int) -> None:
    shown = harmless(text)
    lines = wrapped(shown, width)
    assert all(cell_len(line) <= width for line in lines)
    assert "".join("".join(lines).split()) == "".join(shown.split())


@given(anything)
def test_ascii_text_is_ascii_and_as_wide_as_before(text: str) -> None:
    shown = harmless(text)
    assert to_ascii(shown).isascii() and cell_len(to_ascii(shown)) == cell_len(shown)


@given(st.floats(allow_nan=True), st.integers(0, 50))
def test_a_bar_is_as_wide_as_asked_and_never_empty_for_something(share: float, width: int) -> None:
    for glyphs in (UNICODE, ASCII):
        line = bar(share, width, glyphs)
        assert width_of(line) == width
        if width and share > 0:
            assert text_of(line)[0] in glyphs.bar[:2]


def test_a_track_shows_before_now_target_and_interval() -> None:
    line = text_of(track(40, UNICODE, before=0.15, now=0.6, low=0.55, high=0.65, threshold=0.4))
    assert line[6] == "○" and line[24] == "●" and line[16] == "┃" and line[23] == "═"
    assert line[10] == "━" and line[35] == "─" and len(line) == 40
    assert len(text_of(track(10, UNICODE, before=None, now=1.0, threshold=0.0))) == 10


def test_the_terminal_decides_which_signs_are_used() -> None:
    assert choose({"LANG": "en_US.UTF-8"}) is UNICODE
    assert choose({"LC_ALL": "C", "LANG": "en_US.UTF-8"}) is ASCII
    assert choose({"COGUMI_ASCII": "1", "LANG": "C.UTF-8"}) is ASCII
    assert choose({"COGUMI_ASCII": "0", "LANG": "C.UTF-8"}) is UNICODE
    assert choose({"LANG": "C.UTF-8", "TERM": "linux"}) is ASCII
    assert choose({"LANG": "C.UTF-8", "COGUMI_ASCII": "blocks"}).raster == "block"
