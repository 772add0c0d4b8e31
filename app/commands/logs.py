"""``cogumi logs``: which logs there are, and one of them: whole or followed, all of it or the lines of a level or with a text."""

from __future__ import annotations

import argparse
import codecs
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from app.commands.arguments import attempt_number

if TYPE_CHECKING:
    from core.runs.logindex import Found
    from core.runs.logs import Log
    from core.runs.watch import Watcher

HELP = "Show a step's log, or list all logs; with -f, follow it until the step ends."
_POLL_SECONDS = 0.3
_CHUNK = 1 << 16


def configure(parser: argparse.ArgumentParser) -> None:
    """Adds this command's arguments."""
    parser.add_argument("step", nargs="?", help="step id, e.g. train, or supervisor; without one, the logs are listed")
    parser.add_argument("--workspace", metavar="DIR", help="folder of the work")
    which = "number of the attempt (default: the latest in which the step ran)"
    parser.add_argument("--attempt", type=attempt_number, metavar="N", help=which)
    parser.add_argument("--level", choices=("warning", "error"), help="only warnings and errors, or errors, with their tracebacks")
    parser.add_argument("--grep", metavar="TEXT", help="only lines with this text, capitals ignored")
    parser.add_argument("-f", "--follow", action="store_true", help="keep showing what is added")


def run(args: argparse.Namespace) -> int:
    """Prints the log with control characters made visible, so that no model output can drive the terminal."""
    from app.commands.common import find_workspace
    from core.errors import UsageError
    from core.runs.logs import all_logs

    workspace = find_workspace(args.workspace, there=True)
    if args.step is None:
        if args.follow or args.level or args.grep or args.attempt is not None:
            raise UsageError("Name the step whose log is meant, e.g. `cogumi logs train`; without one, the logs are listed.")
        return _list(workspace, all_logs(workspace))
    log = _find(workspace, all_logs(workspace), args.step, args.attempt)
    running = _running(workspace, log) if args.follow else lambda: False
    if args.level or args.grep:
        _show_some(log.path, args.level, args.grep, running)
    else:
        _show(log.path, running)
    return 0


def _list(workspace: Path, logs: list[Log]) -> int:
    from core.text import plain_line
    from screens import figures

    if not logs:
        print(f"No step has run in {plain_line(str(workspace))} yet, so there are no logs.")
    for log in logs:
        began = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(log.started)) if log.started is not None else ""
        ended = log.outcome or ("running" if log.started is not None else "")
        attempt = f"attempt {log.attempt}" if log.attempt else ""
        print(f"{attempt:<12}{log.step:<18}{ended:<9}{figures.size(log.size):>10}  {began:<20}{plain_line(str(log.path))}".rstrip())
    return 0


def _find(workspace: Path, logs: list[Log], step: str, attempt: int | None) -> Log:
    from core.errors import UsageError
    from core.plan.phases import all_steps

    known = [*(plan.id for plan in all_steps()), "supervisor"]
    if step not in known:
        raise UsageError(f"there is no step {step!r}; the steps are {', '.join(known[:-1])}, and supervisor.")
    found = [log for log in logs if log.step == step and attempt in (None, log.attempt)]
    if not found:
        when = f"in attempt {attempt}" if attempt is not None else f"in {workspace}"
        raise UsageError(f"{step} has not run {when}, so it has no log; `cogumi logs` lists those there are.")
    return found[0]


def _running(workspace: Path, log: Log) -> Callable[[], bool]:
    """Tells whether the log's step is at work."""
    from core.runs.snapshot import ACTIVE
    from core.runs.watch import Watcher

    watcher: Watcher = Watcher(workspace, attempt=log.attempt or None)

    def running() -> bool:
        snapshot = watcher.poll()
        if log.step == "supervisor":
            return snapshot.supervised
        return any(view.id == log.step and view.state in ACTIVE for view in snapshot.steps)

    return running


def _show(path: Path, running: Callable[[], bool]) -> None:
    from core.text import plain

    pause = threading.Event()
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    with path.open("rb") as file:
        while True:
            more = running()
            while chunk := file.read(_CHUNK):
                sys.stdout.write(plain(decoder.decode(chunk), limit=len(chunk) + 1))
            sys.stdout.flush()
            if not more:
                return
            pause.wait(_POLL_SECONDS)


def _show_some(path: Path, level: str | None, text: str | None, running: Callable[[], bool]) -> None:
    """Prints the lines that a level and a text leave. While the step runs, a line is printed once it is whole."""
    from core.runs.logfile import LogFile
    from core.runs.logindex import Found, Loud, Needle
    from core.text import plain_line

    file = LogFile(path)
    wanted = [Found(file, Needle(text))] if text else []
    wanted += [Found(file, Loud("warning" if level == "warning" else "error"))] if level else []
    pause = threading.Event()
    after = -1
    while True:
        more = running()
        for found in wanted:
            found.advance()
        whole = min(found.scanned for found in wanted)
        for offset in _in_all(wanted, after):
            if more and offset >= whole:
                break
            after = offset
            line = file.forward(offset, 1)[0].text
            print(" " * min(len(line) - len(line.lstrip(" ")), 80) + plain_line(line, 20_000))
        sys.stdout.flush()
        if not more:
            if after < 0:
                print("No line of the log fits.", file=sys.stderr)
            return
        pause.wait(_POLL_SECONDS)


def _in_all(wanted: list[Found], after: int) -> Iterator[int]:
    """Offsets that every search found, after a given one."""
    first, *others = wanted
    return (offset for offset in first.offsets[first.place(after + 1) :] if all(offset in other for other in others))
