"""A server that a step starts: its command, its end with whoever started it, and what is said when it ends too early."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from core.errors import GenerationError, SettingsError, StopRequested
from core.generation.managed import ManagedEngine, managed_model
from core.generation.serving import Server, arguments, free_port
from core.plan.settings import GenerationSettings
from core.runs.liveness import birth
from tests.unit.generation.requests import requests
from tests.unit.models.fixtures import settings_for
from tests.unit.runs.helpers import until

slow = pytest.mark.slow
SIMPLE = "import http.server as h, sys; h.HTTPServer(('127.0.0.1', int(sys.argv[1])), h.SimpleHTTPRequestHandler).serve_forever()"
VLLM = f"{sys.executable} serve {{model}} --host {{host}} --port {{port}} [--enable-lora --lora-modules tuned={{adapter}}]"


def never() -> None:
    """A check that gives nothing up."""


def test_places_are_filled_in_and_a_part_in_brackets_needs_an_adapter() -> None:
    python = sys.executable
    assert arguments(VLLM, "/models/a base", None, 81) == [python, "serve", "/models/a base", "--host", "127.0.0.1", "--port", "81"]
    assert arguments(VLLM, "base", Path("/a b"), 81)[-3:] == ["--enable-lora", "--lora-modules", "tuned=/a b"]


@pytest.mark.parametrize("missing", ["{model}", "{host}", "{port}"])
def test_a_command_that_names_no_model_host_or_port_is_refused(missing: str) -> None:
    with pytest.raises(SettingsError, match=f"server_command does not hold {missing}"):
        arguments(VLLM.replace(missing, ""), "base", None, 81)


def test_a_program_that_is_not_here_and_a_quote_that_is_open_are_one_sentence() -> None:
    with pytest.raises(SettingsError, match="starts gone-program, which is not here"):
        arguments("gone-program {model} {host} {port}", "base", None, 81)
    with pytest.raises(SettingsError, match="cannot be read as a command"):
        arguments("'serve {model} {host} {port}", "base", None, 81)


def test_a_server_that_ends_while_it_is_waited_for_is_told_of_with_its_last_words(tmp_path: Path) -> None:
    server = Server([sys.executable, "-c", "print('no such model'); raise SystemExit(3)"], free_port(), tmp_path / "server.log")
    try:
        with pytest.raises(GenerationError, match=r"has ended \(exit code 3: no such model\); its log is .*server\.log"):
            server.wait(60.0, never)
    finally:
        server.close()


def test_a_server_that_does_not_answer_in_time_is_told_of_and_ended(tmp_path: Path) -> None:
    server = Server([sys.executable, "-c", "import time; time.sleep(600)"], free_port(), tmp_path / "server.log")
    assert server._guard is not None
    guard = server._guard.pid
    with pytest.raises(GenerationError, match="did not answer within 0 s"):
        server.wait(0.2, never)
    server.close()
    assert birth(guard) is None


def test_a_stop_that_is_asked_for_while_it_starts_is_heard(tmp_path: Path) -> None:
    def stop() -> None:
        raise StopRequested("Stopped as asked.")

    server = Server([sys.executable, "-c", "import time; time.sleep(600)"], free_port(), tmp_path / "server.log")
    try:
        with pytest.raises(StopRequested):
            server.wait(60.0, stop)
    finally:
        server.close()


def test_it_ends_when_whoever_started_it_is_killed(tmp_path: Path) -> None:
    owner = textwrap.dedent(
        f"""
        import subprocess, sys, time
        from pathlib import Path
        from core.generation.serving import Server, free_port
        port = free_port()
        command = [sys.executable, "-c", {SIMPLE!r}, str(port)]
        server = Server(command, port, Path({str(tmp_path)!r}) / "server.log")
        server.wait(60.0, lambda: None)
        print(port, flush=True)
        time.sleep(600)
        """
    )
    with subprocess.Popen([sys.executable, "-c", owner], stdout=subprocess.PIPE, text=True, cwd=tmp_path) as process:
        assert process.stdout is not None
        port = process.stdout.readline().strip()
        serving = until(lambda: _commands_with(port), "the server")
        assert len(serving) == 2, "the guard and the server"
        process.send_signal(signal.SIGKILL)
        until(lambda: not _commands_with(port), "the server's end")


def _commands_with(port: str) -> list[int]:
    """Processes whose last argument is this port."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parts = (entry / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if port.encode() in parts:
                found.append(int(entry.name))
    return found


@pytest.fixture(scope="module")
def sampling_base(tiny_base: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny model with a generation config that samples, without which transformers' server never does."""
    folder = tmp_path_factory.mktemp("served") / "tiny"
    shutil.copytree(tiny_base, folder)
    config = json.loads((folder / "generation_config.json").read_text())
    (folder / "generation_config.json").write_text(json.dumps(config | {"do_sample": True}))
    return folder


SERVE = f"{sys.executable} -m transformers.cli.transformers serve {{model}} --host {{host}} --port {{port}} --device cpu --dtype float32"


def managed(base: Path, folder: Path, adapter: Path | None = None) -> ManagedEngine:
    generation = GenerationSettings(server_command=SERVE, server_concurrency=2, server_start_seconds=300)
    notes: list[str] = []
    return ManagedEngine(settings_for(base), generation, folder, adapter, folder / "work", folder / "server.log", notes.append, never)


@slow
def test_transformers_own_server_is_started_asked_and_ended(sampling_base: Path, tiny_adapter: Path, tmp_path: Path) -> None:
    pytest.importorskip("fastapi")
    made = managed(sampling_base, tmp_path, tiny_adapter)
    try:
        assert (tmp_path / "work" / f"{tiny_adapter.name}-merged" / "config.json").exists(), "its command takes no adapter"
        wanted = requests(prompts=2, samples=2, max_new_tokens=12)
        found = {(r.problem_id, r.sample): r for batch in made.generate(wanted) for r in batch}
        assert found.keys() == {(r.problem_id, r.sample) for r in wanted}
        assert all(r.engine == "server" and r.model == made.model and r.tokens > 0 for r in found.values())
        assert len({r.text for r in found.values()}) > 2, "samples differ"
    finally:
        made.close()
    assert "POST /v1/chat/completions" in (tmp_path / "server.log").read_text()
    assert not (tmp_path / "work" / f"{tiny_adapter.name}-merged").exists()
    assert not _commands_with(made._server.url.split(":")[-1].removesuffix("/v1"))


@slow
def test_a_server_that_does_not_sample_and_one_that_dies_are_one_sentence(tiny_base: Path, tmp_path: Path) -> None:
    pytest.importorskip("fastapi")
    made = managed(tiny_base, tmp_path)
    try:
        with pytest.raises(GenerationError, match="gives one response whatever the seed"):
            list(made.generate(requests(prompts=1, samples=1)))
        assert made._server._guard is not None
        os.killpg(made._server._guard.pid, signal.SIGKILL)
        with pytest.raises(GenerationError, match=r"has ended \(.*its log is .*run the step again"):
            list(made.generate(requests(prompts=1, samples=1, temperature=0.0)))
    finally:
        made.close()


def test_the_key_of_a_managed_response_holds_model_adapter_and_command(tiny_base: Path, tiny_adapter: Path, tmp_path: Path) -> None:
    settings, one = settings_for(tiny_base), GenerationSettings(server_command=SERVE)
    other = GenerationSettings(server_command=SERVE + " --compile")
    keys = {managed_model(settings, generation, tmp_path, adapter) for generation in (one, other) for adapter in (None, tiny_adapter)}
    assert len(keys) == 4
