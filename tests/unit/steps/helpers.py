"""What the step tests stand on: a book in memory, and an engine whose responses a test scripts."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path

from core.generation.keys import response_key
from core.records import Grade, Measurement, Problem, Request, Response, Spending, TrainingRow, Verdict, When

Script = Callable[[Request], str]


class MemoryBook:
    """The book of one attempt, kept in dictionaries. Steps of one attempt share it."""

    def __init__(self) -> None:
        self.kept_problems: dict[str, list[Problem]] = {}
        self.drawn_from: dict[str, str] = {}
        self.of_another: set[str] = set()  # roles whose problems are those of the attempt that this one goes on from
        self.holders: dict[str, int] = {}  # by phase, the attempt that carried it out for this one
        self.kept: dict[str, Response] = {}
        self.roles: dict[str, list[str]] = {}
        self.kept_grades: dict[tuple[str, str], Grade] = {}
        self.kept_verdicts: dict[tuple[str, str], Verdict] = {}
        self.figures: dict[tuple[str, object, str], Measurement] = {}
        self.rows: list[TrainingRow] = []
        self.artifacts: list[tuple[str, str, str]] = []
        self.spendings: list[Spending] = []
        self.events: list[tuple[str, dict[str, object]]] = []

    def add_problems(self, problems: Sequence[Problem], role: str, drawn: str = "") -> None:
        if role in self.of_another or drawn:
            self.of_another.discard(role)
            self.kept_problems.pop(role, None)
            self.drawn_from[role] = drawn
        self.kept_problems.setdefault(role, []).extend(problems)

    def holder(self, phase: str) -> int:
        return self.holders.get(phase, 1)

    def problems(self, role: str) -> list[Problem]:
        return list(self.kept_problems.get(role, []))

    def drawn(self, role: str) -> str:
        return self.drawn_from.get(role, "")

    def has_problems(self, role: str) -> bool:
        return role not in self.of_another and role in self.kept_problems

    def responses(self, keys: Collection[str]) -> dict[str, Response]:
        return {key: self.kept[key] for key in keys if key in self.kept}

    def add_responses(self, responses: Sequence[Response], role: str) -> None:
        for response in responses:
            self.kept.setdefault(response.key, response)
        self.use_responses([response.key for response in responses], role)

    def use_responses(self, keys: Collection[str], role: str) -> None:
        mine = self.roles.setdefault(role, [])
        mine.extend(key for key in keys if key not in mine)

    def keep_only(self, keys: Collection[str], role: str) -> None:
        self.roles[role] = [key for key in self.roles.get(role, []) if key in set(keys)]

    def linked(self, role: str) -> list[Response]:
        """What was linked to the run in a role; the step itself never asks for it."""
        return [self.kept[key] for key in self.roles.get(role, [])]

    def grades(self, keys: Collection[str], grader: str) -> dict[str, Grade]:
        return {key: self.kept_grades[key, grader] for key in keys if (key, grader) in self.kept_grades}

    def add_grades(self, grades: Mapping[str, Grade], grader: str) -> None:
        self.kept_grades.update({(key, grader): grade for key, grade in grades.items()})

    def verdicts(self, keys: Collection[str], judge: str) -> dict[str, Verdict]:
        return {key: self.kept_verdicts[key, judge] for key in keys if (key, judge) in self.kept_verdicts}

    def add_verdicts(self, verdicts: Sequence[Verdict]) -> None:
        self.kept_verdicts.update({(verdict.response_key, verdict.judge): verdict for verdict in verdicts})

    def add_measurements(self, measurements: Sequence[Measurement]) -> None:
        moments = {m.when for m in measurements}
        kept = {place: m for place, m in self.figures.items() if m.when not in moments}
        self.figures = kept | {(m.when, m.category, m.metric): m for m in measurements}

    def measurements(self, when: When) -> list[Measurement]:
        return [measurement for measurement in self.figures.values() if measurement.when == when]

    def add_training_rows(self, rows: Sequence[TrainingRow]) -> None:
        self.rows = list(rows)

    def training_rows(self) -> list[TrainingRow]:
        return list(self.rows)

    def add_artifact(self, path: Path, kind: str, sha256: str) -> None:
        self.artifacts.append((path.as_posix(), kind, sha256))

    def spend(self, spending: Spending) -> None:
        self.spendings.append(spending)

    def judge_dollars(self) -> float:
        return sum(spending.dollars for spending in self.spendings)

    def emit(self, kind: str, **data: object) -> None:
        self.events.append((kind, data))

    def keep(self) -> None:
        """Everything is kept at once here."""

    def told(self, kind: str) -> list[dict[str, object]]:
        """The data of all events of a kind."""
        return [data for name, data in self.events if name == kind]


class ScriptedEngine:
    """Answers each request with what the script says, in batches of three."""

    name = "local"

    def __init__(self, model: str, script: Script) -> None:
        self.model = model
        self.closed = False
        self.asked: list[Request] = []
        self._script = script

    def generate(self, requests: Sequence[Request]) -> Iterator[list[Response]]:
        for start in range(0, len(requests), 3):
            batch = requests[start : start + 3]
            self.asked.extend(batch)
            yield [self._respond(request) for request in batch]

    def _respond(self, request: Request) -> Response:
        key = response_key(self.model, self.name, request)
        return Response(
            key, request.problem_id, request.sample, self._script(request), 5, "stop", -0.2, request.sampling, self.model, self.name
        )

    def close(self) -> None:
        self.closed = True
