"""Any part of a log of any length is read without the rest, and what is odd in it does no harm."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.runs.logfile import LONGEST, LogFile


def written(folder: Path, text: str | bytes) -> LogFile:
    path = folder / "step.log"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return LogFile(path)


def texts(lines: list) -> list[str]:  # type: ignore[type-arg]
    return [line.text for line in lines]


def test_a_missing_log_is_an_empty_one(tmp_path: Path) -> None:
    file = LogFile(tmp_path / "none.log")
    assert file.size() == 0 and file.forward(0, 10) == [] and file.backward(0, 10) == [] and file.find("x", 0, True) is None


@given(lines=st.lists(st.text("ab \n", max_size=20).map(lambda t: t.replace("\n", "")), max_size=60), count=st.integers(1, 20))
@settings(max_examples=40, deadline=None)
def test_walking_back_from_the_end_and_forth_again_gives_the_same_lines(
    tmp_path_factory: pytest.TempPathFactory, lines: list[str], count: int
) -> None:
    file = written(tmp_path_factory.mktemp("log"), "".join(f"{line}\n" for line in lines))
    seen: list[str] = []
    at = file.size()
    while page := file.backward(at, count):
        seen = texts(page) + seen
        at = page[0].start
    assert seen == lines
    assert texts(file.forward(0, len(lines) + 5)) == lines


def test_a_million_lines_are_opened_at_the_end_at_once(tmp_path: Path) -> None:
    file = written(tmp_path, "".join(f"line {i}\n" for i in range(1_000_000)))
    assert texts(file.backward(file.size(), 2)) == ["line 999998", "line 999999"]
    last = file.backward(file.size(), 1)[0]
    assert file.number(last.start) is None
    file.count()
    assert file.number(last.start) == 999_999
    found = file.find("LINE 500000", file.size(), forward=False)
    assert found is not None and texts(file.forward(found, 1)) == ["line 500000"] and file.number(found) == 500_000
    assert file.find("line 500001", found, forward=True) == file.forward(found, 2)[1].start
    assert file.find("nothing of the kind", 0, forward=True) is None


def test_a_line_without_an_end_is_cut_and_costs_no_more_than_a_page(tmp_path: Path) -> None:
    file = written(tmp_path, b"start\n" + b"x" * 1_000_000 + b"\nend\n")
    assert texts(file.backward(file.size(), 1)) == ["end"]
    page = file.backward(file.size(), 3)
    assert all(len(line.text) <= LONGEST for line in page)
    assert texts(file.forward(0, 2))[0] == "start" and len(file.forward(0, 2)[1].text) == LONGEST


def test_a_progress_bar_is_shown_in_its_last_form(tmp_path: Path) -> None:
    assert texts(written(tmp_path, "  1%\r 50%\r100% done\nnext\r\n").forward(0, 5)) == ["100% done", "next"]


def test_bytes_that_are_no_text_are_marked(tmp_path: Path) -> None:
    assert texts(written(tmp_path, b"caf\xe9 \xff\n").forward(0, 5)) == ["caf\ufffd \ufffd"]


def test_a_log_that_grows_or_is_cut_is_counted_anew(tmp_path: Path) -> None:
    file = written(tmp_path, "a\n" * 2_000_000)
    file.count()
    assert file.number(file.size() - 2) == 1_999_999
    file.path.write_text("b\nc\n")
    file.count()
    assert file.number(2) == 1


def test_a_search_across_the_border_of_two_blocks_finds(tmp_path: Path) -> None:
    block = 1 << 20
    file = written(tmp_path, b"\n" * (block - 3) + b"needle here\n" + b"\n" * block)
    assert file.find("needle", 0, True) == block - 3
    assert file.find("needle", file.size(), False) == block - 3


def test_a_search_can_be_given_up(tmp_path: Path) -> None:
    assert written(tmp_path, "x\n" * 10).find("x", 0, True, lambda: True) is None
