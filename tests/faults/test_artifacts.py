"""Files of steps that were edited or removed by hand: noticed by their hash, in status and report and before a step uses them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from app.cli import main
from core.report.gather import gather
from core.runs.launch import start
from core.runs.snapshot import State
from core.runs.status import status
from tests.unit.report.builder import build
from tests.unit.runs.helpers import FAKE, begin, behave, ended, look, settings


@pytest.fixture
def workspace_of_files(tmp_path: Path) -> Path:
    build(tmp_path / "ws", "validate")
    return tmp_path / "ws"


def files_of(workspace: Path) -> dict[str, str]:
    return {file.path: file.now for file in gather(workspace).origin.files}


def test_nothing_is_told_of_files_that_are_as_they_were_written(workspace_of_files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert set(files_of(workspace_of_files).values()) == {"unchanged"}
    assert status(workspace_of_files)["altered"] == []
    assert main(["status", "--workspace", str(workspace_of_files)]) == 0
    assert "warning" not in capsys.readouterr().out


def test_an_edit_is_told_by_status_and_report_with_what_follows_from_it(
    workspace_of_files: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = next(path for path, kind in kinds(workspace_of_files).items() if kind == "training rows")
    adapter = next(path for path, kind in kinds(workspace_of_files).items() if kind == "adapter")
    (workspace_of_files / rows).write_text('{"mine": 1}\n')
    whole = workspace_of_files / adapter
    shutil.rmtree(whole) if whole.is_dir() else whole.unlink()
    assert {files_of(workspace_of_files)[rows], files_of(workspace_of_files)[adapter]} == {"changed", "missing"}
    told = " ".join(status(workspace_of_files)["altered"])
    assert "training takes the rows from the store, so an edit of the file has no effect" in told
    assert f"{adapter} is gone." in told
    assert main(["status", "--workspace", str(workspace_of_files)]) == 0
    assert capsys.readouterr().out.count("warning: ") == 2
    assert main(["status", "--json", "--workspace", str(workspace_of_files)]) == 0
    assert len(json.loads(capsys.readouterr().out)["altered"]) == 2


def test_a_step_says_it_before_it_uses_the_file(workspace: Path) -> None:
    behave(workspace, train={"steps": 2})
    begin(workspace, "phase-1b.1")
    ended(workspace)
    (workspace / "checkpoints" / "train.txt").write_text("other weights")
    behave(workspace, **{step: {"responses": 1} for step in ("diagnose", "validate")})
    start(workspace, "find_failures", settings(), steps_module=FAKE)
    assert ended(workspace).steps[4].state is State.DONE
    notes = [(note.level, note.text) for note in look(workspace).notes]
    assert any(level == "warning" and text.startswith("checkpoints/train.txt is not what train wrote") for level, text in notes)


def kinds(workspace: Path) -> dict[str, str]:
    return {file.path: file.kind for file in gather(workspace).origin.files}
