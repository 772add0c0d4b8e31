"""What to change after a failed gate, as plain text with command lines to be copied."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

from core.runs.overview import AttemptView


def command(view: AttemptView, flags: tuple[str, ...], target: str, workspace: Path) -> str:
    """The command line that makes a new attempt from this one with some values changed."""
    words = ["cogumi", "run", target, "--workspace", str(workspace), "--from", str(view.number)]
    for flag in flags:
        words += ["--set", flag]
    return shlex.join(words)


def suggested(workspace: Path, attempt: int | None = None) -> list[dict[str, Any]]:
    """Suggestions for an attempt, the latest when None, as plain data: title, tried ("" where no attempt has), why, changes, command (""
    where it changes nothing); none where no gate has failed."""
    from core.runs.advice import advice
    from core.runs.overview import attempts

    views = attempts(workspace)
    view = next((v for v in reversed(views) if attempt is None or v.number == attempt), None)
    if view is None or view.failed_gate is None:
        return []
    target = f"phase-{view.failed_gate.phase.lower()}"
    return [
        {
            "title": s.title,
            "tried": s.tried,
            "why": s.why,
            "changes": dict(s.changes),
            "command": command(view, s.flags, target, workspace) if s.changes else "",
        }
        for s in advice(views, view)
    ]


def lines(found: list[dict[str, Any]]) -> list[str]:
    """The same as lines of text; none for none."""
    if not found:
        return []
    told = ["", "What could be changed, in a new attempt:"]
    for suggestion in found:
        told.append(f"  {suggestion['title']}")
        told += [f"    {suggestion[part]}" for part in ("tried", "why") if suggestion[part]]
        told += [f"    {suggestion['command']}"] if suggestion["command"] else []
    return told
