"""The ``cogumi`` command line: dispatches to the panel or to one command, and turns errors into one sentence and an exit code.

Exit codes: 0 done, 2 usage or settings, 3 gate not passed, 4 step failed, 130 stopped.
"""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Sequence
from typing import Any

from app import streams
from core.errors import CogumiError, UsageError

COMMANDS = {
    "run": "run a step, a phase or all, and follow it",
    "status": "what is running, what came out, what the gates say",
    "stop": "stop the running step politely; its work is kept",
    "logs": "show or follow a step's log, or list all logs",
    "responses": "an attempt's problems with their figures, and the responses to one",
    "report": "what an attempt measured, decided and cost: text, Markdown or one HTML page",
    "export": "training rows, responses and metrics for other tools",
    "merge": "add a trained adapter into its 16-bit base",
    "init": "write a cogumi.toml with every setting",
    "web": "the panel in a browser on this machine",
    "doctor": "check this machine: packages, GPU, sandbox, disk, model, keys",
    "grade": "grade responses in a JSON Lines file",
    "measure": "consistency and accuracy of responses in a JSON Lines file",
    "baseline": "what the Phase 1A benchmark measured, from its files",
    "compare": "two files of responses, matched by problem",
    "attempts": "attempts of a workspace side by side, or two of them compared",
}

EXIT_CODES = "exit codes: 0 done, 2 usage or settings, 3 gate not passed, 4 step failed, 130 stopped"


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command line and returns its exit code."""
    streams.prepare()
    try:
        try:
            return _ended(list(sys.argv[1:] if argv is None else argv))
        finally:
            streams.flush()
    except BrokenPipeError:
        streams.silence()
        return 0


def _ended(arguments: list[str]) -> int:
    try:
        return _dispatch(arguments)
    except CogumiError as error:
        print(f"cogumi: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        return 130


def _dispatch(arguments: list[str]) -> int:
    at = _after_workspace(arguments)
    name = arguments[at] if at < len(arguments) else ""
    if name in COMMANDS:
        module: Any = importlib.import_module(f"app.commands.{name}")
        parser = argparse.ArgumentParser(prog=f"cogumi {name}", description=module.HELP, epilog=EXIT_CODES)
        module.configure(parser)
        if at and "--workspace" not in parser.format_usage():
            raise UsageError(f"`cogumi {name}` works in no workspace: leave --workspace out.")
        return int(module.run(parser.parse_args([*arguments[:at], *arguments[at + 1 :]])))
    return _panel(_top_parser().parse_args(arguments))


def _after_workspace(arguments: Sequence[str]) -> int:
    """Where the command stands: first, or after the workspace that it is for."""
    at = 0
    while at < len(arguments) and arguments[at].startswith("--workspace"):
        at += 1 if "=" in arguments[at] else 2
    return at


def _top_parser() -> argparse.ArgumentParser:
    listing = "\n".join(f"  {name:<9} {text}" for name, text in COMMANDS.items())
    parser = argparse.ArgumentParser(
        prog="cogumi",
        description="Control panel for self-consistency training (Phase 1B). Without a command, opens the panel.",
        epilog=f"commands (`cogumi COMMAND --help` tells more):\n{listing}\n\n{EXIT_CODES}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--workspace", metavar="DIR", help="folder of the work (default: here if it has a cogumi.toml, else practice)")
    parser.add_argument("--read-only", action="store_true", help="watch only: no key starts or stops anything")
    parser.add_argument("--no-mouse", action="store_true", help="leave the mouse to the terminal")
    parser.add_argument("--version", action="version", version=f"cogumi-panel {_version()}")
    parser.add_argument("command", nargs="?", help=argparse.SUPPRESS, type=_unknown_command)
    return parser


def _unknown_command(name: str) -> str:
    import difflib

    close = difflib.get_close_matches(name, COMMANDS, n=1)
    hint = f"; did you mean {close[0]!r}?" if close else f"; choose one of {', '.join(COMMANDS)}."
    if name in COMMANDS:
        hint = f" here: write `cogumi {name} ...` with the command first."
    raise argparse.ArgumentTypeError(f"there is no command {name!r}{hint}")


def _version() -> str:
    if "--version" not in sys.argv:
        return ""
    from importlib.metadata import version

    return version("cogumi-panel")


def _panel(args: argparse.Namespace) -> int:
    from app.commands.common import find_workspace

    workspace = find_workspace(args.workspace, there=True)
    from app.panel import run_panel
    from app.terminal import in_browser

    if not in_browser() and not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError("the panel needs a terminal; without one, use `cogumi run`, `cogumi status` or `cogumi logs`.")

    return run_panel(workspace, read_only=args.read_only, mouse=not args.no_mouse)


if __name__ == "__main__":
    sys.exit(main())
