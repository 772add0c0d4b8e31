"""Responses shared out over two processes: the same as from one, and an end with a sentence when one of them dies."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from core.errors import GenerationError
from core.generation.several import Place, SeveralEngines, shares
from core.models.load import Loaded
from core.plan.settings import GenerationSettings
from core.records import Request, Sampling
from tests.unit.generation.requests import engine, requests, responses
from tests.unit.models.fixtures import settings_for

slow = pytest.mark.slow


def several(base: Path, folder: Path, count: int = 2, **model: object) -> SeveralEngines:
    from core.models.fingerprint import fingerprint

    settings = settings_for(base, **model)
    return SeveralEngines(count, Place(settings, folder, None, GenerationSettings()), fingerprint(settings, folder, None))


@slow
def test_two_processes_give_the_responses_of_one_bit_for_bit(loaded: Loaded, tiny_base: Path, tmp_path: Path) -> None:
    wanted = [*requests(), *requests(temperature=0.0, samples=1)]
    alone = {response.key: response for batch in engine(loaded).generate(wanted) for response in batch}
    both = several(tiny_base, tmp_path)
    try:
        for _ in range(2):
            made = {response.key: response for batch in both.generate(wanted) for response in batch}
            assert made == alone
    finally:
        both.close()


@slow
def test_a_process_that_is_killed_ends_it_with_a_sentence(tiny_base: Path, tmp_path: Path) -> None:
    both = several(tiny_base, tmp_path)
    try:
        stream = both.generate(requests(prompts=4, samples=2, max_new_tokens=60))
        next(stream)
        assert both._team is not None
        os.kill(both._team._processes[1].pid, signal.SIGKILL)
        with pytest.raises(GenerationError, match=r"process 2 of 2 was killed by signal 9 \(SIGKILL\); every finished response is kept"):
            list(stream)
    finally:
        both.close()


@slow
def test_what_a_process_cannot_load_is_said_as_one_process_would_say_it(tiny_base: Path, tmp_path: Path) -> None:
    both = several(tiny_base, tmp_path)
    try:
        too_long = Request("p/long", "apples " * 400, 0, Sampling(0.0, 1.0, 24, 7))
        with pytest.raises(GenerationError, match=r"The prompt of p/long has \d+ tokens"):
            responses(both, [too_long])  # type: ignore[arg-type]
    finally:
        both.close()


def test_a_closed_engine_says_so(tiny_base: Path, tmp_path: Path) -> None:
    both = several(tiny_base, tmp_path, count=1)
    both.close()
    both.close()
    with pytest.raises(GenerationError, match="was closed"):
        list(both.generate(requests()))


def test_shares_are_about_equal_and_keep_the_samples_of_a_prompt_together() -> None:
    wanted = [*requests(prompts=7, samples=5), *requests(prompts=1, samples=1, max_new_tokens=300)]
    parts = shares(wanted, 3)
    assert sorted(id(request) for part in parts for request in part) == sorted(map(id, wanted))
    prompts = [{request.prompt for request in part} for part in parts]
    assert not prompts[0] & prompts[1] and not prompts[0] & prompts[2] and not prompts[1] & prompts[2]
    load = [sum(request.sampling.max_new_tokens for request in part) for part in parts]
    assert max(load) <= 1.5 * min(load)


def test_with_fewer_prompts_than_processes_some_have_nothing_to_do() -> None:
    assert sorted(len(part) for part in shares(requests(prompts=1, samples=3), 3)) == [0, 0, 3]
