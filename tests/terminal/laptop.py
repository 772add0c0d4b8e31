"""A laptop without the model libraries, as a program: finds none of them, and does what it is told with a workspace.

``python -m tests.terminal.laptop panel WORKSPACE`` opens the panel headless and prints what it says of the workspace; anything else is
handed to the ``cogumi`` command line.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

MISSING = (
    *("torch", "transformers", "datasets", "trl", "peft", "accelerate", "tokenizers", "safetensors", "huggingface_hub"),
    *("math_verify", "numpy", "pyarrow", "pynvml", "scipy", "pandas"),
)


async def panel(workspace: Path) -> None:
    """Opens the panel and waits until it has seen the workspace; every screen that reads it is opened once."""
    from app.application import PanelApp
    from app.source import WorkspaceSource
    from core.plan.settings import PanelSettings

    source = WorkspaceSource(workspace)
    app = PanelApp(source, PanelSettings())
    async with app.run_test(size=(120, 40)) as pilot:
        for _ in range(600):
            await pilot.pause(0.1)
            if app.snapshot is not None and app.snapshot.attempt:
                break
        assert app.snapshot is not None
        print(f"attempt {app.snapshot.attempt}, writable {app.snapshot.writable}, error {app.snapshot.error!r}")
        for key in ("p", "escape", "l", "escape", "e", "escape", "g", "escape"):
            await pilot.press(key)
            await pilot.pause(0.2)
        print(f"screens {len(app.screen_stack)}")
    source.close()


def main(words: Sequence[str]) -> int:
    """Carries the words out and returns the exit code."""
    # None in the table of modules means to every importer that there is none.
    sys.modules.update(dict.fromkeys(MISSING))  # type: ignore[arg-type]
    if words[0] == "panel":
        from app.panel import prepare

        prepare()
        asyncio.run(panel(Path(words[1])))
        return 0
    from app.cli import main as cogumi

    return cogumi(list(words))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
