"""A terminal multiplexer driven by a test: a server of its own, keys in, screens out."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from threading import Event

import pytest

PROJECT = Path(__file__).resolve().parent.parent.parent
UTF8 = "LC_ALL=C.UTF-8"


class Tmux:
    """One tmux server on a socket of its own, with one session. Use as a context manager."""

    def __init__(self, folder: Path, width: int = 120, height: int = 40) -> None:
        if shutil.which("tmux") is None:
            pytest.skip("tmux is not installed")
        self._socket = folder / "tmux"
        self._size = (width, height)

    def __enter__(self) -> Tmux:
        return self

    def __exit__(self, *exc: object) -> None:
        self.kill()

    def start(self, command: str) -> None:
        """Runs a shell command in a new session; afterwards the pane stays, so that its last screen can be read."""
        width, height = map(str, self._size)
        kept = f"{command}; echo EXIT=$?; cat"
        self._run("-f", "/dev/null", "new-session", "-d", "-s", "test", "-x", width, "-y", height, kept)

    def start_panel(self, environment: str, *words: str) -> None:
        """Runs the panel on a scripted workspace with ``environment`` set, and waits until it has drawn."""
        panel = f"env -u COLORTERM -u NO_COLOR -u COGUMI_ASCII {environment} {shlex.quote(sys.executable)} -m tests.terminal.fake_panel"
        self.start(f"cd {shlex.quote(str(PROJECT))} && {panel} {shlex.join(words)}")
        self.wait_for("41/75 steps")

    def keys(self, *names: str) -> None:
        """Sends keys by tmux's names."""
        self._run("send-keys", "-t", "test", *names)

    def resize(self, width: int, height: int) -> None:
        """Gives the window another size."""
        self._run("resize-window", "-t", "test", "-x", str(width), "-y", str(height))

    def screen(self) -> str:
        """What the terminal shows now."""
        return self._run("capture-pane", "-p", "-t", "test")

    def kill(self) -> None:
        """Ends the server and with it every terminal in it."""
        subprocess.run(["tmux", "-S", str(self._socket), "kill-server"], capture_output=True, check=False)

    def wait_for(self, pattern: str, seconds: float = 60.0, never: str = "") -> str:
        """The first screen on which the pattern is found; fails with the last screen when there is none in time, or ``never`` is seen."""

        def found(screen: str) -> bool:
            assert not never or re.search(never, screen) is None, f"{never!r} appeared:\n{screen}"
            return re.search(pattern, screen) is not None

        return self.wait_until(found, f"{pattern!r}", seconds)

    def wait_until(self, condition: Callable[[str], bool], what: str, seconds: float = 60.0) -> str:
        """The first screen of which the condition holds."""
        deadline = time.monotonic() + seconds
        pause = Event()
        while not condition(screen := self.screen()):
            assert time.monotonic() < deadline, f"{what} did not appear within {seconds:.0f} s; the screen was:\n{screen}"
            pause.wait(0.1)
        return screen

    def _run(self, *arguments: str) -> str:
        done = subprocess.run(["tmux", "-S", str(self._socket), *arguments], capture_output=True, text=True, timeout=30, check=True)
        return done.stdout
