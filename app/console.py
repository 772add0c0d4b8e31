"""The one Rich console of the commands: standard output, on which a reader that leaves early is no error."""

from __future__ import annotations

import rich.console


class Console(rich.console.Console):
    """Rich's, but that a broken pipe is left to ``app.cli.main``, where every command ends in the same way."""

    def __init__(self, width: int | None = None) -> None:
        super().__init__(highlight=False, width=width)

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError
