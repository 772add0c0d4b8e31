"""Python source is read into its tree also while other threads do the same."""

from __future__ import annotations

import gc
import sys
import threading
from collections.abc import Iterator

import pytest

from core.syntax import parse

SOURCE = ("def f(x):\n    return " + "+".join(["(x * 2)"] * 30) + "\n") * 5


class Litter:
    """Garbage in a circle whose end runs Python, so that threads change in the midst of whatever made the collector run."""

    def __init__(self) -> None:
        self.itself = self

    def __del__(self) -> None:
        for _ in range(50):
            pass


@pytest.fixture
def threads_that_change_often() -> Iterator[None]:
    before = sys.getswitchinterval(), gc.get_threshold()
    sys.setswitchinterval(1e-6)
    gc.set_threshold(20)
    yield
    sys.setswitchinterval(before[0])
    gc.set_threshold(*before[1])


def test_threads_that_read_source_at_once_do_not_spoil_each_others_trees(threads_that_change_often: None) -> None:
    trouble: list[BaseException] = []

    def read() -> None:
        try:
            for _ in range(100):
                Litter()
                parse(SOURCE)
        except BaseException as error:
            trouble.append(error)

    readers = [threading.Thread(target=read) for _ in range(4)]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join()
    assert not trouble
