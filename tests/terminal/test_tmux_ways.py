"""The panel in real terminals of many kinds: detached and attached, without colours, with few, in ASCII, without the mouse, copying."""

from __future__ import annotations

import re
import shlex
import subprocess
from pathlib import Path

import pytest

from tests.terminal.tmux import UTF8, Tmux

pytestmark = pytest.mark.slow
COLOUR = re.compile(r"\x1b\[(?:[0-9]+;)*(3[0-7]|4[0-7]|9[0-7]|10[0-7]|38;[0-9;]+|48;[0-9;]+)m")


def colours(tmux: Tmux) -> set[str]:
    """The kinds of colour that the panel has set on the screen: ``38;5``, ``38;2``, or a plain number."""
    styled = tmux._run("capture-pane", "-e", "-p", "-t", "test")
    return {";".join(found.split(";")[:2]) for found in COLOUR.findall(styled)}


def test_no_color_means_none_and_the_cursor_is_seen_all_the_same(tmp_path: Path) -> None:
    with Tmux(tmp_path) as tmux:
        tmux.start_panel(f"NO_COLOR=1 {UTF8}")
        assert colours(tmux) == set()
        reversed_rows = [row for row in tmux._run("capture-pane", "-e", "-p", "-t", "test").split("\n") if "\x1b[7m" in row or ";7m" in row]
        assert len(reversed_rows) == 1 and "train" in reversed_rows[0]
        tmux.keys("C-p")
        tmux.wait_for("an action, screen, step")
        tmux.keys("theme")
        tmux.wait_for("Theme light")
        assert colours(tmux) == set()


def test_without_colorterm_256_colours_are_used(tmp_path: Path) -> None:
    with Tmux(tmp_path) as tmux:
        tmux.start_panel(UTF8)
        assert colours(tmux) == {"38;5", "48;5"}


@pytest.mark.parametrize("environment", ["LC_ALL=C LANG=C", f"{UTF8} TERM=linux"])
def test_terminals_without_our_characters_get_plain_ones_on_every_screen(tmp_path: Path, environment: str) -> None:
    with Tmux(tmp_path) as tmux:
        tmux.start_panel(environment)
        for key, seen in (("z", "Plan"), ("Escape", "Loss"), ("e", "Phase 1B report"), ("Escape", "Plan"), (",", "learning_rate"),
                          ("Escape", "Plan"), ("d", "must be mended"), ("Escape", "Plan"), ("?", "works here")):  # fmt: skip
            tmux.keys(key)
            screen = tmux.wait_for(seen)
            assert screen.isascii(), screen


def test_the_window_shrinks_to_the_smallest_and_below_on_any_screen(tmp_path: Path) -> None:
    with Tmux(tmp_path) as tmux:
        tmux.start_panel(UTF8)
        tmux._run("set-option", "-s", "escape-time", "500")
        tmux.keys("e")
        tmux.wait_for("Phase 1B report")
        for width, height in ((60, 15), (50, 12), (200, 50), (60, 15)):
            tmux.resize(width, height)
            if (width, height) == (50, 12):
                tmux.wait_for("needs 60 x 15, this is 50 x 12")
            else:
                tmux.wait_until(lambda screen: "Report" in screen and "too small" not in screen, "the report")
        tmux.keys("Escape")
        tmux.keys("?")
        tmux.wait_for("works here")


def test_detached_and_attached_again_it_is_as_it_was_and_live(tmp_path: Path) -> None:
    with Tmux(tmp_path) as tmux:
        tmux.start_panel(UTF8)
        attach = ["script", "-qfc", shlex.join(["tmux", "-S", str(tmp_path / "tmux"), "attach", "-t", "test"]), "/dev/null"]
        for _ in range(2):
            terminal = subprocess.Popen(attach, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            tmux.wait_until(lambda _: bool(tmux._run("list-clients").strip()), "a client")
            tmux._run("detach-client", "-s", "test")
            tmux.wait_until(lambda _: not tmux._run("list-clients").strip(), "no client")
            terminal.kill()
            terminal.wait(20)
        tmux.keys("2", "z")
        tmux.wait_until(lambda text: "─ 2 Loss" in text and "─ 1 Plan" not in text, "the loss alone")


def test_without_the_mouse_the_terminal_keeps_it(tmp_path: Path) -> None:
    with Tmux(tmp_path) as tmux:
        tmux.start_panel(UTF8)
        assert tmux._run("display-message", "-p", "-t", "test", "#{mouse_any_flag}").strip() == "1"
        tmux.keys("q")
        tmux.wait_for("EXIT=0")
        assert tmux._run("display-message", "-p", "-t", "test", "#{mouse_any_flag}").strip() == "0"
    (tmp_path / "other").mkdir()
    with Tmux(tmp_path / "other") as tmux:
        tmux.start_panel(UTF8, "no-mouse")
        assert tmux._run("display-message", "-p", "-t", "test", "#{mouse_any_flag}").strip() == "0"


@pytest.mark.parametrize("set_clipboard", ["external", "on"])
def test_copying_reaches_tmux_as_it_comes(tmp_path: Path, set_clipboard: str) -> None:
    """tmux's default takes no clipboard from a program in it and passes nothing on; its own command works all the same."""
    with Tmux(tmp_path) as tmux:
        tmux.start_panel(UTF8)
        tmux._run("set-option", "-s", "set-clipboard", set_clipboard)
        tmux.keys(",")
        tmux.wait_for("learning_rate")
        tmux.keys("f")
        tmux.wait_for("3 of 47 changed")
        tmux.keys("y")
        tmux.wait_for(r"tmux's buffer")
        assert tmux._run("show-buffer") == "train.learning_rate=0.004"


def test_the_title_is_handed_on_and_given_back(tmp_path: Path) -> None:
    with Tmux(tmp_path) as tmux:
        tmux.start_panel(UTF8)
        tmux.wait_until(lambda _: tmux._run("display-message", "-p", "#{pane_title}").strip() == "cogumi: train 55 %", "the title")
        tmux._run("set-option", "-g", "set-titles", "on")
        assert "cogumi: train 55 %" in tmux._run("display-message", "-p", "#{T:set-titles-string}")
