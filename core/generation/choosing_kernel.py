"""The next token of every row in one GPU kernel, one program a row: what ``sampling.choose`` computes, for any vocabulary.

Nothing is sorted. The noisiest token of all is a sample from the whole softmax; if it lies in the nucleus, it is also the
noisiest of the nucleus. If not, no token as unlikely as it does, and the noisiest of the more likely ones is looked at in
its place. Whether a token is in is counted: the tokens more likely than it must hold less than top_p. The noise is that of
``noise.py``, computed where it is needed and never stored.
"""

from __future__ import annotations

from typing import Any

import torch
import triton
import triton.language as tl

from core.generation.sampling import Choice, Draw

_GAMMA = tl.constexpr(0x9E3779B97F4A7C15)
_MIX_1 = tl.constexpr(0xBF58476D1CE4E5B9)
_MIX_2 = tl.constexpr(0x94D049BB133111EB)
_STEP = tl.constexpr(0xD1342543DE82EF95)
_UNIT = tl.constexpr(2.0**-52)
_MANY = 256


@triton.jit
def _mix(x):
    x = (x ^ (x >> 30)) * _MIX_1
    x = (x ^ (x >> 27)) * _MIX_2
    return x ^ (x >> 31)


@triton.jit
def _gumbel(start, token):
    """Standard Gumbel noise of tokens, float64. 1 - u is exact: u is an odd multiple of 2**-53."""
    bits = _mix(start + (token.to(tl.uint64) + 1) * _GAMMA) & 0x7FFFFFFFFFFFFFFF
    u = ((bits >> 11).to(tl.float64) + 0.5) * _UNIT
    return -tl.log(-tl.log(1.0 - u))


@triton.jit
def _choose_kernel(
    logits, stride, vocabulary, temperature, top_p, key, position, chosen, logprob, BLOCK: tl.constexpr
):
    row = tl.program_id(0).to(tl.int64)
    logits += row * stride
    at = tl.arange(0, BLOCK)
    highest = tl.full([BLOCK], float("-inf"), tl.float32)
    best = tl.zeros([BLOCK], tl.int32)
    for first in range(0, vocabulary, BLOCK):
        value = tl.load(logits + first + at, mask=first + at < vocabulary, other=float("-inf")).to(tl.float32)
        best = tl.where(value > highest, first + at, best)
        highest = tl.maximum(highest, value)
    top = tl.max(highest, 0)
    token = tl.min(tl.where(highest == top, best, vocabulary), 0)

    temperature = tl.load(temperature + row)
    heat = tl.where(temperature > 0, temperature, 1.0)
    inverse = 1.0 / heat
    cool = inverse.to(tl.float32)
    whole = tl.zeros([BLOCK], tl.float32)
    heated = tl.zeros([BLOCK], tl.float32)
    for first in range(0, vocabulary, BLOCK):
        value = tl.load(logits + first + at, mask=first + at < vocabulary, other=float("-inf")).to(tl.float32) - top
        whole += tl.exp(value)
        heated += tl.exp(value * cool)

    if temperature > 0:
        edge = tl.load(top_p + row)
        # At 1.0 the nucleus is everything, whatever the rounding of a sum says.
        edge = tl.where(edge < 1.0, edge * tl.sum(heated, 0).to(tl.float64), float("inf"))
        start = _mix(tl.load(key + row).to(tl.uint64, bitcast=True) + tl.load(position + row).to(tl.uint64, bitcast=True) * _STEP)
        floor = float("-inf")
        outside = True
        while outside:
            loudest = tl.full([BLOCK], float("-inf"), tl.float64)
            best = tl.zeros([BLOCK], tl.int32)
            for first in range(0, vocabulary, BLOCK):
                value = tl.load(logits + first + at, mask=first + at < vocabulary, other=float("-inf")).to(tl.float32)
                noisy = value.to(tl.float64) * inverse + _gumbel(start, first + at)
                noisy = tl.where(value > floor, noisy, float("-inf"))
                best = tl.where(noisy > loudest, first + at, best)
                loudest = tl.maximum(loudest, noisy)
            token = tl.minimum(tl.min(tl.where(loudest == tl.max(loudest, 0), best, vocabulary), 0), vocabulary - 1)
            floor = tl.load(logits + token).to(tl.float32)
            above = tl.zeros([BLOCK], tl.float32)
            for first in range(0, vocabulary, BLOCK):
                value = tl.load(logits + first + at, mask=first + at < vocabulary, other=float("-inf")).to(tl.float32)
                above += tl.where(value > floor, tl.exp((value - top) * cool), 0.0)
            outside = tl.sum(above, 0).to(tl.float64) >= edge
    # A row that is only computed to fill a step up can hold numbers that are none.
    token = tl.minimum(token, vocabulary - 1)
    tl.store(chosen + row, token.to(tl.int64))
    tl.store(logprob + row, (tl.load(logits + token).to(tl.float32) - top - tl.log(tl.sum(whole, 0))).to(tl.float64))


def choose(logits: Any, draw: Draw, position: Any) -> Choice:
    """The next token of every row; logits: 16-bit floats [rows, vocabulary] on a GPU, the rest as in ``sampling.choose``.

    Every choice is called sure: that matters in fp32 alone, where logits do not hang on the batch.
    """
    rows, vocabulary = logits.shape
    token = torch.empty(rows, dtype=torch.int64, device=logits.device)
    logprob = torch.empty(rows, dtype=torch.float64, device=logits.device)
    # A row is one program's: few rows get more threads each, so that the GPU is not idle.
    block, warps = (2048, 8) if rows > _MANY else (4096, 32)
    _choose_kernel[(rows,)](
        logits, logits.stride(0), vocabulary, draw.temperature, draw.top_p, draw.key, position, token, logprob,
        min(block, triton.next_power_of_2(vocabulary)), num_warps=warps,
    )  # fmt: skip
    return Choice(token, logprob, None)
