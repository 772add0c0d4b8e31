"""The grader's side: starts zygotes at the best level the system allows, and hands jobs to them from any number of threads."""

from __future__ import annotations

import json
import os
import select
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from core.errors import GradingError, StopRequested
from core.grading.sandbox.limits import HARD, Limits

LevelName = Literal["namespaces", "limits"]

_PROJECT = str(Path(__file__).resolve().parents[3])
_START = "import sys; sys.path.insert(0, sys.argv[2]); from core.grading.sandbox.zygote import main; main(*sys.argv[1:3])"
_START_SECONDS = 30.0
_SLACK_SECONDS = 20.0
_LOOK_SECONDS = 0.2
"""Between two looks at whether a job is still wanted."""

STOPPED = "Grading was stopped; what was graded so far is kept."

Over = Callable[[], bool]


def never() -> bool:
    """Says that a job is wanted to its end."""
    return False


@dataclass(frozen=True, slots=True)
class Policy:
    """Which walls to put up. ``level`` None takes the best there is; the others only take walls away, for tests."""

    level: LevelName | None = None
    seccomp: bool = True
    landlock: bool = True


@dataclass(frozen=True, slots=True)
class Level:
    """The level that is active: its walls, and why it is not a better one ("" when it is the best)."""

    name: LevelName
    walls: tuple[str, ...]
    why_not_better: str = ""


@dataclass(frozen=True, slots=True)
class Job:
    """Code and the tests it is to pass (fields as in core.records.CodeTests)."""

    code: str
    tests: tuple[str, ...]
    setup: str = ""
    entry_point: str | None = None
    prefix: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """What came of a job: the judge's lines (see judge.run), and how it ended: by itself, late, or with a full folder."""

    lines: tuple[tuple[Any, ...], ...]
    end: Literal["ended", "late", "full"]


@dataclass(slots=True)
class _Zygote:
    process: subprocess.Popen[bytes]
    folder: str
    walls: tuple[str, ...] = ()
    rest: bytearray = field(default_factory=bytearray)


