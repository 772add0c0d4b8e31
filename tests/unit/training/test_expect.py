"""What training can move at most, said before it starts."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import pytest

from core.plan.settings import TrainSettings
from core.training.expect import expect, held_out_rows, rate_sum, steps_of, warmup_steps

PLAN = TrainSettings()
PRACTICE = TrainSettings(learning_rate=2e-3, per_device_train_batch_size=8)


def test_the_plan_takes_about_75_steps() -> None:
    assert steps_of(150, PLAN) == 76


def test_steps_count_accumulation_epochs_and_processes() -> None:
    assert steps_of(150, replace(PLAN, gradient_accumulation_steps=4)) == 20
    assert steps_of(150, replace(PLAN, num_train_epochs=0.5)) == 19
    assert steps_of(150, PLAN, processes=2) == 38
    assert steps_of(1, replace(PLAN, num_train_epochs=0.01)) == 1


def test_the_plan_moves_a_weight_by_at_most_about_1e_4_and_says_so() -> None:
    found = expect(150, PLAN)
    assert found.steps == 76 and found.adapter_move == pytest.approx(2e-4, rel=0.1)
    weight_of_an_8b = found.share / 4096**0.5
    assert weight_of_an_8b == pytest.approx(1e-4, rel=0.1)
    assert found.hardly and "hardly any change" in found.sentence and "5e-06" in found.sentence


def test_the_practice_rate_moves_enough() -> None:
    found = expect(150, PRACTICE)
    assert not found.hardly and found.share > 1 and "hardly" not in found.sentence


@pytest.mark.parametrize("schedule", ["linear", "cosine", "constant"])
def test_the_sum_of_rates_is_that_of_the_schedule_that_the_trainer_uses(schedule: str) -> None:
    import torch
    from transformers import get_scheduler

    settings = replace(PLAN, lr_scheduler_type=schedule, learning_rate=0.01)
    name = "constant_with_warmup" if schedule == "constant" else schedule
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=settings.learning_rate)
    scheduler = get_scheduler(name, optimizer, num_warmup_steps=warmup_steps(76, settings), num_training_steps=76)
    total = 0.0
    for _ in range(76):
        total += optimizer.param_groups[0]["lr"]
        optimizer.step()
        scheduler.step()
    assert rate_sum(76, settings) == pytest.approx(total)


def test_adam_moves_no_weight_further() -> None:
    import torch

    weight = torch.nn.Parameter(torch.zeros(200))
    optimizer = torch.optim.AdamW([weight], lr=1e-3, weight_decay=0.0)
    generator = torch.Generator().manual_seed(0)
    for _ in range(76):
        weight.grad = torch.randn(200, generator=generator) + 1.0
        optimizer.step()
    assert float(weight.detach().abs().max()) <= 76 * 1e-3 * 1.05


def test_held_out_rows_leave_one_to_train_on() -> None:
    assert (held_out_rows(150, 0.1), held_out_rows(1, 0.5), held_out_rows(0, 0.5)) == (15, 0, 0)


def test_it_needs_no_torch() -> None:
    code = "import sys, core.training.expect, core.training.train; sys.exit(bool({'torch', 'trl'} & sys.modules.keys()))"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_a_rate_that_is_a_slip_is_told_as_what_it_does() -> None:
    slip = expect(150, replace(PLAN, learning_rate=5.0))
    assert slip.leaps and slip.destroys and not slip.hardly
    assert slip.sentence == (
        "Learning rate 5 moves a layer's weight by up to 160 times its typical size in every step; "
        "expect training to destroy what the model knows."
    )
    whole = expect(150, replace(PLAN, learning_rate=0.04))
    assert whole.destroys and "up to 128 % of its typical size in every step" in whole.sentence
    large = expect(150, replace(PLAN, learning_rate=1e-2))
    assert large.leaps and not large.destroys
    assert "32 % of its typical size in every step; expect it to do more harm than good." in large.sentence


def test_what_the_practice_model_learns_with_is_far_from_a_leap() -> None:
    assert not expect(150, replace(PRACTICE, learning_rate=3 * PRACTICE.learning_rate)).leaps
    assert not expect(150, PLAN).leaps and not expect(10_000, replace(PLAN, learning_rate=1e-3, num_train_epochs=4.0)).leaps
