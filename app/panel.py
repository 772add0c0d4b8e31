"""Opens the panel: checks the terminal, sets Textual up for a calm and quick screen, runs the application, restores everything.

Textual reads its environment when it is imported, so it is imported here, inside functions, and nowhere before.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from app.terminal import in_browser
from core.errors import UsageError

if TYPE_CHECKING:
    from core.plan.settings import PanelSettings

ENVIRONMENT = {
    # Not how often it draws, which is when something changed, a few times a second; but how long Textual puts off what a second widget
    # has to say of a key: at 60 that comes one to two frames after the first, 17 to 33 ms.
    "TEXTUAL_FPS": "240",
    "TEXTUAL_ANIMATIONS": "none",
    "TEXTUAL_SMOOTH_SCROLL": "0",
}


def prepare() -> None:
    """Sets what Textual reads at import; what the user has set stays. The size of the window is asked of the terminal itself:
    an exported COLUMNS or LINES would be believed instead, and the panel would not follow the window's size."""
    for name, value in ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    for name in () if in_browser() else ("COLUMNS", "LINES"):
        os.environ.pop(name, None)


def _settings(workspace: Path) -> PanelSettings | None:
    """The panel's own settings; None, without importing any settings, where there is no file that could hold any."""
    if not (workspace / "cogumi.toml").exists():
        return None
    from core.plan.load import load_settings

    return load_settings(workspace).settings.panel


def run_panel(workspace: Path, *, read_only: bool = False, mouse: bool = True) -> int:
    """Runs the panel on a workspace until the user leaves it; returns the exit code. Raises CogumiError when it cannot open."""
    prepare()
    if not in_browser() and (sys.__stderr__ is None or not sys.__stderr__.isatty()):
        raise UsageError("the panel draws on standard error, which is redirected here; start it without `2>`.")
    from app.application import PanelApp
    from app.source import WorkspaceSource
    from app.terminal import guarded

    source = WorkspaceSource(workspace, read_only=read_only)
    try:
        app = PanelApp(source, _settings(workspace))
        with guarded(app) as ended:
            app.run(mouse=mouse)
        return ended.code(app.return_code)
    finally:
        source.close()
