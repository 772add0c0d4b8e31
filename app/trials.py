"""What the packages for a GPU do on this one: each is tried in a child process, and each missing one is told with what it would bring."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import PackageNotFoundError, version

from core.models.hardware import gpu, lacks_to_build
from core.runs.readiness import INSTALL_COMPILER, Finding, Level

_SECONDS = 180.0
_BRINGS = {
    "torch": "computing on the GPU at all",
    "flash attention": "training and generating without padding; without it rows are padded and responses come from plain generate()",
    "triton": "the decode loop's own kernels",
    "bitsandbytes": "4-bit weights (model.precision = 'nf4'), for a GPU that cannot hold the model in 16 bit",
    "unsloth": "training on 4-bit weights at a third of the memory that 16 bit takes",
}
_EXTRAS = ("bitsandbytes", "unsloth")
# Unsloth changes what is imported after it, so it has a process to itself.
_TOGETHER = (("torch", "flash attention", "triton", "bitsandbytes"), ("unsloth",))


def trials() -> Iterator[Finding]:
    """A finding for each package: tried where there is a GPU, else told with what it would bring on one."""
    missing = [name for name in _EXTRAS if _version(name) is None]
    if gpu() is None:
        for name in _EXTRAS:
            text = f"not installed; on a GPU it brings {_BRINGS[name]}" if name in missing else f"{_version(name)}, for a GPU"
            yield Finding(name, "ok", text, "`pip install 'cogumi-panel[gpu]'` on a CUDA machine" if name in missing else "")
        return
    with ThreadPoolExecutor(len(_TOGETHER)) as pool:
        tried = list(pool.map(lambda names: _try([name for name in names if name not in missing]), _TOGETHER))
    for name in (name for names in _TOGETHER for name in names):
        if name in missing:
            yield Finding(name, "warning", f"not installed; it brings {_BRINGS[name]}", "`pip install 'cogumi-panel[gpu]'`")
            continue
        works, text = next(found[name] for found in tried if name in found)
        if works:
            yield Finding(name, "ok", f"tried: {text}")
        else:
            level: Level = "problem" if name == "torch" else "warning"
            yield Finding(name, level, f"tried, and it fails: {text}", f"it brings {_BRINGS[name]}; {_remedy(name)}")


def _remedy(name: str) -> str:
    """What to do about a package that is installed and fails."""
    if name == "triton" and (missing := lacks_to_build()):
        return f"it needs {missing}: {INSTALL_COMPILER}"
    return "install the version for this driver"


def _try(names: list[str]) -> dict[str, tuple[bool, str]]:
    """What a child process found of each; one that crashed it is told so."""
    if not names:
        return {}
    command = [sys.executable, "-P", "-m", "core.models.probe", *names]
    try:
        ran = subprocess.run(
            command, capture_output=True, text=True, errors="replace", timeout=_SECONDS, check=False, stdin=subprocess.DEVNULL
        )
        out, how = ran.stdout, f"its process ended with {ran.returncode}"
    except subprocess.TimeoutExpired as error:
        out = error.stdout.decode("utf-8", "replace") if isinstance(error.stdout, bytes) else error.stdout or ""
        how = f"no answer within {_SECONDS:.0f} s"
    found: dict[str, tuple[bool, str]] = {}
    for line in out.splitlines():
        try:
            told = json.loads(line)
            found[str(told["name"])] = (bool(told["works"]), str(told["text"]))
        except (ValueError, KeyError, TypeError):
            continue  # libraries print what they like
    return {name: found.get(name, (False, how)) for name in names}


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
