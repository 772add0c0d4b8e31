"""The responses under way: one slot each, the live ones always in slots 0..count-1, what is known of them in tensors.

A row that ends leaves at once and the last live rows move into the holes, so that a step computes live rows only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from core.generation.noise import stream_key
from core.generation.sampling import Draw
from core.generation.store import Leaving
from core.generation.transfer import Down, up
from core.records import Request


@dataclass(frozen=True, slots=True)
class Ended:
    """A finished response as tokens, the end token included. logprob: mean natural-log probability at temperature 1."""

    request: Request
    tokens: tuple[int, ...]
    finish: Literal["stop", "length"]
    logprob: float


class Rows:
    """State of up to ``capacity`` responses on ``device``. ``longest`` bounds the tokens of one response.

    A row that is over stays as it is until it is taken out, whatever is put to it: on a GPU nobody looks after every step.
    """

    def __init__(self, capacity: int, longest: int, stop_ids: Sequence[int], device: str) -> None:
        import torch

        whole = {"dtype": torch.int64, "device": device}
        exact = {"dtype": torch.float64, "device": device}
        self.count = 0
        self.requests: list[Request] = []
        self.prompts: list[Sequence[int]] = []
        self.stops = torch.tensor(sorted(stop_ids), **whole)
        self.token = torch.zeros(capacity, **whole)  # the newest token, not yet in the store
        self.length = torch.zeros(capacity, **whole)  # tokens in the store
        self.made = torch.zeros(capacity, **whole)  # tokens of the response so far
        self.limit = torch.zeros(capacity, **whole)
        self.key = torch.zeros(capacity, **whole)
        self.temperature = torch.zeros(capacity, **exact)
        self.top_p = torch.ones(capacity, **exact)
        self.logprob = torch.zeros(capacity, **exact)
        self.over = torch.ones(capacity, dtype=torch.bool, device=device)  # so are the places without a row
        self.written = torch.zeros(capacity, longest, **whole)
        self._places = torch.arange(capacity, device=device)
        self._device = device
        self._sampling = False

    def add(self, requests: Sequence[Request], prompts: Sequence[Sequence[int]]) -> range:
        """Opens rows for new requests, before their first token; prompts: the ids of each one's. Returns their slots."""
        import torch

        slots = range(self.count, self.count + len(requests))
        where = slice(slots.start, slots.stop)
        keys = [stream_key(r.sampling.seed, r.problem_id, r.sample) for r in requests]
        limits = [r.sampling.max_new_tokens for r in requests]
        self.key[where], self.limit[where], self.length[where] = up(
            [keys, limits, [len(ids) for ids in prompts]], torch.int64, self._device
        )
        self.temperature[where], self.top_p[where] = up(
            [[r.sampling.temperature for r in requests], [r.sampling.top_p for r in requests]], torch.float64, self._device
        )
        self.made[where] = 0
        self.logprob[where] = 0.0
        self.over[where] = False
        self.requests.extend(requests)
        self.prompts.extend(prompts)
        self.count = slots.stop
        self._sampling = any(r.sampling.temperature > 0 for r in self.requests)
        return slots

    def ids(self, slot: int) -> list[int]:
        """Prompt and response so far of one row."""
        return [*self.prompts[slot], *self.written[slot, : int(self.made[slot])].tolist()]

    def draw(self, where: slice) -> Draw:
        """How those rows sample."""
        return Draw(self.temperature[where], self.top_p[where], self.key[where], self._sampling)

    def put(self, where: slice, token: Any, logprob: Any) -> None:
        """Appends one token to each of the rows that are not over."""
        import torch

        over = self.over[where]
        going = ~over
        token = torch.where(over, self.token[where], token)
        # A row that is over writes its last token once more.
        self.written[self._places[where], self.made[where] - over.long()] = token
        self.token[where] = token
        self.logprob[where] += torch.where(over, 0.0, logprob)
        self.made[where] += going
        self.over[where] |= (token[:, None] == self.stops).any(1) | (self.made[where] >= self.limit[where])

    def grow(self, where: slice) -> None:
        """Says that the newest token of each of the rows is in the store now."""
        self.length[where] += ~self.over[where]

    def look(self) -> Down:
        """Which rows are over, on its way to main memory."""
        return Down([self.over[: self.count]])

    def take_ended(self, over: Any) -> tuple[Leaving, Taken]:
        """Removes the rows that were ``over`` [rows, in main memory]; says which left, and what they hold."""
        import torch

        gone = over.nonzero()[:, 0].tolist()
        leaving = Leaving(tuple(gone), self.count)
        taken = self._take(gone)
        if leaving.holes:
            holes, movers = (up(places, torch.int64, self._device) for places in (leaving.holes, leaving.movers))
            for state in self._state():
                state[holes] = state[movers]
        self.over[leaving.left : leaving.count] = True
        for hole, mover in zip(leaving.holes, leaving.movers, strict=True):
            self.requests[hole], self.prompts[hole] = self.requests[mover], self.prompts[mover]
        del self.requests[leaving.left :], self.prompts[leaving.left :]
        self.count = leaving.left
        return leaving, taken

    def _take(self, gone: Sequence[int]) -> Taken:
        import torch

        where = up(gone, torch.int64, self._device)
        stopped = (self.token[where, None] == self.stops).any(1)
        copies = Down([self.written[where], self.made[where], self.logprob[where], stopped])
        return Taken([self.requests[slot] for slot in gone], copies)

    def _state(self) -> tuple[Any, ...]:
        return (
            self.token, self.length, self.made, self.limit, self.key, self.temperature, self.top_p, self.logprob, self.over, self.written,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Taken:
    """Rows that were taken out, and what they hold, on its way to main memory."""

    requests: Sequence[Request]
    copies: Down

    def ended(self) -> list[Ended]:
        """The finished responses."""
        written, made, logprobs, stopped = (tensor.tolist() for tensor in self.copies.get())
        return [
            Ended(request, tuple(tokens[:n]), "stop" if stop else "length", logprob / n)
            for request, tokens, n, logprob, stop in zip(self.requests, written, made, logprobs, stopped, strict=True)
        ]
