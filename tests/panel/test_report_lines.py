"""A report as lines: nothing is wider than the room there is, no figure is cut or lost, and nothing of a model acts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.report.document import Cell, Column, Histogram, LossPlot, Table
from core.runs.snapshot import Series
from screens.ink import Line, text_of, width_of
from screens.report_lines import Style, block_lines, head_lines
from screens.report_plots import histogram, loss_plot
from screens.report_tables import fitted, table_lines
from screens.widgets.glyphs import ASCII, UNICODE
from tests.panel.fake_reading import document

WIDTHS = (40, 57, 76, 83, 104, 120, 163, 200)


def whole(width: int, ascii_only: bool = False) -> list[Line]:
    report, style = document(), Style(width, ASCII if ascii_only else UNICODE, unfolded=True)
    return [*head_lines(report, style), *(line for section in report.sections for line in block_lines(section.blocks, style))]


@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_is_wider_than_the_room(width: int) -> None:
    for line in whole(width):
        assert width_of(line) <= width, text_of(line)
    assert all(width_of(line) <= width for line in whole(width, ascii_only=True))


@pytest.mark.parametrize("width", WIDTHS)
def test_no_figure_is_lost_or_broken(width: int) -> None:
    text = "\n".join(text_of(line) for line in whole(width))
    for figure in ("82.8 %", "85.5 %", "[82.5, 88.5]", "n 200", "+71.3", "≥ 45 %", "✗ missed", "✓ met", "$0.31", "train.setting_29"):
        assert figure in text, figure
    for word in ("practice/math/test/000073", "Right answer: 54", "about 480"):
        assert word in text
    assert "ab" * 32 in text or width < 104


def test_nothing_of_a_model_acts() -> None:
    text = "\n".join(text_of(line) for line in whole(120))
    assert "\x1b" not in text and "[bold]not markup[/bold]" in text and "<script>" in text


def test_on_a_wide_screen_notes_stand_beside_figures_and_on_a_narrow_one_below() -> None:
    table = Table((Column("what"), Column("figure", "right")), ((Cell("consistency"), Cell("82.8 %", "[80.4, 85.0] n 300")),))
    wide, narrow = ([text_of(line).rstrip() for line in table_lines(table, width, UNICODE)] for width in (60, 32))
    assert wide[-1] == "consistency  82.8 % [80.4, 85.0] n 300"
    assert narrow[-2].split() == ["consistency", "82.8", "%"] and narrow[-1].strip() == "[80.4, 85.0] n 300"


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), min_size=1, max_size=8), st.integers(0, 200))
def test_columns_give_way_only_as_far_as_they_may(sizes: list[tuple[int, int]], room: int) -> None:
    natural, least = [max(pair) for pair in sizes], [min(pair) for pair in sizes]
    widths = fitted(natural, least, room)
    if widths is None:
        assert sum(least) > room
    else:
        assert sum(widths) <= max(room, 0)
        assert all(low <= width <= high for low, width, high in zip(least, widths, natural, strict=True))
        assert sum(widths) == min(sum(natural), room)


def test_a_histogram_counts_every_problem() -> None:
    plot = Histogram("Problems", (0.1,) * 30 + (0.55, 1.0), (1.0,) * 32, 10, "")
    lines = [text_of(line) for line in histogram(plot, 80, UNICODE)]
    assert "before, n 32" in lines[1] and "after, n 32" in lines[1]
    counted = [int(word) for line in lines[2:] for word in line.split() if word.isdigit()]
    shares = [10 * number for number in range(1, 11)]
    assert sum(counted) - sum(shares) == 64


def test_a_training_without_a_finite_loss_is_told_and_not_drawn() -> None:
    nan = float("nan")
    lines = loss_plot(LossPlot("Training loss", Series((1, 2), (nan, nan)), "Nothing finite was logged."), 100, UNICODE)
    assert [text_of(line) for line in lines] == ["Nothing finite was logged."]


def test_a_path_is_broken_behind_its_slashes_and_gives_way_last() -> None:
    columns = (Column("file"), Column("made by"), Column("SHA-256"), Column("now"))
    paths = ("checkpoints/self_consistent_test/adapter_model.safetensors", "self_distillation/failures_math.jsonl")
    rows = tuple((Cell(path), Cell("distill failures"), Cell("3f2a9c4b" * 8), Cell("the same")) for path in paths)
    for width in (86, 92, 116):
        shown = [text_of(line) for line in table_lines(Table(columns, rows, mono=True), width, UNICODE)]
        for piece in ("checkpoints/self_consistent_test/", "adapter_model.safetensors", paths[1]):
            assert any(piece in line for line in shown), (width, piece)


@pytest.mark.parametrize("over", [1, 7, 20, 33])
def test_columns_of_one_width_give_way_together(over: int) -> None:
    widths = fitted([40, 40, 10], [5, 5, 5], 90 - over)
    assert widths is not None and sum(widths) == 90 - over and abs(widths[0] - widths[1]) <= 1 and widths[2] == 10
