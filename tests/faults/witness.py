"""The real steps with a witness beside the book: after each commit of responses it writes down which were made.

Named as ``steps_module`` of a run. A response that a later try made again although it was kept would be written down twice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from core.records import Response
from core.steps import registry
from core.steps.context import Context

MODULE = "tests.faults.witness"
_FILE = "made.txt"


class Witness:
    """A book that writes down which responses were made."""

    def __init__(self, book: Any, file: Path) -> None:
        self._book = book
        self._file = file

    def __getattr__(self, name: str) -> Any:
        return getattr(self._book, name)

    def add_responses(self, responses: Sequence[Response], role: str) -> None:
        """Keeps the responses first: a kill in between leaves one that is kept and not written down, never one made twice unseen."""
        self._book.add_responses(responses, role)
        with self._file.open("a") as file:
            file.write("".join(f"{response.key}\n" for response in responses))


def function(step: str) -> Callable[[Context], str]:
    """The step's own function, watched."""
    carry_out = registry.function(step)
    return lambda context: carry_out(replace(context, book=Witness(context.book, context.workspace / _FILE)))


def made_twice(workspace: Path) -> list[str]:
    """Keys of responses that were made more than once although they were kept."""
    file = workspace / _FILE
    return [key for key, count in Counter(file.read_text().split()).items() if count > 1] if file.exists() else []
