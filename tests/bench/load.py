"""What load costs: ``python -m tests.bench.load big|day|panels`` prints a table and asserts nothing.

big: the workspace of tests/bench/store.py (50 attempts, 1 M events, 200,000 responses): opening the panel, status, report, going on.
day: 24 hours of a running step at a clock that runs ahead: memory of the supervisor and of the panel by the hour.
panels: ten panels on one workspace while a step writes as fast as it can; rounds with and without them take turns. First all share the
    cores; then the step has one for itself, as on a machine with more cores than work, and the panels share the others.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gc
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest import mock

from core.runs.launch import start
from core.runs.snapshot import HostReading, Telemetry
from core.runs.store import readings
from core.runs.store.connection import open_writer
from core.runs.store.events import add_events, new_event
from core.runs.workspace import STORE_NAME
from tests.bench import full_rate
from tests.bench.store import fill
from tests.terminal.pty_run import PtyRun
from tests.unit.runs.helpers import begin, behave, clean, ended, query, settings
from tests.unit.runs.workbench import TRAIN, Bench

TIMES = 5
HOURS = 24
PANELS = 10
ROUNDS = 5


def row(what: str, figure: str) -> None:
    """One line of the table."""
    print(f"{what:<66} {figure}", flush=True)


def spread(values: list[float], unit: str, digits: int = 2) -> str:
    """Median with smallest and largest."""
    return f"{statistics.median(values):.{digits}f} {unit} ({min(values):.{digits}f} to {max(values):.{digits}f}, n {len(values)})"


def big(folder: Path) -> None:
    """Opening, asking and going on where much was recorded."""
    if not (folder / STORE_NAME).exists():
        fill(folder)
    row("size of the store", f"{(folder / STORE_NAME).stat().st_size / 2**20:,.0f} MiB")
    opened, memory = [], []
    for _ in range(TIMES):
        with PtyRun([sys.executable, "-m", "app.cli", "--workspace", str(folder)], columns=120, rows=40) as run:
            opened.append(run.wait_for(b"diagnose", 60))
            memory.append(run.memory() / 2**20)
            run.send(b"q")
            run.wait(60)
    row("the panel, from its start to the plan on the screen", spread(opened, "s"))
    row("memory of that panel", spread(memory, "MiB", 0))
    for name, words in {
        "cogumi status": ["status"],
        "cogumi report, text": ["report"],
        "cogumi report --html": ["report", "--html", str(folder / "report.html"), "--force"],
    }.items():
        row(name, spread([command(folder, words) for _ in range(TIMES)], "s"))
    going_on = []
    for _ in range(TIMES):
        behave(folder, validate={"responses": 1})
        before = time.monotonic()
        begin(folder, "phase-1b.1", look_settings(folder))
        going_on.append(time.monotonic() - before)
        ended(folder)
        with contextlib.closing(open_writer(folder / STORE_NAME)) as store, store.write() as db:
            db.execute("UPDATE steps SET state = 'crashed' WHERE step = 'validate' AND run = (SELECT max(number) FROM runs)")
    row("going on after a crash, until the supervisor is at work", spread(going_on, "s"))


def look_settings(folder: Path) -> Any:
    """The settings of the latest attempt."""
    from core.plan.load import settings_from_json

    return settings_from_json(query(folder, "SELECT settings FROM runs ORDER BY number DESC LIMIT 1")[0][0])


def command(folder: Path, words: list[str]) -> float:
    """Seconds that a command takes from its start to its end."""
    before = time.monotonic()
    done = subprocess.run([sys.executable, "-m", "app.cli", *words, "--workspace", str(folder)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return time.monotonic() - before


def resident() -> float:
    """Resident memory of this process now, MiB, after everything that can be freed was."""
    gc.collect()
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0.0


def day(folder: Path) -> None:
    """A supervisor's turn and a panel over 24 hours of a clock that runs ahead."""
    os.environ["TEXTUAL_ANIMATIONS"] = "none"
    supervisor_day(folder / "supervisor")
    asyncio.run(panel_day(folder / "panel", losses=False))
    asyncio.run(panel_day(folder / "training", losses=True))


