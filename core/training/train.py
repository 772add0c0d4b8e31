"""Trains an adapter on the model's own responses: one path through TRL's SFTTrainer for every back end.

Nothing heavy is imported before the function runs, and then Unsloth first (see backend.py).
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from core.errors import StopRequested, TrainingError
from core.files import sync_folder, write_atomic
from core.models.environment import settle
from core.models.fingerprint import Identity, adapter_hash, identify
from core.models.hardware import gpu_ran_out
from core.plan.settings import ModelSettings, TrainSettings
from core.records import TrainingRow
from core.training import checkpoints
from core.training.dataset import examples
from core.training.expect import OPTIMIZER
from core.training.ranks import Ranks, together

# Settings that change nothing of what is learned: another value of them still fits an old checkpoint.
_NO_MATTER = ("save_steps", "backend")


@dataclass(frozen=True, slots=True)
class TrainResult:
    """steps: optimizer steps. loss: mean training loss of the last tenth of them, which are ``last`` steps. seconds: time in training
    over all tries, loading not counted. tokens: of all rows over all epochs, prompts included."""

    steps: int
    loss: float
    last: int
    seconds: float
    tokens: int


@dataclass(frozen=True, slots=True)
class Job:
    """What is trained on, from where, and to where: all that another process needs to take part."""

    rows: tuple[TrainingRow, ...]
    identity: Identity
    settings: TrainSettings
    max_length: int
    out: Path
    work: Path
    signature: str
    resume: checkpoints.Checkpoint | None


def train(
    rows: Sequence[TrainingRow],
    *,
    model: ModelSettings,
    settings: TrainSettings,
    workspace: Path,
    start_adapter: Path | None,
    out: Path,
    work: Path,
    emit: Callable[..., None],
    stopping: Callable[[], bool],
    processes: int = 1,
) -> TrainResult:
    """Trains from ``start_adapter`` (None: a fresh adapter) and writes the adapter to ``out``, beside and renamed.

    processes: how many share the rows, one a GPU. Checkpoints lie in ``work``; a training that was stopped or killed goes on from
    the last whole one, exactly. Events: loss, held_out, epoch, checkpoint, note (see the step's book), and saving: before a checkpoint
    counts, what was told must be kept. Raises StopRequested after a polite stop (a checkpoint is saved), TrainingError when
    training cannot start or has gone wrong, ModelError when the model cannot be loaded, SettingsError for too few GPUs.
    """
    if not rows:
        raise TrainingError("There are no training rows; run the distill step first.")
    settle()
    identity = identify(model, workspace, start_adapter)
    signature = _signature(rows, identity, settings, model.max_length, processes)
    resume = checkpoints.last_whole(work, signature)
    if gone := checkpoints.clear(work, resume):
        emit("note", level="warning", text=f"{gone} checkpoints that are not whole, or not of this training, were removed.")
    if resume is not None:
        emit("note", level="info", text=f"Training goes on from step {resume.step}.")
    work.mkdir(parents=True, exist_ok=True)
    job = Job(tuple(rows), identity, settings, model.max_length, out, work, signature, resume)
    with together(processes, job) as ranks:
        return _train(job, ranks, emit, stopping)


def follow(job: Job, ranks: Ranks) -> None:
    """Takes part in ``train`` as a rank that does not lead: the same steps, nothing told and nothing written."""
    settle()
    _train(job, ranks, lambda kind, **data: None, lambda: False)


def _train(job: Job, ranks: Ranks, emit: Callable[..., None], stopping: Callable[[], bool]) -> TrainResult:
    from core.training.backend import adapt, load

    settings, identity = job.settings, job.identity
    base = load(identity, settings, job.max_length, ranks.count)
    from core.models.chat import chat_of
    from core.models.quiet import quiet
    from core.training.callbacks import Watch
    from core.training.rows import attending_by_row
    from core.training.trainer import batches, build

    chat = chat_of(base.tokenizer, base.model.generation_config.eos_token_id)
    longest = min(job.max_length, int(getattr(base.model.config, "max_position_embeddings", 0) or job.max_length))
    data = examples(job.rows, chat, longest, settings.held_out_share, settings.seed)
    if data.too_long:
        emit("note", level="warning", text=_left_out(data.too_long, longest))
    collator = batches(base, chat.pad_id)
    watch = Watch(emit, stopping, job.work, job.signature, job.resume, ranks)
    with quiet():
        ready = adapt(base, settings, identity.adapter, collator.most_tokens(data.train, settings.per_device_train_batch_size))
        emit("note", level="info", text=_how(identity, ready, collator, ranks.count))
        trainer = build(ready, data, collator, base.tokenizer, watch, settings, identity.precision, job.work, ranks)
        with attending_by_row(base.model) if collator.own_attention else nullcontext():
            _run(trainer, job.resume, job.work)
        state = trainer.state
        if watch.stopped:
            raise StopRequested(
                f"Stopped as asked at step {state.global_step} of {state.max_steps}; the checkpoint is kept, run the step again to go on."
            )
        if ranks.leads:
            _write(trainer.model, job.out)
    losses = [float(entry["loss"]) for entry in state.log_history if "loss" in entry]
    tail = losses[-max(1, len(losses) // 10) :]
    return TrainResult(
        steps=int(state.global_step),
        loss=sum(tail) / len(tail),
        last=len(tail),
        seconds=watch.seconds,
        tokens=round(data.tokens * settings.num_train_epochs),
    )


def _run(trainer: Any, resume: checkpoints.Checkpoint | None, work: Path) -> None:
    """Trains to the end or a stop; what can go wrong outside the arithmetic becomes one sentence."""
    try:
        trainer.train(resume_from_checkpoint=str(resume.path) if resume else None)
    except RuntimeError as error:
        if not gpu_ran_out(error):
            raise
        raise TrainingError(
            "Training ran out of GPU memory; end what else uses the GPU (see `nvidia-smi`), lower train.per_device_train_batch_size "
            "(and raise gradient_accumulation_steps), lower model.max_length, or set model.precision = 'nf4'. "
            "Run the step again: it goes on from its last checkpoint."
        ) from None
    except OSError as error:
        reason = error.strerror or error
        raise TrainingError(f"A checkpoint cannot be written to {work}: {reason}; make room and run the step again.") from error


def _how(identity: Identity, ready: Any, collator: Any, processes: int) -> str:
    """What is trained and how, for the log."""
    how = f"Training {identity.describe}, with {ready.backend}; {collator.describe}"
    how += f"; {processes} processes share the rows of a step" if processes > 1 else ""
    return how + ("; activations are computed again to save memory." if ready.checkpointing else ".")


def _write(model: Any, out: Path) -> None:
    """The adapter in ``out``: written beside and renamed, so that a folder of that name is always whole."""
    beside, old = out.with_name(f".{out.name}.part"), out.with_name(f".{out.name}.old")
    for folder in (beside, old):
        shutil.rmtree(folder, ignore_errors=True)
    beside.mkdir(parents=True)
    model.save_pretrained(str(beside), safe_serialization=True)
    (beside / "README.md").unlink(missing_ok=True)
    _in_order(beside / "adapter_config.json")
    for path in beside.iterdir():
        with path.open("rb") as file:
            os.fsync(file.fileno())
    if out.exists():
        out.rename(old)
    beside.rename(out)
    sync_folder(out.parent)
    shutil.rmtree(old, ignore_errors=True)


def _in_order(path: Path) -> None:
    """PEFT writes sets as lists in any order; sorted, the same training writes the same file."""
    config = json.loads(path.read_text(encoding="utf-8"))
    ordered = {
        name: sorted(value) if isinstance(value, list) and all(isinstance(item, str) for item in value) else value
        for name, value in config.items()
    }
    write_atomic(path, (json.dumps(ordered, indent=2, sort_keys=True) + "\n").encode())


def _signature(rows: Sequence[TrainingRow], identity: Identity, settings: TrainSettings, max_length: int, processes: int) -> str:
    """What a checkpoint must have been made with to be gone on from."""
    parts = {
        "rows": [[row.problem_id, row.prompt, row.response] for row in rows],
        "model": identity.fingerprint,
        "start": adapter_hash(identity.adapter) if identity.adapter else "",
        "settings": {name: value for name, value in asdict(settings).items() if name not in _NO_MATTER},
        "max_length": max_length,
        "processes": processes,
        "optimizer": OPTIMIZER,
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def _left_out(problems: Sequence[str], max_length: int) -> str:
    shown = ", ".join(problems[:5]) + (f" and {len(problems) - 5} more" if len(problems) > 5 else "")
    return (
        f"{len(problems)} rows are longer than {max_length} tokens (model.max_length, or the model's context) "
        f"and are left out, not cut: {shown}."
    )
