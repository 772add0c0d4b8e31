"""Writing values into ``cogumi.toml`` without touching the rest of it: comments, order and layout stay (tomlkit)."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from core.errors import SettingsError
from core.files import write_atomic
from core.plan.load import FILE_NAME


def write_values(workspace: Path, values: Mapping[str, Any], profile: str) -> Path:
    """Sets the dotted keys in the workspace's file and returns its path; a new file begins with ``profile``, which it stands on.

    Raises SettingsError when the file is no TOML or cannot be written; it is then as it was.
    """
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    path = workspace / FILE_NAME
    try:
        text = path.read_text(encoding="utf-8") if path.exists() else f'profile = "{profile}"\n'
        document: Any = tomlkit.parse(text)
        for key, value in values.items():
            _set(document, key.split("."), value)
        written = tomlkit.dumps(document)
        tomllib.loads(written)
        write_atomic(path, written.encode("utf-8"))
    except (TOMLKitError, tomllib.TOMLDecodeError, UnicodeDecodeError, TypeError) as error:
        raise SettingsError(f"{path} could not be changed: {' '.join(str(error).split())}. Mend it by hand.") from None
    except OSError as error:
        raise SettingsError(f"{path} could not be written: {error.strerror}.") from None
    return path


def _set(table: Any, parts: list[str], value: Any) -> None:
    import tomlkit

    for part in parts[:-1]:
        if part not in table:
            table[part] = tomlkit.table(is_super_table=part == "categories")
        table = table[part]
    table[parts[-1]] = value
