"""Servers that fail while a step asks them, over real sockets on loopback: one sentence, nothing lost, no key told, and going on works.

The steps, the supervisor and the commands are the real ones; responses and verdicts come from servers of the test, so no model is loaded.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
from collections import Counter
from dataclasses import replace
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from core.errors import GenerationError, SettingsError
from core.generation.server import ServerEngine, endpoint
from core.plan.settings import GenerationSettings
from core.records import Category, Request, Sampling
from core.runs.launch import resume, start
from core.runs.snapshot import State
from tests.faults.endpoints import KEY, SECRET_VARIABLES, Reply, Serving, answers, over, prefers_the_first, send, served, serving
from tests.faults.small_plan import opened
from tests.unit.runs.helpers import PROJECT


@pytest.fixture(autouse=True)
def keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in SECRET_VARIABLES.items():
        monkeypatch.setenv(name, value)


def rows(workspace: Path, sql: str) -> list[tuple[Any, ...]]:
    with opened(workspace) as db:
        return db.execute(sql).fetchall()


def told_nowhere(workspace: Path) -> None:
    """No key is in any file of the workspace."""
    for path in workspace.rglob("*"):
        if path.is_file():
            assert KEY.encode() not in path.read_bytes(), f"a key is in {path}"


def one_engine(server: Serving, **changes: Any) -> ServerEngine:
    settings = {"server_url": f"http://127.0.0.1:{server.port}/v1", "server_model": "m", "server_key_env": "CANARY_SERVER_KEY"}
    return ServerEngine(GenerationSettings(**{**settings, **changes}), first_wait=0.01)


def asked_once(engine: ServerEngine) -> str:
    """The sentence that asking for one response ends in."""
    with pytest.raises(GenerationError) as error:
        list(engine.generate([Request("p", "q", 0, Sampling(0.7))]))
    assert KEY not in str(error.value)
    return str(error.value)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed_so_that_the_key_stays_where_it_was_meant_to_go(status: int) -> None:
    with serving(answers) as elsewhere:
        target = f"http://127.0.0.1:{elsewhere.port}/v1/chat/completions"
        with serving(lambda handler, body, number: send(handler, status, b"", Location=target)) as server:
            assert f"redirects elsewhere (HTTP {status})" in asked_once(one_engine(server))
        assert elsewhere.asked == []


@pytest.mark.parametrize("bad", ["sk one", "sk\nHost: evil", "schlüssel", "sk\x00"])
def test_a_key_that_no_header_can_hold_is_refused_without_being_repeated(monkeypatch: pytest.MonkeyPatch, bad: str) -> None:
    monkeypatch.setattr("core.generation.server.os.environ", {"CANARY_SERVER_KEY": bad})
    with serving(answers) as server, pytest.raises(SettingsError, match="holds no usable key") as error:
        one_engine(server)
    assert bad not in str(error.value)


def test_an_address_with_a_password_is_refused_without_being_repeated() -> None:
    with pytest.raises(SettingsError, match="no user name or password") as error:
        endpoint("http://me:hidden@127.0.0.1:9/v1")
    assert "hidden" not in str(error.value)


def test_an_endless_answer_ends_at_the_limit_of_bytes() -> None:
    def endless(handler: BaseHTTPRequestHandler, body: dict[str, Any], number: int) -> None:
        handler.send_response(200)
        handler.end_headers()
        while True:
            handler.wfile.write(b" " * 65536)

    with serving(endless) as server:
        assert "more than 16 MiB" in asked_once(one_engine(server))


def test_an_answer_that_drips_for_ever_is_left_when_its_time_is_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.generation.server._TIMEOUT", 0.2)
    monkeypatch.setattr("core.generation.server._TRIES", 2)

    def dripping(handler: BaseHTTPRequestHandler, body: dict[str, Any], number: int) -> None:
        handler.send_response(200)
        handler.end_headers()
        drop = threading.Event()
        while True:
            handler.wfile.write(b" ")
            drop.wait(0.02)

    with serving(dripping) as server:
        assert "did not finish its answer in time" in asked_once(one_engine(server))


@pytest.mark.parametrize("after", ["nan", "inf", "-5", "1e400", "soon", ""])
def test_an_odd_wait_that_a_server_asks_for_is_not_waited_for(after: str) -> None:
    def first_busy(handler: BaseHTTPRequestHandler, body: dict[str, Any], number: int) -> None:
        if number:
            answers(handler, body, number)
        else:
            send(handler, 429, b"", Retry_After=after)

    with serving(first_busy) as server:
        assert len(next(one_engine(server).generate([Request("p", "q", 0, Sampling(0.7))]))) == 1


FAULTS: tuple[Reply, ...] = (
    lambda handler, body, number: send(handler, 429, b'{"error": {"message": "slow down"}}', Retry_After="0"),
    lambda handler, body, number: send(handler, 500, f"boom {KEY}".encode()),
    lambda handler, body, number: send(handler, 200, b"<html>not what was asked for</html>", Content_Type="text/html"),
    lambda handler, body, number: send(handler, 200, b'{"choices": ['),
    lambda handler, body, number: handler.connection.close(),
)


def failing_first(good: Reply) -> Reply:
    """A server that has every fault once, and then works."""

    def reply(handler: BaseHTTPRequestHandler, body: dict[str, Any], number: int) -> None:
        (FAULTS[number // 4] if number % 4 == 0 and number // 4 < len(FAULTS) else good)(handler, body, number)

    return reply


@pytest.mark.slow
def test_faults_that_pass_cost_a_running_step_nothing_but_time(workspace: Path) -> None:
    with serving(failing_first(answers)) as generation, serving(failing_first(prefers_the_first)) as judge:
        start(workspace, "diagnose", served(generation, judge))
        step = over(workspace).steps[0]
        assert step.state is State.DONE, step.cause
        assert rows(workspace, "SELECT outcome, count(*) FROM verdicts GROUP BY 1") == [("tie", 6)]
    assert rows(workspace, "SELECT count(*) FROM responses") == [(6 * 5,)]
    told_nowhere(workspace)


@pytest.mark.slow
def test_a_generation_server_that_dies_in_mid_step_fails_it_with_a_sentence_and_coming_back_finishes_it(workspace: Path) -> None:
    alive = threading.Event()
    alive.set()

    def dying(handler: BaseHTTPRequestHandler, body: dict[str, Any], number: int) -> None:
        if number == 11:
            alive.clear()
        if alive.is_set():
            answers(handler, body, number)
        else:
            handler.connection.close()

    with serving(dying) as generation:
        start(workspace, "diagnose", served(generation))
        step = over(workspace).steps[0]
        assert step.state is State.FAILED
        assert re.search(r"server_url .* 6 times over .* every finished response is kept, run the step again", step.cause)
        kept = dict(rows(workspace, "SELECT key, time FROM responses r JOIN keys ON keys.id = r.id"))
        assert 0 < len(kept) < 30
        alive.set()
        before = len(generation.asked)
        resume(workspace)
        assert over(workspace).steps[0].state is State.DONE
        assert len(generation.asked) - before == 30 - len(kept)
    now = dict(rows(workspace, "SELECT key, time FROM responses r JOIN keys ON keys.id = r.id"))
    assert kept.items() <= now.items()
    assert len(now) == 30
    told_nowhere(workspace)


@pytest.mark.slow
def test_a_judge_that_sends_elsewhere_or_refuses_the_key_fails_the_step_and_no_verdict_is_asked_for_twice(workspace: Path) -> None:
    wrong = {"reply": prefers_the_first}
    with serving(answers) as generation, serving(prefers_the_first) as elsewhere:

        def changing(handler: BaseHTTPRequestHandler, body: dict[str, Any], number: int) -> None:
            wrong["reply"](handler, body, number)

        def redirects(handler: BaseHTTPRequestHandler, body: dict[str, Any], number: int) -> None:
            where = f"http://127.0.0.1:{elsewhere.port}/v1/chat/completions"
            (prefers_the_first if number < 4 else lambda h, b, n: send(h, 307, b"", Location=where))(handler, body, number)

        wrong["reply"] = redirects
        with serving(changing) as judge:
            start(workspace, "diagnose", served(generation, judge))
            step = over(workspace).steps[0]
            assert step.state is State.FAILED
            assert "redirects elsewhere (HTTP 307)" in step.cause
            assert elsewhere.asked == []
            wrong["reply"] = lambda handler, body, number: send(handler, 401, f"your key {KEY}-judge is bad".encode())
            resume(workspace)
            assert "put a valid one into the environment variable CANARY_JUDGE_KEY" in over(workspace).steps[0].cause
            wrong["reply"] = prefers_the_first
            resume(workspace)
            assert over(workspace).steps[0].state is State.DONE
    asked = Counter(json.dumps(body) for _, body in judge.asked)
    assert rows(workspace, "SELECT count(*) FROM verdicts WHERE outcome = 'tie'") == [(6,)]
    assert len(asked) <= len(judge.asked) <= len(asked) + 2
    assert len(generation.asked) == 30
    told_nowhere(workspace)


@pytest.mark.slow
def test_a_hub_that_cannot_be_reached_fails_the_step_with_a_sentence(
    workspace: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HF_HOME", str(tmp_path / "empty-cache"))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with serving(answers) as generation:
        settings = served(generation)
        math = replace(settings.categories[Category.MATH], source="hub")
        start(workspace, "diagnose", replace(settings, categories={**settings.categories, Category.MATH: math}))
        step = over(workspace).steps[0]
    assert step.state is State.FAILED
    assert "could not be fetched from the Hugging Face hub" in step.cause
    assert "check the network, or name local .jsonl" in step.cause
    assert rows(workspace, "SELECT count(*) FROM responses") == [(0,)]


@pytest.mark.slow
def test_a_page_that_asks_to_log_in_is_not_taken_for_the_hub(tmp_path: Path) -> None:
    """As in a hotel: every address answers, with a page of its own."""
    script = (
        "from pathlib import Path; from core.models.fingerprint import fingerprint; from core.plan.settings import ModelSettings\n"
        "fingerprint(ModelSettings(base='unsloth/some-model-bnb-4bit', adapter=''), Path('/'), None)"
    )
    with serving(answers) as portal:
        environ = {**os.environ, "HF_HOME": str(tmp_path), "HF_ENDPOINT": f"http://127.0.0.1:{portal.port}", "HF_TOKEN": KEY}
        done = subprocess.run([sys.executable, "-c", script], env=environ, cwd=PROJECT, capture_output=True, text=True)
    assert "ModelError: unsloth/some-model-bnb-4bit at main cannot be read from the hub (config.json); check the network" in done.stderr
    assert KEY not in done.stderr
