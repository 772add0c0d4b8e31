"""Workspaces for tests of reports and exports, written with the store's own functions: an attempt that has come as far as a test wants."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import math
import random
from collections.abc import Sequence
from pathlib import Path

from core.files import write_atomic
from core.measures.estimate import Estimate
from core.measures.intervals import mean
from core.plan.gates import evaluate
from core.plan.load import load_profile, settings_to_json
from core.plan.phases import PHASES, phase_of
from core.plan.settings import Settings
from core.records import Category, Grade, Measurement, Problem, Response, Sampling, Spending, TrainingRow, Verdict, When
from core.runs.book import StoreBook
from core.runs.snapshot import State
from core.runs.store import figures, runs
from core.runs.store.connection import open_writer
from core.runs.store.rows import StepRow, TryRow
from core.runs.workspace import prepare

START = 1_800_000_000.0
GRADER = "grader-1"
JUDGE = "verifier-1"
RUNS = 10
MEASURED = {Category.MATH: 12, Category.CODE: 6, Category.REASONING: 8}
TRAINED = {Category.MATH: 10, Category.CODE: 5}
STEPS = ("diagnose", "distill", "train", "validate", "find_failures", "distill_failures", "train_failures", "benchmark")


def build_two(folder: Path) -> Path:
    """Attempt 1 passes gate 1B.1 barely; attempt 2 fails it; the attempts differ in epochs. Returns the folder."""
    build(folder, strength=0.95)
    build(folder, strength=0.2, parent=1, adapter="-two", changed={"train": {"num_train_epochs": 1.0}}, reason="train.num_train_epochs=1")
    return folder


def build(
    folder: Path,
    upto: str = "validate",
    *,
    changed: dict[str, dict[str, object]] | None = None,
    texts: Sequence[str] = (),
    strength: float = 0.9,
    parent: int | None = None,
    reason: str = "",
    override: str = "",
    phases: Sequence[str] = ("1B.1", "1B.2"),
    adapter: str = "",
) -> int:
    """An attempt of the practice profile whose steps are done up to ``upto`` ('' for none); returns its number.

    texts: what the model says before training, in turn, for hostile ones. strength: share of right runs after training.
    adapter: tells the trained model apart from that of other attempts.
    """
    settings = load_profile("practice")
    for table, values in (changed or {}).items():
        settings = dataclasses.replace(settings, **{table: dataclasses.replace(getattr(settings, table), **values)})  # type: ignore[arg-type]
    place = prepare(folder)
    store = open_writer(place.store)
    environment = {"python": "3.11.7", "platform": "Linux-6.1", "packages": {"cogumi-panel": "0.1.0", "torch": "2.13.0"}}
    with store.write() as db:
        number = runs.add_run(
            db,
            phases=list(phases),
            steps=[(step, phase_of(step).id) for step in STEPS if phase_of(step).id in phases],
            target="all",
            settings=settings_to_json(settings),
            parent=parent,
            reason=reason,
            created=START,
            environment=json.dumps(environment),
        )
        rows = {row.step: row for row in runs.steps_of(db, number)}
    store.close()
    for position, step in enumerate(STEPS[: STEPS.index(upto) + 1] if upto else ()):
        if step not in rows:
            continue
        _Doing(folder, settings, rows[step], START + 600 * position, texts, strength, adapter).do()
    if override:
        store = open_writer(place.store)
        with store.write() as db:
            figures.add_override(db, number, "gate-1b.1", override, START)
        store.close()
    return number


class _Doing:
    """One step as its process and the supervisor would record it."""

    def __init__(
        self, folder: Path, settings: Settings, step: StepRow, now: float, texts: Sequence[str], strength: float, adapter: str
    ) -> None:
        self.adapter = adapter
        self.folder, self.settings, self.step, self.now = folder, settings, step, now
        self.texts, self.strength = texts, strength

    def do(self) -> None:
        store = open_writer(self.folder / "cogumi.db")
        with store.write() as db:
            tried = runs.add_try(db, self.step.id, "machine", self.now, f"logs/attempt-{self.step.run}/{self.step.step}.log")
        book = StoreBook(self.folder / "cogumi.db", self.step, tried, clock=lambda: self.now)
        summary = self._work(book)
        book.close()
        self._end(store, tried, summary)
        store.close()

    def _end(self, store: object, tried: TryRow, summary: str) -> None:
        from core.runs.store.connection import Store

        assert isinstance(store, Store)
        seconds = 90.0 + len(self.step.step)
        with store.write() as db:
            runs.see_try(db, tried.id, seconds, self.now + seconds)
            runs.set_outcome(db, tried.id, "done", summary)
            runs.end_try(db, tried.id, 0, self.now + seconds)
            figures.set_machine_money(db, tried.id, seconds, seconds * 2.0 / 3600)
            runs.set_state(db, self.step.id, State.DONE, summary=summary, exit_code=0)
            runs.set_times(db, self.step.id, started=self.now, ended=self.now + seconds)
            for phase in PHASES:
                if phase.steps[-1].id == self.step.step:
                    measured = figures.measurements(db, self.step.run, "after", phase.id)
                    figures.set_gate(db, self.step.run, evaluate(phase.gate, self.settings, measured, 99.0), self.now)

    def _work(self, book: StoreBook) -> str:
        step = self.step.step
        if step == "diagnose":
            book.add_problems(measured(), "measure")
            book.emit("overlap", text="No training problem is among the 26 measured ones (checked by wording and 13-grams).")
            return self._measure(book, "before", "model-start", 0.3)
        if step == "validate":
            return self._measure(book, "after", f"model-test{self.adapter}", self.strength)
        if step == "benchmark":
            book.add_problems(measured(), "benchmark")
            self._measure(book, "before", "model-start", 0.3)
            return self._measure(book, "after", "model-final", self.strength)
        if step in ("distill", "distill_failures"):
            return self._distill(book, "distill" if step == "distill" else "rescue")
        if step == "find_failures":
            book.add_problems(training(), "scan")
            return "9 failures among 15 problems"
        return self._train(book)

    def _measure(self, book: StoreBook, when: When, model: str, right: float) -> str:
        values: dict[Category | None, dict[str, list[float]]] = {}
        for place, problem in enumerate(measured()):
            stream = random.Random(f"{problem.id}/{model}/{right}")
            made, grades = [], {}
            for sample in range(RUNS + 1):
                greedy = sample == RUNS
                correct = stream.random() < right
                text = self._text(problem, correct, stream, when, place, sample)
                sampling = Sampling(0.0) if greedy else Sampling(0.7, 0.95, 160, 7)
                response = _response(f"{when}/{model}/{problem.id}/{sample}", problem, 0 if greedy else sample, text, sampling, model)
                made.append(response)
                grades[response.key] = Grade(problem.gold if correct else "0", correct, "")
            book.add_responses(made, when)
            book.add_grades(grades, GRADER)
            sampled = made[:RUNS]
            book.add_verdicts(
                [Verdict(problem.id, r.key, "win" if grades[r.key].correct else "loss", JUDGE, "", 0.0) for r in sampled]
            )
            share_right = sum(grades[r.key].correct is True for r in sampled) / RUNS
            same = max(sum(r.text == other.text for other in sampled) for r in sampled) / RUNS
            for category in (problem.category, None) if problem.category in TRAINED else (problem.category,):
                table = values.setdefault(category, {})
                for metric, value in (
                    ("response_consistency", same),
                    ("answer_consistency", max(share_right, 1 - share_right)),
                    ("accuracy", share_right),
                    ("greedy_accuracy", float(grades[made[-1].key].correct is True)),
                    ("score", share_right),
                    ("tie_rate", 0.25),
                ):
                    table.setdefault(metric, []).append(value)
        found = [
            Measurement(when, category, metric, estimate)
            for category, table in values.items()
            for metric, its in table.items()
            if (estimate := mean(its)) is not None
        ]
        if when == "after":
            found.append(Measurement("after", Category.REASONING, "accuracy_change", Estimate(0.01, 8, -0.1, 0.12)))
        book.add_measurements(found)
        return "measured"

    def _text(self, problem: Problem, correct: bool, stream: random.Random, when: str, place: int, sample: int) -> str:
        if self.texts and when == "before":
            return self.texts[(place + sample) % len(self.texts)]
        answer = problem.gold if correct else "0"
        way = "" if when == "after" else f" Way {stream.randrange(6)}."
        return f"First think, then answer.{way}\n\nThe total is {answer}, so\n#### {answer}"

    def _distill(self, book: StoreBook, role: str) -> str:
        problems = training()
        book.add_problems(problems, "train" if role == "distill" else "scan")
        rows, made, grades = [], [], {}
        for place, problem in enumerate(problems):
            correct = place % 5 != 0
            text = f"#### {problem.gold if correct else 0}"
            response = _response(f"{role}/{problem.id}", problem, 0, text, Sampling(0.0), "model-start")
            made.append(response)
            grades[response.key] = Grade(problem.gold if correct else "0", correct, "")
            if correct:
                rows.append(TrainingRow(problem.id, problem.category, problem.prompt, text, response.key, True, 0.0))
        book.add_responses(made, role)
        book.add_grades(grades, GRADER)
        book.add_training_rows(rows)
        out = [problem for problem in problems if problem.id not in {row.problem_id for row in rows}]
        table = []
        for category in dict.fromkeys(problem.category for problem in problems):
            mine = [problem.id for problem in out if problem.category == category]
            count = sum(problem.category == category for problem in problems)
            reasons = [["wrong", len(mine)]] if mine else []
            table.append({"category": category, "problems": count, "kept": count - len(mine), "reasons": reasons, "examples": mine[:5]})
        book.emit("counts", given=len(problems), out=len(rows))
        book.emit("left_out", categories=table)
        self._artifact(book, f"self_distillation/{role}.jsonl", "training rows")
        return f"{len(rows)} training rows from {len(problems)} problems; left out: {len(problems) - len(rows)} wrong"

    def _train(self, book: StoreBook) -> str:
        stream = random.Random(1)
        for x in range(1, 61):
            loss = 0.2 + 1.6 * math.exp(-x / 15) + stream.uniform(-0.08, 0.08)
            told = {"step": x, "max_steps": 60, "epoch": x / 30, "num_train_epochs": 2, "loss": loss, "learning_rate": 2e-3 * (1 - x / 60)}
            book.emit("loss", **told, grad_norm=0.5, tokens_per_second=5000.0)
        book.emit("epoch", step=30, epoch=1)
        book.emit("held_out", step=30, loss=0.6)
        self._artifact(book, "checkpoints/adapter.safetensors", "adapter")
        book.spend(Spending(self.step.step, "judge", 0.0, 0.01))
        return "60 steps on 12 rows, loss 0.213 over the last 6 steps"

    def _artifact(self, book: StoreBook, name: str, kind: str) -> None:
        path = self.folder / "attempts" / f"{self.step.run:03d}" / name
        book.add_artifact(path.relative_to(self.folder), kind, write_atomic(path, f"{name} of {self.step.step}\n".encode()))


def measured() -> list[Problem]:
    """The held-out problems."""
    return [
        Problem(f"practice/{c.lower()}/test/{i:06d}", c, f"A {c.lower()} question, number {i}: how much is {i} + {i}?", f"{2 * i}")
        for c, count in MEASURED.items()
        for i in range(count)
    ]


def training() -> list[Problem]:
    """The training problems."""
    return [
        Problem(f"practice/{c.lower()}/train/{i:06d}", c, f"Train: how much is {i} + 1?", f"{i + 1}")
        for c, count in TRAINED.items()
        for i in range(count)
    ]


def _response(name: str, problem: Problem, sample: int, text: str, sampling: Sampling, model: str) -> Response:
    key = hashlib.sha256(name.encode()).hexdigest()
    return Response(key, problem.id, sample, text, len(text.split()), "stop", -0.25, sampling, model, "local")
