"""``cogumi attempts``: all attempts side by side, or two of them on the same problems with paired tests."""

from __future__ import annotations

import argparse
import dataclasses
import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.commands.arguments import attempt_number

if TYPE_CHECKING:
    from rich.text import Text

    from core.measures.estimate import Estimate
    from core.report.versus import Versus
    from core.runs.overview import AttemptView

HELP = "All attempts of a workspace side by side; with two numbers, the second against the first on the problems that both measured."
_WIDTH_IN_A_FILE = 160
_GAP = 2
_CHANGED = "what was changed"
_LEAST_CHANGED = 30
"""Cells that what was changed wants in a column; it wraps there."""
_TABLES = (
    ("#", "from", "when", "gates", "consistency", "MATH score", "MATH ties", "time", "cost", _CHANGED),
    ("#", "from", "when", "gates", "consistency", "MATH score", "MATH ties", "time", "cost"),
    ("#", "from", "when", "gates", "consistency", "time", "cost"),
    ("#", "from", "gates", "consistency", "time", "cost"),
)
"""Columns of the attempts, the widest table first. Where what was changed has no column, it stands below its attempt."""
_WRAPPED = ("gates", _CHANGED)
"""Columns whose text may go on in a line below."""
_AT_THE_LEFT = (*_WRAPPED, "when")


def configure(parser: argparse.ArgumentParser) -> None:
    """Adds this command's arguments."""
    told = "two attempts to compare: the second against the first"
    parser.add_argument("numbers", nargs="*", type=attempt_number, metavar="NUMBER", help=told)
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
    """Standard output: as wide as the terminal or as COLUMNS says, and wide in a file."""
    import os
    import sys

    from app.console import Console

    asked = sys.stdout.isatty() or os.environ.get("COLUMNS", "").isdigit()
    return Console(None if asked else _WIDTH_IN_A_FILE)


def _show(workspace: Path, found: tuple[AttemptView, ...]) -> None:
    from rich.table import Table
    from rich.text import Text

    from app.suggestions_text import lines, suggested

    console = _console()
    if not found:
        console.print("There is no attempt yet; `cogumi run phase-1b.1` begins one.")
        return
    told = [_cells(view) for view in found]
    columns = fitting(told, console.width)
    if _CHANGED in columns:
        table = Table(box=None, pad_edge=False, header_style="dim")
        for title in columns:
            table.add_column(title, justify="left" if title in _AT_THE_LEFT else "right", no_wrap=title not in _WRAPPED)
        for cells in told:
            table.add_row(*(Text(cell.replace("\n", ", ")) for cell in _chosen(cells, columns)))
        console.print(table)
    else:
        rows = [([Text(cell) for cell in _chosen(cells, columns)], cells[_CHANGED]) for cells in told]
        _print_rows(console, [(title, title in _AT_THE_LEFT) for title in columns], rows)
    console.print("figures: before → after ± half the 95 % interval", style="dim")
    for line in lines(suggested(workspace)):
        console.print(line, markup=False, soft_wrap=True)


def fitting(told: Sequence[Mapping[str, str]], width: int) -> tuple[str, ...]:
    """Columns of the widest table of attempts that ``width`` cells hold with every figure whole; the narrowest one if none fits.

    told: cells of each attempt by column. Gates need room for the longest of them, in the narrow tables for their longest word.
    """
    return next((columns for columns in _TABLES if _needed(columns, told) <= width), _TABLES[-1])


def _needed(columns: Sequence[str], told: Sequence[Mapping[str, str]]) -> int:
    """Cells that these columns need so that nothing is cut in them."""
    needed = _GAP * (len(columns) - 1)
    for title, *cells in zip(columns, *(_chosen(cells, columns) for cells in told), strict=True):
        if title == _CHANGED:
            needed += max(len(title), min(_LEAST_CHANGED, _longest(cells)))
        elif title == "gates" and "MATH score" not in columns:
            needed += _longest([title, *" ".join(cells).split()])
        else:
            needed += _longest([title, *cells])
    return needed


def _chosen(cells: Mapping[str, str], columns: Sequence[str]) -> list[str]:
    """An attempt's cells of these columns; only the widest table has the year."""
    return [cells[title][5:] if title == "when" and _CHANGED not in columns else cells[title] for title in columns]


def _longest(texts: Sequence[str]) -> int:
    """Cells of the longest line of these texts."""
    return max(len(line) for text in texts for line in text.split("\n"))


