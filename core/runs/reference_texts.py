"""The reference responses that an attempt was judged against, for showing one beside the model's own; read once and kept."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

from core.errors import CogumiError
from core.judging.judge import judge_name
from core.judging.references import find, load_named
from core.plan.load import settings_from_json
from core.plan.settings import JudgeSettings
from core.runs.evidence import Opened
from core.runs.store import runs
from core.runs.store.connection import open_reader
from core.runs.workspace import Workspace

_CHANGED = "the file of references has changed since: these verdicts were given against other texts"


class ReferenceTexts:
    """Knows the references of one attempt at a time. May be asked from any thread."""

    def __init__(self, workspace: Path) -> None:
        self._workspace = workspace
        self._lock = threading.Lock()
        self._asked: tuple[str, str] | None = None
        self._texts: dict[str, str] = {}
        self._mark = ""
        self._trouble = ""

    def beside(self, opened: Opened, attempt: int | None) -> Opened:
        """``opened`` with the reference response to its problem, and a word on what is odd about it; None is the latest attempt."""
        settings = self._settings(attempt)
        if settings is None or not settings.reference.strip():
            return opened
        with self._lock:
            self._load(settings)
            text = find(self._texts, opened.problem)
        judges = {one.verdict.judge for one in opened.responses if one.verdict is not None}
        changed = bool(judges) and self._mark and not any(judge.endswith(self._mark) for judge in judges)
        return replace(opened, reference=text, reference_note=self._trouble or (_CHANGED if changed else ""))

    def _settings(self, attempt: int | None) -> JudgeSettings | None:
        store = open_reader(Workspace(self._workspace).store)
        try:
            with store.read() as db:
                run = runs.latest_run(db) if attempt is None else runs.run(db, attempt)
        finally:
            store.close()
        return settings_from_json(run.settings).judge if run is not None else None

    def _load(self, settings: JudgeSettings) -> None:
        """Reads the references again only when another file is meant, or the file changed."""
        asked = (settings.reference, self._stamp(settings.reference))
        if asked == self._asked:
            return
        self._texts, self._mark, self._trouble = {}, "", ""
        try:
            self._texts = load_named(settings.reference, self._workspace)
            self._mark = judge_name(settings, self._texts).rpartition(" ")[2]
        except CogumiError as error:
            self._trouble = f"the reference cannot be shown: {error}"
        self._asked = asked

    def _stamp(self, reference: str) -> str:
        try:
            found = (self._workspace / Path(reference.strip()).expanduser()).stat()
        except OSError:
            return ""
        return f"{found.st_size} {found.st_mtime_ns}"
