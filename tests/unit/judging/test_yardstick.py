"""A verdict stands as long as what it was given against stands: the gold answer that an LLM is shown, the gold and tests that grade."""

from dataclasses import replace

from core.judging.comparison import Comparison
from core.judging.judge import judge
from core.plan.settings import JudgeSettings
from core.records import Verdict
from tests.unit.judging.endpoint_fake import prefers, serving
from tests.unit.judging.samples import comparison
from tests.unit.judging.test_judge import by_llm, by_text, key, length  # noqa: F401 the key of the endpoint


def test_an_llm_is_asked_again_only_where_the_answer_that_it_is_shown_has_changed() -> None:
    pairs = [comparison("a longer one", "short", "p1", gold="17"), comparison("a longer one", "short", "p2", gold="5")]
    kept: list[Verdict] = []
    with serving(prefers(length)) as served:
        by_llm(served, pairs, on_verdicts=kept.extend)
        assert len(served.asked) == 4
        mended = [comparison("a longer one", "short", "p1", gold="18"), pairs[1]]
        known = {verdict.response_key: verdict for verdict in kept}
        verdicts = by_llm(served, mended, known=known, on_verdicts=kept.extend)
        assert len(served.asked) == 6, "one pair in both orders"
        standing = {verdict.response_key: verdict for verdict in verdicts}
        lettered = [Comparison(replace(one.problem, choices=("a",)), one.response, one.reference) for one in mended]
        assert by_llm(served, lettered, known=standing) == verdicts
        earlier = {name: replace(verdict, yardstick="") for name, verdict in standing.items()}
        by_llm(served, mended, known=earlier)
        assert len(served.asked) == 6, "it is shown no choices, and what was paid for before yardsticks were kept stands"
    assert kept[2] == standing[kept[2].response_key] and len(kept) == 3


def test_the_verifier_decides_anew_where_gold_or_tests_have_changed() -> None:
    pair = comparison("right", "wrong", gold="17")
    [first] = judge(JudgeSettings(), [pair], name="v", grade=by_text)
    known = {first.response_key: replace(first, outcome="tie")}
    mended = Comparison(replace(pair.problem, gold="18"), pair.response, pair.reference)
    assert [verdict.outcome for verdict in judge(JudgeSettings(), [pair], name="v", grade=by_text, known=known)] == ["tie"]
    assert [verdict.outcome for verdict in judge(JudgeSettings(), [mended], name="v", grade=by_text, known=known)] == ["win"]
