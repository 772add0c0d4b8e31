"""How the weights are held, chosen from what the machine has. Light: no torch.

Rule: without a GPU fp32; with one bf16 where twice the parameters, plus a quarter, plus 8 GiB for keys, values and
activations, fit its memory and it computes in bf16; nf4 where not. A setting other than 'auto' wins where it can be done.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from core.errors import ModelError
from core.models.hardware import Gpu, installed
from core.models.kind import Source

_ROOM = 8 << 30


@dataclass(frozen=True, slots=True)
class Precision:
    """``name`` is fp32, bf16 or nf4; ``why`` is the name and the reason for it; ``device`` is cpu or cuda."""

    name: str
    device: str
    why: str


def choose(setting: str, source: Source, parameters: int | None, gpu: Gpu | None) -> Precision:
    """The precision that is used. ``parameters`` is the model's parameter count, None where it is not known.

    Raises ModelError for what this machine cannot do, with what to set instead.
    """
    device = "cuda" if gpu is not None else "cpu"
    if source.four_bit:
        return _stored_four_bit(setting, source, gpu)
    if setting == "nf4":
        if gpu is None:
            raise ModelError("model.precision = 'nf4' needs a GPU and there is none here; set it to 'auto' or 'fp32'.")
        _need_bitsandbytes()
        return Precision("nf4", device, "nf4, as model.precision says")
    if setting != "auto":
        return Precision(setting, device, f"{setting}, as model.precision says")
    if gpu is None:
        return Precision("fp32", device, "fp32, because there is no GPU")
    if not gpu.bf16:
        return Precision("fp32", device, f"fp32, because {gpu.name} does not compute in bf16")
    need = None if parameters is None else int(2 * parameters * 1.25) + _ROOM
    if need is None or need <= gpu.memory:
        return Precision("bf16", device, f"bf16, because it fits the {gpu.memory / 2**30:.0f} GiB of {gpu.name}")
    _need_bitsandbytes()
    return Precision("nf4", device, f"nf4, because bf16 would need {need / 2**30:.0f} of {gpu.memory / 2**30:.0f} GiB")


def count_parameters(config: dict[str, Any]) -> int | None:
    """Parameters of a Llama-like decoder from its ``config.json``; None where the config does not say enough."""
    try:
        width, layers = int(config["hidden_size"]), int(config["num_hidden_layers"])
        inner, vocabulary = int(config["intermediate_size"]), int(config["vocab_size"])
        heads = int(config["num_attention_heads"])
        key_heads = int(config.get("num_key_value_heads") or heads)
        head = int(config.get("head_dim") or width // heads)
    except (KeyError, TypeError, ValueError, OverflowError, ZeroDivisionError):
        return None
    attention = 2 * width * heads * head + 2 * width * key_heads * head
    embeddings = vocabulary * width * (1 if config.get("tie_word_embeddings") else 2)
    return layers * (attention + 3 * width * inner) + embeddings


def _stored_four_bit(setting: str, source: Source, gpu: Gpu | None) -> Precision:
    if setting not in ("auto", "nf4"):
        raise ModelError(
            f"{source.label} is stored in 4 bit, so model.precision = '{setting}' cannot be had; name the 16-bit model as model.base."
        )
    if gpu is None:
        raise ModelError(
            f"{source.label} is stored in 4 bit and needs a GPU, which is not here; name the 16-bit model or 'practice' as model.base."
        )
    _need_bitsandbytes()
    return Precision("nf4", "cuda", "nf4, because the model is stored so")


def _need_bitsandbytes() -> None:
    if not installed("bitsandbytes"):
        raise ModelError("4-bit weights need bitsandbytes, which is not installed; run pip install 'cogumi-panel[gpu]'.")
