"""The panel in a browser on this machine: textual-serve runs one panel for each page that is open, behind a key and on loopback only.

Whoever reaches the page can start work and spend money, so that loopback alone is not enough: other users of the machine reach it too, and
so does any web page in the user's browser. The address therefore carries a random key, which becomes a cookie; requests that name another
host (DNS rebinding) or come from another page (their Origin) are refused.
"""

from __future__ import annotations

import hmac
import html
import logging
import os
import secrets
from collections.abc import Awaitable, Callable
from string import Template
from urllib.parse import urlsplit

from aiohttp import web
from textual_serve.server import Server

from screens.base import STYLES

LOOPBACK = "127.0.0.1"
_NAMES = frozenset({LOOPBACK, "localhost", "::1"})
_PATIENCE_SECONDS = 1.0
_SMALLEST, _LARGEST, _USUAL = 8, 32, 15
_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def own_host(host: str) -> bool:
    """Whether a request's Host header names this machine itself."""
    try:
        return urlsplit(f"//{host}").hostname in _NAMES
    except ValueError:
        return False


class PanelServer(Server):  # type: ignore[misc]
    """Serves the panel that ``command`` runs to those who have the key."""

    def __init__(self, command: str, port: int, title: str) -> None:
        super().__init__(command, host=LOOPBACK, port=port, title=title)
        self.key = secrets.token_urlsafe(18)
        self._cookie = f"cogumi-{port}"
        self._page = Template((STYLES / "web.html").read_text(encoding="utf-8"))

    @property
    def address(self) -> str:
        """What to open in a browser."""
        return f"http://{LOOPBACK}:{self.port}/?key={self.key}"

    async def on_startup(self, app: web.Application) -> None:
        """Says nothing yet: nobody listens before the port is open."""

    def serve(self, debug: bool = False) -> None:
        """Serves until Ctrl+C or SIGTERM; pages that are open then are closed."""
        logging.basicConfig(level=logging.ERROR, format="cogumi web: %(message)s")
        web.run_app(
            self._make_app(),
            host=self.host,
            port=self.port,
            print=lambda *_: self._announce(),
            access_log=None,
            shutdown_timeout=_PATIENCE_SECONDS,
        )

    def _announce(self) -> None:
        print(f"The panel is at {self.address}", flush=True)
        print("Anyone with this address can use it. Ctrl+C ends it; work in the background goes on.", flush=True)

    async def _make_app(self) -> web.Application:
        app: web.Application = await super()._make_app()
        app.middlewares.append(self._guard)
        return app

    @web.middleware
    async def _guard(self, request: web.Request, handler: _Handler) -> web.StreamResponse:
        """Lets through what comes from the panel's own page with the key, and sets what that page may load."""
        origin = request.headers.get("Origin")
        if not own_host(request.host) or (origin is not None and origin != f"http://{request.host}"):
            return web.Response(status=403, text="The panel answers to its own page on this machine only.\n")
        given = request.query.get("key", "")
        if request.path == "/" and given and self._is_key(given):
            answer = web.Response(status=303, headers={"Location": "/"})
            answer.set_cookie(self._cookie, self.key, httponly=True, samesite="Strict")
            return answer
        if not self._is_key(request.cookies.get(self._cookie, "")):
            return web.Response(status=403, text="Open the whole address that `cogumi web` has printed: it holds the key.\n")
        response = await handler(request)
        if not response.prepared:
            response.headers["Content-Security-Policy"] = (
                f"default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self' ws://{request.host}; "
                "frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
            )
            response.headers["Referrer-Policy"] = "no-referrer"
        return response

    def _is_key(self, given: str) -> bool:
        return hmac.compare_digest(given.encode(), self.key.encode())

    async def handle_index(self, request: web.Request) -> web.StreamResponse:
        size = request.query.get("fontsize", "")
        points = min(max(int(size), _SMALLEST), _LARGEST) if size.isascii() and size.isdigit() else _USUAL
        page = self._page.substitute(title=html.escape(self.title), socket=f"ws://{html.escape(request.host)}/ws", size=points)
        return web.Response(text=page, content_type="text/html")


def serve(command: str, port: int, title: str) -> None:
    """Serves until Ctrl+C or SIGTERM. The panels run as in a terminal that shows every character and colour, and not in tmux."""
    for name in ("TMUX", "STY", "NO_COLOR", "COGUMI_ASCII"):
        os.environ.pop(name, None)
    os.environ.update(LC_ALL="C.UTF-8", TERM="xterm-256color")
    PanelServer(command, port, title).serve()
