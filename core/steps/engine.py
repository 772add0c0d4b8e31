"""Making responses in a step: the engine that the settings name, built only when something is missing and closed at the end."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

from core.errors import ModelError, StepFailed
from core.generation.collect import OnBatch, collect
from core.generation.engine import Engine
from core.generation.keys import response_key
from core.models.fingerprint import adapter_hash, fingerprint
from core.models.load import load_chat
from core.plan.settings import GenerationSettings
from core.records import Request, Response
from core.steps.context import Context
from core.team import room_for


class Maker:
    """Makes a step's responses by the base model with one adapter on top (None: the base alone). Use as a context manager.

    The engine is built when something is missing for the first time, and freed at the end; then the step's book is told what was made
    and how long making it took (event ``throughput``), which later forecasts lean on.
    """

    def __init__(self, context: Context, adapter: Path | None) -> None:
        self._context = context
        self._adapter = adapter
        self._engine: Engine | None = None
        self._made = self._found = self._tokens = 0
        self._busy = 0.0
        self.model = model_fingerprint(context, adapter)

    def __enter__(self) -> Maker:
        return self

    def __exit__(self, *exc: object) -> None:
        told = {"made": self._made, "found": self._found, "tokens": self._tokens, "seconds": round(self._busy, 3)}
        self._context.book.emit("throughput", unit="responses", **told)
        if self._engine is not None:
            self._engine.close()

    def responses(self, wanted: Sequence[Request], role: str, on_batch: OnBatch) -> dict[Request, Response]:
        """The response to every request, linked to the run as ``role``; what the workspace has is not made again.

        Each new batch is kept before ``on_batch`` hears of it. Raises GenerationError, ModelError, or StopRequested between batches.
        """
        context = self._context
        name = context.settings.model.engine
        since: list[float] = []

        def build() -> Engine:
            if self._engine is None:
                made = _server if _is_server(context) else _local
                self._engine = made(context, self._adapter)
            since.append(time.monotonic())
            return self._engine

        def count(batch: list[Response], done: int, total: int) -> None:
            if since:
                now = time.monotonic()
                self._made += len(batch)
                self._tokens += sum(response.tokens for response in batch)
                self._busy += now - since[0]
                since[0] = now
            else:
                self._found += len(batch)
            on_batch(batch, done, total)

        return collect(wanted, context.book, build, self.model, name, role, count, context.stopping)


def response_keys(context: Context, adapter: Path | None, wanted: Sequence[Request]) -> list[str]:
    """The keys of the responses to these requests by the base model with an adapter."""
    model, engine = model_fingerprint(context, adapter), context.settings.model.engine
    return [response_key(model, engine, request) for request in wanted]


def model_fingerprint(context: Context, adapter: Path | None) -> str:
    """What identifies the model that makes the responses; no model is loaded for it."""
    if _is_server(context):
        settings = context.settings
        if settings.generation.server_command:
            from core.generation.managed import managed_model

            return managed_model(settings.model, settings.generation, context.workspace, adapter)
        from core.generation.server import server_model

        named, trained = server_model(_served(context, adapter)), _trained(context, adapter)
        # The server tells nothing of what it serves under a name: the adapter's own files do.
        return named if trained is None else f"{named}+{adapter_hash(trained)[:24]}"
    return fingerprint(context.settings.model, context.workspace, adapter)


def learnable(context: Context) -> Callable[[str], bool]:
    """Whether training takes a response's text: it holds none of the base model's control tokens. Raises ModelError.

    The responses of a server can be had where the base cannot: then all are taken, and the step's log says so.
    """
    try:
        chat = load_chat(context.settings.model, context.workspace)
    except ModelError as error:
        if not _is_server(context):
            raise
        untold = "So no response is left out here for the model's control tokens: training refuses rows that hold one."
        context.note(f"{error} {untold}", "warning")
        return lambda _: True
    return cache(chat.can_be_learned)


def start_adapter(context: Context) -> Path | None:
    """The Phase 1A adapter that everything starts from, or None for the base model."""
    name = context.settings.model.adapter
    return context.workspace / name if name else None


def _is_server(context: Context) -> bool:
    return context.settings.model.engine == "server"


def _served(context: Context, adapter: Path | None) -> GenerationSettings:
    """The server's settings with the model name that stands for ``adapter``; a trained one has a name of its own."""
    generation, trained = context.settings.generation, _trained(context, adapter)
    if trained is None:
        return generation
    if not generation.server_adapter:
        raise StepFailed(
            f"The server must serve the trained adapter {trained.relative_to(context.workspace)} under a name of its own; "
            "load it there, and name it in generation.server_adapter ({adapter} in it stands for its folder's name)."
        )
    return replace(generation, server_model=generation.server_adapter.replace("{adapter}", trained.name))


def _trained(context: Context, adapter: Path | None) -> Path | None:
    """The adapter if a step has trained it; None for the one that everything starts from, and for the base alone."""
    return None if adapter == start_adapter(context) else adapter


def _server(context: Context, adapter: Path | None) -> Engine:
    generation = context.settings.generation
    if generation.server_command:
        from core.generation.managed import ManagedEngine

        context.progress(0, 0, "", "starting the server")
        log = context.workspace / "logs" / f"attempt-{context.run}" / f"{context.step}-server.log"
        work = context.path("work/served")
        return ManagedEngine(
            context.settings.model, generation, context.workspace, adapter, work, log, context.note, context.check_stop
        )
    from core.generation.server import ServerEngine

    served, trained = _served(context, adapter), _trained(context, adapter)
    if trained is not None:
        context.note(f"{served.server_model} on the server is taken to be {trained.relative_to(context.workspace)}: load it there anew")
    return ServerEngine(served, note=context.note, model=model_fingerprint(context, adapter))


def _local(context: Context, adapter: Path | None) -> Engine:
    from core.generation.local import LocalEngine
    from core.models.load import load

    settings = context.settings
    what = settings.model.base + (f" with {adapter.name}" if adapter else "")
    context.progress(0, 0, "", f"loading {what}")
    # Responses are the same texts whatever makes them, so that an attempt that trained on more GPUs can go on where there are fewer.
    processes = room_for(settings.run.processes)
    if processes < settings.run.processes:
        context.note(f"run.processes is {settings.run.processes} and {processes} GPUs are here: so many share the responses out", "warning")
    if processes > 1:
        from core.generation.several import Place, SeveralEngines

        context.note(f"{processes} processes share the responses out")
        place = Place(settings.model, context.workspace, adapter, settings.generation)
        return SeveralEngines(processes, place, model_fingerprint(context, adapter), context.note)
    loaded = load(context.settings.model, context.workspace, adapter)
    context.note(f"Loaded {loaded.describe}.")
    return LocalEngine(loaded, context.settings.generation, context.note)
