"""What happens while the trainer runs: events at every step, checkpoints marked whole, a polite stop, an end to nonsense.

Imports transformers, so only ``train.py`` imports it, after the back end is prepared.
"""

from __future__ import annotations

import math
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from transformers import TrainerCallback

from core.errors import TrainingError
from core.training.checkpoints import Checkpoint, mark_whole, prune
from core.training.ranks import Ranks

_RSS_UNIT = 1 if sys.platform == "darwin" else 1024  # getrusage(2): bytes there, KiB on Linux
_WINDOW = 10  # steps that are averaged to judge whether the loss runs away


class Watch(TrainerCallback):  # type: ignore[misc]
    """Tells of every step and ends a training that has gone wrong.

    ``stopped``: a polite stop was asked for and a checkpoint was saved for it. ``seconds``: training time over all tries.
    Raises TrainingError out of the trainer when loss or gradient is no number, or the loss runs away: the mean of the last
    ten steps over both twice the mean of the first ten and that mean plus one.
    """

    def __init__(
        self,
        emit: Callable[..., None],
        stopping: Callable[[], bool],
        work: Path,
        signature: str,
        resume: Checkpoint | None,
        ranks: Ranks,
    ) -> None:
        self.stopped = False
        self.seconds = resume.seconds if resume else 0.0
        self._emit = emit
        self._stopping = stopping
        self._work = work
        self._signature = signature
        self._last_good = resume.path if resume else None
        self._ranks = ranks
        self._clock = time.monotonic()
        self._tokens = 0

    def saw(self, tokens: int) -> None:
        """Counts what a step was given over all ranks, padding not counted."""
        self._tokens += self._ranks.total(tokens)

    def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Starts the clock."""
        self._clock = time.monotonic()

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Asks for a checkpoint and the end when a stop was asked for."""
        if state.global_step < state.max_steps and self._ranks.agree(self._stopping()):
            self.stopped = control.should_save = control.should_training_stop = True

    def on_log(self, args: Any, state: Any, control: Any, logs: dict[str, float] | None = None, **_: Any) -> None:
        """One step's figures."""
        if not logs or "loss" not in logs:
            return
        loss, norm = float(logs["loss"]), float(logs.get("grad_norm", 0.0))
        self._emit(
            "loss",
            step=state.global_step,
            max_steps=state.max_steps,
            epoch=float(state.epoch or 0.0),
            num_train_epochs=float(args.num_train_epochs),
            loss=loss,
            learning_rate=float(logs.get("learning_rate", 0.0)),
            grad_norm=norm,
            tokens_per_second=self._rate(),
            memory=_memory(),
        )
        if not (math.isfinite(loss) and math.isfinite(norm)):
            what = "loss" if not math.isfinite(loss) else "gradient"
            raise TrainingError(f"The {what} is no number any more at step {state.global_step}. {self._advice()}")
        losses = [float(entry["loss"]) for entry in state.log_history if "loss" in entry]
        if runs_away(losses):
            raise TrainingError(f"The loss runs away (it is {loss:.2f} at step {state.global_step}). {self._advice()}")

    def on_evaluate(self, args: Any, state: Any, control: Any, metrics: dict[str, float] | None = None, **_: Any) -> None:
        """The held-out rows' loss."""
        self._tick()
        if metrics and "eval_loss" in metrics:
            self._emit("held_out", step=state.global_step, loss=float(metrics["eval_loss"]))

    def on_epoch_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """The end of a pass over the rows; the trainer says so too where training ends within one, stopped or with its last part."""
        epoch = float(state.epoch or 0.0)
        if round(epoch) >= 1 and math.isclose(epoch, round(epoch), abs_tol=1e-6):
            self._emit("epoch", step=state.global_step, epoch=epoch)

    def on_save(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """The trainer has written a checkpoint: from now on it counts."""
        folder = self._work / f"checkpoint-{state.global_step}"
        self._tick()
        # Every rank has a file of its own in it.
        self._ranks.meet()
        if not self._ranks.leads:
            return
        self._emit("saving", step=state.global_step)
        mark_whole(folder, self._signature, self.seconds)
        prune(self._work)
        self._last_good = folder
        self._emit("checkpoint", step=state.global_step, path=str(folder))

    def on_train_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Stops the clock."""
        self._tick()

    def _tick(self) -> float:
        now = time.monotonic()
        since, self._clock = now - self._clock, now
        self.seconds += since
        return since

    def _rate(self) -> float:
        tokens, self._tokens = self._tokens, 0
        since = self._tick()
        return tokens / since if since > 0 else 0.0

    def _advice(self) -> str:
        kept = f"The last good checkpoint is {self._last_good}" if self._last_good else "There is no checkpoint yet"
        return f"{kept}; lower train.learning_rate and train again."


def runs_away(losses: list[float]) -> bool:
    """Whether the mean of the last ten losses is over both twice the mean of the first ten and that mean plus one."""
    if len(losses) < 2 * _WINDOW:
        return False
    first, last = sum(losses[:_WINDOW]) / _WINDOW, sum(losses[-_WINDOW:]) / _WINDOW
    return last > max(2 * first, first + 1.0)


def _memory() -> int:
    """The most that training has held so far, in bytes: of the GPU's memory, else of the machine's."""
    import torch

    if torch.cuda.is_available():
        return int(torch.cuda.max_memory_allocated())
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _RSS_UNIT
