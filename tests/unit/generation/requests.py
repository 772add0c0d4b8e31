"""Requests that the tests of this room share: prompts of many lengths, samples of each."""

from __future__ import annotations

from collections.abc import Sequence

from core.generation.local import LocalEngine
from core.models.load import Loaded
from core.plan.settings import GenerationSettings
from core.records import Request, Response, Sampling


def requests(
    prompts: int = 6, samples: int = 5, temperature: float = 0.7, max_new_tokens: int = 24, seed: int = 7
) -> list[Request]:
    """Requests whose prompts differ in length."""
    sampling = Sampling(temperature, 0.95, max_new_tokens, seed)
    return [
        Request(f"p/{i}", f"Sam has {i * 7} apples and buys {i * 13} more" + " each day" * (i % 4) + ". How many?", s, sampling)
        for i in range(prompts)
        for s in range(samples)
    ]


def engine(loaded: Loaded, batch_size: int = 0, said: list[str] | None = None) -> LocalEngine:
    """An engine with a batch size; 0 chooses. What it notes goes to ``said``."""
    return LocalEngine(loaded, GenerationSettings(batch_size=batch_size), None if said is None else said.append)


def responses(made: LocalEngine, wanted: Sequence[Request]) -> dict[tuple[str, int], Response]:
    """All responses by problem and sample."""
    return {(r.problem_id, r.sample): r for batch in made.generate(wanted) for r in batch}
