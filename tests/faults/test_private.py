"""Keys and files stay private: a whole small run with canaries in the environment, and nothing that it leaves or shows holds one."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from core.plan.load import settings_to_json
from core.plan.settings import Settings
from core.records import Category
from core.runs.launch import start
from core.runs.processes import family
from core.runs.snapshot import State
from core.runs.status import status
from tests.faults.endpoints import answers, over, prefers_the_first, served, serving
from tests.unit.runs.helpers import PROJECT, begin, behave, ended, look, supervisor

CANARY = "canary-6f1e0c7a95"
VARIABLES = {
    **{name: f"{CANARY}-{name.lower()}" for name in ("HF_TOKEN", "OPENAI_API_KEY", "WANDB_API_KEY", "AWS_SECRET_ACCESS_KEY")},
    "CANARY_SERVER_KEY": f"{CANARY}-server",
    "CANARY_JUDGE_KEY": f"{CANARY}-judge",
}


@pytest.fixture(autouse=True)
def canaries(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name, value in VARIABLES.items():
        monkeypatch.setenv(name, value)
    # As loose as it comes: what is private is so by our doing.
    previous = os.umask(0)
    yield
    os.umask(previous)


def assert_private(workspace: Path) -> None:
    """Files are 0600 or 0700, folders 0700, and none holds a canary."""
    loose = {
        str(path): oct(path.lstat().st_mode & 0o777)
        for path in workspace.rglob("*")
        if not path.is_symlink() and path.stat().st_mode & 0o077
    }
    assert loose == {}
    for path in workspace.rglob("*"):
        if path.is_file():
            assert CANARY.encode() not in path.read_bytes(), f"a key is in {path}"


def titles(pids: set[int]) -> str:
    """Command lines and names of processes, as everybody on the machine can read them."""
    found = []
    for pid in pids:
        for name in ("cmdline", "comm"):
            try:
                found.append(Path(f"/proc/{pid}/{name}").read_text(errors="replace"))
            except OSError:
                continue
    return "\n".join(found)


def graded_code(settings: Settings) -> Settings:
    """CODE too, so that the sandbox runs generated code beside the keys."""
    code = replace(settings.categories[Category.CODE], measure_problems=2, train_problems=2)
    return replace(settings, categories={**settings.categories, Category.CODE: code})


@pytest.mark.slow
def test_a_whole_run_with_keys_in_the_environment_leaves_none_behind_and_shows_none(workspace: Path, tmp_path: Path) -> None:
    seen: list[str] = []
    ending = threading.Event()

    def watch() -> None:
        while not ending.wait(0.05):
            try:
                row = supervisor(workspace)
            except Exception:  # not begun yet
                continue
            seen.append(titles(family(row.process.pid)))

    with serving(answers) as generation, serving(prefers_the_first) as judge:
        watcher = threading.Thread(target=watch)
        watcher.start()
        try:
            start(workspace, "diagnose", graded_code(served(generation, judge)))
            step = over(workspace).steps[0]
            assert step.state is State.DONE, step.cause
            start(workspace, "distill", graded_code(served(generation, judge)))
            over(workspace)
        finally:
            ending.set()
            watcher.join()
        sent = [headers.get("Authorization") for headers, _ in (*generation.asked, *judge.asked)]
    assert set(sent) == {f"Bearer {CANARY}-server", f"Bearer {CANARY}-judge"}
    assert any("step_process" in shown for shown in seen)
    assert not any(CANARY in shown for shown in seen)
    assert_private(workspace)
    assert CANARY not in str(status(workspace)) + str(look(workspace)) + settings_to_json(served(generation, judge))
    for words in (
        ["report", "--html", str(tmp_path / "r.html"), "--md", str(tmp_path / "r.md")],
        ["status"],
        ["doctor"],
        ["logs", "diagnose"],
    ):
        command = [sys.executable, "-m", "app.cli", *words, "--workspace", str(workspace)]
        done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True)
        assert CANARY not in done.stdout + done.stderr, f"{words[0]} shows a key"
    for made in ("r.html", "r.md"):
        assert (tmp_path / made).exists()
        assert CANARY not in (tmp_path / made).read_text()


def test_what_a_step_that_fails_leaves_is_private_too(workspace: Path) -> None:
    behave(workspace, diagnose={"raise": "something of a library's own"})
    (workspace / "behaviour.json").chmod(0o600)
    begin(workspace, "diagnose")
    assert ended(workspace).steps[0].state is State.FAILED
    assert_private(workspace)
