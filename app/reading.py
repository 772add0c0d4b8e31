"""What the reading screens ask of a workspace: the report and its exports, the doctor's findings, the settings with their sources."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.asking import Asking
from core.errors import SettingsError, UsageError
from screens.reading import ExportKind, Finding, Reported, SettingRow, SettingsPicture

if TYPE_CHECKING:
    from core.plan.settings import Settings

_NAMES: dict[ExportKind, str] = {
    "html": "report-attempt-{}.html",
    "md": "report-attempt-{}.md",
    "training": "training-attempt-{}.jsonl",
    "responses": "responses-attempt-{}.parquet",
    "metrics": "tensorboard-attempt-{}",
}
_DOCTOR_CODES = (0, 2)


class Reading:
    """``screens.reading.Readable`` over one workspace. What is heavy to load is asked of a process of its own."""

    workspace: Path

    def __init__(self) -> None:
        self._asking = Asking()

    def report(self, attempt: int | None) -> Reported:
        from core.report.gather import gather
        from core.report.sections import document

        found = gather(self.workspace, attempt)
        return Reported(document(found), found.attempt, tuple(other.number for other in found.others) or (found.attempt,))

    def export_path(self, kind: ExportKind, attempt: int) -> Path:
        wanted = Path.cwd() / _NAMES[kind].format(attempt)
        return next(path for path in _numbered(wanted) if not path.exists())

    def export(self, kind: ExportKind, attempt: int, path: Path) -> str:
        target = path.expanduser().absolute()
        if target.exists():
            raise UsageError(f"{target} exists already; choose another name, nothing is replaced.")
        words = ["report", f"--{kind}", str(target)] if kind in ("html", "md") else ["export", kind, "-o", str(target)]
        said = self._asking.run(*words, "--workspace", str(self.workspace), "--attempt", str(attempt))
        return said.strip().splitlines()[-1]

    def examine(self) -> list[Finding]:
        said = self._asking.run("doctor", "--json", "--workspace", str(self.workspace), fine=_DOCTOR_CODES)
        return [Finding(f["name"], f["level"], f["text"], f["advice"]) for f in json.loads(said)["findings"]]

    def settings(self, attempt: int | None) -> SettingsPicture:
        from core.plan.load import load_settings

        number, used = self._used(attempt)
        try:
            loaded = load_settings(self.workspace)
        except SettingsError as error:
            if used is None:
                raise
            rows = tuple(_rows(used, dict.fromkeys(_flat(used), "attempt"), None))
            return SettingsPicture(rows, used.profile, "", number, str(error))
        rows = tuple(_rows(loaded.settings, loaded.origins, used))
        return SettingsPicture(rows, loaded.settings.profile, str(loaded.path or ""), number)

    def _used(self, attempt: int | None) -> tuple[int, Settings | None]:
        """The attempt's number and the settings it was run with; 0 and None where there is no attempt."""
        from core.plan.load import settings_from_json
        from core.report.read import chosen_run, reading
        from core.runs.workspace import Workspace

        if not Workspace(self.workspace).store.exists():
            return 0, None
        try:
            with reading(self.workspace) as db:
                run = chosen_run(db, self.workspace, attempt)
        except UsageError:
            return 0, None
        return run.number, settings_from_json(run.settings)

    def abandon(self) -> None:
        self._asking.abandon()


def _numbered(path: Path) -> Iterator[Path]:
    """The path, then ``name-2``, ``name-3`` ..."""
    yield path
    number = 1
    while True:
        number += 1
        yield path.with_name(f"{path.stem}-{number}{path.suffix}")


def _flat(settings: Settings) -> dict[str, Any]:
    from core.plan.load import flat

    return flat(settings)


def _rows(settings: Settings, origins: dict[str, Any], used: Settings | None) -> Iterator[SettingRow]:
    from core.plan.fields import by_key, shown
    from core.plan.load import load_profile
    from core.plan.settings import PanelSettings, Settings

    fields = by_key()
    usual, default = _flat(load_profile(settings.profile)), _flat(load_profile(Settings().profile))
    before = _flat(used) if used is not None else {}
    of_panel = {f"panel.{name}": item.metadata["doc"] for name, item in PanelSettings.__dataclass_fields__.items()}
    for key, value in _flat(settings).items():
        field = fields.get(key)
        doc = field.doc if field else of_panel.get(key, "which values hold where neither file nor flag names one")
        yield SettingRow(
            key, shown(value), str(origins.get(key, "default")), doc, field.wanted if field else "",
            shown(default.get(key)), shown(usual.get(key)), shown(before[key]) if key in before else None,
        )  # fmt: skip
