"""What the benchmarks of training are given and how their rate is taken: parts of the table, rows of a known number of tokens."""

from __future__ import annotations

import random
import statistics
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from core.records import Category, TrainingRow

LENGTH = 512
PROMPT = 120
WARM = 4  # steps that are not counted
STEPS = {4: 20, 16: 8}  # that are, by the rows of a step


@dataclass(frozen=True)
class Part:
    """One line of the table. ``batch`` rows a step; precision nf4 or bf16; ``ours``: through ``train()``."""

    library: str
    precision: str
    batch: int
    ours: bool
    plan: bool = False
    profile: bool = False

    @property
    def name(self) -> str:
        who = "ours" if self.ours else "raw"
        what = "plan" if self.plan else f"batch {self.batch}"
        return f"{who} {self.library} {self.precision} {what}" + (" profiled" if self.profile else "")


def rate(part: Part, moments: list[float], losses: str) -> dict[str, Any]:
    """Tokens a second at the median step; ``moments`` are when the steps ended, the last one that is not counted among them."""
    each = [end - start for start, end in pairwise(moments)]
    return {"rate": part.batch * LENGTH / statistics.median(each), "note": f"{len(each)} steps, {losses}"}


def rows(count: int, folder: Path) -> list[TrainingRow]:
    """Rows of exactly LENGTH tokens: the tokenizers here keep every digit a token of its own."""
    template = _template_tokens(folder)
    return [_row(i, PROMPT - template, LENGTH - PROMPT) for i in range(count)]


def plan_rows(folder: Path) -> list[TrainingRow]:
    """150 rows with prompts of about 120 tokens and answers of 40 to 500 with mean 177."""
    draw, template = random.Random(0), _template_tokens(folder)
    return [_row(i, PROMPT - template, round(min(500, max(40, draw.lognormvariate(5.05, 0.5))))) for i in range(150)]


def _row(number: int, prompt: int, response: int) -> TrainingRow:
    draw = random.Random(number)
    digits = "".join(draw.choice("0123456789") for _ in range(prompt + response))
    return TrainingRow(
        problem_id=f"bench/{number}",
        category=Category.MATH,
        prompt=digits[:prompt],
        response=digits[prompt : prompt + response - 1],
        response_key=f"bench/{number}",
        verified=True,
        temperature=0.0,
    )


def _template_tokens(folder: Path) -> int:
    """Tokens that the chat template of a model puts around a prompt."""
    from transformers import AutoTokenizer

    from core.models.chat import chat_of

    return len(chat_of(AutoTokenizer.from_pretrained(folder), None).encode("7")) - 1
