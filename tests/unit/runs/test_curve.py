"""The training curve: rewound by a resumed training, with gaps where a figure is missing, and bounded however long it gets."""

from __future__ import annotations

import contextlib
import math
from pathlib import Path

import pytest

from core.report.export import curves
from core.runs import curve
from core.runs.curve import Curve
from core.runs.curves import earlier_curves
from core.runs.evidence import curve_of
from core.runs.snapshot import Series
from core.runs.store.events import Event, LossRow
from tests.unit.runs.workbench import TRAIN, Bench


def losses(*steps: int, loss: float | None = 1.0) -> list[LossRow]:
    """Loss rows of the given optimizer steps."""
    return [LossRow(i, float(i), x, None, None, None, loss, None, None, None) for i, x in enumerate(steps)]


def test_a_resumed_training_tells_its_curve_anew_from_where_it_went_back_to() -> None:
    drawn = Curve()
    drawn.add(losses(1, 2, 3, 4, 5))
    drawn.add(losses(3, 4, loss=0.5))
    assert drawn.series.x == (1, 2, 3, 4)
    assert drawn.series.loss == (1.0, 1.0, 0.5, 0.5)


def test_a_missing_loss_is_a_gap() -> None:
    drawn = Curve()
    drawn.add([*losses(1), *losses(2, loss=None)])
    assert math.isnan(drawn.series.loss[1])


def test_a_long_curve_stays_bounded_and_keeps_its_spikes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(curve, "MOST_POINTS", 1000)
    drawn = Curve()
    for x in range(20_000):
        drawn.add([LossRow(x, float(x), x, None, None, None, 99.0 if x == 5_003 else 1.0, None, None, None)])
    series = drawn.series
    assert len(series.x) <= 1000
    assert len({len(series.x), len(series.loss), len(series.grad_norm)}) == 1
    assert list(series.x) == sorted(set(series.x))
    assert max(series.loss) == 99.0
    assert series.x[-1] == 19_999


def test_the_picture_of_a_curve_is_the_same_object_until_something_is_added() -> None:
    drawn = Curve()
    assert drawn.series == Series()
    drawn.add(losses(1))
    assert drawn.series is drawn.series
    drawn.mark(Event(1, 1, TRAIN, 1.0, "held_out", "", '{"step": 1, "loss": 0.5}'))
    assert drawn.series.held_out == ((1, 0.5),)


def loss(x: int, value: float) -> dict[str, object]:
    return {"step": x, "max_steps": 9, "loss": value}


def train(bench: Bench, steps: int, every: int) -> None:
    """A training as it tells of itself: losses, held-out losses, checkpoints and epochs."""
    for x in range(1, steps + 1):
        bench.tell(TRAIN, "loss", {"step": x, "max_steps": steps, "loss": 1.0 / x}, every=1.0)
        if x % every == 0:
            for kind in ("held_out", "epoch", "checkpoint"):
                bench.tell(TRAIN, kind, {"step": x, "loss": float(steps)}, every=0.1)


@pytest.mark.parametrize("watched", [False, True])
def test_of_a_training_that_was_begun_anew_nothing_stays(bench: Bench, watched: bool) -> None:
    """However what was told comes to the curve: looked up at once, or read as it grew."""
    bench.run_step(TRAIN)
    if watched:
        bench.poll()
    train(bench, 100, 30)
    if watched:
        assert bench.poll().series.checkpoints == (30, 60, 90)
    train(bench, 40, 20)
    marked = (20, 40)
    for series in (bench.poll().series, curve_of(bench.folder, 1, "train")):
        assert series.x == tuple(range(1, 41)) and series.max_steps == 40
        assert (series.epochs, series.checkpoints, series.held_out) == (marked, marked, ((20, 40.0), (40, 40.0)))
    (exported,) = curves(bench.folder, None)
    assert [s.step for s in exported.scalars if s.tag == "train/loss"] == list(range(1, 41))
    assert [(s.step, s.value) for s in exported.scalars if s.tag == "eval/loss"] == [(20, 40.0), (40, 40.0)]


def test_a_training_that_went_on_from_a_checkpoint_keeps_what_was_told_up_to_it(bench: Bench) -> None:
    bench.run_step(TRAIN)
    train(bench, 50, 20)
    for x in range(41, 61):
        bench.tell(TRAIN, "loss", {"step": x, "max_steps": 60, "loss": 0.1}, every=1.0)
    bench.tell(TRAIN, "checkpoint", {"step": 60}, every=0.1)
    assert bench.poll().series.checkpoints == (20, 40, 60) and bench.poll().series.epochs == (20, 40)


def test_marks_are_forgotten_also_where_they_are_read_after_the_losses() -> None:
    drawn = Curve()
    drawn.add(losses(1, 2, 3, 1, 2))
    for at, x in ((2.5, 3), (4.5, 2)):
        drawn.mark(Event(1, 1, TRAIN, at, "checkpoint", "", f'{{"step": {x}}}'))
    assert drawn.series.checkpoints == (2,)


def test_the_curves_of_earlier_attempts_are_those_of_the_same_step_newest_first(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    with contextlib.closing(bench.store), contextlib.closing(bench.watcher):
        for attempt in range(4):
            bench.begin()
            if attempt != 1:  # the second attempt never trains
                bench.run_step(TRAIN + 8 * attempt)
                bench.tell(TRAIN + 8 * attempt, "loss", loss(1, 2.0 + attempt), loss(2, 1.0))
                bench.tell(TRAIN + 8 * attempt, "held_out", {"step": 2, "loss": 1.5})
        found = earlier_curves(tmp_path)
        assert list(found) == [3, 1]
        assert found[3].loss == (4.0, 1.0) and found[3].held_out == ((2, 1.5),)
        assert list(earlier_curves(tmp_path, most=1)) == [3]
        assert bench.poll().series.loss == (5.0, 1.0)


def test_a_workspace_with_one_attempt_has_no_earlier_curves(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    with contextlib.closing(bench.store), contextlib.closing(bench.watcher):
        assert earlier_curves(tmp_path) == {}
        bench.begin()
        assert earlier_curves(tmp_path) == {}


def test_an_attempt_of_the_second_phase_draws_the_training_it_stands_on_until_it_trains_itself(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    with contextlib.closing(bench.store), contextlib.closing(bench.watcher):
        for attempt in range(2):
            bench.begin()
            bench.run_step(TRAIN + 8 * attempt)
            bench.tell(TRAIN + 8 * attempt, "loss", loss(1, 2.0 + attempt), loss(2, 1.0))
        bench.tell(TRAIN + 8, "held_out", {"step": 2, "loss": 1.5})
        bench.begin(parent=2)
        drawn = bench.poll().series
        assert drawn.loss == (3.0, 1.0) and drawn.held_out == ((2, 1.5),)
        assert list(earlier_curves(tmp_path)) == [1], "the curve that is drawn is not laid under itself"
        own = 16 + 3
        bench.now += 60
        bench.run_step(own)
        bench.tell(own, "loss", loss(1, 0.5))
        assert bench.poll().series.loss == (0.5,)
