"""What the user calls a model: the practice model, a checkpoint folder, a PEFT adapter folder, or a name on the hub. Light: no torch.

A folder's kind is read from the files that transformers and PEFT write: ``config.json``, ``adapter_config.json``,
``*.safetensors``. Pickled weights (``.bin``, ``.pt``, ``.pth``) can run code when they are loaded and are refused.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from core.errors import ModelError
from core.practice.paths import model_folder

Kind = Literal["folder", "hub"]

_HUB_NAME = re.compile(r"[A-Za-z0-9][\w.-]*/[\w.-]+")
_PICKLES = (".bin", ".pt", ".pth", ".ckpt", ".pkl")
_FOUR_BIT_NAME = re.compile(r"-(?:unsloth-)?bnb-4bit$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Source:
    """Where a base model comes from.

    place: the folder, or the name on the hub.
    four_bit: its weights are stored as bitsandbytes 4-bit, so they cannot be had in 16 bit.
    adapter: the adapter folder, when the user named an adapter as the base.
    """

    kind: Kind
    place: str
    label: str
    four_bit: bool = False
    adapter: Path | None = None


def find(base: str, workspace: Path) -> Source:
    """What ``model.base`` names. Folders are looked up beside the workspace first, then as given.

    Raises ModelError with one sentence for a folder that holds no usable model, pickled weights, or a name that is neither.
    """
    if base == "practice":
        return _folder(model_folder(), "practice")
    folder = local_folder(base, workspace)
    if folder is not None:
        if is_adapter(folder):
            return _base_of_adapter(folder, workspace)
        return _folder(folder, folder.name)
    if base.startswith((".", "/", "~")) or not _HUB_NAME.fullmatch(base):
        raise ModelError(
            f"model.base = '{base}' is no folder here and no name on the hub; give 'practice', a folder, or owner/name."
        )
    return Source("hub", base, base, four_bit=bool(_FOUR_BIT_NAME.search(base)))


def local_folder(name: str, workspace: Path) -> Path | None:
    """The folder that ``name`` means, relative to the workspace or as given; None when there is none."""
    if not name:
        return None
    try:
        given = Path(name).expanduser()
        return next((folder.resolve() for folder in (workspace / given, given) if folder.is_dir()), None)
    except (OSError, ValueError, RuntimeError):
        # Too long to be a path, a character that no path holds, or the home of a user whom nobody knows.
        return None


def is_adapter(folder: Path) -> bool:
    """Whether the folder holds a PEFT adapter."""
    return (folder / "adapter_config.json").is_file()


def check_adapter(folder: Path) -> dict[str, Any]:
    """The adapter's config. Raises ModelError when the folder holds no adapter in safetensors."""
    if not folder.is_dir():
        raise ModelError(f"The adapter {folder} does not exist; set model.adapter to its folder, or to '' to start from the base.")
    if not is_adapter(folder):
        raise ModelError(f"{folder} holds no adapter_config.json, so it is no PEFT adapter; set model.adapter to one.")
    if not (folder / "adapter_model.safetensors").is_file():
        _refuse_pickles(folder)
        raise ModelError(f"{folder} holds no adapter_model.safetensors; save the adapter again with save_pretrained().")
    return read_json(folder / "adapter_config.json")


def sixteen_bit_name(place: str) -> str | None:
    """The 16-bit model that a ``...-bnb-4bit`` name on the hub was made from, or None where the name does not tell."""
    name = _FOUR_BIT_NAME.sub("", place)
    return name if name != place else None


def read_json(path: Path) -> dict[str, Any]:
    """A JSON object from a model's folder. Raises ModelError naming the file."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        raise ModelError(f"{path} cannot be read as JSON; the model's folder is damaged or incomplete.") from None
    if not isinstance(value, dict):
        raise ModelError(f"{path} holds no JSON object; the model's folder is damaged.")
    return value


def _folder(folder: Path, label: str) -> Source:
    if not (folder / "config.json").is_file():
        raise ModelError(f"{folder} holds no config.json, so it is no model; set model.base to a checkpoint's folder.")
    if not any(folder.glob("*.safetensors")):
        _refuse_pickles(folder)
        raise ModelError(f"{folder} holds no *.safetensors weights; the checkpoint is incomplete.")
    if not any((folder / name).is_file() for name in ("tokenizer.json", "tokenizer.model", "vocab.json")):
        raise ModelError(f"{folder} holds no tokenizer.json; copy the tokenizer's files beside the weights.")
    return Source("folder", str(folder), label, four_bit=is_four_bit(read_json(folder / "config.json"), str(folder)))


def is_four_bit(config: dict[str, Any], label: str) -> bool:
    """Whether a model's config says that its weights are stored as bitsandbytes 4-bit. Raises ModelError for other quantised ones."""
    quantised = config.get("quantization_config")
    four_bit = isinstance(quantised, dict) and bool(quantised.get("load_in_4bit"))
    if quantised and not four_bit:
        method = quantised.get("quant_method", "unknown") if isinstance(quantised, dict) else "unknown"
        raise ModelError(f"{label} is quantised ({method}), which cannot be trained here; use 16-bit or bitsandbytes 4-bit weights.")
    return four_bit


def _base_of_adapter(folder: Path, workspace: Path) -> Source:
    base = check_adapter(folder).get("base_model_name_or_path")
    if not isinstance(base, str) or not base or local_folder(base, folder) == folder:
        raise ModelError(f"{folder} is an adapter that does not say its base; set model.base to the base and model.adapter to it.")
    under = find(base, workspace)
    if under.adapter is not None:
        raise ModelError(f"{folder} is an adapter on another adapter; merge the lower one into its base first.")
    return Source(under.kind, under.place, under.label, under.four_bit, folder)


def _refuse_pickles(folder: Path) -> None:
    for path in sorted(folder.iterdir()):
        if path.suffix in _PICKLES:
            raise ModelError(
                f"{path} is a pickle, which can run code when it is loaded; convert the weights to safetensors and try again."
            )
