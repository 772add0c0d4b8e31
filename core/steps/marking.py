"""Grades responses beside the generation: one thread waits on the graders' children while the model makes the next batch.

The book is only ever touched from the step's own thread. Grades are kept as they come, so that a stop loses none of them.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from core.errors import StopRequested
from core.grading.grade import GRADER, grade_each
from core.problems.yardstick import yardstick
from core.records import Grade, Problem, Response
from core.steps.book import Book

_LOOK_SECONDS = 0.2
"""Between two looks at a stop request while grades are awaited."""


class Marker:
    """Hands responses to the graders and keeps their grades by response key. Use as a context manager.

    Left with StopRequested, it breaks off what is being graded and keeps what was.
    """

    def __init__(self, book: Book, problems: Mapping[str, Problem], stopping: Callable[[], bool]) -> None:
        self.grades: dict[str, Grade] = {}
        self._book = book
        self._problems = problems
        self._stopping = stopping
        self._yardsticks = {name: yardstick(problem) for name, problem in problems.items()}
        self._texts: dict[tuple[str, str], Grade] = {}
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="marker")
        self._came: queue.SimpleQueue[tuple[Response, Grade] | Exception] = queue.SimpleQueue()
        self._awaited = 0
        self._over = threading.Event()

    def __enter__(self) -> Marker:
        return self

    def __exit__(self, kind: type[BaseException] | None, *exc: object) -> None:
        self._over.set()
        self._pool.shutdown(wait=True, cancel_futures=True)
        if kind is not None and issubclass(kind, StopRequested):
            self.collect()

    def add(self, responses: Sequence[Response]) -> None:
        """Takes responses; those that the book has graded against what counts now, or whose text was seen, are graded at once."""
        new = [response for response in responses if response.key not in self.grades]
        kept = self._book.grades({response.key: self._problems[response.problem_id] for response in new}, GRADER)
        known = {r.key: kept[r.key] for r in new if r.key in kept and kept[r.key].yardstick == self._yardsticks[r.problem_id]}
        self._remember((r, known[r.key]) for r in new if r.key in known)
        seen = {r.key: self._texts[r.problem_id, r.text] for r in new if r.key not in known and (r.problem_id, r.text) in self._texts}
        if seen:
            self._book.add_grades(seen, GRADER)
            self.grades.update(seen)
        left = [response for response in new if response.key not in self.grades]
        if left:
            self._awaited += len(left)
            self._pool.submit(self._mark, left)

    def collect(self, wait: bool = False) -> None:
        """Takes in what the graders have finished, all when ``wait``. Raises what grading raised, and StopRequested while it waits."""
        self._take_in(0.0)
        while wait and self._awaited:
            if self._stopping():
                raise StopRequested("Stopped as asked while grading; every grade that was given is kept, run the step again for the rest.")
            self._take_in(_LOOK_SECONDS)

    def _mark(self, responses: Sequence[Response]) -> None:
        """In the marker's thread: grades until all are graded or the marker is left."""
        items = [(self._problems[response.problem_id], response.text) for response in responses]
        try:
            for index, grade in grade_each(items, stopping=self._over.is_set):
                marked = replace(grade, yardstick=self._yardsticks[responses[index].problem_id])
                self._came.put((responses[index], marked))
        except StopRequested:
            return
        except Exception as error:  # it must reach the step, not vanish with the thread
            self._came.put(error)

    def _take_in(self, seconds: float) -> None:
        """Keeps what has come, in one commit, waiting at most so long for the first."""
        came: list[tuple[Response, Grade]] = []
        trouble: Exception | None = None
        try:
            while trouble is None:
                one = self._came.get(timeout=0.0 if came else seconds)
                if isinstance(one, Exception):
                    trouble = one
                else:
                    came.append(one)
        except queue.Empty:
            pass
        if came:
            self._awaited -= len(came)
            self._book.add_grades({response.key: grade for response, grade in came}, GRADER)
            self._remember(came)
        if trouble is not None:
            raise trouble

    def _remember(self, graded: Iterable[tuple[Response, Grade]]) -> None:
        for response, grade in graded:
            self.grades[response.key] = grade
            self._texts[response.problem_id, response.text] = grade
