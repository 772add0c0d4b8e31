"""Runs a server for as long as the process that started this one lives: ``python -m core.generation.guard LIFELINE COMMAND ...``.

LIFELINE is the read end of a pipe that only that process can write to. The kernel closes it when the process ends, whatever ended it,
SIGKILL included; then the server is asked to end, and killed with all that it started when it does not. Standard library only.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence

_GRACE_SECONDS = 8.0


def main(argv: Sequence[str]) -> int:
    """Runs the command and returns its exit code, 128 and the signal's number where a signal ended it."""
    lifeline, command = int(argv[0]), list(argv[1:])
    ending = threading.Event()
    try:
        server = subprocess.Popen(command, stdin=subprocess.DEVNULL)
    except OSError as error:
        print(f"{command[0]} cannot be started: {error.strerror}", file=sys.stderr, flush=True)
        return 127

    def end(*_: object) -> None:
        ending.set()
        server.terminate()

    signal.signal(signal.SIGTERM, end)

    def wait_for_the_end() -> None:
        while os.read(lifeline, 1):
            pass
        end()
        if not gone.wait(_GRACE_SECONDS):
            # The group is this process, the server and what the server started.
            os.killpg(0, signal.SIGKILL)

    gone = threading.Event()
    threading.Thread(target=wait_for_the_end, daemon=True).start()
    code = server.wait()
    gone.set()
    if ending.is_set():
        # Workers of the server that have not noticed yet.
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        os.killpg(0, signal.SIGTERM)
    return 128 - code if code < 0 else code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
