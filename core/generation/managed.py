"""Responses from a server that the step itself starts and ends: the settings' command, the model it serves, the engine that asks it."""

from __future__ import annotations

import hashlib
import multiprocessing
import shutil
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path

from core.errors import GenerationError
from core.generation.server import ServerEngine
from core.generation.serving import Server, arguments, free_port, takes_adapter
from core.models.fingerprint import fingerprint, identify, snapshot
from core.plan.settings import GenerationSettings, ModelSettings
from core.records import Request, Response

_ADAPTER_NAME = "adapter"


def managed_model(model: ModelSettings, generation: GenerationSettings, workspace: Path, adapter: Path | None) -> str:
    """What stands for the served model in the responses' keys: its fingerprint, and that of the command, which decides how it is held."""
    command = hashlib.sha256(generation.server_command.encode()).hexdigest()[:12]
    return f"{fingerprint(model, workspace, adapter)}@{command}"


class ManagedEngine(ServerEngine):
    """``ServerEngine`` over a server of its own, which ends with ``close``. Raises SettingsError, ModelError or GenerationError.

    work: a folder that a merged model may be written to, removed again by ``close``. log: what the server says. check: called while
    the server is waited for; it may raise to give up.
    """

    def __init__(
        self,
        model: ModelSettings,
        generation: GenerationSettings,
        workspace: Path,
        adapter: Path | None,
        work: Path,
        log: Path,
        note: Callable[[str], None],
        check: Callable[[], None],
    ) -> None:
        port = free_port()
        key = managed_model(model, generation, workspace, adapter)
        identity = identify(model, workspace, adapter)
        served = snapshot(identity) if model.revision and identity.source.kind == "hub" else identity.source.place
        beside = adapter if takes_adapter(generation.server_command) else None
        command = arguments(generation.server_command, served, beside, port)
        self._samples = False
        self._merged: Path | None = None
        if adapter is not None and beside is None:
            self._merged = served_copy = work / f"{adapter.name}-merged"
            note(f"The server's command takes no adapter: it is given {adapter.name} merged into its base.")
            _merge_beside(model, workspace, adapter, served_copy)
            served = str(served_copy)
            command = arguments(generation.server_command, served, None, port)
        asked = (generation.server_adapter or _ADAPTER_NAME) if beside is not None else (generation.server_model or served)
        self._server = Server(command, port, log)
        try:
            note(f"The server is starting; its log is {log}")
            self._server.wait(generation.server_start_seconds, check)
            super().__init__(
                replace(generation, server_url=self._server.url, server_model=asked), note=note, model=key, trouble=self._server.trouble
            )
        except BaseException:
            self._end()
            raise

    def generate(self, requests: Sequence[Request]) -> Iterator[list[Response]]:
        """See ``Engine.generate``. A server that does not sample when it is asked to would make every figure a wrong one."""
        sampled = next((request for request in requests if request.sampling.temperature > 0), None)
        if sampled is not None and not self._samples:
            if not self.samples(sampled.prompt):
                raise GenerationError(
                    "The server of generation.server_command gives one response whatever the seed, even at temperature 2, so it does not "
                    "sample; transformers' own server needs \"do_sample\": true in the model's generation_config.json."
                )
            self._samples = True
        yield from super().generate(requests)

    def close(self) -> None:
        """Ends every wait for another try, and the server."""
        super().close()
        self._end()

    def _end(self) -> None:
        self._server.close()
        if self._merged is not None:
            shutil.rmtree(self._merged, ignore_errors=True)


def _merge_beside(model: ModelSettings, workspace: Path, adapter: Path, out: Path) -> None:
    """Merges in a process of its own, so that no memory of the GPU stays with this one when the server wants it."""
    shutil.rmtree(out, ignore_errors=True)
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        pool.submit(_merge, model, workspace, adapter, out).result()


def _merge(model: ModelSettings, workspace: Path, adapter: Path, out: Path) -> None:
    from core.models.merge import merge

    merge(model, workspace, adapter, out)
