"""The whole story in a real terminal: open the panel, press g, watch every step, lose the terminal, come back, pass the gate."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from core.runs.snapshot import State
from tests.terminal.tmux import Tmux
from tests.unit.runs.helpers import clean, look

SMALL = """
profile = "practice"
[categories.MATH]
measure_problems = 60
[categories.CODE]
measure_problems = 30
[categories.REASONING]
measure_problems = 40
[measure]
samples = 6
"""
FAILED = r"● (failed|crashed|stopped)"
COGUMI = f"{shlex.quote(sys.executable)} -m app.cli"


@pytest.fixture
def workspace(tmp_path: Path) -> Any:
    folder = tmp_path / "work"
    folder.mkdir()
    (folder / "cogumi.toml").write_text(SMALL)
    yield folder
    clean(folder)


def status(workspace: Path) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "app.cli", "status", "--json", "--workspace", str(workspace)],
        capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.mark.slow
def test_from_the_first_screen_to_a_passed_gate_with_the_terminal_lost_on_the_way(tmp_path: Path, workspace: Path) -> None:
    command = f"{COGUMI} --workspace {shlex.quote(str(workspace))}"
    with Tmux(tmp_path) as tmux:
        tmux.start(command)
        first = tmux.wait_for(r"diagnose\s+waiting")
        assert "idle" in first
        assert "gate 1B.1" in first
        assert "N/A" in first or "GPU" in first
        tmux.keys("g")
        tmux.wait_for(r"Phase 1B\.1, proof of concept")
        tmux.keys("Enter")
        tmux.wait_for(r"diagnose\s+running", seconds=120)
        tmux.wait_for(r"MATH\s+\d+\.\d %", seconds=300, never=FAILED)
        tmux.kill()  # the terminal is gone, the work is not

    assert look(workspace).state in (State.RUNNING, State.STALLED)

    with Tmux(tmp_path) as tmux:
        tmux.start(command)
        screen = tmux.wait_for(r"diagnose\s+done", seconds=300, never=FAILED)
        assert "running" in screen
        tmux.wait_for(r"train\s+running", seconds=300, never=FAILED)
        tmux.wait_for(r"loss \d+\.\d+", seconds=300, never=FAILED)
        tmux.wait_for(r"gate 1B\.1\s+passed", seconds=600, never=f"{FAILED}|all steps are done")
        for key, seen in (("p", r"130 problems"), ("l", r"== validate"), ("?", r"Keys|keys")):
            tmux.keys(key)
            tmux.wait_for(seen)
            tmux.keys("Escape")
            tmux.wait_for(r"gate 1B\.1\s+passed")
        tmux.resize(80, 24)
        tmux.wait_for(r"gate 1B\.1\s+passed")
        tmux.resize(50, 12)
        tmux.wait_for(r"60")
        tmux.resize(120, 40)
        tmux.keys("q")
        tmux.wait_for(r"EXIT=0")

    found = status(workspace)
    gate = found["gates"][0]
    assert gate["verdict"] == "passed"
    assert {criterion["verdict"] for criterion in gate["criteria"]} == {"met"}
    before, after = found["measurements"]["before"], found["measurements"]["after"]
    assert after["MATH"]["response_consistency"]["value"] > before["MATH"]["response_consistency"]["value"] + 0.2
    assert before["MATH"]["response_consistency"]["n"] == 60
    assert (workspace / "self_distillation" / "math_distilled.jsonl").exists()
    assert (workspace / "checkpoints" / "self_consistent_test" / "adapter_model.safetensors").exists()
