"""Text that a real terminal delivers in one write, behind a key that opens a field, is text there, never commands."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

import pytest

from tests.terminal.tmux import Tmux

pytestmark = pytest.mark.slow
PROJECT = Path(__file__).resolve().parent.parent.parent


def test_text_behind_a_slash_in_one_write_is_looked_for(tmp_path: Path) -> None:
    with Tmux(tmp_path) as tmux:
        panel = f"{shlex.quote(sys.executable)} -m tests.terminal.fake_panel"
        tmux.start(f"cd {shlex.quote(str(PROJECT))} && LC_ALL=C.UTF-8 COLORTERM= COLUMNS=120 LINES=40 {panel}")
        tmux.wait_for("41/75 steps")
        tmux.keys("-l", "p/quarry")
        tmux.wait_for(r"(?m)^ *quarry *$", never="EXIT=")
        tmux.keys("Escape")
        tmux.wait_until(lambda screen: "quarry" not in screen, "the field closed")
        tmux.keys("Escape")
        tmux.wait_for("╭─ 1 Plan")
        tmux.keys("-l", ",/seedq")
        tmux.wait_for(r"(?m)^ *seedq *$", never="EXIT=")
