"""Training shared by two processes on a CPU (gloo): the same steps as one process, and an end for both when one ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from core.errors import SettingsError, TrainingError
from core.runs.processes import descendants, table
from core.team import environments
from tests.unit.training import rows as shared

slow = pytest.mark.slow


@contextmanager
def training(base: Path, folder: Path, *options: str) -> Iterator[subprocess.Popen[str]]:
    """A training in a process of its own, which is ended at the end of the block."""
    command = [sys.executable, "-m", shared.__name__, str(base), str(folder), *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def told(process: subprocess.Popen[str], moment: str) -> list[str]:
    """What it tells up to and with ``moment``."""
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        lines.append(line.strip())
        if lines[-1] == moment:
            return lines
    raise AssertionError(f"it ended without {moment}: {lines[-3:]}")


def others(leader: int) -> list[int]:
    """The other ranks: processes of torch, not multiprocessing's own helper."""
    found = descendants(leader, table())
    return [pid for pid in found if b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()]


def adapter(folder: Path) -> dict[str, object]:
    from safetensors.torch import load_file

    return dict(load_file(folder / "out" / "adapter_model.safetensors"))


@pytest.fixture(scope="module")
def whole(tiny_base: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What two processes with two rows each have trained from beginning to end."""
    folder = tmp_path_factory.mktemp("whole")
    with training(tiny_base, folder, "2", "2", "0") as process:
        lines = told(process, "checkpoint 12")
        assert [line for line in lines if line.startswith("loss")] == [f"loss {step}" for step in range(1, 13)]
        assert process.wait() == 0
    return folder


@slow
def test_two_processes_with_two_rows_each_take_the_steps_of_one_with_four(tiny_base: Path, whole: Path, tmp_path: Path) -> None:
    import torch

    with training(tiny_base, tmp_path, "1", "4", "0") as process:
        told(process, "checkpoint 12")
        assert process.wait() == 0
    one, two = adapter(tmp_path), adapter(whole)
    assert one.keys() == two.keys()
    for key in one:
        torch.testing.assert_close(two[key], one[key], rtol=1e-3, atol=1e-4)


@slow
def test_stopped_and_started_again_two_processes_end_with_the_same_adapter(tiny_base: Path, whole: Path, tmp_path: Path) -> None:
    with training(tiny_base, tmp_path, "2", "2", "0") as process:
        told(process, "loss 5")
        (tmp_path / "stop").touch()
        assert process.wait() == 130
        assert not others(process.pid)
    (tmp_path / "stop").unlink()
    with training(tiny_base, tmp_path, "2", "2", "0") as process:
        assert "loss 1" not in told(process, "checkpoint 12")
        assert process.wait() == 0
    ours, theirs = (folder / "out" / "adapter_model.safetensors" for folder in (tmp_path, whole))
    assert ours.read_bytes() == theirs.read_bytes()


@slow
def test_when_a_rank_is_killed_all_end_and_a_sentence_says_which_and_how(tiny_base: Path, tmp_path: Path) -> None:
    with training(tiny_base, tmp_path, "2", "2") as process:
        told(process, "loss 2")
        (rank,) = others(process.pid)
        os.kill(rank, signal.SIGKILL)
        assert process.stdout is not None
        last = process.stdout.read().strip().splitlines()[-1]
        assert process.wait() == TrainingError.exit_code
        assert "process 2 of 2 was killed by signal 9 (SIGKILL)" in last and "run the step again" in last
        assert not others(process.pid) and not (tmp_path / "out").exists()


def test_fewer_gpus_than_processes_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.team.gpus", lambda: ["0", "1"])
    assert [place["CUDA_VISIBLE_DEVICES"] for place in environments(2)] == ["0", "1"]
    with pytest.raises(SettingsError, match=r"run\.processes = 3 needs as many GPUs and 2 are here; set it to 2 at most"):
        environments(3)


def test_without_a_gpu_the_cores_are_shared_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.team.gpus", list)
    monkeypatch.setattr("os.sched_getaffinity", lambda _: set(range(8)))
    assert environments(2) == [{"OMP_NUM_THREADS": "4"}] * 2
