"""The whole way on a real workspace with small steps: a gate fails, a suggestion is taken with keys, a second attempt passes."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Iterator
from pathlib import Path

import pytest

import core.runs.launch
from app.application import PanelApp
from app.source import WorkspaceSource
from core.files import folder_hash
from core.runs.attempts import origins_of
from core.runs.overview import attempts
from core.runs.store import figures, runs
from core.runs.store.connection import open_reader
from screens.control import ControlScreen
from screens.launch import LaunchScreen
from screens.widgets.glyphs import UNICODE
from tests.panel.stage import Stage
from tests.unit.runs.helpers import FAKE, PROJECT, begin, behave, clean, ended, settings, until

pytestmark = pytest.mark.slow


@pytest.fixture
def failed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Attempt 1 is done and its gate failed; what the panel starts are small steps too."""
    monkeypatch.setenv("PYTHONPATH", str(PROJECT))
    monkeypatch.setattr(core.runs.launch, "start", functools.partial(core.runs.launch.start, steps_module=FAKE))
    folder = tmp_path / "workspace"
    behave(folder, validate={"value": 0.2})
    begin(folder, "phase-1b.1", settings(train={"num_train_epochs": 0.1}), origins={"train.num_train_epochs": "flag"})
    ended(folder)
    behave(folder, validate={"value": 0.9})
    yield folder
    clean(folder)


def first_attempt(folder: Path) -> object:
    """Everything that the store and the folders hold of attempt 1."""
    with contextlib.closing(open_reader(folder / "cogumi.db")) as store, store.read() as db:
        rows = runs.run(db, 1), runs.steps_of(db, 1), runs.tries_of(db, 1), figures.decided_gates(db, 1)
        measured = figures.measurements(db, 1, "before"), figures.measurements(db, 1, "after")
        events = db.execute("SELECT * FROM events WHERE run = 1 ORDER BY seq").fetchall()
        links = db.execute("SELECT * FROM response_roles WHERE run = 1 ORDER BY role, problem, response").fetchall()
    return rows, measured, events, links, folder_hash(folder / "attempts" / "001")


async def test_a_suggestion_becomes_a_second_attempt_and_nothing_of_the_first_is_touched(failed: Path) -> None:
    (one,) = attempts(failed)
    assert one.gates[0].verdict == "failed"
    before = first_attempt(failed)
    source = WorkspaceSource(failed)
    app = PanelApp(source, glyphs=UNICODE)
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        stage = Stage(app, source, pilot)  # type: ignore[arg-type]
        await stage.until(lambda: app.snapshot is not None, "the first snapshot")
        await stage.press("i")
        await stage.sees("Train longer: 3 epochs")
        await stage.press("enter")
        await stage.until(lambda: isinstance(app.screen, LaunchScreen), "the form")
        await stage.sees("This starts attempt 2 from attempt 1.")
        await stage.sees("form    was 0.1")
        await stage.press("enter")
        await stage.until(lambda: isinstance(app.screen, ControlScreen), "the home screen")
        await stage.until(lambda: app.snapshot is not None and app.snapshot.attempt == 2, "attempt 2")
    source.close()
    until(lambda: attempts(failed)[-1].gates[0].verdict != "open", "the gate of attempt 2")
    ended(failed)

    first, second = attempts(failed)
    assert first_attempt(failed) == before
    assert (second.number, second.parent, second.reason) == (2, 1, "train.num_train_epochs=3")
    assert dict(second.changes) == {"train.num_train_epochs": (0.1, 3.0)}
    assert second.gates[0].verdict == "passed" and first.gates[0].verdict == "failed"
    with contextlib.closing(open_reader(failed / "cogumi.db")) as store, store.read() as db:
        assert origins_of(db, 2) == {"train.num_train_epochs": "form"}
        made = db.execute("SELECT count(*) FROM responses r JOIN steps s ON s.id = r.step WHERE s.run = 2 AND s.step = 'diagnose'")
        assert made.fetchone() == (0,), "what was measured before training is reused"
