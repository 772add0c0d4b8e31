"""The user's command is told of every event that a person away from the screen wants to know: ends, failures, silence, gates."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.runs.helpers import begin, behave, settings, until

_SCRIPT = "import os; print(*[os.environ['COGUMI_' + n] for n in ('EVENT', 'STEP', 'STATE')], file=open('told', 'a'))"
_TELL = f'python3 -c "{_SCRIPT}"'


def told(workspace: Path) -> list[str]:
    """What the command was told so far; commands run beside each other, so their order says nothing."""
    file = workspace / "told"
    return sorted(file.read_text().splitlines()) if file.exists() else []


@pytest.mark.slow
def test_the_end_of_every_step_and_the_gates_verdict_are_told(workspace: Path) -> None:
    begin(workspace, chosen=settings(run={"on_event": _TELL}))
    until(lambda: len(told(workspace)) == 5, "five events")
    assert [line for line in told(workspace) if line.startswith("done")] == [
        f"done {step} done" for step in ("diagnose", "distill", "train", "validate")
    ]
    (gate,) = [line for line in told(workspace) if line.startswith("gate")]
    assert gate.split()[1] == "gate-1b.1" and gate.split()[2] in ("passed", "failed")


@pytest.mark.slow
def test_a_step_that_fell_silent_is_told_of_once_while_it_still_lives(workspace: Path) -> None:
    behave(workspace, diagnose={"wait": "go"})
    begin(workspace, "diagnose", settings(run={"on_event": _TELL, "stall_seconds": 5.0}))
    until(lambda: told(workspace) == ["stalled diagnose stalled"], "the silence")
    (workspace / "go").touch()
    until(lambda: told(workspace) == ["done diagnose done", "stalled diagnose stalled"], "the end")
