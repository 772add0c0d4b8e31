"""What training can do at most, told before it starts: steps, and how far a weight can move. Light: no torch.

Adam moves a weight by about the learning rate in a step at most (Kingma, Ba, ICLR 2015, section 2.1), so by the sum of
the learning rates over all steps. A LoRA layer adds lora_alpha / r times the product B A to its weight; B starts at zero, and
the entries of A are uniform up to 1 / sqrt(width). With all r terms of the sum aligned, an entry of the layer's weight moves by
lora_alpha * (sum of rates) / sqrt(width) at most. A typical weight is itself about 1 / sqrt(width), so lora_alpha * (sum of
rates) is the largest move as a share of a typical weight, whatever the width; of a single step it is lora_alpha * learning rate.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from core.measures.estimate import percent
from core.plan.settings import TrainSettings

OPTIMIZER = "adamw_torch_fused"
"""transformers' name of AdamW with its state in fp32. Unsloth would put an 8-bit one in the place of an optimizer that is not named."""

HARDLY = 0.02
"""Below this share of a typical weight hardly any response changes: the practice model needed several times as much."""

LEAPS = 0.25
"""From this share of a typical weight in a single step on, training destroys more than it teaches. Of the practice model's loss of 0.10
steps of 0.19 left 0.02, those of 0.32 left 0.09, and those of 0.45 made 0.19."""

_WHOLE = 1.0
"""A step may move a weight by all that it is: nothing of what the model knew is left."""


@dataclass(frozen=True, slots=True)
class Expectation:
    """steps: optimizer steps. adapter_move: largest move of an adapter's weight. share: largest move of a layer's weight as a
    share of a typical one; leap: of one step. hardly: too little to expect another behaviour. sentence: for the panel, before launch."""

    steps: int
    adapter_move: float
    share: float
    leap: float
    hardly: bool
    sentence: str

    @property
    def leaps(self) -> bool:
        """Whether its steps are too large for a model to keep what it knows."""
        return self.leap >= LEAPS

    @property
    def destroys(self) -> bool:
        """Whether nothing can come of it."""
        return self.leap >= _WHOLE


def steps_of(rows: int, settings: TrainSettings, processes: int = 1) -> int:
    """Optimizer steps over ``rows`` training rows, held-out rows not counted, as the trainer counts them."""
    batches = math.ceil(rows / (settings.per_device_train_batch_size * processes))
    per_epoch = max(1, math.ceil(batches / settings.gradient_accumulation_steps))
    return max(1, math.ceil(settings.num_train_epochs * per_epoch))


def warmup_steps(steps: int, settings: TrainSettings) -> int:
    """Steps over which the learning rate rises."""
    return math.ceil(settings.warmup_ratio * steps)


def rate_sum(steps: int, settings: TrainSettings) -> float:
    """The learning rates of all steps added up, in units of weight."""
    warm = warmup_steps(steps, settings)
    rising = sum(step / warm for step in range(warm)) if warm else 0.0
    left = steps - warm
    if settings.lr_scheduler_type == "constant":
        falling = float(left)
    elif settings.lr_scheduler_type == "cosine":
        falling = sum(0.5 * (1 + math.cos(math.pi * step / left)) for step in range(left))
    else:
        falling = sum(1 - step / left for step in range(left))
    return settings.learning_rate * (rising + falling)


def expect(rows: int, settings: TrainSettings, processes: int = 1) -> Expectation:
    """What training ``rows`` rows with these settings can move."""
    kept = rows - held_out_rows(rows, settings.held_out_share)
    steps = steps_of(kept, settings, processes)
    move = rate_sum(steps, settings)
    share = settings.lora_alpha * move
    leap = settings.lora_alpha * settings.learning_rate
    hardly = share < HARDLY
    if leap >= LEAPS:
        sentence = (
            f"Learning rate {settings.learning_rate:g} moves a layer's weight by up to {_times(leap)} its typical size in every step; "
            + ("expect training to destroy what the model knows." if leap >= _WHOLE else "expect it to do more harm than good.")
        )
    else:
        sentence = (
            f"Learning rate {settings.learning_rate:g} over about {steps} steps moves an adapter weight by at most about {move:.0e}, "
            f"and a layer's weight by {percent(share)} of its typical size"
            + ("; expect hardly any change." if hardly else ".")
        )
    return Expectation(steps, move, share, leap, hardly, sentence)


def _times(share: float) -> str:
    return f"{percent(share, 0)} of" if share < 2 * _WHOLE else f"{share:,.0f} times"


def held_out_rows(rows: int, share: float) -> int:
    """How many of ``rows`` are kept aside; at least one row stays to train on."""
    return min(round(rows * share), max(0, rows - 1))
