"""The decode loop: each prompt is computed once for all its samples, every step gives each live row one token, rows that end
make room and waiting prompts take it.

On a GPU nothing waits for it within a step: which rows are over is asked after several steps, and read while a further
step is under way. A row that is over meanwhile is computed for nothing, so the more rows there are the sooner is asked.

Two things keep a response from depending on how many others are under way. On a CPU the number of rows in a matrix product
is kept a multiple of 16: with fewer or odd numbers MKL sums in another order, and the last bits change. And in fp32 on any
machine, a token whose choice hangs on such bits is decided by computing its row again, alone.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from core.generation import sampling
from core.generation.forward import Forward, shape_of
from core.generation.groups import Group
from core.generation.replay import Replay
from core.generation.rows import Ended, Rows, Taken
from core.generation.store import Prompts, Room, Store, attention, kernels_run, make_store, up_to
from core.generation.transfer import up

CPU_ROWS = 16
_PROMPT_TOKENS = {"cpu": 4096, "cuda": 16384}
_REFILL = 8  # new prompts are taken in when an eighth of the rows is free
_MANY = 256  # rows from which on a step's time grows with them
_STEPS_OF_MANY, _STEPS_OF_FEW = 4, 16  # between two looks at a GPU


class Decoder:
    """One loop over one model. ``room`` bounds its rows, prompts and their lengths."""

    def __init__(self, forward: Forward, room: Room, stop_ids: Sequence[int]) -> None:
        model = forward.model
        self._forward = forward
        self._device = model.device.type
        self._exact = model.dtype.itemsize >= 4
        self._multiple = CPU_ROWS if self._device == "cpu" else 1
        self.capacity = up_to(self._multiple, room.rows)
        self._store: Store = make_store(shape_of(model), replace(room, rows=self.capacity), model.dtype, self._device)
        self._rows = Rows(self.capacity, room.response, stop_ids, self._device)
        self._pick = _pick(self._device, model.dtype)
        self._replay = Replay(self.capacity) if forward.replayable else None

    def run(self, groups: Sequence[Group]) -> Iterator[list[Ended]]:
        """Yields what ended, often nothing. No group may have more requests than there are rows."""
        import torch

        waiting = deque(groups)
        taken: Taken | None = None
        while waiting or self._rows.count:
            with torch.inference_mode():
                if waiting and self._has_room(waiting):
                    self._take_in(waiting)
                for _ in range(self._steps()):
                    self._step()
                over = self._rows.look()
                if self._device != "cpu":
                    self._step()
            # The GPU is busy while the caller keeps what ended before.
            yield taken.ended() if taken is not None else []
            with torch.inference_mode():
                leaving, taken = self._rows.take_ended(over.get()[0])
                self._store.leave(leaving)
        if taken is not None:
            yield taken.ended()

    def _steps(self) -> int:
        if self._device == "cpu":
            return 1
        return _STEPS_OF_MANY if self._rows.count >= _MANY else _STEPS_OF_FEW

    def _has_room(self, waiting: deque[Group]) -> bool:
        free = self.capacity - self._rows.count
        if free < len(waiting[0].requests) or not self._store.free_prompts:
            return False
        return free >= self.capacity // _REFILL or not self._rows.count

    def _take_in(self, waiting: deque[Group]) -> None:
        while waiting and len(waiting[0].requests) <= self.capacity - self._rows.count and self._store.free_prompts:
            groups: list[Group] = []
            free = self.capacity - self._rows.count
            tokens = 0
            most = _PROMPT_TOKENS[self._device]
            while (
                waiting
                and len(waiting[0].requests) <= free
                and len(groups) < self._store.free_prompts
                and (not groups or tokens + len(waiting[0].ids) <= most)
            ):
                groups.append(waiting.popleft())
                free -= len(groups[-1].requests)
                tokens += len(groups[-1].ids)
            self._first_tokens(groups)

    def _first_tokens(self, groups: Sequence[Group]) -> None:
        owners = [i for i, group in enumerate(groups) for _ in group.requests]
        slots = self._rows.add([r for group in groups for r in group.requests], [groups[i].ids for i in owners])
        logits = self._prompts(groups, slots)
        self._choose(slice(slots.start, slots.stop), logits[self._whole(owners)])

    def _prompts(self, groups: Sequence[Group], slots: range) -> Any:
        """Logits after the last token of every prompt: [groups, vocabulary]."""
        starts: list[int] = []
        position: list[int] = []
        ids: list[int] = []
        own: list[range] = []
        slot = slots.start
        for group in groups:
            starts.append(len(ids))
            ids.extend(group.ids)
            position.extend(range(len(group.ids)))
            own.append(range(slot, slot + len(group.requests)))
            slot += len(group.requests)
        last = [start + len(group.ids) - 1 for start, group in zip(starts, groups, strict=True)]
        self._store.start_prompts(Prompts(tuple(starts), tuple(len(group.ids) for group in groups), tuple(own)))
        fill = [0] * (up_to(self._multiple, len(ids)) - len(ids))
        more = last[:1] * (up_to(self._multiple, len(last)) - len(last))
        tokens, positions = self._whole([ids + fill, position + fill])
        logits = self._forward(tokens, positions, self._whole(last + more), self._store)
        return logits[: len(groups)]

    def _step(self) -> None:
        self._store.prepare_step()
        if self._replay is not None:
            self._replay.run(self._rows.count, self._advance)
        else:
            self._advance(up_to(self._multiple, self._rows.count))

    def _advance(self, computed: int) -> None:
        """One token for each of the first ``computed`` rows; those beyond the live ones are computed and forgotten."""
        rows = self._rows
        first = slice(0, computed)
        self._store.start_step(rows.length[first])
        logits = self._forward(rows.token[first], rows.length[first], 0, self._store)
        live = slice(0, computed if self._replay is not None else rows.count)
        rows.grow(live)
        self._choose(live, logits[live])

    def _choose(self, where: slice, logits: Any) -> None:
        rows = self._rows
        made = self._pick(logits, rows.draw(where), rows.made[where])
        if self._exact and not bool(made.sure.all()):
            for place in (~made.sure).nonzero()[:, 0].tolist():
                slot = slice(where.start + place, where.start + place + 1)
                alone = self._pick(self._alone(slot.start), rows.draw(slot), rows.made[slot])
                made.token[place], made.logprob[place] = alone.token[0], alone.logprob[0]
        rows.put(where, made.token, made.logprob)

    def _alone(self, slot: int) -> Any:
        """Logits after all tokens of one row, computed from those tokens and nothing else: [1, vocabulary]."""
        with attention(self._forward.model, "sdpa"):
            ids = self._whole([self._rows.ids(slot)])
            return self._forward.model(input_ids=ids, use_cache=False, logits_to_keep=1).logits[0]

    def _whole(self, numbers: Any) -> Any:
        import torch

        return up(numbers, torch.int64, self._device)


def _pick(device: str, dtype: Any) -> Any:
    if not kernels_run(device, dtype):
        return sampling.choose
    from core.generation import choosing_kernel

    return choosing_kernel.choose
