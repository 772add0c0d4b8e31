"""Failures: a wrong answer or hardly any agreement, settled as soon as nothing can change it."""

from __future__ import annotations

import pytest

from core.plan.settings import FailureSettings
from core.records import Category, CodeTests, Grade, Problem, Response, Sampling
from core.steps.evidence import Evidence, failed, reasons, saved, settled
from core.steps.failures import best_attempts, row

PROBLEM = Problem("p", Category.MATH, "What is 1 + 1?", gold="2")
RULES = FailureSettings(samples=5, min_consistency=0.3)


def one(text: str, answer: str | None) -> tuple[Response, Grade]:
    response = Response(text, "p", 0, text, 5, "stop", -0.1, Sampling(0.7), "model", "local")
    return response, Grade(answer, answer == "2")


def evidence(greedy: str, *samples: tuple[str, str]) -> Evidence:
    return Evidence(PROBLEM, one("greedy", greedy), tuple(one(text, answer) for text, answer in samples))


def test_a_wrong_greedy_answer_is_a_failure_and_its_majority_is_found_out_all_the_same() -> None:
    wrong = evidence("3")
    assert failed(wrong, RULES, "response") is True
    assert reasons(wrong, RULES, "response") == ["greedy answer wrong"]
    assert not settled(wrong, RULES, "response")
    known = evidence("3", ("a", "2"), ("a", "2"), ("b", "2"))
    assert settled(known, RULES, "response")
    assert row(known, RULES, "response")["majority_right"] is True
    assert saved([known], RULES) == 2


def test_where_nothing_can_be_verified_only_consistency_decides() -> None:
    def said(text: str) -> tuple[Response, Grade]:
        return one(text, None)[0], Grade(text, None)

    same = Evidence(PROBLEM, said("a"), (said("a"), said("a")))
    assert failed(same, RULES, "response") is False
    assert settled(same, RULES, "response")
    different = Evidence(PROBLEM, said("a"), tuple(said(text) for text in "abcde"))
    assert failed(different, RULES, "response") is True
    assert reasons(different, RULES, "response") == ["inconsistent"]
    assert row(different, RULES, "response")["majority_right"] is None


def test_three_right_and_equal_of_five_settle_that_it_is_no_failure() -> None:
    assert failed(evidence("2", ("a", "2"), ("a", "2"), ("a", "2")), RULES, "response") is False


def test_right_answers_in_five_different_wordings_are_inconsistent_responses_but_consistent_answers() -> None:
    seen = evidence("2", *((text, "2") for text in "abcde"))
    assert failed(seen, RULES, "response") is True
    assert reasons(seen, RULES, "response") == ["inconsistent"]
    assert failed(seen, RULES, "answer") is False


def test_it_stays_open_while_one_more_sample_could_decide_either_way() -> None:
    assert failed(evidence("2", ("a", "2"), ("b", "2")), RULES, "response") is None


def test_a_majority_that_cannot_become_right_any_more_is_a_failure() -> None:
    assert failed(evidence("2", ("a", "3"), ("a", "3"), ("b", "4")), RULES, "response") is True


@pytest.mark.parametrize("kind", ["response", "answer"])
def test_the_verdict_never_changes_once_it_is_settled(kind: str) -> None:
    import itertools

    choices = [("a", "2"), ("b", "2"), ("c", "3")]
    for path in itertools.product(choices, repeat=5):
        settled = None
        for count in range(6):
            found = failed(evidence("2", *path[:count]), RULES, kind)  # type: ignore[arg-type]
            if settled is not None:
                assert found == settled
            settled = found if settled is None else settled
        assert settled is not None


def test_the_evidence_is_written_with_both_answers_and_every_sample() -> None:
    written = row(evidence("3", ("a", "2"), ("b", "3")), RULES, "response")
    assert written["greedy"] == {"response": "greedy", "answer": "3", "correct": False, "finish": "stop"}
    assert [sample["answer"] for sample in written["samples"]] == ["2", "3"]  # type: ignore[attr-defined]
    assert written["samples_planned"] == 5
    assert written["majority_right"] is None, "two more samples could still make a right majority"
    assert written["consistency"] == 0.5
    assert "best_attempts" not in written


def test_the_best_attempts_are_the_most_frequent_answers_each_by_its_most_likely_response() -> None:
    seen = evidence("3", ("a", "4"), ("b", "4"), ("c", "5"), ("d", "6"))
    found = best_attempts(seen)
    assert [entry["count"] for entry in found] == [2, 1, 1]
    assert found[0]["answer"] == "4"


def test_the_best_attempt_at_code_passes_most_tests() -> None:
    code = Problem("c", Category.CODE, "Write f.", tests=CodeTests(("assert f(1) == 1", "assert f(2) == 2")))
    graded = [(one("x", None)[0], Grade(answer, False)) for answer in ("00", "00", "01")]
    found = best_attempts(Evidence(code, graded[0], tuple(graded[1:])))
    assert (found[0]["answer"], found[0]["tests_passed"]) == ("01", 1)
