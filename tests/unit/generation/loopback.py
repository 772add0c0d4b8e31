"""A small real HTTP server on loopback that speaks the OpenAI protocol, and misbehaves as a test tells it to."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.loopback import running

Answer = tuple[int, dict[str, str], bytes]
"""Status, headers, body. Status 0 closes the connection without an answer."""


class Speaking(ThreadingHTTPServer):
    """``script(number, path, body)`` answers request ``number`` (from 0); ``seen`` holds all (path, headers, body)."""

    daemon_threads = True

    def __init__(self, script: Callable[[int, str, dict[str, Any]], Answer]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.script = script
        self.seen: list[tuple[str, dict[str, str], dict[str, Any]]] = []
        self.most_at_once = 0
        self._now = 0
        self._lock = threading.Lock()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1"

    def enter(self, path: str, headers: dict[str, str], body: dict[str, Any]) -> int:
        with self._lock:
            self.seen.append((path, headers, body))
            self._now += 1
            self.most_at_once = max(self.most_at_once, self._now)
            return len(self.seen) - 1

    def leave(self) -> None:
        with self._lock:
            self._now -= 1


class _Handler(BaseHTTPRequestHandler):
    server: Speaking

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        number = self.server.enter(self.path, dict(self.headers), body)
        status, headers, data = self.server.script(number, self.path, body)
        self.server.leave()
        if not status:
            self.connection.close()
            return
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        return


def chat_answer(body: dict[str, Any], content: str | None = None, **changes: Any) -> Answer:
    """What a chat endpoint answers: the text names the seed that it was asked with."""
    choice: dict[str, Any] = {
        "index": 0,
        "message": {"role": "assistant", "content": content or f"seed {body.get('seed')}"},
        "finish_reason": "stop",
    }
    if body.get("logprobs"):
        choice["logprobs"] = {"content": [{"token": "a", "logprob": -0.5}, {"token": "b", "logprob": -1.5}]}
    value = {"choices": [choice | changes], "usage": {"prompt_tokens": 9, "completion_tokens": 2}}
    return 200, {"Content-Type": "application/json"}, json.dumps(value).encode()


@contextmanager
def serving(script: Callable[[int, str, dict[str, Any]], Answer]) -> Iterator[Speaking]:
    """Such a server while it is needed."""
    with running(Speaking(script)) as server:
        yield server
