"""``cogumi responses``: an attempt's problems with their figures, and the responses to one of them, as the panel shows them."""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from app.commands.arguments import attempt_number

if TYPE_CHECKING:
    from core.records import Category
    from core.runs.evidence import Opened, Side
    from screens.responses_rows import Entry, Metric

HELP = "List an attempt's problems with their figures, or show the responses to one of them."
_WIDTH = 120
_SHOWN = 50


def configure(parser: argparse.ArgumentParser) -> None:
    """Adds this command's arguments."""
    parser.add_argument("problem", nargs="?", help="id of a problem, whose responses are shown; without one, the problems are listed")
    parser.add_argument("--workspace", metavar="DIR", help="folder of the work; it is only read")
    parser.add_argument("--attempt", type=attempt_number, metavar="N", help="number of the attempt (default: the latest)")
    parser.add_argument("--problems", metavar="PART", help="measured, benchmark, scanned or distilled (default: the first there is)")
    parser.add_argument("--category", metavar="NAME", help="only this category, e.g. math")
    parser.add_argument("--show", metavar="KIND", default="all", help="only a kind of problems, e.g. inconsistent, wrong, changed, tied")
    parser.add_argument("--find", metavar="TEXT", default="", help="only problems with this text in problem, right answer or any response")
    parser.add_argument("--order", metavar="COLUMN", default="place", help="category, same, right, change, reference or problem")
    parser.add_argument("--reverse", action="store_true", help="the other way round")
    parser.add_argument("--answers", action="store_true", help="consistency of answers instead of whole responses")
    parser.add_argument("--limit", type=int, metavar="N", help=f"rows to show (default {_SHOWN}, with --json all; 0 for all)")
    parser.add_argument("--json", action="store_true", help="JSON Lines instead of a table; all rows unless --limit is given")


def run(args: argparse.Namespace) -> int:
    """Prints the table or one problem. Changes nothing in the workspace."""
    from app.commands.common import find_workspace
    from core.errors import UsageError
    from core.runs.evidence import parts
    from core.runs.workspace import Workspace

    workspace = find_workspace(args.workspace)
    if not Workspace(workspace).store.exists():
        raise UsageError(f"There are no responses: {workspace} holds no workspace yet; `cogumi run phase-1b.1` begins one.")
    found = parts(workspace, args.attempt)
    if not found:
        raise UsageError("Nothing was measured yet; `cogumi run diagnose` measures before training.")
    part = args.problems or next(iter(found))
    if part not in found:
        raise UsageError(f"There are no {part!r} problems in this attempt; it has {', '.join(found)}.")
    if args.problem is not None:
        return _one(workspace, args, part if args.problems else None)
    return _table(workspace, args, part)


def _one(workspace: Path, args: argparse.Namespace, part: str | None) -> int:
    from core.runs.evidence import open_problem
    from core.runs.reference_texts import ReferenceTexts

    opened = ReferenceTexts(workspace).beside(open_problem(workspace, args.problem, args.attempt, part=part), args.attempt)
    if args.json:
        for row in _as_rows(opened):
            print(json.dumps(row, ensure_ascii=True))
        return 0
    from screens.answers_layout import stacked
    from screens.grouping import read
    from screens.ink import text_of
    from screens.widgets.glyphs import choose, to_ascii

    glyphs = choose()
    reading = read(opened)
    everything = frozenset(text.name for _, _, text in reading.texts)
    for block in stacked(reading, min(_width(), _WIDTH), glyphs, everything, expanded=True):
        for line in block.lines:
            text = text_of(line).rstrip()
            print(to_ascii(text) if glyphs.ascii else text)
    return 0


