"""A batch padded on the right to its longest row: for models whose attention cannot keep rows apart that lie end to end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from core.training.dataset import IGNORED, Example


class Padded:
    """Pads a batch on the right. For ``describe`` and ``own_attention`` see rows.py."""

    describe = "rows of a batch are padded to the longest"
    own_attention = False

    def __init__(self, pad_id: int) -> None:
        self._pad_id = pad_id

    def most_tokens(self, examples: Sequence[Example], batch: int) -> int:
        """Tokens of the largest batch that there can be, padding counted."""
        return batch * max(len(example.input_ids) for example in examples)

    def __call__(self, rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
        """Rows with ``input_ids`` and ``labels`` as one batch: [rows, longest] each, and the attention mask."""
        import torch

        lengths = [len(row["input_ids"]) for row in rows]
        gaps = [max(lengths) - n for n in lengths]
        return {
            "input_ids": torch.tensor([[*row["input_ids"], *[self._pad_id] * gap] for row, gap in zip(rows, gaps, strict=True)]),
            "labels": torch.tensor([[*row["labels"], *[IGNORED] * gap] for row, gap in zip(rows, gaps, strict=True)]),
            "attention_mask": torch.tensor([[1] * n + [0] * gap for n, gap in zip(lengths, gaps, strict=True)]),
        }
