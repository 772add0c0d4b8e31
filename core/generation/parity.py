"""Whether our decode loop says what the model says: its greedy tokens, judged by the model's own plain forward pass.

If at every position our token is the most likely one after the tokens before it, then the text is, by induction, the one
that plain greedy ``generate()`` gives. Another token passes only where rounding cannot tell the two apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from core.generation.decode import Decoder
from core.generation.forward import Forward
from core.generation.groups import Group
from core.generation.store import Room
from core.records import Request, Sampling

_PROMPTS = 4
_TOKENS = 16
_SLACK = {"torch.float32": 1e-4, "torch.bfloat16": 2.0**-6, "torch.float16": 2.0**-9}  # of the largest logit


@dataclass(frozen=True, slots=True)
class Parity:
    """``same`` is the verdict over ``tokens`` tokens; ``worst`` the largest share of a logit by which ours was not the first."""

    same: bool
    tokens: int
    worst: float


def check(forward: Forward, prompts: Sequence[Sequence[int]], stop_ids: Sequence[int]) -> Parity:
    """Compares loop and the model's own code on up to four of the prompts, sixteen tokens each."""
    chosen = [tuple(ids) for ids in list(prompts)[:_PROMPTS]]
    greedy = Sampling(temperature=0.0, max_new_tokens=_TOKENS)
    groups = [Group(ids, (Request(str(i), "", 0, greedy),)) for i, ids in enumerate(chosen)]
    room = Room(len(groups), len(groups), max(map(len, chosen)), _TOKENS)
    tokens = worst = 0.0
    for batch in Decoder(forward, room, stop_ids).run(groups):
        for ended in batch:
            gap = _gap(forward.model, chosen[int(ended.request.problem_id)], ended.tokens)
            worst = max(worst, gap)
            tokens += len(ended.tokens)
    return Parity(worst <= _SLACK.get(str(forward.model.dtype), 0.0), int(tokens), worst)


def _gap(model: Any, prompt: Sequence[int], response: Sequence[int]) -> float:
    """By how much, in shares of the largest logit, the response's tokens miss being the most likely ones."""
    import torch

    from core.generation.store import attention

    ids = torch.tensor([[*prompt, *response[:-1]]], device=model.device)
    with attention(model, "sdpa"), torch.inference_mode():
        logits = model(input_ids=ids, use_cache=False).logits[0, len(prompt) - 1 :].float()
    ours = logits.gather(-1, torch.tensor(list(response), device=model.device)[:, None])[:, 0]
    best = logits.max(-1).values
    return float(((best - ours) / logits.abs().max(-1).values.clamp(min=1e-6)).max())
