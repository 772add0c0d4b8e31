"""The step that makes training rows, with a model that says what a script says: which responses become rows, and why others do not."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from core.errors import ModelError, StepFailed
from core.generation.engine import Engine
from core.plan.settings import ModelSettings
from core.records import Category
from core.steps import distill
from core.steps import engine as engines
from core.steps.context import Context
from tests.unit.steps.playing import Play, number, right, settings


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


def test_training_problems_that_are_left_out_are_noted(play: Play) -> None:
    stage = play(right)
    file = stage.workspace / "file.jsonl"
    again = {"id": "again", "prompt": "sum up 40 PLUS 40 in case 40.", "gold": "80", "split": "train"}
    file.write_text(file.read_text() + json.dumps(again))
    distill.run(stage.context("distill", settings()))
    assert any(str(note["text"]).startswith("left 1 of 21 MATH training problems out: ") for note in stage.book.told("note"))


def test_a_right_response_that_training_would_refuse_is_left_out_with_its_reason(play: Play) -> None:
    stage = play(lambda request: right(request) + ("" if number(request) % 2 else "<|eot_id|>"))
    summary = distill.run(stage.context("distill", settings(train=10)))
    even = [p for p in stage.book.problems("train") if int(p.id.split("/")[1]) % 2 == 0]
    assert len(stage.book.training_rows()) == 10 - len(even)
    assert f"{len(even)} holding a control token" in summary
    (told,) = stage.book.told("left_out")
    assert told["categories"] == [
        {
            "category": "MATH",
            "problems": 10,
            "kept": 10 - len(even),
            "reasons": [("holding a control token", len(even))],
            "examples": [p.id for p in even][:5],
        }
    ]


def test_whether_training_takes_a_response_is_known_before_any_is_made(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(model: ModelSettings, workspace: Path) -> None:
        raise ModelError("The base is not here.")

    stage = play(right)
    monkeypatch.setattr(engines, "load_chat", missing)
    with pytest.raises(ModelError, match="not here"):
        distill.run(stage.context("distill", settings()))
    assert not stage.engines


def test_without_the_bases_tokenizer_every_response_of_a_server_is_taken_and_that_is_told(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(model: ModelSettings, workspace: Path) -> None:
        raise ModelError("The base is not here.")

    stage = play(lambda request: f"{right(request)}<|eot_id|>")
    local = engines._local

    def server(context: Context, adapter: Path | None) -> Engine:
        engine = local(context, adapter)
        engine.name = "server"
        return engine

    monkeypatch.setattr(engines, "load_chat", missing)
    monkeypatch.setattr(engines, "_server", server)
    plan = settings()
    served = replace(plan.generation, server_url="http://127.0.0.1:1/v1", server_model="base")
    plan = replace(plan, model=replace(plan.model, engine="server"), generation=served)
    assert distill.run(stage.context("distill", plan)).startswith("4 training rows from 4 problems")
    told = [entry["text"] for entry in stage.book.told("note") if entry["level"] == "warning"]
    assert told == [
        "The base is not here. So no response is left out here for the model's control tokens: training refuses rows that hold one."
    ]


def test_nothing_verified_is_an_error_that_says_so(play: Play) -> None:
    stage = play(lambda request: "#### 7")
    with pytest.raises(StepFailed, match="4 wrong"):
        distill.run(stage.context("distill", settings()))
    assert stage.book.training_rows() == []


def test_a_sampled_category_stops_sampling_when_its_vote_is_decided(play: Play) -> None:
    stage = play(right)
    plan = settings(train=4)
    warm = {c: replace(t, generate_temperature=0.2) if c is Category.MATH else t for c, t in plan.categories.items()}
    plan = replace(plan, categories=warm, distill=replace(plan.distill, samples=10))
    summary = distill.run(stage.context("distill", plan))
    assert len(stage.book.linked("distill")) == 4 * 6
    assert "16 of 40 samples saved because the vote was decided" in summary
    never = replace(plan, distill=replace(plan.distill, stopping="never"))
    distill.run(stage.context("distill", never))
    assert len(stage.book.linked("distill")) == 4 * 10


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
