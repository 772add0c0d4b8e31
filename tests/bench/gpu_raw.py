"""The loops that one would write by hand, to which the benchmark of training holds this program."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from tests.bench.gpu_model import LINEAR, RANK
from tests.bench.gpu_rows import STEPS, WARM, Part, rate, rows


def raw_peft(part: Part, folder: Path) -> dict[str, Any]:
    """transformers, PEFT and a loop by hand, as their own documents show it."""
    import torch
    from peft import LoraConfig, get_peft_model, prepare_model_for_kbit_training
    from transformers import AutoModelForCausalLM

    from core.models.load import nf4_config

    options = {"quantization_config": nf4_config()} if part.precision == "nf4" else {}
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.bfloat16, device_map=_device_map(), **options)
    if part.precision == "nf4":
        model = prepare_model_for_kbit_training(model, use_gradient_checkpointing=False)
    model = get_peft_model(model, LoraConfig(r=RANK, lora_alpha=RANK, target_modules="all-linear", task_type="CAUSAL_LM"))
    return _loop(model, part, folder)


def raw_unsloth(part: Part, folder: Path) -> dict[str, Any]:
    """Unsloth as its own notebooks show it, with a loop by hand."""
    import torch
    from unsloth import FastLanguageModel

    model, _ = FastLanguageModel.from_pretrained(
        str(folder), max_seq_length=2048, dtype=torch.bfloat16, load_in_4bit=part.precision == "nf4", use_exact_model_name=True
    )
    model = FastLanguageModel.get_peft_model(
        model,
        r=RANK,
        lora_alpha=RANK,
        lora_dropout=0.0,
        target_modules=LINEAR,
        use_gradient_checkpointing="unsloth",
    )
    return _loop(model, part, folder)


def _loop(model: Any, part: Part, folder: Path) -> dict[str, Any]:
    import torch
    from transformers import AutoTokenizer

    from core.models.chat import chat_of
    from core.training.dataset import examples

    chat = chat_of(AutoTokenizer.from_pretrained(folder), None)
    steps = WARM + STEPS[part.batch]
    data = examples(rows(part.batch * steps, folder), chat, 2048, 0.0, 0).train
    model.train()
    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=5e-6, fused=True)
    moments, losses = [], []
    for step in range(steps):
        batch = data[step * part.batch : (step + 1) * part.batch]
        ids = torch.tensor([row.input_ids for row in batch], device=model.device)
        labels = torch.tensor([row.labels for row in batch], device=model.device)
        with torch.autocast(model.device.type, dtype=torch.bfloat16):
            loss = model(input_ids=ids, attention_mask=torch.ones_like(ids), labels=labels).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        losses.append(loss.item())
        _wait()
        moments.append(time.monotonic())
    return rate(part, moments[WARM - 1 :], f"loss {losses[0]:.2f} to {losses[-1]:.2f}")


def _device_map() -> dict[str, int] | None:
    import torch

    return {"": 0} if torch.cuda.is_available() else None


def _wait() -> None:
    import torch

    if torch.cuda.is_available():
        torch.cuda.synchronize()
