"""A model's fingerprint changes with everything that changes its responses, and with nothing else."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from core.errors import ModelError
from core.models.fingerprint import fingerprint, identify, located
from tests.unit.models.fixtures import settings_for


def test_the_same_files_in_another_place_have_the_same_hash(copy_of: Callable[[Path], Path], tiny_base: Path, tmp_path: Path) -> None:
    here, there = (fingerprint(settings_for(folder), tmp_path, None) for folder in (tiny_base, copy_of(tiny_base)))
    assert here.split(":")[1] == there.split(":")[1]


def test_adapter_precision_weights_and_template_each_change_it(
    copy_of: Callable[[Path], Path], tiny_base: Path, tiny_adapter: Path, tmp_path: Path
) -> None:
    plain = fingerprint(settings_for(tiny_base), tmp_path, None)
    seen = {plain, fingerprint(settings_for(tiny_base), tmp_path, tiny_adapter)}
    seen.add(fingerprint(settings_for(tiny_base, precision="bf16"), tmp_path, None))
    folder = copy_of(tiny_base)
    template = folder / "chat_template.jinja"
    template.write_text(template.read_text() + " ")
    seen.add(fingerprint(settings_for(folder), tmp_path, None))
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1] + b"\x01")
    seen.add(fingerprint(settings_for(folder), tmp_path, None))
    assert len({name.split(":")[1] for name in seen}) == 5


def test_files_that_compute_nothing_do_not_change_it(copy_of: Callable[[Path], Path], tiny_base: Path, tmp_path: Path) -> None:
    folder = copy_of(tiny_base)
    before = fingerprint(settings_for(folder), tmp_path, None)
    (folder / "README.md").write_text("about")
    assert fingerprint(settings_for(folder), tmp_path, None) == before


def test_an_adapter_is_itself_wherever_its_base_lay_and_however_its_lists_are_ordered(
    copy_of: Callable[[Path], Path], tiny_base: Path, tiny_adapter: Path, tmp_path: Path
) -> None:
    before = fingerprint(settings_for(tiny_base), tmp_path, tiny_adapter)
    folder = copy_of(tiny_adapter)
    path = folder / "adapter_config.json"
    config = json.loads(path.read_text())
    config["base_model_name_or_path"] = "elsewhere"
    config["target_modules"] = list(reversed(config["target_modules"]))
    path.write_text(json.dumps(config))
    assert fingerprint(settings_for(tiny_base), tmp_path, folder).split(":")[1] == before.split(":")[1]
    path.write_text(json.dumps(config | {"lora_alpha": 99}))
    assert fingerprint(settings_for(tiny_base), tmp_path, folder).split(":")[1] != before.split(":")[1]


def test_it_is_found_without_torch_or_transformers(tiny_base: Path, tiny_adapter: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from core.models.fingerprint import fingerprint\n"
        "from core.plan.settings import ModelSettings\n"
        f"fingerprint(ModelSettings(base={str(tiny_base)!r}, adapter=''), Path('.'), Path({str(tiny_adapter)!r}))\n"
        "sys.exit(bool({'torch', 'transformers', 'peft'} & sys.modules.keys()))"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_a_hub_model_is_pinned_to_the_commit_in_the_cache_so_that_it_works_offline(
    tmp_path: Path, tiny_base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit = "0123456789abcdef0123456789abcdef01234567"
    repo = tmp_path / "cache" / "models--someone--model"
    (repo / "refs").mkdir(parents=True)
    (repo / "refs" / "main").write_text(commit)
    (repo / "snapshots" / commit).mkdir(parents=True)
    (repo / "snapshots" / commit / "config.json").write_bytes((tiny_base / "config.json").read_bytes())
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "cache"))
    identity = identify(settings_for("someone/model"), tmp_path, None)
    assert identity.revision == commit
    assert identity.fingerprint != identify(settings_for("someone/model", precision="bf16"), tmp_path, None).fingerprint


@pytest.mark.parametrize(("quantised", "four_bit"), [({"quant_method": "bitsandbytes", "load_in_4bit": True}, True), (None, False)])
def test_how_a_hub_models_weights_are_stored_is_read_from_its_config_and_not_from_its_name(
    tmp_path: Path, tiny_base: Path, monkeypatch: pytest.MonkeyPatch, quantised: object, four_bit: bool
) -> None:
    commit = "0123456789abcdef0123456789abcdef01234567"
    folder = tmp_path / "cache" / "models--someone--model-NF4" / "snapshots" / commit
    folder.mkdir(parents=True)
    config = json.loads((tiny_base / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, "quantization_config": quantised}))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "cache"))
    settings = settings_for("someone/model-NF4", revision=commit)
    assert located(settings, tmp_path)[0].four_bit is four_bit
    (folder / "config.json").write_text(json.dumps({**config, "quantization_config": {"quant_method": "awq"}}))
    with pytest.raises(ModelError, match=r"someone/model-NF4 is quantised \(awq\)"):
        located(settings, tmp_path)


def test_a_hub_model_that_cannot_be_reached_gives_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(ModelError, match="cannot be read from the hub"):
        identify(settings_for("someone/model"), tmp_path, None)


def test_big_files_are_hashed_once_and_again_when_they_change(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from core.models import hashes

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(hashes, "_BIG", 4)
    read: list[Path] = []
    real = hashes.file_hash
    monkeypatch.setattr(hashes, "file_hash", lambda path: read.append(path) or real(path))
    big = tmp_path / "model" / "weights"
    big.parent.mkdir()
    big.write_bytes(b"many bytes")

    def found() -> str:
        return hashes.files_hash(big.parent, ("weights",))

    first = found()
    assert found() == first and len(read) == 1
    big.write_bytes(b"other bytes!")
    second = found()
    assert second != first and len(read) == 2
    hashes.memory_file().write_text("damaged")
    assert found() == second and len(read) == 3


def test_files_that_are_read_side_by_side_keep_their_own_hashes(tmp_path: Path) -> None:
    from core.models import hashes

    for number in range(12):
        (tmp_path / f"{number:02d}.safetensors").write_bytes(bytes([number]) * 1000)
    before = hashes.files_hash(tmp_path, ("*.safetensors",))
    first, last = (tmp_path / name for name in ("00.safetensors", "11.safetensors"))
    kept = first.read_bytes()
    first.write_bytes(last.read_bytes())
    last.write_bytes(kept)
    assert hashes.files_hash(tmp_path, ("*.safetensors",)) != before
