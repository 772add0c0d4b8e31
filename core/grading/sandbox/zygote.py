"""The zygote: a light interpreter that is started once and forks a fresh judge and tested process for every job.

It never reads a job itself: the judge does, after the tested process was forked, so that no memory the tested code inherits ever
held a test. Jobs come on descriptor 0 (for the judge), replies go out on descriptor 1 as JSON lines. It ends when its owner does.
"""

from __future__ import annotations

import importlib
import json
import os
import random
import select
import sys
import time
from dataclasses import replace
from typing import Any

from core.grading.sandbox import box, judge, kernel, landlock, seccomp, tested
from core.grading.sandbox.confine import Layers, confine
from core.grading.sandbox.ending import end_all, remove_tree
from core.grading.sandbox.limits import HARD, Limits
from core.grading.sandbox.watch import WatchedPipe
from core.grading.sandbox.wire import Pipe

_PRELOADED = (
    "abc ast array base64 bisect calendar cmath collections collections.abc contextlib copy dataclasses datetime decimal difflib"
    " enum fractions functools hashlib heapq inspect io itertools json math numbers operator pprint queue random re statistics string"
    " struct textwrap threading time types typing unicodedata zlib"
).split()
# Loaded too where the job's user cannot read the libraries later (a Python below /root, and no Landlock to open just that).
_ELSE_UNREADABLE = (
    "argparse asyncio concurrent.futures.thread configparser csv doctest encodings.idna fnmatch getpass glob gzip html http locale logging"
    " multiprocessing numpy optparse pathlib pickle platform secrets shutil signal sqlite3 subprocess tempfile timeit tokenize traceback"
    " unittest unittest.mock uuid warnings weakref xml.etree.ElementTree zoneinfo"
).split()
_FIRST_USER, _USERS = 61200, 2000


class Zygote:
    """One at a time: a waiting judge, a running job, the clearing up, the next waiting judge."""

    def __init__(self, options: dict[str, Any]) -> None:
        self._limits = Limits(**options["limits"])
        self._boxed = options["level"] == "namespaces"
        self._home: str = options["folder"]
        self._number = 0
        readable = tuple(options["readable"])
        if self._boxed and not kernel.available():
            raise OSError("this system has no Linux namespaces")
        first = _FIRST_USER + 2 * (os.getpid() % _USERS)
        as_root = (box.may_be_root() or not self._boxed) and os.geteuid() == 0 and _may_become(first, self._home)
        self._identity = box.Identity(first, first + 1) if as_root else box.Identity(None, None)
        if self._boxed:
            box.enter(readable, self._limits.folder_bytes, self._identity.tested)
        elif as_root:
            os.chmod(options["folder"], 0o711)
        self._layers = Layers(
            box=self._boxed,
            filtered=options["seccomp"] and seccomp.supported(),
            landlocked=not self._boxed and options["landlock"] and landlock.version() > 0,
            readable=readable,
            folder=box.folder_beside(readable) if self._boxed else self._home,
        )
        if self._identity.tested is not None and not self._boxed and not self._layers.landlocked:
            _load(_ELSE_UNREADABLE)
        if kernel.available():
            kernel.hide_memory()
            kernel.adopt_orphans()

    def walls(self) -> list[str]:
        """The names of what holds tested code, for ``level()``."""
        named = {
            "namespaces": self._boxed,
            "seccomp": self._layers.filtered,
            "audit hook": self._layers.hooked,
            "landlock": self._layers.landlocked,
            "own user": self._identity.tested is not None,
        }
        return ["limits", *(name for name, up in named.items() if up)]

    def work(self) -> None:
        """Says hello once a first judge is ready, then serves jobs until descriptor 0 is closed."""
        greeted = False
        while True:
            self._renew_folder()
            pid, verdicts = self._start_judge()
            heard = Heard(verdicts)
            if heard.next_line() == ["ready"]:
                if not greeted:
                    _say({"walls": self.walls()})
                greeted = True
                reply = self._attend(heard)
            else:
                reply = {"refused": str(heard.lines[0][1]) if heard.lines else "its judge ended at once"}
            os.close(verdicts)
            status = end_all(pid, None if self._boxed else self._identity.tested)
            if reply is not None:
                _say(reply | {"status": status})
            if reply is None or "refused" in reply:
                break
        if not self._boxed:
            remove_tree(self._home)

    def _renew_folder(self) -> None:
        """Each job finds an empty folder, whatever the one before it did to its own."""
        if self._boxed:
            box.renew_folder(self._layers.folder, self._limits.folder_bytes, self._identity.tested)
            return
        if self._number:
            remove_tree(self._layers.folder)
        self._number += 1
        folder = os.path.join(self._home, str(self._number))
        os.mkdir(folder, 0o700)
        if self._identity.tested is not None:
            os.chown(folder, self._identity.tested, -1)
        self._layers = replace(self._layers, folder=folder)

    def _start_judge(self) -> tuple[int, int]:
        verdicts, verdict = os.pipe()
        go, start = os.pipe()
        pid = _fork_into_namespace() if self._boxed else os.fork()
        if pid == 0:
            try:
                os.close(start)
                os.read(go, 1)
                self._be_judge(verdict)
            except Exception as error:
                os.write(verdict, json.dumps(["unready", f"its judge cannot be confined ({error})"]).encode() + b"\n")
            finally:
                os._exit(0)
        os.write(start, b"g")
        for descriptor in (verdict, go, start):
            os.close(descriptor)
        return pid, verdicts

    def _be_judge(self, verdict: int) -> None:
        questions, ask = os.pipe()
        answers, answer = os.pipe()
        pid = os.fork()
        if pid == 0:
            try:
                self._be_tested(questions, answer)
            finally:
                os._exit(1)
        confine(self._layers, self._limits, self._identity.judge, {0, verdict, answers, ask})
        judge.run(0, verdict, WatchedPipe(answers, ask, pid, self._limits.wall_seconds), pid)

    def _be_tested(self, questions: int, answer: int) -> None:
        ready = "ready"
        try:
            confine(self._layers, self._limits, self._identity.tested, {questions, answer})
        except Exception as error:
            ready = f"the tested process cannot be confined ({error})"
        Pipe(questions, answer).send([ready])
        if ready == "ready":
            tested.run(questions, answer)

    def _attend(self, heard: Heard) -> dict[str, Any] | None:
        """Reads what the judge says until it ends or its time is up. None when the owner is gone."""
        deadline: float | None = None
        poll = select.poll()
        poll.register(heard.descriptor, select.POLLIN)
        poll.register(0, 0)  # its hang-up is told although nothing is asked: the owner ended
        while True:
            left = None if deadline is None else deadline - time.monotonic()
            if left is not None and left <= 0:
                return {"lines": heard.lines, "end": "late"}
            # Where no file system bounds the folder, it is looked at ten times a second.
            wait = left if left is None or self._boxed else min(left, 0.1)
            ready = dict(poll.poll(None if wait is None else wait * 1000))
            if deadline is not None and not self._boxed and _size(self._layers.folder) > self._limits.folder_bytes:
                return {"lines": heard.lines, "end": "full"}
            if heard.descriptor in ready:
                if not heard.read():
                    return {"lines": heard.lines, "end": "ended"}
                if deadline is None and heard.lines:
                    deadline = time.monotonic() + HARD * self._limits.wall_seconds
            elif 0 in ready:
                return None


