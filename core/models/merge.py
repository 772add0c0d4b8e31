"""An adapter added into its 16-bit base and saved as a checkpoint, with a check that both say the same. Imports torch.

The sum is made in fp32 and rounded once. What rounding to bf16 costs is measured, because a small adapter can be smaller
than bf16's steps: Kullback-Leibler divergence of next-token distributions on sample prompts, merged against adapter and
base against adapter.
"""

from __future__ import annotations

import dataclasses
import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.errors import ModelError
from core.files import sync_folder
from core.measures.estimate import percent
from core.models.chat import Chat, chat_of
from core.models.fingerprint import Identity, config_of, identify, located
from core.models.kind import sixteen_bit_name
from core.models.load import add_adapter, load_base, load_tokenizer
from core.models.precision import count_parameters
from core.models.quiet import quiet
from core.plan.settings import ModelSettings

SAMPLE_PROMPTS = (
    "Mia has 12 apples and buys 7 more. How many apples does she have?",
    "Write a function that adds two numbers.",
    "Which is heavier, a kilogram of iron or a gram of gold? Answer with one word.",
    "Write two sentences about the sea.",
)
_SAME = 1e-3  # nats per token: far under what changes a sampled text
_ROOM = 1.05  # of the weights' size
_SHARE = 0.1  # of the adapter's own effect


@dataclass(frozen=True, slots=True)
class MergeReport:
    """Mean divergences in nats per token, and the share of positions whose most likely token is the same in merged and adapter."""

    merged_from_adapter: float
    base_from_adapter: float
    same_top: float
    positions: int

    @property
    def sentence(self) -> str:
        """What the check found, for the log."""
        return (
            f"Merged and adapter differ by {self.merged_from_adapter:.2g} nats per token over {self.positions} positions "
            f"({percent(self.same_top)} the same most likely token); the adapter itself moved the base by {self.base_from_adapter:.2g}."
        )


def merge(
    settings: ModelSettings, workspace: Path, adapter: Path, out: Path, prompts: Sequence[str] = SAMPLE_PROMPTS
) -> MergeReport:
    """Writes base plus adapter as a bf16 checkpoint to ``out``, which must not exist. Raises ModelError, and then writes nothing."""
    if out.exists():
        raise ModelError(f"{out} exists; name a new folder for the merged model.")
    source = located(settings, workspace)[0]
    base, revision = settings.base, settings.revision
    if source.four_bit:
        # The commit was one of the 4-bit model's.
        revision = ""
        base = sixteen_bit_name(source.place) if source.kind == "hub" else None  # type: ignore[assignment]
        if not base:
            raise ModelError(f"{source.label} is stored in 4 bit; name the 16-bit model it was made from as model.base to merge into.")
    identity = identify(dataclasses.replace(settings, base=base, revision=revision, precision="fp32"), workspace, adapter)
    _check_room(identity, out)
    beside = out.with_name(f".{out.name}.part")
    with quiet():
        model = add_adapter(load_base(identity), adapter, trainable=False).eval()
        tokenizer = load_tokenizer(identity.source, identity.revision)
        chat = chat_of(tokenizer, model.generation_config.eos_token_id)
        with_adapter = _next_tokens(model, chat, prompts)
        with model.disable_adapter():
            without = _next_tokens(model, chat, prompts)
        merged = _sixteen_bit(model.merge_and_unload())
        report = _compare(with_adapter, without, _next_tokens(merged.float(), chat, prompts))
        if report.merged_from_adapter > max(_SAME, _SHARE * report.base_from_adapter):
            raise ModelError(f"The merged model does not say what the adapter says, so it was not written. {report.sentence}")
        try:
            _save(_sixteen_bit(merged), tokenizer, beside)
            beside.rename(out)
        except OSError as error:
            shutil.rmtree(beside, ignore_errors=True)
            raise ModelError(f"The merged model cannot be written to {out}: {error.strerror or error}.") from error
    sync_folder(out.parent)
    return report


def _check_room(identity: Identity, out: Path) -> None:
    """Raises ModelError when the merged model, two bytes a parameter, would not fit the disk."""
    parameters = count_parameters(config_of(identity.source, identity.revision))
    folder = out.absolute().parent
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    if parameters is not None and free < _ROOM * 2 * parameters:
        raise ModelError(
            f"The merged model takes {2 * parameters / 2**30:.1f} GiB and {folder} has {free / 2**30:.1f} GiB free; make room, "
            "or write it elsewhere."
        )


def _save(model: Any, tokenizer: Any, folder: Path) -> None:
    """Model and tokenizer in an empty folder, durable."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    for path in folder.iterdir():
        with path.open("rb") as file:
            os.fsync(file.fileno())


def _sixteen_bit(model: Any) -> Any:
    import torch

    return model.to(torch.bfloat16)


def _next_tokens(model: Any, chat: Chat, prompts: Sequence[str]) -> Any:
    """Log-probabilities at every position of every prompt, one after the other: [positions, vocabulary], fp32."""
    import torch

    rows = []
    with torch.inference_mode():
        for prompt in prompts:
            ids = torch.tensor([chat.encode(prompt)], device=model.device)
            rows.append(torch.log_softmax(model(input_ids=ids, use_cache=False).logits[0].float(), -1))
    return torch.cat(rows)


def _compare(adapter: Any, base: Any, merged: Any) -> MergeReport:
    def divergence(other: Any) -> float:
        return float((adapter.exp() * (adapter - other)).sum(-1).mean())

    same = (adapter.argmax(-1) == merged.argmax(-1)).float().mean()
    return MergeReport(divergence(merged), divergence(base), float(same), int(adapter.shape[0]))
