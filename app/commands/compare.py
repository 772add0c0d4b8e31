"""``cogumi compare``: responses before and after, matched by problem: differences with intervals, McNemar's test, problems needed."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.commands.measure import ROWS, add_shared, bootstrap_interval

if TYPE_CHECKING:
    from app.commands.response_file import Responses
    from core.measures.figures import Runs
    from core.measures.intervals import Interval

HELP = "The difference between two files of responses, matched by problem: accuracy, consistency, McNemar's test, problems needed."

TITLES = {
    "accuracy_difference": "accuracy",
    "consistency_difference": "response consistency",
    "answer_consistency_difference": "answer consistency",
}

Pair = tuple["Runs", "Runs"]


def configure(parser: argparse.ArgumentParser) -> None:
    """Adds this command's arguments."""
    parser.add_argument("before", type=Path, metavar="BEFORE.jsonl", help=ROWS)
    parser.add_argument("after", type=Path, metavar="AFTER.jsonl", help="the same problems, answered after the change")
    add_shared(parser)


def run(args: argparse.Namespace) -> int:
    """Prints the differences; writes nothing. Raises DataError when the files have no problem in common."""
    from app.commands.response_file import read
    from core.errors import DataError

    interval = bootstrap_interval(args.bootstrap)
    before, after = read(args.before), read(args.after)
    shared = [name for name in before.runs if name in after.runs]
    if not shared:
        raise DataError(
            f"{args.before} and {args.after} have no problem in common; rows are matched by their field problem, "
            "which must be the same text in both files."
        )
    found = comparison([(before.runs[name], after.runs[name]) for name in shared], interval, resampled=args.bootstrap is not None)
    found["only_before"], found["only_after"] = len(before.runs) - len(shared), len(after.runs) - len(shared)
    found["categories"] = _parts(before, after, shared, interval, resampled=args.bootstrap is not None)
    if args.json:
        print(json.dumps({"before": str(args.before), "after": str(args.after), **found}, indent=2))
    else:
        _show(args.before, args.after, found)
    return 0


def comparison(pairs: Sequence[Pair], interval: Interval, *, resampled: bool) -> dict[str, Any]:
    """Differences, after less before, over problems answered in both files, as JSON; figures that the rows do not allow are null.

    interval: used for the differences when ``resampled``, else their own (``paired.paired_difference``). Accuracy is compared over
    the problems graded in both, consistency over those with two responses or more in both. For McNemar's test a problem is right
    when its majority is right: with one response each, when that is right.
    """
    from core.measures.consistency import consistency_of
    from core.measures.paired import mcnemar, problems_needed
    from core.measures.votes import majority_right

    graded = [(b, a) for b, a in pairs if b.graded and a.graded]
    sampled = [(b, a) for b, a in pairs if len(b.texts) > 1 and len(a.texts) > 1]
    accuracy = _values(graded, lambda runs: runs.accuracy)
    consistency = _values(sampled, lambda runs: consistency_of(runs.texts))
    answers = _values(sampled, lambda runs: consistency_of(runs.answers))
    was, became = ([majority_right(r.answers, r.correct) for r in side] for side in ([b for b, _ in graded], [a for _, a in graded]))
    by = interval if resampled else None
    return {
        "problems": len(pairs),
        "accuracy_difference": _difference(*accuracy, by),
        "consistency_difference": _difference(*consistency, by),
        "answer_consistency_difference": _difference(*answers, by),
        "mcnemar_p": mcnemar(was, became),
        "became_right": sum(now and not then for then, now in zip(was, became, strict=True)),
        "became_wrong": sum(then and not now for then, now in zip(was, became, strict=True)),
        "problems_needed": problems_needed(*(accuracy if graded else consistency)),
        "consistency_problems_needed": problems_needed(*consistency),
        "notes": _notes(pairs, len(graded), len(sampled)),
    }


def _values(pairs: Sequence[Pair], value: Callable[[Runs], float]) -> tuple[list[float], list[float]]:
    return [value(before) for before, _ in pairs], [value(after) for _, after in pairs]


