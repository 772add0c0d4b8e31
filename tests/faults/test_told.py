"""What a step told before a checkpoint counts is in the store by then: a kill right after it leaves no hole in the curve."""

from __future__ import annotations

import contextlib
from pathlib import Path

from core.runs.book import StoreBook
from core.runs.store import events, runs
from core.runs.store.connection import open_reader
from core.runs.workspace import STORE_NAME
from core.steps.train import _tell
from tests.unit.runs.workbench import TRAIN, Bench


def test_everything_told_is_in_the_store_before_a_checkpoint_counts(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.begin()
    bench.run_step(TRAIN)
    with bench.store.read() as db:
        step, tried = runs.step(db, TRAIN), runs.open_tries(db)[0]
    assert step is not None
    book = StoreBook(tmp_path / STORE_NAME, step, tried)
    book._closing.set()  # nobody else writes what waits
    book._flusher.join()
    tell = lambda kind, **data: _tell(_Context(book), kind, data)  # type: ignore[arg-type]  # noqa: E731
    figures = {"loss": 0.5, "learning_rate": 1e-3, "grad_norm": 0.8, "tokens_per_second": 5000.0}
    tell("loss", step=1, max_steps=2, epoch=0.5, num_train_epochs=1, **figures)
    assert losses(tmp_path) == []
    tell("saving", step=1)
    assert losses(tmp_path) == [(1, 0.5)]
    book.close()


def losses(workspace: Path) -> list[tuple[int, float | None]]:
    with contextlib.closing(open_reader(workspace / STORE_NAME)) as store, store.read() as db:
        return [(row.x, row.loss) for row in events.losses_after(db, TRAIN, 0, 10)]


class _Context:
    """The part of a step's context that telling needs."""

    def __init__(self, book: StoreBook) -> None:
        self.book = book

    def log(self, text: str) -> None:
        assert text == "step 1 of 2, loss 0.5, gradient norm 0.8, learning rate 0.001, 5,000 tok/s"

    def progress(self, done: int, total: int, unit: str, doing: str) -> None:
        self.book.emit("progress", done=done, total=total, unit=unit, doing=doing)
