"""Grading beside the generation: a polite stop leaves at once, whatever is being graded, and no grade that was given is lost."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence

import pytest

from core.errors import GradingError, StopRequested
from core.records import Category, CodeTests, Grade, Problem, Response, Sampling
from core.steps import marking
from core.steps.marking import Marker
from tests.unit.steps.helpers import MemoryBook

PROBLEM = Problem("code/1", Category.CODE, "Write f.", tests=CodeTests(("assert f(1) == 1",)))


def response(number: int, code: str) -> Response:
    text = f"```python\ndef f(x):\n    {code}  # {number}\n```"
    return Response(f"key{number}", PROBLEM.id, number, text, 5, "stop", None, Sampling(0.7), "model", "local")


def marker_of(book: MemoryBook, stopping: Callable[[], bool]) -> Marker:
    return Marker(book, {PROBLEM.id: PROBLEM}, stopping)


def test_a_stop_does_not_wait_for_code_that_never_ends_and_keeps_what_was_graded() -> None:
    book = MemoryBook()
    right = [response(number, "return x") for number in range(3)]
    endless = [response(number, "while True: pass") for number in range(3, 11)]
    began = time.monotonic()
    with pytest.raises(StopRequested, match="grading"), marker_of(book, lambda: len(book.kept_grades) == 3) as marker:
        marker.add([*right, *endless])
        marker.collect(wait=True)
    assert time.monotonic() - began < 15, "each of the eight would take eight seconds of its own"
    assert {key for key, _ in book.kept_grades} == {one.key for one in right}


def test_a_stop_between_batches_keeps_the_grades_that_have_come(monkeypatch: pytest.MonkeyPatch) -> None:
    came = threading.Event()

    def grading(items: Sequence[object], stopping: Callable[[], bool]) -> Iterator[tuple[int, Grade]]:
        yield 1, Grade("1", True)
        came.set()
        while not stopping():
            time.sleep(0.01)
        raise StopRequested("as asked")

    monkeypatch.setattr(marking, "grade_each", grading)
    book = MemoryBook()
    with pytest.raises(StopRequested, match="between batches"), marker_of(book, lambda: False) as marker:
        marker.add([response(number, "return x") for number in range(3)])
        assert came.wait(10)
        raise StopRequested("between batches")
    assert [key for key, _ in book.kept_grades] == ["key1"]


def test_what_grading_raises_reaches_the_step_after_what_was_graded_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    def grading(items: Sequence[object], stopping: Callable[[], bool]) -> Iterator[tuple[int, Grade]]:
        yield 0, Grade("1", True)
        raise GradingError("The sandbox is broken.")

    monkeypatch.setattr(marking, "grade_each", grading)
    book = MemoryBook()
    with pytest.raises(GradingError, match="broken"), marker_of(book, lambda: False) as marker:
        marker.add([response(0, "return x"), response(1, "return x")])
        marker.collect(wait=True)
    assert [key for key, _ in book.kept_grades] == ["key0"]
