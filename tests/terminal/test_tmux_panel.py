"""The panel in a real tmux: draws, takes keys in spite of a slow escape-time, survives resizing, sets the title, and leaves cleanly."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.terminal.tmux import UTF8, Tmux

pytestmark = pytest.mark.slow


def test_a_visit_in_tmux(tmp_path: Path) -> None:
    with Tmux(tmp_path) as tmux:
        tmux.start_panel(f"{UTF8} COLUMNS=80 LINES=24")
        tmux._run("set-option", "-s", "escape-time", "500")
        screen = tmux.screen()
        assert "╭─ 1 Plan" in screen and "┊ epoch 1" in screen
        assert tmux._run("display-message", "-p", "#{pane_title}").strip() == "cogumi: train 55 %"
        tmux.keys("2", "z")
        tmux.wait_until(lambda text: "2 Loss" in text and "1 Plan" not in text, "the loss alone")
        tmux.keys("Escape")
        tmux.wait_for("╭─ 1 Plan")
        tmux.resize(80, 24)
        tmux.wait_for("8 Story")
        tmux.resize(50, 12)
        tmux.wait_for("needs 60 x 15")
        tmux.resize(200, 50)
        tmux.wait_for("╭─ 8 Story")
        tmux.keys("C-z")
        tmux.keys("?")
        tmux.wait_for("works here")
        tmux.keys("q")
        last = tmux.wait_for("EXIT=0")
        assert "Plan" not in last
