"""A workspace that was copied while a supervisor was at work in it: what lives belongs to the original, and holds up nothing here."""

from __future__ import annotations

import contextlib
import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from core.runs.launch import _queue, stop
from core.runs.orphans import end_orphans
from core.runs.overview import attempts
from core.runs.snapshot import State
from core.runs.store.connection import open_writer
from core.runs.watch import Watcher
from core.runs.workspace import STORE_NAME
from tests.unit.runs.helpers import settings
from tests.unit.runs.workbench import DIAGNOSE, Bench


def test_a_copy_is_not_locked_by_what_works_in_the_original(bench: Bench, tmp_path_factory: Any) -> None:
    bench.run_step(DIAGNOSE)
    assert bench.poll().supervised
    copy = Path(shutil.copytree(bench.folder, tmp_path_factory.mktemp("copied") / "copy"))
    with contextlib.closing(Watcher(copy, clock=lambda: bench.now)) as watcher:
        seen = watcher.poll(60_000)
    assert (seen.supervised, seen.steps[0].state, attempts(copy)[0].state) == (False, State.CRASHED, State.CRASHED)
    assert not stop(copy)
    waker: Any = SimpleNamespace(wait=lambda seconds: None)
    with contextlib.closing(open_writer(copy / STORE_NAME)) as store:
        assert _queue(store, "diagnose", settings(), False, None, "")[1] == ("diagnose",)
        end_orphans(store, waker, 0.0)
    assert bench.poll().steps[0].state is State.RUNNING, "in the original nothing was asked to stop"
