"""Settings from defaults, profile, ``cogumi.toml`` and flags, in that order; every error names the key, the place and the way out."""

from __future__ import annotations

import dataclasses
import difflib
import json
import math
import tomllib
import typing
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from core.errors import SettingsError
from core.plan.profiles import PROFILES
from core.plan.settings import CategorySettings, Origin, Settings
from core.records import Category

FILE_NAME = "cogumi.toml"
_PLACES = {"flag": "--set", "form": "the form", "attempt": "the attempt's settings"}
"""Origins that are no file, as an error names them."""
_MOST = 2**63 - 1
_STORED = "The attempt's stored settings"
Where = Callable[[str], str]
"""Where the value of a dotted key came from, for an error's sentence."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """Settings with the origin of each value by dotted key, and the file they came from (None when there is none)."""

    settings: Settings
    origins: dict[str, Origin]
    path: Path | None


def load_settings(workspace: Path, overrides: Sequence[str] = (), chosen: Mapping[str, tuple[Any, Origin]] | None = None) -> Loaded:
    """The settings of a workspace: its ``cogumi.toml`` over its profile over the defaults, ``key=value`` overrides on top.

    chosen: values by dotted key with their origins, over the file and under the overrides. A folder without the file has the practice
    profile. Raises SettingsError.
    """
    path = workspace / FILE_NAME
    table = _read(path)
    given: list[tuple[str, Any, Origin]] = [(key, value, origin) for key, (value, origin) in (chosen or {}).items()]
    given += [(*_override(text), "flag") for text in overrides]
    profile = next((value for key, value, _ in reversed(given) if key == "profile"), None)
    profile = profile or (table.get("profile", "h100") if table is not None else "practice")
    if not isinstance(profile, str) or profile not in PROFILES:
        raise SettingsError(f"{path}: profile is {profile!r}; it must be one of {', '.join(sorted(PROFILES))}.")
    origins: dict[str, Origin] = {}
    merged: dict[str, Any] = {}
    _merge(merged, PROFILES[profile], "profile", origins)
    if table is not None:
        _check_shape(table, str(path))
        _merge(merged, table, "file", origins)
    for key, value, origin in given:
        _set(merged, key, value, f"{_PLACES.get(origin, path)} {key}")
        origins[key] = origin
    file = f"{path}" if table is not None else "the settings"

    def where(name: str) -> str:
        return _PLACES.get(origins.get(name, "default"), file)

    settings: Settings = _build(Settings, merged, "", where)
    _check_together(settings, file)
    return Loaded(settings, origins, path if table is not None else None)


def load_profile(profile: str) -> Settings:
    """A profile's settings as they are without any file or flag."""
    settings: Settings = _build(Settings, PROFILES[profile], "", lambda name: f"profile {profile}")
    return settings


def settings_to_json(settings: Settings) -> str:
    """All settings as one JSON object; ``settings_from_json`` gives the same settings back."""
    return json.dumps(dataclasses.asdict(settings), sort_keys=True)


def settings_from_json(text: str) -> Settings:
    """Settings as a run stored them. Keys that a later version no longer knows are ignored. Raises SettingsError when they are damaged."""
    try:
        table = json.loads(text)
    except (ValueError, RecursionError):
        table = None
    if not isinstance(table, dict):
        raise SettingsError(f"{_STORED} are damaged; put back a copy of the store, or start a new attempt.")
    settings: Settings = _build(Settings, _known(table), "", lambda name: _STORED)
    return settings


def flat(settings: Settings) -> dict[str, Any]:
    """Every value by its dotted key, in the order of the file."""
    return dict(_flatten("", dataclasses.asdict(settings)))


def _flatten(prefix: str, table: Mapping[str, Any]) -> typing.Iterator[tuple[str, Any]]:
    for key, value in table.items():
        name = f"{prefix}{key}"
        if isinstance(value, dict) and name != "panel.keymap":
            yield from _flatten(f"{name}.", value)
        else:
            yield name, value


