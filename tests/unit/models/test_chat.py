"""The chat template: applied once, one BOS, a known end of turn, a pad token that ends nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from core.errors import ModelError
from core.models.chat import chat_of
from tests.unit.models.tiny import TEMPLATE, write_tokenizer

BOS, END_OF_TEXT, EOT, PAD = 0, 1, 4, 5


def tokenizer(folder: Path, **options: Any) -> Any:
    from transformers import AutoTokenizer

    write_tokenizer(folder, **options)
    return AutoTokenizer.from_pretrained(folder)


def test_a_prompt_has_exactly_one_bos_although_template_and_tokenizer_both_add_one(tmp_path: Path) -> None:
    made = tokenizer(tmp_path)
    assert made.encode("x")[0] == BOS  # the tokenizer alone adds one, too
    ids = chat_of(made).encode("How many apples?")
    assert ids.count(BOS) == 1 and ids[0] == BOS


def test_a_template_that_writes_two_or_none_still_gives_one(tmp_path: Path) -> None:
    twice = chat_of(tokenizer(tmp_path, template="{{ bos_token }}" + TEMPLATE))
    none = chat_of(tokenizer(tmp_path, template=TEMPLATE.replace("{{- bos_token }}", "")))
    assert twice.encode("x") == none.encode("x")
    assert twice.encode("x").count(BOS) == 1


def test_the_prompt_ends_where_the_answer_begins(tmp_path: Path) -> None:
    made = tokenizer(tmp_path)
    text = made.decode(chat_of(made).encode("What is 2 + 2?"))
    assert text == (
        "<|begin_of_text|><|start_header_id|>user<|end_header_id|>\n\nWhat is 2 + 2?<|eot_id|>"
        "<|start_header_id|>assistant<|end_header_id|>\n\n"
    )


def test_prompt_and_response_together_are_what_the_template_renders(tmp_path: Path) -> None:
    made = tokenizer(tmp_path)
    chat = chat_of(made)
    messages = [{"role": "user", "content": "Add 1 and 2."}, {"role": "assistant", "content": "1 + 2 = 3\n#### 3"}]
    rendered = made.apply_chat_template(messages, tokenize=True, return_dict=True)["input_ids"]
    assert chat.encode("Add 1 and 2.") + chat.encode_response("1 + 2 = 3\n#### 3") == rendered


def test_a_response_ends_at_the_end_of_turn_and_at_every_end_token(tmp_path: Path) -> None:
    chat = chat_of(tokenizer(tmp_path), generation_stops=[END_OF_TEXT, EOT])
    assert chat.end_of_turn == EOT
    assert chat.stop_ids == {END_OF_TEXT, EOT}
    assert chat.encode_response("#### 3")[-1] == EOT


@pytest.mark.parametrize("pad", [None, "<|eot_id|>", "<|finetune_right_pad_id|>"])
def test_the_pad_token_is_never_an_end_token(tmp_path: Path, pad: str | None) -> None:
    made = tokenizer(tmp_path, pad=pad)
    chat = chat_of(made, generation_stops=EOT)
    assert chat.pad_id == PAD and chat.pad_id not in chat.stop_ids
    assert made.pad_token_id == PAD and made.padding_side == "left"


def test_text_comes_back_without_special_tokens(tmp_path: Path) -> None:
    chat = chat_of(tokenizer(tmp_path))
    assert chat.decode([BOS, *chat.encode_response("It is 19 .")]) == "It is 19 ."


def test_control_tokens_in_a_text_are_refused(tmp_path: Path) -> None:
    chat = chat_of(tokenizer(tmp_path))
    with pytest.raises(ModelError, match="begin-of-text"):
        chat.encode("hello <|begin_of_text|>")
    with pytest.raises(ModelError, match="control tokens"):
        chat.encode_response("done<|eot_id|>more")
    assert chat.can_be_learned("done") and not chat.can_be_learned("done<|eot_id|>more")


def test_a_template_that_writes_the_date_gives_the_same_prompt_every_day(tmp_path: Path) -> None:
    dated = TEMPLATE + "{%- if not date_string is defined %}{%- set date_string = strftime_now('%d %b %Y') %}{%- endif %}{{ date_string }}"
    made = tokenizer(tmp_path, template=dated)
    assert made.decode(chat_of(made).encode("x")).endswith("26 Jul 2024")


def test_a_base_model_without_a_template_is_refused(tmp_path: Path) -> None:
    made = tokenizer(tmp_path)
    made.chat_template = None
    with pytest.raises(ModelError, match="no chat template"):
        chat_of(made)
