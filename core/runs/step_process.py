"""One step of one run in a process of its own: ``python -m core.runs.step_process WORKSPACE STEP_ROW``. Started by the supervisor.

It registers itself, carries the step out, and says in the store how that ended before it exits: 0 done, 4 failed, 130 stopped. Whoever
finds the process gone without such a word knows that it died. It stops politely on SIGTERM, and when its supervisor is gone.
"""

from __future__ import annotations

import argparse
import importlib
import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import cast

from core.errors import CogumiError, StopRequested, UsageError
from core.models.hardware import gpu_ran_out
from core.plan.load import settings_from_json
from core.plan.settings import Settings
from core.runs.artifacts import altered
from core.runs.book import StoreBook
from core.runs.liveness import current
from core.runs.processes import family, kill_all
from core.runs.say import say
from core.runs.store import runs
from core.runs.store.connection import Store, open_reader, open_writer
from core.runs.store.rows import Outcome, StepRow, TryRow
from core.runs.workspace import PRIVATE_UMASK, Workspace
from core.steps.context import Context
from core.text import plain_line

_LOST = (
    "Its supervisor was killed, so the step kept what it had and ended; find out by what (memory that ran out is in `dmesg`), then run it "
    "again to go on."
)
EXIT_CODES: dict[Outcome, int] = {"done": 0, "failed": 4, "stopped": 130}
_QUIET = {
    "TQDM_DISABLE": "1",
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    "HF_DATASETS_DISABLE_PROGRESS_BARS": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "TOKENIZERS_PARALLELISM": "false",
}
"""Progress bars fill a log with nothing; progress is told as events."""


class StopFlag:
    """Set by a signal or by the loss of the supervisor, read by the step at safe points. Takes no lock, so a handler may set it.

    ``lost``: nobody asked, the supervisor went.
    """

    def __init__(self) -> None:
        self._raised = self.lost = False

    def __call__(self) -> bool:
        return self._raised

    def raise_(self, *_: object) -> None:
        """From now on the step is asked to stop."""
        self._raised = True

    def lose(self) -> None:
        """The supervisor is gone: whatever was not asked for before is its doing."""
        self.lost = not self._raised
        self._raised = True


def main(argv: Sequence[str] | None = None) -> int:
    """Carries one step out and returns the exit code."""
    parser = argparse.ArgumentParser(prog="core.runs.step_process")
    parser.add_argument("workspace", type=Path)
    parser.add_argument("row", type=int)
    parser.add_argument("--lifeline", type=int)
    parser.add_argument("--steps", default="")
    args = parser.parse_args(argv)
    os.umask(PRIVATE_UMASK)
    os.environ.update({name: value for name, value in _QUIET.items() if name not in os.environ})
    stop = StopFlag()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop.raise_)
    place = Workspace(args.workspace)
    reconfigure = getattr(sys.stdout, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(line_buffering=True, errors="backslashreplace")
    try:
        step, tried, settings = _register(open_writer(place.store), args.row)
        if args.lifeline is not None:
            _watch_supervisor(args.lifeline, stop, settings.run.stop_grace_seconds)
        book = StoreBook(place.store, step, tried)
    except CogumiError as error:
        print(error, file=sys.stderr, flush=True)
        return error.exit_code
    say(f"== {step.step}, attempt {step.run}, try {tried.number}, {time.strftime('%Y-%m-%d %H:%M:%S')}", bare=True)
    try:
        context = Context(settings, place.folder, book, stop, step.run, step.step)
        _tell_altered(context, place)
        outcome, text = _carry_out(context, args.steps, step.step)
        if outcome == "stopped" and stop.lost:
            outcome, text = "failed", _LOST
        book.conclude(lambda db: runs.set_outcome(db, tried.id, outcome, text))
    except CogumiError as error:
        # Not even its end could be recorded; the supervisor reads the last line of the log.
        outcome, text = "failed", str(error)
    finally:
        book.close()
    # Of a step that failed the supervisor may read this line as its cause, so it is the bare sentence.
    say(f"== done, {time.strftime('%H:%M:%S')}: {text}" if outcome == "done" else text, bare=True)
    return EXIT_CODES[outcome]


def _register(store: Store, row_id: int) -> tuple[StepRow, TryRow, Settings]:
    """Takes the try that waits for this process. Raises UsageError when there is none: then another process has the step."""
    try:
        with store.write() as db:
            step = runs.step(db, row_id)
            tried = None if step is None else runs.register_try(db, row_id, current(), time.time())
            run = None if step is None else runs.run(db, step.run)
    finally:
        store.close()
    if step is None or tried is None or run is None:
        raise UsageError(f"Step row {row_id} does not wait for a process; steps are started by the supervisor.")
    return step, tried, settings_from_json(run.settings)


def _tell_altered(context: Context, place: Workspace) -> None:
    """Says which files of earlier steps were changed by hand since, before this step uses any of them."""
    store = open_reader(place.store)
    try:
        with store.read() as db:
            found = [one for one in altered(db, place.folder, context.run) if one.step != context.step]
    finally:
        store.close()
    for one in found:
        context.note(one.sentence, "warning")


def _carry_out(context: Context, steps_module: str, step: str) -> tuple[Outcome, str]:
    """Runs the step's function; whatever happens becomes one sentence."""
    try:
        registry = importlib.import_module(steps_module or "core.steps.registry")
        function = cast(Callable[[str], Callable[[Context], str]], registry.function)
        return "done", plain_line(function(step)(context), 1000)
    except StopRequested as error:
        return "stopped", str(error) or "Stopped as asked; run the step again to go on from here."
    except CogumiError as error:
        traceback.print_exc()
        return "failed", str(error)
    except BaseException as error:
        traceback.print_exc()
        return "failed", explain(step, error)


def explain(step: str, error: BaseException) -> str:
    """What an error that is not one of ours means, as a sentence."""
    name, text = type(error).__name__, plain_line(str(error), 300).rstrip(".")
    if gpu_ran_out(error):
        return "The GPU ran out of memory; lower generation.batch_size or train.per_device_train_batch_size and run the step again."
    if isinstance(error, MemoryError):
        return "Memory ran out; lower generation.batch_size or use a machine with more, and run the step again."
    if isinstance(error, OSError) and error.errno == 28:
        return "The disk is full; free some space and run the step again: what was committed is kept."
    if isinstance(error, ImportError):
        return f"A package is missing or broken ({text or name}); `cogumi doctor` tells which, then run the step again."
    return f"{step} ended with an unexpected error ({name}{f': {text}' if text else ''}); the log has the details."


def _watch_supervisor(lifeline: int, stop: StopFlag, grace: float) -> None:
    """When the other end of the pipe closes, the supervisor is gone: the step stops politely, and is ended after the grace period."""

    def wait() -> None:
        while os.read(lifeline, 1):
            pass
        say("The supervisor is gone; stopping.")
        stop.lose()
        threading.Event().wait(grace)
        kill_all(lambda: family(os.getpid()))

    os.set_inheritable(lifeline, False)
    threading.Thread(target=wait, name="lifeline", daemon=True).start()


if __name__ == "__main__":
    sys.exit(main())
