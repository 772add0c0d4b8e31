"""What a step may ask of the record of its run: a protocol, so that no step knows how or where it is kept."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from core.records import Grade, Measurement, Problem, Response, Spending, TrainingRow, Verdict, When


class Book(Protocol):
    """The record of one step of one run. Every ``add`` is one durable commit; what exists already is left as it is."""

    def add_problems(self, problems: Sequence[Problem], role: str, drawn: str = "") -> None:
        """Adds problems to the run as ``train``, ``measure``, ``benchmark`` or ``scan``; with ``drawn``, which says what they were drawn
        from, in place of those that it had in this role."""

    def drawn(self, role: str) -> str:
        """What the run's problems of a role were drawn from, as it was said when they were added; '' where nothing was."""

    def holder(self, phase: str) -> int:
        """The number of the run that carried a phase out for this one: itself, or the one that it goes on from."""

    def problems(self, role: str) -> list[Problem]:
        """The run's problems of a role, in the order in which they were added; else those of the run that this one goes on from."""

    def has_problems(self, role: str) -> bool:
        """Whether problems of a role were added to this very run."""

    def responses(self, keys: Collection[str]) -> dict[str, Response]:
        """Those of the keys that any run of this workspace has made."""

    def add_responses(self, responses: Sequence[Response], role: str) -> None:
        """Keeps new responses and links them to this run as ``before``, ``after``, ``distill``, ``scan`` or ``rescue``."""

    def use_responses(self, keys: Collection[str], role: str) -> None:
        """Links responses that exist to this run."""

    def keep_only(self, keys: Collection[str], role: str) -> None:
        """Of what this step has linked to this run in this role, only these count; the others stay kept."""

    def grades(self, wanted: Mapping[str, Problem], grader: str) -> dict[str, Grade]:
        """Grades by response key, as far as this grader's version gave them. ``wanted``: each key with its problem as it is now."""

    def add_grades(self, grades: Mapping[str, Grade], grader: str) -> None:
        """Keeps grades by response key."""

    def verdicts(self, wanted: Mapping[str, Problem], judge: str) -> dict[str, Verdict]:
        """Verdicts by response key, as far as this judge gave them. ``wanted``: each key with its problem as it is now."""

    def add_verdicts(self, verdicts: Sequence[Verdict]) -> None:
        """Keeps verdicts."""

    def add_measurements(self, measurements: Sequence[Measurement]) -> None:
        """Keeps the step's figures in place of all that it had of the same moments: those of a moment are added together."""

    def measurements(self, when: When) -> list[Measurement]:
        """The run's figures before or after training."""

    def add_training_rows(self, rows: Sequence[TrainingRow]) -> None:
        """Keeps the step's training rows in place of earlier ones of the same step."""

    def training_rows(self) -> list[TrainingRow]:
        """The run's training rows, in the order in which they were added."""

    def add_artifact(self, path: Path, kind: str, sha256: str) -> None:
        """Records a file or folder that the step wrote; ``path`` is relative to the workspace."""

    def spend(self, spending: Spending) -> None:
        """Records judge money; machine time is recorded by the supervisor."""

    def judge_dollars(self) -> float:
        """What judging has cost in this workspace so far, over all attempts."""

    def emit(self, kind: str, **data: object) -> None:
        """Tells the panel something; durable with the next commit, and within half a second."""

    def keep(self) -> None:
        """Makes everything that was told so far durable."""
