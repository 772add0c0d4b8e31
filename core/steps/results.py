"""The benchmark's files, with the field names of lm-evaluation-harness's results where it has them, so that its readers read them.

``results.json``:

- ``results`` by task (``math_before``, ``math_after``, ``all_after`` ...): ``acc,none`` is the mean share of right responses over the
  sampled runs, ``exact_match,none`` the share of right greedy responses, then our own figures by name (``response_consistency,none``,
  ``score,none``, ``tie_rate,none``, ``win_rate,none`` ...), each with ``_stderr`` (the 95 % interval's width over 2 x 1.96),
  ``_low`` and ``_high``
- ``n-samples`` by task: problems ``original`` and ``effective`` (with all their runs); ``verdicts`` by task: how many responses won, lost,
  tied, were unreadable or failed
- ``versions`` (of the tasks, 1), ``n-shot`` and ``higher_is_better`` by task, which the harness's own tables read
- ``configs`` by task: source, revision, ``num_fewshot``, ``repeats`` (runs a problem) and ``generation_kwargs``
- ``config``: base model, fingerprints before and after, all settings; ``grader``, ``judge``, ``date``, ``cogumi_panel_version``

``samples_<task>.jsonl``: one response a line with ``doc_id``, ``doc``, ``target``, ``resps``, ``filtered_resps`` (the canonical answer),
``acc``, ``sample``, ``temperature`` (0 is the greedy one), ``finish`` and ``verdict`` (win, loss, tie, or null where it was not judged).
"""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path

from core.files import write_atomic
from core.grading.grade import GRADER
from core.jsonl import write_rows
from core.judging.judge import judge_name
from core.judging.references import load_named
from core.measures.estimate import Estimate
from core.measures.intervals import Z
from core.plan.load import settings_to_json
from core.records import Category, Grade, Measurement, Problem, Response, Verdict, When
from core.steps.context import Context
from core.steps.engine import model_fingerprint, response_keys
from core.steps.requests import measuring

_HARNESS = {"accuracy": "acc", "greedy_accuracy": "exact_match"}
_LOWER = frozenset({"tie_rate", "loss_rate", "vote_tie_rate", "self_overlap"})
"""Figures that are wanted low."""

_COUNTED = {"win": "wins", "loss": "losses", "tie": "ties", "unreadable": "unreadable", "failed": "failed"}


class Side:
    """One moment of the benchmark: the responses of one model to the problems, with their grades and verdicts."""

    def __init__(self, context: Context, when: When, problems: Sequence[Problem], adapter: Path | None, judge: str) -> None:
        self.when: When = when
        self.model = model_fingerprint(context, adapter)
        self.problems = {problem.id: problem for problem in problems}
        keys = response_keys(context, adapter, measuring(problems, context.settings))
        made = sorted(context.book.responses(keys).values(), key=lambda r: (r.problem_id, r.sample, r.key))
        wanted = {response.key: self.problems[response.problem_id] for response in made}
        self.grades: Mapping[str, Grade] = context.book.grades(wanted, GRADER)
        self.verdicts: Mapping[str, Verdict] = context.book.verdicts(wanted, judge) if judge else {}
        self.responses = [response for response in made if response.key in self.grades]

    def of(self, category: Category) -> list[Response]:
        """The graded responses to the problems of a category."""
        return [response for response in self.responses if self.problems[response.problem_id].category == category]

    def task(self, category: Category | None) -> str:
        """What the results call a category at this moment."""
        return _task(self.when, "all" if category is None else category.value)


def judge_of(context: Context) -> str:
    """Name of the judge whose verdicts count here, '' where the settings name no references."""
    judge = context.settings.judge
    return judge_name(judge, load_named(judge.reference, context.workspace), GRADER) if judge.reference else ""


