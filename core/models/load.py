"""A model loaded to generate with: base, adapter and precision as ``fingerprint.py`` identified them. Imports torch.

Safetensors only, no code from a model's folder, nothing written to the screen.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.errors import ModelError
from core.models.chat import Chat, chat_of
from core.models.environment import settle
from core.models.fingerprint import Identity, identify, located
from core.models.hardware import Gpu, gpu, gpu_ran_out
from core.models.kind import Source
from core.models.quiet import quiet
from core.plan.settings import ModelSettings


@dataclass(frozen=True, slots=True)
class Loaded:
    """A model that is ready to generate.

    model: a transformers model in evaluation mode (a PEFT model where the adapter is kept apart).
    precision: fp32, bf16 or nf4. device: cpu or cuda. merged: the adapter is added into the weights.
    max_length: longest prompt and response together, in tokens.
    """

    model: Any
    tokenizer: Any
    chat: Chat
    fingerprint: str
    precision: str
    device: str
    merged: bool
    max_length: int
    describe: str


def load(settings: ModelSettings, workspace: Path, adapter: Path | None) -> Loaded:
    """Loads base and adapter for generation. Raises ModelError with one sentence.

    On a CPU in fp32 the adapter is added into the weights, which changes nothing but the speed (the sums are the same up
    to fp32 rounding). In 16 bit and nf4 it is kept apart: a small adapter would vanish in the rounding of the sum. What that
    costs the fused forward pass of core/generation/products.py takes back.
    """
    settle()
    identity = identify(settings, workspace, adapter)
    with quiet():
        model = load_base(identity)
        merged = False
        if identity.adapter is not None:
            model = add_adapter(model, identity.adapter, trainable=False)
            if identity.precision.name == "fp32":
                model = _added(model, identity.adapter)
                merged = True
        model.eval()
        model.requires_grad_(False)
        tokenizer = load_tokenizer(identity.source, identity.revision)
    chat = chat_of(tokenizer, model.generation_config.eos_token_id)
    return Loaded(
        model=model,
        tokenizer=tokenizer,
        chat=chat,
        fingerprint=identity.fingerprint,
        precision=identity.precision.name,
        device=identity.precision.device,
        merged=merged,
        max_length=min(settings.max_length, _context(model)),
        describe=identity.describe,
    )


def load_chat(settings: ModelSettings, workspace: Path) -> Chat:
    """The base's tokenizer with its chat template, without the model, which this machine need not hold. Raises ModelError."""
    settle()
    source, revision, _ = located(settings, workspace)
    return chat_of(load_tokenizer(source, revision))


def load_base(identity: Identity) -> Any:
    """The base model on its device, in the precision that was chosen. Raises ModelError."""
    import torch
    from transformers import AutoModelForCausalLM

    precision = identity.precision
    if precision.device == "cuda" and not torch.cuda.is_available():
        raise ModelError("The driver shows a GPU but torch cannot use it; reinstall torch for this driver's CUDA version.")
    options: dict[str, Any] = {"dtype": torch.float32 if precision.name == "fp32" else torch.bfloat16}
    if precision.name == "nf4" and not identity.source.four_bit:
        options["quantization_config"] = nf4_config()
    if precision.device == "cuda":
        options["device_map"] = {"": 0}
    if identity.revision:
        options["revision"] = identity.revision
    with loading(identity):
        return AutoModelForCausalLM.from_pretrained(identity.source.place, trust_remote_code=False, use_safetensors=True, **options)


@contextmanager
def loading(identity: Identity) -> Iterator[None]:
    """What goes wrong while a base model is loaded inside the block becomes ModelError with one sentence."""
    try:
        yield
    except MemoryError:
        raise
    except Exception as error:  # a damaged file makes the libraries raise whatever their parsers do
        if identity.precision.device == "cuda" and gpu_ran_out(error):
            raise ModelError(_no_room(identity, gpu())) from None
        raise ModelError(f"{identity.source.label} cannot be loaded: {first_line(error)}") from error


def load_tokenizer(source: Source, revision: str) -> Any:
    """The base's tokenizer; ``revision`` is the commit on the hub, '' for a folder. Raises ModelError."""
    from transformers import AutoTokenizer

    options = {"revision": revision} if revision else {}
    try:
        return AutoTokenizer.from_pretrained(source.place, trust_remote_code=False, **options)
    except MemoryError:
        raise
    except Exception as error:  # as above
        raise ModelError(f"The tokenizer of {source.label} cannot be loaded: {first_line(error)}") from error


def add_adapter(model: Any, adapter: Path, *, trainable: bool) -> Any:
    """``model`` with a PEFT adapter on it. Raises ModelError where the adapter belongs to another model."""
    from peft import PeftConfig, PeftModel

    try:
        config = PeftConfig.from_pretrained(str(adapter))
        # Adapters may lack both, and are whole without them; Unsloth asks for them.
        config.task_type = "CAUSAL_LM"
        if getattr(config, "loftq_config", 0) is None:
            config.loftq_config = {}
        return PeftModel.from_pretrained(model, str(adapter), is_trainable=trainable, config=config)
    except MemoryError:
        raise
    except Exception as error:  # as above
        raise ModelError(
            f"The adapter {adapter} does not fit the base model: {first_line(error)} Name the base it was trained on as model.base."
        ) from error


def _added(model: Any, adapter: Path) -> Any:
    """The adapter added into the weights it sits on."""
    try:
        return model.merge_and_unload()
    except NotImplementedError as error:
        raise ModelError(f"The adapter {adapter} is of a kind that cannot be used here: {first_line(error)}") from error


def nf4_config() -> Any:
    """QLoRA's quantisation: 4-bit NormalFloat, double quantisation, computing in bf16 (arXiv 2305.14314)."""
    import torch
    from transformers import BitsAndBytesConfig

    return BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=torch.bfloat16,
    )


def first_line(error: BaseException) -> str:
    """The first line of a library's message as a sentence of bounded length."""
    text = next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)
    return (text[:240].rstrip() + " …" if len(text) > 240 else text.rstrip(".")) + "."


def _no_room(identity: Identity, card: Gpu | None) -> str:
    """That the GPU has no room for the model, and what to do: others hold it, or the model is too large for it."""
    name = identity.precision.name
    text = f"{identity.source.label} in {name} does not fit the GPU's memory"
    if card is not None:
        text += f" of {card.memory / 2**30:.0f} GiB, of which {card.free / 2**30:.0f} were free"
    return f"{text}; end what else uses it (see `nvidia-smi`)" + ("." if name == "nf4" else ", or set model.precision = 'nf4'.")


def _context(model: Any) -> int:
    return int(getattr(model.config, "max_position_embeddings", 0) or 1 << 30)
