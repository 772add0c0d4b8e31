"""What several tests of grading need."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from core.grading.matcher import Matcher


@pytest.fixture(scope="module")
def matcher() -> Iterator[Matcher]:
    """A matcher for the tests of one file."""
    made = Matcher()
    yield made
    made.close()
