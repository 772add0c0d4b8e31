"""``cogumi merge``: an adapter added into its 16-bit base, written as a checkpoint that needs no PEFT."""

from __future__ import annotations

import argparse
from pathlib import Path

HELP = "Add an adapter into its 16-bit base and write a checkpoint that any program loads, after checking that both say the same."
_TRAINED = ("checkpoints/self_consistent_final", "checkpoints/self_consistent_test")


def configure(parser: argparse.ArgumentParser) -> None:
    """Adds this command's arguments."""
    parser.add_argument("--workspace", metavar="DIR", help="folder of the work")
    parser.add_argument("--adapter", metavar="DIR", type=Path, help="the adapter (default: the workspace's final one, else the test one)")
    parser.add_argument("--base", metavar="MODEL", help="the base to merge into (default: model.base)")
    parser.add_argument("-o", "--output", metavar="DIR", type=Path, required=True, help="a new folder for the merged model")


def run(args: argparse.Namespace) -> int:
    """Merges, and prints where to and what the check found."""
    import dataclasses

    from app.commands.common import find_workspace
    from core.models.environment import settle
    from core.plan.load import load_settings

    workspace = find_workspace(args.workspace)
    settings = load_settings(workspace).settings.model
    if args.base:
        settings = dataclasses.replace(settings, base=args.base)
    adapter = args.adapter.expanduser().absolute() if args.adapter else _trained(workspace)
    out = args.output.expanduser().absolute()
    settle()
    from core.models.merge import merge

    print(f"merging {adapter} into {settings.base}", flush=True)
    report = merge(settings, workspace, adapter.resolve(), out)
    print(report.sentence)
    print(f"written: {out}")
    return 0


def _trained(workspace: Path) -> Path:
    """The adapter that the work has come to so far."""
    from core.errors import UsageError

    for name in _TRAINED:
        if (workspace / name).is_dir():
            return workspace / name
    raise UsageError(f"{workspace} has no trained adapter yet; train one, or name one with --adapter.")
