"""What an endpoint's answer means: its content and token counts, or which kind of failure its status is."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime
from math import isfinite
from typing import Any

from core.judging.cost import Usage
from core.judging.retry import CallFailed
from core.text import plain_line

_TRY_AGAIN = frozenset({408, 409, 425, 429})
_MOST_TOKENS = 10**9


def content(body: bytes) -> tuple[str, Usage | None]:
    """The answer's text and token counts (None where the endpoint gives none). CallFailed for a body of another shape."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        raise CallFailed("an answer that is no JSON", again=True) from None
    try:
        text = _text(document["choices"][0]["message"]["content"])
    except (KeyError, IndexError, TypeError):
        raise CallFailed("an answer without choices[0].message.content", again=True) from None
    return text, _usage(document.get("usage"))


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if not isinstance(value, list):
        raise TypeError
    return "".join(part["text"] for part in value if isinstance(part, dict) and isinstance(part.get("text"), str))


def _usage(value: object) -> Usage | None:
    if not isinstance(value, dict):
        return None
    counts = [value.get("prompt_tokens"), value.get("completion_tokens")]
    if not all(isinstance(count, int) and not isinstance(count, bool) and 0 <= count <= _MOST_TOKENS for count in counts):
        return None
    return Usage(int(counts[0] or 0), int(counts[1] or 0))


def excerpt(body: bytes) -> str:
    """What the endpoint says about an error, made harmless to show and short."""
    try:
        error = json.loads(body).get("error")
        said = error.get("message") if isinstance(error, dict) else error
    except (ValueError, RecursionError, AttributeError):
        said = None
    return plain_line(said, 160) if isinstance(said, str) else ""


def failure(status: int, headers: Mapping[str, str], said: str, key_env: str, now: float) -> CallFailed:
    """The failure that an HTTP status other than 200 is; ``said`` must be harmless, ``now`` is in seconds since the epoch."""
    detail = f": {said}" if said else ""
    if status in (401, 403):
        # What a server says about a key may hold parts of it, so it is not shown.
        if not key_env:
            return CallFailed(f"it wants a key (HTTP {status}); name the variable that holds it in judge.key_env", hopeless=True)
        return CallFailed(f"the key is refused (HTTP {status}); put a valid one into the environment variable {key_env}", hopeless=True)
    if status == 402 or (status == 429 and "quota" in said.lower()):
        return CallFailed(f"the account has nothing left to pay with (HTTP {status}{detail})", hopeless=True)
    if status in _TRY_AGAIN or status >= 500:
        return CallFailed(f"HTTP {status}{detail}", again=True, after=_retry_after(headers.get("retry-after", ""), now))
    if status == 404:
        return CallFailed(f"nothing is there (HTTP 404{detail}); check url and model of [judge]", hopeless=True)
    if 300 <= status < 400:
        return CallFailed(f"it redirects elsewhere (HTTP {status}); write the final address as url of [judge]", hopeless=True)
    return CallFailed(f"HTTP {status}{detail}")


def _retry_after(value: str, now: float) -> float | None:
    """Seconds that the server asks to wait, from a number or an HTTP date; None where it says nothing that can be read."""
    value = value.strip()
    if not value:
        return None
    try:
        seconds = float(value)
    except ValueError:
        try:
            moment = parsedate_to_datetime(value)
            seconds = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() - now
        except (ValueError, OverflowError, TypeError):
            return None
    return max(0.0, seconds) if isfinite(seconds) else None
