"""Responses to problems in rounds: each round asks more of the problems that are still open, and of no others."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from core.records import Grade, Problem, Request, Response, Sampling
from core.steps.context import Context
from core.steps.engine import Maker
from core.steps.evidence import Evidence
from core.steps.marking import Marker
from core.steps.requests import greedy, runs

Graded = tuple[Response, Grade]


def in_rounds(
    context: Context,
    problems: Sequence[Problem],
    maker: Maker,
    role: str,
    rounds: Callable[[Problem], Sequence[Sequence[Request]]],
    settled: Callable[[Problem, Sequence[Graded]], bool],
    doing: str,
) -> dict[str, list[Graded]]:
    """Graded responses by problem, in the order of the requests. Round i of a problem is asked for unless what came before settles it."""
    planned = {problem.id: rounds(problem) for problem in problems}
    most = sum(len(one) for its in planned.values() for one in its)
    known: dict[str, list[Graded]] = {problem.id: [] for problem in problems}
    seen: set[str] = set()
    with Marker(context.book, {problem.id: problem for problem in problems}, context.stopping) as marker:

        def on_batch(batch: list[Response], done: int, total: int) -> None:
            marker.add(batch)
            marker.collect()
            seen.update(response.key for response in batch)
            context.progress(len(seen), most, "responses at most" if len(longest) > 1 else "responses", doing)

        longest = max(planned.values(), key=len, default=[])
        for number in range(len(longest)):
            asked = [
                problem
                for problem in problems
                if number < len(planned[problem.id]) and not (number and settled(problem, known[problem.id]))
            ]
            wanted = [request for problem in asked for request in planned[problem.id][number]]
            if not wanted:
                continue
            made = maker.responses(wanted, role, on_batch)
            marker.collect(wait=True)
            for request in wanted:
                known[request.problem_id].append((made[request], marker.grades[made[request].key]))
    return known


def sample_until(
    context: Context,
    problems: Sequence[Problem],
    maker: Maker,
    role: str,
    sizes: Sequence[int],
    settled: Callable[[Evidence], bool],
    doing: str,
) -> list[Evidence]:
    """Evidence on every problem, in their order: its greedy response, then samples by ``sizes`` until ``settled`` says enough."""
    sampling = _sampling(context)
    count = sum(sizes)

    def rounds(problem: Problem) -> list[list[Request]]:
        return [[greedy(problem, context.settings)], *split(runs(problem, sampling, count), sizes)]

    def enough(problem: Problem, graded: Sequence[Graded]) -> bool:
        return settled(Evidence(problem, graded[0], tuple(graded[1:])))

    known = in_rounds(context, problems, maker, role, rounds, enough, doing)
    return [Evidence(problem, known[problem.id][0], tuple(known[problem.id][1:])) for problem in problems]


def split(requests: Sequence[Request], sizes: Sequence[int]) -> list[list[Request]]:
    """The requests in pieces of these sizes."""
    pieces, start = [], 0
    for size in sizes:
        pieces.append(list(requests[start : start + size]))
        start += size
    return pieces


def first_and_then(first: int, then: int, count: int) -> list[int]:
    """Sizes of rounds that make ``count`` in all: one of ``first``, the others of ``then``. A count of 0 has none."""
    sizes = [min(first, count)] if count else []
    while sum(sizes) < count:
        sizes.append(min(then, count - sum(sizes)))
    return sizes


def _sampling(context: Context) -> Sampling:
    settings = context.settings
    return Sampling(
        settings.failures.temperature, settings.generation.top_p, settings.generation.max_new_tokens, settings.generation.seed
    )
