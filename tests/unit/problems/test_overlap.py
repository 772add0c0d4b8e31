"""Contamination is found by prompt, family and 13 words in a row, and said in one sentence."""

from hypothesis import given, settings
from hypothesis import strategies as st

from core.problems import prompts
from core.problems.overlap import apart, overlap
from core.records import Category, Problem

LONG = "the quick brown fox jumps over the lazy dog near the old stone bridge in the valley"


def problem(name: str, prompt: str, family: str | None = None) -> Problem:
    return Problem(name, Category.MATH, prompt, family=family)


def test_nothing_shared_is_clean_and_says_so() -> None:
    found = overlap([problem("a", "one")], [problem("b", "two"), problem("c", "three")])
    assert found.clean and found.found == 0
    assert found.text == (
        "None of the 2 measured problems shares its prompt, its family or 13 words in a row with the 1 training problems."
    )


def test_the_same_question_in_another_frame_is_the_same_prompt() -> None:
    found = overlap([problem("a", prompts.math("How  MANY eggs?"))], [problem("b", "how many eggs?")])
    assert (found.same_prompt, found.same_family, found.shared_words) == (1, 0, 0)
    assert found.examples[0].kind == "prompt"
    assert "b with a" in found.text


def test_an_equal_id_says_nothing_for_two_files_may_number_their_rows_alike() -> None:
    assert overlap([problem("1", "one")], [problem("1", "two")]).clean
    assert overlap([problem("1", "one")], [problem("2", "one")]).same_prompt == 1


def test_thirteen_words_in_a_row_are_found_and_twelve_are_not() -> None:
    tokens = LONG.split()
    thirteen, twelve = " ".join(tokens[:13]), " ".join(tokens[:12])
    assert overlap([problem("a", f"{thirteen} here")], [problem("b", f"Say: {thirteen.upper()}!")]).shared_words == 1
    assert overlap([problem("a", f"{twelve} here")], [problem("b", f"Say: {twelve}!")]).clean
    assert overlap([problem("a", f"{thirteen} here")], [problem("b", f"x {thirteen}")]).examples[0].text == thirteen


def test_our_own_frame_is_no_overlap() -> None:
    assert overlap([problem("a", prompts.math("How many eggs?"))], [problem("b", prompts.math("How many cows?"))]).clean


def test_wording_that_many_problems_of_both_sides_share_is_boilerplate() -> None:
    training = [problem(f"a{n}", f"{LONG} {n} apples") for n in range(20)]
    measured = [problem(f"b{n}", f"{LONG} {n} pears") for n in range(20)]
    assert overlap(training, measured).clean
    assert overlap(training, measured[:1]).shared_words == 1


def test_problems_from_templates_are_told_apart_by_family_alone() -> None:
    training = [problem("a", f"{LONG} with 3", "t1/3")]
    assert overlap(training, [problem("b", f"{LONG} with 4", "t1/4")]).clean
    assert overlap(training, [problem("b", "other words", "t1/3")]).same_family == 1
    assert overlap(training, [problem("b", f"{LONG} with 3", "t1/9")]).same_prompt == 1
    assert overlap(training, [problem("b", f"{LONG} with 4")]).shared_words == 1


def test_each_measured_problem_counts_once_and_examples_are_few() -> None:
    training = [problem(f"a{n}", LONG, "f") for n in range(50)]
    measured = [problem(f"b{n}", LONG, "f") for n in range(30)]
    found = overlap(training, measured)
    assert (found.same_prompt, found.same_family, found.shared_words, found.found) == (30, 0, 0, 30)
    assert len(found.examples) == 5


def test_training_can_be_freed_of_what_overlaps() -> None:
    tainted = [problem("a", LONG), problem("b", "short one"), problem("c", "x", "f")]
    clean = [problem("d", "nothing in common"), problem("e", "y", "g")]
    measured = [problem("m1", f"see {LONG}"), problem("m2", "Short  one"), problem("m3", "z", "f")]
    assert apart(tainted + clean, measured) == (clean, tainted)


WORDS = st.lists(st.sampled_from(["a", "b", "c"]), min_size=1, max_size=16).map(" ".join)
PROBLEMS = st.lists(st.tuples(WORDS, st.sampled_from([None, "f", "g"])), max_size=6)


@settings(max_examples=100, deadline=None)
@given(PROBLEMS, PROBLEMS)
def test_what_is_left_after_parting_never_overlaps(left: list[tuple[str, str | None]], right: list[tuple[str, str | None]]) -> None:
    # Families on both sides or on neither: boilerplate depends on how many problems share it, which parting changes.
    training = [problem(f"t{n}", text, family or "h") for n, (text, family) in enumerate(left)]
    measured = [problem(f"m{n}", text, family or "i") for n, (text, family) in enumerate(right)]
    kept, _ = apart(training, measured)
    assert overlap(kept, measured).clean
    assert overlap(training, measured).found <= len(measured)


def test_two_thousand_against_two_thousand_is_found() -> None:
    training = [problem(f"a{n}", " ".join(f"w{(n * 7 + k) % 5003}" for k in range(60))) for n in range(2000)]
    measured = [problem(f"b{n}", " ".join(f"v{n}x{k}" for k in range(60))) for n in range(1999)]
    found = overlap(training, [*measured, problem("hit", training[1234].prompt + " more")])
    assert found.shared_words == 1
    assert found.examples[0].measured_id == "hit"
