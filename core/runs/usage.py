"""Which steps and gates a setting decides about: what binds it once they are done, and what a change of it can still reach. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Set

from core.plan.phases import PHASES, PhasePlan
from core.plan.settings import Settings
from core.records import Category

_FREE_TABLES = {"budget", "run", "panel"}
_FREE_KEYS = {
    "generation.batch_size",
    "generation.server_start_seconds",
    "generation.server_concurrency",
    "generation.server_key_env",
    "judge.url",
    "judge.key_env",
    "judge.max_dollars",
    "judge.concurrency",
    "measure.allow_overlap",
}
"""Settings that decide how work is done or paid for, not what comes out: they may change within an attempt, as may those of the free tables
that ``_KEYS`` does not name."""

_FIRST, _LAST = (phase.gate.id for phase in PHASES)
_MEASURING = frozenset({"diagnose", "validate", "benchmark"})
_SCANNING = frozenset({"find_failures", "distill_failures", "benchmark"})
_TRAINING = frozenset({"train", "train_failures"})
_TABLES = {
    "distill": frozenset({"distill"}),
    "failures": _SCANNING | {"train_failures"},
    "train": _TRAINING,
    "measure": _MEASURING,
    "judge": _MEASURING,
}
"""What a table of settings decides about; of the tables that are not named here every setting decides about everything."""

_KEYS = {
    "failures.rescue_samples": frozenset({"distill_failures"}),
    # A step of training takes so many times the rows; responses are the same texts however many make them.
    "run.processes": _TRAINING,
    # What counts as consistent decides which problems are failures too.
    "gate.consistency": _SCANNING | {_FIRST, _LAST},
    "gate.reasoning_against": frozenset({_FIRST}),
    "gate.reasoning_margin": frozenset({_FIRST}),
    **{f"gate.{one.threshold}": frozenset({phase.gate.id}) for phase in PHASES for one in phase.gate.criteria},
}
_COUNTS = {
    # Measuring checks its problems against the training problems, and the gates' consistency is taken over the trained categories.
    "train_problems": _MEASURING | {"distill", _FIRST, _LAST},
    "measure_problems": _MEASURING,
    "benchmark_problems": frozenset({"benchmark"}),
    "failure_problems": _SCANNING,
}
_TEMPERATURES = {"generate_temperature": frozenset({"distill"}), "train_temperature": frozenset({"distill", "distill_failures"})}
"""Of each category; its two sources decide about whatever draws problems of it, for each side is kept apart from the other."""


def is_free(key: str) -> bool:
    """Whether a setting decides only how work is done, paid for or shown, so that it may change within an attempt."""
    return key in _FREE_KEYS or (key.partition(".")[0] in _FREE_TABLES and key not in _KEYS)


def is_limit(key: str) -> bool:
    """Whether a setting is a limit of money or what it counts."""
    return key.startswith("budget.") or key == "judge.max_dollars"


def users(key: str, settings: Settings) -> Set[str]:
    """Ids of the steps and gates that a setting, by its dotted key, decides about; none where it is free.

    settings: those that the steps were done with; in them a category's sources decide about nothing where none of its problems are drawn.
    """
    if is_free(key):
        return frozenset()
    if key in _KEYS:
        return _KEYS[key]
    table, _, rest = key.partition(".")
    if table == "categories":
        category, _, name = rest.partition(".")
        return _of_category(Category(category), name, settings)
    return _TABLES.get(table, _ids(PHASES))


def out_of_reach(key: str, settings: Settings, phases: Iterable[str]) -> bool:
    """Whether a change of a setting comes too late for an attempt of these phases, by id: a gate before them was decided by it, or
    nothing in them follows it."""
    own = _ids(phase for phase in PHASES if phase.id in set(phases))
    gates = {phase.gate.id for phase in PHASES} - own
    found = users(key, settings)
    return bool(found & gates) or bool(found and not found & own)


def _of_category(category: Category, name: str, settings: Settings) -> Set[str]:
    if name in _COUNTS:
        return _COUNTS[name]
    if name in _TEMPERATURES:
        return _TEMPERATURES[name]
    table = settings.categories[category]
    return frozenset().union(*(those for count, those in _COUNTS.items() if getattr(table, count)))


def _ids(phases: Iterable[PhasePlan]) -> frozenset[str]:
    return frozenset(id_ for phase in phases for id_ in (*(step.id for step in phase.steps), phase.gate.id))
