"""An adapter merged into its base: says the same, is written whole or not at all, and refuses what it cannot do."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from app.cli import main
from core.errors import ModelError
from core.models import merge as room
from core.models.load import load
from core.models.merge import merge
from tests.unit.models.fixtures import settings_for

IDS = torch.tensor([[0, 9, 8, 7, 6]])


def test_the_merged_model_needs_no_peft_and_says_what_the_adapter_says(tiny_base: Path, tiny_adapter: Path, tmp_path: Path) -> None:
    report = merge(settings_for(tiny_base), tmp_path, tiny_adapter, tmp_path / "merged")
    assert report.base_from_adapter > 100 * report.merged_from_adapter and report.same_top > 0.9
    assert "nats per token" in report.sentence
    assert not (tmp_path / "merged" / "adapter_config.json").exists()
    merged = load(settings_for(tmp_path / "merged"), tmp_path, None)
    adapted = load(settings_for(tiny_base), tmp_path, tiny_adapter)
    with torch.no_grad():
        close, far = merged.model(IDS).logits, load(settings_for(tiny_base), tmp_path, None).model(IDS).logits
        wanted = adapted.model(IDS).logits
    assert float((close - wanted).abs().max()) < 0.1 * float((far - wanted).abs().max())
    assert merged.chat.encode("Hi") == adapted.chat.encode("Hi")


def test_a_merge_that_does_not_say_the_same_is_not_written(
    tiny_base: Path, tiny_adapter: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def spoiled(model: object) -> object:
        with torch.no_grad():
            for parameter in model.parameters():  # type: ignore[attr-defined]
                parameter.mul_(0.5)
        return model

    monkeypatch.setattr(room, "_sixteen_bit", spoiled)
    with pytest.raises(ModelError, match="does not say what the adapter says, so it was not written"):
        merge(settings_for(tiny_base), tmp_path, tiny_adapter, tmp_path / "merged")
    assert not list(tmp_path.iterdir())


def test_what_exists_is_never_written_over(tiny_base: Path, tiny_adapter: Path, tmp_path: Path) -> None:
    (tmp_path / "merged").mkdir()
    with pytest.raises(ModelError, match="exists; name a new folder"):
        merge(settings_for(tiny_base), tmp_path, tiny_adapter, tmp_path / "merged")


def test_a_base_that_is_stored_in_four_bit_cannot_be_merged_into(
    tiny_base: Path, tiny_adapter: Path, tmp_path: Path, copy_of: Callable[[Path], Path]
) -> None:
    base = copy_of(tiny_base)
    config = json.loads((base / "config.json").read_text())
    (base / "config.json").write_text(json.dumps(config | {"quantization_config": {"load_in_4bit": True}}))
    with pytest.raises(ModelError, match="stored in 4 bit; name the 16-bit model it was made from"):
        merge(settings_for(base), tmp_path, tiny_adapter, tmp_path / "merged")


def test_a_disk_without_room_is_told_of_before_anything_is_loaded(
    tiny_base: Path, tiny_adapter: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(room.shutil, "disk_usage", lambda _: usage._replace(free=1000))
    monkeypatch.setattr(room, "load_base", lambda *_: pytest.fail("it was loaded"))
    with pytest.raises(ModelError, match=r"takes \d\.\d GiB and .* has 0\.0 GiB free; make room, or write it elsewhere"):
        merge(settings_for(tiny_base), tmp_path, tiny_adapter, tmp_path / "merged")


def test_the_command_merges_the_workspaces_trained_adapter(
    tiny_base: Path, tiny_adapter: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["merge", "--workspace", str(tmp_path), "--base", str(tiny_base), "-o", str(tmp_path / "merged")]
    assert main(arguments) == 2
    assert "has no trained adapter yet; train one, or name one with --adapter" in capsys.readouterr().err
    (tmp_path / "checkpoints").mkdir()
    (tmp_path / "checkpoints" / "self_consistent_test").symlink_to(tiny_adapter)
    assert main(arguments) == 0
    told = capsys.readouterr().out
    assert "nats per token" in told and told.endswith(f"written: {tmp_path / 'merged'}\n")
    assert main(arguments) == 4
    assert "exists; name a new folder" in capsys.readouterr().err
