"""Metrics of an attempt to experiment trackers that are installed, offline: Trackio's local database, Weights & Biases' offline runs."""

from __future__ import annotations

import importlib
import os
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from core.errors import UsageError
from core.report.export import Curve, curves
from core.report.words import counted

PROJECT = "cogumi"


def to_trackio(workspace: Path, attempt: int | None, path: Path) -> str:
    """Logs every curve as a run of the project ``cogumi`` into Trackio's database in the folder ``path``; returns what was done."""
    found = curves(workspace, attempt)
    # Read by Trackio when it is imported: without it, runs go to the user's own folder.
    os.environ["TRACKIO_DIR"] = str(path.absolute())
    trackio = _package("trackio")
    path.mkdir(parents=True, exist_ok=True)
    for curve in found:
        trackio.init(project=PROJECT, name=curve.name, embed=False)
        for step, values in _by_step(curve).items():
            trackio.log(values, step=step)
        trackio.finish()
    return f"wrote {path}: {counted(len(found), 'run')}; `TRACKIO_DIR={path} trackio show --project {PROJECT}` shows them"


def to_wandb(workspace: Path, attempt: int | None, path: Path) -> str:
    """Writes every curve as an offline run of the project ``cogumi`` below the folder ``path``; returns what was done."""
    found = curves(workspace, attempt)
    wandb = _package("wandb")
    path.mkdir(parents=True, exist_ok=True)
    for curve in found:
        settings = wandb.Settings(silent=True, console="off", disable_git=True, save_code=False)
        run = wandb.init(project=PROJECT, name=curve.name, dir=str(path), mode="offline", settings=settings)
        for step, values in _by_step(curve).items():
            run.log(values, step=step)
        run.finish()
    return f"wrote {path}: {counted(len(found), 'offline run')}; `wandb sync {path}/wandb/offline-run-*` uploads them"


def _package(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError:
        raise UsageError(
            f"{name} is not installed; `pip install {name}` and export again, or take `cogumi export metrics`, which needs no package."
        ) from None


def _by_step(curve: Curve) -> Mapping[int, dict[str, float]]:
    found: dict[int, dict[str, float]] = defaultdict(dict)
    for scalar in sorted(curve.scalars, key=lambda s: s.step):
        found[scalar.step][scalar.tag] = scalar.value
    return found