def _print_rows(console: Any, columns: Sequence[tuple[str, bool]], rows: Sequence[tuple[Sequence[Text], str]]) -> None:
    """A table whose rows may each have a line of their own below them.

    columns: titles, and whether they stand at the left. Where there is not room for all of them the one called gates wraps; without
    it they stand closer together.
    """
    from rich.padding import Padding
    from rich.table import Table
    from rich.text import Text

    widths = [_longest([title, *(cells[at].plain for cells, _ in rows)]) for at, (title, _) in enumerate(columns)]
    over = sum(widths) + _GAP * (len(widths) - 1) - console.width
    gates = next((at for at, (title, _) in enumerate(columns) if title == "gates"), None)
    gap = _GAP if gates is not None or over <= 0 else 1
    if gates is not None and over > 0:
        widths[gates] = max(1, widths[gates] - over)
    heading = [Text(title, style="dim") for title, _ in columns]
    for cells, below in ((heading, ""), *rows):
        table = Table.grid(padding=(0, gap, 0, 0), pad_edge=False)
        for width, (_, at_the_left) in zip(widths, columns, strict=True):
            table.add_column(width=width, justify="left" if at_the_left else "right", overflow="fold")
        table.add_row(*cells)
        console.print(table)
        if below:
            console.print(Padding(Text(below), (0, 0, 0, 2 * _GAP), expand=False))


def _cells(view: AttemptView) -> dict[str, str]:
    """Everything that the tables tell of an attempt, by column; each gate is on a line."""
    from datetime import datetime

    from core.plan.fields import shown
    from core.records import Category
    from core.report.words import dollars, duration
    from core.text import plain_line

    gates = [f"{gate.title} {gate.verdict}" for gate in view.gates if gate.verdict != "open"] or ["open"]
    changed = [f"{key} {shown(before)} → {shown(after)}" for key, (before, after) in view.changes.items()]
    kind = f"{view.settings.gate.consistency}_consistency"
    return {
        "#": str(view.number),
        "from": str(view.parent or ""),
        "when": datetime.fromtimestamp(view.created).strftime("%Y-%m-%d %H:%M"),
        "gates": "\n".join(gates),
        "consistency": _pair(view, None, kind),
        "MATH score": _pair(view, Category.MATH, "score"),
        "MATH ties": _pair(view, Category.MATH, "tie_rate"),
        "time": duration(view.seconds),
        "cost": dollars(view.dollars),
        _CHANGED: plain_line(", ".join(changed) or view.reason),
    }


def _pair(view: AttemptView, category: Any, metric: str) -> str:
    was, now = view.before.get(category, {}).get(metric), view.after.get(category, {}).get(metric)
    start = f"{was.value * 100:.1f}" if was else ""
    if now is None:
        return start or "–"
    half = (now.high - now.low) / 2
    return f"{start} → {now.value * 100:.1f} ±{half * 100:.1f}" if start else f"{now.value * 100:.1f} ±{half * 100:.1f}"


def _show_versus(found: Versus) -> None:
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
    titles = ("share in %", f"attempt {found.first}", f"attempt {found.second}", "difference", "95 % interval", "n", "McNemar")
    told = [(part, [_figure_cells(figure, part) for figure in part.figures]) for part in found.categories]
    widths = [_longest(cells) for cells in zip(titles, *(cells for _, figures in told for cells in figures), strict=True)]
    beside = sum(widths) + _GAP * (len(widths) - 1) <= console.width
    columns = [(title, at == 0) for at, title in enumerate(titles if beside else titles[:-1])]
    rows: list[tuple[list[Text], str]] = []
    for part, figures in told:
        name = str(part.category) if part.category else "all trained"
        rows.append(([Text(name, style="bold"), *(Text() for _ in columns[1:])], ""))
        for *cells, test in figures:
            below = f"McNemar: {test}" if test and not beside else ""
            rows.append(([Text(cell) for cell in (*cells, test)[: len(columns)]], below))
    _print_rows(console, columns, rows)
    if found.moved:
        console.print("\nThe problems that changed most: consistency, right, problem", style="dim")
    for row in found.moved[:10]:
        right = "–" if None in row.right else " → ".join(percent(value, 0) for value in row.right if value is not None)
        consistency = " → ".join(percent(value, 0) for value in row.consistency)
        console.print(plain_line(f"  {row.category}  {consistency}  {right}  {row.prompt}", 150), markup=False)


def _figure_cells(figure: Any, part: Any) -> list[str]:
    from core.report.words import points

    difference = figure.difference
    test = ""
    if figure.metric == "greedy_accuracy" and part.mcnemar is not None:
        p = "p < 0.001" if part.mcnemar < 0.001 else f"p = {part.mcnemar:.3f}"
        test = f"{part.became_right:,} became right, {part.became_wrong:,} wrong, {p}"
    return [
        f"  {figure.metric.replace('_', ' ')}",
        _margin(figure.first),
        _margin(figure.second),
        points(difference.value),
        f"{points(difference.low)} – {points(difference.high)}",
        f"{difference.n:,}",
        test,
    ]


def _margin(figure: Estimate) -> str:
    return f"{figure.value * 100:.1f} ±{(figure.high - figure.low) * 50:.1f}"
