"""The client gives an answer or one reason, within limits of bytes and time, and its key is in nothing that it says."""

import socket
import threading
from collections.abc import Callable
from dataclasses import replace
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest

from core.errors import SettingsError
from core.judging.answers import failure
from core.judging.client import ChatClient, Limits
from core.judging.endpoint import endpoint
from core.judging.retry import CallFailed
from core.plan.settings import JudgeSettings
from tests.unit.judging.endpoint_fake import Asked, Endpoint, say, send, serving

KEY = "sk-secret-0123456789"
HELLO = [{"role": "system", "content": "s"}, {"role": "user", "content": "u"}]


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_JUDGE_KEY", KEY)


def client(served: Endpoint, **limits: Any) -> ChatClient:
    return ChatClient(endpoint(served.settings()), Limits(**{"seconds": 20.0, **limits}))


def failing(reply: Callable[[Asked, BaseHTTPRequestHandler], None], **limits: Any) -> CallFailed:
    with serving(reply) as served, pytest.raises(CallFailed) as error:
        client(served, **limits).ask(HELLO)
    assert KEY not in str(error.value) and KEY not in repr(error.value)
    return error.value


def test_an_answer_comes_with_its_token_counts() -> None:
    with serving(lambda asked, handler: say(handler, "hi", {"prompt_tokens": 12, "completion_tokens": 3})) as served:
        answer = client(served).ask(HELLO)
        [asked] = served.asked
    assert (answer.text, answer.usage.prompt, answer.usage.answer, answer.usage.counted) == ("hi", 12, 3, True)
    assert asked.path == "/v1/chat/completions"
    assert asked.headers["Authorization"] == f"Bearer {KEY}"
    assert asked.body["model"] == "judge-1"
    assert asked.body["temperature"] == 0


def test_content_in_parts_is_put_together() -> None:
    with serving(lambda asked, handler: say(handler, [{"type": "text", "text": "a"}, {"type": "x"}, {"text": "b"}])) as served:
        assert client(served).ask(HELLO).text == "ab"


@pytest.mark.parametrize(
    "usage", [None, {}, [], {"prompt_tokens": -1, "completion_tokens": 2}, {"prompt_tokens": "9"}, {"prompt_tokens": True}]
)
def test_missing_or_odd_token_counts_are_estimated(usage: Any) -> None:
    with serving(lambda asked, handler: say(handler, "hi", usage)) as served:
        found = client(served).ask(HELLO).usage
    assert not found.counted and found.prompt > 0 and found.answer > 0


@pytest.mark.parametrize(("status", "again", "hopeless"), [
    (400, False, False), (401, False, True), (402, False, True), (403, False, True), (404, False, True), (408, True, False),
    (413, False, False), (422, False, False), (429, True, False), (500, True, False), (502, True, False), (529, True, False),
    (301, False, True), (307, False, True),
])  # fmt: skip
def test_each_status_is_tried_again_given_up_or_hopeless(status: int, again: bool, hopeless: bool) -> None:
    error = failing(lambda asked, handler: send(handler, status, b'{"error": {"message": "no"}}', Location="http://127.0.0.1:9/"))
    assert (error.again, error.hopeless) == (again, hopeless)
    assert str(status) in error.reason


def test_a_key_that_is_wanted_where_none_is_named_is_told_by_the_setting() -> None:
    assert "judge.key_env" in failure(401, {}, "", "", 0.0).reason
    assert "MY_KEY" in failure(401, {}, "", "MY_KEY", 0.0).reason


def test_a_429_for_want_of_money_is_hopeless_and_one_for_haste_says_when() -> None:
    assert failing(lambda asked, handler: send(handler, 429, b'{"error": {"message": "You exceeded your current quota"}}')).hopeless
    assert failing(lambda asked, handler: send(handler, 429, b"", Retry_After="9")).after == 9.0


