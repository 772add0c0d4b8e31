"""A model's forward pass over a flat list of tokens and a store: transformers' own, or ours where the model and the GPU allow it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from core.generation.store import ATTENTION, Shape, Store, attention, kernels_run, register


class Forward(Protocol):
    """``model`` is the transformers model that it computes. replayable: a step can be recorded as a CUDA graph and replayed."""

    model: Any
    replayable: bool

    def __call__(self, ids: Any, positions: Any, keep: Any, store: Store) -> Any:
        """Logits. ids, positions: int64 [tokens]; keep: indices of the tokens whose logits are wanted, 0 for all. [kept, vocabulary]."""


class OwnForward:
    """The model's own code with our attention in it: any architecture and precision."""

    replayable = False

    def __init__(self, model: Any) -> None:
        register()
        self.model = model

    def __call__(self, ids: Any, positions: Any, keep: Any, store: Store) -> Any:
        with attention(self.model, ATTENTION):
            return self.model(
                input_ids=ids[None], position_ids=positions[None], use_cache=False, logits_to_keep=keep, store=store
            ).logits[0]


def make_forward(model: Any, longest: int, say: Callable[[str], None]) -> Forward:
    """The fastest forward pass for this model, for texts of up to ``longest`` tokens.

    ``say`` hears why it is not the fused one, and what the fused one does with nf4 weights.
    """
    if not kernels_run(model.device.type, model.dtype):
        return OwnForward(model)
    from core.generation.fused import FusedForward, unfit

    reason = unfit(model)
    if reason is None:
        if getattr(model, "is_loaded_in_4bit", False):
            say("The nf4 weights are computed once into the 16-bit numbers that they stand for: the same model, faster.")
        return FusedForward(model, longest)
    say(f"The model's own forward pass is used, which is slower than the fused one: {reason}.")
    return OwnForward(model)


def shape_of(model: Any) -> Shape:
    """What the store needs to know of a model."""
    config = model.config
    heads = config.num_attention_heads
    head = getattr(config, "head_dim", None) or config.hidden_size // heads
    key_heads = getattr(config, "num_key_value_heads", None) or heads
    return Shape(config.num_hidden_layers, heads, key_heads, head, model.dtype.itemsize)
