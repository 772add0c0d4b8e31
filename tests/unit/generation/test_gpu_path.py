"""The GPU's store, kernels and fused forward pass: on a GPU as they are, elsewhere in Triton's interpreter where that runs.

The interpreter knows no bf16, so a CPU computes in fp16; torch's flash attention for prompts has a plain one in its place.
"""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

os.environ.setdefault("TRITON_INTERPRET", "0" if torch.cuda.is_available() else "1")
pytest.importorskip("triton")

from core.generation import decode, forward, gpu_store, kernels, parity, sampling, store
from core.generation.choosing_kernel import choose
from core.generation.decode import Decoder
from core.generation.fused import FusedForward, unfit
from core.generation.groups import Group, group
from core.generation.replay import Replay
from core.generation.store import Room
from core.models.load import Loaded, load
from tests.unit.generation.requests import requests
from tests.unit.generation.test_sampling import draw, logits
from tests.unit.models.fixtures import settings_for

DEVICE = "cuda" if torch.cuda.is_available() else "cpu"
DTYPE = torch.bfloat16 if DEVICE == "cuda" else torch.float16
NEAR = {"rtol": 2e-2, "atol": 2e-2}


def drawn(*size: int, seed: int = 0) -> Any:
    return torch.randn(*size, generator=torch.Generator().manual_seed(seed)).to(DEVICE, DTYPE)


def whole(numbers: Any, dtype: Any = torch.int32) -> Any:
    return torch.tensor(numbers, dtype=dtype, device=DEVICE)


@pytest.fixture(scope="module", autouse=True)
def interpreter_works() -> None:
    try:
        kernels.gated(drawn(1, 32), drawn(1, 16))
        kernels.attend(
            drawn(1, 16), drawn(1, 16), *(drawn(1, 1, 16, 16) for _ in range(4)), whole([[0] + [-1] * 15]), *(whole([0]) for _ in range(4)),
            1.0, 1,
        )  # fmt: skip
    except Exception as error:
        pytest.skip(f"Triton's interpreter does not run with this numpy ({type(error).__name__})")


