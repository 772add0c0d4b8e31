"""``cogumi measure``: consistency, agreement, votes, accuracy and pass@k of responses in a JSON Lines file."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from core.measures.estimate import Estimate
    from core.measures.figures import Runs
    from core.measures.intervals import Interval

HELP = "Consistency, agreement, votes, accuracy and pass@k of the responses in a JSON Lines file, each with n and 95 % interval."

ROWS = (
    "rows with problem and response; for accuracy also gold, or tests as the grade command reads them; "
    "category (math, code, reasoning, knowledge) says how to find the answer; rows that cogumi grade wrote are not graded again"
)

_MOST_RESAMPLES = 100_000

TITLES = {
    "response_consistency": "response consistency",
    "answer_consistency": "answer consistency",
    "agreement": "agreement of answers",
    "accuracy": "accuracy",
    "majority_accuracy": "majority right",
    "decided_share": "majority of 60 %",
    "vote_tie_rate": "tied votes",
    "no_answer": "no answer",
}


def configure(parser: argparse.ArgumentParser) -> None:
    """Adds this command's arguments."""
    parser.add_argument("file", type=Path, metavar="FILE.jsonl", help=ROWS)
    add_shared(parser)


def add_shared(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments that measuring and comparing have in common."""
    parser.add_argument("--json", action="store_true", help="the figures as one JSON object")
    parser.add_argument(
        "--bootstrap",
        type=int,
        metavar="N",
        help="95 %% intervals of means by N bootstrap resamples over problems (BCa) in place of the quick score interval",
    )


def run(args: argparse.Namespace) -> int:
    """Prints the figures; writes nothing."""
    from app.commands.response_file import read

    interval = bootstrap_interval(args.bootstrap)
    measured = read(args.file)
    by_category: dict[str, list[Runs]] = {}
    for name, runs in measured.runs.items():
        by_category.setdefault(measured.categories[name], []).append(runs)
    everything = summary(list(measured.runs.values()), interval)
    parts = {category: summary(runs, interval) for category, runs in sorted(by_category.items())} if len(by_category) > 1 else {}
    if args.json:
        print(json.dumps({"file": str(args.file), **everything, "categories": parts}, indent=2))
    else:
        _show(args.file, everything, parts)
    return 0


def bootstrap_interval(resamples: int | None) -> Interval:
    """The interval that ``--bootstrap`` asks for. Raises UsageError for too few resamples or too many."""
    from core.measures.intervals import mean

    if resamples is None:
        return mean
    if not 100 <= resamples <= _MOST_RESAMPLES:
        from core.errors import UsageError

        many = "few for an interval" if resamples < 100 else "many to hold"
        raise UsageError(f"--bootstrap {resamples} is too {many}; give 100 to {_MOST_RESAMPLES:,}.")
    from functools import partial

    from core.measures.bootstrap import bootstrap

    return partial(bootstrap, resamples=resamples)


def summary(problems: Sequence[Runs], interval: Interval) -> dict[str, Any]:
    """Every figure of these problems as JSON: value, n, low and high, all null (n 0) where the rows do not allow it."""
    from core.measures.figures import figures, pass_at

    found = figures(problems, interval=interval)
    no_answer = interval([p.answers.count(None) / len(p.answers) for p in problems])
    most = max((len(p.texts) for p in problems if p.graded), default=0)
    return {
        "problems": len(problems),
        "graded": sum(p.graded for p in problems),
        "responses": sum(len(p.texts) for p in problems),
        **{name: as_json(found.get(name)) for name in TITLES if name != "no_answer"},
        "no_answer": as_json(no_answer),
        "pass_at": {str(k): as_json(e) for k, e in pass_at(problems, _ks(most), interval).items()},
    }


def as_json(estimate: Estimate | None) -> dict[str, float | None]:
    """An estimate as the object that every figure is in JSON."""
    if estimate is None:
        return {"value": None, "n": 0, "low": None, "high": None}
    return {"value": estimate.value, "n": estimate.n, "low": estimate.low, "high": estimate.high}


def _ks(most: int) -> list[int]:
    """1 to 10, round numbers beyond, and as many as there are."""
    return sorted({k for k in (*range(1, 11), 20, 25, 50, 100, 200, 500, 1000) if k <= most} | ({most} if most else set()))


def _show(file: Path, everything: dict[str, Any], parts: dict[str, dict[str, Any]]) -> None:
    from app.console import Console
    from core.text import plain_line

    console = Console()
    console.print(plain_line(str(file)), style="bold", markup=False)
    console.print(_table(everything))
    for category, part in parts.items():
        console.print()
        console.print(plain_line(category) or "no category", style="bold", markup=False)
        console.print(_table(part))


def _table(found: dict[str, Any]) -> Any:
    from rich.table import Table

    counts = f"{found['problems']:,} problems ({found['graded']:,} graded), {found['responses']:,} responses"
    table = Table(box=None, pad_edge=False, header_style="dim", caption=counts, caption_justify="left", caption_style="dim")
    table.add_column("figure")
    for title in ("value", "95 % interval", "n"):
        table.add_column(title, justify="right", no_wrap=True)
    ks = [k for k in found["pass_at"] if k in ("1", "5", "10") or k == list(found["pass_at"])[-1]]
    rows = [(title, found[name]) for name, title in TITLES.items()] + [(f"pass@{k}", found["pass_at"][k]) for k in ks]
    for title, figure in rows:
        if figure["value"] is None:
            table.add_row(title, "–", "", "0", style="dim")
        else:
            span = f"{figure['low'] * 100:.1f} – {figure['high'] * 100:.1f} %"
            table.add_row(title, f"{figure['value'] * 100:.1f} %", span, f"{figure['n']:,}")
    return table