def test_a_redirect_is_not_followed_so_that_the_key_stays() -> None:
    with serving(lambda asked, handler: say(handler, "stolen")) as other:
        error = failing(lambda asked, handler: send(handler, 307, b"", Location=f"{other.url}/v1/chat/completions"))
        assert "final address" in error.reason
        assert other.asked == []


def test_a_server_that_repeats_the_key_is_not_repeated() -> None:
    body = f'{{"error": {{"message": "bad key {KEY} in {KEY}"}}}}'.encode()
    for status in (400, 401, 404, 500):
        failing(lambda asked, handler, status=status: send(handler, status, body))  # type: ignore[misc]


@pytest.mark.parametrize(
    "body",
    [
        b"", b"no json", b"[]", b"null", b"7", b'"text"', b"{}", b'{"choices": []}', b'{"choices": [{}]}',
        b'{"choices": [{"message": {}}]}', b'{"choices": [{"message": {"content": 5}}]}', b'{"choices": {"0": 1}}',
        b'{"choices": [{"message": "x"}]}', b"\xff\xfe\x00", b"[" * 100_000, b'{"a":' * 50_000, b"9" * 10_000,
        b'{"choices": [{"message": {"content": "cut',
    ],
)
def test_a_body_of_another_shape_is_tried_again(body: bytes) -> None:
    assert failing(lambda asked, handler: send(handler, 200, body)).again