@pytest.fixture
def on_this_device(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Everything takes the GPU's path, wherever the tests run."""
    if DEVICE == "cpu":
        for room in (store, forward, decode):
            monkeypatch.setattr(room, "kernels_run", lambda device, dtype: True)
        monkeypatch.setattr(decode, "CPU_ROWS", 1)
        monkeypatch.setattr(gpu_store, "causal", plain_causal)
        monkeypatch.setattr(Replay, "_record", lambda self, size, step: lambda: step(size))
    yield


def plain_causal(q: Any, k: Any, v: Any, ends: Any, longest: int, scaling: float) -> Any:
    out = torch.empty_like(q)
    for start, end in zip(ends.tolist(), ends.tolist()[1:], strict=False):
        one = (states[start:end].transpose(0, 1) for states in (q, k, v))
        seen = torch.nn.functional.scaled_dot_product_attention(*one, is_causal=True, scale=scaling, enable_gqa=True)
        out[start:end] = seen.transpose(0, 1)
    return out


def half(base: Path, adapter: Path | None = None) -> Loaded:
    loaded = load(settings_for(base, precision="fp32" if DEVICE == "cpu" else "bf16"), base.parent, None)
    model = loaded.model
    if adapter is not None:
        from core.models.load import add_adapter

        model = add_adapter(model, adapter, trainable=False).eval()
    return dataclasses.replace(loaded, model=model.to(DTYPE))


def test_a_norm_and_a_gate_are_what_their_formulas_say() -> None:
    x, weight, wide = drawn(5, 48), drawn(48, seed=1), drawn(5, 64)
    kernels.normed(x, weight, 1e-6, wide)
    exact = x.float() * torch.rsqrt(x.float().pow(2).mean(-1, keepdim=True) + 1e-6) * weight.float()
    torch.testing.assert_close(wide[:, :48].float(), exact, **NEAR)
    both = drawn(5, 96)
    kernels.gated(both, wide)
    torch.testing.assert_close(wide[:, :48].float(), torch.nn.functional.silu(both[:, :48].float()) * both[:, 48:].float(), **NEAR)


@pytest.mark.parametrize(("heads", "key_heads"), [(6, 3), (4, 4), (7, 1)])
def test_a_step_attends_over_the_shared_prompt_and_the_rows_own_tokens(heads: int, key_heads: int) -> None:
    head, group_size = 32, heads // key_heads
    keys, values = drawn(7, key_heads, 48, head), drawn(7, key_heads, 48, head, seed=1)
    prompt_keys, prompt_values = drawn(4, key_heads, 96, head, seed=2), drawn(4, key_heads, 96, head, seed=3)
    query, out = drawn(6, heads * head, seed=4), drawn(6, heads * head + 16, seed=5)
    slot, prompt, seen = [3, 1, 0, 6, 2, 5], [1, 1, 2, 1, 2, 0], {0: 30, 1: 90, 2: 7}
    count = [1, 40, 13, 5, 33, 2]
    tile = kernels.rows_of_a_tile(group_size)
    parts = [m[i : i + tile] for m in ([0, 1, 3], [2, 4], [5]) for i in range(0, len(m), tile)]
    tiles = whole([part + [-1] * (tile - len(part)) for part in parts])
    lengths = whole([seen[p] for p in prompt])
    kernels.attend(
        query, out, prompt_keys, prompt_values, keys, values, tiles, whole(prompt), lengths, whole(slot), whole(count), head**-0.5, heads
    )
    for row in range(6):
        k, v = (
            torch.cat([shared[prompt[row], :, : seen[prompt[row]]], own[slot[row], :, : count[row]]], 1).float()
            for shared, own in ((prompt_keys, keys), (prompt_values, values))
        )
        q = query[row].view(heads, 1, head).float()
        exact = torch.nn.functional.scaled_dot_product_attention(q[None], k[None], v[None], enable_gqa=True).flatten()
        torch.testing.assert_close(out[row, : heads * head].float(), exact, **NEAR)


@pytest.mark.slow
def test_the_kernel_chooses_what_plain_torch_chooses() -> None:
    how = draw(24)
    how.temperature[3] = 0.0
    how.top_p[7], how.top_p[8] = 0.1, 1.0
    spread = torch.linspace(0.3, 4.0, 24)[:, None]
    rows, position = (logits(24, vocabulary=3000) * spread).to(DTYPE), torch.arange(24)
    expected = sampling.choose(rows, how, position)
    there = sampling.Draw(how.temperature.to(DEVICE), how.top_p.to(DEVICE), how.key.to(DEVICE), True)
    made = choose(rows.to(DEVICE), there, position.to(DEVICE))
    assert made.token.tolist() == expected.token.tolist()
    torch.testing.assert_close(made.logprob.cpu(), expected.logprob, rtol=1e-4, atol=1e-4)


@pytest.mark.slow
@pytest.mark.parametrize("with_adapter", [False, True])
def test_the_fused_pass_says_what_the_models_own_code_says(
    with_adapter: bool, tiny_base: Path, tiny_adapter: Path, on_this_device: None
) -> None:
    loaded = half(tiny_base, tiny_adapter if with_adapter else None)
    prompts = [loaded.chat.encode(r.prompt) for r in requests(samples=1)]
    before = loaded.model(torch.tensor(prompts[:1], device=DEVICE)).logits
    assert unfit(loaded.model) is None
    fused = FusedForward(loaded.model, 256)
    found = parity.check(fused, prompts, sorted(loaded.chat.stop_ids))
    assert found.same and found.tokens > 16
    # The model itself goes on with the same weights, which are now views of the fused ones.
    torch.testing.assert_close(loaded.model(torch.tensor(prompts[:1], device=DEVICE)).logits, before, rtol=1e-2, atol=1e-2)


@pytest.mark.slow
def test_rows_that_leave_and_prompts_that_wait_disturb_no_one(tiny_base: Path, on_this_device: None) -> None:
    loaded = half(tiny_base)
    wanted = requests(prompts=5, samples=3, max_new_tokens=12)
    stops = sorted(loaded.chat.stop_ids)
    groups: list[Group] = group(wanted, loaded.chat, 256)
    found = []
    for way, room in ((FusedForward(loaded.model, 256), Room(6, 3, 200, 12)), (forward.OwnForward(loaded.model), Room(15, 5, 200, 12))):
        ended = [one for batch in Decoder(way, room, stops).run(groups) for one in batch]
        assert len(ended) == len({one.request for one in ended}) == 15
        found.append({one.request: one.tokens for one in ended})
    same = sum(found[0][request] == found[1][request] for request in wanted)
    assert same >= 13  # in 16 bit a rounding may turn a token
