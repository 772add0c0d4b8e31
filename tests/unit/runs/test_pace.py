"""The pace of a step: rates over all the time that is known, with gaps where something else began, in bounded memory."""

from __future__ import annotations

import contextlib
import math
from pathlib import Path

from core.runs.pace import MOST_POINTS, Pace
from core.runs.watch import Watcher
from tests.unit.runs.workbench import DIAGNOSE, Bench, progress


def test_rates_are_those_between_words_at_least_a_second_apart() -> None:
    pace = Pace()
    for time, done in ((10.0, 0), (10.4, 3), (12.0, 20), (14.0, 20), (15.0, 50)):
        pace.told(time, done)
    assert pace.points == ((12.0, 10.0), (14.0, 0.0), (15.0, 30.0))
    assert pace.points is pace.points


def test_something_else_that_begins_leaves_a_gap() -> None:
    pace = Pace()
    for time, done in ((0.0, 0), (2.0, 10), (3.0, 0), (5.0, 8)):
        pace.told(time, done)
    times, rates = zip(*pace.points, strict=True)
    assert times == (2.0, 2.0, 5.0) and rates[0] == 5.0 and math.isnan(rates[1]) and rates[2] == 4.0


def test_a_long_step_stays_bounded_and_keeps_the_time_when_nothing_moved() -> None:
    pace, done = Pace(), 0
    for second in range(20_000):
        done += 0 if 4_000 <= second < 4_200 else 7
        pace.told(float(second), done)
    assert len(pace.points) <= MOST_POINTS
    assert any(rate == 0.0 and 4_000 <= time <= 4_201 for time, rate in pace.points)


def test_the_watcher_shows_the_running_steps_pace_and_none_when_nothing_runs(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    with contextlib.closing(bench.store), contextlib.closing(bench.watcher):
        bench.begin()
        assert bench.poll().pace == ()
        bench.run_step(DIAGNOSE)
        for done in (0, 10, 30):
            bench.tell(DIAGNOSE, "progress", progress(done), every=2.0)
            found = bench.poll().pace
        assert [rate for _, rate in found] == [5.0, 10.0]
        # Whoever opens the panel later sees the same past.
        with contextlib.closing(Watcher(tmp_path, clock=lambda: bench.now)) as later:
            assert later.poll(60_000).pace == found
