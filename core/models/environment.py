"""What libraries must find in the environment before they are imported; what the user has set there stays.

Threads: GNU OpenMP's threads spin while they wait. That is a little faster on an idle machine, and many times slower as soon
as anything else wants a core (the panel, a second step, a test run): measured on 2 cores with one other busy process,
spinning gave about a fifth of the tokens per second that short waiting gave.
Files: Unsloth writes the code that it generates into a folder, the current one unless it is told of another.
Reports: hub, TRL and Unsloth tell their makers that they were used; a training run has no business with the network.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path

_QUIET = {
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    "UNSLOTH_DISABLE_STATISTICS": "1",
}
_SPINS = "1000"


def settle() -> None:
    """Sets them. Has no effect on libraries that are loaded already."""
    for name, value in _QUIET.items():
        os.environ.setdefault(name, value)
    with suppress(RuntimeError):  # a user without a home
        caches = Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser()
        os.environ.setdefault("UNSLOTH_COMPILE_LOCATION", str(caches / "cogumi" / "unsloth"))
    if "torch" not in sys.modules and not {"OMP_WAIT_POLICY", "GOMP_SPINCOUNT"} & os.environ.keys():
        os.environ["GOMP_SPINCOUNT"] = _SPINS
