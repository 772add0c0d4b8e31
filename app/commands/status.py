"""``cogumi status``: what is running, what came out, what the gates say, and what could be changed after one that failed."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING, Any

from app.commands.arguments import attempt_number

if TYPE_CHECKING:
    from core.runs.snapshot import Snapshot

HELP = "Show the steps, figures, gates and spending of a workspace."


def configure(parser: argparse.ArgumentParser) -> None:
    """Adds this command's arguments."""
    parser.add_argument("--workspace", metavar="DIR", help="folder of the work")
    parser.add_argument("--attempt", type=attempt_number, metavar="N", help="number of the attempt (default: the latest)")
    parser.add_argument("--json", action="store_true", help="everything as one JSON object")


def run(args: argparse.Namespace) -> int:
    """Prints the status; never changes anything."""
    from app.commands.common import find_workspace
    from app.suggestions_text import lines, suggested
    from core.runs.status import as_data, seen

    workspace = find_workspace(args.workspace, there=True)
    snapshot = seen(workspace, attempt=args.attempt)
    found = as_data(snapshot)
    failed = any(gate["verdict"] == "failed" for gate in found["gates"])
    found["suggestions"] = suggested(workspace, snapshot.attempt) if failed else []
    if args.json:
        print(json.dumps(found, indent=2))
        return 0
    from rich.console import Group

    from app.console import Console

    told = (*_causes(found), *_money(found), *_figures(found), *_gates(snapshot), *_altered(found))
    Console().print(Group(_head(found), _steps(found), *told))
    for line in lines(found["suggestions"]):
        print(line)
    return 0


def _head(found: dict[str, Any]) -> Any:
    from rich.text import Text

    from core.report.words import dollars

    attempt = f"attempt {found['attempt']}" if found["attempt"] else "no attempt yet"
    return Text(f"{found['workspace']}  {attempt}  {found['state']}  {dollars(found['spending']['dollars'])} spent\n", style="bold")


def _steps(found: dict[str, Any]) -> Any:
    from rich.table import Table
    from rich.text import Text

    from app.preflight_text import span
    from core.report.words import dollars, duration

    table = Table("step", "state", "time", "cost", "", box=None, pad_edge=False, header_style="dim")
    ahead = {step["id"]: step for step in found["ahead"] if step["seconds"] is not None}
    for step in found["steps"]:
        progress = step["progress"]
        done = f"{progress['done']:,} of {progress['total']:,} {progress['unit']}" if progress["total"] else ""
        if progress["eta"] is not None:
            done += f", {duration(progress['eta'])} left"
        seconds = duration(step["seconds"]) if step["seconds"] else ""
        cost = dollars(step["cost"]) if step["seconds"] else ""
        if step["state"] == "done" and step["summary"]:
            done = step["summary"]
        elif not done and step["id"] in ahead:
            its = ahead[step["id"]]
            done = f"{its['work']}, about {span(its['seconds'], duration)}, {span(its['dollars'], dollars)} ({its['basis']})"
        table.add_row(Text(step["id"]), Text(step["state"]), Text(seconds), Text(cost), Text(done))
    return table


def _causes(found: dict[str, Any]) -> list[Any]:
    """Why steps stopped, failed or died, and what to do."""
    from rich.text import Text

    told = [f"{step['id']} {step['state']}: {step['cause']}" for step in found["steps"] if step["cause"]]
    if found["shortage"]:
        told.insert(0, f"{found['shortage']}; free some space: the work waits for it or will fail, and what was committed is kept")
    return [Text(f"\n{text}", style="yellow") for text in told]


def _money(found: dict[str, Any]) -> list[Any]:
    """What is to come: the steps that are left, and the money against the plan and the budget."""
    from rich.text import Text

    from app.preflight_text import span
    from core.report.words import dollars, duration

    spending = found["spending"]
    said = [f"{dollars(spending['dollars'])} spent of {dollars(spending['limit'])} at {dollars(spending['per_hour'])} an hour"]
    if spending["judge_dollars"]:
        said.append(f"{dollars(spending['judge_dollars'])} of it for judging")
    if spending["forecast_dollars"] is not None:
        said.append(f"the running step {dollars(spending['forecast_dollars'])} at its end")
    if spending["total_dollars"] is not None:
        said.append(f"{span(spending['total_dollars'], dollars)} once everything is done")
    if spending["plan_dollars"] is not None:
        said.append(f"the plan expects {span(spending['plan_dollars'], dollars)} for the 8B model")
    said.append(f"{dollars(spending['budget_left'])} of the Phase 1 budget left")
    lines: list[Any] = [Text(), Text("; ".join(said))]
    if spending["seconds_left"] is not None:
        lines.append(Text(f"what is queued takes {span(spending['seconds_left'], duration)} more"))
    if spending["warning"]:
        lines.append(Text(spending["warning"], style="yellow"))
    return lines


def _figures(found: dict[str, Any]) -> list[Any]:
    from rich.table import Table
    from rich.text import Text

    if not any(found["measurements"].values()):
        return []
    names = ("response_consistency", "answer_consistency", "accuracy", "tie_rate", "score")
    heads = ("response", "answer", "right", "ties", "score", "n")
    table = Table("share in %", *heads, box=None, pad_edge=False, header_style="dim", caption="± is half the 95 % interval")
    for when, categories in found["measurements"].items():
        for category, metrics in categories.items():
            cells = [_cell(metrics.get(name)) for name in names]
            n = max((metrics[name]["n"] for name in names if metrics.get(name)), default=0)
            table.add_row(Text(f"{when} {category}"), *(Text(cell) for cell in cells), Text(f"{n:,}"))
    return [Text(), table]


def _cell(estimate: dict[str, float] | None) -> str:
    if estimate is None:
        return "–"
    half = (estimate["high"] - estimate["low"]) / 2
    return f"{estimate['value'] * 100:.1f} ±{half * 100:.1f}"


def _gates(snapshot: Snapshot) -> list[Any]:
    from rich.text import Text

    from app.gate_text import gate_text

    return [Text(f"\n{gate_text(gate)}") for gate in snapshot.gates]


def _altered(found: dict[str, Any]) -> list[Any]:
    from rich.text import Text

    return [Text(f"\nwarning: {sentence}") for sentence in found["altered"]]
