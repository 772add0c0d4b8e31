"""What the reading screens are told about a real workspace: reports, exports, settings with their sources, and the doctor's findings."""

from __future__ import annotations

import json
import os
from pathlib import Path
from threading import Thread

import pytest

from app.asking import Asking
from app.source import WorkspaceSource
from core.errors import CogumiError, SettingsError, UsageError
from tests.unit.report.builder import build


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One attempt with settings of its own, and a file that has changed since."""
    folder = tmp_path_factory.mktemp("reading") / "ws"
    build(folder, "validate", changed={"train": {"learning_rate": 1e-3}})
    (folder / "cogumi.toml").write_text('profile = "practice"\n[train]\nlearning_rate = 4e-3\n[judge]\nurl = ""\n')
    return folder


@pytest.fixture
def source(workspace: Path) -> WorkspaceSource:
    return WorkspaceSource(workspace)


def test_any_attempt_is_reported_and_one_that_is_not_there_is_named(source: WorkspaceSource, tmp_path: Path) -> None:
    latest = source.report(None)
    assert (latest.attempt, latest.attempts) == (1, (1,))
    assert latest.document.sections[0].id == "summary"
    with pytest.raises(UsageError, match="no attempt 7"):
        source.report(7)
    with pytest.raises(CogumiError):
        WorkspaceSource(tmp_path / "none").report(None)


def test_settings_know_where_each_value_comes_from(source: WorkspaceSource) -> None:
    picture = source.settings(None)
    rows = {row.key: row for row in picture.rows}
    rate = rows["train.learning_rate"]
    assert (rate.value, rate.origin, rate.usual, rate.default, rate.used) == ("0.004", "file", "0.002", "5e-06", "0.001")
    assert rate.changed and rate.moved and rate.wanted == "a number, at least 0" and "learning rate" in rate.doc
    assert (rows["train.r"].origin, rows["train.r"].changed) == ("default", False)
    assert (rows["model.base"].origin, rows["model.base"].default) == ("profile", "unsloth/meta-llama-3.1-8b-instruct-bnb-4bit")
    assert (rows["judge.url"].origin, rows["judge.url"].changed) == ("file", False)
    assert {"panel.theme", "panel.keymap", "profile"} <= rows.keys()
    assert picture.file.endswith("cogumi.toml") and picture.attempt == 1 and not picture.trouble
    assert all(row.doc for row in picture.rows)


def test_a_broken_file_shows_the_attempts_settings_with_the_reason(workspace: Path, tmp_path: Path) -> None:
    import shutil

    copy = tmp_path / "copy"
    shutil.copytree(workspace, copy)
    (copy / "cogumi.toml").write_text("profile = ")
    picture = WorkspaceSource(copy).settings(None)
    assert "not valid TOML" in picture.trouble
    assert next(row for row in picture.rows if row.key == "train.learning_rate").value == "0.001"
    (tmp_path / "fresh").mkdir()
    (tmp_path / "fresh" / "cogumi.toml").write_text("profile = ")
    with pytest.raises(SettingsError):
        WorkspaceSource(tmp_path / "fresh").settings(None)


def test_a_workspace_without_an_attempt_has_settings_all_the_same(tmp_path: Path) -> None:
    picture = WorkspaceSource(tmp_path / "none").settings(None)
    assert picture.attempt == 0 and all(row.used is None for row in picture.rows)


@pytest.mark.slow
def test_exports_are_written_once_and_nothing_is_replaced(
    source: WorkspaceSource, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for kind, begins in (("html", b"<!doctype html>"), ("md", b"# Phase 1B"), ("training", b'{"'), ("responses", b"PAR1")):
        path = source.export_path(kind, 1)  # type: ignore[arg-type]
        assert path.parent == tmp_path and not path.exists()
        assert str(path) in source.export(kind, 1, path)  # type: ignore[arg-type]
        assert path.read_bytes().startswith(begins)
        assert source.export_path(kind, 1).stem.endswith("-2")  # type: ignore[arg-type]
    metrics = source.export_path("metrics", 1)
    source.export("metrics", 1, metrics)
    assert any(".tfevents." in file.name for file in metrics.rglob("*"))
    with pytest.raises(UsageError, match="exists already"):
        source.export("md", 1, tmp_path / "report-attempt-1.md")
    with pytest.raises(CogumiError, match="cannot be written"):
        source.export("md", 1, tmp_path / "report-attempt-1.md" / "below.md")


@pytest.mark.slow
def test_the_doctor_looks_in_a_process_of_its_own(source: WorkspaceSource) -> None:
    findings = source.examine()
    assert {"python", "packages", "disk"} <= {finding.name for finding in findings}
    assert all(finding.level in ("ok", "warning", "problem") for finding in findings)


@pytest.mark.slow
def test_a_command_that_fails_says_its_own_sentence_and_nothing_else(tmp_path: Path) -> None:
    asking = Asking()
    with pytest.raises(CogumiError, match=r"^There is nothing to export"):
        asking.run("export", "metrics", "--workspace", str(tmp_path / "none"))
    assert json.loads(asking.run("doctor", "--json", "--workspace", str(tmp_path), fine=(0, 2)))["findings"]


@pytest.mark.slow
def test_closing_the_panel_ends_what_is_still_being_asked(tmp_path: Path) -> None:
    """The question waits on a pipe that nobody writes to, until it is given up."""
    asking = Asking()
    os.mkfifo(tmp_path / "waits.jsonl")
    told: list[str] = []

    def ask() -> None:
        try:
            asking.run("measure", str(tmp_path / "waits.jsonl"))
        except CogumiError as error:
            told.append(str(error))

    thread = Thread(target=ask)
    thread.start()
    while not asking._running:
        thread.join(0.01)
    asking.abandon()
    thread.join(60)
    assert not thread.is_alive() and len(told) == 1
    with pytest.raises(CogumiError, match="closing"):
        asking.run("doctor")
