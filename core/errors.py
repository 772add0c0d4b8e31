"""The errors a person may see: each is one sentence that says what is wrong, where, and what to do next."""

from __future__ import annotations

from core.text import plain_line

_LONGEST = 2_000


class CogumiError(Exception):
    """Base of every error that is shown as a sentence and ends the program with ``exit_code``."""

    exit_code = 4

    def __str__(self) -> str:
        # A sentence quotes files, settings and servers: whatever they hold, it stays one line that can be shown.
        return plain_line(super().__str__(), _LONGEST)


class UsageError(CogumiError):
    """The command line asks for something that does not exist or does not fit together."""

    exit_code = 2


class SettingsError(CogumiError):
    """A setting is unknown, has the wrong type or an impossible value."""

    exit_code = 2


class GateClosed(CogumiError):
    """A phase may not begin, because the gate before it has not passed."""

    exit_code = 3


class DataError(CogumiError):
    """A file of problems, responses or references is missing or holds a row that cannot be used."""

    exit_code = 2


class WorkspaceError(CogumiError):
    """The workspace cannot be opened, is locked, is read-only, or its store is damaged or too new."""

    exit_code = 2


class ModelError(CogumiError):
    """A model, adapter or tokenizer cannot be loaded, or does not do what is needed of it."""


class GenerationError(CogumiError):
    """An engine could not make the responses that were asked for; nothing partial is kept as whole."""


class GradingError(CogumiError):
    """Responses cannot be graded: generated code cannot be run safely here, or a worker fails again and again."""


class TrainingError(CogumiError):
    """Training cannot start or go on: no rows, a loss that is not a number, a checkpoint that does not fit."""


class JudgeError(CogumiError):
    """The LLM judge cannot be asked at all: a refused key, a wrong address, a dead endpoint. Verdicts made so far are kept."""


class StepFailed(CogumiError):
    """A step cannot do its work; the sentence goes to the panel, the log has the details."""


class StopRequested(CogumiError):
    """Raised inside a step at the next safe point after a polite stop was asked for."""

    exit_code = 130
