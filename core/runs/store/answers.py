"""Responses, the part they play in an attempt, their grades and verdicts."""

from __future__ import annotations

import dataclasses
import json
import sqlite3
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, cast, get_args

from core.plan.phases import PHASES
from core.problems.yardstick import shown_answer, yardstick
from core.records import Grade, Outcome, Problem, Response, Sampling, Verdict
from core.runs.store import events, runs
from core.runs.store.text import digest, dumps, number, storable

JUDGE = "judge"
"""The event that says by name which judge an attempt asks."""

_CHUNK = 5_000
_SELECT = (
    "SELECT keys.key, r.problem, r.sample, r.text, r.tokens, r.finish, r.logprob, sources.sampling, sources.model, sources.engine "
    "FROM responses r JOIN keys ON keys.id = r.id JOIN sources ON sources.id = r.source"
)
WHOLE = _SELECT.replace(" FROM", ", r.id FROM", 1)
"""Every response with its key and what made it, for joining by ``id``."""
COUNTED = (
    "SELECT response, role, problem, source, min(step) step, max(run) run FROM response_roles "
    "WHERE run = ?1 OR (run = ?2 AND role = 'before') GROUP BY response, role, problem, source"
)
"""Every response that counts for attempt ?1, once in each role: its own and, from before training, those of ?2, which carried the first
phase out for it and of which its own benchmark may use many again. ``run``: the later of the attempts that used it."""
_ASKED = "json_each(?) wanted JOIN keys ON keys.key = json_extract(wanted.value, '$[0]')"
_MARKS = "'', json_extract(wanted.value, '$[1]'), json_extract(wanted.value, '$[2]')"


def add_responses(db: sqlite3.Connection, run: int, step: int, responses: Sequence[Response], role: str, now: float) -> None:
    """Keeps responses and links them to the attempt. One that exists already is left as it is."""
    for response in responses:
        text = storable(response.text)
        key = key_id(db, response.key)
        db.execute(
            "INSERT OR IGNORE INTO responses (id, problem, sample, source, text, digest, tokens, finish, logprob, step, time) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                key,
                storable(response.problem_id),
                response.sample,
                _source_id(db, response),
                text,
                digest(text),
                response.tokens,
                response.finish,
                number(response.logprob),
                step,
                now,
            ),
        )
    use_responses(db, run, step, [response.key for response in responses], role)


def use_responses(db: sqlite3.Connection, run: int, step: int, keys: Collection[str], role: str) -> None:
    """Links responses that exist to the attempt; those it has in this role already stay as they are."""
    for chunk in _chunks(keys):
        db.execute(
            "INSERT OR IGNORE INTO response_roles (run, role, problem, response, digest, source, step) "
            "SELECT ?, ?, r.problem, r.id, r.digest, r.source, ? FROM json_each(?) wanted JOIN keys ON keys.key = wanted.value "
            "JOIN responses r ON r.id = keys.id",
            (run, role, step, chunk),
        )


def keep_only(db: sqlite3.Connection, run: int, step: int, keys: Collection[str], role: str) -> None:
    """Takes from the attempt what the step had linked in this role with other settings than it has now. The responses stay kept."""
    db.execute(
        "DELETE FROM response_roles WHERE run = ? AND role = ? AND step = ? AND response NOT IN "
        "(SELECT keys.id FROM json_each(?) wanted JOIN keys ON keys.key = wanted.value)",
        (run, role, step, dumps([storable(key) for key in keys])),
    )


def responses(db: sqlite3.Connection, keys: Collection[str]) -> dict[str, Response]:
    """Those of the keys that exist, from any attempt."""
    found: dict[str, Response] = {}
    for chunk in _chunks(keys):
        for row in db.execute(f"{_SELECT} JOIN json_each(?) wanted ON keys.key = wanted.value", (chunk,)):
            found[row[0]] = response_from(row)
    return found


def holder(db: sqlite3.Connection, run: int, role: str) -> int:
    """The attempt whose responses of a role count for ``run``: those from before training are the first phase's."""
    return runs.holder(db, run, PHASES[0].id) if role == "before" else run


def benchmark_holder(db: sqlite3.Connection, run: int) -> int:
    """The attempt whose responses from before training the benchmark of ``run`` has measured: itself, or before it has made any the one
    that carried the first phase out."""
    own = db.execute("SELECT 1 FROM response_roles WHERE run = ? AND role = 'before' LIMIT 1", (run,)).fetchone()
    return run if own else holder(db, run, "before")


def judge_of(db: sqlite3.Connection, run: int) -> int | None:
    """The number of the judge that an attempt asked last, None where that was not recorded: then the newest one counts."""
    told = [event for row in runs.steps_of(db, run) for event in events.newest(db, row.id, JUDGE)]
    name = max(told, key=lambda event: event.seq).values.get("name") if told else None
    row = db.execute("SELECT id FROM graders WHERE name = ?", (name,)).fetchone()
    return None if row is None else int(row[0])


def roles_of(db: sqlite3.Connection, run: int) -> list[str]:
    """The roles in which an attempt has responses; found by leaps from one to the next, however many responses there are."""
    found: list[str] = []
    leap = "SELECT role FROM response_roles WHERE run = ? AND role > ? ORDER BY role LIMIT 1"
    while row := db.execute(leap, (run, found[-1] if found else "")).fetchone():
        found.append(row[0])
    return found


