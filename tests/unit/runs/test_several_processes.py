"""Phase 1B.1 through ``cogumi run`` with two processes on a CPU: shared responses, data parallel training, one store."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

SMALL = {
    "categories.MATH.measure_problems": 4,
    "categories.CODE.measure_problems": 2,
    "categories.REASONING.measure_problems": 2,
    "categories.MATH.train_problems": 8,
    "categories.CODE.train_problems": 4,
    "measure.samples": 2,
    "train.num_train_epochs": 1,
}


def run(workspace: Path, *steps: str, processes: int) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "app.cli", "run", *steps, "--workspace", str(workspace), "--set", f"run.processes={processes}"]
    for name, value in SMALL.items():
        command += ["--set", f"{name}={value}"]
    return subprocess.run(command, capture_output=True, text=True, timeout=900, check=False)


def responses(workspace: Path) -> list[tuple[object, ...]]:
    with sqlite3.connect(f"file:{workspace / 'cogumi.db'}?mode=ro", uri=True) as db:
        query = "select keys.key, problem, sample, text, finish from responses join keys on keys.id = responses.id order by keys.key"
        return list(db.execute(query))


@pytest.mark.slow
def test_two_processes_make_the_responses_of_one_and_train_together(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    assert run(one, "diagnose", processes=1).returncode == 0
    ran = run(two, "diagnose", processes=2)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "2 processes share the responses out" in ran.stdout
    assert responses(one) == responses(two) and len(responses(two)) == 8 * 3
    for step in ("distill", "train"):
        ran = run(two, step, processes=2)
        assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "2 processes share the rows of a step" in ran.stdout
    assert (two / "checkpoints" / "self_consistent_test" / "adapter_model.safetensors").exists()
