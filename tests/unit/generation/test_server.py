"""The server engine against a real HTTP server on loopback: the protocol, its failures, and what is never told."""

from __future__ import annotations

import subprocess
import sys
import threading
from dataclasses import replace
from typing import Any

import pytest

from core.errors import GenerationError, SettingsError
from core.generation.server import ServerEngine, endpoint, response_seed, server_model
from core.models.load import Loaded
from core.plan.settings import GenerationSettings
from core.records import Request, Response, Sampling
from tests.unit.generation.loopback import Answer, Speaking, chat_answer, serving
from tests.unit.generation.requests import requests

SECRET = "sk-very-secret"


def settings(server: Speaking, **changes: Any) -> GenerationSettings:
    return GenerationSettings(**{"server_url": server.url, "server_model": "tiny", "server_concurrency": 4, **changes})


def ask(server: Speaking, wanted: list[Request], **changes: Any) -> tuple[ServerEngine, list[Response]]:
    engine = ServerEngine(settings(server, **changes), first_wait=0.001)
    return engine, [response for batch in engine.generate(wanted) for response in batch]


def test_every_response_is_asked_for_with_its_own_seed_and_kept_whole() -> None:
    with serving(lambda number, path, body: chat_answer(body)) as server:
        engine, found = ask(server, requests(prompts=3, samples=2))
    assert len(found) == 6
    for response in found:
        request = next(r for r in requests(prompts=3, samples=2) if (r.problem_id, r.sample) == (response.problem_id, response.sample))
        assert response.text == f"seed {response_seed(request)}"
    assert {(r.tokens, r.finish, r.logprob, r.engine) for r in found} == {(2, "stop", -1.0, "server")}
    assert len({r.key for r in found}) == 6 and found[0].model == engine.model
    path, _, body = server.seen[0]
    assert path == "/v1/chat/completions"
    assert body["messages"][0]["role"] == "user" and (body["max_tokens"], body["temperature"], body["top_p"]) == (24, 0.7, 0.95)


def test_greedy_is_asked_without_seed_or_nucleus() -> None:
    with serving(lambda number, path, body: chat_answer(body)) as server:
        ask(server, requests(prompts=1, samples=1, temperature=0.0))
    assert server.seen[0][2]["temperature"] == 0.0 and not {"seed", "top_p"} & server.seen[0][2].keys()


def test_several_are_asked_at_once_but_no_more_than_set() -> None:
    meeting = threading.Barrier(4)

    def together(number: int, path: str, body: dict[str, Any]) -> Answer:
        if number < 4:
            meeting.wait(timeout=30)
        return chat_answer(body)

    with serving(together) as server:
        ask(server, requests())
    assert server.most_at_once == 4


@pytest.mark.parametrize(
    "failure",
    [
        (429, {"Retry-After": "0"}, b"slow down"),
        (500, {}, b"oops"),
        (503, {}, b""),
        (0, {}, b""),
        (200, {}, b"<html>"),
        (200, {}, b"{}"),
        (200, {}, b"[1]"),
    ],
)
def test_a_passing_failure_is_tried_again(failure: Answer) -> None:
    with serving(lambda number, path, body: failure if number < 2 else chat_answer(body)) as server:
        _, found = ask(server, requests(prompts=1, samples=1))
    assert len(found) == 1 and len(server.seen) == 3


def test_a_failure_that_stays_ends_with_one_sentence_and_bounded_tries() -> None:
    with serving(lambda number, path, body: (500, {}, b"the engine\x1b[31m died")) as server, pytest.raises(GenerationError) as caught:
        ask(server, requests(prompts=1, samples=1))
    assert len(server.seen) == 6
    assert "answered 500" in str(caught.value) and "p/0" in str(caught.value)
    assert "\x1b" not in str(caught.value) and "\n" not in str(caught.value)


def test_a_closed_server_ends_with_one_sentence() -> None:
    with serving(lambda number, path, body: chat_answer(body)) as server:
        gone = settings(server)
    with pytest.raises(GenerationError, match="cannot be reached"):
        list(ServerEngine(gone, first_wait=0.001).generate(requests(prompts=1, samples=1)))


def test_a_refusal_is_not_tried_again() -> None:
    with serving(lambda number, path, body: (401, {}, b"who are you")) as server, pytest.raises(GenerationError, match="answered 401"):
        ask(server, requests(prompts=1, samples=1))
    assert len(server.seen) == 1


