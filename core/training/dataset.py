"""Training rows as token ids and labels: loss on the response and on its end of turn, on nothing else.

The ids before the response are exactly those that generation starts from (``Chat.encode``), so the model is trained in the
context in which it will answer. Rows go to TRL's trainer tokenised, with ``input_ids`` and ``labels``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from core.errors import ModelError, TrainingError
from core.models.chat import Chat
from core.records import TrainingRow
from core.training.expect import held_out_rows

IGNORED = -100  # torch's cross entropy leaves such labels out


@dataclass(frozen=True, slots=True)
class Example:
    """One row as the trainer gets it: ``labels`` is as long as ``input_ids``, IGNORED over the prompt."""

    problem_id: str
    input_ids: tuple[int, ...]
    labels: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Examples:
    """All rows. too_long: problems whose row does not fit and was left out, never cut."""

    train: tuple[Example, ...]
    held_out: tuple[Example, ...]
    too_long: tuple[str, ...]

    @property
    def tokens(self) -> int:
        """Tokens of the training rows, prompts included."""
        return sum(len(example.input_ids) for example in self.train)


def examples(rows: Sequence[TrainingRow], chat: Chat, max_length: int, held_out_share: float, seed: int) -> Examples:
    """Tokenises the rows and keeps some aside. Raises TrainingError when nothing is left to train on."""
    if not rows:
        raise TrainingError("There are no training rows; run the distill step first.")
    made = [_example(row, chat) for row in rows]
    fit = [example for example in made if len(example.input_ids) <= max_length]
    if not fit:
        raise TrainingError(f"None of the {len(rows)} training rows fits model.max_length = {max_length} tokens; raise it.")
    aside = _aside(fit, held_out_share, seed)
    return Examples(
        train=tuple(example for i, example in enumerate(fit) if i not in aside),
        held_out=tuple(example for i, example in enumerate(fit) if i in aside),
        too_long=tuple(example.problem_id for example in made if len(example.input_ids) > max_length),
    )


def _example(row: TrainingRow, chat: Chat) -> Example:
    try:
        prompt = chat.encode(row.prompt)
        response = chat.encode_response(row.response)
    except ModelError as error:
        raise TrainingError(f"The training row of {row.problem_id} cannot be used: {error}") from None
    return Example(row.problem_id, (*prompt, *response), (*[IGNORED] * len(prompt), *response))


def _aside(fit: Sequence[Example], share: float, seed: int) -> set[int]:
    """Which rows to keep aside: whole problems, chosen by hash, so that none is on both sides and its part does not hang on the others.

    As many rows as the share asks for, or fewer where the next problem has more of them; at least one problem where it asks for any.
    """
    left = held_out_rows(len(fit), share)
    mine: dict[str, list[int]] = {}
    for place, example in enumerate(fit):
        mine.setdefault(example.problem_id, []).append(place)
    aside: set[int] = set()
    for problem in sorted(mine, key=lambda name: hashlib.sha256(f"{seed}\0{name}".encode()).digest()):
        places = mine[problem]
        if left > 0 and len(places) < len(fit) - len(aside) and (len(places) <= left or not aside):
            aside.update(places)
            left -= len(places)
    return aside
