"""``cogumi baseline``: Phase 1A's own files as figures with n and interval."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from app.cli import main


def written(folder: Path) -> Path:
    winners = ["A"] * 2 + ["B"] * 3 + ["TIE"] * 5
    results = [
        {"prompt": f"p{i}", "local_response": "ours", "gpt4_response": "[ERROR]" if i == 9 else "theirs", "judgment": {"winner": winner}}
        for i, winner in enumerate(winners)
    ]
    document = {"category": "math", "results": results, "wins": 2, "losses": 3, "ties": 5}
    path = folder / "math_intermediate.json"
    path.write_text(json.dumps(document))
    return path


def test_the_stored_totals_become_figures_with_n_and_interval(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["baseline", str(written(tmp_path)), "--json"]) == 0
    math = json.loads(capsys.readouterr().out)["MATH"]
    assert (math["wins"], math["losses"], math["ties"], math["errors"]) == (2, 3, 5, 1)
    assert math["tie_rate"]["value"] == 0.5
    assert math["score"]["value"] == 0.45
    assert math["score"]["n"] == 10
    assert math["score"]["low"] < 0.45 < math["score"]["high"]


def test_a_folder_is_read_and_a_failed_call_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    written(tmp_path)
    assert main(["baseline", str(tmp_path)]) == 0
    said = capsys.readouterr().out
    assert "ties 50.0 %" in said
    assert "1 of them judged although an API call had failed" in said


def test_what_is_no_phase_1a_file_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["baseline", str(tmp_path / "none.json")]) == 2
    assert "does not exist" in capsys.readouterr().err


def test_totals_of_any_size_become_figures_at_once_and_those_that_no_benchmark_has_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "math_intermediate.json"
    path.write_text(json.dumps({"category": "math", "wins": 3 * 10**11, "losses": 10**11, "ties": 0}))
    assert main(["baseline", str(path), "--json"]) == 0
    math = json.loads(capsys.readouterr().out)["MATH"]
    assert (math["score"]["value"], math["score"]["n"]) == (0.75, 4 * 10**11)
    path.write_text(json.dumps({"category": "math", "wins": 10**23, "losses": 1, "ties": 0}))
    assert main(["baseline", str(path)]) == 2
    assert 'count in "wins"' in capsys.readouterr().err
