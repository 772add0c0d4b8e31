"""What trains: Unsloth for 4-bit weights where it is installed and there is a GPU, else PEFT with the layers of lora.py and norms.py.

Unsloth replaces parts of transformers, TRL and PEFT when it is imported, so it must come before them: nothing in this room
imports those before ``load`` has run.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from core.errors import TrainingError
from core.models.fingerprint import Identity, config_of
from core.models.hardware import installed
from core.models.precision import Precision
from core.models.quiet import silence_bars
from core.plan.settings import TrainSettings

Backend = Literal["unsloth", "peft"]

_SHARE = 0.8  # of the free memory that activations may fill
_UNFUSED = 3.0
"""What PEFT's own forward keeps of activations, in terms of the fused one: measured 1.6 times with dropout, 2.9 with DoRA."""

_LAYER_NAMES = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")


@dataclass(frozen=True, slots=True)
class Base:
    """The base model as it was loaded to be trained on."""

    model: Any
    tokenizer: Any
    backend: Backend


@dataclass(frozen=True, slots=True)
class Trainable:
    """A model with an adapter that learns.

    checkpointing: activations are computed again to save memory. autocast: parts in fp32 need casting to 16 bit on the way.
    """

    model: Any
    backend: Backend
    checkpointing: bool
    autocast: bool


def choose(setting: str, precision: Precision, processes: int = 1) -> Backend:
    """The back end for this machine. Raises TrainingError for one that cannot be had.

    'auto' takes Unsloth where it is worth its half minute of start-up: on 4-bit weights, which it multiplies 1.7 times as fast as
    anything else that was measured here. In bf16 the difference is a few per cent.
    """
    if setting != "unsloth":
        here = precision.device == "cuda" and processes == 1 and installed("unsloth")
        return "unsloth" if setting == "auto" and precision.name == "nf4" and here else "peft"
    lacks = ""
    if precision.device != "cuda":
        lacks = "needs a GPU, which is not here"
    elif not installed("unsloth"):
        lacks = "needs pip install 'cogumi-panel[gpu]'"
    elif processes > 1:
        lacks = "trains on one GPU here, and run.processes is more than 1"
    elif precision.name == "fp32":
        lacks = "trains in bf16 or nf4, and the model is held in fp32"
    if lacks:
        raise TrainingError(f"train.backend = 'unsloth' {lacks}; set it to 'auto'.")
    return "unsloth"


def load(identity: Identity, settings: TrainSettings, max_length: int, processes: int) -> Base:
    """The base model on its device. Raises ModelError or TrainingError."""
    backend = choose(settings.backend, identity.precision, processes)
    if backend == "unsloth":
        model = _load_unsloth(identity, max_length)
    from core.models.load import load_base, load_tokenizer

    silence_bars()
    if backend == "peft":
        model = load_base(identity)
    return Base(model, load_tokenizer(identity.source, identity.revision), backend)


def adapt(base: Base, settings: TrainSettings, start: Path | None, tokens: int) -> Trainable:
    """The base with the adapter that training starts from: ``start``, or a fresh one. Raises ModelError or TrainingError.

    tokens: of the largest batch; they decide whether activations fit the memory.
    """
    if base.backend == "unsloth":
        checkpointing = needs_checkpointing(base.model, tokens)
        return Trainable(_adapt_unsloth(base.model, settings, start, checkpointing), "unsloth", checkpointing, True)
    return _adapt_peft(base.model, settings, start, tokens)


