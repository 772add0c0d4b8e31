"""Our forward and backward of a LoRA layer against PEFT's own, and torch's RMS norm against the layer's."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
import torch
from peft import LoraConfig, get_peft_model

from core.models.load import load_base
from core.training import lora, norms

IDS = torch.tensor([[0, 9, 8, 7, 6, 5, 4, 3]])


def adapted(base: Path, **options: Any) -> Any:
    from core.models.fingerprint import identify
    from tests.unit.models.fixtures import settings_for

    torch.manual_seed(3)
    model = load_base(identify(settings_for(base), base.parent, None))
    model = get_peft_model(model, LoraConfig(r=4, lora_alpha=8, target_modules="all-linear", task_type="CAUSAL_LM", **options))
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "lora_B" in name:
                parameter.normal_(0.0, 0.2)
    return model


def step(model: Any) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
    model.zero_grad()
    loss = model(input_ids=IDS, labels=IDS, use_cache=False).loss
    loss.backward()
    return loss.detach(), {name: p.grad.clone() for name, p in model.named_parameters() if p.grad is not None}


def test_loss_and_every_gradient_are_those_of_peft(tiny_base: Path) -> None:
    theirs = adapted(tiny_base)
    ours = copy.deepcopy(theirs)
    assert lora.fuse(ours)
    (loss, gradients), (own_loss, own_gradients) = step(theirs), step(ours)
    torch.testing.assert_close(own_loss, loss)
    assert own_gradients.keys() == gradients.keys() and len(gradients) == 28
    for name, gradient in gradients.items():
        torch.testing.assert_close(own_gradients[name], gradient, rtol=1e-4, atol=1e-6)


def test_an_adapter_in_fp32_moves_a_16_bit_model_and_gets_its_gradients_in_fp32(tiny_base: Path) -> None:
    model = adapted(tiny_base)
    for module in model.modules():
        if isinstance(module, torch.nn.Linear) and not module.weight.requires_grad:
            module.to(torch.bfloat16)
    layer = next(module for name, module in model.named_modules() if name.endswith("layers.0.mlp.up_proj"))
    lora.fuse(model)
    x = torch.randn(5, 48, dtype=torch.bfloat16)
    out = layer(x)
    out.float().sum().backward()
    assert out.dtype == torch.bfloat16 and layer.lora_A["default"].weight.grad.dtype == torch.float32
    exact = x.float() @ layer.base_layer.weight.float().t()
    exact += 2.0 * (x.float() @ layer.lora_A["default"].weight.t()) @ layer.lora_B["default"].weight.t()
    torch.testing.assert_close(out.float(), exact, rtol=0.02, atol=0.1)


def test_with_the_adapter_turned_off_the_base_speaks(tiny_base: Path) -> None:
    model = adapted(tiny_base)
    lora.fuse(model)
    with torch.no_grad(), model.disable_adapter():
        off = model(input_ids=IDS).logits
    with torch.no_grad():
        on = model(input_ids=IDS).logits
        base = model.unload()(input_ids=IDS).logits
    assert torch.equal(off, base) and not torch.allclose(on, off, atol=1e-3)


def test_what_the_adapter_saves_is_what_peft_saves(tiny_base: Path, tmp_path: Path) -> None:
    from safetensors.torch import load_file

    theirs = adapted(tiny_base)
    ours = copy.deepcopy(theirs)
    lora.fuse(ours)
    for model, name in ((theirs, "theirs"), (ours, "ours")):
        model.save_pretrained(tmp_path / name)
    one, other = (load_file(tmp_path / name / "adapter_model.safetensors") for name in ("theirs", "ours"))
    assert one.keys() == other.keys() and all(torch.equal(one[key], other[key]) for key in one)


@pytest.mark.parametrize("options", [{"lora_dropout": 0.1}, {"use_dora": True}, {"lora_bias": True}])
def test_layers_that_are_more_than_a_product_keep_pefts_forward(tiny_base: Path, options: dict[str, Any]) -> None:
    model = adapted(tiny_base, **options)
    before, _ = step(copy.deepcopy(model).eval())
    assert not lora.fuse(model)
    after, _ = step(model.eval())
    assert torch.equal(before, after)


def test_torchs_rms_norm_is_the_layers(tiny_base: Path) -> None:
    model = adapted(tiny_base)
    with torch.no_grad():
        before = model(input_ids=IDS).logits
        assert norms.fuse(model) == 5
        torch.testing.assert_close(model(input_ids=IDS).logits, before, rtol=1e-4, atol=1e-5)
