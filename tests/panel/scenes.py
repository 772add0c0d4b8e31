"""Moments that the control screen must show well: from an idle new workspace to eight GPUs of which one throttles and one has vanished.

Each is a Snapshot by name; the figures are made up here and say nothing about any model or machine.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

from core.runs.snapshot import GpuReading, HostReading, Series, Snapshot, SpendingView, State, StepView, Telemetry
from tests.panel import fakes
from tests.panel.fakes import GIB, NOW

_H100 = "NVIDIA H100 80GB HBM3"


def gpu(index: int, moment: float, **changed: object) -> GpuReading:
    """One GPU that works; its power swings while its use stays near full."""
    swing = math.sin(moment / 9 + index) * math.sin(moment / 31 + 2 * index)
    reading = GpuReading(
        index, _H100, 0.97 - 0.02 * (index % 3) + 0.02 * swing, round((61 + 2 * index + swing) * GIB), round(79.6 * GIB),
        520 + 110 * swing - 12 * index, 700.0, 58 + index + 2 * swing, 1755 + round(60 * swing), 1980, (),
        ((4242 + index, (59 + 2 * index) * GIB, True), (990, 2 * GIB, False)),
    )
    return replace(reading, **changed)  # type: ignore[arg-type]


def cores(moment: float, count: int) -> tuple[float, ...]:
    """Shares of the cores, each at its own beat."""
    return tuple(round(0.5 + 0.48 * math.sin(moment / 7 + core * 1.7), 3) for core in range(count))


def machine(moment: float, gpus: Sequence[GpuReading], count: int = 16) -> Telemetry:
    """A server with those GPUs."""
    shares = cores(moment, count)
    busy = sum(shares) / count
    host = HostReading(busy, count, 96 * GIB, 503 * GIB, 910 * GIB, 1843 * GIB, busy * count, 0.14, 31 * GIB, shares)
    return Telemetry(moment, host, tuple(gpus))


def host_only(moment: float, training: bool = True) -> Telemetry:
    """A laptop without a GPU."""
    shares = cores(moment, 8)
    busy = sum(shares) / 8
    step = (0.8 * busy, round((0.7 + busy / 4) * GIB)) if training else (None, None)
    host = HostReading(busy, 8, round((5.1 + busy) * GIB), 16 * GIB, 41 * GIB, 96 * GIB, busy * 8, *step, shares)
    return Telemetry(moment, host, (), "No NVIDIA driver on this machine, so there are no GPU figures.")


def past(reading: Callable[[float], Telemetry], count: int = 160, every: float = 2.0) -> tuple[Telemetry, ...]:
    """Readings up to now."""
    return tuple(reading(NOW - every * (count - 1 - index)) for index in range(count))


def with_machine(snapshot: Snapshot, reading: Callable[[float], Telemetry]) -> Snapshot:
    """The same moment on another machine."""
    history = past(reading)
    return replace(snapshot, telemetry=history[-1], history=history)


def gpus(count: int) -> Snapshot:
    """Training on so many GPUs that all are well."""
    return with_machine(training(), lambda moment: machine(moment, [gpu(index, moment) for index in range(count)]))


def eight_gpus() -> Snapshot:
    """Training on eight GPUs: number 3 is held down, 5 refuses most fields, 7 has fallen off the bus."""

    def reading(moment: float) -> Telemetry:
        found = [gpu(index, moment) for index in range(8)]
        found[3] = replace(found[3], throttle=("power cap", "heat (hardware)"), temperature_c=88.0, clock_mhz=1190)
        found[5] = GpuReading(5, _H100, 0.95, 61 * GIB, round(79.6 * GIB))
        found[7] = GpuReading(7, "GPU 7")
        return replace(machine(moment, found, 96), gpu_note="GPU 7 no longer answers (GPU is lost).")

    return with_machine(training(), reading)


def curve(count: int, max_steps: int = 75, lift: float = 0.0) -> Series:
    """A training loss with held-out losses."""
    series = fakes.series(count, max_steps)
    loss = tuple(value + lift * (1 - math.exp(-index / 12)) for index, value in enumerate(series.loss))
    held_out = tuple((x, 2.0 * math.exp(-x / 20) + 0.42 + lift) for x in range(10, count + 1, 10))
    return replace(series, loss=loss, held_out=held_out)


def idle() -> Snapshot:
    """A new workspace on a laptop."""
    return with_machine(fakes.base(), lambda moment: host_only(moment, training=False))


def training() -> Snapshot:
    """In the middle of training, on a laptop."""
    spending = SpendingView(0.02, 0.0, 34.0, 2.0, step_dollars=0.01, forecast_dollars=0.02, budget_left=284.98)
    return with_machine(replace(fakes.training(), attempt=3, series=curve(41), spending=spending), host_only)


def measuring() -> Snapshot:
    """Validating: figures after training fill in with the batches, and with them the gate."""
    half = tuple(
        replace(view, now={name: fakes.estimate(e.value, e.n // 3, 0.07) for name, e in view.now.items()})
        for view in fakes.categories(now=True)
    )
    running = StepView(
        "validate", "1B.1", "validate", State.RUNNING, 1, NOW - 8, None, 8.0, 0.01,
        fakes.Progress(1650, 5000, "responses", 212.0, 16.0, "CODE at 0.7, run 4 of 10"), "", "", 4, "logs/validate.log",
    )
    steps = fakes.steps(diagnose=fakes.DIAGNOSE, distill=fakes.DISTILL, train=fakes.TRAIN, validate=running)
    gate = fakes.gates(True, "open")[0]
    criteria = tuple(
        replace(one, value=fakes.estimate(one.value.value, 66, 0.07)) if one.value and one.unit == "share" else one
        for one in gate.criteria
    )
    return with_machine(
        replace(
            fakes.training(75), sequence=300, steps=steps, categories=half, series=curve(75),
            gates=(replace(gate, criteria=criteria[:2] + criteria[2:3] + fakes.criteria(False)[3:]), fakes.gates()[1]),
            pace=tuple((NOW - 240 + 2 * i, 205 + 24 * math.sin(i / 4) - (160 if 50 <= i < 56 else 0)) for i in range(120)),
        ),
        host_only,
    )


def passed() -> Snapshot:
    """Phase 1B.1 is done and its gate passed."""
    return with_machine(replace(fakes.validated(), series=curve(75)), host_only)


def missed() -> Snapshot:
    """Phase 1B.1 is done and its gate failed."""
    return with_machine(replace(fakes.validated("failed"), series=curve(75)), host_only)


TRACEBACK = (
    "12:03:11 step 40, loss 0.5712, gradient norm 0.740, learning rate 9.3e-4",
    "Traceback (most recent call last):",
    '  File "core/training/train.py", line 121, in train',
    "    trainer.train()",
    '  File "transformers/trainer.py", line 2206, in train',
    "    return inner_training_loop(",
    "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a total capacity of 79.11 GiB",
)


def crashed() -> Snapshot:
    """Training ran out of the GPU's memory."""
    broken = replace(
        fakes.failed().steps[2], state=State.CRASHED, ended=NOW - 65,
        cause="Ended with exit code 1 without saying what came out: the GPU ran out of memory; lower generation.batch_size or "
        "train.per_device_train_batch_size, and run the step again: what was committed is kept.",
    )
    steps = fakes.steps(diagnose=fakes.DIAGNOSE, distill=fakes.DISTILL, train=broken)
    return with_machine(
        replace(fakes.failed(), steps=steps, state=State.CRASHED, series=curve(41), log_tail=(*fakes.LOG, *TRACEBACK)),
        lambda moment: machine(moment, [gpu(0, moment)]),
    )


