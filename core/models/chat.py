"""The chat template applied in one place: a prompt becomes token ids with exactly one BOS, and a turn's end is known.

Works on any tokenizer of transformers that carries a chat template (Llama 3's is what the tests hold it to).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from core.errors import ModelError

_PAD_NAMES = (
    "<|finetune_right_pad_id|>",
    "<|pad|>",
    "<pad>",
    "[PAD]",
    "<|padding|>",
    "<|vision_pad|>",
    "<unk>",
    "[UNK]",
)
# A word that no template adds by itself, so that what stands around it in a rendered turn is the template's.
_MARK = "7"
# Some templates write today's date into every prompt; Llama 3.1's own default keeps a prompt the same from day to day.
_DATE = "26 Jul 2024"


@dataclass(frozen=True, slots=True)
class Chat:
    """A tokenizer with its template.

    bos_id: id of the begin-of-text token, None where the model has none.
    end_of_turn: the token that the template puts after a response; a model learns it and generation stops at it.
    stop_ids: every token that ends a response, ``end_of_turn`` among them.
    pad_id: what fills rows; never one of ``stop_ids``, or a model would unlearn to stop.
    """

    tokenizer: Any
    bos_id: int | None
    end_of_turn: int
    stop_ids: frozenset[int]
    pad_id: int
    special_ids: frozenset[int] = field(repr=False)

    def encode(self, prompt: str) -> list[int]:
        """Token ids of a user's message with the header of the answer that is to come. Raises ModelError."""
        ids = _render(self.tokenizer, [{"role": "user", "content": prompt}], generation=True)
        ids = _one_bos(ids, self.bos_id)
        if self.bos_id is not None and ids.count(self.bos_id) != 1:
            raise ModelError("A prompt holds the model's own begin-of-text token; take it out of the problem's text.")
        return ids

    def encode_response(self, response: str) -> list[int]:
        """Token ids that a model should have generated for ``response``: its text, then the end of the turn. Raises ModelError."""
        ids = self._ids(response)
        if self.special_ids.intersection(ids):
            raise ModelError(
                "A response holds one of the model's own control tokens; make the training rows again, which leaves such responses out."
            )
        return [*ids, self.end_of_turn]

    def can_be_learned(self, response: str) -> bool:
        """Whether a response's text holds none of the model's control tokens, so that ``encode_response`` takes it."""
        return not self.special_ids.intersection(self._ids(response))

    def decode(self, ids: Sequence[int]) -> str:
        """Text of generated tokens without any special token."""
        return str(self.tokenizer.decode(list(ids), skip_special_tokens=True, clean_up_tokenization_spaces=False))

    def _ids(self, response: str) -> list[int]:
        return [int(i) for i in self.tokenizer.encode(response, add_special_tokens=False)]


def chat_of(tokenizer: Any, generation_stops: int | Iterable[int] | None = None) -> Chat:
    """Reads a tokenizer's template, stop tokens and pad token.

    generation_stops: ``eos_token_id`` of the model's generation config. The tokenizer's pad token and padding side are
    set to what is returned, so that libraries that read them there agree. Raises ModelError where there is no template.
    """
    if not tokenizer.chat_template:
        raise ModelError("The model's tokenizer has no chat template; use an instruction-tuned model.")
    try:
        return _read(tokenizer, generation_stops)
    except (TypeError, ValueError, KeyError, IndexError, AttributeError, OverflowError) as error:
        raise ModelError(f"The model's tokenizer cannot be used ({type(error).__name__}: {error}); its folder is damaged.") from error


def _read(tokenizer: Any, generation_stops: int | Iterable[int] | None) -> Chat:
    end_of_turn = _end_of_turn(tokenizer)
    stops = {end_of_turn}
    if tokenizer.eos_token_id is not None:
        stops.add(int(tokenizer.eos_token_id))
    if isinstance(generation_stops, int):
        stops.add(generation_stops)
    elif generation_stops is not None:
        stops.update(int(i) for i in generation_stops)
    bos = tokenizer.bos_token_id if _wants_bos(tokenizer) else None
    pad = _pad(tokenizer, stops, bos)
    tokenizer.pad_token = tokenizer.convert_ids_to_tokens(pad)
    tokenizer.padding_side = "left"
    return Chat(
        tokenizer=tokenizer,
        bos_id=None if bos is None else int(bos),
        end_of_turn=end_of_turn,
        stop_ids=frozenset(stops),
        pad_id=pad,
        special_ids=_special(tokenizer) | frozenset(stops),
    )


def _special(tokenizer: Any) -> frozenset[int]:
    added = {int(i) for i, token in tokenizer.added_tokens_decoder.items() if token.special}
    return frozenset(added | {int(i) for i in tokenizer.all_special_ids})


def _render(tokenizer: Any, messages: list[dict[str, str]], *, generation: bool) -> list[int]:
    try:
        encoded = tokenizer.apply_chat_template(
            messages, add_generation_prompt=generation, tokenize=True, return_dict=True, date_string=_DATE
        )
        return [int(i) for i in encoded["input_ids"]]
    except MemoryError:
        raise
    except Exception as error:  # a template is a program of the model's maker, and may fail in any way
        raise ModelError(f"The chat template cannot be applied ({type(error).__name__}: {error}); the model is damaged.") from error


def _one_bos(ids: list[int], bos: int | None) -> list[int]:
    """``ids`` starting with exactly one BOS: a template that writes it and a tokenizer that adds it make two."""
    if bos is None:
        return ids
    start = next((i for i, token in enumerate(ids) if token != bos), len(ids))
    return [bos, *ids[start:]]


def _wants_bos(tokenizer: Any) -> bool:
    """Whether the model was trained with a BOS: its template writes one, or its tokenizer adds one to plain text."""
    bos = tokenizer.bos_token_id
    if bos is None:
        return False
    rendered = _render(tokenizer, [{"role": "user", "content": _MARK}], generation=True)
    return rendered[:1] == [bos] or [int(i) for i in tokenizer.encode(_MARK)][:1] == [bos]


def _end_of_turn(tokenizer: Any) -> int:
    user = {"role": "user", "content": _MARK}
    before = _render(tokenizer, [user], generation=True)
    after = _render(tokenizer, [user, {"role": "assistant", "content": _MARK}], generation=False)
    mark = [int(i) for i in tokenizer.encode(_MARK, add_special_tokens=False)]
    if after[: len(before)] != before or after[len(before) : len(before) + len(mark)] != mark:
        if tokenizer.eos_token_id is None:
            raise ModelError("The model's chat template does not show where a response ends, and it has no end token.")
        return int(tokenizer.eos_token_id)
    rest = after[len(before) + len(mark) :]
    if not rest:
        raise ModelError("The model's chat template puts nothing after a response, so it could never learn to stop.")
    return rest[0]


def _pad(tokenizer: Any, stops: set[int], bos: int | None) -> int:
    if tokenizer.pad_token_id is not None and int(tokenizer.pad_token_id) not in stops:
        return int(tokenizer.pad_token_id)
    known = tokenizer.get_vocab()
    for name in _PAD_NAMES:
        if name in known and known[name] not in stops:
            return int(known[name])
    reserved = sorted(i for name, i in known.items() if "reserved" in name and name.startswith("<") and i not in stops)
    if reserved:
        return int(reserved[0])
    if bos is not None and bos not in stops:
        return int(bos)
    raise ModelError("The model's tokenizer has no token that could fill rows without being an end token.")
