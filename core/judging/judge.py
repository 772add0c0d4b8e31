"""Win, loss or tie for many responses: chooses the judge that the settings name, and asks only for what is not known yet."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from core.judging import llm, verifier
from core.judging.client import ChatClient, Limits
from core.judging.comparison import Comparison
from core.judging.cost import Price
from core.judging.endpoint import endpoint
from core.judging.one import Asker, BrokenOff
from core.judging.prompt import VERSION
from core.judging.retry import Backoff
from core.judging.verifier import Grader
from core.plan.settings import JudgeSettings
from core.problems.yardstick import shown_answer, yardstick
from core.records import Verdict

DECIDED = frozenset({"win", "loss", "tie"})
"""Outcomes that stand; what is unreadable or failed is asked for again."""


def judge_name(settings: JudgeSettings, references: Mapping[str, str], grader: str = "") -> str:
    """Identifies what all verdicts depend on beside the response: the judge, its wording or grader, and the references.

    What one problem's verdicts depend on, the right answer, is each verdict's yardstick.
    """
    digest = hashlib.sha256()
    for key in sorted(references):
        digest.update(f"{key}\0{references[key]}\0".encode("utf-8", "surrogatepass"))
    by = f"llm {settings.model.strip()} prompt {VERSION}" if settings.kind == "llm" else f"verifier {grader}".strip()
    return f"{by} references {digest.hexdigest()[:12]}"


def judge(
    settings: JudgeSettings,
    comparisons: Sequence[Comparison],
    *,
    name: str,
    grade: Grader,
    known: Mapping[str, Verdict] | None = None,
    spent: float = 0.0,
    on_verdicts: Callable[[Sequence[Verdict]], None] = lambda _: None,
    on_spend: Callable[[float], None] = lambda _: None,
    stopping: Callable[[], bool] = lambda: False,
    limits: Limits = Limits(),  # noqa: B008
    backoff: Backoff = Backoff(),  # noqa: B008
) -> list[Verdict]:
    """One verdict a comparison, in order.

    name: from ``judge_name``. grade: grades (problem, text) pairs, for the verifier. known: verdicts of this judge by response key, as
    the book has them; those with an outcome are not made again, unless their yardstick has changed (an LLM's that were paid for before
    yardsticks were kept stand). spent: dollars that judging has cost before. on_verdicts: gets new verdicts as soon as they are made, to
    be committed. on_spend: gets dollars as they are spent.
    Raises SettingsError for an endpoint that cannot be one, JudgeError for one that cannot be asked, StopRequested when stopped.
    """
    paid = settings.kind == "llm"
    marks = {one.response.key: shown_answer(one.problem) if paid else yardstick(one.problem) for one in comparisons}
    standing = {
        key: verdict
        for key, verdict in (known or {}).items()
        if verdict.outcome in DECIDED and (verdict.yardstick == marks.get(key) or (paid and not verdict.yardstick))
    }

    def marked(verdicts: Sequence[Verdict]) -> list[Verdict]:
        return [replace(verdict, yardstick=marks[verdict.response_key]) for verdict in verdicts]

    def keep(verdicts: Sequence[Verdict]) -> None:
        on_verdicts(marked(verdicts))

    wanted = [one for one in comparisons if one.response.key not in standing]
    if paid:
        made = _by_llm(settings, wanted, name, spent, keep, on_spend, stopping, limits, backoff)
    else:
        made = verifier.judge(wanted, name, grade, keep, stopping)
    by_key = {**standing, **{verdict.response_key: verdict for verdict in marked(made)}}
    # Two problems of one wording share their greedy response, and so its key.
    return [replace(by_key[one.response.key], problem_id=one.problem.id) for one in comparisons]


def _by_llm(
    settings: JudgeSettings,
    comparisons: Sequence[Comparison],
    name: str,
    spent: float,
    on_verdicts: Callable[[Sequence[Verdict]], None],
    on_spend: Callable[[float], None],
    stopping: Callable[[], bool],
    limits: Limits,
    backoff: Backoff,
) -> list[Verdict]:
    client = ChatClient(endpoint(settings), limits)
    over = threading.Event()

    def wait(seconds: float) -> None:
        if over.wait(seconds):
            raise BrokenOff

    price = Price(settings.dollars_per_million_input, settings.dollars_per_million_output)
    asker = Asker(name, client.ask, price, backoff, wait, limits.answer_tokens)
    return llm.judge(
        comparisons,
        asker,
        concurrency=settings.concurrency,
        max_dollars=settings.max_dollars,
        spent=spent,
        on_verdict=lambda verdict: on_verdicts([verdict]),
        on_spend=on_spend,
        stopping=stopping,
        end_waits=over.set,
        abort=client.abort,
    )
