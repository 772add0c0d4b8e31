"""Training rows and a call of ``train`` that the tests of this room share; run as a script it trains in a process of its own."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from core.errors import CogumiError
from core.plan.settings import TrainSettings
from core.records import Category, TrainingRow
from core.training.train import TrainResult, train
from tests.unit.models.fixtures import settings_for

SETTINGS = {"learning_rate": 2e-3, "per_device_train_batch_size": 4, "save_steps": 4, "lora_dropout": 0.1}


def training_rows(count: int = 24) -> list[TrainingRow]:
    """Rows of different lengths."""
    return [
        TrainingRow(
            problem_id=f"p/{i}",
            category=Category.MATH,
            prompt=f"Sam has {i} apples and buys {2 * i} more" + " today" * (i % 3) + ". How many?",
            response=f"Sam has {i} + {2 * i} = {3 * i}.\n#### {3 * i}",
            response_key=f"k{i}",
            verified=True,
            temperature=0.0,
        )
        for i in range(count)
    ]


class Events(list[tuple[str, dict[str, Any]]]):
    """Collects what training tells."""

    def __call__(self, kind: str, **data: Any) -> None:
        self.append((kind, data))

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [data for name, data in self if name == kind]


def run(
    base: Path,
    folder: Path,
    *,
    rows: list[TrainingRow] | None = None,
    start: Path | None = None,
    emit: Callable[..., None] | None = None,
    stopping: Callable[[], bool] = lambda: False,
    processes: int = 1,
    **settings: Any,
) -> TrainResult:
    """Trains on ``base`` inside ``folder``: checkpoints in ``work``, the adapter in ``out``."""
    return train(
        training_rows() if rows is None else rows,
        model=settings_for(base),
        settings=TrainSettings(**{**SETTINGS, **settings}),
        workspace=folder,
        start_adapter=start,
        out=folder / "out",
        work=folder / "work",
        emit=Events() if emit is None else emit,
        stopping=stopping,
        processes=processes,
    )


def _main(base: str, folder: str, processes: str = "1", batch: str = "4", dropout: str = "0.1") -> None:
    import torch

    torch.set_num_threads(1)
    run(
        Path(base),
        Path(folder),
        emit=lambda kind, **data: print(kind, data.get("step"), flush=True),
        stopping=lambda: (Path(folder) / "stop").exists(),
        processes=int(processes),
        per_device_train_batch_size=int(batch),
        lora_dropout=float(dropout),
    )


if __name__ == "__main__":
    try:
        _main(*sys.argv[1:])
    except CogumiError as error:
        print(error, flush=True)
        sys.exit(error.exit_code)
