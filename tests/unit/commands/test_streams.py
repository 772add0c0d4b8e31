"""Whatever the encoding of standard output, and however early its reader leaves: no command ends in a traceback."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path

import pytest

from app.cli import main
from screens.widgets.glyphs import choose
from tests.unit.report.builder import build_two


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_two(tmp_path_factory.mktemp("streams") / "ws")


COMMANDS = ("status", "attempts", "attempts 1 2", "responses", "report", "logs")


@pytest.mark.parametrize("encoding", ["latin-1", "ascii", "cp437", "utf-16"])
@pytest.mark.parametrize("command", COMMANDS)
def test_what_an_encoding_cannot_hold_is_shown_by_its_likeness(
    workspace: Path, monkeypatch: pytest.MonkeyPatch, command: str, encoding: str
) -> None:
    out = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    monkeypatch.setattr(sys, "stdout", out)
    assert main([*command.split(), "--workspace", str(workspace)]) == 0
    said = out.buffer.getvalue().decode(encoding)  # type: ignore[attr-defined]
    assert said.strip()
    if command == "attempts 1 2" and encoding == "latin-1":
        assert "train.num_train_epochs: 2 > 1" in said and "±" in said


def test_a_sentence_on_standard_error_comes_through_in_ascii(monkeypatch: pytest.MonkeyPatch) -> None:
    err = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stderr", err)
    assert main(["compare", "früher→.jsonl", "später.jsonl"]) == 2
    err.flush()
    assert b"fr?her>.jsonl" in err.buffer.getvalue()  # type: ignore[attr-defined]


@pytest.mark.parametrize("encoding", ["latin-1", "ascii", "cp437", "shift_jis", "no-such-encoding"])
def test_signs_are_ascii_where_the_encoding_does_not_hold_them_all(encoding: str) -> None:
    assert choose({"LANG": "C.UTF-8"}, encoding).ascii
    assert not choose({"LANG": "C.UTF-8"}, "utf-8").ascii


@pytest.mark.parametrize("command", [*COMMANDS, "doctor", "--help"])
def test_a_reader_that_leaves_is_no_error(workspace: Path, monkeypatch: pytest.MonkeyPatch, command: str) -> None:
    # Without buffering the first print meets the closed pipe, with it only the flush at the end.
    for buffering in (-1, 0):
        read, write = os.pipe()
        os.close(read)
        out = io.TextIOWrapper(os.fdopen(write, "wb", buffering), encoding="utf-8", write_through=not buffering)
        monkeypatch.setattr(sys, "stdout", out)
        words = command.split() if command == "--help" else [*command.split(), "--workspace", str(workspace)]
        try:
            assert main(words) == 0
        except SystemExit as ended:  # argparse's own way out
            assert ended.code == 0
        out.close()
