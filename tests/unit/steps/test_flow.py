"""The steps one after another over a scripted model: what is measured, what becomes a training row, what is refused."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from core.errors import DataError, StepFailed, StopRequested
from core.judging.comparison import Comparison
from core.judging.llm import NOT_ASKED
from core.plan.load import load_profile
from core.plan.settings import CategorySettings, Settings
from core.records import Category, Problem, Request, Verdict
from core.steps import benchmark, diagnose, distill, distill_failures, find_failures, validate
from core.steps import engine as engines
from core.steps.context import Context
from core.steps.further import further_adapter
from tests.unit.steps.helpers import MemoryBook, Script, ScriptedEngine


def settings(measure: int = 4, train: int = 4) -> Settings:
    plan = load_profile("practice")
    only_math = {category: CategorySettings(source="file.jsonl") for category in Category}
    only_math[Category.MATH] = CategorySettings(
        source="file.jsonl", train_problems=train, measure_problems=measure, failure_problems=train
    )
    return replace(
        plan,
        categories=only_math,
        measure=replace(plan.measure, samples=5),
        judge=replace(plan.judge, reference="references.jsonl", samples=5),
    )


@dataclass
class Stage:
    """A workspace with a file of sums, a book, and engines that say what the test scripts."""

    workspace: Path
    book: MemoryBook = field(default_factory=MemoryBook)
    engines: list[ScriptedEngine] = field(default_factory=list)
    stop: bool = False

    def context(self, step: str, plan: Settings) -> Context:
        return Context(plan, self.workspace, self.book, lambda: self.stop, 1, step)  # type: ignore[arg-type]


Play = Callable[[Script], Stage]


@pytest.fixture
def play(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Play:
    rows = [{"id": f"sum/{i}", "prompt": f"Add {i} and {i} for case {i}.", "gold": str(2 * i), "split": "train"} for i in range(10, 30)]
    rows += [{"id": f"test/{i}", "prompt": f"Sum up {i} plus {i} in case {i}.", "gold": str(2 * i), "split": "test"} for i in range(40, 50)]
    (tmp_path / "file.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    references = [{"problem": f"test/{i}", "response": f"#### {2 * i if i % 2 else 0}"} for i in range(40, 50)]
    (tmp_path / "references.jsonl").write_text("".join(json.dumps(row) + "\n" for row in references))

    def start(script: Script) -> Stage:
        stage = Stage(tmp_path)

        def local(context: Context, adapter: Path | None) -> ScriptedEngine:
            engine = ScriptedEngine(engines.model_fingerprint(context, adapter), script)
            stage.engines.append(engine)
            return engine

        monkeypatch.setattr(engines, "fingerprint", lambda model, workspace, adapter: f"model+{adapter}")
        monkeypatch.setattr(engines, "_local", local)
        return stage

    return start


def number(request: Request) -> int:
    return int(request.problem_id.split("/")[1])


def right(request: Request) -> str:
    return f"#### {2 * number(request)}"


def wavering(request: Request) -> str:
    """Greedy is right; of five samples three are right and equal, one right in other words, one wrong."""
    if request.sampling.temperature == 0 or request.sample < 3:
        return right(request)
    return f"So, {right(request)}" if request.sample == 3 else "#### 1"


def test_diagnose_measures_consistency_accuracy_and_ties_before_training(play: Play) -> None:
    stage = play(wavering)
    summary = diagnose.run(stage.context("diagnose", settings()))
    figures = {(m.category, m.metric): m.estimate for m in stage.book.measurements("before")}
    math = Category.MATH
    assert figures[math, "response_consistency"].value == pytest.approx(0.6)
    assert figures[math, "answer_consistency"].value == pytest.approx(0.8)
    assert figures[math, "accuracy"].value == pytest.approx(0.8)
    assert figures[math, "greedy_accuracy"].value == 1.0
    assert figures[math, "response_consistency"].n == 4
    assert figures[None, "response_consistency"] == figures[math, "response_consistency"]
    assert 0 < figures[math, "tie_rate"].value < 1
    assert "response consistency 60.0 %" in summary
    assert all(engine.closed for engine in stage.engines)


def test_a_score_is_wins_and_half_the_ties_against_the_reference(play: Play) -> None:
    stage = play(right)
    diagnose.run(stage.context("diagnose", settings()))
    figures = {m.metric: m.estimate.value for m in stage.book.measurements("before") if m.category is Category.MATH}
    wrong_references = sum(int(p.id.split("/")[1]) % 2 == 0 for p in stage.book.problems("measure"))
    assert figures["win_rate"] == pytest.approx(wrong_references / 4)
    assert figures["score"] == pytest.approx(figures["win_rate"] + figures["tie_rate"] / 2)
    assert len(stage.book.kept_verdicts) == 4 * 5


def test_figures_are_told_while_they_grow_and_once_at_the_end(play: Play) -> None:
    stage = play(right)
    diagnose.run(stage.context("diagnose", settings()))
    told = stage.book.told("figures")
    assert {entry["category"] for entry in told} == {"MATH", None}
    assert stage.book.told("progress")[-1]["done"] == 4 * 6


def test_measuring_twice_makes_nothing_twice(play: Play) -> None:
    stage = play(right)
    diagnose.run(stage.context("diagnose", settings()))
    diagnose.run(stage.context("diagnose", settings()))
    assert len(stage.engines) == 1


def test_what_a_stopped_try_measured_with_other_settings_counts_no_more(play: Play) -> None:
    def warm(request: Request) -> str:
        return "#### 0" if request.sampling.temperature == 1.0 else right(request)

    stage = play(warm)
    hot = replace(settings(), measure=replace(settings().measure, temperature=1.0, samples=5))
    diagnose.run(stage.context("diagnose", hot))
    diagnose.run(stage.context("diagnose", settings()))
    assert {r.sampling.temperature for r in stage.book.responses_of("before")} == {0.0, settings().measure.temperature}
    stage.context("validate", settings()).path("checkpoints/self_consistent_test").mkdir(parents=True)
    validate.run(stage.context("validate", settings()))
    change = next(m for m in stage.book.measurements("after") if m.metric == "accuracy_change")
    assert change.estimate.value == 0.0, "nothing was learned"


def test_what_the_settings_draw_from_now_is_drawn_now(play: Play) -> None:
    stage = play(right)
    diagnose.run(stage.context("diagnose", settings()))
    fewer = settings(measure=2)
    diagnose.run(stage.context("diagnose", fewer))
    assert len(stage.book.problems("measure")) == 2
    (stage.workspace / "other.jsonl").write_text((stage.workspace / "file.jsonl").read_text().replace("test/", "other/"))
    elsewhere = {c: replace(t, source="other.jsonl") for c, t in fewer.categories.items()}
    diagnose.run(stage.context("diagnose", replace(fewer, categories=elsewhere)))
    assert {problem.id.split("/")[0] for problem in stage.book.problems("measure")} == {"other"}


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


def test_judging_that_ran_out_of_money_stops_the_step_and_says_what_to_raise(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    stage = play(right)

    def poor(settings: object, comparisons: Sequence[Comparison], **_: object) -> list[Verdict]:
        return [Verdict(one.problem.id, one.response.key, "failed", "llm", f"{NOT_ASKED}: too dear") for one in comparisons]

    monkeypatch.setattr("core.steps.reference.judge", poor)
    with pytest.raises(StepFailed, match=r"20 of 20 comparisons were not judged.*raise it, or lower judge\.samples"):
        diagnose.run(stage.context("diagnose", settings()))
    assert not stage.book.measurements("before")


def test_only_verified_responses_become_training_rows(play: Play) -> None:
    stage = play(lambda request: right(request) if number(request) % 2 else "#### 7")
    plan = settings(train=10)
    summary = distill.run(stage.context("distill", plan))
    odd = [p for p in stage.book.problems("train") if int(p.id.split("/")[1]) % 2]
    assert {row.problem_id for row in stage.book.training_rows()} == {p.id for p in odd}
    assert f"{10 - len(odd)} wrong" in summary
    lines = [json.loads(line) for line in (stage.workspace / "self_distillation/math_distilled.jsonl").read_text().splitlines()]
    assert [line["problem"] for line in lines] == [row.problem_id for row in stage.book.training_rows()]
    assert lines[0]["messages"][1] == {"role": "assistant", "content": stage.book.training_rows()[0].response}


def test_nothing_verified_is_an_error_that_says_so(play: Play) -> None:
    stage = play(lambda request: "#### 7")
    with pytest.raises(StepFailed, match="4 wrong"):
        distill.run(stage.context("distill", settings()))
    assert stage.book.training_rows() == []


def test_validate_pairs_every_problem_with_itself_before(play: Play) -> None:
    stage = play(lambda request: right(request))
    plan = settings()
    diagnose.run(stage.context("diagnose", plan))
    context = stage.context("validate", plan)
    context.path("checkpoints/self_consistent_test").mkdir(parents=True)
    validate.run(context)
    change = next(m for m in stage.book.measurements("after") if m.metric == "accuracy_change")
    assert change.estimate.value == 0
    assert change.estimate.n == 4


def test_validate_without_an_adapter_says_what_to_run(play: Play) -> None:
    stage = play(right)
    with pytest.raises(StepFailed, match="run the step train first"):
        validate.run(stage.context("validate", settings()))


def test_a_stop_ends_between_batches_and_keeps_what_is_made(play: Play) -> None:
    stage = play(right)

    def stop_after_three(request: Request) -> str:
        stage.stop = True
        return right(request)

    stage = play(stop_after_three)
    with pytest.raises(StopRequested):
        diagnose.run(stage.context("diagnose", settings()))
    assert len(stage.book.kept) == 3
    assert all(engine.closed for engine in stage.engines)


def test_a_problem_trained_on_is_never_measured_unless_a_reason_is_given(play: Play) -> None:
    stage = play(right)
    shared = Problem("sum/10", Category.MATH, "Add 10 and 10 for case 10.", gold="20")
    stage.book.add_problems([shared], "train")
    stage.book.add_problems([replace(shared, id="test/10")], "measure")
    with pytest.raises(StepFailed, match="allow_overlap"):
        diagnose.run(stage.context("diagnose", settings()))
    plan = settings()
    diagnose.run(stage.context("diagnose", replace(plan, measure=replace(plan.measure, allow_overlap="only a trial"))))
    assert "only a trial" in str(stage.book.told("overlap")[-1]["text"])


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


def test_a_file_of_failures_that_was_spoilt_by_hand_is_named(play: Play) -> None:
    stage = play(lambda request: "#### 7")
    plan = replace(settings(train=4), failures=replace(settings().failures, model="start"))
    find_failures.run(stage.context("find_failures", plan))
    (stage.workspace / "failures/math_failures.jsonl").write_text('{"problem": "math/1"}\n{"name": "math/2"}\n')
    with pytest.raises(DataError, match=r"math_failures\.jsonl line 2 names no problem"):
        distill_failures.run(stage.context("distill_failures", plan))


def test_a_server_must_serve_the_trained_adapter_under_a_name_of_its_own(tmp_path: Path) -> None:
    plan = settings()
    served = replace(plan.generation, server_url="http://127.0.0.1:1/v1", server_model="base")
    plan = replace(plan, model=replace(plan.model, engine="server"), generation=served)
    context = Stage(tmp_path).context("validate", plan)
    trained = context.path("checkpoints/self_consistent_test")
    with pytest.raises(StepFailed, match="server_adapter"):
        engines.model_fingerprint(context, trained)
    named = replace(plan, generation=replace(served, server_adapter="base-{adapter}"))
    again = Stage(tmp_path).context("validate", named)
    final = context.path("checkpoints/self_consistent_final")
    for folder in (trained, final):
        folder.mkdir(parents=True)
        (folder / "adapter_config.json").write_text("{}")
        (folder / "adapter_model.safetensors").write_text(folder.name)
    names = [engines.model_fingerprint(again, adapter) for adapter in (None, trained, final)]
    assert names[0].startswith("base:") and names[1].startswith("base-self_consistent_test:")
    assert len(set(names)) == 3, "two adapters under one name are two models"
    same = replace(again, settings=replace(named, generation=replace(served, server_adapter="tuned")))
    assert engines.model_fingerprint(same, trained) != engines.model_fingerprint(same, final)


def test_each_step_says_what_it_made_how_fast_and_what_came_out(play: Play) -> None:
    stage = play(right)
    plan = settings(train=10)
    distill.run(stage.context("distill", plan))
    distill.run(stage.context("distill", plan))
    first, again = stage.book.told("throughput")
    assert (first["unit"], first["made"], first["found"], first["tokens"]) == ("responses", 10, 0, 50)
    assert (again["made"], again["found"]) == (0, 10), "what exists is counted apart"
    assert stage.book.told("counts")[-1] == {"given": 10, "out": 10}


def test_a_sampled_category_stops_sampling_when_its_vote_is_decided(play: Play) -> None:
    stage = play(right)
    plan = settings(train=4)
    warm = {c: replace(t, generate_temperature=0.2) if c is Category.MATH else t for c, t in plan.categories.items()}
    plan = replace(plan, categories=warm, distill=replace(plan.distill, samples=10))
    summary = distill.run(stage.context("distill", plan))
    assert len(stage.book.responses_of("distill")) == 4 * 6
    assert "16 of 40 samples saved because the vote was decided" in summary
    never = replace(plan, distill=replace(plan.distill, stopping="never"))
    distill.run(stage.context("distill", never))
    assert len(stage.book.responses_of("distill")) == 4 * 10


def test_creativity_gives_up_to_three_rows_a_problem(play: Play, tmp_path: Path) -> None:
    lines = ("Waves hum inside a teapot.", "waves HUM inside a teapot!", "Salt remembers every ship.", "Nobody asks the tide for soup.")
    stage = play(lambda request: lines[request.sample % 4])
    rows = [{"id": f"w/{i}", "prompt": f"Write about thing number {i} {'and so on ' * i}.", "split": "train"} for i in range(4)]
    (tmp_path / "writing.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    plan = settings()
    creative = replace(plan.categories[Category.CREATIVITY], source="writing.jsonl", train_problems=2, generate_temperature=0.7)
    creative = replace(creative, train_temperature=0.3)
    tables = {**{c: replace(t, train_problems=0) for c, t in plan.categories.items()}, Category.CREATIVITY: creative}
    distill.run(stage.context("distill", replace(plan, categories=tables)))
    kept: dict[str, set[str]] = {}
    for row in stage.book.training_rows():
        kept.setdefault(row.problem_id, set()).add(row.response)
    assert {len(texts) for texts in kept.values()} == {3}
    assert (stage.workspace / "self_distillation/creativity_distilled.jsonl").exists()


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
