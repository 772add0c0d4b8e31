"""Every panel test sees the same time zone and no colour or glyph settings of the developer's own."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from hypothesis import settings

# A busy machine is no failure: properties are checked without a time limit.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")


@pytest.fixture(autouse=True)
def plain_surroundings(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("NO_COLOR", "COLORTERM", "COGUMI_ASCII", "TEXTUAL_THEME", "TMUX"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()
