"""What this machine has of what the settings need: each finding says what was found, and what to do where that is not enough.

Nothing here imports torch: versions come from package metadata, GPUs from the driver, and packages are tried in a child process.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from app.trials import trials
from core.errors import CogumiError, WorkspaceError
from core.plan.settings import Settings
from core.runs.readiness import Finding, ready
from screens.figures import size

_NEEDED = (
    *("textual", "torch", "transformers", "peft", "trl", "datasets", "safetensors", "tokenizers"),
    *("psutil", "nvidia-ml-py", "math-verify"),
)


def examine(workspace: Path, settings: Settings) -> list[Finding]:
    """All findings for one workspace, in the order in which they are shown. A check that breaks is a finding itself."""
    checks: tuple[tuple[str, Callable[[], Iterator[Finding]]], ...] = (
        ("python", _python),
        ("packages", _packages),
        ("GPU packages", trials),
        ("sandbox", _sandbox),
        ("store", lambda: _store(workspace)),
        ("settings", lambda: iter(ready(workspace, settings))),
        ("terminal", _terminal),
    )
    findings: list[Finding] = []
    for name, check in checks:
        try:
            findings += check()
        except (OSError, CogumiError) as error:
            findings.append(Finding(name, "problem", f"could not be checked: {error}"))
    return findings


def _python() -> Iterator[Finding]:
    text = f"{sys.version_info.major}.{sys.version_info.minor}.{sys.version_info.micro}"
    yield Finding("python", "ok", text)


def _installed(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _packages() -> Iterator[Finding]:
    versions = {name: _installed(name) for name in _NEEDED}
    missing = [name for name, found in versions.items() if found is None]
    if missing:
        yield Finding("packages", "problem", f"missing: {', '.join(missing)}", "run `pip install cogumi-panel`")
    else:
        yield Finding("packages", "ok", ", ".join(f"{name} {found}" for name, found in versions.items()))


def _sandbox() -> Iterator[Finding]:
    from core.grading.sandbox.pool import Sandbox

    sandbox = Sandbox()
    try:
        found = sandbox.level()
    finally:
        sandbox.close()
    walls = f"{found.name}: {', '.join(found.walls)}"
    if found.why_not_better:
        yield Finding("sandbox", "warning", walls, f"generated code is held by fewer walls here: {found.why_not_better}")
    else:
        yield Finding("sandbox", "ok", walls)


def _store(workspace: Path) -> Iterator[Finding]:
    """Reads the whole store, as damage shows only where it lies."""
    from core.runs.store.connection import open_reader
    from core.runs.workspace import Workspace

    path = Workspace(workspace.absolute()).store
    if not path.exists():
        return
    try:
        store = open_reader(path)
        try:
            store.examine()
        finally:
            store.close()
    except WorkspaceError as error:
        what, _, advice = str(error).partition("; ")
        yield Finding("store", "problem", what, advice.rstrip("."))
    else:
        yield Finding("store", "ok", f"{path.name}, {size(path.stat().st_size)}, can be read from end to end")


def _terminal() -> Iterator[Finding]:
    encoding = (sys.stdout.encoding or "").lower()
    text = f"{os.environ.get('TERM', 'no TERM')}, {encoding or 'no encoding'}"
    text += ", true colour" if os.environ.get("COLORTERM") in ("truecolor", "24bit") else ", 256 colours"
    text += ", in tmux" if os.environ.get("TMUX") else ""
    if "utf" in encoding:
        yield Finding("terminal", "ok", text)
    else:
        yield Finding("terminal", "warning", text, "the panel falls back to ASCII; set LANG=C.UTF-8 for its charts")