def write_results(context: Context, folder: Path, found: Sequence[Measurement], sides: Sequence[Side], judge: str) -> None:
    """Writes ``results.json``."""
    results: dict[str, dict[str, float | str]] = {}
    effective: dict[str, int] = {}
    measured: dict[str, list[str]] = {}
    for measurement in found:
        task = _task(measurement.when, "all" if measurement.category is None else measurement.category.value)
        results.setdefault(task, {"alias": task}).update(_fields(measurement.metric, measurement.estimate))
        measured.setdefault(task, []).append(measurement.metric)
        effective[task] = max(effective.get(task, 0), measurement.estimate.n)
    tasks = [(side, category) for side in sides for category in dict.fromkeys(p.category for p in side.problems.values())]
    asked = {side.task(category): sum(p.category == category for p in side.problems.values()) for side, category in tasks}
    document = {
        "results": results,
        "n-samples": {task: {"original": asked.get(task, n), "effective": n} for task, n in effective.items()},
        "versions": dict.fromkeys(results, 1),
        "n-shot": dict.fromkeys(results, 0),
        "higher_is_better": {task: {_named(metric): metric not in _LOWER for metric in metrics} for task, metrics in measured.items()},
        "verdicts": {side.task(category): _verdicts(side, category) for side, category in tasks},
        "configs": {side.task(category): _config(context, side, category) for side, category in tasks},
        "config": {
            "model": context.settings.model.base,
            "fingerprints": {side.when: side.model for side in sides},
            "settings": json.loads(settings_to_json(context.settings)),
        },
        "grader": GRADER,
        "judge": judge or None,
        "date": time.time(),
        "cogumi_panel_version": version("cogumi-panel"),
    }
    write_atomic(folder / "results.json", (json.dumps(document, indent=2, ensure_ascii=False) + "\n").encode())


def write_samples(folder: Path, side: Side) -> list[str]:
    """Writes each category's responses of one moment and returns the names of the files."""
    names = []
    for category in dict.fromkeys(problem.category for problem in side.problems.values()):
        names.append(f"samples_{side.task(category)}.jsonl")
        write_rows(folder / names[-1], [_sample(side, response) for response in side.of(category)])
    return names


def _sample(side: Side, response: Response) -> dict[str, object]:
    problem, grade, verdict = side.problems[response.problem_id], side.grades[response.key], side.verdicts.get(response.key)
    return {
        "doc_id": response.problem_id,
        "doc": {"question": problem.prompt},
        "target": problem.gold,
        "resps": [[response.text]],
        "filtered_resps": [grade.answer],
        "acc": grade.correct,
        "sample": response.sample,
        "temperature": response.sampling.temperature,
        "finish": response.finish,
        "verdict": None if verdict is None else verdict.outcome,
    }


def _verdicts(side: Side, category: Category) -> dict[str, int]:
    counts = Counter(side.verdicts[r.key].outcome for r in side.of(category) if r.key in side.verdicts)
    return {name: counts[outcome] for outcome, name in _COUNTED.items()}  # type: ignore[index]


def _config(context: Context, side: Side, category: Category) -> dict[str, object]:
    measure, generation = context.settings.measure, context.settings.generation
    mine = [problem for problem in side.problems.values() if problem.category == category]
    return {
        "task": side.task(category),
        "dataset_path": sorted({problem.source for problem in mine}),
        "revision": sorted({problem.revision for problem in mine}),
        "num_fewshot": 0,
        "repeats": measure.samples,
        "generation_kwargs": {
            "temperature": measure.temperature,
            "top_p": generation.top_p,
            "max_gen_toks": generation.max_new_tokens,
            "seed": measure.seed,
        },
    }


def _task(when: When, category: str) -> str:
    return f"{category.lower()}_{when}"


def _named(metric: str) -> str:
    return _HARNESS.get(metric, metric)


def _fields(metric: str, estimate: Estimate) -> dict[str, float]:
    name = _named(metric)
    return {
        f"{name},none": estimate.value,
        f"{name}_stderr,none": (estimate.high - estimate.low) / (2 * Z),
        f"{name}_low,none": estimate.low,
        f"{name}_high,none": estimate.high,
    }
