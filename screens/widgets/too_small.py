"""What stands in place of a broken picture where the window is too small for any screen."""

from __future__ import annotations

from screens.arrange import SMALLEST
from screens.ink import Line, centred
from screens.widgets.pane import Painted


class TooSmall(Painted):
    """Shown alone: a screen with the class ``-tiny`` hides everything else."""

    DEFAULT_CSS = "TooSmall { width: 1fr; height: 1fr; display: none; }"

    def lines(self, width: int, height: int) -> list[Line]:
        app = self.app.size
        wanted = " x ".join(map(str, SMALLEST))
        message: list[Line] = [
            [("This window is too small.", "strong")],
            [(f"The panel needs {wanted}, this is {app.width} x {app.height}.", "text")],
            [("Work in the background goes on.", "dim")],
        ]
        return centred(message, width, height)
