"""Linear layers side by side as one matrix product, whatever holds their weights: 16 bit, bitsandbytes nf4, a LoRA adapter on top.

A small adapter added into 16-bit weights would vanish in the rounding of the sum: the weights lie on bf16's own grid, and what
is less than half a step moves none of them. So it stays apart, at hardly any cost: with W and B side by side, [W B], and x and
A x below each other, one product gives W x + B A x. Weights in nf4 are computed once into the 16-bit numbers that they stand for:
the same model, at the speed of 16 bit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from core.generation.store import up_to

_RANK = 16  # ranks are filled up to a multiple, so that every row of a matrix starts where the GPU likes it


@dataclass(frozen=True, slots=True)
class Product:
    """weight: [outputs, width + rank]; narrow: A, [rank, width], or None without an adapter; bias: [outputs] or None."""

    weight: Any
    narrow: Any
    bias: Any
    width: int

    def room(self, rows: int) -> Any:
        """An empty input, whose first ``width`` columns the caller writes: [rows, width + rank]."""
        return self.weight.new_empty(rows, self.weight.shape[1])

    def __call__(self, x: Any) -> Any:
        """x: as ``room`` gives it, written. Returns [rows, outputs]."""
        import torch

        return torch.nn.functional.linear(self._whole(x), self.weight, self.bias)

    def add_to(self, sum_: Any, x: Any) -> None:
        """Adds the product to ``sum_`` [rows, outputs] in place, in one rounding."""
        sum_.addmm_(self._whole(x), self.weight.t())
        if self.bias is not None:
            sum_ += self.bias

    def _whole(self, x: Any) -> Any:
        if self.narrow is not None:
            x[:, self.width :] = x[:, : self.width] @ self.narrow.t()
        return x


@dataclass(frozen=True, slots=True)
class _Part:
    """One layer: base [outputs, width] in 16 bit, or what computes it; narrow, wide: the adapter's A and scaled B."""

    base: Any
    narrow: Any
    wide: Any


def unfit(layer: Any) -> str | None:
    """Why a linear layer cannot be part of a product, as the end of a sentence; None when it can."""
    import torch
    from peft.tuners.lora import LoraLayer

    base = layer
    if isinstance(layer, LoraLayer):
        base = layer.base_layer
        names = layer.active_adapters
        if layer.disable_adapters or layer.merged or len(names) > 1 or any(name in layer.lora_variant for name in names):
            return "its adapter is of a kind that is not known here"
        if any(layer.lora_bias.get(name) for name in names):
            return "its adapter has biases"
    if type(base) is not torch.nn.Linear and not _is_nf4(base):
        return f"a layer is a {type(base).__name__}"
    return None


def join(layers: Sequence[Any], dtype: Any) -> Product:
    """One product of layers that read the same input. Their 16-bit weights become views of it, so that memory holds them once."""
    import torch

    parts = [_part(layer, dtype) for layer in layers]
    width = layers[0].in_features
    outputs = [layer.out_features for layer in layers]
    ranks = [0 if part.narrow is None else int(part.narrow.shape[0]) for part in parts]
    rank = up_to(_RANK, sum(ranks))
    device = layers[0].weight.device
    weight = torch.zeros(sum(outputs), width + rank, dtype=dtype, device=device)
    narrow = torch.zeros(rank, width, dtype=dtype, device=device)
    row = at = 0
    for part, size, own in zip(parts, outputs, ranks, strict=True):
        place = weight[row : row + size]
        place[:, :width] = _sixteen_bit(part.base, dtype)
        if own:
            narrow[at : at + own] = part.narrow
            place[:, width + at : width + at + own] = part.wide
        if not _is_nf4(part.base):
            part.base.weight.data = place[:, :width]
        row, at = row + size, at + own
    return Product(weight, narrow if rank else None, _bias([part.base for part in parts], outputs, dtype), width)


def _part(layer: Any, dtype: Any) -> _Part:
    from peft.tuners.lora import LoraLayer

    if not isinstance(layer, LoraLayer):
        return _Part(layer, None, None)
    names = [name for name in layer.active_adapters if name in layer.lora_A]
    if not names:
        return _Part(layer.base_layer, None, None)
    narrow, wide = layer.lora_A[names[0]].weight, layer.lora_B[names[0]].weight
    return _Part(layer.base_layer, narrow.to(dtype), (wide.float() * layer.scaling[names[0]]).to(dtype))


def _is_nf4(layer: Any) -> bool:
    return type(layer).__name__ == "Linear4bit" and getattr(layer.weight, "quant_state", None) is not None


def _sixteen_bit(layer: Any, dtype: Any) -> Any:
    if not _is_nf4(layer):
        return layer.weight.data.to(dtype)
    from bitsandbytes.functional import dequantize_4bit

    return dequantize_4bit(layer.weight.data, layer.weight.quant_state).to(dtype)


def _bias(layers: Sequence[Any], outputs: Sequence[int], dtype: Any) -> Any:
    import torch

    if all(layer.bias is None for layer in layers):
        return None
    none = [layer.weight.new_zeros(size, dtype=dtype) for layer, size in zip(layers, outputs, strict=True)]
    return torch.cat([own if layer.bias is None else layer.bias.data.to(dtype) for layer, own in zip(layers, none, strict=True)])
