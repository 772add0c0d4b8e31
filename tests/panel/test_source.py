"""The real workspace behind the panel: looking changes nothing, and what is asked reaches the launcher or is refused in a sentence."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from app.source import WorkspaceSource
from core.errors import SettingsError, WorkspaceError
from core.runs.snapshot import State


@pytest.fixture
def source(tmp_path: Path) -> Iterator[WorkspaceSource]:
    found = WorkspaceSource(tmp_path / "work")
    yield found
    found.close()


def test_looking_at_a_workspace_that_does_not_exist_creates_nothing(source: WorkspaceSource) -> None:
    snapshot = source.poll(50)
    assert (snapshot.state, snapshot.attempt, snapshot.error, snapshot.writable) == (State.IDLE, 0, "", True)
    assert [step.state for step in snapshot.steps[:4]] == [State.WAITING] * 4
    assert source.problems().rows == [] and source.logs() == []
    assert not source.workspace.exists()


def test_a_launch_plan_is_made_from_the_settings_as_they_are_now(source: WorkspaceSource) -> None:
    assert source.launch_plan("phase-1b.1").refusal == ""
    assert "locked" in source.launch_plan("phase-1b.2").refusal
    source.workspace.mkdir()
    (source.workspace / "cogumi.toml").write_text("[train]\nlearning_rat = 1\n")
    with pytest.raises(SettingsError, match="learning_rate"):
        source.launch_plan("train")


def test_a_read_only_panel_refuses_to_start_stop_and_override(tmp_path: Path) -> None:
    source = WorkspaceSource(tmp_path, read_only=True)
    assert not source.poll(50).writable and not source.writable
    for wish in (lambda: source.start("train"), source.stop, lambda: source.override(1, "gate-1b.1", "because")):
        with pytest.raises(WorkspaceError, match="read-only"):
            wish()
    source.close()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("flag", "why"), [(os.ST_RDONLY, "the file system of {} is read-only"), (0, "you have no right to write {}")])
def test_a_panel_that_cannot_write_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, flag: int, why: str) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)
    monkeypatch.setattr(os, "statvfs", lambda _: SimpleNamespace(f_flag=flag, f_bavail=1 << 30, f_frsize=4096))
    source = WorkspaceSource(tmp_path)
    assert not source.poll(50).writable and source.read_only == why.format(tmp_path)
    with pytest.raises(WorkspaceError, match="starts and stops nothing"):
        source.stop()
    monkeypatch.undo()
    assert source.poll(50).writable and source.read_only == ""
    source.close()


def test_the_machine_is_read_while_no_supervisor_does_it(source: WorkspaceSource) -> None:
    source.workspace.mkdir()
    source.poll(50)
    sampler = source._readings._sampler
    assert sampler is not None
    for _ in range(200):
        if sampler.latest is not None:
            break
        sampler._ending.wait(0.05)
    reading = source.poll(50).telemetry
    assert reading is not None and reading.host.cores >= 1
    source.close()
    assert source._readings._sampler is None
