"""``cogumi export``: training rows as chat JSON Lines, responses as Parquet, metrics for TensorBoard, Trackio or Weights & Biases."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from app.commands.arguments import attempt_number
from core.errors import UsageError

HELP = "Export what an attempt made for other tools: training (JSON Lines), responses (Parquet), metrics (TensorBoard), trackio, wandb."

NAMES = {"training": "training.jsonl", "responses": "responses.parquet", "metrics": "tensorboard", "trackio": "trackio", "wandb": "wandb"}


def configure(parser: argparse.ArgumentParser) -> None:
    """Adds this command's arguments."""
    parser.add_argument(
        "kind",
        choices=tuple(NAMES),
        help="training: chat messages that TRL and Unsloth read; responses: a Parquet file; metrics: TensorBoard event files; "
        "trackio, wandb: the same metrics, offline, when that package is installed",
    )
    parser.add_argument("-o", "--output", type=Path, metavar="PATH", help="file, or folder for metrics (default: in this folder)")
    parser.add_argument("--workspace", metavar="DIR", help="folder of the work; it is only read")
    parser.add_argument("--attempt", type=attempt_number, metavar="N", help="number of the attempt (default: the latest)")
    parser.add_argument("--phase", choices=("1B.1", "1B.2"), help="training rows of this phase only")
    parser.add_argument("--force", action="store_true", help="replace what an earlier export wrote")


def run(args: argparse.Namespace) -> int:
    """Writes the export, whole or not at all. Changes nothing in the workspace."""
    from app.commands.common import find_workspace
    from core.report.write import check_free
    from core.runs.workspace import Workspace

    workspace = find_workspace(args.workspace)
    if not Workspace(workspace).store.exists():
        raise UsageError(f"There is nothing to export: {workspace} holds no workspace yet; `cogumi run phase-1b.1` begins one.")
    if args.phase and args.kind != "training":
        raise UsageError("--phase chooses among training rows; leave it out for other exports.")
    path = Path(args.output or NAMES[args.kind]).expanduser()
    check_free(path, force=args.force)
    print(_EXPORTS[args.kind](workspace, path, args))
    return 0


def _training(workspace: Path, path: Path, args: argparse.Namespace) -> str:
    from core.jsonl import write_rows
    from core.report.export import training_rows
    from core.report.write import write_by

    rows = training_rows(workspace, args.attempt, args.phase)
    write_by(path, lambda beside: _ignore(write_rows(beside, rows)), force=args.force)
    return f"wrote {path}: {len(rows):,} training rows; in Python: datasets.load_dataset('json', data_files={str(path)!r})"


def _responses(workspace: Path, path: Path, args: argparse.Namespace) -> str:
    from core.report.parquet import write_parquet
    from core.report.write import write_by

    counted: list[int] = []
    write_by(path, lambda beside: counted.append(write_parquet(workspace, args.attempt, beside)), force=args.force)
    return f"wrote {path}: {counted[0]:,} responses"


def _metrics(workspace: Path, path: Path, args: argparse.Namespace) -> str:
    from core.report.export import curves
    from core.report.tensorboard import event_file, file_name
    from core.report.words import counted
    from core.report.write import write_by

    found = curves(workspace, args.attempt)

    def make(folder: Path) -> None:
        for curve in found:
            started = min(scalar.time for scalar in curve.scalars)
            (folder / curve.name).mkdir(mode=0o700)
            (folder / curve.name / file_name(started)).write_bytes(event_file(curve.scalars, started))

    write_by(path, make, force=args.force, folder=True)
    total = sum(len(curve.scalars) for curve in found)
    return f"wrote {path}: {counted(total, 'scalar')} in {counted(len(found), 'run')}; `tensorboard --logdir {path}` shows them"


def _trackio(workspace: Path, path: Path, args: argparse.Namespace) -> str:
    from core.report.trackers import to_trackio

    return to_trackio(workspace, args.attempt, path)


def _wandb(workspace: Path, path: Path, args: argparse.Namespace) -> str:
    from core.report.trackers import to_wandb

    return to_wandb(workspace, args.attempt, path)


_EXPORTS: dict[str, Callable[[Path, Path, argparse.Namespace], str]] = {
    "training": _training,
    "responses": _responses,
    "metrics": _metrics,
    "trackio": _trackio,
    "wandb": _wandb,
}


def _ignore(_: object) -> None:
    """For calls whose result is not wanted."""
