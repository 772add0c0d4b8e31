"""Which grade and which verdict of a response count for an attempt: responses are shared between attempts, and a later one may have another
grader or judge, or a gold answer that was mended since. Those found against the problem as the attempt knows it come first."""

from __future__ import annotations

from sqlite3 import Connection

from core.runs.store.answers import holder

_ROLES = "'measure', 'benchmark', 'train', 'scan'"


def grade_of(db: Connection, run: int, asked: str = "measure") -> str:
    """The condition that joins to a used response ``l`` (run, problem, response) its one grade ``g``: of those against the problem as the
    attempt that used it knows it, the newest grader's.

    run: the attempt that is read; what it has no problems of, the one that carried its first phase out knows. asked: the role of the
    problems whose word comes first where an attempt knows two problems of one id.
    """
    return _only("grades", "g", "grader", "", holder(db, run, "before"), asked)


def verdict_of(db: Connection, run: int, judge: str, asked: str = "measure") -> str:
    """As ``grade_of`` for the verdict ``v``: of the judge whose number the parameter ``judge`` is, of the newest one where that is NULL."""
    return _only("verdicts", "v", "judge", judge, holder(db, run, "before"), asked)


def _only(table: str, one: str, by: str, chosen: str, carrier: int, asked: str) -> str:
    def among(row: str) -> str:
        return f"{row}.response = l.response" + (f" AND {row}.{by} = coalesce({chosen}, {row}.{by})" if chosen else "")

    def rank(row: str) -> str:
        return (
            f"coalesce((SELECT max(2 + 2 * (known.run = l.run) + (known.role = '{asked}')) FROM problems p "
            "CROSS JOIN problem_roles known ON known.problem = p.id "
            f"WHERE p.name = l.problem AND {row}.yardstick IN (p.yardstick, p.shown) "
            f"AND known.run IN (l.run, {carrier}) AND known.role IN ({_ROLES})), {row}.yardstick = '')"
        )

    # Ranks are only computed where a response has more than one; CROSS JOIN keeps the order, from the problems of one id to their roles.
    return (
        f"{among(one)} AND NOT EXISTS (SELECT 1 FROM {table} other WHERE {among('other')} "
        f"AND (other.{by}, other.yardstick) <> ({one}.{by}, {one}.yardstick) "
        f"AND ({rank('other')}, other.{by}, other.yardstick) > ({rank(one)}, {one}.{by}, {one}.yardstick))"
    )
