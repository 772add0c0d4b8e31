"""A small OpenAI-compatible chat endpoint on loopback that answers as a test says, failures included."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from core.plan.settings import JudgeSettings
from tests.loopback import running


@dataclass
class Asked:
    """One request as it came in; ``number`` counts from 0."""

    number: int
    path: str
    headers: dict[str, str]
    body: dict[str, Any]

    @property
    def user(self) -> str:
        return str(self.body["messages"][1]["content"])

    def response(self, name: str) -> str:
        """The text fenced as RESPONSE 1 or RESPONSE 2 by the code that the system message names."""
        mark = str(self.body["messages"][0]["content"]).split("the code ")[1][:12]
        found = re.search(rf"<<< RESPONSE {name} {mark}\n(.*?)\n>>> END OF RESPONSE {name} {mark}", self.user, re.DOTALL)
        assert found is not None
        return found.group(1)


@dataclass
class Endpoint:
    """``answer`` gets each request and the handler, and writes whatever it likes; ``released`` is set when the test is over."""

    url: str
    asked: list[Asked] = field(default_factory=list)
    released: threading.Event = field(default_factory=threading.Event)
    most_at_once: int = 0
    at_once: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def settings(self, **changes: Any) -> JudgeSettings:
        return JudgeSettings(kind="llm", url=f"{self.url}/v1", model="judge-1", key_env="TEST_JUDGE_KEY", **changes)


Reply = Callable[[Asked, BaseHTTPRequestHandler], None]


def send(handler: BaseHTTPRequestHandler, status: int, body: bytes, **headers: str) -> None:
    handler.send_response(status)
    handler.send_header("Content-Length", str(len(body)))
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()
    handler.wfile.write(body)


def say(handler: BaseHTTPRequestHandler, text: Any, usage: Any = None) -> None:
    """A well-formed completion with ``text`` as its content."""
    completion = {"choices": [{"message": {"role": "assistant", "content": text}, "finish_reason": "stop"}]}
    if usage is not None:
        completion["usage"] = usage
    send(handler, 200, json.dumps(completion).encode())


def verdict(better: str, reason: str = "because") -> str:
    return json.dumps({"reason": reason, "better": better})


def prefers(rank: Callable[[str], float]) -> Reply:
    """A judge without a favourite place: the response of higher rank is better, equal ones tie."""

    def reply(asked: Asked, handler: BaseHTTPRequestHandler) -> None:
        first, second = rank(asked.response("1")), rank(asked.response("2"))
        say(handler, verdict("tie" if first == second else "1" if first > second else "2"),
            {"prompt_tokens": 100, "completion_tokens": 10})

    return reply


@contextmanager
def serving(reply: Reply) -> Iterator[Endpoint]:
    """The endpoint, for as long as the block lasts."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            with endpoint.lock:
                asked = Asked(len(endpoint.asked), self.path, dict(self.headers.items()), body)
                endpoint.asked.append(asked)
                endpoint.at_once += 1
                endpoint.most_at_once = max(endpoint.most_at_once, endpoint.at_once)
            try:
                reply(asked, self)
            except OSError:
                self.close_connection = True
            finally:
                with endpoint.lock:
                    endpoint.at_once -= 1

        def log_message(self, format: str, *args: Any) -> None:
            """Says nothing."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 64

        def handle_error(self, request: Any, client_address: Any) -> None:
            """A client that goes away is no news."""

    server = Server(("127.0.0.1", 0), Handler)
    endpoint = Endpoint(f"http://127.0.0.1:{server.server_address[1]}")
    with running(server):
        try:
            yield endpoint
        finally:
            endpoint.released.set()
