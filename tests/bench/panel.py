"""How quick and how small the panel is: ``python -m tests.bench.panel`` prints the table with its goals and asserts nothing.

Programs run in a pseudo terminal of 120 x 40. Time runs from starting the process; beside the panel stand a Textual app that shows one line
and, where it is installed (--nvitop PATH), nvitop. They take turns; the median and the quietest are given. A key's delay runs from writing
it to the terminal until the text that it brings is written back.
"""

from __future__ import annotations

import argparse
import math
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from core.runs.watch import Watcher
from core.runs.workspace import STORE_NAME
from tests.bench.busy import BusyStep
from tests.terminal.pty_run import PtyRun

EMPTY = """
import os
os.environ.setdefault("TEXTUAL_ANIMATIONS", "none")
from textual.app import App
from textual.widgets import Static
class Empty(App):
    BINDINGS = [("2", "say('crosshair')"), ("1", "say('run to gate')")]
    def compose(self):
        yield Static("Cogumi idle")
    def action_say(self, text):
        self.query_one(Static).update(text)
Empty().run()
"""
REST_SECONDS = 10.0
BUSY_SECONDS = 15.0
FLOOD_RATE = 5_000
KEYS_SECONDS = 12.0
EMPTY_NAME, PANEL_NAME = "empty Textual app", "panel"


def row(what: str, figure: str, goal: str = "") -> None:
    """One line of the table."""
    print(f"{what:<52} {figure:<58} {goal}".rstrip(), flush=True)


def panel(folder: Path | str) -> list[str]:
    """The command that opens the panel."""
    return [sys.executable, "-m", "app.cli", "--workspace", str(folder)]


def opened(command: Sequence[str], cache: str) -> PtyRun:
    """The program in its terminal. Python may keep its compiled files, as an installed program has them."""
    return PtyRun(command, columns=120, rows=40, environ={"PYTHONPYCACHEPREFIX": cache, "PYTHONDONTWRITEBYTECODE": ""})


def until(run: PtyRun, seconds: float) -> None:
    """Reads what the program writes for a while."""
    deadline = time.monotonic() + seconds
    while (left := deadline - time.monotonic()) > 0:
        run.read(min(left, 0.2))


def comes(run: PtyRun, text: bytes, start: int, seconds: float = 30.0) -> float:
    """Seconds until ``text`` stands in what was written after ``start``."""
    began = time.perf_counter()
    while run.output.find(text, max(0, start - len(text))) < 0:
        if time.perf_counter() - began > seconds:
            raise AssertionError(f"{text!r} did not come within {seconds:.0f} s")
        run.read(0.5)
    return time.perf_counter() - began


def milliseconds(seconds: Sequence[float]) -> str:
    """``median 420 ms, quietest 401 ms``."""
    return f"median {statistics.median(seconds) * 1000:.0f} ms, quietest {min(seconds) * 1000:.0f} ms"


def first_paint(rounds: int, folder: str, cache: str, nvitop: str) -> None:
    """From the start of the process to text on the screen."""
    programs = {EMPTY_NAME: ([sys.executable, "-c", EMPTY], b"Cogumi"), PANEL_NAME: (panel(folder), b"Cogumi")}
    if nvitop:
        programs["nvitop"] = ([nvitop, "--monitor", "full"], b"N")
    first: dict[str, list[float]] = {name: [] for name in programs}
    whole: list[float] = []
    used: list[float] = []
    refusal = ""
    for turn in range(rounds + 1):
        for name, (command, text) in programs.items():
            with opened(command, cache) as run:
                taken = run.wait_for(text)
                if name == PANEL_NAME:
                    ready = taken + run.wait_for(b"idle")
                    used.append(run.cpu_seconds())
                elif name == "nvitop" and b"ERROR" in run.output:
                    refusal = "it refuses: no NVIDIA driver here; so long it takes to say so"
            if turn:  # the first round compiles and warms the file cache
                first[name].append(taken)
                if name == PANEL_NAME:
                    whole.append(ready)
    for name, found in first.items():
        row(f"first frame, {name}", milliseconds(found) + (f" ({refusal})" if name == "nvitop" and refusal else ""))
    over = [statistics.median(first[PANEL_NAME]) - statistics.median(first[EMPTY_NAME]), min(first[PANEL_NAME]) - min(first[EMPTY_NAME])]
    row("first frame over the empty app's", f"median {over[0] * 1000:.0f} ms, quietest {over[1] * 1000:.0f} ms", "goal 150 ms")
    row("panel with the workspace's state on it", f"{milliseconds(whole)} ({min(used) * 1000:.0f} ms of processor)")


