"""An 8B-shaped model with random weights and a Llama-3-style tokenizer, as a checkpoint folder: what the GPU benchmarks load.

    python -m tests.bench.gpu_model FOLDER [--four-bit] [--adapter]

Beside FOLDER it writes FOLDER-bnb-4bit, the same weights stored in nf4 as the hub's 4-bit checkpoints are (needs a GPU), and
FOLDER-adapter, a LoRA of rank 64 on every linear layer as Phase 1A leaves one.

The shape is Llama-3.1-8B's. A byte is a token, the ids of Llama 3's control tokens are its own, and the other ids decode to made-up
words. Random weights say nothing, so lengths are forced where a benchmark says so.
"""

from __future__ import annotations

import argparse
import itertools
import string
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from core.models.environment import settle

RANK = 64
LINEAR = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
SMALL = {"hidden_size": 128, "intermediate_size": 256, "num_hidden_layers": 2, "num_attention_heads": 8}  # to try a script itself
VOCABULARY = 128_256
_CONTROL = 128_000
_NAMED = {
    0: "<|begin_of_text|>",
    1: "<|end_of_text|>",
    4: "<|finetune_right_pad_id|>",
    6: "<|start_header_id|>",
    7: "<|end_header_id|>",
    9: "<|eot_id|>",
}
_TEMPLATE = (
    "{{- bos_token }}{%- for message in messages %}"
    "{{- '<|start_header_id|>' + message['role'] + '<|end_header_id|>\n\n' + message['content'] | trim + '<|eot_id|>' }}"
    "{%- endfor %}{%- if add_generation_prompt %}{{- '<|start_header_id|>assistant<|end_header_id|>\n\n' }}{%- endif %}"
)


def config(changes: Mapping[str, int] = MappingProxyType({})) -> Any:
    """Llama-3.1-8B's shape, but for ``changes``."""
    from transformers import LlamaConfig

    shape = {
        "vocab_size": VOCABULARY,
        "hidden_size": 4096,
        "intermediate_size": 14336,
        "num_hidden_layers": 32,
        "num_attention_heads": 32,
        "num_key_value_heads": 8,
        "max_position_embeddings": 131_072,
    }
    return LlamaConfig(
        **shape | dict(changes),
        rope_parameters={
            "rope_theta": 500_000.0,
            "rope_type": "llama3",
            "factor": 8.0,
            "low_freq_factor": 1.0,
            "high_freq_factor": 4.0,
            "original_max_position_embeddings": 8192,
        },
        rms_norm_eps=1e-5,
        tie_word_embeddings=False,
        bos_token_id=_CONTROL,
        eos_token_id=_CONTROL + 9,
        pad_token_id=_CONTROL + 4,
        dtype="bfloat16",
    )


def write_tokenizer(folder: Path) -> None:
    """A byte a token; Llama 3's control tokens at their own ids."""
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    words = ("Ġ" + "".join(letters) for letters in itertools.product(string.ascii_lowercase, repeat=4))
    vocabulary = {token: number for number, token in enumerate([*alphabet, *itertools.islice(words, _CONTROL - len(alphabet))])}
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens(
        [AddedToken(_NAMED.get(i, f"<|reserved_special_token_{i}|>"), special=True) for i in range(VOCABULARY - _CONTROL)]
    )
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        bos_token=_NAMED[0],
        eos_token=_NAMED[9],
        pad_token=_NAMED[4],
        clean_up_tokenization_spaces=False,
    )
    fast.chat_template = _TEMPLATE
    fast.save_pretrained(folder)


def write(folder: Path, changes: Mapping[str, int] = MappingProxyType({})) -> Path:
    """The folder, made where it is not there yet: that shape but for ``changes``, drawn on the GPU where there is one."""
    import torch
    from transformers import LlamaForCausalLM

    if (folder / "config.json").is_file():
        return folder
    device = "cuda" if torch.cuda.is_available() else "cpu"
    torch.manual_seed(0)
    torch.set_default_dtype(torch.bfloat16)
    try:
        with torch.device(device):
            model = LlamaForCausalLM(config(changes))
    finally:
        torch.set_default_dtype(torch.float32)
    model.generation_config.eos_token_id = [_CONTROL + 1, _CONTROL + 9]
    folder.mkdir(parents=True, exist_ok=True)
    write_tokenizer(folder)
    model.save_pretrained(folder, max_shard_size="5GB")
    return folder


def four_bit(folder: Path) -> Path:
    """The weights of ``folder`` stored in nf4, in a folder beside it, made where it is not there yet."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    from core.models.load import nf4_config

    beside = folder.with_name(f"{folder.name}-bnb-4bit")
    if not (beside / "config.json").is_file():
        model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.bfloat16, device_map={"": 0}, quantization_config=nf4_config())
        AutoTokenizer.from_pretrained(folder).save_pretrained(beside)
        model.save_pretrained(beside, max_shard_size="5GB")
    return beside


def adapter(folder: Path) -> Path:
    """A LoRA that changes what the model of ``folder`` says, in a folder beside it, made where it is not there yet."""
    import torch
    from peft import LoraConfig, get_peft_model, get_peft_model_state_dict
    from safetensors.torch import save_file
    from transformers import AutoConfig, AutoModelForCausalLM

    beside = folder.with_name(f"{folder.name}-adapter")
    if not (beside / "adapter_config.json").is_file():
        with torch.device("meta"):
            empty = AutoModelForCausalLM.from_config(AutoConfig.from_pretrained(folder))
            adapted = get_peft_model(empty, LoraConfig(r=RANK, lora_alpha=RANK, target_modules=LINEAR, task_type="CAUSAL_LM"))
        draw = torch.Generator().manual_seed(0)
        weights = {name: torch.randn(value.shape, generator=draw) * 0.01 for name, value in get_peft_model_state_dict(adapted).items()}
        config = adapted.peft_config["default"]
        config.base_model_name_or_path, config.inference_mode = str(folder), True
        config.save_pretrained(str(beside))
        save_file(weights, beside / "adapter_model.safetensors", {"format": "pt"})
    return beside


def main() -> None:
    """What the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--four-bit", action="store_true")
    parser.add_argument("--adapter", action="store_true")
    parser.add_argument("--small", action="store_true", help="a tiny shape, to try a script itself")
    options = parser.parse_args()
    settle()
    folder = write(options.folder, SMALL if options.small else {})
    if options.four_bit:
        four_bit(folder)
    if options.adapter:
        adapter(folder)


if __name__ == "__main__":
    main()
