"""Fewer GPUs than an attempt has trained with: what only generates goes on with those that are here."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from core import team
from core.generation import several
from core.steps import engine
from tests.unit.steps.playing import Stage, settings


@pytest.mark.parametrize(("here", "used"), [(["0"], 0), (["0", "1"], 2), ([str(n) for n in range(8)], 4), ([], 4)])
def test_responses_are_made_by_as_many_processes_as_have_a_gpu(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, here: list[str], used: int
) -> None:
    started: list[int] = []
    monkeypatch.setattr(team, "gpus", lambda: here)
    monkeypatch.setattr(engine, "model_fingerprint", lambda *_: "model")
    monkeypatch.setattr(several, "SeveralEngines", lambda count, *_: started.append(count))
    monkeypatch.setattr("core.models.load.load", lambda *_: (_ for _ in ()).throw(LookupError("one process")))
    stage = Stage(tmp_path)
    plan = replace(settings(), run=replace(settings().run, processes=4))
    if used:
        engine._local(stage.context("validate", plan), None)
    else:
        with pytest.raises(LookupError, match="one process"):
            engine._local(stage.context("validate", plan), None)
    assert started == ([used] if used else [])
    warned = [note for note in stage.book.told("note") if note["level"] == "warning"]
    assert bool(warned) is (0 < len(here) < 4)