def _read(path: Path) -> dict[str, Any] | None:
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise SettingsError(f"{path} cannot be read: {error.strerror}.") from None
    try:
        return tomllib.loads(data.decode("utf-8"))
    except UnicodeDecodeError:
        raise SettingsError(f"{path} is not UTF-8; save it as UTF-8.") from None
    except RecursionError:
        raise SettingsError(f"{path} is nested too deeply to be settings.") from None
    except ValueError as error:
        # TOMLDecodeError is one; a number of thousands of digits raises another.
        raise SettingsError(f"{path} is not valid TOML: {' '.join(str(error).split())}.") from None


def _override(text: str) -> tuple[str, Any]:
    key, equals, value = text.partition("=")
    key = key.strip()
    if not equals or not key:
        raise SettingsError(f"--set {text!r} is not key=value; write for example --set train.learning_rate=2e-4.")
    return key, read_text(value)


def read_text(text: str) -> Any:
    """The value that a text means: a TOML value, else the text itself."""
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except (tomllib.TOMLDecodeError, RecursionError):
        return text.strip()


def checked(key: str, value: Any) -> Any:
    """The value as the setting ``key`` holds it. Raises SettingsError when the setting does not take it, or there is none."""
    kind: Any = Settings
    *tables, name = key.split(".")
    if key not in _names():
        raise SettingsError(f"There is no setting {key!r}{_nearest(key, _names())}")
    for table in tables:
        if kind is Settings:
            kind = CategorySettings if table == "categories" else typing.get_type_hints(Settings)[table]
    item = next(field for field in dataclasses.fields(kind) if field.name == name)
    return _value(value, typing.get_type_hints(kind)[name], item.metadata, key, "this value")


def _merge(into: dict[str, Any], table: Mapping[str, Any], origin: Origin, origins: dict[str, Origin], prefix: str = "") -> None:
    for key, value in table.items():
        name = f"{prefix}{key}"
        if isinstance(value, Mapping) and name != "panel.keymap":
            _merge(into.setdefault(key, {}), value, origin, origins, f"{name}.")
        else:
            into[key] = value
            origins[name] = origin


def _set(table: dict[str, Any], key: str, value: Any, where: str) -> None:
    parts = key.split(".")
    known = _names()
    if key not in known and not key.startswith("panel.keymap."):
        raise SettingsError(f"{where}: there is no setting {key!r}{_nearest(key, known)}")
    for part in parts[:-1]:
        table = table.setdefault(part, {})
    table[parts[-1]] = value


@lru_cache(maxsize=1)
def _names() -> tuple[str, ...]:
    categories = {category: CategorySettings() for category in Category}
    return tuple(flat(dataclasses.replace(Settings(), categories=categories)))


def _nearest(key: str, known: Sequence[str]) -> str:
    close = difflib.get_close_matches(key, known, n=1, cutoff=0.5)
    if not close:
        last = key.rpartition(".")[2]
        close = [name for name in known if name.rpartition(".")[2] == last][:1]
    return f"; did you mean {close[0]!r}?" if close else "; `cogumi init` writes a file with all of them."


def _check_shape(table: Mapping[str, Any], where: str, prefix: str = "") -> None:
    """Every key of the file is a known setting, and a table stands where a table belongs."""
    names = _names()
    tables = {name.rpartition(".")[0] for name in names} | {"categories"}
    for part, value in table.items():
        key = f"{prefix}{part}"
        if key == "panel.keymap":
            continue
        if isinstance(value, Mapping):
            if key in names:
                raise SettingsError(f"{where}: {key!r} must be a value, not a table.")
            if not value and key not in tables:
                raise SettingsError(f"{where}: there is no table [{key}]{_nearest(key, sorted(tables))}")
            _check_shape(value, where, f"{key}.")
        elif key in tables:
            raise SettingsError(f"{where}: {key!r} must be a table, [{key}], not a value.")
        elif key not in names:
            raise SettingsError(f"{where}: there is no setting {key!r}{_nearest(key, names)}")


