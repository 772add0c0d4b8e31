"""Readings: every GPU field may be refused by itself, a GPU may vanish, and a day of readings stays small."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

import pytest

from core.runs.snapshot import GpuReading, HostReading, Telemetry
from core.runs.store import readings
from core.runs.store.connection import open_writer
from core.runs.telemetry.gpu import GpuMeter, read_gpus
from core.runs.telemetry.history import History
from core.runs.telemetry.host import HostMeter
from core.runs.telemetry.sampler import SLOW_SECONDS, Sampler
from core.runs.workspace import STORE_NAME, prepare
from tests.unit.runs.fake_nvml import FakeNvml
from tests.unit.runs.helpers import until

WHOLE = GpuReading(
    0,
    "NVIDIA H100",
    0.93,
    33 << 30,
    80 << 30,
    512.0,
    700.0,
    61.0,
    1755,
    1980,
    ("power cap", "heat (hardware)"),
    ((os.getpid(), 31 << 30, True), (1, 0, False)),
)


def test_a_gpu_is_read_whole_with_this_steps_processes_marked() -> None:
    first, second = GpuMeter(FakeNvml()).read({os.getpid()}, slow=True)
    assert first == WHOLE
    assert second.index == 1


@pytest.mark.parametrize(
    ("function", "field"),
    [
        ("nvmlDeviceGetUtilizationRates", "utilisation"),
        ("nvmlDeviceGetMemoryInfo", "memory_used"),
        ("nvmlDeviceGetPowerUsage", "power_watts"),
        ("nvmlDeviceGetEnforcedPowerLimit", "power_cap_watts"),
        ("nvmlDeviceGetTemperature", "temperature_c"),
        ("nvmlDeviceGetClockInfo", "clock_mhz"),
        ("nvmlDeviceGetMaxClockInfo", "clock_max_mhz"),
        ("nvmlDeviceGetCurrentClocksEventReasons", "throttle"),
    ],
)
def test_a_field_that_the_driver_refuses_is_missing_and_the_others_are_there(function: str, field: str) -> None:
    reading = GpuMeter(FakeNvml({function})).read({os.getpid()}, slow=True)[0]
    assert getattr(reading, field) is None
    missing = {name for name in GpuReading.__dataclass_fields__ if getattr(reading, name) is None}
    assert missing == {field} | ({"memory_total"} if field == "memory_used" else set())


def test_processes_that_the_driver_refuses_are_none() -> None:
    assert GpuMeter(FakeNvml({"nvmlDeviceGetComputeRunningProcesses"})).read(set(), slow=True)[0].processes == ()


def test_slow_fields_are_read_only_when_asked() -> None:
    nvml = FakeNvml()
    meter = GpuMeter(nvml)
    meter.read(set(), slow=True)
    nvml.calls.clear()
    assert meter.read(set(), slow=False)[0].power_cap_watts == 700.0
    assert "nvmlDeviceGetComputeRunningProcesses" not in nvml.calls


def test_a_gpu_that_falls_off_the_bus_is_told_and_does_not_end_the_readings() -> None:
    nvml = FakeNvml()
    meter = GpuMeter(nvml)
    nvml.refuse, nvml.error = {"nvmlDeviceGetHandleByIndex"}, "GPU is lost"
    reading = meter.read(set(), slow=True)[0]
    assert (reading.name, reading.utilisation) == ("GPU 0", None)
    assert meter.note == "GPU 1 no longer answers (GPU is lost)."
    nvml.refuse = set()
    assert meter.read(set(), slow=True)[0].utilisation == 0.93
    assert meter.note == ""


def test_a_driver_that_goes_away_is_looked_for_again() -> None:
    nvml = FakeNvml()
    meter = GpuMeter(nvml)
    nvml.refuse, nvml.error = {"nvmlDeviceGetCount"}, "Uninitialized"
    assert meter.read(set(), slow=True) == ()
    assert not meter.connected
    assert meter.note == "The GPU driver no longer answers (Uninitialized)."
    nvml.refuse = set()
    meter.connect()
    assert len(meter.read(set(), slow=True)) == 2


def test_no_driver_is_a_sentence() -> None:
    assert read_gpus(FakeNvml({"nvmlInit"}, "NVML Shared Library Not Found")) == (
        (),
        "No NVIDIA driver on this machine, so there are no GPU figures.",
    )
    refused = read_gpus(FakeNvml({"nvmlInit"}, "Insufficient Permissions"))
    assert refused == ((), "The GPU driver refuses to answer (Insufficient Permissions).")


def test_the_host_is_read_with_the_steps_part_in_it(tmp_path: Path) -> None:
    meter = HostMeter(tmp_path)
    assert meter.read(0.0, (), slow=True).step_memory is None
    first = meter.read(1.0, {os.getpid()}, slow=True)
    assert first.step_cpu_share is None
    sum(i * i for i in range(300_000))
    second = meter.read(2.0, {os.getpid()}, slow=False)
    assert second.step_cpu_share is not None
    assert 0 <= second.step_cpu_share <= 1
    assert second.step_memory is not None
    assert 0 < second.step_memory < second.memory_total
    assert 0 < second.memory_used <= second.memory_total
    assert 0 < second.disk_free <= second.disk_total
    assert second.cores >= 1 and len(second.core_shares) >= 1
    assert second.cpu_share == pytest.approx(sum(second.core_shares) / len(second.core_shares))


def test_a_process_that_ended_meanwhile_is_no_trouble(tmp_path: Path) -> None:
    assert HostMeter(tmp_path).read(0.0, {2**22 + 1}, slow=True).step_memory is None


def test_the_sampler_reads_slow_fields_seldom_and_marks_the_step(tmp_path: Path) -> None:
    nvml, ticks = FakeNvml(), [100.0]
    sampler = Sampler(tmp_path, 1.0, nvml=nvml, clock=lambda: 5.0, ticks=lambda: ticks[0])
    sampler.watch(os.getpid())
    first = sampler.read()
    assert first.time == 5.0
    assert first.gpus[0].processes[0] == (os.getpid(), 31 << 30, True)
    nvml.calls.clear()
    ticks[0] += SLOW_SECONDS - 1
    sampler.read()
    assert nvml.calls.count("nvmlDeviceGetComputeRunningProcesses") == 0
    ticks[0] += 2
    sampler.read()
    assert nvml.calls.count("nvmlDeviceGetComputeRunningProcesses") == 2
    assert sampler.take() is sampler.latest
    assert sampler.take() is None


def test_the_sampler_goes_on_after_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    clock = iter([RuntimeError("no clock")])

    def now() -> float:
        for error in clock:
            raise error
        return 7.0

    sampler = Sampler(tmp_path, 0.01, nvml=FakeNvml(), clock=now)
    sampler.start()
    until(lambda: sampler.latest, seconds=10)
    sampler.stop()
    assert "RuntimeError: no clock" in capsys.readouterr().out


def test_readings_come_back_as_they_were(tmp_path: Path) -> None:
    prepare(tmp_path)
    host = HostReading(0.5, 2, 1, 2, 3, 4, 0.5, 0.25, 9, (0.9, 0.1))
    reading = Telemetry(3.0, host, (WHOLE, GpuReading(1, "refused")), "a note")
    with contextlib.closing(open_writer(tmp_path / STORE_NAME)) as store, store.write() as db:
        readings.add_reading(db, reading)
        assert readings.readings_after(db, 0, 10) == [(1, reading)]


def test_a_day_of_readings_stays_small_and_reaches_back_to_its_beginning(tmp_path: Path) -> None:
    prepare(tmp_path)
    day = 86_400
    with contextlib.closing(open_writer(tmp_path / STORE_NAME, durable=False)) as store, store.write() as db:
        for second in range(0, day, 10):
            readings.add_reading(db, Telemetry(float(second), HostReading(0.5, 2, 1, 2, 3, 4)))
            if second % 300 == 0:
                readings.thin(db, float(second))
        times = [row[0] for row in db.execute("SELECT time FROM telemetry ORDER BY time")]
        assert len(times) < 1_200
        assert times[0] == 0.0
        assert sum(time >= day - 900 for time in times) == 90


def test_a_reader_that_is_far_behind_gets_the_newest(tmp_path: Path) -> None:
    prepare(tmp_path)
    with contextlib.closing(open_writer(tmp_path / STORE_NAME)) as store, store.write() as db:
        for i in range(20):
            readings.add_reading(db, Telemetry(float(i), HostReading(0.5, 2, 1, 2, 3, 4)))
        assert [reading.time for _, reading in readings.readings_after(db, 0, 5)] == [15, 16, 17, 18, 19]


def test_a_reading_of_an_older_version_has_no_cores_of_its_own(tmp_path: Path) -> None:
    prepare(tmp_path)
    with contextlib.closing(open_writer(tmp_path / STORE_NAME)) as store, store.write() as db:
        db.execute("INSERT INTO telemetry (time, data) VALUES (1.0, '[1.0, [0.5, 2, 1, 2, 3, 4, null, null, null], [], \"\"]')")
        assert readings.readings_after(db, 0, 10)[0][1].host == HostReading(0.5, 2, 1, 2, 3, 4)


def test_the_past_is_bounded_reaches_back_and_is_never_out_of_order() -> None:
    history = History(most=100)
    for second in range(10_000):
        history.add(Telemetry(float(second), HostReading(0.5, 2, 1, 2, 3, 4)))
    history.add(Telemetry(9_990.0, HostReading(0.5, 2, 1, 2, 3, 4)))
    times = [reading.time for reading in history.readings]
    assert len(times) <= 100 and times == sorted(times)
    assert times[-50:] == [float(second) for second in range(9_950, 10_000)]
    assert times[0] < 9_000 and history.readings is history.readings
