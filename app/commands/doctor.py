"""``cogumi doctor``: what this machine has of what the settings need."""

from __future__ import annotations

import argparse
import dataclasses
import json

HELP = "Check this machine against the workspace's settings: packages, GPU, sandbox, disk, model, data, keys, terminal."


def configure(parser: argparse.ArgumentParser) -> None:
    """Adds this command's arguments."""
    parser.add_argument("--workspace", metavar="DIR", help="folder of the work")
    parser.add_argument("--json", action="store_true", help="findings as JSON")


def run(args: argparse.Namespace) -> int:
    """Prints the findings; exit code 2 when something must be mended before a run can work."""
    from app.commands.common import find_workspace
    from app.doctor import examine
    from core.plan.load import load_settings

    workspace = find_workspace(args.workspace, there=True)
    findings = examine(workspace, load_settings(workspace).settings)
    if args.json:
        print(json.dumps({"workspace": str(workspace), "findings": [dataclasses.asdict(f) for f in findings]}, indent=2))
    else:
        from rich.table import Table
        from rich.text import Text

        from app.console import Console

        table = Table(box=None, pad_edge=False, show_header=False)
        table.add_column(no_wrap=True)
        table.add_column(no_wrap=True)
        table.add_column(overflow="fold")
        styles = {"ok": "green", "warning": "yellow", "problem": "bold red"}
        for finding in findings:
            advice = Text(f"\n→ {finding.advice}", style="dim") if finding.advice else Text()
            table.add_row(Text(finding.level, style=styles[finding.level]), Text(finding.name), Text(finding.text) + advice)
        console = Console()
        console.print(Text(f"workspace {workspace}", style="dim"))
        console.print(table)
    return 2 if any(finding.level == "problem" for finding in findings) else 0
