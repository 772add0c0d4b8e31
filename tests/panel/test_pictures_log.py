"""The log as it looks: following, searched, thinned to errors, and the list of all logs; and the whole story."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from core.runs.snapshot import Note
from tests.panel import fakes
from tests.panel.test_log import TRACEBACK, Attempts
from tests.panel.test_pictures_responses import app_of, drawn

pytestmark = pytest.mark.slow


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "train.log"
    lines = [f"step {i} of 3000, loss {2.1 - i / 2000:.4f}, learning rate 5e-06" for i in range(1, 3001)]
    lines[1200] = "WARNING: the batch took 4.1 s, three times as long as the last ones"
    lines[2990] = TRACEBACK.rstrip("\n")
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.mark.parametrize(
    ("size", "theme", "steps"),
    [
        ((80, 24), "cogumi-dark", ("l", "see:of 3,003", "see:earlier")),
        ((120, 40), "cogumi-light", ("l", "see:of 3,003", "slash", "type:loss 1.5", "enter", "see:with “loss 1.5”", "see:of 200")),
        ((200, 50), "cogumi-dark", ("l", "see:of 3,003", "v", "see:boom()", "see:5 of 3,003", "up", "up")),
        ((80, 24), "cogumi-dark", ("l", "see:of 3,003", "slash", "type:loss")),
    ],
    ids=["80x24-following", "120x40-light-searched", "200x50-errors", "80x24-searching"],
)
def test_the_log(snap_compare: Any, log: Path, size: tuple[int, int], theme: str, steps: tuple[str, ...]) -> None:
    source = fakes.FakeSource(fakes.validated(), log=log)
    assert snap_compare(app_of(source, theme), terminal_size=size, run_before=drawn(source, *steps))


def test_a_step_without_a_log(snap_compare: Any) -> None:
    source = fakes.FakeSource(fakes.base())
    assert snap_compare(app_of(source), terminal_size=(80, 24), run_before=drawn(source, "l", "see:this step has no log yet"))


@pytest.mark.parametrize(("size", "theme"), [((80, 24), "cogumi-light"), ((120, 40), "cogumi-dark")], ids=["80x24-light", "120x40"])
def test_the_list_of_logs(snap_compare: Any, log: Path, size: tuple[int, int], theme: str) -> None:
    source = Attempts(fakes.validated(), log=log)
    assert snap_compare(app_of(source, theme), terminal_size=size, run_before=drawn(source, "l", "see:of attempt 2", "a", "see:4 logs"))


def test_the_whole_story(snap_compare: Any) -> None:
    cause = "train failed: the GPU ran out of memory: lower train.per_device_train_batch_size to 2 and press r to resume from checkpoint 40"
    saved = tuple(Note(fakes.NOW - 3000 + 60 * i, "info", f"checkpoint {20 * i} saved") for i in range(1, 20))
    notes = (*saved, *fakes.NOTES, Note(fakes.NOW, "error", cause))
    source = fakes.FakeSource(replace(fakes.failed(), notes=notes))
    assert snap_compare(app_of(source), terminal_size=(80, 24), run_before=drawn(source, "8", "enter", "see:26 notes", "see:train failed"))