def _build(kind: Any, table: Mapping[str, Any], prefix: str, where: Where) -> Any:
    hints = typing.get_type_hints(kind)
    values: dict[str, Any] = {}
    for item in dataclasses.fields(kind):
        name, hint = f"{prefix}{item.name}", hints[item.name]
        if name == "categories":
            values[item.name] = _build_categories(table.get("categories", {}), where)
        elif dataclasses.is_dataclass(hint):
            inner = table.get(item.name, {})
            if not isinstance(inner, Mapping):
                example = f"{name}.{dataclasses.fields(hint)[0].name}"
                raise SettingsError(f"{where(name)}: {name} is a table; set one of its values, such as {example}.")
            values[item.name] = _build(hint, inner, f"{name}.", where)
        elif item.name in table:
            values[item.name] = _value(table[item.name], hint, item.metadata, name, where(name))
    return kind(**values)


def _build_categories(tables: object, where: Where) -> dict[Category, CategorySettings]:
    if not isinstance(tables, Mapping):
        raise SettingsError(f"{where('categories')}: categories is a table of tables, such as [categories.MATH].")
    found: dict[Category, CategorySettings] = {}
    for category in Category:
        name = f"categories.{category.value}"
        table = tables.get(category.value, {})
        if not isinstance(table, Mapping):
            raise SettingsError(f"{where(name)}: {name} is a table; set one of its values, such as {name}.source.")
        found[category] = _build(CategorySettings, table, f"{name}.", where)
    return found


def _value(value: Any, hint: Any, metadata: Mapping[str, Any], name: str, where: str) -> Any:
    if typing.get_origin(hint) is dict:
        if not isinstance(value, Mapping) or not all(isinstance(v, str) for v in value.values()):
            raise SettingsError(f"{where}: {name} must be a table of texts.")
        return dict(value)
    if isinstance(value, int) and abs(value) > _MOST:
        raise SettingsError(f"{where}: {name} is a number of more than 18 digits; give a smaller one.")
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    if not isinstance(value, hint) or (hint is int and isinstance(value, bool)):
        wanted = {bool: "true or false", int: "a whole number", float: "a number", str: "a text"}[hint]
        raise SettingsError(f"{where}: {name} is {_shown(value)}; it must be {wanted}.")
    if isinstance(value, float) and not math.isfinite(value):
        raise SettingsError(f"{where}: {name} is {value}; give a finite number.")
    low, high, choices = metadata["low"], metadata["high"], metadata["choices"]
    if choices is not None and value not in choices:
        raise SettingsError(f"{where}: {name} is {value!r}; it must be one of {', '.join(choices)}.")
    if (low is not None and value < low) or (high is not None and value > high):
        bounds = f"at least {low:g}" if high is None else f"at most {high:g}" if low is None else f"from {low:g} to {high:g}"
        raise SettingsError(f"{where}: {name} is {value:g}; it must be {bounds}.")
    return value


def _shown(value: Any) -> str:
    try:
        return repr(value)
    except (ValueError, RecursionError):
        # Python writes out no number of thousands of digits.
        return "a number far too long"


def _known(table: dict[str, Any]) -> dict[str, Any]:
    names = {f.name for f in dataclasses.fields(Settings)}
    return {key: value for key, value in table.items() if key in names}


def _check_together(settings: Settings, where: str) -> None:
    """What no single bound can tell."""
    generation = settings.generation
    if settings.model.engine == "server" and bool(generation.server_url) == bool(generation.server_command):
        raise SettingsError(
            f"{where}: model.engine is 'server', so either generation.server_url must name a server that runs, or "
            "generation.server_command must hold the command that starts one, and not both."
        )
    if settings.judge.kind == "llm" and not (settings.judge.url and settings.judge.model):
        raise SettingsError(f"{where}: judge.kind is 'llm', so judge.url and judge.model must be given.")
    if settings.generation.max_new_tokens >= settings.model.max_length:
        raise SettingsError(
            f"{where}: generation.max_new_tokens ({settings.generation.max_new_tokens}) leaves no room for a prompt in "
            f"model.max_length ({settings.model.max_length}); raise model.max_length."
        )
    if not any(category.measure_problems for category in settings.categories.values()):
        raise SettingsError(f"{where}: no category has measure_problems above 0, so nothing could be measured.")
