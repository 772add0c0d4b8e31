"""distill: the model's own responses to the training problems, verified, as training rows.

Greedy categories give one response a problem; sampled ones vote, and their samples are made in rounds so that a vote that is decided costs
no more of them. Writes the rows of each trained category to ``self_distillation/<category>_distilled.jsonl``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from core.errors import StepFailed
from core.jsonl import write_rows
from core.measures.votes import votes_needed
from core.plan.settings import Settings
from core.records import Problem, Request, TrainingRow
from core.steps.context import Context
from core.steps.engine import Maker, learnable, start_adapter
from core.steps.left_out import in_words, tell_left_out
from core.steps.problems import training_problems
from core.steps.requests import training
from core.steps.sampling import Graded, first_and_then, in_rounds, split
from core.steps.select import LEAST_ADAPTIVE, is_voted, select, vote_is_settled

_FURTHER = 2
"""Samples in a round after the first: few enough to save some, enough to keep a batch full over many problems."""


def run(context: Context) -> str:
    """Carries the step out and returns its summary."""
    problems, settings = training_problems(context), context.settings
    takes = learnable(context)

    def settled(problem: Problem, samples: Sequence[Graded]) -> bool:
        return vote_is_settled(problem, samples, settings.categories[problem.category], settings.distill)

    with Maker(context, start_adapter(context)) as maker:
        samples = in_rounds(
            context, problems, maker, "distill", lambda p: _rounds(p, settings), settled, "making training responses"
        )
    context.check_stop()
    rows, left_out = _choose(context, problems, samples, takes)
    context.book.emit("counts", given=len(problems), out=len(rows))
    tell_left_out(context, problems, left_out)
    return _write(context, problems, samples, rows, left_out)


def _rounds(problem: Problem, settings: Settings) -> list[list[Request]]:
    """A problem's requests: all at once where nothing can end them early."""
    category, distill = settings.categories[problem.category], settings.distill
    wanted = training(problem, category, settings)
    if distill.stopping == "never" or not is_voted(problem, category):
        return [wanted]
    first = votes_needed(distill.samples, distill.min_agreement)
    if distill.stopping == "adaptive":
        first = min(first, LEAST_ADAPTIVE)
    return split(wanted, first_and_then(first, _FURTHER, len(wanted)))


def _choose(
    context: Context,
    problems: Sequence[Problem],
    samples: Mapping[str, Sequence[Graded]],
    takes: Callable[[str], bool],
) -> tuple[list[TrainingRow], dict[str, str]]:
    """Training rows, and by problem why there is none."""
    rows: list[TrainingRow] = []
    left_out: dict[str, str] = {}
    seed = context.settings.generation.seed
    for problem in problems:
        category = context.settings.categories[problem.category]
        chosen = select(problem, samples[problem.id], category, context.settings.distill, seed, takes)
        if not chosen.targets:
            left_out[problem.id] = chosen.reason
        rows += [
            TrainingRow(
                problem.id, problem.category, problem.prompt, target.text, target.key, chosen.verified, category.generate_temperature
            )
            for target in chosen.targets
        ]
    return rows, left_out


def _write(
    context: Context,
    problems: Sequence[Problem],
    samples: Mapping[str, Sequence[Graded]],
    rows: Sequence[TrainingRow],
    left_out: Mapping[str, str],
) -> str:
    if not rows:
        raise StepFailed(
            f"None of the {len(problems)} responses can be trained on ({in_words(left_out)}); "
            "look at them with p, and try other temperatures or more problems."
        )
    write_training_rows(context, rows, "self_distillation/{}_distilled.jsonl")
    excluded = f"; left out: {in_words(left_out)}" if left_out else ""
    return f"{len(rows)} training rows from {len(problems)} problems{excluded}{_saved(context, problems, samples)}"


def _saved(context: Context, problems: Sequence[Problem], samples: Mapping[str, Sequence[Graded]]) -> str:
    """What deciding votes early has saved, in words; nothing where there were none."""
    voted = [problem for problem in problems if is_voted(problem, context.settings.categories[problem.category])]
    planned = len(voted) * context.settings.distill.samples
    saved = planned - sum(len(samples[problem.id]) for problem in voted)
    return f"; {saved} of {planned} samples saved because the vote was decided" if saved else ""


def write_training_rows(context: Context, rows: Sequence[TrainingRow], pattern: str) -> None:
    """Writes each category's rows to the plan's file (``pattern`` with the category's name) and keeps them as the step's."""
    for category in dict.fromkeys(row.category for row in rows):
        name = pattern.format(category.lower())
        digest = write_rows(context.path(name), (line(row) for row in rows if row.category == category))
        context.publish(name, "training rows", digest)
    context.book.add_training_rows(rows)


def line(row: TrainingRow) -> dict[str, object]:
    """A row as it is written: a conversation of two messages, and where it came from."""
    return {
        "problem": row.problem_id,
        "category": row.category.value,
        "messages": [{"role": "user", "content": row.prompt}, {"role": "assistant", "content": row.response}],
        "verified": row.verified,
        "temperature": row.temperature,
        "response_key": row.response_key,
    }
