"""``cogumi run``: starts steps in the background and follows them until they end."""

from __future__ import annotations

import argparse
import time

from app.commands.arguments import attempt_number

HELP = "Run a step, a phase or all of Phase 1B in the background, and follow it here; closing this never stops the work."


def configure(parser: argparse.ArgumentParser) -> None:
    """Adds this command's arguments."""
    parser.add_argument("target", help="a step (diagnose, distill, train, validate ...), phase-1b.1, phase-1b.2 or all")
    parser.add_argument("--workspace", metavar="DIR", help="folder of the work; made when it does not exist")
    parser.add_argument("--set", metavar="KEY=VALUE", action="append", default=[], dest="overrides", help="change one setting")
    parser.add_argument("--new", action="store_true", help="start a new attempt, with the settings that the latest would go on with")
    parent = "start a new attempt with the settings that attempt N had"
    parser.add_argument("--from", type=attempt_number, metavar="N", dest="parent", help=parent)
    parser.add_argument("--anyway", action="store_true", help="start although a check before the start has failed")
    parser.add_argument("--detach", action="store_true", help="return at once; follow with `cogumi status` or the panel")


def run(args: argparse.Namespace) -> int:
    """Says what a start will do, starts and follows; Ctrl+C asks the step to stop politely. A failed check starts nothing."""
    from app.commands.common import find_workspace
    from app.follow import follow
    from app.preflight_text import changes, lines, said
    from core.errors import UsageError
    from core.runs.attempts import step_ids
    from core.runs.launch import start
    from core.runs.outlook import outlook
    from core.runs.preflight import preflight

    workspace = find_workspace(args.workspace)
    new = args.new or args.parent is not None
    found = outlook(workspace, args.target, flags=args.overrides, new=args.new, parent=args.parent)
    target, settings = args.target, found.loaded.settings
    if new and found.target != target:
        first = step_ids(found.target)[0]
        raise UsageError(
            f"A new attempt has done nothing yet, so that it cannot begin with {target}: start one with {found.target}, "
            f"or with {first}, and run {target} in it once the steps before it are done."
        )
    ahead = preflight(workspace, target, settings, new_attempt=new, parent=args.parent)
    if ahead.problems and not args.anyway:
        print("\n".join([f"workspace {workspace}. Attempt {ahead.attempt} would do:", *lines(ahead)]), flush=True)
        told = "; ".join(said(problem) for problem in ahead.problems)
        raise UsageError(f"Nothing was started. {told}. Mend it, or start all the same with --anyway.")
    since = time.time()
    started = start(workspace, target, settings, new_attempt=new, parent=args.parent, reason=found.reason, origins=found.origins)
    plan = [*changes(found), *lines(ahead)]
    print("\n".join([f"workspace {workspace}. {started.text}", *(plan if started.pid is not None else [])]), flush=True)
    if args.detach:
        return 0
    return follow(workspace, step_ids(target), since)
