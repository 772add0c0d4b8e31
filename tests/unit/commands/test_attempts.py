"""``cogumi attempts``, suggestions in ``cogumi status``, and a new attempt from an old one on the command line."""

from __future__ import annotations

import contextlib
import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len

import core.runs.launch
from app.cli import main
from app.commands.attempts import fitting
from app.suggestions_text import lines, suggested
from core.files import file_hash
from core.report.gather import gather
from core.report.sections import document
from core.report.versus import versus
from core.report.words import duration
from core.runs.launch import Started
from core.runs.overview import attempts
from core.runs.store.connection import open_writer
from core.runs.watch import Watcher
from tests.unit.report.builder import build, build_two


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_two(tmp_path_factory.mktemp("attempts") / "ws")


def test_status_names_the_attempt_and_shows_an_earlier_one(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = {}
    for number in (1, 2):
        assert cogumi("status", "--attempt", number, "--workspace", workspace) == 0
        told[number] = capsys.readouterr().out
        assert f"  attempt {number}  " in " ".join(told[number].splitlines()[:2])
    assert cogumi("status", "--workspace", workspace) == 0
    assert capsys.readouterr().out == told[2] != told[1]
    assert "What could be changed" in told[2] and "What could be changed" not in told[1]
    assert cogumi("status", "--json", "--attempt", 1, "--workspace", workspace) == 0
    assert json.loads(capsys.readouterr().out)["attempt"] == 1
    assert cogumi("status", "--attempt", 9, "--workspace", workspace) == 2
    assert "has no attempt 9; `cogumi attempts` shows those there are." in capsys.readouterr().err


def cogumi(*words: object) -> int:
    return main([str(word) for word in words])


def test_attempts_stand_in_a_table_with_what_could_be_changed(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = file_hash(workspace / "cogumi.db")
    assert cogumi("attempts", "--workspace", workspace) == 0
    printed = capsys.readouterr().out
    assert "train.num_train_epochs 2 → 1" in printed and "gate 1B.1 failed" in printed
    assert f"cogumi run phase-1b.1 --workspace {workspace} --from 2 --set train.num_train_epochs=3" in printed
    assert file_hash(workspace / "cogumi.db") == before


def test_as_json_it_has_the_figures_of_every_attempt(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cogumi("attempts", "--workspace", workspace, "--json") == 0
    first, second = json.loads(capsys.readouterr().out)
    assert (second["attempt"], second["parent"]) == (2, 1)
    assert second["changes"] == {"train.num_train_epochs": {"before": 2.0, "after": 1.0}}
    assert second["gates"][0]["verdict"] == "failed" and second["gates"][0]["criteria"][0]["value"]["n"] == 18
    assert set(first["after"]) == {"ALL", "MATH", "CODE", "REASONING"}
    assert first["steps"]["train"]["state"] == "done"


def test_two_attempts_are_compared_with_the_same_figures_as_in_the_panel(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cogumi("attempts", 1, 2, "--workspace", workspace, "--json") == 0
    told = json.loads(capsys.readouterr().out)
    found = versus(workspace, 1, 2)
    assert told["problems"] == found.problems == 26
    for part in found.categories:
        name = "ALL" if part.category is None else str(part.category)
        assert told["categories"][name]["mcnemar_p"] == part.mcnemar
        for figure in part.figures:
            assert told["categories"][name]["figures"][figure.metric]["difference"]["low"] == figure.difference.low
    assert cogumi("attempts", 1, 2, "--workspace", workspace) == 0
    printed = capsys.readouterr().out
    assert "attempt 2 against attempt 1: 26 problems" in printed and "became right" in printed


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three attempts that took hours, the second with several changes, the third through both gates, one of them overridden."""
    folder = tmp_path_factory.mktemp("three") / "ws"
    build(folder, strength=0.95)
    changed: dict[str, dict[str, object]] = {"train": {"num_train_epochs": 1.0, "learning_rate": 3e-5}, "measure": {"temperature": 0.9}}
    build(folder, strength=0.2, parent=1, adapter="-two", changed=changed, reason="changed")
    build(folder, "benchmark", strength=0.97, parent=2, adapter="-three", reason="back", override="because")
    with contextlib.closing(open_writer(folder / "cogumi.db")) as store, store.write() as db:
        db.execute("UPDATE tries SET seconds = seconds * 40")
    return folder


def printed_at(width: int, capsys: pytest.CaptureFixture[str], *words: object) -> list[str]:
    """What ``cogumi attempts`` prints in a terminal of this width, without the suggestions below it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COLUMNS", str(width))
        assert cogumi("attempts", *words) == 0
    told = capsys.readouterr().out.split("\nWhat could be changed")[0].splitlines()
    assert max(map(cell_len, told)) <= width
    return [line.rstrip() for line in told]


@pytest.mark.parametrize("width", [80, 100, 109, 118, 130, 160])
def test_attempts_are_read_whole_at_every_width(width: int, three: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = printed_at(width, capsys, "--workspace", three)
    told = " ".join(" ".join(lines).split())
    assert "…" not in told
    titles = re.split(r"\s{2,}", lines[0])
    assert [title for title in titles if "MATH" not in title][:7] == ["#", "from", "when", "gates", "consistency", "time", "cost"]
    assert ("MATH score" in titles) == ("MATH ties" in titles) == (width >= 118)
    for number, view in enumerate(attempts(three), start=1):
        row = next(line for line in lines if line.startswith(f"{number}  "))
        figure = view.after[None][f"{view.settings.gate.consistency}_consistency"]
        assert f"→ {figure.value * 100:.1f} ±{(figure.high - figure.low) * 50:.1f} " in row
        assert view.parent is None or row.split()[1] == str(view.parent)
        assert f" {duration(view.seconds)} " in row and f" ${view.dollars:.2f}" in row
    for phrase in ("gate 1B.1 passed", "gate 1B.1 failed", "gate 1B.1 overridden"):
        assert phrase in told
    if width < 160:
        assert "final gate passed" in told
        assert lines[3].startswith("    train.num_train_epochs 2 → 1, train.learning_rate 0.002 → 3e-05,"), "below its attempt"
        assert re.search(r" \d\d-\d\d \d\d:\d\d ", lines[1]) and not re.search(r"\d{4}-\d\d-", lines[1])
    else:
        assert titles[-1] == "what was changed" and re.search(r" \d{4}-\d\d-\d\d \d\d:\d\d ", lines[1])


@pytest.mark.parametrize("width", [80, 100, 120, 160])
def test_two_attempts_keep_the_names_of_their_metrics_at_every_width(width: int, three: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = printed_at(width, capsys, 1, 2, "--workspace", three)
    assert not any("…" in line for line in lines)
    greedy = next(place for place, line in enumerate(lines) if line.startswith("  greedy accuracy "))
    assert any(line.startswith("  response consistency ") for line in lines) and "share in %" in " ".join(lines)
    test = "0 became right, 11 wrong, p < 0.001"
    if width < 120:
        assert lines[greedy].endswith(" 18") and lines[greedy + 1] == f"    McNemar: {test}"
    else:
        assert lines[greedy].endswith(f"18  {test}")


def test_the_table_is_chosen_by_the_room_its_figures_need() -> None:
    cells = {
        "#": "12", "from": "11", "when": "2026-11-28 00:15", "gates": "gate 1B.1 overridden\nfinal gate overridden",
        "consistency": "17.8 → 100.0 ±12.3", "MATH score": "41.2 → 54.8 ±3.7", "MATH ties": "51.9 → 62.0 ±5.4", "time": "123,456 s",
        "cost": "$123.45", "what was changed": "train.num_train_epochs 2 → 1",
    }  # fmt: skip
    assert "when" in fitting([cells], 80) and "MATH score" not in fitting([cells], 80)
    assert "when" not in fitting([cells], 60) and fitting([cells], 10) == fitting([cells], 60)
    assert "what was changed" in fitting([cells], 200)


@pytest.mark.parametrize(
    ("numbers", "sentence"), [((1,), "Name two attempts"), ((1, 2, 3), "Name two attempts"), ((1, 7), "has no attempt 7")]
)
def test_wrong_numbers_get_a_sentence(
    workspace: Path, numbers: tuple[int, ...], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cogumi("attempts", *numbers, "--workspace", workspace) == 2
    assert sentence in capsys.readouterr().err


def test_a_workspace_without_attempts_says_where_to_begin(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cogumi("attempts", "--workspace", tmp_path) == 2
    assert "holds no store" in capsys.readouterr().err


def test_status_says_what_could_be_changed(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cogumi("status", "--workspace", workspace) == 0
    assert "Train longer: 3 epochs" in capsys.readouterr().out
    assert cogumi("status", "--workspace", workspace, "--json") == 0
    suggestions = json.loads(capsys.readouterr().out)["suggestions"]
    assert suggestions[0]["changes"] == {"train.num_train_epochs": 3.0}
    assert shlex.split(suggestions[0]["command"])[:3] == ["cogumi", "run", "phase-1b.1"]


def test_what_no_training_can_meet_is_said_without_a_command(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.panel.fake_iterating import out_of_reach

    monkeypatch.setattr("core.runs.overview.attempts", lambda _: out_of_reach())
    (found,) = suggested(workspace)
    assert (found["title"], found["changes"], found["command"]) == ("No training can meet MATH score", {}, "")
    told = lines([found])
    assert len(told) == 4 and "Lower gate.math_score_1b1, or compare with other references (judge.reference)." in told[-1]
    assert not any("cogumi run" in line for line in told)


def test_what_a_suggestion_says_starts_a_new_attempt_from_that_one(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: dict[str, Any] = {}

    def start(folder: Path, target: str, settings: Any, **options: Any) -> Started:
        asked.update(folder=folder, target=target, settings=settings, **options)
        return Started(3, (), None, "nothing, this is a test")

    monkeypatch.setattr(core.runs.launch, "start", start)
    monkeypatch.setattr("app.follow.follow", lambda *_: 0)
    assert cogumi("run", "phase-1b.1", "--workspace", workspace, "--from", 1, "--set", "train.seed=5") == 0
    assert (asked["target"], asked["parent"], asked["new_attempt"]) == ("phase-1b.1", 1, True)
    assert (asked["settings"].train.num_train_epochs, asked["settings"].train.seed) == (2.0, 5)
    assert asked["origins"]["train.seed"] == "flag" and asked["reason"] == "train.seed=5"
    assert cogumi("run", "diagnose", "--workspace", workspace, "--new") == 0
    assert asked["target"] == "diagnose", "what was asked for, not its whole phase"


def test_a_new_attempt_cannot_begin_in_the_middle_of_a_phase(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cogumi("run", "train", "--workspace", workspace, "--new") == 2
    said = capsys.readouterr().err
    assert "has done nothing yet, so that it cannot begin with train: start one with phase-1b.1, or with diagnose" in said


def test_every_difference_from_the_attempt_before_is_said_at_the_start_in_the_story_and_in_the_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    build(tmp_path, changed={"train": {"num_train_epochs": 3.0}})
    (tmp_path / "cogumi.toml").write_text('profile = "practice"\n[distill]\nsamples = 6\n[budget]\nstep_dollars = 3.0\n')
    monkeypatch.setattr(core.runs.launch, "_start_supervisor", lambda *_: 1)
    assert cogumi("run", "phase-1b.1", "--workspace", tmp_path, "--new", "--detach", "--anyway", "--set", "train.seed=5") == 0
    told = "made from attempt 1, with distill.samples 10 -> 6, train.seed 42 -> 5, budget.step_dollars 15 -> 3"
    assert told in capsys.readouterr().out.splitlines()
    found = attempts(tmp_path)[-1]
    assert found.settings.train.num_train_epochs == 3.0, "the attempt's own value is kept"
    assert found.reason == "distill.samples=6 train.seed=5 budget.step_dollars=3"
    assert set(found.changes) == {"distill.samples", "train.seed", "budget.step_dollars"}
    watcher = Watcher(tmp_path)
    assert any(f"attempt 2 from attempt 1: {found.reason}" in note.text for note in watcher.poll(60_000).notes)
    watcher.close()
    assert f"made from attempt 1 ({found.reason})" in " ".join(document(gather(tmp_path)).lead)


def test_a_store_of_many_attempts_is_told_in_order(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    for number in range(6):
        build(tmp_path, "" if number else "diagnose", parent=number or None)
    with contextlib.closing(open_writer(tmp_path / "cogumi.db")) as store, store.write() as db:
        db.execute("UPDATE runs SET reason = 'line one' || char(10) || char(27) || '[31mred' WHERE number = 3")
    assert cogumi("attempts", "--workspace", tmp_path) == 0
    printed = capsys.readouterr().out
    assert [line.split()[0] for line in printed.splitlines()[1:7]] == ["1", "2", "3", "4", "5", "6"]
    assert "\x1b" not in printed
