"""Which back end trains, and what is said when the wanted one is not there."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from core.errors import TrainingError
from core.models.precision import Precision
from core.training import backend
from core.training.backend import activation_bytes, choose, needs_checkpointing, targets
from core.training.callbacks import runs_away


def on(device: str, name: str) -> Precision:
    return Precision(name, device, "")


def test_unsloth_trains_four_bit_weights_where_it_is_installed_and_there_is_a_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backend, "installed", lambda name: True)
    assert choose("auto", on("cuda", "nf4")) == "unsloth"
    assert choose("auto", on("cuda", "bf16")) == "peft"
    assert choose("unsloth", on("cuda", "bf16")) == "unsloth"
    assert choose("peft", on("cuda", "nf4")) == "peft"
    assert choose("auto", on("cpu", "fp32")) == "peft"
    assert choose("auto", on("cuda", "nf4"), processes=2) == "peft"


def test_peft_trains_where_unsloth_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backend, "installed", lambda name: False)
    assert choose("auto", on("cuda", "nf4")) == "peft"
    with pytest.raises(TrainingError, match="needs pip install"):
        choose("unsloth", on("cuda", "nf4"))


def test_unsloth_where_it_cannot_train_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backend, "installed", lambda name: True)
    with pytest.raises(TrainingError, match="a GPU, which is not here"):
        choose("unsloth", on("cpu", "fp32"))
    with pytest.raises(TrainingError, match="held in fp32; set it to 'auto'"):
        choose("unsloth", on("cuda", "fp32"))
    with pytest.raises(TrainingError, match="trains on one GPU here"):
        choose("unsloth", on("cuda", "bf16"), processes=2)


def test_activations_are_counted_by_tokens_layers_and_widths() -> None:
    llama = SimpleNamespace(num_hidden_layers=32, hidden_size=4096, intermediate_size=14336)
    assert activation_bytes(llama, 2048) == 2048 * 32 * (32 * 4096 + 8 * 14336)
    assert not needs_checkpointing(SimpleNamespace(device=SimpleNamespace(type="cpu"), config=llama), 1 << 30)


def test_layers_are_named_or_all_linear() -> None:
    assert targets("all-linear") == "all-linear"
    assert targets("q_proj, v_proj") == ["q_proj", "v_proj"]
    with pytest.raises(TrainingError, match="target_modules is empty"):
        targets(" , ")


def test_a_loss_runs_away_when_it_is_far_over_where_it_began_for_ten_steps() -> None:
    assert not runs_away([2.0] * 19)
    assert not runs_away([2.0] * 10 + [3.9] * 10)
    assert runs_away([2.0] * 10 + [4.1] * 10)
    assert not runs_away([0.2] * 10 + [0.9] * 10)
    assert runs_away([0.2] * 10 + [1.3] * 10)
    assert not runs_away([2.0] * 20 + [9.0])
