"""The judge: a process of its own that runs the tests and holds the only way to report what came of them.

The tested code runs in another process (tested.py) and sees the arguments of calls, never a test, an expected value or this
process's memory. What a call returns arrives as plain data, so the comparison that decides is done here, on values whose type and
``==`` are Python's own. There is no sentinel in the tested process that could be read or printed.
"""

from __future__ import annotations

import ast
import builtins
import json
import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from core.grading.sandbox.names import free_names, prelude, without_classes
from core.grading.sandbox.outcomes import NOTE, Outcomes, with_notes
from core.grading.sandbox.remote import Gone, Link, Remote
from core.grading.sandbox.watch import LATE, USED_UP
from core.grading.sandbox.wire import Broken, Pipe
from core.syntax import parse

_CHECK = "check"


@dataclass(frozen=True, slots=True)
class Job:
    """What is to be judged: see core.records.CodeTests for the fields after ``code``."""

    code: str
    tests: tuple[str, ...]
    setup: str
    entry_point: str | None
    prefix: str


def run(jobs: int, verdict: int, link: Pipe, tested: int) -> None:
    """Takes one job from the descriptor ``jobs``, judges it and writes what came of it to ``verdict``, a JSON line each.

    Lines: ["unready", why], ["ready"], ["taken"], ["error", stage, kind, text], ["total", n], ["test", k, passed, why], ["end"].
    """

    def say(*line: object) -> None:
        os.write(verdict, json.dumps(line).encode() + b"\n")

    try:
        ready = link.receive()
    except Broken:
        ready = ["its process ended"]
    if ready != ["ready"]:
        say("unready", str(ready[0]))
        return
    say("ready")
    job = _take(jobs)
    if job is None:
        return
    say("taken")
    _judge(job, Link(link), tested, say)
    say("end")


def _take(jobs: int) -> Job | None:
    try:
        fields = Pipe(jobs, -1).receive()
    except Broken:
        return None
    return Job(fields["code"], tuple(fields["tests"]), fields["setup"], fields["entry_point"], fields["prefix"])


def _judge(job: Job, link: Link, tested: int, say: Callable[..., None]) -> None:
    texts = (job.setup, *job.tests)
    try:
        link.load(job.code, prelude(texts, classes_of=job.setup))
    except Gone as gone:
        return say("error", "load", "ended", _cause_of_death(tested, gone))
    except BaseException as error:
        return say("error", "load", type(error).__name__, _text(error))
    space: dict[str, Any] = {"__builtins__": builtins, "__name__": "tests"}
    try:
        if job.entry_point is not None:
            _judge_check(job, link, space, say)
        else:
            _judge_asserts(job, link, space, tested, say)
    except Gone as gone:
        say("error", "test", "ended", _cause_of_death(tested, gone))
    except BaseException as error:
        say("error", "test", type(error).__name__, _text(error))


def _judge_asserts(job: Job, link: Link, space: dict[str, Any], tested: int, say: Callable[..., None]) -> None:
    say("total", len(job.tests))
    setup = without_classes(job.setup)
    _resolve(free_names((setup, *job.tests)), link, space)
    exec(compile(setup, "<setup>", "exec"), space)
    for place, test in enumerate(job.tests):
        try:
            exec(compile(test, "<test>", "exec"), space)
        except Gone as gone:
            say("test", place, False, _cause_of_death(tested, gone))
        except BaseException as error:
            say("test", place, False, _describe(error))
        else:
            say("test", place, True, "")


def _judge_check(job: Job, link: Link, space: dict[str, Any], say: Callable[..., None]) -> None:
    test, asserts = with_notes(job.tests[0], _CHECK)
    outcomes = Outcomes(asserts, say)
    say("total", max(asserts, 1))
    _run_prefix(job.prefix, space)
    name = job.entry_point or ""
    space.pop(name, None)
    candidate = link.name(name)
    space[name] = _as_function(candidate, name) if isinstance(candidate, Remote) else candidate
    setup = without_classes(job.setup)
    _resolve([free for free in free_names((setup, job.tests[0])) if free not in space], link, space)
    space[NOTE] = outcomes.note
    exec(compile(setup, "<setup>", "exec"), space)
    exec(compile(test, "<test>", "exec"), space)
    check = space.get(_CHECK)
    if asserts or check is not None:
        if check is None:
            raise NameError(f"the test defines no {_CHECK}(candidate)")
        check(space[name])
    outcomes.finish()


def _run_prefix(prefix: str, space: dict[str, Any]) -> None:
    """The helpers that a HumanEval prompt defines are the tests' helpers too, and are taken from the prompt, not from the answer."""
    try:
        tree = parse(prefix)
    except SyntaxError:
        return  # then such names are looked up in the tested code
    for node in tree.body:
        try:
            exec(compile(ast.Module([node], []), "<prompt>", "exec"), space)
        except Exception:
            continue


def _resolve(names: list[str], link: Link, space: dict[str, Any]) -> None:
    for name in names:
        try:
            space[name] = link.name(name)
        except NameError:
            continue


def _as_function(remote: Remote, name: str) -> Callable[..., Any]:
    def candidate(*args: Any, **kwargs: Any) -> Any:
        return remote(*args, **kwargs)

    candidate.__name__ = candidate.__qualname__ = name
    return candidate


def _describe(error: BaseException) -> str:
    if isinstance(error, AssertionError):
        return _text(error) or "wrong result"
    text = _text(error)
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def _text(error: BaseException) -> str:
    try:
        return str(error)[:300]
    except Exception:
        return ""


def _cause_of_death(tested: int, gone: Gone) -> str:
    """Why the tested process cannot answer any more, as far as its end tells."""
    if str(gone) == LATE:
        return LATE
    status = _end_of(tested)
    if status is None:
        return "the code closed the way to its results"
    if os.WIFSIGNALED(status):
        by = os.WTERMSIG(status)
        if by in (signal.SIGXCPU, signal.SIGKILL):
            return USED_UP
        return f"the code's process crashed ({signal.Signals(by).name})"
    return "the code ended its own process"


def _end_of(tested: int) -> int | None:
    """The wait status, which follows the end of its pipes by a moment; None when the process lives on."""
    for _ in range(50):
        try:
            found, status = os.waitpid(tested, os.WNOHANG)
        except ChildProcessError:  # already asked
            return None
        if found:
            return status
        time.sleep(0.01)
    return None
