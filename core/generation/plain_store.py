"""The store in plain torch: [rows, key heads, length, head] a layer, a row's prompt and response one after the other.

A row's result depends on its own tokens alone, bit for bit on a CPU: prompts are computed with prompts of their own
length, and a step attends over a length rounded up to a multiple of 16, where what is masked adds exact zeros.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from core.generation.store import STRIDE, Leaving, Prompts, Room, Shape, up_to


class PlainStore:
    """Runs anywhere, in any precision. Every row has its own copy of its prompt's keys and values."""

    def __init__(self, shape: Shape, room: Room, dtype: Any, device: str) -> None:
        size = (room.rows, shape.key_heads, up_to(STRIDE, room.prompt + room.response), shape.head)
        self.free_prompts = room.rows
        self._keys = [_zeros(size, dtype, device) for _ in range(shape.layers)]
        self._values = [_zeros(size, dtype, device) for _ in range(shape.layers)]
        self._equal: list[tuple[int, Any, Any, Any]] = []
        self._step: tuple[Any, Any, Any] | None = None

    def start_prompts(self, prompts: Prompts) -> None:
        import torch

        self._step = None
        self._equal = []
        device = self._keys[0].device
        for length in sorted(set(prompts.lengths)):
            members = [i for i, n in enumerate(prompts.lengths) if n == length]
            starts = torch.tensor([prompts.starts[i] for i in members], device=device)
            tokens = starts[:, None] + torch.arange(length, device=device)
            slots = torch.tensor([slot for i in members for slot in prompts.slots[i]], device=device)
            source = torch.repeat_interleave(
                torch.arange(len(members), device=device), torch.tensor([len(prompts.slots[i]) for i in members], device=device)
            )
            self._equal.append((length, tokens, slots, source))

    def prepare_step(self) -> None:
        return

    def start_step(self, lengths: Any) -> None:
        import torch

        over = up_to(STRIDE, int(lengths.max()) + 1)
        seen = torch.arange(over, device=lengths.device) <= lengths[:, None]
        mask = torch.zeros(seen.shape, dtype=self._keys[0].dtype, device=lengths.device).masked_fill_(~seen, -torch.inf)
        self._step = (torch.arange(lengths.shape[0], device=lengths.device), lengths, mask[:, None, None])

    def leave(self, leaving: Leaving) -> None:
        for tensor in (*self._keys, *self._values):
            tensor[leaving.holes] = tensor[leaving.movers]

    def attend(self, layer: int, query: Any, key: Any, value: Any, scaling: float) -> Any:
        keys, values = self._keys[layer], self._values[layer]
        if self._step is None:
            return self._attend_prompts(keys, values, query[0], key[0], value[0], scaling)
        import torch

        row, place, mask = self._step
        key_heads, rows, head = key.shape[1:]
        keys[row, :, place] = key[0].transpose(0, 1)
        values[row, :, place] = value[0].transpose(0, 1)
        over = mask.shape[-1]
        # Heads that share a key head become rows of one product: [rows, key heads, shared, head].
        shared = query[0].reshape(key_heads, -1, rows, head).permute(2, 0, 1, 3)
        scores = torch.matmul(shared * scaling, keys[:rows, :, :over].transpose(2, 3)).add_(mask)
        seen = torch.matmul(torch.softmax(scores, -1), values[:rows, :, :over])
        return seen.reshape(1, rows, -1, head)

    def _attend_prompts(self, keys: Any, values: Any, query: Any, key: Any, value: Any, scaling: float) -> Any:
        import torch

        out = torch.zeros_like(query)
        for length, tokens, slots, source in self._equal:
            q, k, v = (states[:, tokens].transpose(0, 1) for states in (query, key, value))
            seen = torch.nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True, scale=scaling, enable_gqa=True)
            out[:, tokens] = seen.transpose(0, 1)
            keys[slots, :, :length] = k[source]
            values[slots, :, :length] = v[source]
        return out.transpose(0, 1)[None]


def _zeros(size: Sequence[int], dtype: Any, device: str) -> Any:
    """Zeros that on a CPU take memory only where they are written: most of a store of the longest responses never is."""
    import numpy
    import torch

    if device != "cpu":
        return torch.zeros(size, dtype=dtype, device=device)
    item = torch.empty((), dtype=dtype).element_size()
    length = item
    for side in size:
        length *= side
    return torch.from_numpy(numpy.zeros(length, dtype=numpy.uint8)).view(dtype).view(*size)
