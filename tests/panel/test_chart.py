"""The chart keeps every extreme, breaks where values are missing, and costs what its width costs."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from screens.ink import text_of, width_of
from screens.widgets.axis import Scale, label, log_ticks, ticks, y_range
from screens.widgets.chart import Marks, View, draw, extent, move_cross, pan, zoom
from screens.widgets.curve import SMOOTHING, Curve
from screens.widgets.extrema import NOTHING, Extrema
from screens.widgets.glyphs import ASCII, UNICODE
from screens.widgets.raster import Layer

values = st.floats(-1e6, 1e6) | st.sampled_from([math.nan, math.inf, -math.inf])


@given(st.lists(values, max_size=3000), st.data())
@settings(max_examples=60, deadline=None)
def test_extremes_of_any_stretch_are_those_of_its_finite_values(ys: list[float], data: st.DataObject) -> None:
    pyramid = Extrema()
    cut = data.draw(st.integers(0, len(ys)))
    pyramid.extend(ys[:cut])
    pyramid.extend(ys[cut:])
    start = data.draw(st.integers(0, len(ys)))
    stop = data.draw(st.integers(start, len(ys)))
    finite = [y for y in ys[start:stop] if math.isfinite(y)]
    assert pyramid.between(start, stop) == ((min(finite), max(finite)) if finite else NOTHING)


def curve_of(ys: list[float], smoothing: float = 0.9) -> Curve:
    curve = Curve(smoothing)
    curve.update(range(1, len(ys) + 1), ys)
    return curve


def test_a_curve_takes_only_what_is_new_and_starts_again_when_it_is_another() -> None:
    curve = curve_of([3.0, 2.0])
    assert not curve.update([1, 2], [3.0, 2.0])
    assert curve.update([1, 2, 3], [3.0, 2.0, 1.0])
    assert curve.ys == [3.0, 2.0, 1.0]
    assert curve.update([1, 2], [9.0, 8.0])
    assert curve.ys == [9.0, 8.0] and curve.extrema.between(0, 2) == (8.0, 9.0)


def test_a_curve_that_ends_in_a_gap_is_continued_not_begun_anew() -> None:
    curve = curve_of([math.nan, 2.0, math.nan])
    kept = curve.extrema
    curve.update([1, 2, 3, 4], [math.nan, 2.0, math.nan, 5.0])
    assert curve.extrema is kept and len(curve) == 4


def test_the_average_starts_at_the_first_value_and_passes_over_gaps() -> None:
    curve = curve_of([4.0, math.nan, 4.0, 0.0])
    assert curve.smooth[0] == pytest.approx(4.0)
    assert math.isnan(curve.smooth[1])
    assert curve.smooth[2] == pytest.approx(4.0)
    # 0.9-average without the pull to zero: (0.1*4*0.9**2 + 0.1*4*0.9 + 0) / (1 - 0.9**3)
    assert curve.smooth[3] == pytest.approx((0.4 * 0.81 + 0.4 * 0.9) / (1 - 0.9**3))


def test_every_strength_of_averaging_can_be_chosen_and_none_too() -> None:
    curve = curve_of([1.0, 2.0, 3.0])
    for strength in SMOOTHING:
        curve.set_smoothing(strength)
        assert len(curve.smooth) == (3 if strength else 0)


WHOLE, BARE = View(), Marks()


def picture(
    curve: Curve, view: View = WHOLE, marks: Marks = BARE, width: int = 60, height: int = 14, ascii_only: bool = False
) -> list[str]:
    lines = draw(curve, view, marks, width, height, ASCII if ascii_only else UNICODE)
    assert len(lines) <= height
    assert all(width_of(line) <= width for line in lines)
    return [text_of(line) for line in lines]


def test_one_spike_among_a_hundred_thousand_points_is_seen() -> None:
    calm = [1.0] * 100_000
    spiked = list(calm)
    spiked[61_803] = 9.0
    highest_dots = picture(curve_of(spiked, 0.0), height=20)[0]
    assert any(0x2801 <= ord(c) <= 0x28FF for c in highest_dots)
    assert len(set(picture(curve_of(calm, 0.0), height=20)[0]) - set(" │┤0123456789.")) == 0


def test_a_stretch_without_values_is_a_gap_in_dense_and_in_sparse_curves() -> None:
    for count in (50, 20_000):
        ys = [1.0 + 0.001 * i / count for i in range(count)]
        ys[count * 4 // 10 : count * 6 // 10] = [math.nan] * (count * 6 // 10 - count * 4 // 10)
        rows = picture(curve_of(ys), width=66, ascii_only=True)[:-2]
        columns = ["".join(row[i] if i < len(row) else " " for row in rows).strip(" |") for i in range(8, 66)]
        drawn = [bool(column) for column in columns]
        middle = drawn[len(drawn) * 45 // 100 : len(drawn) * 55 // 100]
        assert not any(middle) and any(drawn[:10]) and any(drawn[-10:])


def test_infinite_and_missing_values_only_leave_a_message() -> None:
    assert "no values here yet" in "".join(picture(curve_of([math.nan, math.inf])))


def test_a_log_scale_spreads_powers_of_ten_evenly_and_leaves_out_what_is_not_positive() -> None:
    scale = Scale(0.01, 100.0, 41, log=True)
    assert [scale.at(v) for v in (100, 10, 1, 0.1, 0.01)] == [0, 10, 20, 30, 40]
    rows = picture(curve_of([100.0, 0.0, -3.0, 0.01]), View(log=True))
    assert any("100" in row for row in rows)
    assert "no value above zero" in "".join(picture(curve_of([-1.0, -2.0]), View(log=True)))


def test_zoom_halves_the_window_around_its_middle_and_everything_is_everything() -> None:
    full = (0.0, 1000.0)
    view = zoom(View(), full, 0.5)
    assert view.window == (250.0, 750.0)
    assert zoom(view, full, 2.0).window is None
    assert zoom(View(cross=900), full, 0.5).window == (450.0, 950.0)


def test_pan_stops_at_both_ends() -> None:
    full = (0.0, 1000.0)
    view = View(window=(700.0, 900.0))
    assert pan(view, full, 5).window == (800.0, 1000.0)
    assert pan(view, full, -50).window == (0.0, 200.0)
    assert pan(View(), full, 1).window is None


def test_the_crosshair_begins_at_the_newest_point_and_takes_the_window_along() -> None:
    curve = curve_of([float(i) for i in range(100)])
    full = extent(curve, Marks())
    view = move_cross(View(), curve, full, 0)
    assert view.cross == 100
    moved = move_cross(View(window=(50.0, 60.0), cross=50), curve, full, -20)
    assert moved.cross == 30 and moved.window is not None and moved.window[0] <= 30 <= moved.window[1]


def test_training_that_has_begun_fills_at_least_half_of_the_width() -> None:
    assert extent(curve_of([1.0] * 5), Marks(max_x=75)) == (0.0, 9.375)
    assert extent(curve_of([1.0] * 40), Marks(max_x=75)) == (0.0, 75.0)


def test_epochs_and_checkpoints_stand_on_the_axis() -> None:
    rows = picture(curve_of([1.0] * 75), marks=Marks(epochs=(38,), checkpoints=(20, 60), max_x=75))
    axis = rows[-2]
    assert axis.count("▴") == 2 and "┊" in axis and "epoch 1" in rows[0]
    assert rows[-1].rstrip().endswith("steps")


def test_a_height_of_two_still_draws_and_never_breaks_its_width() -> None:
    for width in (12, 20, 200):
        for height in (2, 3, 5, 6, 40):
            picture(curve_of([random.Random(1).random() for _ in range(500)]), width=width, height=height)


def test_strokes_fill_all_their_cells() -> None:
    layer = Layer(2, 3, "braille")
    layer.run(0, 1, 9)
    assert [row[0] for row in layer.rows] == [0x02 | 0x04 | 0x40, 0x47, 0x01 | 0x02]
    layer.line(1, 0, 3, 11)
    assert all(row[0] & 0xB8 or row[1] for row in layer.rows)
    layer.run(99, 0, 5)
    layer.run(0, -20, -5)


@pytest.mark.parametrize(("low", "high"), [(0.0, 2.3), (-1.0, 1.0), (5e-6, 6e-6), (0.0, 123_456.0)])
def test_ticks_are_few_round_and_inside(low: float, high: float) -> None:
    found = ticks(low, high, 5)
    assert 1 <= len(found) <= 5
    assert all(low - 1e-9 <= tick <= high + 1e-9 for tick in found)
    assert len({label(tick, found) for tick in found}) == len(found)


@pytest.mark.parametrize("most", [2, 3, 4])
@pytest.mark.parametrize("high", [0.31, 0.49, 1.3, 2.3, 4.9, 9.7, 38.0])
def test_two_ticks_at_least_where_two_are_allowed(high: float, most: int) -> None:
    assert 2 <= len(ticks(0.0, high, most)) <= most and ticks(0.0, high, most)[-1] <= high


@pytest.mark.parametrize(
    ("low", "high", "most", "found"),
    [
        (0.5, 20.0, 6, [0.5, 1.0, 2.0, 5.0, 10.0, 20.0]),
        (0.5, 20.0, 5, [1.0, 3.0, 10.0]),
        (0.5, 20.0, 2, [1.0, 10.0]),
        (0.5, 20.0, 1, [1.0]),
        (1e-9, 1e9, 4, [1e-9, 1e-4, 10.0, 1e6]),
        (2.1, 2.9, 5, []),
    ],
)
def test_log_ticks_are_round_few_and_inside(low: float, high: float, most: int, found: list[float]) -> None:
    assert log_ticks(low, high, most) == pytest.approx(found)


def test_zero_is_shown_when_it_is_near() -> None:
    assert y_range(0.2, 2.0, False)[0] == 0.0
    assert y_range(1.5, 2.0, False)[0] > 1.0
    low, high = y_range(2.0, 2.0, False)
    assert low < 2.0 < high
