"""Small parts: causes of death, tails of logs, hooks, stored text, names of places, and imports that stay light."""

from __future__ import annotations

import json
import math
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from core.runs import hook as hook_module
from core.runs.death import cause_of_death, oom_kills
from core.runs.environment import environment
from core.runs.hook import Hooks
from core.runs.logs import TAIL_LINES, tail
from core.runs.step_process import explain
from core.runs.store.text import digest, dumps, number, storable
from core.runs.wake import Waker
from core.runs.workspace import is_writable, log_name, practice_workspace
from tests.unit.runs.helpers import PROJECT


@pytest.mark.parametrize(
    ("code", "lines", "kills", "free", "wanted"),
    [
        (-9, [], 1, None, "the kernel killed it because memory ran out"),
        (-9, [], 0, None, "memory ran out, or someone killed it"),
        (-9, [], 0, 1000, "the disk is full"),
        (-11, [], 0, 1 << 40, "Killed by signal 11 (SIGSEGV)"),
        (1, ["torch.OutOfMemoryError: CUDA out of memory. Tried to allocate"], 0, None, "the GPU ran out of memory"),
        (1, ["torch.AcceleratorError: CUDA error: out of memory"], 0, None, "the GPU ran out of memory"),
        (1, ["RuntimeError: CUDA error: an illegal memory access was encountered"], 0, None, "the GPU or its driver failed"),
        (1, ["OSError: [Errno 28] No space left on device"], 0, None, "the disk is full"),
        (1, ["huggingface_hub.errors.GatedRepoError: 401 Client Error"], 0, None, "the hub refused access; set HF_TOKEN"),
        (1, ["Traceback (most recent call last):", "  File x", "ValueError: bad \x1b[2J."], 0, None, "ValueError: bad \ufffd[2J;"),
        (7, ["fine"], 0, None, "Ended with exit code 7 without saying what came out"),
        (-64, [], 0, None, "Killed by signal 64"),
    ],
)
def test_a_death_has_a_likely_cause_and_a_way_on(code: int, lines: list[str], kills: int, free: int | None, wanted: str) -> None:
    told = cause_of_death(code, lines, kills, free)
    assert wanted in told
    assert told.endswith("run the step again: what was committed is kept.")
    assert "\n" not in told


def test_the_kernels_count_of_kills_can_be_read_or_is_none() -> None:
    assert oom_kills() >= 0


@pytest.mark.parametrize(
    ("error", "wanted"),
    [
        (MemoryError(), "Memory ran out"),
        (OSError(28, "No space left on device"), "The disk is full"),
        (ImportError("No module named 'unsloth'"), "A package is missing or broken (No module named 'unsloth')"),
        (type("OutOfMemoryError", (RuntimeError,), {})("CUDA out of memory"), "The GPU ran out of memory"),
        (RuntimeError("Triton Error [CUDA]: out of memory"), "The GPU ran out of memory"),
        (KeyError("x"), "train ended with an unexpected error (KeyError: 'x')"),
        (ValueError("a\nb\x07."), "(ValueError: a b\ufffd)"),
    ],
)
def test_an_unexpected_error_is_explained_in_a_sentence(error: BaseException, wanted: str) -> None:
    assert wanted in explain("train", error)


