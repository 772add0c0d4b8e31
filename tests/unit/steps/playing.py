"""A workspace with a file of sums, and a scripted model, for the tests that play steps one after another."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from core.plan.load import load_profile
from core.plan.settings import CategorySettings, Settings
from core.records import Category, Request
from core.steps import engine as engines
from core.steps.context import Context
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


class WithoutTokens:
    """Stands for the base's tokenizer with its chat template: what begins with <| is a control token."""

    def can_be_learned(self, response: str) -> bool:
        return "<|" not in response


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
        monkeypatch.setattr(engines, "load_chat", lambda model, workspace: WithoutTokens())
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
