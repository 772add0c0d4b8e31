"""GPU kernels for what lies between a decoder's matrix products: norms, rotary positions, gated activation, attention over a store.

Written in Triton, which torch carries for CUDA. Each computes in fp32 and rounds once at the end, where transformers rounds
in between too. ``attend`` is online softmax (Milakov and Gimelshein, arXiv 1805.02867), in powers of two, for one
new token a row over keys and values in two places: the prompt's, kept once for all its samples, and the row's own.
"""

from __future__ import annotations

from typing import Any

import triton
import triton.language as tl

_LOG2_E = 1.4426950408889634
_TILE = 16  # query heads that one program multiplies at once: the fewest that a matrix unit takes


@triton.jit
def _normed_kernel(x, weight, out, x_stride, out_stride, eps, WIDTH: tl.constexpr, BLOCK: tl.constexpr):
    row = tl.program_id(0).to(tl.int64)
    at = tl.arange(0, BLOCK)
    inside = at < WIDTH
    value = tl.load(x + row * x_stride + at, mask=inside, other=0.0).to(tl.float32)
    scale = tl.rsqrt(tl.sum(value * value, 0) / WIDTH + eps)
    factor = tl.load(weight + at, mask=inside, other=0.0).to(tl.float32)
    tl.store(out + row * out_stride + at, (value * scale * factor).to(out.dtype.element_ty), mask=inside)


@triton.jit
def _gated_kernel(both, out, both_stride, out_stride, WIDTH: tl.constexpr, BLOCK: tl.constexpr):
    row = tl.program_id(0).to(tl.int64)
    at = tl.program_id(1) * BLOCK + tl.arange(0, BLOCK)
    inside = at < WIDTH
    gate = tl.load(both + row * both_stride + at, mask=inside, other=0.0).to(tl.float32)
    up = tl.load(both + row * both_stride + WIDTH + at, mask=inside, other=0.0).to(tl.float32)
    tl.store(out + row * out_stride + at, (gate * tl.sigmoid(gate) * up).to(out.dtype.element_ty), mask=inside)


@triton.jit
def _turned(first, second, weight, cos, sin, eps, HALF: tl.constexpr, NORMED: tl.constexpr):
    """Heads' two halves [heads, half], normed where the model norms them, turned by their position."""
    if NORMED:
        at = tl.arange(0, HALF)
        scale = tl.rsqrt((tl.sum(first * first, 1) + tl.sum(second * second, 1)) / (2 * HALF) + eps)[:, None]
        first = first * scale * tl.load(weight + at).to(tl.float32)[None, :]
        second = second * scale * tl.load(weight + HALF + at).to(tl.float32)[None, :]
    return first * cos[None, :] - second * sin[None, :], second * cos[None, :] + first * sin[None, :]


@triton.jit
def _turn_kernel(
    qkv, qkv_stride, cosines, sines, position, keys, values, slot, place, query_weight, key_weight, eps, length,
    HEADS: tl.constexpr, KEY_HEADS: tl.constexpr, HEAD: tl.constexpr, HEADS_UP: tl.constexpr, KEY_HEADS_UP: tl.constexpr,
    NORMED: tl.constexpr,
):
    token = tl.program_id(0).to(tl.int64)
    half: tl.constexpr = HEAD // 2
    at = tl.arange(0, half)
    where = tl.load(position + token)
    cos, sin = tl.load(cosines + where * half + at), tl.load(sines + where * half + at)

    heads = tl.arange(0, HEADS_UP)
    inside = heads[:, None] < HEADS
    query = qkv + token * qkv_stride + heads[:, None] * HEAD + at[None, :]
    first = tl.load(query, mask=inside, other=0.0).to(tl.float32)
    second = tl.load(query + half, mask=inside, other=0.0).to(tl.float32)
    first, second = _turned(first, second, query_weight, cos, sin, eps, half, NORMED)
    tl.store(query, first.to(qkv.dtype.element_ty), mask=inside)
    tl.store(query + half, second.to(qkv.dtype.element_ty), mask=inside)

    heads = tl.arange(0, KEY_HEADS_UP)
    inside = heads[:, None] < KEY_HEADS
    key = qkv + token * qkv_stride + (HEADS + heads[:, None]) * HEAD + at[None, :]
    first = tl.load(key, mask=inside, other=0.0).to(tl.float32)
    second = tl.load(key + half, mask=inside, other=0.0).to(tl.float32)
    first, second = _turned(first, second, key_weight, cos, sin, eps, half, NORMED)
    first, second = first.to(qkv.dtype.element_ty), second.to(qkv.dtype.element_ty)
    tl.store(key, first, mask=inside)
    tl.store(key + half, second, mask=inside)
    start = tl.load(slot + token).to(tl.int64) * KEY_HEADS
    kept = ((start + heads[:, None]) * length + tl.load(place + token)) * HEAD + at[None, :]
    tl.store(keys + kept, first, mask=inside)
    tl.store(keys + kept + half, second, mask=inside)
    value = key + KEY_HEADS * HEAD
    tl.store(values + kept, tl.load(value, mask=inside, other=0.0), mask=inside)
    tl.store(values + kept + half, tl.load(value + half, mask=inside, other=0.0), mask=inside)


