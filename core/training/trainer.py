"""TRL's trainer as this room uses it, for every back end. Imports TRL, so only ``train.py`` imports it, after the back end is loaded."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from datasets import Dataset
from transformers import PrinterCallback
from transformers import Trainer as HubTrainer
from trl import SFTConfig, SFTTrainer

from core.models.precision import Precision
from core.plan.settings import TrainSettings
from core.training.backend import Base, Trainable
from core.training.callbacks import Watch
from core.training.dataset import IGNORED, Example, Examples
from core.training.expect import OPTIMIZER, steps_of, warmup_steps
from core.training.padded import Padded
from core.training.ranks import Ranks
from core.training.rows import EndToEnd, EndToEndForUnsloth, can_join


def batches(base: Base, pad_id: int) -> Any:
    """What makes a batch of rows: end to end where the model's attention can keep them apart, else padded."""
    if not can_join(base.model):
        return Padded(pad_id)
    return EndToEndForUnsloth() if base.backend == "unsloth" else EndToEnd()


def build(
    ready: Trainable,
    data: Examples,
    collator: Any,
    tokenizer: Any,
    watch: Watch,
    settings: TrainSettings,
    precision: Precision,
    work: Path,
    ranks: Ranks,
) -> Any:
    """The trainer, ready to train."""
    arguments = _arguments(ready, data, settings, precision, work, ranks.count)
    if ranks.count > 1 and precision.device == "cpu":
        # accelerate calls a rank's processor cpu:0, which torch.load does not know as a place to put an optimizer's state.
        vars(arguments)["_setup_devices"] = arguments.distributed_state.device = torch.device("cpu")
    # TRL turns what learns on 4-bit weights into bf16, in whose rounding steps of 5e-6 are lost; the adapter stays as it is held.
    learning = [(parameter, parameter.data) for parameter in ready.model.parameters() if parameter.requires_grad]
    trainer = Trainer(
        model=ready.model,
        args=arguments,
        train_dataset=_dataset(data.train),
        eval_dataset=_dataset(data.held_out) if data.held_out else None,
        data_collator=collator,
        processing_class=tokenizer,
        callbacks=[watch],
    )
    for parameter, held in learning:
        parameter.data = held
    trainer.remove_callback(PrinterCallback)
    trainer.watch, trainer.ranks, trainer.collator = watch, ranks, collator
    trainer.held_out = data.held_out
    # TRL's loss works in tiles over the labelled positions only, with kernels that need a GPU; Unsloth has its own.
    trainer.tiled = ready.backend == "peft" and precision.device == "cuda"
    return trainer


