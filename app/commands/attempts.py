"""``cogumi attempts``: all attempts side by side, or two of them on the same problems with paired tests."""

from __future__ import annotations

import argparse
import dataclasses
import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from core.measures.estimate import Estimate
    from core.report.versus import Versus
    from core.runs.overview import AttemptView

HELP = "All attempts of a workspace side by side; with two numbers, the second against the first on the problems that both measured."
_WIDTH_IN_A_FILE = 160


def configure(parser: argparse.ArgumentParser) -> None:
    """Adds this command's arguments."""
    parser.add_argument("numbers", nargs="*", type=int, metavar="NUMBER", help="two attempts to compare: the second against the first")
    parser.add_argument("--workspace", metavar="DIR", help="folder of the work")
    parser.add_argument("--json", action="store_true", help="everything as one JSON object")


def run(args: argparse.Namespace) -> int:
    """Prints the attempts, or the comparison; never changes anything."""
    from app.commands.common import find_workspace
    from core.errors import UsageError

    workspace = find_workspace(args.workspace)
    if len(args.numbers) not in (0, 2):
        raise UsageError("Name two attempts to compare, such as `cogumi attempts 1 2`, or none to see them all.")
    if args.numbers:
        from core.report.versus import versus

        against = versus(workspace, *args.numbers)
        if args.json:
            print(json.dumps(against_json(against), indent=2))
        else:
            _show_versus(against)
    else:
        from core.runs.overview import attempts

        found = attempts(workspace)
        if args.json:
            print(json.dumps([attempt_json(view) for view in found], indent=2))
        else:
            _show(workspace, found)
    return 0


def attempt_json(view: AttemptView) -> dict[str, Any]:
    """One attempt as plain data: the figures that the table and the panel show."""
    return {
        "attempt": view.number,
        "parent": view.parent,
        "target": view.target,
        "state": str(view.state),
        "reason": view.reason,
        "created": view.created,
        "changes": {key: {"before": before, "after": after} for key, (before, after) in view.changes.items()},
        "origins": dict(view.origins),
        "gates": [
            {
                "id": gate.id,
                "verdict": gate.verdict,
                "reason": gate.reason,
                "criteria": [
                    {"id": c.id, "value": _estimate(c.value), "threshold": c.threshold, "direction": c.direction, "verdict": c.verdict}
                    for c in gate.criteria
                ],
            }
            for gate in view.gates
        ],
        "before": _figures(view.before),
        "after": _figures(view.after),
        "steps": {step: {"state": str(state), "seconds": view.step_seconds.get(step)} for step, state in view.states.items()},
        "seconds": view.seconds,
        "dollars": view.dollars,
    }


def against_json(found: Versus) -> dict[str, Any]:
    """A comparison as plain data. Differences are the second less the first, paired by problem, in -1..1."""
    return {
        "first": found.first,
        "second": found.second,
        "phase": found.phase,
        "runs": found.runs,
        "problems": found.problems,
        "only_first": found.only_first,
        "only_second": found.only_second,
        "settings": {key: {"first": first, "second": second} for key, (first, second) in found.settings.items()},
        "categories": {
            "ALL" if part.category is None else str(part.category): {
                "problems": part.problems,
                "mcnemar_p": part.mcnemar,
                "became_right": part.became_right,
                "became_wrong": part.became_wrong,
                "figures": {
                    figure.metric: {
                        "first": _estimate(figure.first),
                        "second": _estimate(figure.second),
                        "difference": dataclasses.asdict(figure.difference),
                    }
                    for figure in part.figures
                },
            }
            for part in found.categories
        },
        "most_changed": [dataclasses.asdict(row) for row in found.moved],
        "notes": list(found.notes),
    }


def _figures(table: Mapping[Any, Mapping[str, Estimate]]) -> dict[str, Any]:
    return {
        "ALL" if category is None else str(category): {metric: _estimate(figure) for metric, figure in metrics.items()}
        for category, metrics in table.items()
    }


def _estimate(figure: Estimate | None) -> dict[str, Any] | None:
    if figure is None or math.isnan(figure.value):
        return None
    low, high = (None if math.isnan(end) else end for end in (figure.low, figure.high))
    return {"value": figure.value, "n": figure.n, "low": low, "high": high}


def _console() -> Any:
    import sys

    from rich.console import Console

    return Console(highlight=False, width=None if sys.stdout.isatty() else _WIDTH_IN_A_FILE)


