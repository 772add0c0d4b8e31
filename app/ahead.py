"""Loads the screens that are one key away, once the first picture is drawn: no first key waits for a disk, and none of it delays the first
frame. They take some two megabytes."""

from __future__ import annotations

import importlib
import threading

SCREENS = (
    "app.palette",
    "screens.help",
    "screens.launch",
    "screens.log",
    "screens.story",
    "screens.responses",
    "screens.answers",
    "screens.override",
    "screens.stop",
    "screens.suggestions",
    "screens.attempts",
    "screens.versus",
    "screens.report",
    "screens.export",
    "screens.settings",
    "screens.doctor",
)
_BREATH = threading.Event()
_BREATH_SECONDS = 0.02


def load() -> None:
    """Loads one after the other, with a breath in between for whoever presses a key meanwhile."""
    for name in SCREENS:
        importlib.import_module(name)
        _BREATH.wait(_BREATH_SECONDS)


def begin() -> None:
    """``load`` in a thread of its own, which keeps nothing open when the panel closes."""
    threading.Thread(target=load, name="cogumi-ahead", daemon=True).start()
