"""Rows of a batch that lie end to end: what the model computes of one is what it computes of it alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from core.models.load import load
from core.training.dataset import IGNORED
from core.training.padded import Padded
from core.training.rows import EndToEnd, EndToEndForUnsloth, attending_by_row, can_join
from tests.unit.models.fixtures import settings_for
from tests.unit.training.rows import training_rows

ROWS = [
    {"input_ids": [0, 9, 8, 7, 6, 5], "labels": [IGNORED, IGNORED, 8, 7, 6, 5]},
    {"input_ids": [0, 30, 31], "labels": [IGNORED, 30, 31]},
    {"input_ids": [0, 40, 41, 42, 43, 44, 45, 46], "labels": [IGNORED, IGNORED, IGNORED, 42, 43, 44, 45, 46]},
]


@pytest.fixture(scope="module")
def model(tiny_base: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    return load(settings_for(tiny_base), tmp_path_factory.mktemp("rows"), None).model


def logits(model: Any, rows: list[dict[str, Any]]) -> torch.Tensor:
    batch = EndToEnd()(rows)
    labels = batch.pop("labels")
    assert labels.shape == batch["input_ids"].shape
    with torch.no_grad(), attending_by_row(model):
        return model(**batch, use_cache=False).logits[0]


def test_a_batch_is_one_row_whose_positions_begin_anew_with_every_row_of_it() -> None:
    batch = EndToEnd()(ROWS)
    assert batch["input_ids"].shape == (1, 17)
    assert batch["position_ids"][0].tolist() == [*range(6), *range(3), *range(8)]
    assert batch["cu_seq_lens_q"].tolist() == [0, 6, 9, 17] and batch["max_length_q"] == 8


def test_no_rows_first_token_is_a_label_for_the_row_before_it_would_predict_it() -> None:
    rows = [{"input_ids": [1, 2], "labels": [1, 2]}, {"input_ids": [3, 4], "labels": [3, 4]}]
    assert EndToEnd()(rows)["labels"].tolist() == [[IGNORED, 2, IGNORED, 4]]


def test_every_row_is_computed_as_if_it_were_alone(model: Any) -> None:
    together = logits(model, ROWS)
    alone = torch.cat([model(torch.tensor([row["input_ids"]]), use_cache=False).logits[0] for row in ROWS]).detach()
    torch.testing.assert_close(together, alone, rtol=1e-4, atol=1e-4)


def test_a_row_does_not_change_when_the_row_before_it_does(model: Any) -> None:
    other = [{"input_ids": [0, 50, 51, 52, 53, 54], "labels": ROWS[0]["labels"]}, *ROWS[1:]]
    before, after = logits(model, ROWS), logits(model, other)
    assert torch.equal(before[6:], after[6:]) and not torch.equal(before[:6], after[:6])


def test_loss_and_gradient_are_those_of_the_padded_batch(model: Any) -> None:
    layer = model.model.layers[0].mlp.up_proj.weight
    found = []
    for collator in (EndToEnd(), Padded(5)):
        layer.requires_grad_(True)
        with attending_by_row(model) if collator.own_attention else torch.enable_grad():
            loss = model(**collator(ROWS), use_cache=False).loss
        (gradient,) = torch.autograd.grad(loss, layer)
        layer.requires_grad_(False)
        found.append((loss.detach(), gradient))
    torch.testing.assert_close(found[0][0], found[1][0], rtol=1e-5, atol=1e-6)
    torch.testing.assert_close(found[0][1], found[1][1], rtol=1e-4, atol=1e-6)


def test_the_attention_is_the_models_own_again_afterwards(model: Any) -> None:
    before = model.config._attn_implementation
    with attending_by_row(model):
        assert model.config._attn_implementation != before
    assert model.config._attn_implementation == before


def test_unsloth_is_told_the_lengths_under_its_own_name() -> None:
    batch = EndToEndForUnsloth()(ROWS)
    assert batch["packed_seq_lengths"].tolist() == [6, 3, 8] and "cu_seq_lens_q" not in batch


def test_models_with_windows_or_with_dropout_in_their_attention_are_padded(model: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    assert can_join(model)
    monkeypatch.setattr(model.config, "attention_dropout", 0.1)
    assert not can_join(model)
    monkeypatch.undo()
    monkeypatch.setattr(model.config, "sliding_window", 64, raising=False)
    assert not can_join(model)


def test_the_largest_batch_is_that_of_the_longest_rows() -> None:
    from core.training.dataset import Example

    examples = [Example(row.problem_id, (0,) * (i + 1), (0,) * (i + 1)) for i, row in enumerate(training_rows(6))]
    assert EndToEnd().most_tokens(examples, 2) == 11
    assert Padded(0).most_tokens(examples, 2) == 12
