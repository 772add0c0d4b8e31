"""train: an adapter trained on the run's training rows, from the Phase 1A adapter or a fresh one."""

from __future__ import annotations

import time
from pathlib import Path

from core.errors import StepFailed
from core.files import folder_hash
from core.steps.context import Context
from core.steps.engine import start_adapter

OUT = "checkpoints/self_consistent_test"


def run(context: Context) -> str:
    """Carries the step out and returns its summary. Resumes from the last whole checkpoint of this attempt."""
    return train_on_rows(context, start_adapter(context), OUT, "work/train", "distill")


def train_on_rows(context: Context, start: Path | None, out: str, work: str, made_by: str) -> str:
    """Trains on the phase's training rows from ``start`` (None: a fresh adapter) and publishes the adapter as ``out``.

    work: where checkpoints are kept. made_by: the step that makes the rows. Returns the step's summary.
    """
    from core.training.train import train

    rows = context.book.training_rows()
    if not rows:
        raise StepFailed(f"There are no training rows in this attempt; run the step {made_by} first.")
    context.progress(0, 0, "steps", "loading")
    stepped: list[float] = []

    def tell(kind: str, **data: object) -> None:
        if kind == "loss":
            stepped.append(time.monotonic())
        _tell(context, kind, data)

    try:
        result = train(
            rows,
            model=context.settings.model,
            settings=context.settings.train,
            workspace=context.workspace,
            start_adapter=start,
            out=context.path(out),
            work=context.path(work),
            emit=tell,
            stopping=context.stopping,
            processes=context.settings.run.processes,
        )
    finally:
        if len(stepped) > 1:
            # The first step pays for what is set up in it; the pace is that of the others.
            context.book.emit("throughput", unit="steps", made=len(stepped) - 1, found=0, seconds=round(stepped[-1] - stepped[0], 3))
    context.publish(out, "adapter", folder_hash(context.path(out)))
    over = f"the last {result.last} steps" if result.last > 1 else "the last step"
    return f"{result.steps} steps on {len(rows)} rows, loss {result.loss:.3f} over {over}"


def _tell(context: Context, kind: str, data: dict[str, object]) -> None:
    """Passes the trainer's events on; each step of the optimizer is progress too, and a line of the log."""
    if kind == "saving":
        context.book.keep()
        return
    context.book.emit(kind, **data)
    if kind == "loss":
        step, steps = int(str(data["step"])), int(str(data["max_steps"]))
        context.progress(step, steps, "steps", "training")
        rates = f"learning rate {data['learning_rate']:.3g}, {data['tokens_per_second']:,.0f} tok/s"
        context.log(f"step {step} of {steps}, loss {data['loss']:.4g}, gradient norm {data['grad_norm']:.3g}, {rates}")
    elif kind == "held_out":
        context.log(f"step {data['step']}, held-out loss {data['loss']:.4g}")
    elif kind == "checkpoint":
        context.log(f"step {data['step']}, checkpoint saved")