def _show(workspace: Path, found: tuple[AttemptView, ...]) -> None:
    from rich.table import Table
    from rich.text import Text

    from app.suggestions_text import lines, suggested

    console = _console()
    if not found:
        console.print("There is no attempt yet; `cogumi run phase-1b.1` begins one.")
        return
    table = Table(box=None, pad_edge=False, header_style="dim")
    for title, side in (("#", "right"), ("from", "right"), ("when", "left"), ("gates", "left"), ("consistency", "right")):
        table.add_column(title, justify=side, no_wrap=title != "gates")  # type: ignore[arg-type]
    for title in ("MATH score", "MATH ties", "time", "cost"):
        table.add_column(title, justify="right", no_wrap=True)
    table.add_column("what was changed")
    for view in found:
        table.add_row(*(Text(cell) for cell in _cells(view)))
    console.print(table)
    console.print("figures: before → after ± half the 95 % interval", style="dim")
    for line in lines(suggested(workspace)):
        console.print(line, markup=False, soft_wrap=True)


def _cells(view: AttemptView) -> list[str]:
    from datetime import datetime

    from core.plan.fields import shown
    from core.records import Category
    from core.text import plain_line

    gates = [f"{gate.title} {gate.verdict}" for gate in view.gates if gate.verdict != "open"] or ["open"]
    changed = [f"{key} {shown(before)} → {shown(after)}" for key, (before, after) in view.changes.items()]
    kind = f"{view.settings.gate.consistency}_consistency"
    return [
        str(view.number),
        str(view.parent or ""),
        datetime.fromtimestamp(view.created).strftime("%Y-%m-%d %H:%M"),
        ", ".join(gates),
        _pair(view, None, kind),
        _pair(view, Category.MATH, "score"),
        _pair(view, Category.MATH, "tie_rate"),
        f"{view.seconds:,.0f} s",
        f"${view.dollars:.2f}",
        plain_line(", ".join(changed) or view.reason),
    ]


def _pair(view: AttemptView, category: Any, metric: str) -> str:
    was, now = view.before.get(category, {}).get(metric), view.after.get(category, {}).get(metric)
    start = f"{was.value * 100:.1f}" if was else ""
    if now is None:
        return start or "–"
    half = (now.high - now.low) / 2
    return f"{start} → {now.value * 100:.1f} ±{half * 100:.1f}" if start else f"{now.value * 100:.1f} ±{half * 100:.1f}"


def _show_versus(found: Versus) -> None:
    from rich.table import Table
    from rich.text import Text

    from core.measures.estimate import percent
    from core.plan.fields import shown
    from core.text import plain_line

    console = _console()
    about = f"{found.problems:,} problems that both measured after training, {found.runs} runs each"
    console.print(f"attempt {found.second} against attempt {found.first}: {about}", style="bold")
    for key, (first, second) in found.settings.items():
        console.print(plain_line(f"  {key}: {shown(first) or '(empty)'} → {shown(second) or '(empty)'}"), markup=False)
    for note in found.notes:
        console.print(f"Note: {note}", markup=False)
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("share in %")
    for title in (f"attempt {found.first}", f"attempt {found.second}", "difference", "95 % interval", "n", "McNemar"):
        table.add_column(title, justify="right", no_wrap=True)
    for part in found.categories:
        table.add_row(Text(str(part.category) if part.category else "all trained", style="bold"))
        for figure in part.figures:
            table.add_row(*(Text(cell) for cell in _figure_cells(figure, part)))
    console.print(table)
    if found.moved:
        console.print("\nThe problems that changed most: consistency, right, problem", style="dim")
    for row in found.moved[:10]:
        right = "–" if None in row.right else " → ".join(percent(value, 0) for value in row.right if value is not None)
        consistency = " → ".join(percent(value, 0) for value in row.consistency)
        console.print(plain_line(f"  {row.category}  {consistency}  {right}  {row.prompt}", 150), markup=False)


def _figure_cells(figure: Any, part: Any) -> list[str]:
    difference = figure.difference
    test = ""
    if figure.metric == "greedy_accuracy" and part.mcnemar is not None:
        p = "p < 0.001" if part.mcnemar < 0.001 else f"p = {part.mcnemar:.3f}"
        test = f"{part.became_right:,} became right, {part.became_wrong:,} wrong, {p}"
    return [
        f"  {figure.metric.replace('_', ' ')}",
        _margin(figure.first),
        _margin(figure.second),
        f"{difference.value * 100:+.1f}",
        f"{difference.low * 100:+.1f} – {difference.high * 100:+.1f}",
        f"{difference.n:,}",
        test,
    ]


def _margin(figure: Estimate) -> str:
    return f"{figure.value * 100:.1f} ±{(figure.high - figure.low) * 50:.1f}"
