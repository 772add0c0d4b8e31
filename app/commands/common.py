"""What several commands need: which workspace is meant."""

from __future__ import annotations

import stat
from pathlib import Path

from core.errors import UsageError
from core.plan.load import FILE_NAME


def find_workspace(given: str | None, *, there: bool = False) -> Path:
    """The folder named on the command line; else this folder if it holds a ``cogumi.toml`` or a store; else the practice workspace.

    there: the folder must exist, so that a mistyped name is not taken for a workspace where nothing was done yet; the practice
    workspace, which its first run makes, need not. Raises UsageError.
    """
    from core.runs.workspace import STORE_NAME, practice_workspace

    if given is not None:
        try:
            path = Path(given).expanduser().absolute()
            found: int | None = path.stat().st_mode
        except FileNotFoundError:
            found = None
        except (OSError, RuntimeError) as error:  # a RuntimeError is a ~user that is nobody's
            why = error.strerror if isinstance(error, OSError) else str(error).rstrip(".")
            raise UsageError(f"{given} cannot be a workspace: {why}; name another folder with --workspace.") from None
        if found is not None and not stat.S_ISDIR(found):
            raise UsageError(f"{path} is a file; --workspace names a folder.")
        if there and found is None and path != practice_workspace():
            raise UsageError(f"There is no folder {path}; mend its name, or let `cogumi init --workspace` or `cogumi run` make it.")
        return path
    here = Path.cwd()
    if (here / FILE_NAME).exists() or (here / STORE_NAME).exists():
        return here
    return practice_workspace()