def response_from(row: Sequence[Any]) -> Response:
    """A response out of the columns of this module's queries."""
    key, problem, sample, text, tokens, finish, logprob, sampling, model, engine = row[:10]
    return Response(key, problem, sample, text, tokens, finish, logprob, _sampling(sampling), model, engine)


def add_grades(db: sqlite3.Connection, grades: Mapping[str, Grade], grader: str) -> None:
    """Keeps grades by response key; a grader's later grade replaces its earlier one against the same yardstick."""
    by = grader_id(db, grader)
    for key, grade in grades.items():
        answer = None if grade.answer is None else storable(grade.answer)
        correct = None if grade.correct is None else int(grade.correct)
        db.execute(
            "INSERT OR REPLACE INTO grades (response, grader, answer, correct, reason, yardstick) VALUES (?, ?, ?, ?, ?, ?)",
            (key_id(db, key), by, answer, correct, storable(grade.reason), grade.yardstick),
        )


def grades(db: sqlite3.Connection, wanted: Mapping[str, Problem], grader: str) -> dict[str, Grade]:
    """Grades by response key, as far as the grader gave them: those found against the problem as it is given here, else those of which
    nobody kept what they were found against."""
    found: dict[str, Grade] = {}
    for chunk in _asked(wanted):
        rows = db.execute(
            f"SELECT keys.key, g.answer, g.correct, g.reason, g.yardstick FROM {_ASKED} "
            "JOIN graders ON graders.name = ? JOIN grades g ON g.response = keys.id AND g.grader = graders.id "
            f"AND g.yardstick IN ({_MARKS}) ORDER BY g.yardstick",
            (chunk, grader),
        )
        for key, answer, correct, reason, mark in rows:
            found[key] = Grade(answer, None if correct is None else bool(correct), reason, mark)
    return found


def add_verdicts(db: sqlite3.Connection, verdicts: Sequence[Verdict]) -> None:
    """Keeps verdicts; a judge's later verdict on a response replaces its earlier one against the same yardstick."""
    for verdict in verdicts:
        db.execute(
            "INSERT OR REPLACE INTO verdicts (response, judge, problem, outcome, reason, dollars, yardstick) VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                key_id(db, verdict.response_key),
                grader_id(db, verdict.judge),
                storable(verdict.problem_id),
                verdict.outcome,
                storable(verdict.reason),
                verdict.dollars,
                verdict.yardstick,
            ),
        )


def verdicts(db: sqlite3.Connection, wanted: Mapping[str, Problem], judge: str) -> dict[str, Verdict]:
    """Verdicts by response key, as far as the judge gave them; which of several is as for ``grades``."""
    found: dict[str, Verdict] = {}
    for chunk in _asked(wanted):
        rows = db.execute(
            f"SELECT keys.key, v.problem, v.outcome, v.reason, v.dollars, v.yardstick FROM {_ASKED} "
            "JOIN graders ON graders.name = ? JOIN verdicts v ON v.response = keys.id AND v.judge = graders.id "
            f"AND v.yardstick IN ({_MARKS}) ORDER BY v.yardstick",
            (chunk, judge),
        )
        for key, problem, outcome, reason, dollars, mark in rows:
            found[key] = Verdict(problem, key, known_outcome(outcome), judge, reason, dollars, mark)
    return found


def known_outcome(text: str) -> Outcome:
    """An outcome as stored; one that this version does not know counts as unreadable."""
    return cast(Outcome, text) if text in get_args(Outcome) else "unreadable"


def key_id(db: sqlite3.Connection, key: str) -> int:
    """The number that stands for a response key, whether or not there is a response of that key."""
    return _interned(db, "keys", "key", key)


def grader_id(db: sqlite3.Connection, name: str) -> int:
    """The number that stands for a grader or judge; later ones have higher numbers."""
    return _interned(db, "graders", "name", name)


def _interned(db: sqlite3.Connection, table: str, column: str, value: str) -> int:
    value = storable(value)
    row = db.execute(f"SELECT id FROM {table} WHERE {column} = ?", (value,)).fetchone()
    if row is not None:
        return int(row[0])
    return int(db.execute(f"INSERT INTO {table} ({column}) VALUES (?)", (value,)).lastrowid or 0)


def _source_id(db: sqlite3.Connection, response: Response) -> int:
    made_by = (storable(response.model), storable(response.engine), dumps(dataclasses.asdict(response.sampling)))
    row = db.execute("SELECT id FROM sources WHERE model = ? AND engine = ? AND sampling = ?", made_by).fetchone()
    if row is not None:
        return int(row[0])
    return int(db.execute("INSERT INTO sources (model, engine, sampling) VALUES (?, ?, ?)", made_by).lastrowid or 0)


@lru_cache(maxsize=1024)
def _sampling(text: str) -> Sampling:
    return Sampling(**json.loads(text))


def _asked(wanted: Mapping[str, Problem]) -> Iterator[str]:
    """Bunches of keys as for ``_chunks``, each with the marks of its problem."""
    marks = {id(problem): (yardstick(problem), shown_answer(problem)) for problem in {id(p): p for p in wanted.values()}.values()}
    ordered = [(storable(key), *marks[id(problem)]) for key, problem in wanted.items()]
    for start in range(0, len(ordered), _CHUNK):
        yield dumps(ordered[start : start + _CHUNK])


def _chunks(keys: Collection[str]) -> Iterator[str]:
    """The keys in bunches, each as a JSON list, which SQLite takes as one parameter however many there are."""
    ordered = list(keys)
    for start in range(0, len(ordered), _CHUNK):
        yield dumps([storable(key) for key in ordered[start : start + _CHUNK]])
