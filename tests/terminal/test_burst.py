"""Text that a real terminal delivers in one write, behind a key that opens a field, is text there, never commands."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.terminal.tmux import UTF8, Tmux

pytestmark = pytest.mark.slow


def test_text_behind_a_slash_in_one_write_is_looked_for(tmp_path: Path) -> None:
    with Tmux(tmp_path) as tmux:
        tmux.start_panel(UTF8)
        tmux.keys("-l", "p/quarry")
        tmux.wait_for(r"(?m)^ *quarry *$", never="EXIT=")
        tmux.keys("Escape")
        tmux.wait_until(lambda screen: "quarry" not in screen, "the field closed")
        tmux.keys("Escape")
        tmux.wait_for("╭─ 1 Plan")
        tmux.keys("-l", ",/seedq")
        tmux.wait_for(r"(?m)^ *seedq *$", never="EXIT=")
