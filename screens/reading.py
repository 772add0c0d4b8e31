"""What the reading screens (report, settings, doctor) ask of the workspace: part of ``ports.Source``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol

if TYPE_CHECKING:
    from core.report.document import Document

ExportKind = Literal["html", "md", "training", "responses", "metrics"]


class Reported(NamedTuple):
    """A report of one attempt, the numbers of all attempts, and the store's sequence number when it was made."""

    document: Document
    attempt: int
    attempts: tuple[int, ...]


class Finding(NamedTuple):
    """One finding of the doctor. ``advice`` says what to do; it is empty where nothing needs doing."""

    name: str
    level: Literal["ok", "warning", "problem"]
    text: str
    advice: str = ""


class SettingRow(NamedTuple):
    """One setting as text. ``value`` is what a step started now would use and ``origin`` where that comes from; ``usual`` is the
    profile's value, ``default`` the plan's, ``used`` what the attempt was run with, None where there is no attempt."""

    key: str
    value: str
    origin: str
    doc: str
    wanted: str
    default: str
    usual: str
    used: str | None = None

    @property
    def changed(self) -> bool:
        """Whether somebody chose another value than the profile's."""
        return self.value != self.usual

    @property
    def moved(self) -> bool:
        """Whether the attempt was run with another value than a step started now would use."""
        return self.used is not None and self.used != self.value


class SettingsPicture(NamedTuple):
    """All settings in the order of the file. ``file`` is where they are read from, "" when there is no file; ``trouble`` says why the file
    cannot be used, and the rows are then what the attempt was run with."""

    rows: tuple[SettingRow, ...]
    profile: str
    file: str
    attempt: int = 0
    trouble: str = ""


class Readable(Protocol):
    """Every method may take time and is called from a thread; errors are CogumiErrors."""

    def report(self, attempt: int | None) -> Reported:
        """The report of an attempt, of the latest for None."""

    def export_path(self, kind: ExportKind, attempt: int) -> Path:
        """Where an export goes unless another place is named; nothing is there yet."""

    def export(self, kind: ExportKind, attempt: int, path: Path) -> str:
        """Writes an export, whole or not at all, and returns a sentence that names the file."""

    def examine(self) -> list[Finding]:
        """What the doctor finds."""

    def settings(self, attempt: int | None) -> SettingsPicture:
        """Every setting with its source, beside those of an attempt, of the latest for None."""

    def abandon(self) -> None:
        """Ends what is still being asked for: the panel closes."""
