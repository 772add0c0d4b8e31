"""Copying to the clipboard of the terminal that the user sits at, also through SSH and tmux.

A terminal takes text by OSC 52 (xterm control sequences). tmux, unless told otherwise, neither takes that sequence from a program in it
nor passes it on; it does take text through its own command, keeps it as a buffer and hands it on to its terminal (tmux(1), load-buffer).
"""

from __future__ import annotations

import base64
import os
import subprocess
from collections.abc import Mapping

from core.text import plain

TMUX_SECONDS = 2.0
MOST_CERTAIN = 56_000
"""Bytes that every terminal with OSC 52 takes; some refuse more."""


def pasteable(text: str) -> str:
    """The text without control characters: pasted into a shell, nothing in it can end the paste and begin a command."""
    return plain(text, len(text))


def osc52(text: str) -> str:
    """The sequence that puts ``text`` on the terminal's clipboard."""
    return f"\x1b]52;c;{base64.b64encode(text.encode()).decode()}\x07"


def through_tmux(sequence: str) -> str:
    """A sequence for the terminal around tmux, for a tmux whose ``allow-passthrough`` is on."""
    return "\x1bPtmux;" + sequence.replace("\x1b", "\x1b\x1b") + "\x1b\\"


def in_tmux(environ: Mapping[str, str] | None = None) -> bool:
    """Whether the panel runs in tmux on this machine."""
    return bool((os.environ if environ is None else environ).get("TMUX"))


def give_to_tmux(text: str) -> bool:
    """Hands ``text`` to tmux, which keeps it as a buffer and passes it to its terminal. False where tmux does not take it."""
    try:
        command = ["tmux", "load-buffer", "-w", "-"]
        done = subprocess.run(command, input=text.encode(), capture_output=True, timeout=TMUX_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def told(what: str, text: str, kept_by_tmux: bool) -> str:
    """One sentence about what was copied."""
    size = len(text.encode())
    sentence = f"Copied {what} ({len(text):,} characters) to the terminal's clipboard"
    if kept_by_tmux:
        sentence += " and to tmux's buffer (prefix ] pastes it)"
    if size > MOST_CERTAIN and not kept_by_tmux:
        return f"{sentence}; some terminals take no more than {MOST_CERTAIN // 1000} kB of it."
    return f"{sentence}."
