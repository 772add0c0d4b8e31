"""What identifies a model exactly, so that its cached responses are found before torch is ever imported. Light: no torch.

A fingerprint is a label and a SHA-256 over: the base's files (a folder) or name and commit (the hub), the adapter's weights
and the part of its config that changes what it computes, the precision, and the tokenizer with its chat template.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from core.errors import ModelError
from core.files import file_hash
from core.models.hardware import gpu
from core.models.hashes import files_hash
from core.models.kind import Source, check_adapter, find, is_four_bit, read_json
from core.models.precision import Precision, choose, count_parameters
from core.plan.settings import ModelSettings

_BASE_FILES = ("*.safetensors", "*.safetensors.index.json", "config.json", "generation_config.json")
_TOKENIZER_FILES = (
    "tokenizer.json",
    "tokenizer.model",
    "vocab.json",
    "merges.txt",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "chat_template.jinja",
)
# Where the base lay when the adapter was trained says nothing about what the adapter computes.
_ADAPTER_NOISE = ("base_model_name_or_path", "revision", "inference_mode", "peft_version", "auto_mapping")
_COMMIT = re.compile(r"[0-9a-f]{40}")


@dataclass(frozen=True, slots=True)
class Identity:
    """A model as it will be loaded: ``revision`` is the commit on the hub, '' for a folder; ``adapter`` None for none."""

    source: Source
    revision: str
    adapter: Path | None
    precision: Precision
    fingerprint: str

    @property
    def describe(self) -> str:
        """Base, adapter, precision and why, to be put into a sentence: ``practice in fp32, because there is no GPU``."""
        adapter = f" with adapter {self.adapter.name}" if self.adapter else ""
        return f"{self.source.label}{adapter} in {self.precision.why}"


def fingerprint(settings: ModelSettings, workspace: Path, adapter: Path | None) -> str:
    """The model's fingerprint, e.g. ``practice+self_consistent_test:1f3a...``. Raises ModelError."""
    return identify(settings, workspace, adapter).fingerprint


def identify(settings: ModelSettings, workspace: Path, adapter: Path | None) -> Identity:
    """Everything that loading needs to know, from files alone (for the hub: from its cache, or one small download)."""
    source, revision, config = located(settings, workspace)
    if source.adapter is not None and adapter is not None and source.adapter != adapter.resolve():
        raise ModelError(f"model.base is itself an adapter ({source.adapter}); name its base as model.base to use {adapter.name}.")
    adapter = adapter if adapter is not None else source.adapter
    precision = choose(settings.precision, source, count_parameters(config), gpu())
    parts = {
        "base": _base_part(source, revision),
        "adapter": adapter_hash(adapter) if adapter else "",
        "precision": precision.name,
    }
    digest = hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:24]
    label = source.label + (f"+{adapter.name}" if adapter else "")
    return Identity(source, revision, adapter, precision, f"{label}:{digest}")


def located(settings: ModelSettings, workspace: Path) -> tuple[Source, str, dict[str, Any]]:
    """The base model, its commit on the hub ('' for a folder), and its config, which says how its weights are stored. Raises ModelError."""
    source = find(settings.base, workspace)
    revision = _commit(source.place, settings.revision) if source.kind == "hub" else ""
    config = config_of(source, revision)
    return replace(source, four_bit=is_four_bit(config, source.label)), revision, config


def adapter_hash(folder: Path) -> str:
    """SHA-256 over an adapter's weights and what its config computes with; PEFT's order of lists says nothing."""
    config = {name: _ordered(value) for name, value in check_adapter(folder).items() if name not in _ADAPTER_NOISE}
    digest = hashlib.sha256(json.dumps(config, sort_keys=True).encode())
    digest.update(file_hash(folder / "adapter_model.safetensors").encode())
    return digest.hexdigest()


def _ordered(value: Any) -> Any:
    return sorted(value) if isinstance(value, list) and all(isinstance(item, str) for item in value) else value


def _base_part(source: Source, revision: str) -> str:
    if source.kind == "hub":
        return f"{source.place}@{revision}"
    folder = Path(source.place)
    return f"{files_hash(folder, _BASE_FILES)}:{files_hash(folder, _TOKENIZER_FILES)}"


def config_of(source: Source, revision: str) -> dict[str, Any]:
    """A base model's ``config.json``, from its folder or from the hub's cache. Raises ModelError."""
    if source.kind == "folder":
        return read_json(Path(source.place) / "config.json")
    return read_json(Path(hub_file(source.place, revision, "config.json")))


def _commit(name: str, revision: str) -> str:
    """The commit that ``revision`` ('' is main) means, from the hub's cache where it has it, so that offline runs work."""
    if _COMMIT.fullmatch(revision):
        return revision
    path = Path(hub_file(name, revision or "main", "config.json"))
    commit = path.parent.name
    if not _COMMIT.fullmatch(commit):
        raise ModelError(f"The hub's cache for {name} has no commit for its config.json; remove that cache and try again.")
    return commit


def snapshot(identity: Identity) -> str:
    """The folder of a hub model at its commit, downloaded where it is not there. Raises ModelError."""
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError

    place, commit = identity.source.place, identity.revision
    try:
        return str(snapshot_download(place, revision=commit, ignore_patterns=["*.bin", "*.pt", "*.pth"]))
    except (HfHubHTTPError, OSError, ValueError):
        raise ModelError(f"{place} at {commit} cannot be had from the hub; check the network, or set model.base to a folder.") from None


def hub_file(name: str, revision: str, filename: str) -> str:
    """Path of a hub file in the local cache, downloaded when it is not there. Raises ModelError with one sentence."""
    from huggingface_hub import hf_hub_download, try_to_load_from_cache
    from huggingface_hub.errors import GatedRepoError, HfHubHTTPError, RepositoryNotFoundError

    cached = try_to_load_from_cache(name, filename, revision=revision)
    if isinstance(cached, str):
        return cached
    try:
        return str(hf_hub_download(name, filename, revision=revision))
    except GatedRepoError:
        raise ModelError(f"{name} asks for a licence on the hub; accept it there and set HF_TOKEN.") from None
    except RepositoryNotFoundError:
        raise ModelError(f"{name} is not on the hub, or HF_TOKEN may not read it; check model.base.") from None
    except (HfHubHTTPError, OSError, ValueError):
        raise ModelError(
            f"{name} at {revision} cannot be read from the hub ({filename}); check the network, or set model.base to a folder."
        ) from None
