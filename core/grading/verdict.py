"""From the judge's lines to a code grade: the vector of test outcomes, and one sentence about the first thing that failed."""

from __future__ import annotations

from core.grading.blocks import parsed
from core.grading.code import normalised_source, program
from core.grading.sandbox.outcomes import with_notes
from core.grading.sandbox.patient import Runner
from core.grading.sandbox.pool import Job, Over, Told, never
from core.records import CodeTests, Grade
from core.text import plain_line

_LONGEST_ANSWER = 2000


def grade_code(text: str, tests: CodeTests, sandbox: Runner, over: Over = never) -> Grade:
    """Runs a response against its tests. The answer is one digit a test, 1 passed and 0 not; or the normalised source where no test
    can run; or None when there is no code. Raises GradingError when the sandbox fails, StopRequested once ``over()``."""
    code = program(text, tests)
    if code is None or not code.strip():
        return Grade(None, False, "no answer")
    if parsed(code) is None:
        return Grade(normalised_source(code)[:_LONGEST_ANSWER], False, "the code is not valid Python")
    count = _count(tests)
    told = sandbox.run(Job(code, tests.tests, tests.setup, tests.entry_point, tests.prefix), over)
    return _grade(told, count)


def _count(tests: CodeTests) -> int:
    if tests.entry_point is None:
        return len(tests.tests)
    try:
        return max(with_notes(tests.tests[0], "check")[1], 1)
    except SyntaxError:
        return 1


def _grade(told: Told, count: int) -> Grade:
    outcomes = ["0"] * count
    why: dict[int, str] = {}
    trouble = ""
    for line in told.lines:
        match line:
            case ("test", int(place), bool(passed), str(reason)) if 0 <= place < count:
                outcomes[place] = "1" if passed else "0"
                if not passed:
                    why.setdefault(place, reason)
            case ("error", stage, kind, text):
                trouble = _trouble(str(stage), str(kind), str(text))
    if told.end != "ended":
        trouble = "the time limit was reached" if told.end == "late" else "the code wrote more than its folder may hold"
    elif told.lines[-1:] != (("end",),) and not trouble:
        trouble = "the tests used up their time or memory"
    if trouble and "0" not in outcomes:
        outcomes[-1] = "0"  # every assert passed, but the check did not get to its end
    answer = "".join(outcomes)
    if "0" not in answer:
        return Grade(answer, True, f"passed {count} of {count}" if count > 1 else "passed")
    failed = min(why, default=None)
    detail = trouble if failed is None else f"test {failed + 1} of {count}: {why[failed]}"
    return Grade(answer, False, plain_line(detail or "not every test ran", 200))


def _trouble(stage: str, kind: str, text: str) -> str:
    if kind == "ended":
        return text
    where = "running the code raised" if stage == "load" else "the tests stopped at"
    return f"{where} {kind}{': ' + text if text else ''}"
