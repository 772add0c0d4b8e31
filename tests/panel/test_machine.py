"""From the driver to the screen: GPUs of an imaginary machine that work, are held down, refuse and vanish, through sampler and store."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from core.runs.store import readings
from core.runs.telemetry.sampler import Sampler
from screens.ink import text_of
from screens.widgets import machine
from screens.widgets.glyphs import UNICODE
from tests.unit.runs.fake_nvml import FakeNvml
from tests.unit.runs.workbench import DIAGNOSE, NOW, Bench


class Watched:
    """A workspace whose machine is read every two seconds of a clock of its own."""

    def __init__(self, folder: Path, nvml: FakeNvml) -> None:
        self.bench = Bench(folder)
        self.bench.begin()
        self.bench.run_step(DIAGNOSE)
        self.sampler = Sampler(folder, 2.0, nvml=nvml, clock=lambda: self.bench.now, ticks=lambda: self.bench.now - NOW)
        self.sampler.watch(os.getpid())

    def pass_by(self, seconds: float) -> None:
        """Readings are taken and stored while time goes by."""
        for _ in range(round(seconds / 2)):
            self.bench.now += 2.0
            with self.bench.store.write() as db:
                readings.add_reading(db, self.sampler.read())

    def shown(self, width: int = 90, height: int = 30) -> str:
        """The machine pane of a panel that is opened now."""
        snapshot = self.bench.poll()
        assert snapshot.telemetry is not None
        lines = machine.rows(snapshot.telemetry, snapshot.history, width, height, UNICODE)
        assert len(lines) <= height
        return "\n".join(text_of(line).rstrip() for line in lines)

    def __enter__(self) -> Watched:
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.closing(self.bench.store):
            self.bench.watcher.close()


def row(text: str, start: str) -> str:
    """The line that begins so, its white space folded."""
    return " ".join(next(line for line in text.split("\n") if line.startswith(start)).split())


def test_power_heat_and_memory_are_told_and_this_steps_part_is_marked(tmp_path: Path) -> None:
    nvml = FakeNvml()
    with Watched(tmp_path, nvml) as watched:
        watched.pass_by(20)
        text = watched.shown()
        assert "93 %" in row(text, "0") and "512/700 W" in row(text, "0") and "33.0/80.0 GiB" in row(text, "0")
        assert "61 °C" in row(text, "1") and "1,755 MHz" in row(text, "1")
        assert row(text, "► this step") == "► this step 62.0 GiB of GPU 0, 1" and row(text, "  pid 1 ") == "pid 1 N/A of GPU 0, 1"
        assert "GPU 0 power 512 of 700 W, use 93 %" in text


def test_a_gpu_that_is_held_down_says_by_what_until_it_is_not(tmp_path: Path) -> None:
    nvml = FakeNvml()
    for index in (0, 1):
        nvml.changed[index, "nvmlDeviceGetCurrentClocksEventReasons"] = 0x1  # idle is no reason
    with Watched(tmp_path, nvml) as watched:
        watched.pass_by(10)
        assert "slowed" not in watched.shown()
        nvml.changed[1, "nvmlDeviceGetCurrentClocksEventReasons"] = 0x20 | 0x80
        watched.pass_by(2)
        assert row(watched.shown(), "GPU 1 slowed") == "GPU 1 slowed by heat, power brake"
        nvml.changed[1, "nvmlDeviceGetCurrentClocksEventReasons"] = 0
        watched.pass_by(2)
        assert "slowed" not in watched.shown()


def test_power_that_falls_while_the_use_stays_full_is_seen_in_the_graph(tmp_path: Path) -> None:
    nvml = FakeNvml(count=1)
    with Watched(tmp_path, nvml) as watched:
        nvml.changed[0, "nvmlDeviceGetPowerUsage"] = 690_000
        watched.pass_by(150)
        nvml.changed[0, "nvmlDeviceGetPowerUsage"] = 90_000
        watched.pass_by(150)
        lines = watched.shown().split("\n")
        start = next(index for index, line in enumerate(lines) if line.startswith("GPU 0 power"))
        graph = [line.ljust(45)[:43] for line in lines[start + 1 : start + 6]]
        middle = graph[2]
        # Half way up the area is there in the first half of the past and gone in the second, where the driver still says 93 %.
        assert middle[:18].strip("\u2800 ") and not middle[25:].strip("\u2800 ")
        assert graph[0][25:].strip("\u2800 ")


def test_what_a_driver_refuses_is_not_available_and_the_rest_goes_on(tmp_path: Path) -> None:
    nvml = FakeNvml({"nvmlDeviceGetPowerUsage", "nvmlDeviceGetTemperature"})
    with Watched(tmp_path, nvml) as watched:
        watched.pass_by(10)
        text = watched.shown()
        assert row(text, "0").count("N/A") == 2 and "93 %" in row(text, "0")
        assert "GPU 0 power N/A, use 93 %" in text


def test_a_gpu_that_falls_off_the_bus_keeps_its_row_and_is_told_and_the_others_go_on(tmp_path: Path) -> None:
    nvml = FakeNvml(count=8)
    with Watched(tmp_path, nvml) as watched:
        watched.pass_by(10)
        nvml.lost = {5}
        watched.pass_by(4)
        text = watched.shown(height=40)
        assert "GPU 5 no longer answers (GPU is lost)." in text
        assert row(text, "5").count("N/A") >= 4 and "512/700 W" in row(text, "6")


def test_a_driver_that_goes_away_leaves_the_host_and_a_sentence(tmp_path: Path) -> None:
    nvml = FakeNvml()
    with Watched(tmp_path, nvml) as watched:
        watched.pass_by(10)
        nvml.refuse, nvml.error = {"nvmlDeviceGetCount"}, "Driver/library version mismatch"
        watched.pass_by(2)
        text = watched.shown()
        assert "N/A: The GPU driver no longer answers (Driver/library version mismatch)." in " ".join(text.split())
        assert row(text, "CPU") and "free" in text


def test_the_past_is_there_for_a_panel_that_was_not(tmp_path: Path) -> None:
    with Watched(tmp_path, FakeNvml(count=1)) as watched:
        watched.pass_by(400)
        history = watched.bench.poll().history
        assert len(history) == 200 and history[-1].time - history[0].time == 398.0
