"""Steps of few rows are recorded once and replayed; what cannot be recorded runs as it is."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from core.generation.replay import SIZES, Replay
from core.generation.store import Leaving


class Tape(Replay):
    """A replay whose recordings are told apart from steps that run as they are."""

    def __init__(self, capacity: int, able: bool = True) -> None:
        super().__init__(capacity)
        self.ran: list[str] = []
        self._works = able

    def _record(self, size: int, step: Callable[[int], None]) -> Callable[[], None]:
        if not self._works:
            raise RuntimeError("operation not permitted when stream is capturing")
        self.ran.append(f"record {size}")
        return lambda: self.ran.append(f"replay {size}")

    def steps(self, *rows: int) -> list[str]:
        for count in rows:
            self.run(count, lambda size: self.ran.append(f"step {size}"))
        return self.ran


def test_the_first_step_of_a_size_runs_the_second_is_recorded_the_others_are_replayed() -> None:
    assert Tape(1000).steps(60, 61, 50) == ["step 64", "record 64", "replay 64", "replay 64"]


def test_live_rows_are_filled_up_to_a_size_but_never_past_the_capacity() -> None:
    assert Tape(1000).steps(1, 65, 400) == ["step 16", "step 96", "step 512"]
    assert Tape(20).steps(17) == ["step 20"]


def test_many_rows_are_computed_as_they_are_and_never_recorded() -> None:
    many = SIZES[-1] + 1
    assert Tape(1000).steps(many, many) == [f"step {many}"] * 2


def test_what_cannot_be_recorded_runs_as_it_is() -> None:
    assert Tape(1000, able=False).steps(9, 9, 40, 40) == ["step 16", "step 16", "step 64", "step 64"]


@pytest.mark.parametrize(
    ("gone", "count", "holes", "movers"),
    [((0, 3), 5, [0], [4]), ((3, 4), 5, [], []), ((0, 1, 2), 3, [], []), ((), 4, [], []), ((1, 2), 6, [1, 2], [4, 5])],
)
def test_the_last_live_rows_take_the_places_of_those_that_leave(
    gone: tuple[int, ...], count: int, holes: list[int], movers: list[int]
) -> None:
    leaving = Leaving(gone, count)
    assert (leaving.left, leaving.holes, leaving.movers) == (count - len(gone), holes, movers)
