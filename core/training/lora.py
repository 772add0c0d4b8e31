"""LoRA layers whose product and adapter are one step forward and one step back, in the model's own 16 bit.

PEFT computes an adapter in fp32 beside its layer: the input is copied to fp32 and back, kept once for every layer that reads
it, and product, adapter, scale and sum are passes over memory of their own. Here, with W the frozen weight and s the scale,

    y = x W^T + s (x A^T) B^T
    dx = g W + s (g B) A        dA = s (g B)^T x        dB = s g^T (x A^T)

are matrix products that add up in place, and of a layer nothing is kept but x and x A^T. It is what PEFT computes up to
rounding; the adapter itself stays in fp32, where its small steps are not lost, and PEFT's layers keep it and save it.
A 4-bit weight is unpacked for each product (bitsandbytes), and never kept unpacked.
"""

from __future__ import annotations

import types
from collections.abc import Callable
from typing import Any

import torch


def fuse(model: Any) -> bool:
    """Gives the model's LoRA layers the forward of this module; whether every one of them could take it.

    A layer with dropout, with more than one adapter, or that is more than a plain linear layer keeps PEFT's own.
    """
    from peft.tuners.lora import LoraLayer

    layers = [module for module in model.modules() if isinstance(module, LoraLayer)]
    for layer in layers:
        weight = _weight(layer)
        if weight is not None:
            layer.forward = types.MethodType(_forward(weight), layer)
    return all("forward" in vars(layer) for layer in layers)


def _weight(layer: Any) -> Callable[[], torch.Tensor] | None:
    """What gives the layer's frozen weight, [out, in]; None for a layer that needs PEFT's own forward."""
    from peft.tuners.lora import Linear

    names = layer.active_adapters
    if len(names) != 1 or names[0] not in layer.lora_A or layer.merged or layer.lora_variant.get(names[0]) is not None:
        return None
    if not isinstance(layer.lora_dropout[names[0]], torch.nn.Identity) or layer.lora_B[names[0]].bias is not None:
        return None
    base = layer.get_base_layer()
    if type(layer) is Linear and type(base) is torch.nn.Linear and not layer.fan_in_fan_out:
        return lambda: base.weight
    if type(base).__name__ == "Linear4bit" and type(layer).__name__ == "Linear4bit":
        return lambda: _unpacked(base.weight)
    return None


def _unpacked(weight: Any) -> torch.Tensor:
    from bitsandbytes.functional import dequantize_4bit

    return dequantize_4bit(weight.data, weight.quant_state)


def _forward(weight: Callable[[], torch.Tensor]) -> Callable[..., torch.Tensor]:
    def forward(layer: Any, x: torch.Tensor) -> torch.Tensor:
        if layer.disable_adapters or layer.merged:
            return layer.get_base_layer()(x)
        (name,) = layer.active_adapters
        return _Product.apply(
            x, layer.lora_A[name].weight, layer.lora_B[name].weight, layer.get_base_layer().bias, layer.scaling[name], weight
        )

    return forward


class _Product(torch.autograd.Function):  # type: ignore[misc]
    """x: [..., in]; a: [r, in]; b: [out, r]; the result: [..., out] in x's type."""

    @staticmethod
    def forward(
        ctx: Any,
        x: torch.Tensor,
        a: torch.Tensor,
        b: torch.Tensor,
        bias: torch.Tensor | None,
        scale: float,
        weight: Callable[[], torch.Tensor],
    ) -> torch.Tensor:
        flat = x.reshape(-1, x.shape[-1])
        down, up = a.to(x.dtype), b.to(x.dtype)
        low = flat @ down.t()
        out = torch.nn.functional.linear(flat, weight().to(x.dtype), bias)
        out.addmm_(low, up.t(), alpha=scale)
        ctx.save_for_backward(flat, low, down, up)
        ctx.scale, ctx.weight, ctx.shape, ctx.kept = scale, weight, x.shape, a.dtype
        return out.view(*x.shape[:-1], -1)

    @staticmethod
    def backward(ctx: Any, grad: torch.Tensor) -> tuple[Any, ...]:
        flat, low, down, up = ctx.saved_tensors
        g = grad.reshape(-1, grad.shape[-1])
        back = g @ up
        dx = None
        if ctx.needs_input_grad[0]:
            dx = g @ ctx.weight().to(g.dtype)
            dx.addmm_(back, down, alpha=ctx.scale)
            dx = dx.view(ctx.shape)
        da = (back.t() @ flat).to(ctx.kept).mul_(ctx.scale)
        db = (g.t() @ low).to(ctx.kept).mul_(ctx.scale)
        return dx, da, db, None, None, None
