"""A model's and a judge's server on loopback, answering as a test tells them to, and the settings of a run that asks them."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from core.plan.load import load_profile
from core.plan.settings import Settings
from core.records import Category
from core.runs.snapshot import Snapshot
from tests.loopback import running
from tests.unit.runs.helpers import ended, look, until

KEY = "sk-canary-0123456789abcdef"
SECRET_VARIABLES = {"CANARY_SERVER_KEY": KEY + "-server", "CANARY_JUDGE_KEY": KEY + "-judge"}
Reply = Callable[[BaseHTTPRequestHandler, dict[str, Any], int], None]


class Serving(ThreadingHTTPServer):
    """Answers each request as ``reply(handler, body, number)`` does; ``asked`` holds headers and bodies."""

    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 64

    def __init__(self, reply: Reply, port: int = 0) -> None:
        self.reply = reply
        self.asked: list[tuple[dict[str, str], dict[str, Any]]] = []
        self.lock = threading.Lock()
        super().__init__(("127.0.0.1", port), _Handler)

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away is no news."""


class _Handler(BaseHTTPRequestHandler):
    server: Serving

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with self.server.lock:
            number = len(self.server.asked)
            self.server.asked.append((dict(self.headers.items()), body))
        try:
            self.server.reply(self, body, number)
        except OSError:
            self.close_connection = True

    def do_GET(self) -> None:
        with self.server.lock:
            self.server.asked.append((dict(self.headers.items()), {}))
        send(self, 200, b"<html>log in</html>")

    do_HEAD = do_GET

    def log_message(self, *_: object) -> None:
        """Says nothing."""


def send(handler: BaseHTTPRequestHandler, status: int, body: bytes, **headers: str) -> None:
    """An answer; a header's name is written with underscores."""
    handler.send_response(status)
    for name, value in {"Content_Length": str(len(body)), **headers}.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()
    handler.wfile.write(body)


@contextmanager
def serving(reply: Reply, port: int = 0) -> Iterator[Serving]:
    """Such a server while it is needed."""
    with running(Serving(reply, port)) as server:
        yield server


def completion(handler: BaseHTTPRequestHandler, text: str) -> None:
    """The answer of a chat endpoint."""
    body = {"choices": [{"message": {"role": "assistant", "content": text}, "finish_reason": "stop"}], "usage": {"completion_tokens": 5}}
    send(handler, 200, json.dumps(body).encode())


def answers(handler: BaseHTTPRequestHandler, body: dict[str, Any], number: int) -> None:
    """A model whose response depends on prompt and seed alone."""
    completion(handler, f"#### {len(json.dumps(body['messages'])) % 7 + (body.get('seed') or 0) % 2}")


def prefers_the_first(handler: BaseHTTPRequestHandler, body: dict[str, Any], number: int) -> None:
    """A judge to whom the first response is always the better one."""
    completion(handler, '{"better": "1", "reason": "because"}')


def served(generation: Serving, judge: Serving | None = None) -> Settings:
    """A small plan whose responses, and verdicts if there is a judge, come from servers."""
    plan = load_profile("practice")
    few = {"measure_problems": 6, "train_problems": 4, "failure_problems": 0}
    none = {"measure_problems": 0, "train_problems": 0, "failure_problems": 0}
    settings = replace(
        plan,
        model=replace(plan.model, engine="server"),
        categories={c: replace(table, **(few if c is Category.MATH else none)) for c, table in plan.categories.items()},
        measure=replace(plan.measure, samples=4),
        generation=replace(
            plan.generation,
            server_url=f"http://127.0.0.1:{generation.port}/v1",
            server_model="served",
            server_key_env="CANARY_SERVER_KEY",
            server_concurrency=2,
        ),
    )
    if judge is not None:
        url = f"http://127.0.0.1:{judge.port}/v1"
        settings = replace(
            settings, judge=replace(plan.judge, kind="llm", url=url, model="judge", key_env="CANARY_JUDGE_KEY", samples=1, concurrency=1)
        )
    return settings


def over(workspace: Path) -> Snapshot:
    """The run once nothing of it is under way."""
    until(lambda: not look(workspace).supervised, "the end of the run", 300)
    return ended(workspace)