def supervisor_day(folder: Path) -> None:
    """The real turn, ticked once a simulated second, with the real sampler's reading at every beat."""
    from core.runs.telemetry.sampler import Sampler
    from core.runs.turn import Turn

    bench = Bench(folder)
    bench.begin()
    bench.run_step(TRAIN)
    clock = SimpleNamespace(now=time.time())
    sampler = Sampler(folder, 2.0, clock=lambda: clock.now, ticks=lambda: clock.now)
    with bench.store.read() as db:
        from core.runs.store import runs

        run, step, tried = runs.latest_run(db), runs.step(db, TRAIN), runs.open_tries(db)[0]
    beats = open_writer(folder / STORE_NAME, durable=False)
    desk: Any = SimpleNamespace(
        place=SimpleNamespace(folder=folder), store=bench.store, beats=beats, run=run, waker=None, steps_module="",
        settings=settings(run={"stall_seconds": 1e9, "telemetry_seconds": 2.0}, budget={"dollars_per_hour": 0.01}),
        hooks=SimpleNamespace(fire=lambda *_, **__: None), sampler=sampler, asked_to_stop=lambda: "",
    )  # fmt: skip
    turn, child = Turn(desk, step), SimpleNamespace(seconds=0.0, pid=os.getpid())  # type: ignore[arg-type]
    by_hour: list[float] = []
    before, processor = time.monotonic(), time.process_time()
    with mock.patch("core.runs.turn.time", SimpleNamespace(monotonic=lambda: clock.now, time=lambda: clock.now)):
        for second in range(0, HOURS * 3600, 2):
            clock.now += 2
            child.seconds += 2
            sampler.read()
            turn._tick(child, tried)  # type: ignore[arg-type]
            if second % 3600 == 0:
                by_hour.append(resident())
    row("supervisor: memory after 1, 6, 12 and 24 hours", ", ".join(f"{by_hour[h]:.1f}" for h in (1, 6, 12, 23)) + " MiB")
    row("supervisor: processor per simulated hour", f"{(time.process_time() - processor) / HOURS:.2f} s")
    row("supervisor: the day took", f"{time.monotonic() - before:.0f} s")
    row("store after the day", f"{sum(p.stat().st_size for p in folder.glob(STORE_NAME + '*')) / 2**20:.1f} MiB")
    beats.close()


async def panel_day(folder: Path, *, losses: bool) -> None:
    """The real panel, fed with what 24 hours bring: progress and a reading of the machine every two seconds, and if asked for a loss."""
    from app.application import PanelApp
    from app.source import WorkspaceSource
    from core.plan.settings import PanelSettings

    bench = Bench(folder)
    bench.begin()
    bench.run_step(TRAIN)
    app = PanelApp(WorkspaceSource(folder), PanelSettings())
    by_hour: list[float] = []
    step, steps, begun = 0, HOURS * 1800, time.time() - HOURS * 3600
    async with app.run_test(size=(120, 40)) as pilot:
        for minute in range(0, HOURS * 60, 5):
            now = begun + 60 * minute
            told = []
            taken = []
            for second in range(0, 300, 2):
                step += 1
                taken.append(Telemetry(now - 300 + second, HostReading(0.5, 2, 1, 2, 3, 4, 0.5, 0.2, 100)))
                values = {"step": step, "max_steps": steps, "epoch": step / steps, "num_train_epochs": 1, "learning_rate": 1e-3}
                if losses:
                    told.append(new_event(1, TRAIN, now, "loss", {**values, "loss": 1 / step, "grad_norm": 1.0, "tokens_per_second": 5e3}))
                told.append(new_event(1, TRAIN, now, "progress", {"done": step, "total": steps, "unit": "steps", "doing": "training"}))
            told.append(new_event(1, TRAIN, now, "note", {"level": "info", "text": f"minute {minute}"}))
            with bench.store.write() as db:
                add_events(db, told)
                for reading in taken:
                    readings.add_reading(db, reading)
                readings.thin(db, now)
            await pilot.pause(0.35)
            if minute % 60 == 0:
                by_hour.append(resident())
    what = f"{step:,} losses" if losses else "no losses"
    row(f"panel, {what}: memory after 1, 6, 12 and 24 hours", ", ".join(f"{by_hour[h]:.1f}" for h in (1, 6, 12, 23)) + " MiB")


