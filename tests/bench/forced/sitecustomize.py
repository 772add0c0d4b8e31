"""Loaded by Python itself in the processes of one benchmark: forces each response's length and its last lines.

A model with random weights neither ends a response nor answers anything. With this folder first on PYTHONPATH a response ends where
``min(500, max(40, lognormvariate(5.05, 0.5)))`` of its own random stream says, with the tokens named in COGUMI_BENCH_ENDING: an
answer, and the end of the turn. All else, and all code of the program, is as ever.
"""

from __future__ import annotations

import os
import random
from collections.abc import Sequence
from dataclasses import replace

from core.generation import rows
from core.generation.transfer import up
from core.records import Request

_ENDING = tuple(int(number) for number in os.environ["COGUMI_BENCH_ENDING"].split(","))
_add, _ended = rows.Rows.add, rows.Taken.ended


def _length(request: Request) -> int:
    most = request.sampling.max_new_tokens
    if not request.prompt:  # a parity check's
        return most
    draw = random.Random(f"{request.problem_id}/{request.sample}/{request.sampling.seed}")
    return min(most, int(min(500, max(40, draw.lognormvariate(5.05, 0.5)))))


def _forced_add(self: rows.Rows, requests: Sequence[Request], prompts: Sequence[Sequence[int]]) -> range:
    import torch

    slots = _add(self, requests, prompts)
    self.limit[slots.start : slots.stop] = up([_length(request) for request in requests], torch.int64, self._device)
    return slots


def _forced_ended(self: rows.Taken) -> list[rows.Ended]:
    return [
        replace(one, tokens=(*one.tokens[: -len(_ENDING)], *_ENDING)[-len(one.tokens) :], finish="stop") if one.request.prompt else one
        for one in _ended(self)
    ]


rows.Rows.add = _forced_add  # type: ignore[method-assign]
rows.Taken.ended = _forced_ended  # type: ignore[method-assign]
