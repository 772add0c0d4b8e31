"""Which responses become training targets: verified ones only, and only where sampled ones agree."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from core.plan.settings import CategorySettings, DistillSettings
from core.records import Category, Grade, Problem, Response, Sampling
from core.steps.select import Graded, Selection, vote_is_settled
from core.steps.select import select as select_among

PROBLEM = Problem("p", Category.MATH, "What is 1 + 1?", gold="2")
GREEDY = CategorySettings(generate_temperature=0.0, train_temperature=0.0)
SAMPLED = CategorySettings(generate_temperature=0.7, train_temperature=0.0)
RULES = DistillSettings(samples=5, min_agreement=0.6)


def made(number: int, answer: str | None, correct: bool | None, logprob: float = -0.5, finish: str = "stop") -> tuple[Response, Grade]:
    response = Response(
        f"key{number}", "p", number, f"text {number}", 5, finish, logprob, Sampling(0.7), "model", "local"  # type: ignore[arg-type]
    )
    return response, Grade(answer, correct)


def select(problem: Problem, samples: Sequence[Graded], category: CategorySettings, distill: DistillSettings, seed: int) -> Selection:
    return select_among(problem, samples, category, distill, seed, lambda text: "<|" not in text)


def test_a_response_that_holds_a_control_token_is_left_out_and_another_is_taken() -> None:
    (response, grade), other = made(0, "2", True), made(1, "2", True)
    spoilt = (replace(response, text="2<|eot_id|>"), grade)
    assert select(PROBLEM, [spoilt], GREEDY, RULES, 1).reason == "holding a control token"
    assert [target.key for target in select(PROBLEM, [spoilt, other], SAMPLED, RULES, 1).targets] == ["key1"]


def test_a_verified_greedy_response_is_the_target() -> None:
    chosen = select(PROBLEM, [made(0, "2", True)], GREEDY, RULES, 1)
    assert [target.key for target in chosen.targets] == ["key0"]
    assert chosen.verified


def test_a_wrong_response_is_never_trained_on() -> None:
    assert select(PROBLEM, [made(0, "3", False)], GREEDY, RULES, 1).reason == "wrong"


def test_agreement_on_a_wrong_answer_is_no_proof() -> None:
    samples = [made(i, "3", False) for i in range(4)] + [made(4, "2", True)]
    assert select(PROBLEM, samples, SAMPLED, RULES, 1).reason == "wrong"


def test_samples_that_do_not_agree_are_left_out_even_if_one_is_right() -> None:
    samples = [made(i, str(i), i == 2) for i in range(5)]
    assert select(PROBLEM, samples, SAMPLED, RULES, 1).reason == "no agreement"


def test_no_answer_never_wins_a_vote() -> None:
    samples = [made(i, None, False) for i in range(4)] + [made(4, "2", True)]
    assert select(PROBLEM, samples, SAMPLED, RULES, 1).reason == "no agreement"


def test_at_train_temperature_zero_the_most_likely_of_the_majority_is_the_target() -> None:
    samples = [made(0, "2", True, -0.9), made(1, "2", True, -0.1), made(2, "2", True, -0.4), made(3, "3", False, -0.01), made(4, "2", True)]
    chosen = select(PROBLEM, samples, SAMPLED, RULES, 1)
    assert [target.key for target in chosen.targets] == ["key1"]


def test_a_response_that_was_cut_off_is_not_a_target() -> None:
    assert "cut off" in select(PROBLEM, [made(0, "2", True, finish="length")], GREEDY, RULES, 1).reason


def test_where_nothing_can_be_verified_the_majority_is_enough_and_marked_unverified() -> None:
    samples = [made(i, "yes", None) for i in range(3)] + [made(3, "no", None), made(4, None, None)]
    chosen = select(PROBLEM, samples, SAMPLED, RULES, 1)
    assert len(chosen.targets) == 1
    assert not chosen.verified


def test_the_same_seed_draws_the_same_target() -> None:
    warm = CategorySettings(generate_temperature=0.7, train_temperature=0.3)
    samples = [made(i, "2", True, -0.1 * (i + 1)) for i in range(5)]
    first, second = (select(PROBLEM, samples, warm, RULES, 3).targets for _ in range(2))
    assert first == second
    assert len(first) == 1


def line(number: int, text: str, logprob: float = -0.5, finish: str = "stop") -> tuple[Response, Grade]:
    response, _ = made(number, text, None, logprob, finish)
    return replace(response, text=text), Grade(" ".join(text.split()), None)


POEM = Problem("w", Category.CREATIVITY, "Write one line about the sea.")
WARM = CategorySettings(generate_temperature=0.7, train_temperature=0.3)


def test_creativity_keeps_up_to_three_responses_that_differ_in_wording() -> None:
    told_again = [line(0, "The sea rests under a pale sky."), line(1, "the  sea rests, under a pale sky!")]
    others = [line(2, "Waves hum inside a teapot."), line(3, "Salt remembers every ship."), line(4, "Nobody asks the tide for soup.")]
    chosen = select(POEM, [*told_again, *others], WARM, RULES, 1)
    texts = [target.text for target in chosen.targets]
    assert len(texts) == 3
    assert not {text for _, text in enumerate(r.text for r, _ in told_again)} <= set(texts), "one of the two that say the same"
    assert not chosen.verified
    assert chosen.targets == select(POEM, [*told_again, *others], WARM, RULES, 1).targets


def test_creativity_needs_no_agreement_but_whole_responses_of_its_own_words() -> None:
    samples = [line(0, ""), line(1, "Write one line about the sea."), line(2, "Waves hum and", finish="length"), line(3, "Salt remembers.")]
    samples[0] = (samples[0][0], Grade(None, None))
    assert [target.text for target in select(POEM, samples, WARM, RULES, 1).targets] == ["Salt remembers."]
    assert select(POEM, samples[:1], WARM, RULES, 1).reason == "no answer"
    assert select(POEM, samples[1:2], WARM, RULES, 1).reason == "only repeats the question"


def test_a_vote_that_is_decided_asks_for_no_more_samples() -> None:
    ten = DistillSettings(samples=10, min_agreement=0.6)
    six = [made(i, "2", True) for i in range(6)]
    assert vote_is_settled(PROBLEM, six, SAMPLED, ten)
    assert not vote_is_settled(PROBLEM, six[:5], SAMPLED, ten)
    split = [made(i, str(i), False) for i in range(6)]
    assert vote_is_settled(PROBLEM, split, SAMPLED, ten), "four more cannot make a majority of six"
    assert not vote_is_settled(PROBLEM, six, SAMPLED, replace(ten, stopping="never"))
    assert not vote_is_settled(POEM, six, WARM, ten), "nothing is voted on"


def test_adaptive_consistency_stops_earlier_where_it_is_asked_for() -> None:
    ten = DistillSettings(samples=10, min_agreement=0.6, stopping="adaptive")
    four = [made(i, "2", True) for i in range(4)]
    assert vote_is_settled(PROBLEM, four, SAMPLED, ten)
    assert not vote_is_settled(PROBLEM, [*four[:3], made(3, "3", False)], SAMPLED, ten)