def test_the_tail_of_a_log_is_its_last_lines_made_harmless(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_bytes(b"first\r\n  indented\n\x1b[31mred\n\nprogress 1\rprogress 2\n\xff\xfe bytes\nunfinished")
    assert tail(log) == ("first", "  indented", "\ufffd[31mred", "progress 2", "\ufffd\ufffd bytes", "unfinished")
    assert tail(log, 2) == ("\ufffd\ufffd bytes", "unfinished")


def test_the_tail_of_a_huge_log_reads_only_its_end(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with log.open("w") as file:
        file.writelines(f"line {i}\n" for i in range(100_000))
    lines = tail(log)
    assert len(lines) == TAIL_LINES
    assert lines[-1] == "line 99999"


def test_one_line_longer_than_the_tail_is_cut(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("x" * 1_000_000)
    assert len(tail(log)[0]) < 2_000


def test_a_log_that_is_not_there_has_no_lines(tmp_path: Path) -> None:
    assert tail(tmp_path / "log") == ()


def test_a_hook_that_does_not_end_is_ended_and_its_endless_output_is_cut(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hook_module, "HOOK_SECONDS", 0.3)
    hooks = Hooks("yes 'a long line'", tmp_path)
    hooks.fire("done", step="train", state="done")
    hooks.wait()
    said = capsys.readouterr().out
    assert "on_event done: ended after 0 s: a long line" in said
    assert len(said) < 10_000
    assert hooks.pids == frozenset()


def test_a_hook_that_cannot_be_run_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for command in ("/no/such/program", "unbalanced 'quote"):
        hooks = Hooks(command, tmp_path)
        hooks.fire("done")
        hooks.wait()
    assert capsys.readouterr().out.count("on_event could not be run") == 2


def test_without_a_hook_nothing_is_started(tmp_path: Path) -> None:
    hooks = Hooks("  ", tmp_path)
    hooks.fire("done")
    assert hooks.pids == frozenset()


def test_lone_surrogates_are_written_out_and_other_text_is_left_as_it_is() -> None:
    assert storable("plain") == "plain"
    assert storable("zwölf \U0001f600") == "zwölf \U0001f600"
    assert storable("a\ud800b") == "a\\ud800b"
    assert digest("a\ud800") != digest("b\ud800")
    assert 0 <= digest("x") < 2**63


def test_json_for_the_store_is_valid_whatever_it_is_made_of() -> None:
    value = {"a\udcff": ["\ud800", {"b": 1.5}], "path": Path("/x"), "set": {2, 1}, "nan": math.nan}
    back = json.loads(dumps(value))
    assert back["a\\udcff"] == ["\\ud800", {"b": 1.5}]
    assert back["path"] == "/x"
    assert back["set"] == ["1", "2"]
    dumps(value).encode()


def test_figures_for_the_store_are_floats_or_missing() -> None:
    assert number(None) is None
    assert number(float("nan")) is None
    assert number(3) == 3.0
    assert number(math.inf) == math.inf


def test_the_practice_workspace_is_in_the_users_state_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert practice_workspace() == tmp_path / "cogumi" / "practice"
    monkeypatch.setenv("HOME", str(tmp_path))
    for ignored in ("", "relative/folder"):
        monkeypatch.setenv("XDG_STATE_HOME", ignored)
        assert practice_workspace() == tmp_path / ".local" / "state" / "cogumi" / "practice"


def test_a_folder_that_is_not_there_yet_is_writable_if_it_can_be_made(tmp_path: Path) -> None:
    assert is_writable(tmp_path / "a" / "b")
    assert log_name(2, "train") == "logs/attempt-2/train.log"


def test_the_environment_is_told_without_importing_it() -> None:
    found = environment()
    assert found["python"] == ".".join(map(str, sys.version_info[:3]))
    assert isinstance(found["packages"], dict)


def test_a_signal_ends_a_wait_at_once() -> None:
    previous = signal.getsignal(signal.SIGUSR1)
    waker = Waker((signal.SIGUSR1,))
    try:
        assert not waker.seen()
        os.kill(os.getpid(), signal.SIGUSR1)
        waker.wait(60.0)
        assert waker.seen()
    finally:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGUSR1, previous)


def test_light_processes_import_nothing_heavy() -> None:
    modules = ", ".join(f"core.runs.{name}" for name in ("supervisor", "watch", "launch", "status", "evidence", "overview", "step_process"))
    script = (
        f"import sys, {modules}\n"
        "heavy = {'torch', 'transformers', 'numpy', 'textual', 'rich', 'datasets', 'pynvml', 'psutil', 'core.steps.diagnose'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=PROJECT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
