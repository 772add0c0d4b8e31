"""Which GPU a step would get, asked of the driver (NVML) so that the answer comes without torch."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import sysconfig
from dataclasses import dataclass
from pathlib import Path

GPU_RAN_OUT = re.compile(r"\bout of memory\b|OutOfMemoryError|_STATUS_ALLOC_FAILED|negligible GPU memory")
"""What torch's allocator, the CUDA runtime, Triton, cuBLAS, cuDNN and Unsloth say when a GPU's memory ran out."""


@dataclass(frozen=True, slots=True)
class Gpu:
    """One GPU: ``memory`` and what is ``free`` of it now in bytes, ``capability`` as CUDA's (major, minor)."""

    name: str
    memory: int
    capability: tuple[int, int]
    free: int

    @property
    def bf16(self) -> bool:
        """bfloat16 arithmetic in hardware: Ampere and later."""
        return self.capability >= (8, 0)


def gpu() -> Gpu | None:
    """The first GPU that torch would use, or None: no driver, none visible, or a torch built without CUDA."""
    index = _first_visible()
    if index is None or not torch_has_cuda():
        return None
    try:
        import pynvml

        pynvml.nvmlInit()
    except Exception:
        return None
    try:
        handle = _handle(pynvml, index)
        name = pynvml.nvmlDeviceGetName(handle)
        memory = pynvml.nvmlDeviceGetMemoryInfo(handle)
        capability = pynvml.nvmlDeviceGetCudaComputeCapability(handle)
    except Exception:
        return None
    finally:
        pynvml.nvmlShutdown()
    named = name.decode() if isinstance(name, bytes) else str(name)
    return Gpu(named, int(memory.total), (int(capability[0]), int(capability[1])), int(memory.free))


def gpus() -> list[str]:
    """Every GPU that torch would see, as CUDA_VISIBLE_DEVICES names them; none without a driver or a torch built with CUDA."""
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    if gpu() is None:
        return []
    if visible is not None:
        return [name.strip() for name in visible.split(",") if name.strip()]
    import pynvml

    pynvml.nvmlInit()
    try:
        return [str(index) for index in range(pynvml.nvmlDeviceGetCount())]
    finally:
        pynvml.nvmlShutdown()


def torch_has_cuda() -> bool:
    """Whether the installed torch was built with CUDA, read from its version file because importing it takes seconds."""
    spec = importlib.util.find_spec("torch")
    if spec is None or not spec.submodule_search_locations:
        return False
    try:
        text = (Path(next(iter(spec.submodule_search_locations))) / "version.py").read_text(encoding="utf-8")
    except OSError:
        return False
    return bool(re.search(r"^cuda\b[^=\n]*=\s*['\"]", text, re.MULTILINE))


def installed(package: str) -> bool:
    """Whether a package can be imported, found without importing it."""
    try:
        return importlib.util.find_spec(package) is not None
    except (ImportError, ValueError):
        return False


def gpu_ran_out(error: BaseException) -> bool:
    """Whether an error says that a GPU's memory ran out, whichever library raised it."""
    return isinstance(error, RuntimeError) and bool(GPU_RAN_OUT.search(str(error)))


def lacks_to_build() -> str:
    """What is missing here of what Triton builds its kernels with, '' when nothing is: a C compiler, and Python's headers."""
    missing = []
    if not any(shutil.which(compiler) for compiler in (os.environ.get("CC", ""), "cc", "gcc", "clang") if compiler):
        missing.append("a C compiler")
    if not (Path(sysconfig.get_path("include")) / "Python.h").is_file():
        missing.append("Python's headers")
    return " and ".join(missing)


def _first_visible() -> str | None:
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    if visible is None:
        return "0"
    first = visible.split(",")[0].strip()
    return None if first in ("", "-1", "NoDevFiles") else first


def _handle(pynvml: object, index: str) -> object:
    if index.isdigit():
        return pynvml.nvmlDeviceGetHandleByIndex(int(index))  # type: ignore[attr-defined]
    return pynvml.nvmlDeviceGetHandleByUUID(index)  # type: ignore[attr-defined]
