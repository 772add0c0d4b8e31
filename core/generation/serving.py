"""A server that lives as long as a step: started from the settings' command, waited for, and ended with the step. Light: no torch.

It listens on loopback only. It is run by ``guard.py``, which ends it when this process is gone for whatever reason.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from core.errors import GenerationError, SettingsError
from core.text import plain_line

HOST = "127.0.0.1"
_LOOK_SECONDS = 0.5
_ANSWER_SECONDS = 5.0
_END_SECONDS = 15.0
_OPTIONAL = re.compile(r"(?:(?<=\s)|^)\[(.*?)\](?=\s|$)")
_DIRECTLY = urllib.request.build_opener(urllib.request.ProxyHandler({}))
_PLACES = ("model", "adapter", "host", "port")


def takes_adapter(template: str) -> bool:
    """Whether the command can serve an adapter beside its base; one that cannot is given a merged model."""
    return "{adapter}" in template


def arguments(template: str, model: str, adapter: Path | None, port: int) -> list[str]:
    """The command's arguments. Raises SettingsError for a template that cannot work."""
    for place in ("{model}", "{host}", "{port}"):
        if place not in template:
            raise SettingsError(
                f"generation.server_command does not hold {place}; write one like "
                "'vllm serve {model} --host {host} --port {port} [--enable-lora --lora-modules adapter={adapter}]'."
            )
    chosen = _OPTIONAL.sub(lambda found: found[1] if adapter is not None else "", template)
    try:
        parts = shlex.split(chosen)
    except ValueError as error:
        raise SettingsError(f"generation.server_command cannot be read as a command ({error}); check its quotes.") from None
    values = {"model": model, "adapter": str(adapter or ""), "host": HOST, "port": str(port)}
    for name in _PLACES:
        parts = [part.replace(f"{{{name}}}", values[name]) for part in parts]
    if shutil.which(parts[0]) is None:
        raise SettingsError(f"generation.server_command starts {parts[0]}, which is not here; install it, or give its full path.")
    return parts


def free_port() -> int:
    """A port of loopback that nobody listens on."""
    with socket.socket() as listener:
        listener.bind((HOST, 0))
        return int(listener.getsockname()[1])


class Server:
    """A running server. ``url``: its base address. Use ``close``; calling it twice does no harm."""

    def __init__(self, command: Sequence[str], port: int, log: Path) -> None:
        self.url = f"http://{HOST}:{port}/v1"
        self.log = log
        log.parent.mkdir(parents=True, exist_ok=True)
        lifeline, self._line = os.pipe()
        with log.open("ab") as out:
            out.write(f"== {shlex.join(command)}\n".encode("utf-8", "surrogateescape"))
            out.flush()
            try:
                self._guard: subprocess.Popen[bytes] | None = subprocess.Popen(
                    [sys.executable, "-P", "-m", "core.generation.guard", str(lifeline), *command],
                    stdin=subprocess.DEVNULL,
                    stdout=out,
                    stderr=out,
                    pass_fds=(lifeline,),
                    process_group=0,
                )
            finally:
                os.close(lifeline)

    def wait(self, seconds: float, check: Callable[[], None]) -> None:
        """Waits until it answers; ``check`` may raise to give up. Raises GenerationError when it ends or takes longer."""
        deadline = time.monotonic() + seconds
        while not self._answers():
            check()
            if ended := self.trouble():
                raise GenerationError(ended)
            if time.monotonic() > deadline:
                raise GenerationError(
                    f"The server of generation.server_command did not answer within {seconds:.0f} s; see {self.log}, "
                    "or raise generation.server_start_seconds."
                )
            time.sleep(_LOOK_SECONDS)

    def trouble(self) -> str:
        """A sentence when it has ended, '' while it runs."""
        code = None if self._guard is None else self._guard.poll()
        if code is None:
            return ""
        how = f"signal {-code}" if code < 0 else f"signal {code - 128}" if code > 128 else f"exit code {code}"
        said = self._last_line()
        return (
            f"The server that generation.server_command started has ended ({how}{f': {said}' if said else ''}); "
            f"its log is {self.log}; every finished response is kept, run the step again when it is mended."
        )

    def close(self) -> None:
        """Asks it to end and waits for it; kills it and all that it started when it does not."""
        guard, self._guard = self._guard, None
        if guard is None:
            return
        os.close(self._line)
        with suppress(subprocess.TimeoutExpired):
            guard.wait(_END_SECONDS)
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(guard.pid, signal.SIGKILL)
        guard.wait()

    def _answers(self) -> bool:
        base = self.url.removesuffix("/v1")
        for path in ("/health", "/v1/models"):
            try:
                with _DIRECTLY.open(base + path, timeout=_ANSWER_SECONDS) as answer:
                    return 200 <= int(answer.status) < 300
            except urllib.error.HTTPError as error:
                if error.code != 404:
                    return False
            except OSError:
                return False
        # It knows neither path, but it answers.
        return True

    def _last_line(self) -> str:
        with suppress(OSError):
            lines = self.log.read_bytes()[-4000:].decode("utf-8", "replace").splitlines()
            for line in reversed(lines):
                if line.strip() and not line.startswith("=="):
                    return plain_line(line.strip(), 200).rstrip(".")
        return ""
