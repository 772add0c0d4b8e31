"""``cogumi baseline``: what the Phase 1A benchmark measured, from the files that it wrote."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

HELP = (
    "Show what the Phase 1A benchmark measured: wins, losses, ties, tie rate and score by category, from its *_intermediate.json files "
    "(or their folder) or a benchmark_report_*.json."
)


def configure(parser: argparse.ArgumentParser) -> None:
    """Adds this command's arguments."""
    parser.add_argument("path", type=Path, help="a Phase 1A file, or the folder with its *_intermediate.json files")
    parser.add_argument("--json", action="store_true", help="the figures as JSON")


def run(args: argparse.Namespace) -> int:
    """Prints each category's stored totals as figures with n and interval; comparisons of a failed call are named, not hidden."""
    from core.judging.phase1a import baseline
    from core.measures.ties import counted

    table: dict[str, dict[str, Any]] = {}
    for category, found in baseline(args.path).items():
        tally = found.tally
        figures = counted(tally.wins, tally.losses, tally.ties)
        table[category.value] = {
            "wins": tally.wins,
            "losses": tally.losses,
            "ties": tally.ties,
            "errors": found.errors,
            **{name: _figure(getattr(figures, name)) for name in ("tie_rate", "score")},
        }
    if args.json:
        print(json.dumps(table, indent=2))
        return 0
    for name, row in table.items():
        print(f"{name:<12} {row['wins']} wins, {row['losses']} losses, {row['ties']} ties; {_told(row)}")
    return 0


def _figure(estimate: Any) -> dict[str, float] | None:
    if estimate is None:
        return None
    return {"value": estimate.value, "n": estimate.n, "low": estimate.low, "high": estimate.high}


def _told(row: dict[str, Any]) -> str:
    if row["score"] is None:
        return "nothing was judged"
    from core.measures.estimate import Estimate

    ties, score = row["tie_rate"], row["score"]
    text = f"ties {Estimate(**ties).text}, score {Estimate(**score).text}"
    return text + (f"; {row['errors']} of them judged although an API call had failed" if row["errors"] else "")
