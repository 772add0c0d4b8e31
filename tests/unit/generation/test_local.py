"""The decode loop: a response depends on nothing but itself, and greedy text is what ``generate()`` gives."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from core.errors import GenerationError
from core.generation import architectures, local, parity, sampling
from core.generation.decode import Decoder
from core.generation.forward import OwnForward
from core.generation.keys import response_key
from core.generation.plain import generate_plainly
from core.generation.rows import Ended
from core.generation.store import Room
from core.models.load import Loaded, load
from core.practice.paths import model_folder
from core.practice.problems import practice_problems
from core.records import Category, Request, Response, Sampling
from tests.unit.generation.requests import engine, requests, responses
from tests.unit.models.fixtures import settings_for


@pytest.fixture(scope="module")
def reference(loaded: Loaded) -> dict[tuple[str, int], Response]:
    """All requests in one go."""
    return responses(engine(loaded), requests())


@pytest.mark.parametrize("batch_size", [1, 7, 20])
def test_responses_are_the_same_bit_for_bit_whatever_the_batch_size(
    batch_size: int, loaded: Loaded, reference: dict[tuple[str, int], Response]
) -> None:
    assert responses(engine(loaded, batch_size), requests()) == reference


def test_responses_are_the_same_bit_for_bit_in_any_order_and_company(
    loaded: Loaded, reference: dict[tuple[str, int], Response]
) -> None:
    shuffled = requests()
    random.Random(1).shuffle(shuffled)
    some = shuffled[: len(shuffled) // 2]
    strangers = [replace(r, problem_id=f"other/{r.problem_id}") for r in requests(prompts=3, temperature=1.2)]
    found = responses(engine(loaded, 24), [*strangers, *some])
    places = {(r.problem_id, r.sample) for r in some}
    assert {place: found[place] for place in found.keys() & reference.keys()} == {place: reference[place] for place in places}


def test_a_killed_and_resumed_step_has_the_responses_of_an_unbroken_one(
    loaded: Loaded, reference: dict[tuple[str, int], Response]
) -> None:
    broken = engine(loaded, 16).generate(requests())
    kept = {(r.problem_id, r.sample): r for r in next(batch for batch in broken if batch)[:11]}
    broken.close()  # type: ignore[attr-defined]
    left = [r for r in requests() if (r.problem_id, r.sample) not in kept]
    assert kept | responses(engine(loaded, 32), left) == reference


def test_samples_of_a_prompt_differ_and_another_seed_gives_others(
    loaded: Loaded, reference: dict[tuple[str, int], Response]
) -> None:
    assert len({r.text for (problem, _), r in reference.items() if problem == "p/1"}) > 1
    other = responses(engine(loaded), requests(seed=8))
    assert sum(other[place].text == reference[place].text for place in reference) < len(reference) // 2


def test_greedy_text_is_what_plain_generate_gives(loaded: Loaded) -> None:
    import torch

    wanted = requests(samples=1, temperature=0.0)
    found = responses(engine(loaded), wanted)
    for request in wanted:
        ids = loaded.chat.encode(request.prompt)
        out = loaded.model.generate(
            torch.tensor([ids]), attention_mask=torch.ones(1, len(ids)), do_sample=False, max_new_tokens=24, pad_token_id=5
        )
        assert found[request.problem_id, 0].text == loaded.chat.decode(out[0, len(ids) :].tolist())


def test_log_probabilities_are_those_of_the_model_over_the_whole_response(loaded: Loaded) -> None:
    import torch

    wanted = requests(prompts=2, samples=2, max_new_tokens=12)
    decoder = Decoder(OwnForward(loaded.model), Room(16, 16, 200, 12), sorted(loaded.chat.stop_ids))
    groups = local.group(wanted, loaded.chat, 256)
    for ended in (one for batch in decoder.run(groups) for one in batch):
        prompt = loaded.chat.encode(ended.request.prompt)
        logits = loaded.model(torch.tensor([[*prompt, *ended.tokens[:-1]]])).logits[0, len(prompt) - 1 :]
        each = torch.log_softmax(logits, -1).gather(-1, torch.tensor(ended.tokens)[:, None])
        assert ended.logprob == pytest.approx(float(each.mean()), abs=1e-4)


def test_finish_tokens_and_key_say_how_a_response_was_made(loaded: Loaded, reference: dict[tuple[str, int], Response]) -> None:
    found = list(reference.values())
    assert {r.finish for r in found} == {"stop", "length"}
    assert all(r.tokens == 24 for r in found if r.finish == "length")
    assert all("<|" not in r.text and r.logprob is not None and r.logprob < 0 for r in found)
    assert all((r.model, r.engine) == (loaded.fingerprint, "local") for r in found)
    by_key = {response_key(loaded.fingerprint, "local", request): request for request in requests()}
    assert all(by_key[r.key].problem_id == r.problem_id and by_key[r.key].sample == r.sample for r in found)


def test_greedy_and_sampled_requests_with_different_limits_share_a_run(loaded: Loaded) -> None:
    mixed = requests(prompts=4) + requests(prompts=4, samples=1, temperature=0.0, max_new_tokens=9)
    made = [r for batch in engine(loaded, 16).generate(mixed) for r in batch]
    assert len(made) == 24
    assert all(r.tokens <= r.sampling.max_new_tokens for r in made)


def test_a_prompt_that_leaves_no_room_is_refused_before_anything_is_made(loaded: Loaded) -> None:
    long = replace(requests()[0], problem_id="long/1", prompt="apples " * 400)
    made = engine(loaded).generate([*requests(), long])
    with pytest.raises(GenerationError, match=r"long/1 has \d+ tokens"):
        next(made)


def test_no_requests_give_no_responses(loaded: Loaded) -> None:
    assert list(engine(loaded).generate([])) == []


def test_a_closed_engine_says_so(loaded: Loaded) -> None:
    made = engine(loaded)
    made.close()
    made.close()
    with pytest.raises(GenerationError, match="closed"):
        list(made.generate(requests()))


def test_when_memory_runs_out_it_goes_on_with_fewer_and_says_so(
    loaded: Loaded, reference: dict[tuple[str, int], Response], monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    real = Decoder.run

    def short_of_memory(self: Decoder, groups: Sequence[Any]) -> Iterator[list[Ended]]:
        for step, ended in enumerate(real(self, groups)):
            yield ended
            if self.capacity > 16 and step == 12:
                raise torch.OutOfMemoryError("no more")

    monkeypatch.setattr(Decoder, "run", short_of_memory)
    said: list[str] = []
    assert responses(engine(loaded, 30, said), requests()) == reference
    assert said == ["Memory ran out with 30 responses at once; going on with 15."]


def test_when_not_even_one_fits_it_is_an_error(loaded: Loaded, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(self: Decoder, groups: Sequence[Any]) -> Iterator[list[Ended]]:
        raise RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes")

    monkeypatch.setattr(local.LocalEngine, "_fitting", lambda self, loaded, _: OwnForward(loaded.model))
    monkeypatch.setattr(Decoder, "run", never)
    with pytest.raises(GenerationError, match="Not even one"):
        list(engine(loaded).generate(requests()))


def test_another_error_is_not_taken_for_one_of_memory(loaded: Loaded, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(self: Decoder, groups: Sequence[Any]) -> Iterator[list[Ended]]:
        raise RuntimeError("shapes do not fit")

    monkeypatch.setattr(local.LocalEngine, "_fitting", lambda self, loaded, _: OwnForward(loaded.model))
    monkeypatch.setattr(Decoder, "run", broken)
    with pytest.raises(RuntimeError, match="shapes"):
        list(engine(loaded).generate(requests()))


def test_an_unknown_architecture_is_generated_plainly_with_the_same_streams_and_said(
    loaded: Loaded, reference: dict[tuple[str, int], Response], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(architectures, "KNOWN", frozenset())
    said: list[str] = []
    found = responses(engine(loaded, 13, said), requests())
    assert {place: (r.text, r.tokens, r.finish) for place, r in found.items()} == {
        place: (r.text, r.tokens, r.finish) for place, r in reference.items()
    }
    assert len(said) == 1 and "does not know the architecture llama" in said[0]


def test_a_loop_that_says_something_else_than_the_model_is_not_used(loaded: Loaded, monkeypatch: pytest.MonkeyPatch) -> None:
    real = OwnForward.__call__
    monkeypatch.setattr(
        OwnForward, "__call__", lambda self, ids, positions, keep, store: real(self, ids, positions + 3, keep, store).roll(1, -1)
    )
    said: list[str] = []
    found = responses(engine(loaded, said=said), requests(prompts=3, samples=1, temperature=0.0, max_new_tokens=8))
    assert len(found) == 3
    assert len(said) == 1 and "differs from plain generation" in said[0]


def test_kernels_that_cannot_be_built_here_give_way_to_the_models_own_and_that_to_plain_generation(
    loaded: Loaded, reference: dict[tuple[str, int], Response], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> Any:
        raise RuntimeError("Failed to find C compiler")

    monkeypatch.setattr(local, "make_forward", broken)
    said: list[str] = []
    assert responses(engine(loaded, said=said), requests()) == reference
    assert len(said) == 1 and "cannot be run here (RuntimeError: Failed to find C compiler)" in said[0]
    monkeypatch.setattr(OwnForward, "__call__", broken)
    plain = engine(loaded, said=said)
    assert {place: r.text for place, r in responses(plain, requests()).items()} == {place: r.text for place, r in reference.items()}
    assert "Plain batched generation is used" in said[-1]


def test_a_forward_pass_of_ours_that_says_something_else_gives_way_to_the_models_own(
    loaded: Loaded, reference: dict[tuple[str, int], Response], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Wrong:
        replayable = False

        def __init__(self, model: Any) -> None:
            self.model, self._own = model, OwnForward(model)

        def __call__(self, ids: Any, positions: Any, keep: Any, store: Any) -> Any:
            return self._own(ids, positions, keep, store).roll(1, -1)

    monkeypatch.setattr(local, "make_forward", lambda model, *_: Wrong(model))
    said: list[str] = []
    assert responses(engine(loaded, said=said), requests()) == reference
    assert len(said) == 1 and "fused forward pass is not used" in said[0]


def test_parity_holds_and_says_over_how_many_tokens(loaded: Loaded) -> None:
    prompts = [loaded.chat.encode(r.prompt) for r in requests(samples=1)]
    found = parity.check(OwnForward(loaded.model), prompts, sorted(loaded.chat.stop_ids))
    assert found.same and found.tokens > 16 and found.worst < 1e-4


def test_plain_batches_hold_their_rows_apart(loaded: Loaded, reference: dict[tuple[str, int], Response]) -> None:
    wanted: list[Request] = requests()
    pairs = [(loaded.chat.encode(r.prompt), r) for r in reversed(wanted)]
    ended = [*generate_plainly(loaded.model, loaded.chat, pairs[:9]), *generate_plainly(loaded.model, loaded.chat, pairs[9:])]
    texts = {(one.request.problem_id, one.request.sample): len(one.tokens) for one in ended}
    assert texts == {place: r.tokens for place, r in reference.items()}


def test_a_machine_whose_sums_hang_on_the_batch_gives_the_same_texts_all_the_same(
    loaded: Loaded, reference: dict[tuple[str, int], Response], monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    real, seed = OwnForward.__call__, torch.Generator().manual_seed(1)

    def shaky(self: OwnForward, ids: Any, positions: Any, keep: Any, store: Any) -> Any:
        out = real(self, ids, positions, keep, store)
        return out + torch.randn(out.shape, generator=seed) * 0.01

    def texts(slack: float) -> dict[tuple[str, int], str]:
        monkeypatch.setattr(sampling, "SLACK", slack)
        return {place: r.text for place, r in responses(engine(loaded), requests()).items()}

    monkeypatch.setattr(parity, "check", lambda *_: parity.Parity(True, 1, 0.0, 0.0))
    monkeypatch.setattr(OwnForward, "__call__", shaky)
    expected = {place: r.text for place, r in reference.items()}
    assert texts(slack=0.0) != expected
    assert texts(slack=0.15) == expected


@pytest.mark.slow
def test_the_practice_model_on_two_threads_gives_the_same_bits_in_every_batch() -> None:
    import torch

    if not (model_folder() / "config.json").is_file():
        pytest.skip("the practice model is not built in this tree")
    practice = load(settings_for("practice"), Path.cwd(), None)
    wanted = [
        Request(p.id, p.prompt, sample, Sampling(0.7, 0.95, 60, 7))
        for p in practice_problems(Category.MATH, "test", 12, 1)
        for sample in range(5)
    ]
    threads = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        together = responses(engine(practice), wanted)
        assert responses(engine(practice, 11), list(reversed(wanted))) == together
        assert responses(engine(practice), wanted[7:9]) == {(r.problem_id, r.sample): together[r.problem_id, r.sample] for r in wanted[7:9]}
    finally:
        torch.set_num_threads(threads)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["qwen2", "qwen3", "mistral"])
def test_the_loop_knows_other_plain_decoders(kind: str, tmp_path: Path) -> None:
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM

    config = AutoConfig.for_model(
        kind,
        vocab_size=300,
        hidden_size=64,
        intermediate_size=128,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        head_dim=16,
        sliding_window=None,
    )
    torch.manual_seed(0)
    model = AutoModelForCausalLM.from_config(config).eval()
    for parameter in model.parameters():
        parameter.data.mul_(3.0 if parameter.ndim == 2 else 1.0)
    assert architectures.unknown(model) is None
    assert parity.check(OwnForward(model), [[1, 2, 3], [5, 6, 7, 8, 9]], [0]).same


def test_a_sliding_window_is_not_known(loaded: Loaded) -> None:
    from types import SimpleNamespace

    model = SimpleNamespace(config=SimpleNamespace(model_type="mistral", sliding_window=4096, layer_types=None))
    assert "sliding window" in str(architectures.unknown(model))
    stretched = SimpleNamespace(config=SimpleNamespace(model_type="llama", rope_parameters={"rope_type": "dynamic"}))
    assert "dynamic" in str(architectures.unknown(stretched))


def test_in_16_bit_the_adapter_stays_apart_and_the_loop_still_says_what_the_model_says(
    tiny_base: Path, tiny_adapter: Path, tmp_path: Path
) -> None:
    kept = load(settings_for(tiny_base, precision="bf16"), tmp_path, tiny_adapter)
    assert not kept.merged and str(kept.model.dtype) == "torch.bfloat16"
    said: list[str] = []
    found = responses(engine(kept, said=said), requests(prompts=3, samples=2))
    assert len(found) == 6 and not said
