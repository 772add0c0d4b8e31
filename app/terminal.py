"""The terminal as the panel found it: given back on every way out, also when a signal ends the panel or the terminal is gone.

A polite end goes through Textual, which restores everything. If that does not come about in time, because the terminal no longer takes
what is written or the program is stuck, the terminal is restored from here and the process ends. Work in the background is not touched.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import select
import signal
import sys
import termios
import threading
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any, Protocol

from core.text import plain_line

TITLE_SAVE = "\x1b[22;2t"
TITLE_RESTORE = "\x1b[23;2t"
GRACE_SECONDS = 2.0

RESTORE = (
    b"\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1006l\x1b[?1015l\x1b[?1016l"  # mouse
    b"\x1b[?2004l\x1b[?1004l\x1b[?2048l\x1b[?2026l"  # paste, focus, resize reports, synchronised output
    b"\x1b[<u\x1b[?7h\x1b[0m\x1b[?1049l\x1b[?25h\x1b[23;2t"  # keyboard protocol, wrapping, colours, screen, cursor, title
)
"""Undoes what Textual switches on (xterm control sequences), in its order."""

_SIGNALS = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)


class Endable(Protocol):
    """What is asked of the application."""

    def exit(self) -> None:
        """Ends it politely."""


def in_browser() -> bool:
    """Whether ``cogumi web`` has started this panel: it is then drawn through pipes, not in a terminal."""
    return os.environ.get("TEXTUAL_DRIVER", "").endswith(":WebDriver")


def set_title(text: str) -> str:
    """The sequence that sets the terminal's title (OSC 2)."""
    return f"\x1b]2;{plain_line(text, 80)}\x07"


class Ended:
    """How the panel came to its end: by itself, or by ``signal``."""

    def __init__(self) -> None:
        self.signal: int | None = None

    def code(self, own: int | None) -> int:
        """The exit code: 128 + signal, as shells have it, or the application's own."""
        return 128 + self.signal if self.signal is not None else own or 0


@contextlib.contextmanager
def guarded(app: Endable, *, leave: Callable[[int], Any] = os._exit) -> Iterator[Ended]:
    """While the block runs, signals and the loss of the terminal end ``app`` and restore the terminal."""
    ended = Ended()
    descriptor = sys.stdin.fileno() if sys.stdin is not None and sys.stdin.isatty() else None
    # In a browser standard input is a pipe: its end is the loss of the page, and there is nothing to restore.
    watched = sys.stdin.fileno() if sys.stdin is not None and in_browser() else descriptor
    before = termios.tcgetattr(descriptor) if descriptor is not None else None
    done = threading.Event()

    def on_signal(number: int, frame: FrameType | None) -> None:
        if ended.signal is None:
            ended.signal = number
            threading.Thread(target=_insist, args=(done, descriptor, before, 128 + number, leave), daemon=True).start()
        with contextlib.suppress(RuntimeError):  # no loop: Textual has not begun or has already ended
            asyncio.get_running_loop().call_soon_threadsafe(app.exit)

    def on_lost() -> None:
        # The handler runs in the main thread, where the loop is known.
        os.kill(os.getpid(), signal.SIGHUP)

    handlers = {number: signal.signal(number, on_signal) for number in _SIGNALS}
    if watched is not None:
        threading.Thread(target=_watch, args=(watched, done, on_lost), name="cogumi-terminal", daemon=True).start()
    try:
        yield ended
    finally:
        done.set()
        for number, handler in handlers.items():
            signal.signal(number, handler)


def _watch(descriptor: int, done: threading.Event, lost: Callable[[], None]) -> None:
    """Waits for the terminal to be gone. Textual's own reader would read its end again and again, using a whole core."""
    poll = select.poll()
    poll.register(descriptor, 0)  # hang-ups and errors are always reported
    while not done.is_set():
        events = poll.poll(500)
        if events and not done.is_set():
            lost()
            return


def _insist(done: threading.Event, descriptor: int | None, before: list[Any] | None, code: int, leave: Callable[[int], Any]) -> None:
    """Ends the process the hard way when the polite way has not come to its end in time."""
    if done.wait(GRACE_SECONDS):
        return
    if descriptor is not None and before is not None:
        restore(descriptor, before)
    leave(code)


def restore(descriptor: int, before: list[Any]) -> None:
    """Gives the terminal back without Textual; does nothing where there is no terminal any more."""
    with contextlib.suppress(termios.error):
        termios.tcsetattr(descriptor, termios.TCSANOW, before)
    with contextlib.suppress(OSError, ValueError):
        if select.select([], [descriptor], [], 0)[1]:
            os.write(descriptor, RESTORE)
