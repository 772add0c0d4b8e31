"""The steps of Phase 1B.2 over a scripted model: which problems fail, what is trained on of them, what the benchmark hands over."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Literal

import pytest

from core.errors import DataError, StepFailed
from core.plan.settings import CategorySettings
from core.records import Category, Grade, Problem, Request, Response, Sampling
from core.steps import benchmark, distill_failures, find_failures
from core.steps.evidence import Evidence
from core.steps.further import further_adapter
from core.steps.select import Graded
from tests.unit.steps.playing import Play, number, right, settings


def test_a_second_phase_goes_on_from_the_adapter_of_the_attempt_that_it_stands_on(play: Play) -> None:
    stage = play(right)
    context = replace(stage.context("find_failures", settings()), run=3)
    made = [context.path("checkpoints/self_consistent_test", run) for run in (1, 2)]
    for path in made:
        path.mkdir(parents=True)
    plans = stage.workspace / "checkpoints/self_consistent_test"
    plans.parent.mkdir()
    plans.symlink_to(made[1])
    stage.book.holders["1B.1"] = 1
    assert further_adapter(context) == made[0], "attempt 2 trained last, but it is attempt 1 whose gate was asked"
    made[0].rmdir()
    with pytest.raises(StepFailed, match="attempts/001/checkpoints/self_consistent_test"):
        further_adapter(context)
    plans.unlink()
    plans.mkdir()
    assert further_adapter(context) == plans, "a folder of the user's own"
    plans.rmdir()
    (stage.workspace / "theirs").mkdir()
    plans.symlink_to("../theirs")
    assert further_adapter(context) == plans, "a link of the user's own"


def test_a_link_of_the_users_own_at_the_plans_path_is_left_and_told(play: Play) -> None:
    stage = play(right)
    context = stage.context("distill", settings())
    for name in ("mine.jsonl", "theirs.jsonl"):
        made = context.path(f"self_distillation/{name}")
        made.parent.mkdir(parents=True, exist_ok=True)
        made.write_text("")
    theirs = stage.workspace / "self_distillation" / "theirs.jsonl"
    theirs.parent.mkdir()
    theirs.symlink_to(stage.workspace / "kept.jsonl")
    for name in ("mine.jsonl", "theirs.jsonl"):
        context.publish(f"self_distillation/{name}", "training rows", "0" * 64)
    assert theirs.readlink() == stage.workspace / "kept.jsonl"
    told = [entry["text"] for entry in stage.book.told("note") if entry["level"] == "warning"]
    name = "self_distillation/theirs.jsonl"
    assert told == [f"{name} is yours and is left as it is; this attempt's is attempts/001/{name}"]


def test_failures_are_found_with_evidence_and_samples_are_saved(play: Play) -> None:
    stage = play(lambda request: right(request) if number(request) % 2 else "#### 7")
    plan = replace(settings(train=10), failures=replace(settings().failures, model="start"))
    summary = find_failures.run(stage.context("find_failures", plan))
    lines = [json.loads(line) for line in (stage.workspace / "failures/math_failures.jsonl").read_text().splitlines()]
    assert all("greedy answer wrong" in line["reasons"] for line in lines)
    assert {int(line["problem"].split("/")[1]) % 2 for line in lines} == {0}
    assert {line["majority_right"] for line in lines} == {False}
    assert {len(line["samples"]) for line in lines} == {3}, "three equal ones of five settle it"
    assert f"{10 * 2} of 50 samples saved" in summary


def test_a_failed_problem_is_trained_on_its_verified_sample_and_listed_when_it_has_none(play: Play) -> None:
    def sometimes(request: Request) -> str:
        if number(request) % 2:
            return right(request)
        return right(request) if request.sample == 5 and number(request) % 4 == 0 else "#### 7"

    stage = play(sometimes)
    plan = replace(settings(train=20), failures=replace(settings().failures, model="start"))
    find_failures.run(stage.context("find_failures", plan))
    distill_failures.run(stage.context("distill_failures", plan))
    rows = stage.book.training_rows()
    assert {int(row.problem_id.split("/")[1]) % 4 for row in rows} == {0}
    assert all(row.verified for row in rows)
    unsolved = [json.loads(line) for line in (stage.workspace / "failures/math_unsolved.jsonl").read_text().splitlines()]
    assert {int(line["problem"].split("/")[1]) % 4 for line in unsolved} == {2}
    assert all(len(line["samples"]) == 20 for line in unsolved)


def test_a_rescue_that_training_would_refuse_is_none_and_is_counted(play: Play) -> None:
    def spoilt(request: Request) -> str:
        if request.sample == 5 and number(request) % 4 == 0:
            return f"{right(request)}<|eot_id|>"
        return right(request) if number(request) % 4 == 0 and request.sample == 7 and number(request) > 20 else "#### 7"

    stage = play(spoilt)
    plan = replace(settings(train=20), failures=replace(settings().failures, model="start"))
    find_failures.run(stage.context("find_failures", plan))
    summary = distill_failures.run(stage.context("distill_failures", plan))
    assert {row.problem_id for row in stage.book.training_rows()} == {"sum/24", "sum/28"}
    assert "(15 wrong, 3 holding a control token)" in summary


def test_a_failure_without_a_gold_answer_is_not_called_wrong() -> None:
    sampling = Sampling(0.7)

    def said(text: str, correct: bool | None, finish: Literal["stop", "length"] = "stop") -> Graded:
        return Response(text, "p", 0, text, 5, finish, -0.1, sampling, "model", "local"), Grade(text, correct)

    poem = Problem("p", Category.CREATIVITY, "Write a poem.")
    assert distill_failures._why(Evidence(poem, said("a", None), (said("b", None),))) == "nothing to verify against"
    assert distill_failures._why(Evidence(poem, said("a", None), (said("b", False),))) == "wrong"
    assert distill_failures._why(Evidence(poem, said("a", True, "length"), ())) == "cut off at max_new_tokens"


def test_a_file_of_failures_that_was_spoilt_by_hand_is_named(play: Play) -> None:
    stage = play(lambda request: "#### 7")
    plan = replace(settings(train=4), failures=replace(settings().failures, model="start"))
    find_failures.run(stage.context("find_failures", plan))
    (stage.workspace / "failures/math_failures.jsonl").write_text('{"problem": "math/1"}\n{"name": "math/2"}\n')
    with pytest.raises(DataError, match=r"math_failures\.jsonl line 2 names no problem"):
        distill_failures.run(stage.context("distill_failures", plan))


def test_the_benchmark_measures_before_and_after_and_hands_over_what_still_fails(play: Play) -> None:
    def learned(request: Request) -> str:
        return right(request) if number(request) % 2 else "#### 7"

    stage = play(learned)
    plan = replace(settings(train=10), failures=replace(settings().failures, model="start"))
    find_failures.run(stage.context("find_failures", plan))
    with pytest.raises(StepFailed, match="got a verified response"):
        distill_failures.run(stage.context("distill_failures", plan))
    context = stage.context("benchmark", plan)
    context.path("checkpoints/self_consistent_final").mkdir(parents=True)
    summary = benchmark.run(context)
    folder = stage.workspace / "benchmark_results_phase1b"
    results = json.loads((folder / "results.json").read_text())
    before, after = results["results"]["math_before"], results["results"]["math_after"]
    assert before["acc,none"] == after["acc,none"] == pytest.approx(before["exact_match,none"])
    assert after["acc_low,none"] <= after["acc,none"] <= after["acc_high,none"]
    assert after["acc_stderr,none"] == pytest.approx((after["acc_high,none"] - after["acc_low,none"]) / 3.92, rel=1e-3)
    assert results["versions"]["math_after"] == 1 and results["n-shot"]["all_before"] == 0, "the harness's own tables ask for them"
    assert results["higher_is_better"]["math_after"] | {"acc": True, "tie_rate": False} == results["higher_is_better"]["math_after"]
    assert results["n-samples"]["math_after"] == {"original": 4, "effective": 4}
    verdicts = results["verdicts"]["math_after"]
    assert verdicts["wins"] + verdicts["losses"] + verdicts["ties"] == 4 * 5
    assert after["score,none"] == pytest.approx((verdicts["wins"] + verdicts["ties"] / 2) / 20)
    samples = [json.loads(line) for line in (folder / "samples_math_after.jsonl").read_text().splitlines()]
    assert len(samples) == 4 * 6
    assert {sample["verdict"] for sample in samples if sample["temperature"] == 0} == {None}
    left = [json.loads(line) for line in (stage.workspace / "handover/phase_1c_failures.jsonl").read_text().splitlines()]
    assert {int(line["problem"].split("/")[1]) % 2 for line in left} == {0}
    assert all(line["best_attempts"][0]["answer"] == "7" and line["trained"] is False for line in left)
    assert f"{len(left)} of {len(left)} failures still fail" in summary


def test_a_benchmark_done_again_keeps_nothing_that_it_measures_no_more(play: Play) -> None:
    stage = play(right)
    plan = replace(settings(), failures=replace(settings().failures, model="start"))
    stage.context("benchmark", plan).path("checkpoints/self_consistent_final").mkdir(parents=True)
    rows = [{"id": f"do/{i}", "prompt": f"Say {i} in words {i}.", "gold": f"#### {2 * i}"} for i in range(40, 50)]
    (stage.workspace / "words.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    words = CategorySettings(source="words.jsonl", train_source="hub", measure_problems=4)
    find_failures.run(stage.context("find_failures", plan))
    benchmark.run(stage.context("benchmark", replace(plan, categories=plan.categories | {Category.CREATIVITY: words})))
    folder = stage.workspace / "benchmark_results_phase1b"
    assert (folder / "samples_creativity_after.jsonl").exists()
    assert {"score", "tie_rate", "accuracy_change"} <= {m.metric for m in stage.book.measurements("after")}
    better = json.loads((folder / "results.json").read_text())["higher_is_better"]
    assert better["creativity_after"]["self_overlap"] is False and better["math_after"]["vote_tie_rate"] is False
    alone = replace(plan, judge=replace(plan.judge, reference=""))
    benchmark.run(stage.context("benchmark", alone))
    left = [(m.category, m.metric) for when in ("before", "after") for m in stage.book.measurements(when)]  # type: ignore[arg-type]
    assert not {"score", "tie_rate"} & {metric for _, metric in left} and (Category.MATH, "accuracy_change") in left
    assert Category.CREATIVITY not in {category for category, _ in left}
    assert {file.name for file in folder.iterdir()} == {"results.json", "samples_math_before.jsonl", "samples_math_after.jsonl"}


def test_an_attempt_that_goes_on_from_another_draws_anew_where_it_asks_for_other_numbers(play: Play) -> None:
    stage = play(right)
    plan = replace(settings(train=10), failures=replace(settings().failures, model="start"))
    find_failures.run(stage.context("find_failures", plan))
    first = [problem.id for problem in stage.book.problems("scan")]
    stage.book.of_another.add("scan")
    find_failures.run(stage.context("find_failures", plan))
    assert [problem.id for problem in stage.book.problems("scan")] == first, "the same numbers: the same problems"
    more = replace(settings(train=15), failures=plan.failures)
    summary = find_failures.run(stage.context("find_failures", more))
    assert [problem.id for problem in stage.book.problems("scan")][:10] == first, "a larger sample begins with the smaller"
    assert "among 15 problems" in summary
