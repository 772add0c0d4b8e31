"""Hostile code meets the sandbox: whatever it tries, it is graded wrong, nothing outside changes, and the next job is judged right."""

from __future__ import annotations

import contextlib
import os
import random
import re
import socket
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from core.grading.sandbox import pool
from core.grading.sandbox.limits import Limits
from core.grading.sandbox.pool import Policy, Sandbox
from core.grading.verdict import grade_code
from core.records import CodeTests
from tests.faults.sandbox_tricks import EXHAUSTS, HARMS, REACHES, VERDICTS

POLICIES = {
    "best": Policy(),
    "limits": Policy(level="limits"),
    "no landlock": Policy(level="limits", landlock=False),
    "weakest": Policy(level="limits", landlock=False, seccomp=False),
}
TRIED = tuple(POLICIES) if os.environ.get("COGUMI_ALL_WALLS") else ("best", "weakest")
"""What lies between the best and the weakest is tried on demand: COGUMI_ALL_WALLS=1."""
LIMITS = Limits(wall_seconds=4.0, cpu_seconds=1)
KEY = "cogumi-key-5f3a"


def test_libraries_in_the_temporary_folder_take_no_wall_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """A virtual environment below /tmp: its libraries can be read in the box, and the job's folder is another."""
    monkeypatch.setattr(tempfile, "tempdir", "/tmp")
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as after:
        Path(folder).chmod(0o755)
        (Path(folder) / "library").write_text("read")
        plain, sandbox = Sandbox(), Sandbox()
        after.callback(plain.close)
        after.callback(sandbox.close)
        level = plain.level()
        found = pool.libraries()
        monkeypatch.setattr(pool, "libraries", lambda: [*found, folder])
        assert sandbox.level() == level
        code = f"```python\ndef f(x):\n    open('n', 'w').write('1')\n    return open('{folder}/library').read() + open('n').read()\n```"
        for _ in range(2):
            assert grade_code(code, CodeTests(("assert f(1) == 'read1'",)), sandbox).correct
        assert [path.name for path in Path(folder).iterdir()] == ["library"]


@dataclass(frozen=True)
class World:
    """What is outside and must stay as it is."""

    folder: Path
    victim: Path
    listener: socket.socket
    datagrams: socket.socket

    def fill(self, code: str, expected: int) -> str:
        """The trick's code with the names of this world."""
        names = {
            "EXPECTED": str(expected),
            "SECRET_FILE": str(self.folder / "secret"),
            "VICTIM": str(self.victim),
            "FOLDER": str(self.folder),
            "PORT": str(self.listener.getsockname()[1]),
            "KEY": KEY,
            "PARENT": str(os.getpid()),
        }
        return re.sub("|".join(names), lambda match: names[match[0]], code)

    def unharmed(self) -> bool:
        """Whether every file is as it was and nobody called."""
        names = sorted(path.name for path in self.folder.iterdir())
        whole = self.victim.read_text() == "whole" and self.victim.stat().st_mode & 0o777 == 0o666
        return whole and names == ["secret", "socket", "victim"] and not _called(self.listener, self.datagrams)


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """A folder that anybody could read and write, if only file rights protected it, and two listeners on loopback."""
    monkeypatch.setenv("COGUMI_SOME_KEY", KEY)
    folder = tmp_path / "outside"
    folder.mkdir()
    for parent in (folder, tmp_path, *tmp_path.parents[:2]):
        if parent.stat().st_mode & 0o077 == 0:
            parent.chmod(0o777)
    folder.chmod(0o777)
    (folder / "secret").write_text(KEY)
    (folder / "victim").write_text("whole")
    (folder / "secret").chmod(0o666)
    (folder / "victim").chmod(0o666)
    listener, datagrams, unix = socket.socket(), socket.socket(type=socket.SOCK_DGRAM), socket.socket(socket.AF_UNIX)
    with listener, datagrams, unix:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        datagrams.bind(("127.0.0.1", listener.getsockname()[1]))
        short = Path(os.path.relpath(folder / "socket"))
        unix.bind(str(short) if len(str(short)) < 100 else str(folder / "socket"))
        unix.listen()
        (folder / "socket").chmod(0o777)
        yield World(folder, folder / "victim", listener, datagrams)


@pytest.fixture(scope="module", params=TRIED)
def sandbox(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    """One sandbox a set of walls, kept for all tricks: what one trick does to it, the next would feel."""
    box = Sandbox(POLICIES[request.param], LIMITS)
    yield box
    box.close()


def contained(sandbox: Sandbox, world: World, code: str) -> None:
    expected = random.Random(code).randrange(10**9, 10**10)
    tests = CodeTests((f"assert f(1) == {expected}",))
    before = _descendants()
    grade = grade_code(f"```python\n{world.fill(code, expected)}\n```", tests, sandbox)
    assert grade.correct is False, grade
    assert grade.answer == "0"
    assert world.unharmed()
    # One zygote with its next judge and tested process wait; nothing else is left of the job.
    assert len(_descendants()) <= max(len(before), 3)
    assert grade_code("```python\ndef f(x): return 5\n```", CodeTests(("assert f(1) == 5",)), sandbox).correct


@pytest.mark.parametrize("trick", VERDICTS)
def test_a_verdict_cannot_be_forged(sandbox: Sandbox, world: World, trick: str) -> None:
    contained(sandbox, world, VERDICTS[trick])


@pytest.mark.parametrize("trick", REACHES)
def test_nothing_outside_can_be_reached(sandbox: Sandbox, world: World, trick: str) -> None:
    contained(sandbox, world, REACHES[trick])


@pytest.mark.parametrize("trick", HARMS)
def test_nothing_outside_can_be_harmed(sandbox: Sandbox, world: World, trick: str) -> None:
    contained(sandbox, world, HARMS[trick])


@pytest.mark.slow
@pytest.mark.parametrize("trick", EXHAUSTS)
def test_nothing_can_be_used_up(sandbox: Sandbox, world: World, trick: str) -> None:
    contained(sandbox, world, EXHAUSTS[trick])


def _called(listener: socket.socket, datagrams: socket.socket) -> bool:
    for heard in (listener, datagrams):
        heard.setblocking(False)
        try:
            heard.accept() if heard is listener else heard.recv(10)
        except BlockingIOError:
            continue
        return True
    return False


def _descendants() -> list[int]:
    parents: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text(errors="replace").rpartition(")")[2].split()
        except OSError:
            continue
        if fields[0] != "Z":
            parents.setdefault(int(fields[1]), []).append(int(stat.parent.name))
    found: list[int] = []
    waiting = [os.getpid()]
    while waiting:
        children = parents.get(waiting.pop(), [])
        found += children
        waiting += children
    return found
