"""Grading many responses: on all cores, each distinct one once, in any thread, and stoppable between two of them.

MATH by its number, REASONING and KNOWLEDGE by their letter, CODE by its tests; INSTRUCTION by its exact text where there is a gold one.
"""

from __future__ import annotations

import atexit
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait

from core.errors import StopRequested
from core.grading.canonical import canonical
from core.grading.choices import chosen_letter, gold_letter
from core.grading.matcher import Matcher
from core.grading.measured import grade_math
from core.grading.sandbox.limits import Limits
from core.grading.sandbox.patient import Patient, second_sandbox
from core.grading.sandbox.pool import STOPPED, Over, Policy, Sandbox, never
from core.grading.verdict import grade_code
from core.problems.prompts import LETTERS
from core.records import Category, Grade, Problem

GRADER = "cogumi-4"
"""Version of everything that decides a grade: whoever keeps grades keeps them by this name, and it changes with the rules."""

_LOOK_SECONDS = 0.2  # between two looks at a stop request
_AHEAD = 4  # items handed to each worker before the first is done


class Grader:
    """Grades responses one by one, holding what that needs: sandbox processes and a math-verify child, both started when first used."""

    def __init__(self, policy: Policy = Policy(), limits: Limits = Limits()) -> None:  # noqa: B008 both are frozen
        self.sandbox = Sandbox(policy, limits)
        self._second = second_sandbox(policy, limits)
        self._patient = Patient(self.sandbox, self._second)
        self.matcher = Matcher()

    def grade(self, problem: Problem, text: str, over: Over = never) -> Grade:
        """The grade of one response. Raises GradingError when nothing can tell here, which is no fault of the response; StopRequested
        where code still runs once ``over()``."""
        match problem.category:
            case Category.MATH:
                return grade_math(text, problem.gold, problem.prompt, self.matcher)
            case Category.CODE:
                if problem.tests is None:
                    return Grade(canonical(problem, text, None), None, "no tests to run")
                return grade_code(text, problem.tests, self._patient, over)
            case Category.REASONING | Category.KNOWLEDGE:
                return _grade_choice(text, problem)
        return _grade_text(text, problem.gold)

    def close(self) -> None:
        """Ends the processes. The grader can be used again and starts new ones then."""
        self.sandbox.close()
        self._second.close()
        self.matcher.close()


def grade_all(
    items: Sequence[tuple[Problem, str]],
    *,
    on_grade: Callable[[int, Grade], None] | None = None,
    stopping: Callable[[], bool] | None = None,
    grader: Grader | None = None,
) -> list[Grade]:
    """The grades of (problem, response) pairs, in their order.

    on_grade: called in this thread with each index and grade as it comes. stopping: once it says true StopRequested is raised, soon and
    whatever code still runs, and the grades so far were given to ``on_grade``. Raises GradingError when grading itself fails.
    """
    grades: dict[int, Grade] = {}
    for index, grade in grade_each(items, stopping=stopping, grader=grader):
        grades[index] = grade
        if on_grade is not None:
            on_grade(index, grade)
    return [grades[index] for index in range(len(items))]


def grade_each(
    items: Sequence[tuple[Problem, str]], *, stopping: Callable[[], bool] | None = None, grader: Grader | None = None
) -> Iterator[tuple[int, Grade]]:
    """Yields (index, grade) as grades come, in no certain order; see ``grade_all``. Equal responses to one problem are graded once."""
    grader = grader or _shared()
    places: dict[tuple[object, ...], list[int]] = {}
    for index, (problem, text) in enumerate(items):
        places.setdefault(_content(problem, text), []).append(index)
    waiting = iter(list(places.values()))
    workers = cores()
    running: dict[Future[Grade], list[int]] = {}
    over = threading.Event()
    with ThreadPoolExecutor(workers, thread_name_prefix="grade") as pool:
        try:
            while True:
                while len(running) < workers * _AHEAD and (indices := next(waiting, None)) is not None:
                    running[pool.submit(grader.grade, *items[indices[0]], over.is_set)] = indices
                if not running:
                    return
                for future in wait(running, None if stopping is None else _LOOK_SECONDS, FIRST_COMPLETED).done:
                    grade = future.result()
                    for index in running.pop(future):
                        yield index, grade
                if stopping is not None and stopping():
                    raise StopRequested(STOPPED)
        finally:
            over.set()
            pool.shutdown(wait=True, cancel_futures=True)


def cores() -> int:
    """How many processes may run at once here."""
    try:
        return max(1, len(os.sched_getaffinity(0)))
    except AttributeError:  # macOS
        return os.cpu_count() or 1


def _content(problem: Problem, text: str) -> tuple[object, ...]:
    return (problem.category, problem.prompt, problem.gold, problem.tests, problem.choices, text)


def _grade_choice(text: str, problem: Problem) -> Grade:
    answer = chosen_letter(text, problem.choices, problem.prompt)
    gold = gold_letter(problem.gold, problem.choices) if problem.gold is not None else None
    if answer is None:
        return Grade(None, False if gold is not None else None, "no answer")
    if gold is None:
        return Grade(answer, None, "no gold letter to compare with")
    said = f" ({problem.choices[LETTERS.index(answer)]})" if problem.choices else ""
    return Grade(answer, answer == gold, f"chose {answer}{said}"[:200])


def _grade_text(text: str, gold: str | None) -> Grade:
    """Exact text, white space aside: one line of the response for each line of the gold text."""
    answer = "\n".join(" ".join(line.split()) for line in text.strip().splitlines() if line.strip())
    if not answer:
        return Grade(None, False if gold is not None else None, "no answer")
    if gold is None:
        return Grade(answer, None, "nothing to verify against")
    wanted = "\n".join(" ".join(line.split()) for line in gold.strip().splitlines() if line.strip())
    return Grade(answer, answer == wanted, "compared as text")


_lock = threading.Lock()
_kept: list[Grader] = []


def _shared() -> Grader:
    """The grader that calls without one of their own share, so that its processes are started once a program."""
    with _lock:
        if not _kept:
            _kept.append(Grader())
            atexit.register(_kept[0].close)
        return _kept[0]
