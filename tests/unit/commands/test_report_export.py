"""``cogumi report`` and ``cogumi export``: what they write, what they refuse, and that the workspace stays as it is."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from app.cli import main
from app.report_rich import show
from core.files import file_hash
from core.report import export
from core.report.gather import gather
from core.report.sections import document
from core.runs.store.connection import open_writer
from tests.unit.report.builder import build


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("report") / "ws"
    build(folder, "validate", texts=("\x1b[31mred <script>", "plain"))
    return folder


def cogumi(*words: object) -> int:
    return main([str(word) for word in words])


def test_without_a_file_the_report_is_printed(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cogumi("report", "--workspace", workspace) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("# Phase 1B report")
    assert "\x1b" not in printed


def test_html_and_markdown_are_written_private_to_the_user(workspace: Path, tmp_path: Path) -> None:
    assert cogumi("report", "--workspace", workspace, "--html", tmp_path / "r.html", "--md", tmp_path / "r.md") == 0
    assert (tmp_path / "r.html").read_text().startswith("<!doctype html>")
    assert (tmp_path / "r.md").read_text().startswith("# Phase 1B report")
    assert {p.stat().st_mode & 0o777 for p in tmp_path.iterdir()} == {0o600}


def test_a_dash_is_standard_output(
    workspace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert cogumi("report", "--workspace", workspace, "--md", "-", "--html", "r.html") == 0
    out, err = capsys.readouterr()
    assert out.startswith("# Phase 1B report") and "wrote r.html" not in out and err == "wrote r.html\n"
    assert cogumi("report", "--workspace", workspace, "--html", "-") == 0
    assert capsys.readouterr().out.startswith("<!doctype html>")
    assert cogumi("report", "--workspace", workspace, "--html", "-", "--md", "-") == 2
    assert [path.name for path in tmp_path.iterdir()] == ["r.html"]


def test_a_folder_that_is_not_there_is_not_made(workspace: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for words in (["report", "--html"], ["report", "--md"], ["export", "training", "-o"], ["export", "metrics", "-o"]):
        assert cogumi(*words, tmp_path / "none" / "x", "--workspace", workspace) == 2
        assert capsys.readouterr().err.startswith(f"cogumi: There is no folder {tmp_path / 'none'};")
    assert not (tmp_path / "none").exists()


def test_a_file_that_exists_is_replaced_only_when_asked(
    workspace: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "r.html"
    page.write_text("mine")
    assert cogumi("report", "--workspace", workspace, "--html", page) == 2
    assert page.read_text() == "mine"
    assert "--force" in capsys.readouterr().err
    assert cogumi("report", "--workspace", workspace, "--html", page, "--force") == 0
    assert page.read_text() != "mine"


def test_nothing_at_all_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for words in (["report"], ["export", "metrics"]):
        assert cogumi(*words, "--workspace", tmp_path / "none") == 2
        out, err = capsys.readouterr()
        assert out == "" and err.startswith("cogumi: There is nothing to") and err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_cannot_be_written_is_one_sentence(workspace: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("")
    assert cogumi("report", "--workspace", workspace, "--md", tmp_path / "file" / "r.md") == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_reports_and_exports_leave_the_workspace_as_it_is(workspace: Path, tmp_path: Path) -> None:
    def state() -> dict[str, str]:
        # SQLite's own log and index, which any reader opens, are no part of the work.
        return {str(p): file_hash(p) for p in workspace.rglob("*") if p.is_file() and not p.name.startswith("cogumi.db-")}

    store = open_writer(workspace / "cogumi.db")
    store.tidy()
    store.close()
    before = state()
    assert cogumi("report", "--workspace", workspace, "--html", tmp_path / "r.html") == 0
    assert cogumi("export", "metrics", "--workspace", workspace, "-o", tmp_path / "tb") == 0
    assert state() == before


def test_a_terminal_gets_tables_that_fit_it_and_no_escapes_of_the_model(workspace: Path) -> None:
    from io import StringIO

    from rich.console import Console

    out = StringIO()
    show(document(gather(workspace)), Console(file=out, width=100, highlight=False))
    lines = out.getvalue().splitlines()
    assert "\x1b[31mred" not in out.getvalue()
    assert any("<script>" in line for line in lines)
    assert max(len(line) for line in lines if not line.startswith("cogumi run")) <= 100


def test_training_rows_are_chat_messages(workspace: Path, tmp_path: Path) -> None:
    assert cogumi("export", "training", "--workspace", workspace, "-o", tmp_path / "t.jsonl") == 0
    rows = [json.loads(line) for line in (tmp_path / "t.jsonl").read_text().splitlines()]
    assert len(rows) == 12
    assert [m["role"] for m in rows[0]["messages"]] == ["user", "assistant"]
    assert all(row["verified"] and row["phase"] == "1B.1" for row in rows)


def test_training_rows_of_a_phase_that_has_none_are_one_sentence(
    workspace: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cogumi("export", "training", "--phase", "1B.2", "--workspace", workspace, "-o", tmp_path / "t.jsonl") == 2
    assert "no training rows yet" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_responses_are_a_parquet_file_with_every_column(workspace: Path, tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    assert cogumi("export", "responses", "--workspace", workspace, "-o", tmp_path / "r.parquet") == 0
    rows = parquet.read_table(tmp_path / "r.parquet").to_pylist()
    assert len(rows) == 26 * 11 * 2 + 15
    assert {row["role"] for row in rows} == {"before", "after", "distill"}
    assert {row["category"] for row in rows} == {"MATH", "CODE", "REASONING"}
    assert {row["temperature"] for row in rows} == {0.0, 0.7}
    assert all(isinstance(row["correct"], bool) and row["tokens"] > 0 and row["model"] for row in rows)


def test_one_run_is_called_one_run(
    workspace: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    only = [next(curve for curve in export.curves(workspace, None) if curve.name == "attempt-1-train")]
    monkeypatch.setattr(export, "curves", lambda *_: only)
    assert cogumi("export", "metrics", "--workspace", workspace, "-o", tmp_path / "tb") == 0
    assert f"{len(only[0].scalars):,} scalars in 1 run;" in capsys.readouterr().out


def test_metrics_are_a_folder_of_event_files(workspace: Path, tmp_path: Path) -> None:
    from tests.unit.report.test_tensorboard import read_back

    assert cogumi("export", "metrics", "--workspace", workspace, "-o", tmp_path / "tb") == 0
    (file,) = (tmp_path / "tb" / "attempt-1-train").iterdir()
    losses = [(step, value) for tag, step, _, value in read_back(file.read_bytes()) if tag == "train/loss"]
    assert [step for step, _ in losses] == list(range(1, 61))
    assert sorted(p.name for p in (tmp_path / "tb").iterdir()) == ["attempt-1-1B.1-after", "attempt-1-1B.1-before", "attempt-1-train"]


def test_an_export_folder_is_replaced_but_never_a_folder_of_the_users(
    workspace: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cogumi("export", "metrics", "--workspace", workspace, "-o", tmp_path / "tb") == 0
    assert cogumi("export", "metrics", "--workspace", workspace, "-o", tmp_path / "tb") == 2
    assert cogumi("export", "metrics", "--workspace", workspace, "-o", tmp_path / "tb", "--force") == 0
    (tmp_path / "tb" / "notes.txt").write_text("mine")
    assert cogumi("export", "metrics", "--workspace", workspace, "-o", tmp_path / "tb", "--force") == 2
    assert (tmp_path / "tb" / "notes.txt").read_text() == "mine"
    assert "other files" in capsys.readouterr().err


@pytest.mark.parametrize("kind", ["trackio", "wandb"])
def test_a_tracker_that_is_not_installed_is_one_sentence(
    workspace: Path, tmp_path: Path, kind: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, kind, None)
    assert cogumi("export", kind, "--workspace", workspace, "-o", tmp_path / kind) == 2
    assert f"pip install {kind}" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_phase_is_for_training_rows_only(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cogumi("export", "metrics", "--phase", "1B.1", "--workspace", workspace) == 2
    assert "--phase" in capsys.readouterr().err


@pytest.mark.slow
def test_exported_training_rows_are_what_datasets_and_trl_read_as_conversations(workspace: Path, tmp_path: Path) -> None:
    from datasets import load_dataset
    from trl.data_utils import is_conversational

    path = tmp_path / "training.jsonl"
    assert cogumi("export", "training", "--workspace", workspace, "-o", path) == 0
    rows = load_dataset("json", data_files=str(path), split="train", cache_dir=str(tmp_path / "cache"))
    assert len(rows) == len(path.read_text().splitlines()) == 12
    assert is_conversational(rows[0])
    assert [message["role"] for message in rows[0]["messages"]] == ["user", "assistant"]


@pytest.mark.slow
def test_the_plans_own_training_files_are_read_as_conversations_too(tmp_path: Path) -> None:
    from datasets import load_dataset
    from trl.data_utils import is_conversational

    from core.jsonl import write_rows
    from core.records import Category, TrainingRow
    from core.steps.distill import line

    rows = [TrainingRow(f"p/{n}", Category.MATH, f"How much is {n}?", f"#### {n}", f"key{n}", True, 0.0) for n in range(3)]
    write_rows(tmp_path / "math_distilled.jsonl", [line(row) for row in rows])
    read = load_dataset("json", data_files=str(tmp_path / "math_distilled.jsonl"), split="train", cache_dir=str(tmp_path / "cache"))
    assert len(read) == 3
    assert is_conversational(read[2])
