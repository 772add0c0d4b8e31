"""What it costs to read a large workspace in the panel: ``python -m tests.bench.reading`` prints processor times, asserts nothing.

The store is that of ``tests.bench.store`` (10,000 problems, 200,000 responses); the log has a million lines.
"""

from __future__ import annotations

import argparse
import contextlib
import tempfile
from collections.abc import Callable
from pathlib import Path

from core.runs import evidence
from core.runs.logfile import LogFile
from core.runs.logindex import Found, Loud, Matcher, Needle
from core.runs.workspace import STORE_NAME
from screens.grouping import read
from screens.responses_rows import Entry, Wanted, prepared, select
from screens.worddiff import difference
from tests.bench.store import fill, resident, row, timed

LINES = 1_000_000


def write_log(path: Path) -> None:
    """A log with a warning in a thousand lines and a traceback in fifty thousand."""
    with path.open("w") as file:
        for line in range(LINES):
            if line % 50_000 == 49_999:
                file.write(f'Traceback (most recent call last):\n  File "train.py", line {line}\nValueError: bad {line}\n')
            elif line % 1000 == 999:
                file.write(f"WARNING: batch {line} was slow\n")
            else:
                file.write(f"step {line} of {LINES}, loss {2 - line / LINES:.5f}, learning rate 5e-06\n")


def table(folder: Path) -> None:
    """Problems: listed, counted, filtered, searched, opened."""
    row("parts of the attempt", f"{timed(lambda: evidence.parts(folder), 5):.1f} ms")
    row("problems listed, without figures", f"{timed(lambda: evidence.problem_figures(folder, listing=True), 3):.0f} ms")
    row("their figures counted from 200,000 responses", f"{timed(lambda: evidence.problem_figures(folder), 3):.0f} ms")
    rows = evidence.problem_figures(folder)
    for count, few in ((len(rows), rows), (10 * len(rows), rows * 10)):
        row(f"{count:,} rows made ready", f"{timed(lambda few=few: prepared(few, 'responses', 'measured'), 3):.0f} ms")
        entries = prepared(few, "responses", "measured")
        for what, wanted in (("a kind, ordered", Wanted(kind="wrong", order="same")), ("a text", Wanted(text="question 77"))):
            row(f"{count:,} rows filtered by {what}", f"{timed(selection(entries, wanted), 5):.1f} ms")
    row("all responses searched for a text", f"{timed(lambda: evidence.search(folder, 'because of'), 3):.0f} ms")
    middle = rows[len(rows) // 2].id
    row("a problem with 20 responses opened", f"{timed(lambda: read(evidence.open_problem(folder, middle, part='measured')), 5):.1f} ms")
    words = " ".join(f"word{i * 7 % 50}" for i in range(1000))
    row("two responses of 1,000 words compared", f"{timed(lambda: difference(words, words.replace('word7 ', 'other ')), 3):.0f} ms")


def selection(entries: list[Entry], wanted: Wanted) -> Callable[[], object]:
    """A selection that is made when it is called."""
    return lambda: select(entries, wanted, "responses")


def log(path: Path) -> None:
    """The log: opened, numbered, searched, thinned."""
    write_log(path)
    file = LogFile(path)
    row(f"log of {LINES:,} lines, {file.size() / 2**20:.0f} MiB: last page", f"{timed(lambda: file.backward(file.size(), 50), 5):.2f} ms")
    row("a page in the middle", f"{timed(lambda: file.forward(file.line_start(file.size() // 2), 50), 5):.2f} ms")
    row("all lines numbered", f"{timed(lambda: LogFile(path).count()):.0f} ms")
    row("the last match found", f"{timed(lambda: file.find('step 500000 of', file.size(), False), 3):.0f} ms")

    def found(matcher: Matcher) -> Found:
        lines = Found(file, matcher)
        lines.advance()
        return lines

    for what, matcher in (
        ("all matches of a rare text", Needle("loss 1.2345")),
        ("all matches of a text in every line", Needle("e")),
        ("all warnings and errors", Loud("warning")),
        ("all errors", Loud("error")),
    ):
        count = len(found(matcher).offsets)
        row(f"{what} ({count:,} lines)", f"{timed(lambda matcher=matcher: found(matcher)):.0f} ms")


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, help="a workspace made by tests.bench.store, or where to make one")
    given = parser.parse_args().folder
    with contextlib.ExitStack() as stack:
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        folder = given or scratch
        log(scratch / "step.log")
        row("memory of this process after the log", f"{resident():.0f} MiB")
        if not (folder / STORE_NAME).exists():
            fill(folder)
        table(folder)
        row("memory of this process after the problems", f"{resident():.0f} MiB")


if __name__ == "__main__":
    main()
