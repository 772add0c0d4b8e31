"""What to change knows what the workspace's other attempts have tried, on the command line and in the panel's data."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.suggestions_text import lines, suggested
from core.runs.advice import advice
from core.runs.overview import attempts
from tests.unit.report.builder import build


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Attempt 1 fails gate 1B.1, and so does attempt 2 with an epoch more, by a little more; attempt 3 is attempt 1 again."""
    folder = tmp_path_factory.mktemp("advice") / "ws"
    build(folder, strength=0.35)
    build(folder, strength=0.2, parent=1, adapter="-two", changed={"train": {"num_train_epochs": 3.0}})
    build(folder, strength=0.35, parent=2, adapter="-three")
    return folder


def test_a_suggestion_that_an_attempt_tried_says_what_came_out(workspace: Path) -> None:
    views = attempts(workspace)
    for view in (views[0], views[2]):
        told = {suggestion.id: suggestion for suggestion in advice(views, view)}
        assert told["epochs"].tried.startswith("Tried in attempt 2: ")
        assert advice(views, view)[-1].id == "epochs", "behind those that nobody has tried"
    second = {suggestion.id: suggestion for suggestion in advice(views, views[1])}
    assert second["epochs"].title == "Train longer: 4 epochs" and "this one the same way went worse" in second["epochs"].tried


def test_the_command_line_prints_it_above_the_reason(workspace: Path) -> None:
    found = suggested(workspace, 3)
    printed = lines(found)
    place = printed.index("  Train longer: 3 epochs")
    assert printed[place + 1].startswith("    Tried in attempt 2: ") and "The plan's next try" in printed[place + 2]
    assert found[-1]["tried"] and not found[0]["tried"]


def test_another_phase_one_is_another_attempt(tmp_path: Path) -> None:
    folder = tmp_path / "ws"
    build(folder, "benchmark", strength=0.35, override="for the test")
    build(folder, "benchmark", strength=0.3, parent=1, adapter="-b", changed={"train": {"num_train_epochs": 3.0}}, phases=("1B.2",))
    build(folder, "benchmark", strength=0.3, adapter="-c", changed={"train": {"num_train_epochs": 3.0}}, override="for the test")
    views = attempts(folder)
    told = {suggestion.id: suggestion.tried for suggestion in advice(views, views[0])}
    assert told["epochs"].startswith("Tried in attempt 2: "), "attempt 3 has done Phase 1B.1 with other settings too"
    other = {suggestion.id: suggestion.tried for suggestion in advice(views, views[2])}
    assert other["epochs"] == ""
