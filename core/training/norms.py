"""RMS norms in one kernel forward and one back (``torch.nn.functional.rms_norm``), instead of a dozen passes over memory.

The transformers layer turns its input into fp32 and keeps that for the way back. torch's own sums in fp32 inside the kernel, and
rounds once where the layer rounds twice: the same value up to one step of the 16-bit type.
"""

from __future__ import annotations

import types
from typing import Any

_LAYERS = frozenset({"LlamaRMSNorm", "MistralRMSNorm", "Qwen2RMSNorm", "Qwen3RMSNorm"})


def fuse(model: Any) -> int:
    """Gives every RMS norm of a model that is known here torch's own; returns how many."""
    layers = [module for module in model.modules() if type(module).__name__ in _LAYERS]
    for layer in layers:
        layer.forward = types.MethodType(_forward, layer)
    return len(layers)


def _forward(layer: Any, hidden_states: Any) -> Any:
    import torch

    return torch.nn.functional.rms_norm(hidden_states, hidden_states.shape[-1:], layer.weight, layer.variance_epsilon)