class Panels:
    """Real panels, each in a terminal that somebody reads."""

    def __init__(self, folder: Path, count: int) -> None:
        command_ = [sys.executable, "-m", "app.cli", "--workspace", str(folder)]
        self._runs = [PtyRun(command_, columns=120, rows=40) for _ in range(count)]
        self._ending = threading.Event()
        for run in self._runs:
            run.wait_for(b"diagnose", 120)
        self._reader = threading.Thread(target=self._drain, daemon=True)
        self._reader.start()

    def processor(self) -> float:
        """Seconds of the processor that all of them have used."""
        return sum(run.cpu_seconds() for run in self._runs)

    def close(self) -> None:
        """Ends them."""
        self._ending.set()
        self._reader.join()
        for run in self._runs:
            run.close()

    def _drain(self) -> None:
        while not self._ending.is_set():
            for run in self._runs:
                run.read(0.01)
                run.output = b""


@contextlib.contextmanager
def on(cores: set[int]) -> Iterator[None]:
    """This thread, and what it starts meanwhile, on these cores alone."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def panels(folder: Path) -> None:
    """Ten panels beside a step; alone and watched take turns."""
    cores = os.sched_getaffinity(0)
    first = {min(cores)}
    shared, apart = (cores, cores), (first, cores - first)
    for places, where in ((shared, "cores shared"), (apart, "a core for the step"))[: len(cores)]:
        for name, compute in (("writing without a pause", 0.0), ("20 ms of arithmetic a batch", 0.02)):
            for_step, for_panels = places
            with on(for_panels):
                crowded(folder, f"{name}, {where}", compute, for_step)


def crowded(folder: Path, name: str, compute: float, for_step: set[int]) -> None:
    """One kind of step on its cores, alone and with panels where this process is."""
    os.environ["COGUMI_BENCH_COMPUTE"] = str(compute)
    alone: list[dict[str, float]] = []
    watched: list[dict[str, float]] = []
    cost: list[float] = []
    place = folder / name.replace(" ", "-").replace(",", "")
    for number in range(2 * ROUNDS):
        with_panels = number % 2 == 1
        crowd = Panels(place, PANELS) if with_panels else None
        used = crowd.processor() if crowd is not None else 0.0
        with on(for_step):
            start(place, "diagnose", settings(), new_attempt=number > 0, steps_module=full_rate.MODULE)
        ended(place)
        taken = json.loads((place / f"taken-{number + 1}.json").read_text())
        if crowd is not None:
            cost.append((crowd.processor() - used) / taken["wall"] / PANELS)
            crowd.close()
        (watched if with_panels else alone).append(taken)
    rates = {key: [full_rate.BATCHES / t[key] for t in alone] for key in ("wall", "processor")}
    seen = {key: [full_rate.BATCHES / t[key] for t in watched] for key in ("wall", "processor")}
    row(f"{name}: alone", spread(rates["wall"], "batches/s", 1))
    row(f"{name}: with {PANELS} panels", spread(seen["wall"], "batches/s", 1))
    loss = {key: 100 * (1 - statistics.median(seen[key]) / statistics.median(rates[key])) for key in rates}
    row("   lost by the clock; by the step's own processor time", f"{loss['wall']:+.1f} %; {loss['processor']:+.1f} %")
    row("   one panel uses of a core meanwhile", f"{100 * statistics.median(cost):.1f} %")


def main() -> None:
    """Prints the tables that were asked for."""
    parts: dict[str, Callable[[Path], None]] = {"big": big, "day": day, "panels": panels}
    parser = argparse.ArgumentParser(prog="python -m tests.bench.load", description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("part", choices=parts)
    parser.add_argument("folder", nargs="?", type=Path, help="where to work; big takes what an earlier call made there")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        folder = args.folder or Path(made)
        try:
            parts[args.part](folder)
        finally:
            for store in folder.rglob(STORE_NAME):
                clean(store.parent)


if __name__ == "__main__":
    main()
