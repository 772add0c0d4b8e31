"""Whether our decode loop says what the model says: its greedy tokens, judged by the model's own plain forward pass.

If at every position our token is the most likely one after the tokens before it, then the text is, by induction, the one
that plain greedy ``generate()`` gives. Another token passes only where rounding cannot tell the two apart. How much rounding
moves a logit is asked of the model itself in 16 bit: its own code, with two ways to write the same attention.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from core.generation.decode import Decoder
from core.generation.forward import Forward
from core.generation.groups import Group
from core.generation.store import Room, attention
from core.records import Request, Sampling

_PROMPTS = 4
_TOKENS = 16
_SLACK = {"torch.float32": 1e-4, "torch.bfloat16": 2.0**-6, "torch.float16": 2.0**-9}  # of the largest logit
_MARGIN = 3.0  # between two logits, each of which rounding moves, in a loop that rounds in other places


@dataclass(frozen=True, slots=True)
class Parity:
    """``same`` is the verdict over ``tokens`` tokens; ``worst`` the largest share of a logit by which ours was not the first,
    ``rounding`` the share by which the model's own code differs from itself."""

    same: bool
    tokens: int
    worst: float
    rounding: float


def check(forward: Forward, prompts: Sequence[Sequence[int]], stop_ids: Sequence[int]) -> Parity:
    """Compares loop and the model's own code on up to four of the prompts, sixteen tokens each."""
    chosen = [tuple(ids) for ids in list(prompts)[:_PROMPTS]]
    greedy = Sampling(temperature=0.0, max_new_tokens=_TOKENS)
    groups = [Group(ids, (Request(str(i), "", 0, greedy),)) for i, ids in enumerate(chosen)]
    room = Room(len(groups), len(groups), max(map(len, chosen)), _TOKENS)
    slack = _SLACK.get(str(forward.model.dtype), 0.0)
    tokens, worst, rounding = 0, 0.0, 0.0
    for batch in Decoder(forward, room, stop_ids).run(groups):
        for ended in batch:
            gap, own = _gaps(forward.model, chosen[int(ended.request.problem_id)], ended.tokens)
            worst, rounding = max(worst, gap), max(rounding, own)
            tokens += len(ended.tokens)
    return Parity(worst <= max(slack, _MARGIN * rounding), tokens, worst, rounding)


def _gaps(model: Any, prompt: Sequence[int], response: Sequence[int]) -> tuple[float, float]:
    """By how much the response's tokens miss being the most likely ones, and by how much rounding moves the model's own logits.

    Both in shares of the largest logit; in fp32 the second is not asked for.
    """
    import torch

    def logits(way: str) -> Any:
        with attention(model, way), torch.inference_mode():
            return model(input_ids=ids, use_cache=False).logits[0, len(prompt) - 1 :].float()

    ids = torch.tensor([[*prompt, *response[:-1]]], device=model.device)
    plain = logits("sdpa")
    largest = plain.abs().max(-1).values.clamp(min=1e-6)
    ours = plain.gather(-1, torch.tensor(list(response), device=model.device)[:, None])[:, 0]
    gap = float(((plain.max(-1).values - ours) / largest).max())
    if model.dtype == torch.float32:
        return gap, 0.0
    return gap, float(((plain - logits("eager")).abs().max(-1).values / largest).max())
