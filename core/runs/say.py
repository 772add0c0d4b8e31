"""A line for the log of a background process, which may be on a full disk: what cannot be said there must not end the work."""

from __future__ import annotations

import contextlib
import time


def say(text: str, *, bare: bool = False) -> None:
    """Prints a line with the time of day, if it can be printed; ``bare`` without, for what has it already or is read back as it is."""
    with contextlib.suppress(OSError, ValueError):
        print(text if bare else f"{time.strftime('%H:%M:%S')} {text}", flush=True)
