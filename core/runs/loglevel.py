"""How loud a line of a log is, told by the words at its start: the logs are what any library printed, without a format of their own."""

from __future__ import annotations

from typing import Literal

Level = Literal["all", "warning", "error"]
LEVELS: tuple[Level, ...] = ("all", "warning", "error")
"""What can be shown: everything, warnings and up, errors."""
LOUD = ("error", "traceback", "exception", "failed")
RAISED = ("warn",)
START = 80
"""Characters of a line in which such a word counts; further on it is likely to be part of a text."""


def level_of(line: str) -> Level:
    """``error``, ``warning``, or ``all`` for a line that is neither."""
    start = line[:START].lower()
    if any(word in start for word in LOUD):
        return "error"
    return "warning" if any(word in start for word in RAISED) else "all"


def words_of(level: Level) -> tuple[str, ...]:
    """The words of a level and of louder ones."""
    return (*LOUD, *RAISED) if level == "warning" else LOUD
