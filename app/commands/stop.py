"""``cogumi stop``: asks the running step to save its work and end."""

from __future__ import annotations

import argparse

HELP = "Stop the running step politely: it saves what it has, and running it again goes on from there."


def configure(parser: argparse.ArgumentParser) -> None:
    """Adds this command's arguments."""
    parser.add_argument("--workspace", metavar="DIR", help="folder of the work")
    parser.add_argument("--now", action="store_true", help="at once, for a step that hangs: what it has not committed is made again")


def run(args: argparse.Namespace) -> int:
    """Asks and returns at once; the panel and ``cogumi status`` show when the step has ended."""
    from app.commands.common import find_workspace
    from core.runs.launch import stop

    workspace = find_workspace(args.workspace)
    if stop(workspace, now=args.now):
        now = "ended the running step; what was committed is kept"
        print(now if args.now else "asked the running step to stop; it saves its work first")
    else:
        print("nothing is running")
    return 0