def _adapt_peft(model: Any, settings: TrainSettings, start: Path | None, tokens: int) -> Trainable:
    import torch
    from peft import LoraConfig, get_peft_model

    from core.training import lora, norms

    # A fresh adapter's start is drawn here.
    torch.manual_seed(settings.seed)
    # Nothing of the base is turned into fp32 for 4-bit weights either: its sums are in fp32 as they are.
    model.requires_grad_(False)
    if start is not None:
        model = _going_on(model, start)
    else:
        config = LoraConfig(
            r=settings.r,
            lora_alpha=settings.lora_alpha,
            lora_dropout=settings.lora_dropout,
            target_modules=targets(settings.target_modules),
            task_type="CAUSAL_LM",
        )
        try:
            model = get_peft_model(model, config)
        except ValueError as error:
            raise TrainingError(f"train.target_modules = '{settings.target_modules}' does not fit this model: {error}") from None
    fused = lora.fuse(model)
    if fused and model.device.type == "cuda":
        norms.fuse(model)
    checkpointing = needs_checkpointing(model, tokens if fused else _UNFUSED * tokens)
    if checkpointing:
        model.enable_input_require_grads()
    return Trainable(model, "peft", checkpointing, not fused)


def _going_on(model: Any, start: Path) -> Any:
    """The base with an adapter that learns further."""
    from peft.tuners.tuners_utils import BaseTunerLayer

    from core.models.load import add_adapter

    model = add_adapter(model, start, trainable=True)
    if isinstance(model.get_output_embeddings(), BaseTunerLayer):
        raise TrainingError(f"The adapter {start} changes lm_head, which TRL does not train; make the Phase 1A adapter without it.")
    return model


def _load_unsloth(identity: Identity, max_length: int) -> Any:
    # It replaces what the others import, so its line must stay above theirs.
    from unsloth import FastLanguageModel  # isort: skip
    import torch  # isort: skip

    from core.models.load import loading

    # For more tokens than the model knows positions it would stretch them, which is another model.
    context = config_of(identity.source, identity.revision).get("max_position_embeddings") or max_length
    four_bit = identity.precision.name == "nf4"
    with loading(identity):
        model, _ = FastLanguageModel.from_pretrained(
            model_name=identity.source.place,
            max_seq_length=min(max_length, context),
            dtype=torch.bfloat16,
            load_in_4bit=four_bit,
            device_map={"": 0},
            revision=identity.revision or None,
            use_exact_model_name=True,
            trust_remote_code=False,
        )
    if bool(getattr(model, "is_loaded_in_4bit", False)) != four_bit:
        raise TrainingError(f"Unsloth did not load {identity.source.label} in {identity.precision.name}; set train.backend = 'peft'.")
    return model


def _adapt_unsloth(model: Any, settings: TrainSettings, start: Path | None, checkpointing: bool) -> Any:
    from unsloth import FastLanguageModel

    again = "unsloth" if checkpointing else False
    if start is not None:
        return FastLanguageModel.patch_peft_model(_going_on(model, start), again)
    chosen = targets(settings.target_modules)
    return FastLanguageModel.get_peft_model(
        model,
        r=settings.r,
        lora_alpha=settings.lora_alpha,
        lora_dropout=settings.lora_dropout,
        target_modules=list(_LAYER_NAMES) if isinstance(chosen, str) else chosen,
        use_gradient_checkpointing=again,
        random_state=settings.seed,
    )


def targets(setting: str) -> str | list[str]:
    """``train.target_modules`` as PEFT takes it. Raises TrainingError for an empty one."""
    if setting == "all-linear":
        return setting
    names = [name.strip() for name in setting.split(",") if name.strip()]
    if not names:
        raise TrainingError("train.target_modules is empty; set it to 'all-linear' or to names of layers with commas.")
    return names


def needs_checkpointing(model: Any, tokens: float) -> bool:
    """Whether a step's activations would not fit the GPU's free memory. On a CPU never: memory is not what is short there."""
    if model.device.type != "cuda":
        return False
    import torch

    return activation_bytes(model.config, tokens) > _SHARE * float(torch.cuda.mem_get_info(model.device)[0])


def activation_bytes(config: Any, tokens: float) -> int:
    """What a Llama-like decoder keeps of ``tokens`` tokens for the way back, in bytes.

    In 16 bit, a layer of width h and inner width i keeps two norms' inputs in fp32 and 16 bit, queries, keys and values twice,
    and the attention's result: about 32 h; gate, up and their products: 8 i.
    """
    return int(tokens * config.num_hidden_layers * (32 * config.hidden_size + 8 * config.intermediate_size))