class Heard:
    """What one judge has said so far. A judge that says more than any honest one counts as silent from then on."""

    _MOST = 8 << 20

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor
        self.lines: list[Any] = []
        self._rest = b""
        self._count = 0

    def read(self) -> bool:
        """Waits for more. False at the end."""
        data = os.read(self.descriptor, 1 << 16)
        self._count += len(data)
        if not data or self._count > self._MOST:
            return False
        *whole, self._rest = (self._rest + data).split(b"\n")
        try:
            found = [json.loads(line) for line in whole]
        except ValueError:  # tests of others run in the judge, and may write to its descriptors
            return False
        self.lines += [line for line in found if isinstance(line, list)]
        return True

    def next_line(self) -> Any:
        """Takes the first line, waiting for it. An "unready" one stays among ``lines``. None at the end."""
        while not self.lines:
            if not self.read():
                return None
        return self.lines.pop(0) if self.lines[0] == ["ready"] else None


def _may_become(user: int, folder: str) -> bool:
    """Whether root can turn into another user here and give it ``folder``; a container can take both from it."""
    pid = os.fork()
    if pid == 0:
        try:
            if folder:
                os.chown(folder, user, -1)
            os.setgroups([])
            os.setresgid(user, user, user)
            os.setresuid(user, user, user)
            os._exit(0)
        finally:
            os._exit(1)
    able = os.waitpid(pid, 0)[1] == 0
    if able and folder:
        os.chown(folder, 0, -1)
    return able


def _fork_into_namespace() -> int:
    """Forks the first process of a new PID namespace; everything in it dies with it. The number is this namespace's."""
    numbers, number = os.pipe()
    between = os.fork()
    if between == 0:
        try:
            kernel.unshare(kernel.CLONE_NEWPID)
            pid = os.fork()
            if pid == 0:
                return 0
            os.write(number, str(pid).encode())
        finally:
            if os.getpid() != 1:
                os._exit(0)
    os.close(number)
    os.waitpid(between, 0)
    found = os.read(numbers, 32)
    os.close(numbers)
    if not found:
        raise OSError("no process namespace could be made")
    return int(found)


def _load(names: list[str]) -> None:
    for name in names:
        try:
            importlib.import_module(name)
        except ImportError:
            continue


def _size(folder: str) -> int:
    total = 0
    for parent, _, files in os.walk(folder):
        for name in files:
            try:
                total += os.lstat(os.path.join(parent, name)).st_size
            except OSError:
                continue
    return total


def _say(message: dict[str, Any]) -> None:
    data = json.dumps(message).encode() + b"\n"
    while data:
        data = data[os.write(1, data) :]


def main(argument: str, project: str) -> None:
    """Starts from a JSON text of options; says hello or why it cannot, then works."""
    options = json.loads(argument)
    sys.path.remove(project)
    sys.path += options["site"]
    sys.argv[:] = ["solution"]
    _load(_PRELOADED)
    os.environ.clear()
    random.seed(0)
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
        kernel.set_environment(name, "1")
    try:
        Zygote(options).work()
    except OSError as error:
        _say({"refused": error.strerror or str(error)})