def test_an_endless_body_ends_at_the_limit_of_bytes() -> None:
    def endless(asked: Asked, handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Connection", "close")
        handler.end_headers()
        while True:
            handler.wfile.write(b" " * 10_000)

    error = failing(endless, bytes=50_000)
    assert error.again and "more than 50,000 bytes" in error.reason


def drip_body(asked: Asked, handler: BaseHTTPRequestHandler, stop: threading.Event) -> None:
    handler.send_response(200)
    handler.send_header("Connection", "close")
    handler.end_headers()
    while not stop.wait(0.02):
        handler.wfile.write(b" ")


def drip_head(asked: Asked, handler: BaseHTTPRequestHandler, stop: threading.Event) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    while not stop.wait(0.02):
        handler.wfile.write(b"a")


def silent(asked: Asked, handler: BaseHTTPRequestHandler, stop: threading.Event) -> None:
    stop.wait(30)


@pytest.mark.parametrize("slow", [drip_body, drip_head, silent])
def test_a_slow_server_is_left_when_the_time_is_up_even_if_it_keeps_dripping(slow: Callable[..., None]) -> None:
    over = threading.Event()
    try:
        error = failing(lambda asked, handler: slow(asked, handler, over), seconds=0.2)
    finally:
        over.set()
    assert error.again and "within 0.2 s" in error.reason


def test_a_closed_port_and_a_cut_connection_are_tried_again() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = JudgeSettings(url=f"http://127.0.0.1:{port}", model="m", key_env="TEST_JUDGE_KEY")
    with pytest.raises(CallFailed, match="no connection") as error:
        ChatClient(endpoint(settings), Limits(seconds=5)).ask(HELLO)
    assert error.value.again

    def cut(asked: Asked, handler: BaseHTTPRequestHandler) -> None:
        handler.close_connection = True
        handler.connection.shutdown(socket.SHUT_RDWR)

    assert failing(cut).again


def test_no_http_at_all_is_tried_again() -> None:
    def nonsense(asked: Asked, handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"SSH-2.0-OpenSSH_9.9\r\n")
        handler.close_connection = True

    assert failing(nonsense).again


def test_aborting_breaks_off_what_is_under_way_and_refuses_what_comes_after() -> None:
    arrived, over = threading.Event(), threading.Event()
    reasons: list[str] = []

    def hold(asked: Asked, handler: BaseHTTPRequestHandler) -> None:
        arrived.set()
        over.wait(30)

    with serving(hold) as served:
        asking = client(served)

        def ask() -> None:
            try:
                asking.ask(HELLO)
            except CallFailed as error:
                reasons.append(error.reason)

        thread = threading.Thread(target=ask)
        thread.start()
        assert arrived.wait(20)
        asking.abort()
        thread.join(20)
        assert not thread.is_alive() and len(reasons) == 1
        with pytest.raises(CallFailed, match="broken off"):
            asking.ask(HELLO)
        over.set()


def test_a_model_that_wants_other_parameters_gets_them_from_then_on() -> None:
    def picky(asked: Asked, handler: BaseHTTPRequestHandler) -> None:
        if "max_tokens" in asked.body:
            send(handler, 400, b'{"error": {"message": "Use max_completion_tokens instead of max_tokens"}}')
        elif "temperature" in asked.body:
            send(handler, 400, b'{"error": {"message": "Unsupported value: temperature"}}')
        else:
            say(handler, "ok")

    with serving(picky) as served:
        asking = client(served)
        assert asking.ask(HELLO).text == asking.ask(HELLO).text == "ok"
        assert len(served.asked) == 4


def test_the_key_is_in_no_representation() -> None:
    place = endpoint(JudgeSettings(url="https://host/v1", model="m", key_env="TEST_JUDGE_KEY"))
    assert KEY not in repr(place) and KEY not in str(place) and place.key == KEY
    assert KEY not in repr(vars(ChatClient(place)))


def test_without_a_key_none_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TEST_JUDGE_KEY")
    with serving(lambda asked, handler: say(handler, "hi")) as served:
        client(served).ask(HELLO)
        assert "Authorization" not in served.asked[0].headers


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"url": ""}, "base URL"),
        ({"url": "ftp://host/v1"}, "base URL"),
        ({"url": "host/v1"}, "base URL"),
        ({"url": "https://"}, "base URL"),
        ({"url": "https://me:hunter2@host/v1"}, "no user name or password"),
        ({"url": "https://host:99999/v1"}, "port"),
        ({"url": "https://host/v 1"}, "percent-encoded"),
        ({"url": "https://host/ü"}, "percent-encoded"),
        ({"model": " "}, "model of"),
    ],
)
def test_an_address_that_cannot_be_one_is_refused_without_repeating_it(changes: dict[str, str], what: str) -> None:
    settings = replace(JudgeSettings(url="https://host/v1", model="m", key_env="TEST_JUDGE_KEY"), **changes)  # type: ignore[arg-type]
    with pytest.raises(SettingsError, match=what) as error:
        endpoint(settings)
    assert "hunter2" not in str(error.value)


@pytest.mark.parametrize("bad", ["two words", "line\nend", "schlüssel", "nul\x01"])
def test_a_key_that_cannot_be_one_is_refused_by_its_variables_name(monkeypatch: pytest.MonkeyPatch, bad: str) -> None:
    monkeypatch.setenv("TEST_JUDGE_KEY", bad)
    with pytest.raises(SettingsError, match="TEST_JUDGE_KEY") as error:
        endpoint(JudgeSettings(url="https://host/v1", model="m", key_env="TEST_JUDGE_KEY"))
    assert bad not in str(error.value)


@pytest.mark.parametrize(
    ("url", "path", "port"),
    [
        ("https://host/v1", "/v1/chat/completions", 443),
        ("https://host/v1/", "/v1/chat/completions", 443),
        ("http://host:8000", "/chat/completions", 8000),
        ("https://host/v1/chat/completions", "/v1/chat/completions", 443),
        ("https://host/deploy?api-version=2", "/deploy/chat/completions?api-version=2", 443),
        ("http://[::1]:80/v1", "/v1/chat/completions", 80),
    ],
)
def test_the_path_of_the_chat_endpoint_is_added_once(url: str, path: str, port: int) -> None:
    place = endpoint(JudgeSettings(url=url, model="m"))
    assert (place.path, place.port) == (path, port)