@triton.jit
def _over(
    query, scale, member, wanted, keys, values, start, count, highest, total, seen,
    HEAD: tl.constexpr, BLOCK: tl.constexpr, EVERY: tl.constexpr,
):
    """Online softmax of ``query`` [tile, head] over ``count`` keys from ``start`` on, for all rows of the tile or one member."""
    at = tl.arange(0, HEAD)
    for first in range(0, count, BLOCK):
        token = first + tl.arange(0, BLOCK)
        inside = token < count
        place = (start + token)[:, None] * HEAD + at[None, :]
        key = tl.load(keys + place, mask=inside[:, None], other=0.0)
        score = tl.dot(query, tl.trans(key)) * scale
        if EVERY:
            score = tl.where(inside[None, :], score, float("-inf"))
        else:
            score = tl.where(inside[None, :] & (member == wanted)[:, None], score, float("-inf"))
        higher = tl.maximum(highest, tl.max(score, 1))
        share = tl.exp2(score - higher[:, None])
        shrink = tl.exp2(highest - higher)
        value = tl.load(values + place, mask=inside[:, None], other=0.0)
        total = total * shrink + tl.sum(share, 1)
        seen = seen * shrink[:, None] + tl.dot(share.to(value.dtype), value)
        highest = higher
    return highest, total, seen


@triton.jit
def _attend_kernel(
    query, query_stride, out, out_stride, prompt_keys, prompt_values, keys, values, tiles, prompt, prompt_count, slot, count,
    prompt_length, length, scale,
    KEY_HEADS: tl.constexpr, GROUP: tl.constexpr, HEAD: tl.constexpr, ROWS: tl.constexpr, TILE: tl.constexpr, BLOCK: tl.constexpr,
):
    tile = tl.program_id(0)
    head = tl.program_id(1)
    first = tl.load(tiles + tile * ROWS).to(tl.int64)
    if first < 0:
        return
    at = tl.arange(0, HEAD)
    index = tl.arange(0, TILE)
    member = index // GROUP
    own = tl.load(tiles + tile * ROWS + member, mask=member < ROWS, other=-1).to(tl.int64)
    there = (own >= 0)[:, None]
    offset = (head * GROUP + index % GROUP)[:, None] * HEAD + at[None, :]
    asked = tl.load(query + own[:, None] * query_stride + offset, mask=there, other=0.0)
    highest = tl.full([TILE], float("-inf"), tl.float32)
    total = tl.zeros([TILE], tl.float32)
    seen = tl.zeros([TILE, HEAD], tl.float32)

    # All rows of a tile have the same prompt: its keys are read once for all of them.
    start = (tl.load(prompt + first).to(tl.int64) * KEY_HEADS + head) * prompt_length
    highest, total, seen = _over(
        asked, scale, member, 0, prompt_keys, prompt_values, start, tl.load(prompt_count + first), highest, total, seen,
        HEAD, BLOCK, True,
    )  # fmt: skip
    for wanted in tl.static_range(ROWS):
        row = tl.load(tiles + tile * ROWS + wanted).to(tl.int64)
        if row >= 0:
            start = (tl.load(slot + row).to(tl.int64) * KEY_HEADS + head) * length
            highest, total, seen = _over(
                asked, scale, member, wanted, keys, values, start, tl.load(count + row), highest, total, seen, HEAD, BLOCK, False
            )
    tl.store(out + own[:, None] * out_stride + offset, (seen / total[:, None]).to(out.dtype.element_ty), mask=there)