def at_rest(command: Sequence[str], cache: str, seconds: float = REST_SECONDS) -> tuple[float, float]:
    """(share of one core in %, resident MiB) of a program left alone."""
    with opened(command, cache) as run:
        run.wait_for(b"Cogumi")
        until(run, 3.0)
        before = run.cpu_seconds()
        until(run, seconds)
        return (run.cpu_seconds() - before) / seconds * 100, run.memory() / 2**20


def busy(cache: str) -> None:
    """Watching a step that tells 20 events a second and eight GPUs."""
    with tempfile.TemporaryDirectory() as folder, BusyStep(Path(folder), 20):
        share, memory = at_rest(panel(folder), cache, BUSY_SECONDS)
    row("watching a busy step: 20 events/s, 8 GPUs", f"{share:.1f} % of a core, {memory:.0f} MiB resident", "goal 5 %, 70 MiB")


def key_delays(run: PtyRun) -> list[float]:
    """Seconds from a key to what it brings: one pane comes to the front and another, and the row of keys says so."""
    delays: list[float] = []
    began = time.monotonic()
    while time.monotonic() - began < KEYS_SECONDS:
        for key, text in ((b"2", b"crosshair"), (b"1", b"run to gate")):
            start = len(run.output)
            run.send(key)
            delays.append(comes(run, text, start))
            until(run, 0.03 + 0.05 * random.random())
    return sorted(delays)


def keys_at_rest(folder: str, cache: str) -> None:
    """The same keys while nothing happens, here and in the empty app: what a key costs of the processor, however busy the machine is."""
    for name, command in ((EMPTY_NAME, [sys.executable, "-c", EMPTY]), (PANEL_NAME, panel(folder))):
        with opened(command, cache) as run:
            run.wait_for(b"idle")
            until(run, 3.0)
            used = run.cpu_seconds()
            delays = key_delays(run)
            cost = (run.cpu_seconds() - used) / len(delays) * 1000
        row(f"key delay, {name} at rest", f"{percentiles(delays)} ({cost:.0f} ms of processor a key)")


def busy_machine() -> None:
    """How long this machine takes for 10 ms of work with a pause before it, as a key has it: what is above 10 ms is others' doing."""
    taken: list[float] = []
    for _ in range(150):
        time.sleep(0.05)
        began, until_ = time.perf_counter(), time.thread_time() + 0.01
        while time.thread_time() < until_:
            pass
        taken.append(time.perf_counter() - began)
    row("10 ms of processor time take here", percentiles(sorted(taken)).removesuffix(" keys") + " times")


def percentiles(delays: Sequence[float]) -> str:
    """``p50 20 ms, p99 45 ms, of 200 keys``."""
    p50, p99 = (delays[min(len(delays) - 1, int(share * len(delays)))] * 1000 for share in (0.5, 0.99))
    return f"p50 {p50:.0f} ms, p99 {p99:.0f} ms, of {len(delays)} keys"


def flood(cache: str) -> None:
    """Events come far faster than anyone reads; keys must go on working and every loss must arrive."""
    with tempfile.TemporaryDirectory() as folder, BusyStep(Path(folder), FLOOD_RATE) as step, opened(panel(folder), cache) as run:
        run.wait_for(b"running")
        until(run, 2.0)
        used, began = run.cpu_seconds(), time.monotonic()
        delays = key_delays(run)
        share = (run.cpu_seconds() - used) / (time.monotonic() - began) * 100
        step.stop()
        start = len(run.output)
        watcher = Watcher(Path(folder))
        while True:
            snapshot = watcher.poll(50.0)
            if snapshot.series.x and snapshot.series.x[-1] == step.losses:
                break
        shown = f"{snapshot.steps[2].progress.done:,}/".encode()
        arrived = "arrived" if run.output.rfind(shown) >= 0 else f"arrived {comes(run, shown, start):.1f} s after the last"
        lost = step.losses - len(snapshot.series.x)
        watcher.close()
        memory = run.memory() / 2**20
    row(f"key delay, panel in a flood of {FLOOD_RATE:,} events/s", f"{percentiles(delays)} ({share:.0f} % of a core)", "goal p99 50 ms")
    row("events told and lost", f"{step.losses:,} losses, {step.notes:,} notes; {lost} lost; the newest {arrived}", "goal 0 lost")
    row("memory after the flood", f"{memory:.0f} MiB resident", "goal 70 MiB")