def test_what_finished_before_a_failure_is_handed_over_first() -> None:
    def second_fails(number: int, path: str, body: dict[str, Any]) -> Answer:
        return chat_answer(body) if number == 0 else (403, {}, b"")

    kept: list[Response] = []
    with serving(second_fails) as server, pytest.raises(GenerationError):
        for batch in ServerEngine(settings(server, server_concurrency=1), first_wait=0.001).generate(requests()):
            kept += batch
    assert len(kept) == 1


def test_a_server_without_log_probabilities_is_asked_without_them_and_said_once() -> None:
    def fussy(number: int, path: str, body: dict[str, Any]) -> Answer:
        return (422, {}, b"Unexpected fields: logprobs") if "logprobs" in body else chat_answer(body)

    said: list[str] = []
    with serving(fussy) as server:
        engine = ServerEngine(settings(server, server_concurrency=1), note=said.append, first_wait=0.001)
        found = [response for batch in engine.generate(requests()) for response in batch]
    assert {r.logprob for r in found} == {None}
    assert len(server.seen) == len(found) + 1 and len(said) == 1


def test_length_and_other_ends_are_told_apart() -> None:
    with serving(lambda number, path, body: chat_answer(body, finish_reason="length")) as server:
        assert ask(server, requests(prompts=1, samples=1))[1][0].finish == "length"


def test_a_response_that_was_held_back_is_an_error() -> None:
    def filtered(number: int, path: str, body: dict[str, Any]) -> Answer:
        return chat_answer(body, finish_reason="content_filter")

    with serving(filtered) as server, pytest.raises(GenerationError, match="content_filter"):
        ask(server, requests(prompts=1, samples=1))


def test_a_completions_endpoint_gets_token_ids_with_the_template_applied_once(loaded: Loaded) -> None:
    def completions(number: int, path: str, body: dict[str, Any]) -> Answer:
        return chat_answer(body, message=None, text="done", logprobs={"token_logprobs": [None, -2.0]})

    with serving(completions) as server:
        engine = ServerEngine(settings(server, server_url=f"{server.url}/completions"), chat=loaded.chat)
        found = [r for batch in engine.generate(requests(prompts=1, samples=1)) for r in batch]
    body = server.seen[0][2]
    assert server.seen[0][0] == "/v1/completions"
    assert body["prompt"].count(loaded.chat.bos_id) == 1 and body["stop"] == ["<|eot_id|>"]
    assert (found[0].text, found[0].logprob) == ("done", -2.0)


def test_the_key_is_sent_and_never_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_KEY", SECRET)

    def echo(number: int, path: str, body: dict[str, Any]) -> Answer:
        return 401, {}, f"wrong key {SECRET}".encode()

    with serving(echo) as server, pytest.raises(GenerationError) as caught:
        ask(server, requests(prompts=1, samples=1), server_key_env="MY_KEY")
    assert server.seen[0][1]["Authorization"] == f"Bearer {SECRET}"
    assert SECRET not in str(caught.value) and "***" in str(caught.value)


def test_a_key_that_is_not_set_is_a_settings_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MY_KEY", raising=False)
    with pytest.raises(SettingsError, match="MY_KEY, which is not set"):
        ServerEngine(GenerationSettings(server_url="http://127.0.0.1:1/v1", server_key_env="MY_KEY"))


def test_the_address_is_completed_and_a_wrong_one_refused() -> None:
    assert endpoint("http://host:8000") == "http://host:8000/v1/chat/completions"
    assert endpoint("http://host:8000/v1/") == "http://host:8000/v1/chat/completions"
    assert endpoint("https://host/x/v1/completions") == "https://host/x/v1/completions"
    with pytest.raises(SettingsError, match="no address"):
        endpoint("host:8000")


def test_another_model_or_place_is_another_fingerprint() -> None:
    one = GenerationSettings(server_url="http://a/v1", server_model="m")
    assert len({server_model(one), server_model(replace(one, server_model="n")), server_model(replace(one, server_url="http://b/v1"))}) == 3


def test_a_seed_belongs_to_a_response() -> None:
    base = Request("p", "q", 0, Sampling(0.7, seed=1))
    others = [replace(base, sample=1), replace(base, problem_id="r"), replace(base, sampling=replace(base.sampling, seed=2))]
    assert len({response_seed(r) for r in (base, *others)}) == 4 and all(0 <= response_seed(r) < 1 << 31 for r in others)


def test_the_server_engine_needs_no_torch() -> None:
    code = "import sys, core.generation.server, core.generation.collect; sys.exit(bool({'torch', 'transformers'} & sys.modules.keys()))"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
