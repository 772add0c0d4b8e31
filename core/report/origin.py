"""Where an attempt's figures come from and how to get them again: versions, seeds, models, files with hashes, commands."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from sqlite3 import Connection
from typing import Any

from core.plan.fields import shown
from core.plan.load import flat, load_profile, settings_from_json
from core.plan.phases import PHASES
from core.plan.settings import Settings
from core.plan.template import toml_text
from core.report.contents import Change, FileMade, ModelUsed, Origin
from core.report.read import models_of
from core.runs.artifacts import made
from core.runs.attempts import ALL, changes, phase_target
from core.runs.store import runs
from core.runs.store.rows import RunRow
from core.runs.store.text import storable
from core.runs.usage import out_of_reach

_OF_THE_PERSON = ("panel.", "run.on_event")
"""Settings that belong to whoever sits at the screen, not to what came out."""


def changes_from_profile(settings: Settings) -> tuple[Change, ...]:
    """The settings that differ from their profile's, in the order of the file."""
    usual = flat(load_profile(settings.profile))
    return tuple(Change(key, usual.get(key), value) for key, value in flat(settings).items() if usual.get(key) != value)


def origin(db: Connection, workspace: Path, run: RunRow, settings: Settings) -> Origin:
    """Everything that it takes to do the attempt again."""
    environment = _environment(run.environment)
    packages = environment.get("packages")
    return Origin(
        str(environment.get("python", "")),
        str(environment.get("platform", "")),
        {str(name): str(version) for name, version in packages.items()} if isinstance(packages, Mapping) else {},
        {key: value for key, value in flat(settings).items() if key.rpartition(".")[2] == "seed"},
        _models(models_of(db, run.number)),
        tuple(FileMade(one.step, one.path, one.kind, one.sha256, one.now) for one in made(db, workspace, run.number)),
        commands(_begun(db, run), settings, _with_first_phase(db, run)),
    )


def commands(phases: Sequence[str], settings: Settings, first: Settings | None) -> tuple[str, ...]:
    """The command lines that do it again in a new workspace. ``first``: settings of an earlier attempt that Phase 1B.1 was done by."""
    if first is not None:
        return (_command(phase_target(PHASES[0]), first), _command(phase_target(PHASES[1]), settings, first))
    known = [phase for phase in PHASES if phase.id in phases]
    return (_command(ALL if len(known) == len(PHASES) else phase_target((known or [PHASES[0]])[0]), settings),)


def _begun(db: Connection, run: RunRow) -> tuple[str, ...]:
    """The attempt's phases that any step of has begun; the first where none has."""
    begun = {row.phase for row in runs.steps_of(db, run.number) if row.started is not None}
    return tuple(phase for phase in run.phases if phase in begun) or run.phases[:1]


def _command(target: str, settings: Settings, first: Settings | None = None) -> str:
    """``first``: settings of the attempt that this one is then made from; what comes too late to change of them is left as it is there."""
    anew = [] if first is None else ["--new"]
    words = ["cogumi", "run", target, "--workspace", "again", *anew, "--set", f"profile={settings.profile}"]
    chosen = {change.key: change.value for change in changes_from_profile(settings)}
    if first is not None:
        chosen |= {key: after for key, (_, after) in changes(first, settings).items()}
        chosen = {key: value for key, value in chosen.items() if not out_of_reach(key, first, [PHASES[1].id])}
    for key, value in chosen.items():
        if not key.startswith(_OF_THE_PERSON):
            words += ["--set", f"{key}={_toml(value)}"]
    return shlex.join(words)


def _toml(value: Any) -> str:
    return toml_text(storable(value)) if isinstance(value, str) else shown(value)


def _with_first_phase(db: Connection, run: RunRow) -> Settings | None:
    if PHASES[0].id in run.phases:
        return None
    earlier = runs.run(db, runs.holder(db, run.number, PHASES[0].id))
    return settings_from_json(earlier.settings) if earlier is not None and earlier.number != run.number else None


def _environment(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _models(rows: Sequence[tuple[str, str, str, int]]) -> tuple[ModelUsed, ...]:
    roles: dict[tuple[str, str], list[tuple[str, int]]] = {}
    for model, engine, role, count in rows:
        roles.setdefault((model, engine), []).append((role, count))
    return tuple(ModelUsed(model, engine, tuple(its)) for (model, engine), its in roles.items())