def large(rounds: int, cache: str, given: Path | None) -> None:
    """Opening a workspace of a million events and 100,000 responses."""
    from tests.bench import store

    with tempfile.TemporaryDirectory() as folder:
        place = given or Path(folder)
        if not (place / STORE_NAME).exists():
            store.SAMPLES = 10
            store.fill(place)
        attempt = f"#{store.ATTEMPTS}".encode()
        taken, tables, memory, used = [], [], 0.0, 0.0
        for _ in range(rounds):
            with opened(panel(place), cache) as run:
                taken.append(run.wait_for(attempt, 60.0))
                used = run.cpu_seconds()
                start = len(run.output)
                run.send(b"p")
                tables.append(comes(run, b"Question", start, 60.0))
                memory = max(memory, run.memory() / 2**20)
    row("1 M events, 100,000 responses: opens", f"{milliseconds(taken)} ({used * 1000:.0f} ms of processor)", "goal 1500 ms")
    row("its 10,000 problems in the table", milliseconds(tables))
    row("memory with that table", f"{memory:.0f} MiB resident")


def chart_times(points: int, width: int, height: int) -> tuple[list[float], list[float]]:
    """(seconds of a redraw, seconds to take one new point and redraw) of a curve with ``points`` points, down to the terminal's strips."""
    from screens.widgets.chart import Marks, View, draw
    from screens.widgets.curve import Curve
    from screens.widgets.glyphs import UNICODE
    from screens.widgets.pane import strip

    chance = random.Random(1)
    xs = list(range(1, points + 1))
    ys = [2 * math.exp(-4 * i / points) + 0.3 + chance.gauss(0, 0.1) for i in range(points)]
    curve = Curve()
    curve.update(xs, ys)
    marks = Marks(epochs=(points // 2, points), checkpoints=tuple(range(0, points, points // 10)), max_x=points)

    def redraw() -> None:
        for line in draw(curve, View(), marks, width, height, UNICODE):
            strip(line, width, "cogumi-dark", UNICODE)

    redraws, grown = [], []
    for index in range(40):
        started = time.perf_counter()
        redraw()
        redraws.append(time.perf_counter() - started)
        xs.append(points + index + 1)
        ys.append(0.3)
        started = time.perf_counter()
        curve.update(xs, ys)
        redraw()
        grown.append(time.perf_counter() - started)
    return redraws, grown


def charts() -> None:
    """The loss chart by itself, at the sizes it has on the three designed screens and alone on the largest."""
    for width, height in ((43, 19), (76, 13), (116, 34), (196, 46)):
        redraws, grown = chart_times(100_000, width, height)
        figure = f"redraw {_short(redraws)}, with a new point {_short(grown)}"
        row(f"chart of 100,000 points, {width} x {height}", figure, "goal 5 ms")


def _short(seconds: Sequence[float]) -> str:
    return f"{statistics.median(seconds) * 1000:.1f} ms (quietest {min(seconds) * 1000:.1f})"


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--nvitop", default="", help="path of an installed nvitop to compare with")
    parser.add_argument("--large", type=Path, help="a workspace made by tests.bench.store with 100,000 responses, or where to make one")
    args = parser.parse_args()
    row("load average before", f"{os.getloadavg()[0]:.2f} on {os.cpu_count()} cores")
    charts()
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as cache:
        first_paint(args.rounds, folder, cache, args.nvitop)
        for name, command in ((EMPTY_NAME, [sys.executable, "-c", EMPTY]), (PANEL_NAME, panel(folder))):
            share, memory = at_rest(command, cache)
            goal = "goal 1 %, 70 MiB" if name == PANEL_NAME else ""
            row(f"at rest, {name}", f"{share:.1f} % of a core, {memory:.0f} MiB resident", goal)
        busy_machine()
        keys_at_rest(folder, cache)
        busy(cache)
        flood(cache)
        large(max(3, args.rounds // 2), cache, args.large)
    row("load average after", f"{os.getloadavg()[0]:.2f}")


if __name__ == "__main__":
    main()