def _as_rows(opened: Opened) -> list[dict[str, object]]:
    """A response a row, as it is in the store: nothing is cut or cleaned."""
    return [
        {
            "problem": opened.problem.id,
            "category": opened.problem.category,
            "role": one.role,
            "sample": one.response.sample,
            "temperature": one.response.sampling.temperature,
            "response": one.response.text,
            "answer": one.grade.answer if one.grade else None,
            "correct": one.grade.correct if one.grade else None,
            "reason": one.grade.reason if one.grade else "",
            "outcome": one.verdict.outcome if one.verdict else None,
            "judge": one.verdict.judge if one.verdict else None,
            "trained": one.response.key in opened.trained,
        }
        for one in opened.responses
    ]


def _table(workspace: Path, args: argparse.Namespace, part: str) -> int:
    from core.runs.evidence import problem_figures, search
    from screens.responses_rows import Wanted, prepared, select

    _check(args, part)
    metric = _metric(args)
    entries = prepared(problem_figures(workspace, args.attempt, part=part), metric, part)
    text = args.find.lower()
    found = search(workspace, args.find, args.attempt, part=part) if text else set()
    wanted = Wanted(_category(args.category), args.show, text, found, args.order, args.reverse)
    chosen = select(entries, wanted, metric).entries
    if args.json:
        for entry in chosen[: args.limit or None]:
            print(json.dumps(_as_figures(entry), ensure_ascii=True))
        return 0
    shown = chosen[: (_SHOWN if args.limit is None else args.limit) or None]
    print(f"{len(chosen):,} of {len(entries):,} {part} problems")
    _print(shown, args, part)
    if len(shown) < len(chosen):
        print(f"{len(chosen) - len(shown):,} more; --limit 0 shows all")
    return 0


def _check(args: argparse.Namespace, part: str) -> None:
    from core.errors import UsageError
    from screens.responses_columns import orders
    from screens.responses_rows import kinds_of

    if args.show not in kinds_of(part):
        raise UsageError(f"There is no kind {args.show!r} of {part} problems; --show takes {', '.join(kinds_of(part))}.")
    if args.order not in orders(part):
        raise UsageError(f"{part.capitalize()} problems have no column {args.order!r}; --order takes {', '.join(orders(part))}.")
    if args.limit is not None and args.limit < 0:
        raise UsageError(f"--limit is {args.limit}; it must be a number of rows, or 0 for all.")


def _metric(args: argparse.Namespace) -> Metric:
    return "answers" if args.answers else "responses"


def _category(name: str | None) -> Category | None:
    from core.errors import UsageError
    from core.records import Category

    if name is None:
        return None
    if name.upper() not in Category.__members__:
        raise UsageError(f"There is no category {name!r}; choose one of {', '.join(Category).lower()}.")
    return Category[name.upper()]


def _print(entries: list[Entry], args: argparse.Namespace, part: str) -> None:
    from screens.ink import fit, text_of
    from screens.responses_columns import heading, row_line
    from screens.widgets.glyphs import choose, to_ascii

    glyphs, width = choose(), _width()
    metric = _metric(args)
    lines = [heading(part, width, metric, args.order, args.reverse, glyphs)]
    lines += [row_line(entry, part, width, metric, glyphs) for entry in entries]
    for line in lines:
        text = text_of(fit(line, width, glyphs.ellipsis)).rstrip()
        print(to_ascii(text) if glyphs.ascii else text)


def _width() -> int:
    """Columns of the terminal; wide enough for ids where the output goes elsewhere."""
    return shutil.get_terminal_size((160, 24)).columns if sys.stdout.isatty() else 160


def _as_figures(entry: Entry) -> dict[str, object]:
    row = entry.row
    return {
        "problem": row.id,
        "category": row.category,
        "gold": row.gold,
        "prompt": row.prompt,
        "failure": row.failure or None,
        "trained": row.trained,
        "kinds": sorted(entry.kinds - {"all"}),
        "first": _side(row.before),
        "second": _side(row.after) if row.after.n or row.after.greedy_correct is not None else None,
    }


def _side(side: Side) -> dict[str, object]:
    import dataclasses

    return dataclasses.asdict(side)
