"""``cogumi web``: the panel in a browser on this machine."""

from __future__ import annotations

import argparse

from core.errors import UsageError

HELP = "Show the panel in a browser on this machine (needs the extra: pip install 'cogumi-panel[web]')."

PORT = 8642
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


def configure(parser: argparse.ArgumentParser) -> None:
    """Adds this command's arguments."""
    parser.add_argument("--workspace", metavar="DIR", help="folder of the work")
    parser.add_argument("--port", type=int, default=PORT, help=f"port on loopback (default: {PORT})")
    parser.add_argument("--host", default=_LOOPBACK[0], help=argparse.SUPPRESS)
    parser.add_argument("--read-only", action="store_true", help="watch only: no key starts or stops anything")


def run(args: argparse.Namespace) -> int:
    """Serves until Ctrl+C. Raises UsageError when it cannot or may not."""
    import shlex
    import sys
    from importlib.util import find_spec

    from app.commands.common import find_workspace
    from core.plan.load import load_settings

    if args.host not in _LOOPBACK:
        raise UsageError(
            f"--host {args.host}: the panel is served on this machine's loopback only, for it has no users and no encryption; "
            f"from elsewhere, use `ssh -L {args.port}:127.0.0.1:{args.port}` and open the address there."
        )
    if not 1 <= args.port <= 65_535:
        raise UsageError(f"--port {args.port} is no port; choose one from 1024 to 65535.")
    if find_spec("textual_serve") is None:
        raise UsageError("`cogumi web` needs an extra that is not installed; `pip install 'cogumi-panel[web]'` brings it.")
    workspace = find_workspace(args.workspace, there=True)
    load_settings(workspace)
    _check_free(args.port)

    from app.webserver import serve

    words = [sys.executable, "-P", "-m", "app.cli", "--workspace", str(workspace), *(["--read-only"] if args.read_only else [])]
    serve(shlex.join(words), args.port, f"Cogumi: {workspace.name}")
    return 0


def _check_free(port: int) -> None:
    import socket

    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((_LOOPBACK[0], port))
        except OSError as error:
            raise UsageError(f"port {port} cannot be used: {error.strerror}; choose another with --port.") from None
