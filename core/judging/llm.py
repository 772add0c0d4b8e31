"""The LLM judge: many comparisons at once, within a number of requests and a sum of dollars, each verdict handed over at once.

Worker threads ask; this thread alone hands out work, counts money and calls back, so that a caller's database connection is used from
one thread. What a caller has handed over is never asked again; what is unreadable or failed is (``judge.py``).
"""

from __future__ import annotations

import queue
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from time import monotonic

from core.errors import JudgeError, StopRequested
from core.judging.comparison import Comparison
from core.judging.one import Asker, Judged
from core.plan.ledger import dollars
from core.records import Verdict

POLL_SECONDS = 0.1
"""Between two looks at a stop request while answers are awaited."""

LAST_ANSWERS_SECONDS = 5.0
"""How long a stop waits for requests that are under way and paid for."""

NOT_ASKED = "not asked"
"""How the reason of a verdict begins that was never asked for, for want of money."""

GIVE_UP_AFTER = 10
"""Comparisons failed one after the other, each with all its retries, before the endpoint is taken for dead."""


@dataclass
class _State:
    """What this thread keeps count of."""

    waiting: deque[int]
    under_way: dict[int, float] = field(default_factory=dict)
    verdicts: dict[int, Verdict] = field(default_factory=dict)
    spent: float = 0.0
    failed_in_a_row: int = 0


def judge(
    comparisons: Sequence[Comparison],
    asker: Asker,
    *,
    concurrency: int,
    max_dollars: float,
    spent: float = 0.0,
    on_verdict: Callable[[Verdict], None] = lambda _: None,
    on_spend: Callable[[float], None] = lambda _: None,
    stopping: Callable[[], bool] = lambda: False,
    end_waits: Callable[[], None] = lambda: None,
    abort: Callable[[], None] = lambda: None,
) -> list[Verdict]:
    """One verdict a comparison, in order. ``spent`` is what judging has cost before, out of ``max_dollars``.

    Once the next comparison might exceed the limit, the rest get the verdict ``failed`` with that reason, unasked.
    ``on_verdict`` gets each verdict as it is made, ``on_spend`` the dollars of each comparison, also of one that was broken off.
    Raises StopRequested soon after ``stopping()`` turns true, and JudgeError when the endpoint refuses every request or is dead; the
    verdicts handed over until then stand. ``end_waits`` makes waits between tries raise BrokenOff, ``abort`` breaks off requests.
    """
    jobs: queue.SimpleQueue[int | None] = queue.SimpleQueue()
    results: queue.SimpleQueue[tuple[int, Judged | BaseException]] = queue.SimpleQueue()

    def work() -> None:
        while (index := jobs.get()) is not None:
            try:
                results.put((index, asker.judge(comparisons[index])))
            except BaseException as error:  # an error of ours must reach the caller, not vanish with its thread
                results.put((index, error))

    workers = range(min(concurrency, len(comparisons)))
    threads = [threading.Thread(target=work, name=f"judge-{number}", daemon=True) for number in workers]
    state = _State(deque(range(len(comparisons))), spent=spent)
    take = _Taker(state, results, on_verdict, on_spend)
    for thread in threads:
        thread.start()
    try:
        while state.waiting or state.under_way:
            if stopping():
                raise StopRequested("Judging was stopped; the verdicts made so far are kept.")
            _hand_out(state, comparisons, asker, concurrency, max_dollars, jobs, on_verdict)
            take.next(POLL_SECONDS)
    except StopRequested:
        end_waits()
        take.last(LAST_ANSWERS_SECONDS)
        raise
    finally:
        end_waits()
        abort()
        for _ in threads:
            jobs.put(None)
        for thread in threads:
            thread.join(LAST_ANSWERS_SECONDS)
        take.spending_only()
    return [state.verdicts[index] for index in range(len(comparisons))]


def _hand_out(
    state: _State,
    comparisons: Sequence[Comparison],
    asker: Asker,
    concurrency: int,
    max_dollars: float,
    jobs: queue.SimpleQueue[int | None],
    on_verdict: Callable[[Verdict], None],
) -> None:
    """Starts comparisons while there are workers and money for them; what may yet be spent on those under way is set aside."""
    while state.waiting and len(state.under_way) < concurrency:
        index = state.waiting[0]
        most = asker.most(comparisons[index])
        if state.spent + sum(state.under_way.values()) + most > max_dollars and most > 0:
            if not state.under_way:
                _leave_the_rest(state, comparisons, asker.name, max_dollars, on_verdict)
            return
        state.waiting.popleft()
        state.under_way[index] = most
        jobs.put(index)


def _leave_the_rest(
    state: _State, comparisons: Sequence[Comparison], name: str, max_dollars: float, on_verdict: Callable[[Verdict], None]
) -> None:
    reason = f"{NOT_ASKED}: judging might cost more than {dollars(max_dollars)} (max_dollars of [judge])"
    while state.waiting:
        index = state.waiting.popleft()
        comparison = comparisons[index]
        verdict = Verdict(comparison.problem.id, comparison.response.key, "failed", name, reason)
        state.verdicts[index] = verdict
        on_verdict(verdict)


@dataclass(frozen=True)
class _Taker:
    """Takes what the workers have done and tells the caller."""

    state: _State
    results: queue.SimpleQueue[tuple[int, Judged | BaseException]]
    on_verdict: Callable[[Verdict], None]
    on_spend: Callable[[float], None]

    def next(self, seconds: float) -> bool:
        """Takes one result if one comes within ``seconds``. Raises JudgeError when it shows that no other will succeed."""
        try:
            index, result = self.results.get(timeout=seconds)
        except queue.Empty:
            return False
        self.state.under_way.pop(index, None)
        if isinstance(result, BaseException):
            raise result
        self._spend(result)
        if result.hopeless:
            raise JudgeError(f"The judge cannot be asked: {result.hopeless}.")
        if result.verdict is None:
            return True
        self.state.verdicts[index] = result.verdict
        self.on_verdict(result.verdict)
        self.state.failed_in_a_row = self.state.failed_in_a_row + 1 if result.verdict.outcome == "failed" else 0
        if self.state.failed_in_a_row >= GIVE_UP_AFTER:
            raise JudgeError(
                f"The judge failed {GIVE_UP_AFTER} times in a row, lastly with {result.verdict.reason}; "
                "see that the endpoint works, and run the step again to go on."
            )
        return True

    def last(self, seconds: float) -> None:
        """Takes what is under way and done within ``seconds``."""
        end = monotonic() + seconds
        while self.state.under_way and (left := end - monotonic()) > 0:
            try:
                self.next(left)
            except JudgeError:
                return

    def spending_only(self) -> None:
        """Counts the money of what was broken off."""
        while True:
            try:
                _, result = self.results.get_nowait()
            except queue.Empty:
                return
            if isinstance(result, Judged):
                self._spend(result)

    def _spend(self, result: Judged) -> None:
        if result.dollars:
            self.state.spent += result.dollars
            self.on_spend(result.dollars)
