"""Responses from several processes of this machine, one a GPU: each makes its share with an engine of its own. Light: no torch here.

Every response has its own random stream, so it does not depend on which process made it or on how many there were.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Literal

from core.errors import CogumiError, GenerationError
from core.plan.settings import GenerationSettings, ModelSettings
from core.records import Request, Response
from core.team import Team, environments

_HEARTBEAT_SECONDS = 1.0
_NOTICE_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Place:
    """What every process loads: the model's settings, the folder that their paths start from, the adapter, how to generate."""

    model: ModelSettings
    workspace: Path
    adapter: Path | None
    generation: GenerationSettings


@dataclass(frozen=True, slots=True)
class Told:
    """One word of a process: a batch of responses, a note, the end of its share, or the sentence it failed with."""

    kind: Literal["batch", "note", "done", "failed"]
    responses: tuple[Response, ...] = ()
    text: str = ""


class SeveralEngines:
    """Engine over ``count`` processes; see ``Engine``. Raises GenerationError when one of them fails or dies."""

    name = "local"

    def __init__(self, count: int, place: Place, model: str, note: Callable[[str], None] | None = None) -> None:
        self.model = model
        self._note = note
        self._noted: set[str] = set()
        self._team: Team | None = Team(_work, place, environments(count))

    def generate(self, requests: Sequence[Request]) -> Iterator[list[Response]]:
        """See ``Engine.generate``. The requests of one prompt stay together, for the prompt is computed once for all of them."""
        team = self._team
        if team is None:
            raise GenerationError("This engine was closed; build a new one.")
        busy: set[Connection] = set()
        for pipe, share in zip(team.pipes, shares(requests, len(team.pipes)), strict=True):
            if share:
                self._send(team, pipe, share)
                busy.add(pipe)
        while busy:
            ready = wait([*busy], timeout=_HEARTBEAT_SECONDS)
            if not ready:
                yield []
            for pipe in [pipe for pipe in team.pipes if pipe in ready]:
                told = self._hear(team, pipe)
                if told.kind == "done":
                    busy.discard(pipe)
                elif told.kind == "failed":
                    raise GenerationError(told.text)
                elif told.kind == "note":
                    self._say(told.text)
                else:
                    yield list(told.responses)

    def close(self) -> None:
        """Ends the processes."""
        if self._team is not None:
            self._team.close()
            self._team = None

    def _send(self, team: Team, pipe: Connection, share: Sequence[Request]) -> None:
        try:
            pipe.send(tuple(share))
        except OSError:
            raise GenerationError(_death(team)) from None

    def _hear(self, team: Team, pipe: Connection) -> Told:
        try:
            told = pipe.recv()
        except (EOFError, OSError):
            raise GenerationError(_death(team)) from None
        assert isinstance(told, Told)
        return told

    def _say(self, text: str) -> None:
        # Every process finds the same; it is said once.
        if self._note is not None and text not in self._noted:
            self._noted.add(text)
            self._note(text)


def shares(requests: Sequence[Request], count: int) -> list[list[Request]]:
    """The requests in ``count`` parts of about equal work, the requests of one prompt together: the largest group goes to who has least."""
    together: dict[str, list[Request]] = {}
    for request in requests:
        together.setdefault(request.prompt, []).append(request)
    parts: list[list[Request]] = [[] for _ in range(count)]
    load = [0] * count
    for group in sorted(together.values(), key=_tokens, reverse=True):
        least = load.index(min(load))
        parts[least] += group
        load[least] += _tokens(group)
    return parts


def _tokens(group: Sequence[Request]) -> int:
    return sum(request.sampling.max_new_tokens for request in group)


def _death(team: Team) -> str:
    how = team.failed(_NOTICE_SECONDS) or "one of its processes ended"
    return f"Generation stopped because {how}; every finished response is kept, run the step again to make the rest."


def _work(pipe: Connection, payload: object) -> None:
    """One process: loads once, then makes the share that it is sent, as often as it is sent one."""
    from core.generation.local import LocalEngine
    from core.models.load import load

    assert isinstance(payload, Place)
    engine: LocalEngine | None = None
    while True:
        try:
            share = pipe.recv()
        except EOFError:
            return
        try:
            if engine is None:
                loaded = load(payload.model, payload.workspace, payload.adapter)
                pipe.send(Told("note", text=f"Loaded {loaded.describe}."))
                engine = LocalEngine(loaded, payload.generation, lambda text: pipe.send(Told("note", text=text)))
            for batch in engine.generate(share):
                pipe.send(Told("batch", tuple(batch)))
            pipe.send(Told("done"))
        except CogumiError as error:
            pipe.send(Told("failed", text=str(error)))
        except BrokenPipeError:
            return
