"""A tiny Llama with random weights, its own BPE tokenizer and a Llama-3-style chat template: what the tests of three rooms load.

Nothing is downloaded; the same seed gives the same files.
"""

from __future__ import annotations

from pathlib import Path

SENTENCES = (
    "Mia has 12 apples and buys 7 more, so she has 12 + 7 = 19 apples. #### 19",
    "def add_numbers(a, b):\n    return a + b\nassert add_numbers(1, 2) == 3",
    "The answer is B because water boils at 100 degrees.",
    "Sam reads 30 pages a day for 4 days. How many pages does he read?",
)
SPECIAL = (
    "<|begin_of_text|>",
    "<|end_of_text|>",
    "<|start_header_id|>",
    "<|end_header_id|>",
    "<|eot_id|>",
    "<|finetune_right_pad_id|>",
)
TEMPLATE = (
    "{{- bos_token }}{%- for message in messages %}"
    "{{- '<|start_header_id|>' + message['role'] + '<|end_header_id|>\n\n' + message['content'] | trim + '<|eot_id|>' }}"
    "{%- endfor %}{%- if add_generation_prompt %}{{- '<|start_header_id|>assistant<|end_header_id|>\n\n' }}{%- endif %}"
)


def write_tokenizer(folder: Path, *, pad: str | None = "<|finetune_right_pad_id|>", template: str = TEMPLATE) -> None:
    """Trains and saves the tokenizer. ``pad`` None leaves the pad token out, as Meta's own files do."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
    from transformers import PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=384,
        special_tokens=list(SPECIAL),
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    tokenizer.train_from_iterator(SENTENCES * 5, trainer)
    # Llama 3's files add a BOS to every text they tokenise: the trap that makes two of them after a chat template.
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<|begin_of_text|> $A", special_tokens=[("<|begin_of_text|>", 0)]
    )
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        bos_token="<|begin_of_text|>",
        eos_token="<|eot_id|>",
        clean_up_tokenization_spaces=False,
    )
    if pad is not None:
        fast.pad_token = pad
    fast.chat_template = template
    fast.save_pretrained(folder)


def write_model(
    folder: Path, *, hidden: int = 48, layers: int = 2, seed: int = 0, scale: float = 1.0, vocab: int = 384
) -> None:
    """Saves a random Llama in safetensors. ``scale`` sharpens or flattens what it predicts."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    config = LlamaConfig(
        vocab_size=vocab,
        hidden_size=hidden,
        intermediate_size=2 * hidden,
        num_hidden_layers=layers,
        num_attention_heads=hidden // 16,
        num_key_value_heads=1 if hidden // 16 % 2 else hidden // 32,
        max_position_embeddings=2048,
        tie_word_embeddings=True,
        bos_token_id=0,
        eos_token_id=4,
        pad_token_id=5,
    )
    state = torch.random.get_rng_state()
    torch.manual_seed(seed)
    model = LlamaForCausalLM(config)
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.ndim == 2:
                parameter.mul_(4.0)
        model.model.embed_tokens.weight.mul_(scale)
    torch.random.set_rng_state(state)
    model.generation_config.eos_token_id = [4, 1]
    model.save_pretrained(folder)


def write_base(folder: Path, **model: object) -> Path:
    """A whole base model folder."""
    folder.mkdir(parents=True, exist_ok=True)
    write_model(folder, **model)  # type: ignore[arg-type]
    write_tokenizer(folder)
    return folder


def write_adapter(
    folder: Path, base: Path, *, seed: int = 1, size: float = 0.2, target_modules: str | list[str] = "all-linear"
) -> Path:
    """A PEFT LoRA adapter on ``base`` whose B matrices are not zero, so that it changes what the model says."""
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import LlamaForCausalLM

    state = torch.random.get_rng_state()
    torch.manual_seed(seed)
    model = get_peft_model(
        LlamaForCausalLM.from_pretrained(base),
        LoraConfig(r=4, lora_alpha=8, target_modules=target_modules, task_type="CAUSAL_LM"),
    )
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "lora_B" in name:
                parameter.normal_(0.0, size)
    torch.random.set_rng_state(state)
    model.save_pretrained(folder)
    return folder
