"""Precision is chosen from what the GPU has, can be set, and what cannot be done is said."""

from __future__ import annotations

import pytest

from core.errors import ModelError
from core.models import precision
from core.models.hardware import Gpu
from core.models.kind import Source
from core.models.precision import choose, count_parameters

GIB = 1 << 30
H100 = Gpu("H100", 80 * GIB, (9, 0), 79 * GIB)
SMALL = Gpu("RTX 3060", 12 * GIB, (8, 6), 11 * GIB)
OLD = Gpu("V100", 16 * GIB, (7, 0), 15 * GIB)
BASE = Source("hub", "meta/llama", "meta/llama")
STORED_NF4 = Source("hub", "unsloth/llama-bnb-4bit", "unsloth/llama-bnb-4bit", four_bit=True)
LLAMA_8B = {
    "hidden_size": 4096,
    "num_hidden_layers": 32,
    "intermediate_size": 14336,
    "vocab_size": 128256,
    "num_attention_heads": 32,
    "num_key_value_heads": 8,
}


@pytest.fixture(autouse=True)
def bitsandbytes_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(precision, "installed", lambda name: True)


def test_the_parameters_of_an_8b_llama_are_counted_from_its_config() -> None:
    count = count_parameters(LLAMA_8B)
    assert count is not None and abs(count - 8.03e9) < 0.01e9
    assert count_parameters({"hidden_size": 10}) is None


@pytest.mark.parametrize(
    ("gpu", "source", "name", "device"),
    [
        (None, BASE, "fp32", "cpu"),
        (H100, BASE, "bf16", "cuda"),
        (SMALL, BASE, "nf4", "cuda"),
        (OLD, BASE, "fp32", "cuda"),
        (H100, STORED_NF4, "nf4", "cuda"),
    ],
)
def test_auto_takes_what_fits(gpu: Gpu | None, source: Source, name: str, device: str) -> None:
    chosen = choose("auto", source, count_parameters(LLAMA_8B), gpu)
    assert (chosen.name, chosen.device) == (name, device)


def test_a_setting_wins_and_is_said_to_have() -> None:
    chosen = choose("nf4", BASE, None, H100)
    assert chosen.name == "nf4" and "model.precision" in chosen.why


@pytest.mark.parametrize(
    ("setting", "source", "gpu", "sentence"),
    [
        ("nf4", BASE, None, "needs a GPU"),
        ("auto", STORED_NF4, None, "stored in 4 bit and needs a GPU"),
        ("bf16", STORED_NF4, H100, "stored in 4 bit, so"),
    ],
)
def test_what_this_machine_cannot_do_is_one_sentence(setting: str, source: Source, gpu: Gpu | None, sentence: str) -> None:
    with pytest.raises(ModelError, match=sentence):
        choose(setting, source, None, gpu)


def test_four_bit_without_bitsandbytes_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(precision, "installed", lambda name: False)
    with pytest.raises(ModelError, match="bitsandbytes, which is not installed"):
        choose("nf4", BASE, None, H100)
