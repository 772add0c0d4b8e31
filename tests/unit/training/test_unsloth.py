"""What Unsloth is asked for, and what its failures become. Unsloth needs a GPU: here a stand-in hears what it would."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from core.errors import ModelError, TrainingError
from core.models import load as load_room
from core.models.fingerprint import Identity, identify
from core.models.hardware import Gpu
from core.models.precision import Precision
from core.plan.settings import TrainSettings
from core.training import backend
from tests.unit.models.fixtures import settings_for
from tests.unit.models.tiny import write_adapter


class Unsloth:
    """Stands in for FastLanguageModel: notes what it is given and gives ``model``, or raises it."""

    def __init__(self, model: object) -> None:
        self.model = model
        self.asked: dict[str, Any] = {}

    def from_pretrained(self, **asked: Any) -> tuple[object, None]:
        self.asked = asked
        if isinstance(self.model, Exception):
            raise self.model
        return self.model, None

    def patch_peft_model(self, model: object, _: object) -> object:
        return model


def stand_in(monkeypatch: pytest.MonkeyPatch, model: object) -> Unsloth:
    unsloth, module = Unsloth(model), ModuleType("unsloth")
    module.FastLanguageModel = unsloth  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "unsloth", module)
    monkeypatch.setattr(backend, "choose", lambda *_: "unsloth")
    monkeypatch.setattr(load_room, "gpu", lambda: Gpu("H100", 80 << 30, (9, 0), 2 << 30))
    return unsloth


def on_a_gpu(base: Path) -> Identity:
    return replace(identify(settings_for(base), base.parent, None), precision=Precision("nf4", "cuda", "nf4, for a test"))


def test_a_model_is_not_stretched_to_more_positions_than_it_knows(tiny_base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    unsloth = stand_in(monkeypatch, SimpleNamespace(is_loaded_in_4bit=True))
    for max_length, wanted in ((8192, 2048), (512, 512)):
        backend.load(on_a_gpu(tiny_base), TrainSettings(), max_length, 1)
        assert unsloth.asked["max_seq_length"] == wanted
    assert unsloth.asked["load_in_4bit"] and unsloth.asked["device_map"] == {"": 0}


def test_a_gpu_without_room_is_said_with_what_is_free(tiny_base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in(monkeypatch, RuntimeError("CUDA error: out of memory"))
    with pytest.raises(ModelError, match=r"does not fit the GPU's memory of 80 GiB, of which 2 were free; end what else uses it") as caught:
        backend.load(on_a_gpu(tiny_base), TrainSettings(), 512, 1)
    assert "nf4'" not in str(caught.value), "it is held in nf4 already"


def test_what_cannot_be_loaded_is_one_sentence(tiny_base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in(monkeypatch, ValueError("Unsloth: no such model\nand more"))
    with pytest.raises(ModelError, match=r"cannot be loaded: Unsloth: no such model\.$"):
        backend.load(on_a_gpu(tiny_base), TrainSettings(), 512, 1)


def test_weights_in_another_precision_than_was_chosen_are_not_trained_on(tiny_base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in(monkeypatch, SimpleNamespace(is_loaded_in_4bit=False))
    with pytest.raises(TrainingError, match=r"did not load tiny in nf4; set train\.backend = 'peft'"):
        backend.load(on_a_gpu(tiny_base), TrainSettings(), 512, 1)


@pytest.mark.parametrize("kind", ["unsloth", "peft"])
def test_an_adapter_on_lm_head_is_refused_by_every_back_end(
    tiny_base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: backend.Backend
) -> None:
    stand_in(monkeypatch, None)
    adapter = write_adapter(tmp_path / "head", tiny_base, target_modules=["q_proj", "lm_head"])
    base = backend.Base(load_room.load_base(identify(settings_for(tiny_base), tmp_path, None)), None, kind)
    with pytest.raises(TrainingError, match="changes lm_head, which TRL does not train"):
        backend.adapt(base, TrainSettings(), adapter, 64)
