"""Code that runs out of time on a busy machine gets a second look by itself; code that never ends is not looked at for ever."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from core.grading.sandbox.limits import Limits
from core.grading.sandbox.patient import Patient, ran_out
from core.grading.sandbox.pool import Job, Over, Sandbox, Told, never
from core.grading.sandbox.watch import LATE, USED_UP

PASSED = Told((("total", 1), ("test", 0, True, ""), ("end",)), "ended")
FAILED = Told((("total", 1), ("test", 0, False, "AssertionError"), ("end",)), "ended")
USED = Told((("total", 1), ("test", 0, False, USED_UP), ("end",)), "ended")


class Looks:
    """Says what it is told to say, and counts how often it was asked."""

    def __init__(self, say: Callable[[Job], Told]) -> None:
        self._say = say
        self.count = 0

    def run(self, job: Job, over: Over = never) -> Told:
        self.count += 1
        return self._say(job)


def job(name: str = "f") -> Job:
    return Job(name, ("assert f(1)",))


@pytest.mark.parametrize(
    ("told", "out"),
    [
        (PASSED, False),
        (FAILED, False),
        (USED, True),
        (Told((("total", 1), ("test", 0, False, LATE), ("end",)), "ended"), True),
        (Told((("total", 1),), "late"), True),
        (Told((("total", 1),), "ended"), True),
        (Told((("total", 1),), "full"), False),
    ],
)
def test_only_time_and_memory_ask_for_another_look(told: Told, out: bool) -> None:
    assert ran_out(told) is out


def test_right_code_that_ran_out_of_time_beside_others_passes_by_itself() -> None:
    first, second = Looks(lambda _: USED), Looks(lambda _: PASSED)
    assert Patient(first, second, busy=lambda: True).run(job()) == PASSED
    assert (first.count, second.count) == (1, 1)


def test_wrong_code_and_a_quiet_machine_need_no_second_look() -> None:
    second = Looks(lambda _: PASSED)
    assert Patient(Looks(lambda _: FAILED), second, busy=lambda: True).run(job()) == FAILED
    assert Patient(Looks(lambda _: USED), second, busy=lambda: False).run(job()) == USED
    assert second.count == 0


def test_code_that_never_ends_is_soon_looked_at_only_now_and_then() -> None:
    second = Looks(lambda _: USED)
    patient = Patient(Looks(lambda _: USED), second, busy=lambda: True)
    for _ in range(100):
        assert patient.run(job()) == USED
    assert second.count == 4 + 4, "four in the beginning, then one in twenty-five"


def test_the_second_look_is_by_itself_and_nobody_waits_for_ever() -> None:
    lock, running, beside = threading.Lock(), [0], []

    def watched(told: Callable[[Job], Told], alone: bool) -> Callable[[Job], Told]:
        def run(job: Job) -> Told:
            with lock:
                running[0] += 1
                if alone:
                    beside.append(running[0])
            threading.Event().wait(0.002)
            with lock:
                running[0] -= 1
            return told(job)

        return run

    first = Looks(watched(lambda job: USED if job.code == "slow" else PASSED, alone=False))
    patient = Patient(first, Looks(watched(lambda _: PASSED, alone=True)), busy=lambda: True)
    with ThreadPoolExecutor(8) as pool:
        told = list(pool.map(lambda n: patient.run(job("slow" if n % 3 == 0 else "quick")), range(60)))
    assert told == [PASSED] * 60
    assert beside == [1] * 20


@pytest.mark.slow
def test_an_endless_loop_in_the_real_sandbox_runs_out_and_is_told_so() -> None:
    box = Sandbox(limits=Limits(wall_seconds=2, cpu_seconds=1))
    try:
        assert ran_out(box.run(Job("def f(x):\n    while True: pass", ("assert f(1)",))))
        assert not ran_out(box.run(Job("def f(x):\n    return x", ("assert f(1)",))))
    finally:
        box.close()
