"""One JSON request to an OpenAI-compatible server, with the errors sorted into those worth another try and those that are not.

Standard library only. What a server answers is shown without control characters, and a key is never part of a message. Redirects are
not followed, because a key must not travel to another host.
"""

from __future__ import annotations

import http.client
import json
import math
import time
import urllib.error
import urllib.parse
import urllib.request
from typing import Any

from core.text import plain_line

_LARGEST = 16 << 20
_CHUNK = 1 << 16
_AGAIN = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 529})


class Transient(Exception):
    """Worth another try. ``wait``: seconds that the server asked for, or None."""

    def __init__(self, text: str, wait: float | None = None) -> None:
        super().__init__(text)
        self.wait = wait


class Refused(Exception):
    """The server understood and will not do it: trying again changes nothing. ``status`` is the HTTP status, 0 for a bad answer."""

    def __init__(self, text: str, status: int = 0) -> None:
        super().__init__(text)
        self.status = status


def post(url: str, body: dict[str, Any], key: str, timeout: float) -> dict[str, Any]:
    """Sends ``body`` and returns the answer's JSON object. ``key`` '' sends none. Raises Transient or Refused.

    timeout: seconds without a byte, and for the whole answer to come.
    """
    headers = {"Content-Type": "application/json", "Accept": "application/json"}
    if key:
        headers["Authorization"] = f"Bearer {key}"
    request = urllib.request.Request(url, json.dumps(body).encode(), headers, method="POST")
    try:
        with (_DIRECT if _on_loopback(url) else _OPENER).open(request, timeout=timeout) as answer:
            data = _read(answer, time.monotonic() + timeout)
    except urllib.error.HTTPError as error:
        raise _status(error, key) from None
    except (OSError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", None) or error
        raise Transient(f"cannot be reached ({plain_line(str(reason) or type(error).__name__, 120)})") from None
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        raise Transient("answered with something that is no JSON") from None
    if not isinstance(value, dict):
        raise Transient("answered with something that is no JSON object")
    return value


class _Staying(urllib.request.HTTPRedirectHandler):
    """Goes nowhere else: what answers with a redirect has refused."""

    def redirect_request(self, *_: Any) -> None:
        return None


_OPENER = urllib.request.build_opener(_Staying)
_DIRECT = urllib.request.build_opener(_Staying, urllib.request.ProxyHandler({}))


def _on_loopback(url: str) -> bool:
    """Whether the server is on this machine, where no proxy has any business."""
    return (urllib.parse.urlsplit(url).hostname or "") in ("127.0.0.1", "localhost", "::1")


def _read(answer: Any, deadline: float) -> bytes:
    """The whole body, within its limits of size and time: a server may drip for ever without a pause that is long enough to be noticed."""
    data = bytearray()
    while piece := answer.read1(_CHUNK):
        data += piece
        if len(data) > _LARGEST:
            raise Refused(f"answered with more than {_LARGEST >> 20} MiB")
        if time.monotonic() > deadline:
            raise Transient("did not finish its answer in time")
    return bytes(data)


def _status(error: urllib.error.HTTPError, key: str) -> Transient | Refused:
    try:
        detail = error.read(2000).decode("utf-8", "replace")
    except (OSError, http.client.HTTPException):
        detail = ""
    if key:
        detail = detail.replace(key, "***")
    text = f"answered {error.code} {plain_line(error.reason or '', 60)}".rstrip()
    if detail.strip():
        text += f": {plain_line(detail, 200)}"
    if 300 <= error.code < 400:
        return Refused(f"redirects elsewhere (HTTP {error.code}); give its final address", error.code)
    if error.code in _AGAIN:
        return Transient(text, _seconds(error.headers.get("Retry-After")))
    return Refused(text, error.code)


def _seconds(value: str | None) -> float | None:
    try:
        seconds = float(value) if value else math.nan
    except ValueError:
        return None
    return max(0.0, seconds) if math.isfinite(seconds) else None
