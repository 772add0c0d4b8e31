"""The problems of a run: drawn once, kept in its book, and never trained on and measured on at once."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from core.errors import StepFailed
from core.plan.settings import CategorySettings
from core.problems.overlap import overlap
from core.problems.source import load_problems
from core.problems.splits import Role
from core.records import Category, Problem
from core.steps.context import Context
from core.text import plain_line


def measured_problems(context: Context) -> list[Problem]:
    """The held-out problems of this run, in every category that is measured."""
    return _drawn(context, "measure", "measure", lambda table: table.measure_problems)


def benchmark_problems(context: Context) -> list[Problem]:
    """The held-out problems of the final benchmark, in all categories that have any."""
    return _drawn(context, "benchmark", "measure", lambda table: table.benchmark_problems or table.measure_problems)


def training_problems(context: Context) -> list[Problem]:
    """The problems that this run distils, in every category that is trained."""
    return _drawn(context, "train", "train", lambda table: table.train_problems)


def scanned_problems(context: Context) -> list[Problem]:
    """The training problems of this run that are searched for failures."""
    return _drawn(context, "scan", "scan", lambda table: table.failure_problems)


def trained_categories(context: Context) -> list[Category]:
    """The categories that this run trains, over which the gates' consistency is taken."""
    return [category for category in Category if context.settings.categories[category].train_problems]


def _drawn(context: Context, kept_as: str, role: Role, count: Callable[[CategorySettings], int]) -> list[Problem]:
    """The run's problems that are kept under a name, drawn now if there are none yet or if the settings now draw from something else.

    A run that goes on from another has the other's problems, unless it asks for others; a larger sample begins with the smaller one, so
    that what was made for those is made no second time. What finished steps have used cannot change within a run: its settings are bound.
    """
    kept = context.book.problems(kept_as)
    settings = context.settings
    seed = settings.measure.seed if role == "measure" else settings.generation.seed
    wanted = {category: count(table) for category, table in settings.categories.items()}
    asked = json.dumps(
        [
            [c, table.source, "" if role == "measure" else table.train_source, wanted[c], seed]
            for c, table in settings.categories.items()
            if wanted[c]
        ]
    )
    was = context.book.drawn(kept_as)
    if kept and (was == asked if was else context.book.has_problems(kept_as) or _serves(kept, wanted)):
        _refuse_shared_ids(kept, ", and start a new attempt (--new)")
        return kept
    problems: list[Problem] = []
    for category in Category:
        table = settings.categories[category]
        if not count(table):
            continue
        drawn = load_problems(category, table, role, count(table), seed, context.workspace, note=context.note)
        fewer = f", all there are of the {count(table)} asked for" if len(drawn) < count(table) else ""
        context.note(f"drew {len(drawn)} {category} problems to {role}{fewer}")
        problems += drawn
    _refuse_shared_ids(problems)
    context.book.add_problems(problems, kept_as, asked)
    return problems


def _refuse_shared_ids(problems: Sequence[Problem], then: str = "") -> None:
    """Raises StepFailed where two categories have a problem of one id: responses are counted by it. ``then``: what else is to be done."""
    owners: dict[str, Problem] = {}
    for problem in problems:
        first = owners.setdefault(problem.id, problem)
        if first.category is not problem.category:
            advice = "give the rows of one of them other ids"
            if _unnamed(first) and _unnamed(problem):
                advice = "rows without an id are called by their file's name: rename one of the files or give its rows an id"
            raise StepFailed(
                f"{first.category} ({first.source}) and {problem.category} ({problem.source}) both have a problem with the id "
                f"{problem.id[:80]!r}; {advice}{then}."
            )


def _unnamed(problem: Problem) -> bool:
    """Whether a local file's row brought no id, so that it is called by the file's name and its number."""
    return problem.id == f"{plain_line(Path(problem.source).stem)}/{problem.row}"


def _serves(kept: Sequence[Problem], wanted: Mapping[Category, int]) -> bool:
    """Whether another run's problems are as many of each category as this one asks for."""
    counts = Counter(problem.category for problem in kept)
    return all(counts[category] == count for category, count in wanted.items())


def refuse_overlap(context: Context, training: Sequence[Problem], measured: Sequence[Problem]) -> None:
    """Tells what the contamination check finds, and raises StepFailed when it finds something that no override allows."""
    found = overlap(training, measured)
    reason = context.settings.measure.allow_overlap
    text = found.text if not (found.found and reason) else f"{found.text} Allowed by measure.allow_overlap: {reason}"
    context.book.emit("overlap", text=text)
    if found.found and not reason:
        raise StepFailed(
            f"{found.text} Problems used for training are never measured on: change categories.*.source or the seeds, "
            "or give a reason in measure.allow_overlap, which is recorded and shown."
        )
    context.note(text, "warning" if found.found else "info")
