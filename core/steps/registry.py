"""Which function carries out which step. Functions are imported when asked for, so that reading the table costs nothing."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import cast

from core.steps.context import Context

StepFunction = Callable[[Context], str]
"""Carries out a step and returns its summary, one line."""

MODULES = {
    "diagnose": "core.steps.diagnose",
    "distill": "core.steps.distill",
    "train": "core.steps.train",
    "validate": "core.steps.validate",
    "find_failures": "core.steps.find_failures",
    "distill_failures": "core.steps.distill_failures",
    "train_failures": "core.steps.train_failures",
    "benchmark": "core.steps.benchmark",
}


def function(step: str) -> StepFunction:
    """The ``run`` function of a step of the plan."""
    return cast(StepFunction, importlib.import_module(MODULES[step]).run)
