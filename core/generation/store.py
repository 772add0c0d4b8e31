"""Keys and values of all live rows, kept between steps: what a store promises, and the attention that reads it.

The model is given a flat list of tokens, [tokens], and the store; nothing is copied between steps. ``plain_store.py`` is
plain torch and runs anywhere; ``gpu_store.py`` is for CUDA in 16 bit.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

ATTENTION = "cogumi_store"
STRIDE = 16


@dataclass(frozen=True, slots=True)
class Shape:
    """What of a model decides the size of its store. ``item`` is the size of one number in bytes."""

    layers: int
    heads: int
    key_heads: int
    head: int
    item: int

    def token_bytes(self) -> int:
        """Bytes of keys and values of one token."""
        return 2 * self.layers * self.key_heads * self.head * self.item


@dataclass(frozen=True, slots=True)
class Room:
    """What a store has room for: ``rows`` responses of up to ``response`` tokens, to ``prompts`` prompts of up to ``prompt``."""

    rows: int
    prompts: int
    prompt: int
    response: int


@dataclass(frozen=True, slots=True)
class Prompts:
    """Prompts laid one after the other: prompt i has ``lengths[i]`` tokens from ``starts[i]`` on, for the rows ``slots[i]``."""

    starts: tuple[int, ...]
    lengths: tuple[int, ...]
    slots: tuple[range, ...]


@dataclass(frozen=True, slots=True)
class Leaving:
    """Rows that end: ``gone``, of ``count`` live ones. The last live rows (``movers``) take the places that they leave (``holes``)."""

    gone: tuple[int, ...]
    count: int

    @property
    def left(self) -> int:
        """Rows that go on."""
        return self.count - len(self.gone)

    @property
    def holes(self) -> list[int]:
        """Places to fill, in the order of ``movers``."""
        return [row for row in self.gone if row < self.left]

    @property
    def movers(self) -> list[int]:
        """Live rows beyond the last place that stays."""
        gone = set(self.gone)
        return [row for row in range(self.left, self.count) if row not in gone]


class Store(Protocol):
    @property
    def free_prompts(self) -> int:
        """Prompts that there is room for now."""

    def start_prompts(self, prompts: Prompts) -> None:
        """The next forward pass computes whole prompts and keeps their keys and values for all their rows, which are new."""

    def prepare_step(self) -> None:
        """Comes before ``start_step``, when rows came or left since the last one."""

    def start_step(self, lengths: Any) -> None:
        """The next forward pass computes one token of each of the first rows; lengths: int64 [rows], tokens they hold."""

    def leave(self, leaving: Leaving) -> None:
        """Forgets the rows that end and moves the last ones into their places."""

    def attend(self, layer: int, query: Any, key: Any, value: Any, scaling: float) -> Any:
        """Keeps keys and values of one layer and attends. query: [1, heads, tokens, head]; key, value: [1, key heads, tokens, head].

        Returns [1, tokens, heads, head].
        """


def register() -> None:
    """Makes the store known to transformers under the name ``cogumi_store``."""
    from transformers import AttentionInterface

    AttentionInterface.register(ATTENTION, _attend)


def _attend(
    module: Any,
    query: Any,
    key: Any,
    value: Any,
    attention_mask: Any = None,
    *,
    scaling: float,
    store: Store,
    **_: Any,
) -> tuple[Any, None]:
    return store.attend(module.layer_idx, query, key, value, scaling), None


@contextmanager
def attention(model: Any, name: str) -> Iterator[None]:
    """The model with another attention inside the block.

    The config's own field is set, which all layers read: ``set_attn_implementation`` checks so much that a step would feel it.
    """
    before = model.config._attn_implementation
    model.config._attn_implementation = name
    try:
        yield
    finally:
        model.config._attn_implementation = before


def up_to(multiple: int, number: int) -> int:
    """``number`` rounded up to a multiple."""
    return -(-number // multiple) * multiple


def kernels_run(device: str, dtype: Any) -> bool:
    """Whether the GPU kernels serve here: CUDA in 16 bit, with Triton, which torch brings on Linux."""
    import torch

    from core.models.hardware import installed

    return device == "cuda" and dtype in (torch.bfloat16, torch.float16) and installed("triton")


def make_store(shape: Shape, room: Room, dtype: Any, device: str) -> Store:
    """The store for this device."""
    if kernels_run(device, dtype):
        from core.generation.gpu_store import GpuStore

        return GpuStore(shape, room, dtype, device)
    from core.generation.plain_store import PlainStore

    return PlainStore(shape, room, dtype, device)
