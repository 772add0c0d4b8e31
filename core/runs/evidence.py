"""What lies behind the figures: every problem of an attempt with its responses, and what graders and judges said of them.

Made for tables of 10,000 problems and 200,000 responses: figures are counted inside the database (store/sides.py), and no text is read
until one problem is opened.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from sqlite3 import Connection
from typing import Any, NamedTuple

from core.errors import UsageError
from core.plan.phases import phase_of
from core.records import Category, Grade, Problem, Response, Verdict
from core.runs.curves import whole_curve
from core.runs.snapshot import Series
from core.runs.store import answers, figures, problems, runs
from core.runs.store.connection import open_reader
from core.runs.store.sides import Side as Side
from core.runs.store.sides import sides, steps_with
from core.runs.store.standing import grade_of, verdict_of
from core.runs.store.text import dumps
from core.runs.unsolved import found_failures
from core.runs.workspace import Workspace

_SLICE = 10_000


class Part(NamedTuple):
    """A part that problems play in an attempt: the role of the problems, the roles of the responses on the two sides of the table, the
    step whose responses count where several steps gave some (validate and benchmark both measure after training), and the step that makes
    training examples of them."""

    problems: str
    first: str
    second: str = ""
    step: str = ""
    trainer: str = ""


PARTS: Mapping[str, Part] = {
    "measured": Part("measure", "before", "after", "validate"),
    "benchmark": Part("benchmark", "before", "after", "benchmark"),
    "scanned": Part("scan", "scan", "rescue", trainer="distill_failures"),
    "distilled": Part("train", "distill", trainer="distill"),
}
"""Measured before and after training; the benchmark's; scanned for failures; and those that the model made its training examples from."""


@dataclass(frozen=True, slots=True)
class ProblemFigures:
    """One problem with its figures on both sides of its part (before and after training for measured ones).

    failure: for scanned problems why they count as failures, "" for those that do not. trained: whether a training example was made
    from it, None where that is not decided (measured problems, scanned ones without a failure, steps that have not run).
    """

    id: str
    category: Category
    prompt: str
    gold: str | None
    before: Side
    after: Side
    failure: str = ""
    trained: bool | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """One response with the part it played, the grade and the verdict that count for the attempt."""

    role: str
    response: Response
    grade: Grade | None
    verdict: Verdict | None


@dataclass(frozen=True, slots=True)
class Opened:
    """A problem with all that an attempt knows of it. ``trained``: keys of the responses that were trained on. ``reference``: the
    reference response, None where there is none; ``reference_note`` says what is odd about it."""

    problem: Problem
    responses: tuple[Evidence, ...]
    trained: frozenset[str] = frozenset()
    reference: str | None = None
    reference_note: str = ""


def parts(workspace: Path, run: int | None = None) -> dict[str, int]:
    """The parts in which an attempt has problems, each with how many. Raises WorkspaceError when there is no store."""
    with _reading(workspace) as db:
        number = _attempt(db, run)
        counts = {name: _count(db, number, part.problems) for name, part in PARTS.items()}
    return {name: count for name, count in counts.items() if count}


def problem_figures(workspace: Path, run: int | None = None, *, part: str = "measured", listing: bool = False) -> list[ProblemFigures]:
    """Every problem of a part in an attempt (the latest when None), in the order in which they were added.

    Of a phase that an earlier attempt carried out they are that attempt's. With ``listing`` nothing is counted: the
    figures are missing and the answer comes at once. Raises WorkspaceError when there is no store.
    """
    chosen = PARTS[part]
    with _reading(workspace) as db:
        asked = _attempt(db, run)
        number = _carrier(db, asked, chosen)
        rows = db.execute(
            "SELECT p.name, p.category, json_extract(p.data, '$.prompt'), json_extract(p.data, '$.gold') FROM problem_roles r "
            "JOIN problems p ON p.id = r.problem WHERE r.run = ? AND r.role = ? ORDER BY r.position",
            (problems.holder(db, number, chosen.problems), chosen.problems),
        ).fetchall()
        judge = answers.judge_of(db, number)
        first, second = {}, {}
        if not listing:
            first = sides(db, _first_run(db, number, chosen), chosen.first, judge=judge, asked=chosen.problems)
        if not listing and chosen.second:
            second = sides(db, number, chosen.second, _steps(db, number, chosen), judge, chosen.problems)
        failures = found_failures(db, workspace, number) if part == "scanned" else {}
        trained = {problem for problem, _ in _trained(db, asked, chosen.trainer)} if chosen.trainer else set()
        none = Side()
        found = [
            ProblemFigures(name, Category(category), prompt, gold, first.get(name, none), second.get(name, none), failures.get(name, ""))
            for name, category, prompt, gold in rows
        ]
    return _with_training(found, part, trained)


def _with_training(rows: list[ProblemFigures], part: str, trained: Set[str]) -> list[ProblemFigures]:
    """Says of each problem from which examples could have been made whether one was; nothing before any was."""
    if not trained:
        return rows
    return [
        ProblemFigures(
            row.id, row.category, row.prompt, row.gold, row.before, row.after, row.failure,
            row.id in trained if part == "distilled" or row.failure else None,
        )
        for row in rows
    ]


