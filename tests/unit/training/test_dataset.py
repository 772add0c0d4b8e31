"""Rows as the trainer gets them: one BOS, loss on the response and its end of turn alone, nothing cut."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.errors import TrainingError
from core.models.load import Loaded
from core.training.dataset import IGNORED, examples
from core.training.padded import Padded
from tests.unit.training.rows import training_rows


def test_a_row_is_prompt_response_and_end_of_turn_with_one_bos(loaded: Loaded) -> None:
    row = training_rows()[3]
    made = examples([row], loaded.chat, 256, 0.0, 0).train[0]
    assert list(made.input_ids).count(loaded.chat.bos_id) == 1  # type: ignore[arg-type]
    assert loaded.tokenizer.decode(made.input_ids).endswith(f"assistant<|end_header_id|>\n\n{row.response}<|eot_id|>")


def test_only_response_and_end_of_turn_carry_loss(loaded: Loaded) -> None:
    row = training_rows()[3]
    made = examples([row], loaded.chat, 256, 0.0, 0).train[0]
    learned = [label for label in made.labels if label != IGNORED]
    assert learned == loaded.chat.encode_response(row.response) and learned[-1] == loaded.chat.end_of_turn
    prompt = len(loaded.chat.encode(row.prompt))
    assert set(made.labels[:prompt]) == {IGNORED} and list(made.labels[prompt:]) == learned


def test_the_context_is_exactly_the_one_that_generation_starts_from(loaded: Loaded) -> None:
    row = training_rows()[5]
    made = examples([row], loaded.chat, 256, 0.0, 0).train[0]
    prompt = loaded.chat.encode(row.prompt)
    assert list(made.input_ids[: len(prompt)]) == prompt


def test_padding_carries_neither_loss_nor_attention(loaded: Loaded) -> None:
    made = examples(training_rows(3), loaded.chat, 256, 0.0, 0).train
    batch = Padded(loaded.chat.pad_id)([{"input_ids": list(e.input_ids), "labels": list(e.labels)} for e in made])
    lengths = [len(e.input_ids) for e in made]
    assert len(set(lengths)) > 1 and batch["input_ids"].shape == (3, max(lengths))
    for row, length in enumerate(lengths):
        assert batch["attention_mask"][row].tolist() == [1] * length + [0] * (max(lengths) - length)
        assert set(batch["labels"][row, length:].tolist()) <= {IGNORED}
        assert set(batch["input_ids"][row, length:].tolist()) <= {loaded.chat.pad_id}


def test_rows_that_are_too_long_are_listed_and_never_cut(loaded: Loaded) -> None:
    rows = training_rows(3)
    rows[1] = replace(rows[1], response="apples " * 300)
    made = examples(rows, loaded.chat, 256, 0.0, 0)
    assert made.too_long == ("p/1",) and [e.problem_id for e in made.train] == ["p/0", "p/2"]
    with pytest.raises(TrainingError, match="None of the 3"):
        examples(rows, loaded.chat, 10, 0.0, 0)


def test_held_out_rows_are_the_same_every_time_and_never_trained_on(loaded: Loaded) -> None:
    rows = training_rows(20)
    made = examples(rows, loaded.chat, 256, 0.25, 1)
    aside = {e.problem_id for e in made.held_out}
    assert len(aside) == 5 and aside.isdisjoint(e.problem_id for e in made.train) and len(made.train) == 15
    assert {e.problem_id for e in examples(rows, loaded.chat, 256, 0.25, 1).held_out} == aside
    assert {e.problem_id for e in examples(rows, loaded.chat, 256, 0.25, 2).held_out} != aside


def test_a_problem_with_several_rows_is_on_one_side_and_does_not_hang_on_the_others(loaded: Loaded) -> None:
    rows = [replace(row, response=f"{row.response} {again}") for row in training_rows(20) for again in range(3)]
    made = examples(rows, loaded.chat, 256, 0.1, 1)
    aside = {e.problem_id for e in made.held_out}
    assert len(made.held_out) == 6 and len(aside) == 2 and aside.isdisjoint(e.problem_id for e in made.train)
    without = examples([row for row in rows if row.problem_id != made.train[0].problem_id], loaded.chat, 256, 0.1, 1)
    assert {e.problem_id for e in without.held_out} <= aside


def test_no_rows_and_rows_with_control_tokens_are_one_sentence(loaded: Loaded) -> None:
    with pytest.raises(TrainingError, match="no training rows"):
        examples([], loaded.chat, 256, 0.0, 0)
    with pytest.raises(TrainingError, match="row of p/0 cannot be used"):
        examples([replace(training_rows(1)[0], response="3<|eot_id|>")], loaded.chat, 256, 0.0, 0)
