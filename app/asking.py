"""Commands of ``cogumi`` run in a process of their own, so that nothing they load or do can hold up the panel."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import threading

from core.errors import CogumiError
from core.text import plain_line

SECONDS = 600.0
_PREFIX = "cogumi: "


class Asking:
    """Runs commands and ends them when the panel closes. May be used from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: set[subprocess.Popen[str]] = set()
        self._closed = False

    def run(self, *words: str, fine: tuple[int, ...] = (0,)) -> str:
        """What ``cogumi WORDS`` printed. Raises CogumiError with its sentence when it ended with a code that is not fine."""
        with self._lock:
            if self._closed:
                raise CogumiError("The panel is closing.")
            child = subprocess.Popen(
                [sys.executable, "-P", "-m", "app.cli", *words],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                encoding="utf-8",
                errors="replace",
                start_new_session=True,
            )
            self._running.add(child)
        try:
            out, err = child.communicate(timeout=SECONDS)
        except subprocess.TimeoutExpired:
            child.kill()
            child.communicate()
            raise CogumiError(f"`cogumi {words[0]}` did not end within {SECONDS / 60:.0f} minutes and was ended.") from None
        finally:
            with self._lock:
                self._running.discard(child)
        if child.returncode not in fine:
            raise CogumiError(_sentence(words[0], err, child.returncode))
        return out

    def abandon(self) -> None:
        """Ends every command that runs, and starts no more."""
        with self._lock:
            self._closed = True
            for child in self._running:
                with contextlib.suppress(ProcessLookupError):
                    child.kill()


def _sentence(command: str, err: str, code: int) -> str:
    said = next((line for line in reversed(err.splitlines()) if line.startswith(_PREFIX)), "")
    last = said.removeprefix(_PREFIX) or (err.strip().splitlines() or [""])[-1]
    return plain_line(last) if last else f"`cogumi {command}` ended with exit code {code} and said nothing."