def at_its_limit() -> Snapshot:
    """The budget guard has stopped training."""
    halted = replace(
        crashed().steps[2], state=State.STOPPED,
        cause="The limit of $0.05 for step train is reached ($0.05 spent); raise budget.step_dollars and run the step again to go on from "
        "where it stopped.",
    )
    steps = fakes.steps(diagnose=fakes.DIAGNOSE, distill=fakes.DISTILL, train=halted)
    return replace(crashed(), steps=steps, state=State.STOPPED, log_tail=fakes.LOG)


def stalled() -> Snapshot:
    """Training lives and has been silent for ten minutes."""
    quiet = replace(
        fakes.training().steps[2], state=State.STALLED, seconds=640.0,
        progress=fakes.Progress(41, 75, "steps"), cause="It has said nothing for 600 s; look at its log, or stop it and run it again.",
    )
    steps = fakes.steps(diagnose=fakes.DIAGNOSE, distill=fakes.DISTILL, train=quiet)
    return with_machine(
        replace(training(), state=State.STALLED, steps=steps, heard=NOW - 2),
        lambda moment: machine(moment, [gpu(0, moment, utilisation=0.0, power_watts=112.0)]),
    )


SCENES: dict[str, Callable[[], Snapshot]] = {
    "idle": idle,
    "training": training,
    "measuring": measuring,
    "passed": passed,
    "missed": missed,
    "crashed": crashed,
    "stalled": stalled,
    "at-its-limit": at_its_limit,
    "1-gpu": lambda: gpus(1),
    "2-gpus": lambda: gpus(2),
    "8-gpus": eight_gpus,
}
EARLIER = {2: curve(75, lift=0.35), 1: curve(52, lift=0.12)}
"""Training curves of two earlier attempts."""
