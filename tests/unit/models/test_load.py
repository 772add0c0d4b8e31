"""Loading: the model says what base and adapter say, quietly, and what cannot be loaded is one sentence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from core.errors import ModelError
from core.models.fingerprint import fingerprint, identify
from core.models.load import add_adapter, load, load_base, load_chat
from core.models.merge import merge
from core.plan.load import load_profile
from tests.unit.models.fixtures import settings_for
from tests.unit.models.tiny import write_base


def logits(model: object, ids: list[int]) -> object:
    import torch

    with torch.inference_mode():
        return model(input_ids=torch.tensor([ids])).logits[0]  # type: ignore[operator]


def test_what_is_loaded_has_the_fingerprint_that_was_found_without_loading(
    tiny_base: Path, tiny_adapter: Path, tmp_path: Path
) -> None:
    loaded = load(settings_for(tiny_base), tmp_path, tiny_adapter)
    assert loaded.fingerprint == fingerprint(settings_for(tiny_base), tmp_path, tiny_adapter)
    assert (loaded.precision, loaded.device, loaded.merged) == ("fp32", "cpu", True)
    assert loaded.describe == f"{tiny_base.name} with adapter {tiny_adapter.name} in fp32, as model.precision says"


def test_a_step_says_in_a_sentence_what_it_has_loaded(tiny_base: Path, tmp_path: Path) -> None:
    from core.steps.engine import _local

    said: list[str] = []
    settings = replace(load_profile("practice"), model=settings_for(tiny_base))
    context = SimpleNamespace(settings=settings, workspace=tmp_path, note=said.append, progress=lambda *_: None)
    _local(context, None)  # type: ignore[arg-type]
    assert said == [f"Loaded {tiny_base.name} in fp32, as model.precision says."]


def test_merged_for_speed_the_model_says_what_base_and_adapter_say(tiny_base: Path, tiny_adapter: Path, tmp_path: Path) -> None:
    import torch
    from peft import PeftModel
    from transformers import AutoModelForCausalLM

    loaded = load(settings_for(tiny_base), tmp_path, tiny_adapter)
    ids = loaded.chat.encode("Sam has 3 apples.")
    base = AutoModelForCausalLM.from_pretrained(tiny_base, dtype=torch.float32)
    without = logits(base, ids)
    apart = logits(PeftModel.from_pretrained(base, str(tiny_adapter)).eval(), ids)
    torch.testing.assert_close(logits(loaded.model, ids), apart, rtol=1e-4, atol=1e-4)
    assert (apart - without).abs().max() > 0.1  # type: ignore[operator]


def test_the_tokenizer_alone_wants_no_precision_that_this_machine_lacks(
    tiny_base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.models.fingerprint.gpu", lambda: None)
    chat = load_chat(settings_for(tiny_base, precision="nf4"), tmp_path)
    assert chat.can_be_learned("#### 4")


def test_loading_writes_nothing_to_the_screen(
    tiny_base: Path, tiny_adapter: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    load(settings_for(tiny_base), tmp_path, tiny_adapter)
    assert capfd.readouterr() == ("", "")


def test_an_adapter_that_leaves_out_what_unsloth_asks_for_is_completed(
    tiny_base: Path, copy_of: Callable[..., Path], tiny_adapter: Path, tmp_path: Path
) -> None:
    import json

    from peft import PeftModelForCausalLM

    folder = copy_of(tiny_adapter)
    config = json.loads((folder / "adapter_config.json").read_text())
    (folder / "adapter_config.json").write_text(json.dumps(config | {"task_type": None, "loftq_config": None}))
    model = add_adapter(load_base(identify(settings_for(tiny_base), tmp_path, None)), folder, trainable=True)
    assert isinstance(model, PeftModelForCausalLM)
    assert model.peft_config["default"].loftq_config == {}
    assert any(parameter.requires_grad for parameter in model.parameters())


def test_an_adapter_of_another_model_is_one_sentence(tiny_adapter: Path, tmp_path: Path) -> None:
    other = write_base(tmp_path / "other", hidden=96)
    with pytest.raises(ModelError, match="does not fit the base model") as caught:
        load(settings_for(other), tmp_path, tiny_adapter)
    assert "\n" not in str(caught.value)


def test_damaged_weights_are_one_sentence(copy_of: Callable[[Path], Path], tiny_base: Path, tmp_path: Path) -> None:
    folder = copy_of(tiny_base)
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:1000])
    with pytest.raises(ModelError, match="cannot be loaded") as caught:
        load(settings_for(folder), tmp_path, None)
    assert "\n" not in str(caught.value)


def test_merging_writes_a_checkpoint_that_loads_and_agrees(tiny_base: Path, tiny_adapter: Path, tmp_path: Path) -> None:
    import torch

    out = tmp_path / "merged"
    report = merge(settings_for(tiny_base), tmp_path, tiny_adapter, out)
    assert report.merged_from_adapter < 0.01 * report.base_from_adapter
    assert report.same_top > 0.95 and "nats per token" in report.sentence
    merged = load(settings_for(out), tmp_path, None)
    with_adapter = load(settings_for(tiny_base), tmp_path, tiny_adapter)
    ids = merged.chat.encode("Sam has 3 apples.")
    torch.testing.assert_close(logits(merged.model, ids), logits(with_adapter.model, ids), rtol=0.1, atol=0.3)
    with pytest.raises(ModelError, match="exists"):
        merge(settings_for(tiny_base), tmp_path, tiny_adapter, out)


def test_a_merge_that_would_not_agree_is_not_written(
    tiny_base: Path, tiny_adapter: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from core.models import merge as room

    def rounded_badly(model: Any) -> Any:
        model.model.norm.weight.data.mul_(3.0)
        return model

    monkeypatch.setattr(room, "_sixteen_bit", rounded_badly)
    with pytest.raises(ModelError, match="was not written"):
        merge(settings_for(tiny_base), tmp_path, tiny_adapter, tmp_path / "merged")
    assert not (tmp_path / "merged").exists() and not list(tmp_path.glob(".merged*"))
