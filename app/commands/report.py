"""``cogumi report``: what an attempt measured, decided, cost and changed, as text, Markdown or one HTML page."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from app.commands.arguments import attempt_number

HELP = "Report an attempt: gates with evidence, before against after, loss, money, most changed problems, how to do it again."
STDOUT = Path("-")


def configure(parser: argparse.ArgumentParser) -> None:
    """Adds this command's arguments."""
    parser.add_argument("--workspace", metavar="DIR", help="folder of the work; it is only read")
    parser.add_argument("--attempt", type=attempt_number, metavar="N", help="number of the attempt (default: the latest)")
    parser.add_argument("--html", type=Path, metavar="FILE", help="write one self-contained HTML page; - is standard output")
    parser.add_argument("--md", type=Path, metavar="FILE", help="write Markdown; - is standard output")
    parser.add_argument("--force", action="store_true", help="replace files that exist")


def run(args: argparse.Namespace) -> int:
    """Prints the report, or writes the files that are asked for. Changes nothing in the workspace."""
    from app.commands.common import find_workspace
    from core.errors import UsageError
    from core.report.gather import gather
    from core.report.sections import document
    from core.report.write import check_free

    wanted = [path for path in (args.html, args.md) if path is not None]
    files = [path for path in wanted if path != STDOUT]
    if len(wanted) - len(files) > 1:
        raise UsageError("Standard output takes one of --html and --md; name a file for the other.")
    for path in files:
        check_free(path, force=args.force)
    found = document(gather(find_workspace(args.workspace), args.attempt))
    if args.html is not None:
        from core.report.html import html

        _give(args.html, html(found), force=args.force)
    if args.md is not None or not (wanted or sys.stdout.isatty()):
        from core.report.markdown import markdown

        _give(args.md or STDOUT, markdown(found), force=args.force)
    elif not wanted:
        from app.report_rich import show

        show(found)
    for path in files:
        print(f"wrote {path}", file=sys.stdout if files == wanted else sys.stderr)
    return 0


def _give(path: Path, text: str, *, force: bool) -> None:
    from core.report.write import write_text

    if path == STDOUT:
        sys.stdout.write(text)
    else:
        write_text(path, text, force=force)