def rows_of_a_tile(group: int) -> int:
    """Rows of one prompt that ``attend`` takes together, ``group`` query heads sharing a key head."""
    return max(1, _TILE // group)


def normed(x: Any, weight: Any, eps: float, out: Any) -> None:
    """RMSNorm of every row of x [rows, width] into out [rows, at least width]."""
    width = x.shape[1]
    block = triton.next_power_of_2(width)
    _normed_kernel[(x.shape[0],)](x, weight, out, x.stride(0), out.stride(0), eps, width, block, num_warps=min(8, max(1, block // 512)))


def gated(both: Any, out: Any) -> None:
    """silu(gate) * up of both [rows, 2 * width], gate before up, into out [rows, at least width]."""
    width = both.shape[1] // 2
    block = min(1024, triton.next_power_of_2(width))
    _gated_kernel[(both.shape[0], triton.cdiv(width, block))](both, out, both.stride(0), out.stride(0), width, block, num_warps=4)


def turn_and_keep(
    qkv: Any,
    cosines: Any,
    sines: Any,
    position: Any,
    keys: Any,
    values: Any,
    slot: Any,
    place: Any,
    norms: tuple[Any, Any] | None,
    eps: float,
    heads: int,
) -> None:
    """Turns queries and keys of qkv [tokens, (heads + 2 key heads) * head] in place by their positions, and keeps keys and values.

    cosines, sines: fp32 [positions, head / 2]. keys, values: [slots, key heads, length, head]; token i goes to slot[i], place[i]
    (int32). norms: weights of the RMSNorm of each query and key head, for models that have them.
    """
    _, key_heads, length, head = keys.shape
    query_weight, key_weight = norms or (cosines, cosines)
    _turn_kernel[(qkv.shape[0],)](
        qkv, qkv.stride(0), cosines, sines, position, keys, values, slot, place, query_weight, key_weight, eps, length,
        heads, key_heads, head, triton.next_power_of_2(heads), triton.next_power_of_2(key_heads), norms is not None, num_warps=4,
    )  # fmt: skip


def attend(
    query: Any,
    out: Any,
    prompt_keys: Any,
    prompt_values: Any,
    keys: Any,
    values: Any,
    tiles: Any,
    prompt: Any,
    prompt_count: Any,
    slot: Any,
    count: Any,
    scaling: float,
    heads: int,
) -> None:
    """Attention of one new token a row into out [rows, at least heads * head].

    query: [rows, at least heads * head]. prompt_keys, prompt_values, keys, values: [slots, key heads, length, head]. A row
    sees the first prompt_count[row] of the prompt in slot prompt[row] and the first count[row] of its own slot[row] (int32).
    tiles: int32 [tiles, rows_of_a_tile], rows of one prompt each, filled up with -1; empty tiles are passed over.
    """
    _, key_heads, length, head = keys.shape
    group = heads // key_heads
    rows = tiles.shape[1]
    tile = max(_TILE, triton.next_power_of_2(group * rows))
    _attend_kernel[(tiles.shape[0], key_heads)](
        query, query.stride(0), out, out.stride(0), prompt_keys, prompt_values, keys, values, tiles, prompt, prompt_count, slot, count,
        prompt_keys.shape[2], length, scaling * _LOG2_E,
        key_heads, group, head, rows, tile, 64 if head <= 128 else 32, num_warps=4, num_stages=3,
    )  # fmt: skip
