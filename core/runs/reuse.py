"""Which steps of an attempt would find their responses made: an earlier attempt has made them by the same model, to the same problems, with
the same sampling. The model of most steps is an adapter that a step trains, known by what that step has published once it is done.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from sqlite3 import Connection

from core.plan.load import flat
from core.plan.phases import PHASES
from core.plan.settings import Settings
from core.runs.snapshot import State
from core.runs.store import figures, runs
from core.runs.usage import is_free, users

_MEASURING, _SCANNING = frozenset({"measure"}), frozenset({"failures"})
_SOURCES = frozenset({"source", "train_source"})
_TABLES = {
    "diagnose": _MEASURING,
    "distill": frozenset({"distill"}),
    "validate": _MEASURING,
    "find_failures": _SCANNING,
    "distill_failures": _SCANNING,
    "benchmark": _MEASURING | _SCANNING,
}
"""Steps that make responses, and the tables of settings that say which, beside ``model`` and ``generation``."""

_OF_CATEGORIES = {
    "diagnose": _SOURCES | {"measure_problems"},
    "distill": _SOURCES | {"train_problems", "generate_temperature"},
    "validate": _SOURCES | {"measure_problems"},
    "find_failures": _SOURCES | {"failure_problems"},
    "distill_failures": _SOURCES | {"failure_problems"},
    "benchmark": _SOURCES | {"measure_problems", "benchmark_problems"},
}
_ADAPTER = {
    "validate": "train",
    "find_failures": "train",
    "distill_failures": "train",
    "benchmark": "train_failures",
}
"""The step that trains the adapter with which a step's responses are made; the others come before any training."""

_MAKING = {
    "train": frozenset({"distill", "train"}),
    "train_failures": frozenset({"find_failures", "distill_failures", "train_failures"}),
}
"""The steps that an adapter comes out of."""

_VERDICTS = frozenset({"failures.min_consistency", "gate.consistency"})
"""They say what a failure is: with others the scan asks for nearly the same responses, and what follows for those to other problems."""

_MORE_SAMPLES = "failures.rescue_samples"


@dataclass(frozen=True, slots=True)
class Reuse:
    """steps: whose responses all exist. perhaps: whose responses exist in part, or exist if an adapter still to be trained comes out as an
    earlier one did. before: whether what the benchmark measures before training exists."""

    steps: frozenset[str] = frozenset()
    perhaps: frozenset[str] = frozenset()
    before: bool = False


def reuse(db: Connection, number: int, stands_on: int, settings: Settings, earlier: Mapping[int, Settings]) -> Reuse:
    """What attempt ``number``, which may not exist yet, would find of the ``earlier`` attempts' responses.

    stands_on: the attempt whose Phase 1B.1 it goes on from: itself where it does both phases.
    """
    steps: set[str] = set()
    perhaps: set[str] = set()
    before = False
    mine = _adapters(db, number, stands_on)
    for run, had in earlier.items():
        changed = _changed(had, settings)
        theirs = _adapters(db, run, runs.holder(db, run, PHASES[0].id))
        for row in runs.steps_of(db, run):
            if run == number or row.state is not State.DONE or row.step not in _TABLES:
                continue
            other = {key for key in changed if _asks(row.step, key)}
            if row.step == "benchmark":
                before |= not {key for key in other if not key.startswith("failures.")}
            if other - _VERDICTS or (other and row.step == "benchmark"):
                continue
            same = _same_adapter(_trained_by(row.step, settings), mine, theirs, changed, settings)
            if same and not other:
                steps.add(row.step)
            elif same is not False:
                perhaps.add(row.step)
    return Reuse(frozenset(steps), frozenset(perhaps - steps), before)


def _changed(one: Settings, other: Settings) -> set[str]:
    before, after = flat(one), flat(other)
    return {key for key in {**before, **after} if before.get(key) != after.get(key) and not is_free(key)}


def _asks(step: str, key: str) -> bool:
    """Whether a setting says which responses a step asks for."""
    table, _, rest = key.partition(".")
    if table == "categories":
        return rest.partition(".")[2] in _OF_CATEGORIES[step]
    if key == _MORE_SAMPLES:
        return step == "distill_failures"
    if key in _VERDICTS:
        return "failures" in _TABLES[step]
    return table in ("model", "generation") or table in _TABLES[step]


def _adapters(db: Connection, number: int, stands_on: int) -> dict[str, str]:
    """SHA-256 of the adapters that an attempt goes on with, by the step that trained each; without those that are not trained yet."""
    found: dict[str, str] = {}
    for run, phase in ((stands_on, PHASES[0].id), (number, PHASES[1].id)):
        done = {row.id: row.step for row in runs.steps_of(db, run) if row.phase == phase and row.state is State.DONE}
        found |= {done[made.step]: made.sha256 for made in figures.artifacts_of(db, run) if made.step in done and made.kind == "adapter"}
    return found


def _trained_by(step: str, settings: Settings) -> str | None:
    """The step that trains the adapter with which a step makes its responses, None where nothing of this plan has trained it."""
    return None if settings.failures.model == "start" and step in ("find_failures", "distill_failures") else _ADAPTER.get(step)


def _same_adapter(
    trained_by: str | None, mine: Mapping[str, str], theirs: Mapping[str, str], changed: Collection[str], settings: Settings
) -> bool | None:
    """Whether both attempts have the same adapter; None where mine is still to be trained, in the way that theirs was."""
    if trained_by is None:
        return True
    if trained_by in mine:
        return mine[trained_by] == theirs.get(trained_by)
    making = _MAKING[trained_by]
    if trained_by == "train_failures" and settings.failures.model != "start":
        if "train" not in mine:
            making |= _MAKING["train"]
        elif mine["train"] != theirs.get("train"):
            return False
    return None if not any(users(key, settings) & making for key in changed) else False
