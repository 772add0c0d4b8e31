"""Layers joined into one product say what they said apart, adapter and all, and a small adapter is not rounded away."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
import torch
from peft import LoraConfig, inject_adapter_in_model

from core.generation.products import join, unfit

NAMES = ("q_proj", "k_proj", "v_proj")


class Three(torch.nn.Module):
    """Three layers that read the same input."""

    def __init__(self, sizes: Sequence[int] = (32, 16, 16), bias: bool = False) -> None:
        super().__init__()
        for name, size in zip(NAMES, sizes, strict=True):
            self.add_module(name, torch.nn.Linear(48, size, bias=bias))

    def layers(self) -> list[Any]:
        return [getattr(self, name) for name in NAMES]

    def forward(self, x: Any) -> Any:
        return torch.cat([layer(x) for layer in self.layers()], -1)


def three(*, adapted: Sequence[str] = (), size: float = 0.3, bias: bool = False, dtype: Any = torch.float32, **changes: Any) -> Three:
    torch.manual_seed(0)
    made: Any = Three(bias=bias).to(dtype)
    if adapted:
        made = inject_adapter_in_model(LoraConfig(r=4, lora_alpha=12, target_modules=list(adapted), **changes), made)
        for name, parameter in made.named_parameters():
            if "lora_B" in name:
                parameter.data.normal_(0.0, size)
    return made.eval().requires_grad_(False)


def product_of(made: Three, x: Any) -> Any:
    product = join(made.layers(), x.dtype)
    room = product.room(x.shape[0])
    room[:, : product.width] = x
    return product(room)


@pytest.mark.parametrize("adapted", [(), ("v_proj",), NAMES])
@pytest.mark.parametrize("bias", [False, True])
def test_joined_layers_say_what_they_say_apart(adapted: Sequence[str], bias: bool) -> None:
    made, x = three(adapted=adapted, bias=bias), torch.randn(7, 48)
    apart = made(x)
    assert all(unfit(layer) is None for layer in made.layers())
    torch.testing.assert_close(product_of(made, x), apart, rtol=1e-5, atol=1e-5)


def test_the_layers_go_on_with_weights_that_memory_holds_once() -> None:
    made, x = three(adapted=("q_proj",)), torch.randn(7, 48)
    before = made(x)
    product = join(made.layers(), torch.float32)
    assert {layer.weight.untyped_storage().data_ptr() for layer in made.layers()} == {product.weight.untyped_storage().data_ptr()}
    torch.testing.assert_close(made(x), before)


def test_a_product_is_added_to_what_is_there() -> None:
    made, x, sum_ = three(adapted=NAMES, bias=True), torch.randn(7, 48), torch.randn(7, 64)
    expected = sum_ + made(x)
    product = join(made.layers(), torch.float32)
    room = product.room(7)
    room[:, :48] = x
    product.add_to(sum_, room)
    torch.testing.assert_close(sum_, expected, rtol=1e-5, atol=1e-5)


def test_an_adapter_smaller_than_bf16s_steps_acts_in_a_product_and_vanishes_in_a_merge() -> None:
    made, x = three(adapted=NAMES, size=2e-4, dtype=torch.bfloat16), torch.randn(64, 48).bfloat16()
    layer: Any = made.layers()[0]
    exact = (x.double() @ layer.lora_A["default"].weight.double().t() @ layer.lora_B["default"].weight.double().t()) * 3.0
    merged = (layer.base_layer.weight.float() + layer.get_delta_weight("default").float()).bfloat16()
    moved = (merged != layer.base_layer.weight).float().mean()
    product = join(made.layers(), torch.bfloat16)
    narrow = x.double() @ product.narrow.double().t()
    kept = narrow @ product.weight[:32, 48:].double().t()
    assert moved < 0.25
    assert float((kept - exact).norm() / exact.norm()) < 0.01


@pytest.mark.parametrize(("changes", "reason"), [({"use_dora": True}, "of a kind"), ({"lora_bias": True}, "biases")])
def test_an_adapter_of_another_kind_is_left_to_the_models_own_code(changes: dict[str, Any], reason: str) -> None:
    made = three(adapted=("q_proj",), bias=True, **changes)
    assert reason in str(unfit(made.layers()[0]))


def test_a_layer_of_another_kind_is_left_to_the_models_own_code() -> None:
    assert unfit(torch.nn.Bilinear(2, 2, 2)) == "a layer is a Bilinear"
