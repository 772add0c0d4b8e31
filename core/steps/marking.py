"""Grades responses beside the generation: one thread waits on the graders' children while the model makes the next batch.

The book is only ever touched from the step's own thread.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace

from core.grading.grade import GRADER, grade_all
from core.problems.yardstick import yardstick
from core.records import Grade, Problem, Response
from core.steps.book import Book

Work = tuple[list[Response], "Future[list[Grade]]"]


class Marker:
    """Hands responses to the graders and keeps their grades by response key. Use as a context manager."""

    def __init__(self, book: Book, problems: Mapping[str, Problem]) -> None:
        self.grades: dict[str, Grade] = {}
        self._book = book
        self._problems = problems
        self._yardsticks = {name: yardstick(problem) for name, problem in problems.items()}
        self._texts: dict[tuple[str, str], Grade] = {}
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="marker")
        self._under_way: list[Work] = []

    def __enter__(self) -> Marker:
        return self

    def __exit__(self, *exc: object) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)

    def add(self, responses: Sequence[Response]) -> None:
        """Takes responses; those that the book has graded against what counts now, or whose text was seen, are graded at once."""
        new = [response for response in responses if response.key not in self.grades]
        kept = self._book.grades([response.key for response in new], GRADER)
        known = {r.key: kept[r.key] for r in new if r.key in kept and kept[r.key].yardstick == self._yardsticks[r.problem_id]}
        self._remember((r, known[r.key]) for r in new if r.key in known)
        seen = {r.key: self._texts[r.problem_id, r.text] for r in new if r.key not in known and (r.problem_id, r.text) in self._texts}
        if seen:
            self._book.add_grades(seen, GRADER)
            self.grades.update(seen)
        left = [response for response in new if response.key not in self.grades]
        if left:
            items = [(self._problems[response.problem_id], response.text) for response in left]
            self._under_way.append((left, self._pool.submit(grade_all, items)))

    def collect(self, wait: bool = False) -> bool:
        """Takes in what the graders have finished, all of it when ``wait``; says whether anything new came."""
        came = False
        while self._under_way and (wait or self._under_way[0][1].done()):
            responses, future = self._under_way.pop(0)
            graded = {
                response.key: replace(grade, yardstick=self._yardsticks[response.problem_id])
                for response, grade in zip(responses, future.result(), strict=True)
            }
            self._book.add_grades(graded, GRADER)
            self._remember((response, graded[response.key]) for response in responses)
            came = True
        return came

    def _remember(self, graded: Iterable[tuple[Response, Grade]]) -> None:
        for response, grade in graded:
            self.grades[response.key] = grade
            self._texts[response.problem_id, response.text] = grade
