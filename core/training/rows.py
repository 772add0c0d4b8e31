"""A batch as one long row: its rows laid end to end without padding, and an attention in which none of them sees another.

Padding is arithmetic for nothing: over the plan's lengths a quarter of a padded batch of four. Names of the batch's fields
are those that transformers uses for flash attention (``cu_seq_lens_q``, ``max_length_q``); Unsloth reads
``packed_seq_lengths``. On CUDA in 16 bit the attention is torch's own variable-length flash attention, elsewhere plain
attention row by row; both are causal inside a row and see nothing outside it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import accumulate, pairwise
from typing import Any

from core.generation.architectures import unknown
from core.training.dataset import IGNORED, Example

ATTENTION = "cogumi_rows"


def can_join(model: Any) -> bool:
    """Whether this model's rows may be laid end to end: causal attention over all earlier tokens, without dropout."""
    return unknown(model) is None and not getattr(model.config, "attention_dropout", 0.0)


@contextmanager
def attending_by_row(model: Any) -> Iterator[None]:
    """The model with the attention of this module inside the block, and its own one after it."""
    from transformers import AttentionInterface

    AttentionInterface.register(ATTENTION, attend)
    before = model.config._attn_implementation
    model.config._attn_implementation = ATTENTION
    try:
        yield
    finally:
        model.config._attn_implementation = before


class EndToEnd:
    """Lays a batch's rows end to end: [1, tokens], with positions that start at 0 in every row.

    describe: what is said of it in the log. own_attention: the model needs ``attending_by_row`` for such batches.
    """

    describe = "rows of a batch lie end to end without padding"
    own_attention = True

    def most_tokens(self, examples: Sequence[Example], batch: int) -> int:
        """Tokens of the largest batch that there can be."""
        return sum(sorted((len(example.input_ids) for example in examples), reverse=True)[:batch])

    def __call__(self, rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
        """Rows with ``input_ids`` and ``labels`` as one batch. A row's first token is never a label: nothing comes before it."""
        import torch

        lengths = [len(row["input_ids"]) for row in rows]
        starts = torch.tensor([0, *accumulate(lengths)], dtype=torch.int32)
        return {
            "input_ids": torch.tensor([[token for row in rows for token in row["input_ids"]]]),
            "labels": torch.tensor([[label for row in rows for label in (IGNORED, *row["labels"][1:])]]),
            "position_ids": torch.tensor([[position for n in lengths for position in range(n)]]),
            "cu_seq_lens_q": starts,
            "cu_seq_lens_k": starts,
            "max_length_q": max(lengths),
            "max_length_k": max(lengths),
        }


class EndToEndForUnsloth(EndToEnd):
    """The same batch with the lengths under the name that Unsloth's attention reads them from."""

    own_attention = False

    def __call__(self, rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
        import torch

        batch = super().__call__(rows)
        kept = {name: batch[name] for name in ("input_ids", "labels", "position_ids")}
        return kept | {"packed_seq_lengths": torch.tensor([len(row["input_ids"]) for row in rows], dtype=torch.int32)}


def attend(
    module: Any,
    query: Any,
    key: Any,
    value: Any,
    attention_mask: Any = None,
    *,
    scaling: float,
    cu_seq_lens_q: Any,
    max_length_q: int,
    **_: Any,
) -> tuple[Any, None]:
    """query: [1, heads, tokens, head]; key and value: [1, key heads, tokens, head]; the result: [1, tokens, heads, head]."""
    import torch

    if query.is_cuda and query.dtype in (torch.bfloat16, torch.float16):
        out = torch.ops.aten._flash_attention_forward(
            query[0].transpose(0, 1),
            key[0].transpose(0, 1),
            value[0].transpose(0, 1),
            cu_seq_lens_q,
            cu_seq_lens_q,
            max_length_q,
            max_length_q,
            0.0,
            True,
            False,
            scale=scaling,
        )
        return out[0][None], None
    ends = cu_seq_lens_q.tolist()
    groups = query.shape[1] // key.shape[1]
    parts = [
        torch.nn.functional.scaled_dot_product_attention(
            query[:, :, start:end],
            key[:, :, start:end].repeat_interleave(groups, 1),
            value[:, :, start:end].repeat_interleave(groups, 1),
            is_causal=True,
            scale=scaling,
        )
        for start, end in pairwise(ends)
    ]
    return torch.cat(parts, 2).transpose(1, 2), None
