"""Lines of a level or with a text are found in a log of any length, wherever its blocks end and however it grows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from threading import Event, Thread

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.runs import logindex
from core.runs.logfile import LONGEST, LogFile
from core.runs.logindex import Found, Loud, Matcher, Needle
from core.runs.loglevel import level_of


def found_in(folder: Path, text: str | bytes, matcher: Matcher) -> Found:
    path = folder / "step.log"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    found = Found(LogFile(path), matcher)
    found.advance()
    return found


def texts(found: Found) -> list[str]:
    return [line.text for line in found.forward(0, 1000)]


@given(lines=st.lists(st.text("abn ", max_size=12), max_size=40), needle=st.text("abn", min_size=1, max_size=2), block=st.integers(1, 40))
@settings(max_examples=60, deadline=None)
def test_a_search_finds_just_the_lines_that_hold_the_text(
    tmp_path_factory: pytest.TempPathFactory, lines: list[str], needle: str, block: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(logindex, "_BLOCK", block + max((len(line) for line in lines), default=0) + 1)
        found = found_in(tmp_path_factory.mktemp("log"), "\n".join(lines), Needle(needle.upper()))
    assert texts(found) == [line for line in lines if needle in line]
    assert found.done and found.backward(found.size(), 3) == found.forward(0, 1000)[-3:]


@given(lines=st.lists(st.sampled_from(["fine", "Error: bad", "a warning", "x" * 90 + " error", "failed", "  indented"]), max_size=30))
@settings(max_examples=60, deadline=None)
def test_the_lines_of_a_level_are_those_that_are_as_loud_and_what_is_indented_under_them(
    tmp_path_factory: pytest.TempPathFactory, lines: list[str]
) -> None:
    expected, inside = [], False
    for line in lines:
        inside = level_of(line) == "error" or (inside and line.startswith(" "))
        expected += [line] if inside else []
    assert texts(found_in(tmp_path_factory.mktemp("log"), "\n".join(lines), Loud("error"))) == expected


def test_a_traceback_stays_whole_across_blocks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trace = ["Traceback (most recent call last):", '  File "a.py", line 1', "    go()", "KeyboardInterrupt"]
    for block in range(40, 90):
        monkeypatch.setattr(logindex, "_BLOCK", block)
        found = found_in(tmp_path, "\n".join(["fine", *trace, "fine again", "fine"]) + "\n", Loud("error"))
        assert texts(found) == trace, block


def test_a_log_that_grows_is_read_on_and_its_unfinished_line_looked_at_again(tmp_path: Path) -> None:
    found = found_in(tmp_path, "a needle\nno\nanother nee", Needle("needle"))
    assert texts(found) == ["a needle"]
    with found.file.path.open("a") as file:
        file.write("dle")
    found.advance()
    found.advance()
    assert texts(found) == ["a needle", "another needle"]
    with found.file.path.open("a") as file:
        file.write("s\nthe last needle\n")
    found.advance()
    assert texts(found) == ["a needle", "another needles", "the last needle"]


def test_a_log_that_was_cut_is_read_anew(tmp_path: Path) -> None:
    found = found_in(tmp_path, "needle\n" * 100, Needle("needle"))
    found.file.path.write_text("one needle\n")
    found.advance()
    assert texts(found) == ["one needle"]


def test_reading_is_given_up_between_blocks(tmp_path: Path) -> None:
    found = found_in(tmp_path, "", Needle("needle"))
    found.file.path.write_text("needle\n")
    found.advance(lambda: True)
    assert not found.done and not len(found.offsets)


def test_pieces_of_a_line_without_an_end_are_found_by_themselves(tmp_path: Path) -> None:
    found = found_in(tmp_path, b"start\n" + b"x" * (3 * LONGEST) + b"needle" + b"x" * LONGEST + b"\nneedle\n", Needle("needle"))
    assert list(found.offsets) == [6 + 3 * LONGEST, 6 + 4 * LONGEST + 7]
    assert found.file.line_start(found.offsets[0] + 3) == found.offsets[0]
    assert [len(line.text) for line in found.file.backward(found.offsets[1], 2)] == [LONGEST, 6]


def test_the_next_line_found_is_told_in_both_ways_and_among_others(tmp_path: Path) -> None:
    found = found_in(tmp_path, "error a\nb a\nerror a\nb a\n", Needle("a"))
    loud = Found(found.file, Loud("error"))
    loud.advance()
    assert list(found.offsets) == [0, 8, 12, 20]
    assert found.nearest(0, True) == 8 and found.nearest(20, False) == 12 and found.nearest(20, True) is None
    assert found.nearest(0, True, among=loud) == 12 and found.nearest(12, False, among=loud) == 0
    assert found.place(12) == 2 and 12 in found and 13 not in found and found.any_between(9, 13) and not found.any_between(13, 20)


def test_more_lines_than_are_kept_end_the_reading(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logindex, "MOST", 10)
    monkeypatch.setattr(logindex, "_BLOCK", 100)
    found = found_in(tmp_path, "needle\n" * 1000, Needle("needle"))
    assert found.full and 10 <= len(found.offsets) < 30


def test_two_readers_of_one_search_do_not_spoil_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logindex, "_BLOCK", 50)

    class Slow(Needle):
        """Gives way between any two lines, so that another reader gets in."""

        def starts(self, data: bytes) -> Iterator[int]:
            for start in super().starts(data):
                wake.wait(0.001)
                yield start

    wake = Event()
    path = tmp_path / "step.log"
    path.write_text("needle\n" * 200)
    found = Found(LogFile(path), Slow("needle"))
    readers = [Thread(target=found.advance) for _ in range(3)]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join(60)
    assert found.done and list(found.offsets) == list(range(0, 1400, 7))
