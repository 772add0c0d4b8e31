"""What is copied reaches the terminal's clipboard, through tmux too, and carries nothing that could act when it is pasted."""

from __future__ import annotations

import base64

import pytest

from app import clipboard
from tests.panel import fakes
from tests.panel.stage import opened


def test_nothing_that_a_terminal_would_obey_is_copied() -> None:
    assert clipboard.pasteable("one\n\x1b[201~rm -rf ~\r\ttwo") == "one\n\ufffd[201~rm -rf ~\ufffd\ttwo"
    long = "x" * 100_000
    assert clipboard.pasteable(long) == long


def test_the_sequence_carries_the_text_and_tmux_passes_it_on_whole() -> None:
    sequence = clipboard.osc52("grüß\n")
    assert base64.b64decode(sequence.removeprefix("\x1b]52;c;").removesuffix("\x07")).decode() == "grüß\n"
    assert clipboard.through_tmux(sequence) == "\x1bPtmux;\x1b" + sequence + "\x1b\\"


async def test_copying_says_what_was_copied(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TMUX", raising=False)
    async with opened(fakes.training()) as stage:
        stage.app.copy("#### 27", "the response")
        await stage.sees("Copied the response (7 characters)")
        assert stage.app.clipboard == "#### 27"
        stage.app.copy("", "the line")
        await stage.sees("nothing to copy of the line")


async def test_in_tmux_the_text_goes_to_its_buffer(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[str] = []

    def give(text: str) -> bool:
        given.append(text)
        return len(given) == 1

    monkeypatch.setenv("TMUX", "/tmp/tmux-1000/default,1,0")
    monkeypatch.setattr(clipboard, "give_to_tmux", give)
    async with opened(fakes.training()) as stage:
        stage.app.copy("#### 27", "the response")
        await stage.sees("prefix ] pastes it")
        stage.app.copy("more", "the line")
        await stage.sees("Copied the line (4 characters) to the terminal's")
        assert given == ["#### 27", "more"]


def test_a_long_text_is_copied_with_a_warning_about_small_terminals() -> None:
    assert "56 kB" in clipboard.told("the log", "x" * 60_000, False)
    assert "56 kB" not in clipboard.told("the log", "x" * 60_000, True)