class Sandbox:
    """Runs jobs, each in fresh processes. Safe to use from several threads; each then has a zygote of its own."""

    def __init__(self, policy: Policy = Policy(), limits: Limits = Limits()) -> None:  # noqa: B008 both are frozen
        self._policy = policy
        self._limits = limits
        self._idle: list[_Zygote] = []
        self._lock = threading.Lock()
        self._level: Level | None = None
        self._closed = False

    def level(self) -> Level:
        """The active level. Raises GradingError when code cannot be run safely here at all."""
        with self._lock:
            known = self._level
        if known is None:
            self._put_back(self._take())
            known = self._level
        assert known is not None
        return known

    def run(self, job: Job, over: Over = never) -> Told:
        """Judges one job. Raises GradingError when the sandbox itself fails twice, which is no fault of the job's, and StopRequested
        soon after ``over()`` says that nobody waits for it any more."""
        data = json.dumps(asdict(job)).encode()
        message = len(data).to_bytes(4, "big") + data
        for _ in range(2):
            if over():
                break
            zygote = self._take()
            reply = _ask(zygote, message, HARD * self._limits.wall_seconds + _SLACK_SECONDS, over)
            if reply is None:
                _end(zygote)
                continue
            self._put_back(zygote)
            lines = tuple(tuple(line) for line in reply["lines"])
            if lines and lines[0] == ("taken",):
                return Told(lines[1:], reply["end"])
        if over():
            raise StopRequested(STOPPED)
        raise GradingError("The sandbox for generated code ended twice without a verdict; `cogumi doctor` says what it lacks.")

    def close(self) -> None:
        """Ends the waiting zygotes; a running job's zygote ends with its job."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
        for zygote in idle:
            _end(zygote)

    def _take(self) -> _Zygote:
        with self._lock:
            if self._idle:
                return self._idle.pop()
            known = self._level
        if known is not None:
            return self._started(known.name)
        why = ""
        for name in ("namespaces", "limits") if self._policy.level is None else (self._policy.level,):
            try:
                zygote = self._started(name)
            except GradingError as error:
                why = str(error)
                continue
            level = Level(name, zygote.walls, why)
            with self._lock:
                self._level = level
            return zygote
        raise GradingError(why)

    def _put_back(self, zygote: _Zygote) -> None:
        with self._lock:
            if not self._closed:
                self._idle.append(zygote)
                return
        _end(zygote)

    def _started(self, name: LevelName) -> _Zygote:
        # resolve(): Landlock and bind mounts want the real place, and macOS's temporary folder is behind a link.
        folder = "" if name == "namespaces" else str(Path(tempfile.mkdtemp(prefix="cogumi-sandbox-")).resolve())
        options = {
            "level": name,
            "seccomp": self._policy.seccomp,
            "landlock": self._policy.landlock,
            "limits": asdict(self._limits),
            "readable": libraries(),
            "site": _site_packages(),
            "folder": folder,
        }
        process = subprocess.Popen(
            [sys.executable, "-S", "-s", "-P", "-B", "-c", _START, json.dumps(options), _PROJECT],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={"PYTHONHASHSEED": "0"},  # the same answer, set order included, every time
            cwd="/",
            bufsize=0,
            start_new_session=True,
        )
        zygote = _Zygote(process, folder)
        hello = _reply(zygote, _START_SECONDS)
        if hello is None or "walls" not in hello:
            _end(zygote)
            reason = (hello or {}).get("refused", "its first process ended")
            raise GradingError(f"Generated code cannot be run at sandbox level '{name}' here: {reason}.")
        zygote.walls = tuple(hello["walls"])
        return zygote


def _ask(zygote: _Zygote, message: bytes, seconds: float, over: Over) -> dict[str, Any] | None:
    """Sends a job and waits for its reply; None when the zygote fails, is silent for longer than that, or is not waited for any more."""
    assert zygote.process.stdin is not None
    try:
        while message:
            message = message[zygote.process.stdin.write(message) or 0 :]
    except OSError:
        return None
    return _reply(zygote, seconds, over)


def _reply(zygote: _Zygote, seconds: float, over: Over = never) -> dict[str, Any] | None:
    assert zygote.process.stdout is not None
    descriptor = zygote.process.stdout.fileno()
    deadline = time.monotonic() + seconds
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    while b"\n" not in zygote.rest:
        left = deadline - time.monotonic()
        if left <= 0 or over():
            return None
        if not poll.poll(min(left, _LOOK_SECONDS) * 1000):
            continue
        data = os.read(descriptor, 1 << 16)
        if not data:
            return None
        zygote.rest += data
    line, _, rest = bytes(zygote.rest).partition(b"\n")
    zygote.rest[:] = rest
    found = json.loads(line)
    return found if isinstance(found, dict) else None


def _end(zygote: _Zygote) -> None:
    process = zygote.process
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            stream.close()
    try:
        process.wait(timeout=_SLACK_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if zygote.folder:
        shutil.rmtree(zygote.folder, ignore_errors=True)


def _site_packages() -> list[str]:
    return [path for path in sys.path if Path(path).name in ("site-packages", "dist-packages") and Path(path).is_dir()]


def libraries() -> list[str]:
    """Every file and folder that importing a module may need: Python's own, the installed packages, the system's libraries."""
    prefixes = {sys.base_prefix, sys.base_exec_prefix, sys.prefix}
    found = {str(Path(os.__file__).parent), *_site_packages(), *(f"{prefix}/lib" for prefix in prefixes)}
    found |= {"/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/etc/ld.so.cache", "/usr/share/zoneinfo"}
    found |= {str(Path(path).resolve()) for path in found}
    return sorted(path for path in found if Path(path).exists() and path != "/")
