"""``cogumi init``: writes a commented ``cogumi.toml``."""

from __future__ import annotations

import argparse

from core.errors import UsageError, WorkspaceError

HELP = "Write a cogumi.toml with every setting, its help text and its value."


def configure(parser: argparse.ArgumentParser) -> None:
    """Adds this command's arguments."""
    parser.add_argument("--profile", choices=("practice", "h100"), default="h100", help="which values to write (default: h100)")
    parser.add_argument("--workspace", metavar="DIR", default=".", help="folder to write it to (default: here)")
    parser.add_argument("--force", action="store_true", help="replace a file that exists")


def run(args: argparse.Namespace) -> int:
    """Writes the file; refuses to replace one unless asked to."""
    from app.commands.common import find_workspace
    from core.files import write_atomic
    from core.plan.load import FILE_NAME
    from core.plan.template import template

    path = find_workspace(args.workspace) / FILE_NAME
    if path.exists() and not args.force:
        raise UsageError(f"{path} exists; edit it, or add --force to replace it.")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_atomic(path, template(args.profile).encode())
    except OSError as error:
        raise WorkspaceError(f"{path} cannot be written: {error.strerror}; choose another folder with --workspace.") from None
    print(f"wrote {path} (profile {args.profile}); `cogumi doctor` checks this machine, `cogumi` opens the panel")
    return 0