class Trainer(SFTTrainer):  # type: ignore[misc]
    """TRL's trainer that counts tokens, takes the held-out loss over tokens, and writes no model card beside a checkpoint."""

    watch: Watch
    ranks: Ranks
    collator: Any
    held_out: tuple[Example, ...]
    tiled: bool
    control: Any

    def create_model_card(self, *_: Any, **__: Any) -> None:
        """None is written."""

    def training_step(self, model: Any, inputs: dict[str, Any], *args: Any, **options: Any) -> Any:
        """One batch forward and back."""
        self.watch.saw(_tokens(inputs))
        return super().training_step(model, inputs, *args, **options)

    def compute_loss(self, model: Any, inputs: dict[str, Any], *args: Any, **options: Any) -> Any:
        """The mean loss over the batch's labels, or their sum over ``num_items_in_batch``."""
        if self.tiled:
            return self._tiled_loss(model, inputs, *args, **options)
        return HubTrainer.compute_loss(self, model, inputs, *args, **options)

    def _tiled_loss(self, model: Any, inputs: dict[str, Any], return_outputs: bool = False, num_items_in_batch: Any = None) -> Any:
        """TRL's own loss without the figures that it gathers beside it, for which the GPU would wait in the middle of a step."""
        found = model(**inputs, fused_lm_head=True)
        labels = found.label_mask.sum() if num_items_in_batch is None else num_items_in_batch
        # The number is of all ranks together, and gradients are averaged over them.
        ranks = 1 if num_items_in_batch is None else self.ranks.count
        loss = -found.log_probs.sum() / torch.as_tensor(labels).clamp(min=1) * ranks
        return (loss, found) if return_outputs else loss

    def evaluate(self, *_: Any, **__: Any) -> dict[str, float]:
        """The held-out rows' mean loss over all their response tokens. Each rank has a share of the rows."""
        mine = self.held_out[self.ranks.number :: self.ranks.count]
        size = self.args.per_device_eval_batch_size
        training = self.model.training
        self.model.eval()
        found = torch.zeros(2, dtype=torch.float64, device=self.args.device)
        with torch.no_grad(), self.compute_loss_context_manager():
            for start in range(0, len(mine), size):
                inputs = self._prepare_inputs(self.collator([_row(example) for example in mine[start : start + size]]))
                count = int((inputs["labels"][:, 1:] != IGNORED).sum())
                # The model's own loss: TRL's asks all ranks for figures, and their batches differ in number.
                loss = HubTrainer.compute_loss(self, self.model, inputs)
                found += torch.tensor([float(loss) * count, count], device=found.device)
        self.model.train(training)
        total, labels = self.accelerator.reduce(found, "sum").tolist()
        metrics = {"eval_loss": total / max(1.0, labels)}
        self.control = self.callback_handler.on_evaluate(self.args, self.state, self.control, metrics)
        return metrics


def _arguments(ready: Trainable, data: Examples, settings: TrainSettings, precision: Precision, work: Path, processes: int) -> Any:
    on_gpu = precision.device == "cuda"
    steps = steps_of(len(data.train), settings, processes)
    warm = warmup_steps(steps, settings)
    per_epoch = max(1, round(steps / settings.num_train_epochs))
    schedule = settings.lr_scheduler_type
    return SFTConfig(
        output_dir=str(work),
        num_train_epochs=settings.num_train_epochs,
        optim=OPTIMIZER,
        learning_rate=settings.learning_rate,
        per_device_train_batch_size=settings.per_device_train_batch_size,
        per_device_eval_batch_size=settings.per_device_train_batch_size,
        gradient_accumulation_steps=settings.gradient_accumulation_steps,
        lr_scheduler_type="constant_with_warmup" if schedule == "constant" and warm else schedule,
        warmup_steps=warm,
        # Without a limit the norm is computed all the same: it is the first to tell of a gradient that is no number.
        max_grad_norm=settings.max_grad_norm or math.inf,
        weight_decay=settings.weight_decay,
        seed=settings.seed,
        data_seed=settings.seed,
        save_strategy="steps",
        save_steps=settings.save_steps,
        eval_strategy="steps" if data.held_out else "no",
        eval_steps=max(1, per_epoch // 2) if data.held_out else None,
        prediction_loss_only=True,
        logging_strategy="steps",
        logging_steps=1,
        logging_nan_inf_filter=False,
        report_to="none",
        disable_tqdm=True,
        max_length=None,
        packing=False,
        bf16=ready.autocast and on_gpu and precision.name != "fp32",
        use_cpu=not on_gpu,
        dataloader_pin_memory=on_gpu,
        gradient_checkpointing=ready.checkpointing and ready.backend == "peft",
        gradient_checkpointing_kwargs={"use_reentrant": False},
        ddp_backend=None if on_gpu or processes == 1 else "gloo",
        ddp_find_unused_parameters=False,
        ddp_broadcast_buffers=False,
    )


def _dataset(some: Sequence[Example]) -> Any:
    return Dataset.from_list([_row(example) for example in some])


def _row(example: Example) -> dict[str, list[int]]:
    return {"input_ids": list(example.input_ids), "labels": list(example.labels)}


def _tokens(inputs: dict[str, Any]) -> int:
    """Tokens of a batch, padding not counted."""
    mask = inputs.get("attention_mask")
    return int(inputs["input_ids"].numel() if mask is None else mask.sum())
