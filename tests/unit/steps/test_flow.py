"""The steps of Phase 1B.1 one after another over a scripted model: what is measured, what becomes a training row, what is refused."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from core.errors import StepFailed, StopRequested
from core.judging.comparison import Comparison
from core.judging.llm import NOT_ASKED
from core.plan.settings import CategorySettings
from core.records import Category, Problem, Request, Verdict
from core.steps import diagnose, distill, validate
from core.steps import engine as engines
from core.steps import train as train_step
from core.training.train import TrainResult
from tests.unit.steps.playing import Play, Stage, right, settings, wavering


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
    assert {r.sampling.temperature for r in stage.book.linked("before")} == {0.0, settings().measure.temperature}
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


def test_two_categories_with_a_problem_of_one_id_are_refused(play: Play) -> None:
    stage = play(right)
    rows = [{"id": f"test/{i}", "prompt": f"Which is case {i}?", "choices": ["a", "b"], "gold": "A"} for i in range(40, 50)]
    (stage.workspace / "letters.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    plan = settings(measure=10)
    both = plan.categories | {Category.REASONING: CategorySettings(source="letters.jsonl", train_source="hub", measure_problems=10)}
    plan = replace(plan, categories=both)
    with pytest.raises(StepFailed, match=r"MATH \(file\.jsonl\) and REASONING \(letters\.jsonl\) both have .* 'test/4.'.* other ids\.$"):
        diagnose.run(stage.context("diagnose", plan))
    assert not stage.book.problems("measure")
    mixed = [Problem("1", category, "x") for category in (Category.MATH, Category.REASONING)]
    stage.book.add_problems(mixed, "measure")
    with pytest.raises(StepFailed, match=r"'1'.*start a new attempt \(--new\)"):
        diagnose.run(stage.context("diagnose", plan))


def test_rows_without_ids_of_two_files_of_one_name_are_refused_with_what_helps(play: Play) -> None:
    stage = play(right)
    plan = settings(measure=2)
    tables = {}
    for category in (Category.MATH, Category.INSTRUCTION):
        file = stage.workspace / category.lower() / "test-00000-of-00001.jsonl"
        file.parent.mkdir()
        file.write_text("".join(json.dumps({"prompt": f"What is {i} plus {i}?", "gold": 2 * i}) + "\n" for i in range(2)))
        named = f"{category.lower()}/{file.name}"
        tables[category] = CategorySettings(source=named, train_source="hub", measure_problems=2)
    plan = replace(plan, categories=plan.categories | tables)
    sentence = r"'test-00000-of-00001/\d'; rows without an id .*: rename one of the files or give its rows an id\.$"
    with pytest.raises(StepFailed, match=sentence):
        diagnose.run(stage.context("diagnose", plan))
    file.rename(file.with_name("words.jsonl"))
    tables[Category.INSTRUCTION] = replace(tables[Category.INSTRUCTION], source="instruction/words.jsonl")
    diagnose.run(stage.context("diagnose", replace(plan, categories=plan.categories | tables)))
    ids = {problem.id for problem in stage.book.problems("measure")}
    assert ids == {f"{stem}/{i}" for stem in ("test-00000-of-00001", "words") for i in range(2)}


def test_a_gold_answer_that_was_mended_counts_for_responses_that_were_graded_before(play: Play) -> None:
    stage = play(right)
    file = stage.workspace / "file.jsonl"
    mended = file.read_text()
    file.write_text("".join(json.dumps(json.loads(line) | {"gold": "7"}) + "\n" for line in mended.splitlines()))

    def accuracy() -> list[float]:
        found = [m for m in stage.book.measurements("before") if m.category is Category.MATH]
        return [m.estimate.value for m in found if m.metric in ("accuracy", "win_rate")]

    diagnose.run(stage.context("diagnose", settings()))
    assert accuracy() == [0.0, 0.0]
    file.write_text(mended)
    stage.book.kept_problems.clear()
    diagnose.run(stage.context("diagnose", settings()))
    assert len(stage.engines) == 1, "no response is made again"
    wrong_references = sum(int(p.id.split("/")[1]) % 2 == 0 for p in stage.book.problems("measure"))
    assert accuracy() == [1.0, pytest.approx(wrong_references / 4)]
    assert {v.outcome for v in stage.book.kept_verdicts.values()} == {"win", "tie"}


def test_judging_that_ran_out_of_money_stops_the_step_and_says_what_to_raise(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    stage = play(right)

    def poor(settings: object, comparisons: Sequence[Comparison], **_: object) -> list[Verdict]:
        return [Verdict(one.problem.id, one.response.key, "failed", "llm", f"{NOT_ASKED}: too dear") for one in comparisons]

    monkeypatch.setattr("core.steps.reference.judge", poor)
    with pytest.raises(StepFailed, match=r"20 of 20 comparisons were not judged.*raise it, or lower judge\.samples"):
        diagnose.run(stage.context("diagnose", settings()))
    assert not stage.book.measurements("before")


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


@pytest.mark.parametrize(("last", "over"), [(20, "the last 20 steps"), (1, "the last step")])
def test_a_trained_step_says_what_its_loss_is_a_mean_of(play: Play, monkeypatch: pytest.MonkeyPatch, last: int, over: str) -> None:
    stage = play(right)
    plan = settings(train=10)
    distill.run(stage.context("distill", plan))

    def train(*_: object, out: Path, **__: object) -> TrainResult:
        out.mkdir(parents=True)
        return TrainResult(200, 0.0152, last, 1.0, 1)

    monkeypatch.setattr("core.training.train.train", train)
    rows = len(stage.book.training_rows())
    assert train_step.run(stage.context("train", plan)) == f"200 steps on {rows} rows, loss 0.015 over {over}"
