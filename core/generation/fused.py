"""The forward pass of a Llama-shaped decoder with as little as possible between its matrix products.

Llama, Mistral, Qwen2 and Qwen3 as transformers writes them: RMSNorm, attention with rotary positions, RMSNorm, gated SiLU.
Four products a layer (query, key and value are one, gate and up are one) and five small kernels, with the residual stream
added to in place: about a quarter of the launches of transformers' own code. ``parity.py`` holds it to that code.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from core.generation import kernels, products
from core.generation.gpu_store import GpuStore, Turning
from core.generation.products import Product, join
from core.generation.store import Store

_QKV = ("q_proj", "k_proj", "v_proj")
_SPARE = 8 << 30  # left for keys, values and activations when nf4 weights are computed into 16 bit


@dataclass(frozen=True, slots=True)
class _Layer:
    before: Any  # weight of the norm before attention
    qkv: Product
    norms: tuple[Any, Any] | None
    out: Product
    between: Any  # weight of the norm before the feed-forward part
    up: Product  # gate and up
    down: Product


def unfit(model: Any) -> str | None:
    """Why the model cannot be computed so, as the end of a sentence; None when it can."""
    import torch

    base = _base(model)
    config = base.config
    if config.hidden_act != "silu":
        return f"its activation is {config.hidden_act}"
    if type(base.lm_head) is not torch.nn.Linear or type(base.model.embed_tokens) is not torch.nn.Embedding:
        return "its embeddings are not plain ones"
    if base.model.layers[0].self_attn.head_dim not in (16, 32, 64, 128, 256):
        return f"its heads have {base.model.layers[0].self_attn.head_dim} numbers"
    linears = [layer for block in base.model.layers for layer in _linears(block)]
    reason = next((found for layer in linears if (found := products.unfit(layer)) is not None), None)
    if reason is not None:
        return reason
    return _no_room(linears) if getattr(base, "is_loaded_in_4bit", False) else None


class FusedForward:
    """See the module. The model itself stays whole and says the same: where it can, it shares its weights with this."""

    replayable = True

    def __init__(self, model: Any, longest: int) -> None:
        import torch

        base = _base(model)
        self.model = model
        self._embedding = base.model.embed_tokens.weight
        self._last = base.model.norm.weight
        self._head = base.lm_head.weight
        self._eps = float(base.model.norm.variance_epsilon)
        self._scaling = float(base.model.layers[0].self_attn.scaling)
        self._layers = [_layer(block, model.dtype) for block in base.model.layers]
        positions = torch.arange(longest, device=model.device)
        turned = base.model.rotary_emb(torch.zeros(1, device=model.device), positions[None])
        half = base.model.layers[0].self_attn.head_dim // 2
        # Both halves of a head turn by the same angles.
        self._cosines, self._sines = (table[0, :, :half].float().contiguous() for table in turned)

    def __call__(self, ids: Any, positions: Any, keep: Any, store: Store) -> Any:
        import torch

        assert isinstance(store, GpuStore)
        rows = ids.shape[0]
        hidden = torch.nn.functional.embedding(ids, self._embedding)
        for index, layer in enumerate(self._layers):
            x = layer.qkv.room(rows)
            kernels.normed(hidden, layer.before, self._eps, x)
            seen = layer.out.room(rows)
            turning = Turning(self._cosines, self._sines, positions, layer.norms, self._eps)
            store.turn_and_attend(index, layer.qkv(x), turning, self._scaling, seen)
            layer.out.add_to(hidden, seen)
            x = layer.up.room(rows)
            kernels.normed(hidden, layer.between, self._eps, x)
            inner = layer.down.room(rows)
            kernels.gated(layer.up(x), inner)
            layer.down.add_to(hidden, inner)
        if isinstance(keep, torch.Tensor):
            hidden = hidden[keep]
        last = torch.empty_like(hidden)
        kernels.normed(hidden, self._last, self._eps, last)
        return torch.nn.functional.linear(last, self._head)


def _layer(block: Any, dtype: Any) -> _Layer:
    attention, mlp = block.self_attn, block.mlp
    norms = (attention.q_norm.weight, attention.k_norm.weight) if hasattr(attention, "q_norm") else None
    return _Layer(
        before=block.input_layernorm.weight,
        qkv=join([getattr(attention, name) for name in _QKV], dtype),
        norms=norms,
        out=join([attention.o_proj], dtype),
        between=block.post_attention_layernorm.weight,
        up=join([mlp.gate_proj, mlp.up_proj], dtype),
        down=join([mlp.down_proj], dtype),
    )


def _linears(block: Any) -> list[Any]:
    attention, mlp = block.self_attn, block.mlp
    return [*(getattr(attention, name) for name in _QKV), attention.o_proj, mlp.gate_proj, mlp.up_proj, mlp.down_proj]


def _base(model: Any) -> Any:
    """The causal language model under a PEFT model, or the model itself."""
    return model.get_base_model() if hasattr(model, "get_base_model") else model


def _no_room(linears: Sequence[Any]) -> str | None:
    """Why the 16-bit numbers that nf4 weights stand for cannot be kept beside them; None when they can."""
    import torch

    need = sum(2 * layer.in_features * layer.out_features for layer in linears)
    free = torch.cuda.mem_get_info()[0]
    if need + _SPARE <= free:
        return None
    return f"its nf4 weights would need {need / 2**30:.0f} GiB in 16 bit, and {free / 2**30:.0f} GiB are free"