def open_problem(workspace: Path, problem_id: str, run: int | None = None, *, part: str | None = None) -> Opened:
    """One problem with what was answered to it: in one part, or in all. Raises UsageError when the workspace does not know it."""
    with _reading(workspace) as db:
        asked = _attempt(db, run)
        number = asked if part is None else _carrier(db, asked, PARTS[part])
        role = "" if part is None else PARTS[part].problems
        problem = problems.one_problem(db, problems.holder(db, number, role) if role else number, problem_id, role)
        if problem is None:
            raise UsageError(f"{workspace} knows no problem {problem_id!r}.")
        asked_as = role or "measure"
        wanted = {number, answers.holder(db, number, "before")}
        own = set(answers.roles_of(db, number))
        roles = own.union(*(answers.roles_of(db, other) for other in wanted))
        rows = db.execute(
            f"SELECT r.key, r.problem, r.sample, r.text, r.tokens, r.finish, r.logprob, r.sampling, r.model, r.engine, l.role, "
            "g.answer, g.correct, g.reason, v.outcome, v.reason, v.dollars, judges.name, g.grader, l.step, l.run "
            f"FROM response_roles l JOIN ({answers.WHOLE}) r ON r.id = l.response LEFT JOIN grades g ON {grade_of(db, number, asked_as)} "
            f"LEFT JOIN verdicts v ON {verdict_of(db, number, '?4', asked_as)} LEFT JOIN graders judges ON judges.id = v.judge "
            "WHERE l.run IN (SELECT value FROM json_each(?1)) AND l.role IN (SELECT value FROM json_each(?2)) AND l.problem = ?3 "
            "ORDER BY l.role, r.sample, r.key",
            (dumps(sorted(wanted)), dumps(sorted(roles)), problem_id, answers.judge_of(db, number)),
        ).fetchall()
        if part is None:
            rows = [row for row in rows if row[-1] == number or row[10] not in own]
        else:
            chosen = PARTS[part]
            steps, first = _steps(db, number, chosen), _first_run(db, number, chosen)
            rows = [
                row for row in rows
                if (row[10] == chosen.first and row[-1] == first)
                or (row[10] == chosen.second and row[-1] == number and (steps is None or row[-2] in steps))
            ]
        trained = {key for kind in PARTS.values() if kind.trainer for _, key in _trained(db, asked, kind.trainer)}
        return Opened(problem, tuple(_evidence(row) for row in rows), frozenset(trained))


def search(workspace: Path, text: str, run: int | None = None, *, part: str = "measured") -> set[str]:
    """Ids of problems of a part whose prompt, gold or any response holds ``text``, upper and lower case (of ASCII) alike."""
    chosen = PARTS[part]
    pattern = "%" + text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
    with _reading(workspace) as db:
        number = _carrier(db, _attempt(db, run), chosen)
        found = db.execute(
            "SELECT p.name FROM problem_roles r JOIN problems p ON p.id = r.problem WHERE r.run = ? AND r.role = ? AND "
            "(json_extract(p.data, '$.prompt') LIKE ? ESCAPE '\\' OR json_extract(p.data, '$.gold') LIKE ? ESCAPE '\\')",
            (problems.holder(db, number, chosen.problems), chosen.problems, pattern, pattern),
        ).fetchall()
        for holder, role in ((_first_run(db, number, chosen), chosen.first), (number, chosen.second)):
            found += db.execute(
                "SELECT DISTINCT l.problem FROM response_roles l JOIN responses ON responses.id = l.response "
                "WHERE l.run = ? AND l.role = ? AND responses.text LIKE ? ESCAPE '\\'",
                (holder, role, pattern),
            ).fetchall()
    return {row[0] for row in found}


def curve_of(workspace: Path, run: int, step: str) -> Series:
    """The training curve of a step of any attempt, for laying attempts over each other."""
    with _reading(workspace) as db:
        row = next((row for row in runs.steps_of(db, run) if row.step == step), None)
        if row is None:
            raise UsageError(f"Attempt {run} has no step {step!r}.")
        return whole_curve(db, row.id).series


@contextmanager
def _reading(workspace: Path) -> Iterator[Connection]:
    store = open_reader(Workspace(workspace.absolute()).store)
    try:
        with store.read() as db:
            yield db
    finally:
        store.close()


def _attempt(db: Connection, run: int | None) -> int:
    found = runs.latest_run(db) if run is None else runs.run(db, run)
    if found is None:
        raise UsageError("There is no attempt yet." if run is None else f"There is no attempt {run}.")
    return found.number


def _count(db: Connection, run: int, role: str) -> int:
    holder = problems.holder(db, run, role)
    return int(db.execute("SELECT count(*) FROM problem_roles WHERE run = ? AND role = ?", (holder, role)).fetchone()[0])


def _carrier(db: Connection, run: int, part: Part) -> int:
    """The attempt that carried out for ``run`` the phase that a part belongs to."""
    return runs.holder(db, run, phase_of(part.step or part.trainer).id)


def _first_run(db: Connection, run: int, part: Part) -> int:
    """The attempt whose responses stand on the first side: the benchmark has its own from before training, others the diagnosed ones."""
    return answers.benchmark_holder(db, run) if part.step == "benchmark" else answers.holder(db, run, part.first)


def _steps(db: Connection, run: int, part: Part) -> list[int] | None:
    """The steps whose responses of the second side belong to the part; None for all, also where its own step gave none."""
    if not part.step:
        return None
    return [row for row, name in steps_with(db, run, part.second).items() if name == part.step] or None


def _trained(db: Connection, run: int, step: str) -> list[tuple[str, str]]:
    """Problems and the responses to them that were trained on: in the attempt, and in the first phase that it goes on from."""
    return [row for number in {run, answers.holder(db, run, "before")} for row in figures.trained_on(db, number, step)]


def _evidence(row: tuple[Any, ...]) -> Evidence:
    response = answers.response_from(row)
    role, answer, correct, reason, outcome, why, dollars, judge, grader = row[10:19]
    grade = None if grader is None else Grade(answer, None if correct is None else bool(correct), reason)
    verdict = None
    if outcome is not None:
        verdict = Verdict(response.problem_id, response.key, answers.known_outcome(outcome), judge, why, dollars)
    return Evidence(role, response, grade, verdict)