def _difference(before: list[float], after: list[float], interval: Interval | None) -> dict[str, float | None]:
    from core.measures.paired import paired_difference

    found = paired_difference(before, after)
    if found is None:
        return {"value": None, "se": None, "n": 0, "low": None, "high": None, "before": None, "after": None}
    span = found.estimate if interval is None else interval([a - b for b, a in zip(before, after, strict=True)]) or found.estimate
    return {
        "value": found.value,
        "se": found.se,
        "n": found.n,
        "low": span.low,
        "high": span.high,
        "before": sum(before) / found.n,
        "after": sum(after) / found.n,
    }


def _notes(pairs: Sequence[Pair], graded: int, sampled: int) -> list[str]:
    notes = []
    if graded < len(pairs):
        notes.append(f"accuracy leaves out {len(pairs) - graded:,} of {len(pairs):,} problems that could not be graded in both files")
    if sampled < len(pairs):
        notes.append(f"consistency leaves out {len(pairs) - sampled:,} of {len(pairs):,} problems with one response in a file")
    uneven = sum(len(before.texts) != len(after.texts) for before, after in pairs)
    if uneven and sampled:
        notes.append(
            f"{uneven:,} problems have more responses in one file than in the other: the share of the most common response is "
            "higher for fewer runs, so that the difference of consistency is not all the model's"
        )
    return notes


def _parts(before: Responses, after: Responses, shared: list[str], interval: Interval, *, resampled: bool) -> dict[str, Any]:
    by_category: dict[str, list[Pair]] = {}
    for name in shared:
        by_category.setdefault(before.categories[name], []).append((before.runs[name], after.runs[name]))
    if len(by_category) < 2:
        return {}
    return {category: comparison(pairs, interval, resampled=resampled) for category, pairs in sorted(by_category.items())}


def _show(before: Path, after: Path, found: dict[str, Any]) -> None:
    from app.console import Console
    from core.text import plain_line

    console = Console()
    console.print(plain_line(f"{before} → {after}"), style="bold", markup=False)
    console.print(
        f"{found['problems']:,} problems in both, {found['only_before']:,} only before, {found['only_after']:,} only after", style="dim"
    )
    _show_part(console, found)
    for category, part in found["categories"].items():
        console.print()
        console.print(plain_line(category) or "no category", style="bold", markup=False)
        _show_part(console, part)


def _show_part(console: Any, found: dict[str, Any]) -> None:
    console.print(_table(found))
    if found["mcnemar_p"] is not None:
        p = found["mcnemar_p"]
        console.print(
            f"McNemar: {found['became_right']:,} problems became right, {found['became_wrong']:,} wrong; "
            f"p {'< 0.001' if p < 0.001 else f'= {p:.3f}'}."
        )
    for what, needed in _needed(found):
        console.print(f"To see such a difference of {what} (5 % level, 80 % power): {needed:,} problems.")
    for note in found["notes"]:
        console.print(f"Note: {note}.", style="dim")


def _needed(found: dict[str, Any]) -> list[tuple[str, int]]:
    cells = (
        ("accuracy", "accuracy_difference", "problems_needed"),
        ("consistency", "consistency_difference", "consistency_problems_needed"),
    )
    return [(what, found[key]) for what, figure, key in cells if found[figure]["n"] and found[key] is not None]


def _table(found: dict[str, Any]) -> Any:
    from rich.table import Table

    from core.report.words import points

    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("figure")
    for title in ("before", "after", "difference", "s.e.", "95 % interval", "n"):
        table.add_column(title, justify="right", no_wrap=True)
    for name, title in TITLES.items():
        figure = found[name]
        if figure["value"] is None:
            table.add_row(title, "–", "–", "–", "", "", "0", style="dim")
            continue
        table.add_row(
            title,
            f"{figure['before'] * 100:.1f} %",
            f"{figure['after'] * 100:.1f} %",
            points(figure["value"]),
            "–" if figure["se"] is None else f"{figure['se'] * 100:.1f}",
            f"{points(figure['low'])} – {points(figure['high'])}",
            f"{figure['n']:,}",
        )
    return table
