"""The store for CUDA in 16 bit: a prompt's keys and values are kept once for all its samples, a row's own apart from them.

Each place holds [key heads, length, head] a layer. Rows know their places by number, so a row that moves takes only its
numbers along. Prompts are attended to with the variable-length flash attention that torch carries
(``aten._flash_attention_forward``); steps with our own kernel, which reads a prompt once for the samples of a tile.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import chain
from typing import Any

import torch

from core.generation import kernels
from core.generation.store import STRIDE, Leaving, Prompts, Room, Shape, up_to
from core.generation.transfer import up


@dataclass(frozen=True, slots=True)
class Turning:
    """What turns queries and keys by their positions: cosines and sines, fp32 [positions, head / 2], the positions of this pass,
    and the weights and the epsilon of the norms of query and key heads in models that have them."""

    cosines: Any
    sines: Any
    positions: Any
    norms: tuple[Any, Any] | None
    eps: float


class GpuStore:
    """Keys and values of ``room.rows`` rows and ``room.prompts`` prompts."""

    def __init__(self, shape: Shape, room: Room, dtype: Any, device: str) -> None:
        self._shape = shape
        self._device = device
        # One place more than there are rows: what rows that only fill a step up write goes there.
        places = ((room.prompts, room.prompt), (room.rows + 1, room.response))
        sizes = [(number, shape.key_heads, up_to(STRIDE, length), shape.head) for number, length in places]
        # [layer][prompts or rows][keys or values]; what was never written is never read.
        self._kept = [
            [[torch.empty(size, dtype=dtype, device=device) for _ in range(2)] for size in sizes] for _ in range(shape.layers)
        ]
        self._tile = kernels.rows_of_a_tile(shape.heads // shape.key_heads)
        self._free_rows = list(range(room.rows))
        self._free_prompts = list(range(room.prompts))
        self._rows: list[tuple[int, int]] = []  # places of each live row: its own, its prompt's
        self._users: Counter[int] = Counter()
        self._prompt_length = [0] * room.prompts
        # Where each row's places are and which rows share a prompt; at a fixed place in memory, as recorded steps need it.
        self._row_slot, self._row_prompt, self._row_prompt_length = torch.zeros(3, room.rows, dtype=torch.int32, device=device)
        self._tiles = torch.full((room.rows, self._tile), -1, dtype=torch.int32, device=device)
        self._room = room
        self._mapped = False
        self._ends: Any = None  # of the prompts of this pass; None in a step
        self._longest = 0
        self._slot: Any = None
        self._place: Any = None

    @property
    def free_prompts(self) -> int:
        return len(self._free_prompts)

    def start_prompts(self, prompts: Prompts) -> None:
        taken = [self._free_prompts.pop() for _ in prompts.lengths]
        for place, length, rows in zip(taken, prompts.lengths, prompts.slots, strict=True):
            self._prompt_length[place] = length
            self._users[place] = len(rows)
            self._rows.extend((self._free_rows.pop(), place) for _ in rows)
        self._mapped = False
        ends = [0, *(start + length for start, length in zip(prompts.starts, prompts.lengths, strict=True))]
        lengths = torch.tensor(prompts.lengths)
        within = torch.cat([torch.arange(length) for length in prompts.lengths])
        packed = torch.cat([torch.tensor(taken).repeat_interleave(lengths), within, torch.tensor(ends)])
        self._slot, self._place, self._ends = up(packed, torch.int32, self._device).split([len(within), len(within), len(ends)])
        self._longest = max(prompts.lengths)

    def prepare_step(self) -> None:
        """Tells the GPU where the rows are, if that changed; what ``start_step`` does after it can be recorded and replayed."""
        if not self._mapped:
            self._map()

    def start_step(self, lengths: Any) -> None:
        rows = lengths.shape[0]
        self._ends = None
        self._slot = self._row_slot[:rows]
        self._place = (lengths - self._row_prompt_length[:rows]).clamp_(0, self._room.response - 1).int()
        self._count = self._place + 1

    def leave(self, leaving: Leaving) -> None:
        for row in leaving.gone:
            slot, prompt = self._rows[row]
            self._free_rows.append(slot)
            self._users[prompt] -= 1
            if not self._users[prompt]:
                self._free_prompts.append(prompt)
        for hole, mover in zip(leaving.holes, leaving.movers, strict=True):
            self._rows[hole] = self._rows[mover]
        del self._rows[leaving.left :]
        self._mapped = False

    def attend(self, layer: int, query: Any, key: Any, value: Any, scaling: float) -> Any:
        q, k, v = (states[0].transpose(0, 1).contiguous() for states in (query, key, value))
        keys, values = self._kept[layer][self._ends is None]
        slot, place = self._slot.long(), self._place.long()
        keys[slot, :, place], values[slot, :, place] = k, v
        out = q.new_empty(q.shape)
        self._look(layer, q, k, v, scaling, out.flatten(1))
        return out[None]

    def turn_and_attend(self, layer: int, qkv: Any, turning: Turning, scaling: float, out: Any) -> None:
        """The same for queries, keys and values still to be turned, side by side in qkv [tokens, (heads + 2 key heads) * head].

        The result goes into the first heads * head columns of ``out``, [tokens, at least that].
        """
        shape = self._shape
        keys, values = self._kept[layer][self._ends is None]
        kernels.turn_and_keep(
            qkv, turning.cosines, turning.sines, turning.positions, keys, values, self._slot, self._place, turning.norms, turning.eps,
            shape.heads,
        )  # fmt: skip
        q, k, v = qkv.view(qkv.shape[0], -1, shape.head).split([shape.heads, shape.key_heads, shape.key_heads], 1)
        self._look(layer, q, k, v, scaling, out)

    def _look(self, layer: int, q: Any, k: Any, v: Any, scaling: float, out: Any) -> None:
        """Attention of this pass; q, k, v: [tokens, (key) heads, head]."""
        shape = self._shape
        if self._ends is None:
            (prompt_keys, prompt_values), (keys, values) = self._kept[layer]
            kernels.attend(
                q, out, prompt_keys, prompt_values, keys, values, self._tiles[: q.shape[0]], self._row_prompt, self._row_prompt_length,
                self._slot, self._count, scaling, shape.heads,
            )  # fmt: skip
            return
        out[:, : shape.heads * shape.head] = causal(q, k, v, self._ends, self._longest, scaling).flatten(1)

    def _map(self) -> None:
        together: dict[int, list[int]] = {}
        for row, (_, prompt) in enumerate(self._rows):
            together.setdefault(prompt, []).append(row)
        tiles = [
            members[start : start + self._tile]
            for members in together.values()
            for start in range(0, len(members), self._tile)
        ]
        empty = [-1] * self._tile
        room, spare = self._room, self._room.rows - len(self._rows)
        flat = chain.from_iterable((tile + empty)[: self._tile] for tile in [*tiles, *[empty] * (room.rows - len(tiles))])
        slots = [slot for slot, _ in self._rows] + [room.rows] * spare
        prompts = [prompt for _, prompt in self._rows]
        lengths = [self._prompt_length[prompt] for prompt in prompts]
        packed = up([*slots, *prompts, *[0] * spare, *lengths, *[0] * spare, *flat], torch.int32, self._device)
        for target, source in zip(
            (self._row_slot, self._row_prompt, self._row_prompt_length, self._tiles.view(-1)),
            packed.split([room.rows, room.rows, room.rows, room.rows * self._tile]),
            strict=True,
        ):
            target.copy_(source)
        self._mapped = True


def causal(q: Any, k: Any, v: Any, ends: Any, longest: int, scaling: float) -> Any:
    """Each token's attention over its own prompt up to itself: [tokens, heads, head]. ends: int32 [prompts + 1], from 0."""
    flash = torch.ops.aten._flash_attention_forward
    return flash(q, k, v, ends, ends, longest, longest, 0.0, True, False, scale=scaling)[0]
