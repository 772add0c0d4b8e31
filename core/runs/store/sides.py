"""How each problem's responses of one role came out: counted inside the database, over rows that lie in problem order, no text read.

Definitions are those of core/measures: consistency is the share of the most common response or answer among the sampled (not the greedy)
responses; "no answer" counts as an answer of its own.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from sqlite3 import Connection
from typing import Any

from core.runs.store.standing import grade_of, verdict_of

GREEDY = "SELECT id FROM sources WHERE json_extract(sampling, '$.temperature') = 0"


@dataclass(frozen=True, slots=True)
class Side:
    """One problem's responses of one role. Shares are in 0..1; ``n`` counts sampled responses, ``graded`` those that could be graded."""

    n: int = 0
    response_consistency: float | None = None
    answer_consistency: float | None = None
    graded: int = 0
    correct: int = 0
    wins: int = 0
    losses: int = 0
    ties: int = 0
    greedy_correct: bool | None = None


def steps_with(db: Connection, run: int, role: str) -> dict[int, str]:
    """The steps that gave an attempt its responses of a role: row and id."""
    return dict(
        db.execute(
            "SELECT steps.id, steps.step FROM steps JOIN (SELECT DISTINCT step FROM response_roles WHERE run = ? AND role = ?) used "
            "ON used.step = steps.id",
            (run, role),
        ).fetchall()
    )


def sides(
    db: Connection, run: int, role: str, steps: Collection[int] | None = None, judge: int | None = None, asked: str = "measure"
) -> dict[str, Side]:
    """Figures by problem, counted in four passes: texts, graded answers, greedy responses, verdicts.

    steps: of these steps alone. judge: the number of the judge whose verdicts count, the newest of each response if None.
    asked: the role of the problems, of two that have one id.
    """
    grade, verdict = grade_of(db, run, asked), verdict_of(db, run, "?3", asked)
    chosen = "" if steps is None else f" AND l.step IN ({', '.join(str(int(step)) for step in steps)})"
    mine = f"l.run = ?1 AND l.role = ?2{chosen}"
    sampled = f"{mine} AND l.source NOT IN ({GREEDY})"
    texts = db.execute(
        f"SELECT problem, sum(c), max(c) FROM (SELECT problem, count(*) AS c FROM response_roles l WHERE {sampled} "
        "GROUP BY problem, digest) GROUP BY problem",
        (run, role),
    )
    counted: dict[str, dict[str, Any]] = {
        problem: {"n": n, "response_consistency": most / n} for problem, n, most in texts
    }
    graded = db.execute(
        "SELECT problem, sum(c), max(c), sum(known), sum(correct) FROM (SELECT l.problem AS problem, count(*) AS c, "
        "count(g.correct) AS known, coalesce(sum(g.correct), 0) AS correct FROM response_roles l "
        f"JOIN grades g ON {grade} WHERE {sampled} GROUP BY l.problem, g.answer) GROUP BY problem",
        (run, role),
    )
    for problem, n, most, known, correct in graded:
        counted[problem] |= {"answer_consistency": most / n, "graded": known, "correct": correct}
    greedy = db.execute(
        f"SELECT l.problem, max(g.correct) FROM response_roles l JOIN grades g ON {grade} "
        f"WHERE {mine} AND l.source IN ({GREEDY}) GROUP BY l.problem",
        (run, role),
    )
    for problem, correct in greedy:
        counted.setdefault(problem, {})["greedy_correct"] = None if correct is None else bool(correct)
    judged = db.execute(
        f"SELECT l.problem, sum(v.outcome = 'win'), sum(v.outcome = 'loss'), sum(v.outcome = 'tie') FROM response_roles l "
        f"JOIN verdicts v ON {verdict} WHERE {mine} GROUP BY l.problem",
        (run, role, judge),
    )
    for problem, wins, losses, ties in judged:
        counted.setdefault(problem, {}).update(wins=wins, losses=losses, ties=ties)
    return {problem: Side(**figures) for problem, figures in counted.items()}
