"""What the benchmarks of training are given: rows of a known number of tokens, and a base with random weights."""

from __future__ import annotations

import random
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from core.records import Category, TrainingRow

LENGTH = 512
PROMPT = 120
SHAPE = {
    "vocab_size": 128256,
    "hidden_size": 4096,
    "intermediate_size": 14336,
    "num_hidden_layers": 32,
    "num_attention_heads": 32,
    "num_key_value_heads": 8,
    "max_position_embeddings": 8192,
    "rope_theta": 500000.0,
    "tie_word_embeddings": False,
}
SMALL = {"vocab_size": 1024, "hidden_size": 128, "intermediate_size": 256, "num_hidden_layers": 2, "num_attention_heads": 8}


def rows(count: int, folder: Path) -> list[TrainingRow]:
    """Rows of exactly LENGTH tokens: the tokenizers here keep every digit a token of its own."""
    template = _template_tokens(folder)
    return [_row(i, PROMPT - template, LENGTH - PROMPT) for i in range(count)]


def plan_rows(folder: Path) -> list[TrainingRow]:
    """150 rows with prompts of about 120 tokens and answers of 40 to 500 with mean 177."""
    draw, template = random.Random(0), _template_tokens(folder)
    return [_row(i, PROMPT - template, round(min(500, max(40, draw.lognormvariate(5.05, 0.5))))) for i in range(150)]


def _row(number: int, prompt: int, response: int) -> TrainingRow:
    draw = random.Random(number)
    digits = "".join(draw.choice("0123456789") for _ in range(prompt + response))
    return TrainingRow(
        problem_id=f"bench/{number}",
        category=Category.MATH,
        prompt=digits[:prompt],
        response=digits[prompt : prompt + response - 1],
        response_key=f"bench/{number}",
        verified=True,
        temperature=0.0,
    )


def _template_tokens(folder: Path) -> int:
    """Tokens that the chat template of a model puts around a prompt."""
    from transformers import AutoTokenizer

    from core.models.chat import chat_of

    return len(chat_of(AutoTokenizer.from_pretrained(folder), None).encode("7")) - 1


def write_base(folder: Path, small: bool, smaller: Mapping[str, int] = MappingProxyType({})) -> None:
    """A Llama with random weights, made on the GPU, with the practice model's tokenizer: 8B but for what ``smaller`` changes."""
    import torch
    from transformers import AutoTokenizer, LlamaConfig, LlamaForCausalLM

    from core.practice.paths import model_folder

    tokenizer = AutoTokenizer.from_pretrained(model_folder())
    shape = SHAPE | dict(smaller) | (SMALL if small else {})
    config = LlamaConfig(**shape, bos_token_id=tokenizer.bos_token_id, eos_token_id=tokenizer.eos_token_id)
    torch.manual_seed(0)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    with torch.device(device):
        torch.set_default_dtype(torch.bfloat16)
        try:
            model = LlamaForCausalLM(config)
        finally:
            torch.set_default_dtype(torch.float32)
    model.save_pretrained(folder, max_shard_size="4GB")
    tokenizer.save_pretrained(folder)
