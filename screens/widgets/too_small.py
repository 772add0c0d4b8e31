"""What stands in place of a broken picture where the window is too small for any screen."""

from __future__ import annotations

from screens.arrange import SMALLEST
from screens.ink import Line, centred, wrapped
from screens.widgets.pane import Painted


class TooSmall(Painted):
    """Shown alone: a screen with the class ``-tiny`` hides everything else."""

    DEFAULT_CSS = "TooSmall { width: 1fr; height: 1fr; display: none; }"

    def lines(self, width: int, height: int) -> list[Line]:
        app = self.app.size
        wanted = " x ".join(map(str, SMALLEST))
        needs, has = f"The panel needs {wanted},", f"this is {app.width} x {app.height}."
        sizes = [f"{needs} {has}"] if len(needs) + len(has) < width else [needs, has]
        message = (("This window is too small.", "strong"), *((size, "text") for size in sizes), ("Work in the background goes on.", "dim"))
        lines: list[Line] = [[(line, role)] for text, role in message for line in wrapped(text, width)]
        return centred(lines, width, height)
