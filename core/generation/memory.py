"""How many responses fit the memory there is, and whether an error means that they did not."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.generation.store import Room, Shape
from core.models.hardware import gpu_ran_out


@dataclass(frozen=True, slots=True)
class Need:
    """What is wanted: ``rows`` responses of up to ``response`` tokens to ``prompts`` prompts of up to ``prompt`` tokens."""

    rows: int
    prompts: int
    prompt: int
    response: int


_MOST = {"cpu": 512, "cuda": 2048}  # beyond these more rows bring no more tokens per second
_SHARE = {"cpu": 0.4, "cuda": 0.9}
_LOGITS = {"cpu": 40, "cuda": 4}  # bytes per row and token of the vocabulary: logits; on a CPU also float copies and sorting
_WORK = {"cpu": 0, "cuda": 3 << 30}  # activations of the longest prompts that are computed together
_STAYS = 3  # prompts that have a live row, for each prompt whose rows all live: the longest of its responses keeps a prompt


def rows_that_fit(shape: Shape, need: Need, vocabulary: int, free: int, device: str) -> Room:
    """The room whose keys, values and logits fit ``free`` bytes; at least one row and one prompt."""
    spare = int(free * _SHARE[device]) - _WORK[device]
    each = shape.token_bytes()
    # Prompts are few where many samples share them.
    prompts_a_row = min(1.0, _STAYS * need.prompts / need.rows)
    per_row = each * (need.response + need.prompt * prompts_a_row) + _LOGITS[device] * vocabulary
    rows = max(1, min(_MOST[device], need.rows, int(spare / per_row)))
    return room_for(rows, need)


def room_for(rows: int, need: Need) -> Room:
    """Room for so many rows, and for as many prompts as they can have without one waiting for another's last row for long."""
    prompts = min(need.prompts, rows, math.ceil(rows * _STAYS * need.prompts / need.rows) + 1)
    return Room(rows, prompts, need.prompt, need.response)


def free_bytes(device: str) -> int:
    """Memory that a store could take now: the GPU's, or this process's share of the machine's (a container's limit counts)."""
    if device == "cuda":
        import torch

        unused = torch.cuda.memory_reserved() - torch.cuda.memory_allocated()
        return int(torch.cuda.mem_get_info()[0]) + int(unused)
    import psutil

    free = int(psutil.virtual_memory().available)
    limit, used = (_number(Path("/sys/fs/cgroup") / name) for name in ("memory.max", "memory.current"))
    return free if limit is None or used is None else max(0, min(free, limit - used))


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an exception says that memory ran out, on a GPU or on a CPU (where torch raises a plain RuntimeError)."""
    import torch

    if isinstance(error, (torch.OutOfMemoryError, MemoryError)):
        return True
    return isinstance(error, RuntimeError) and (gpu_ran_out(error) or "allocate memory" in str(error))


def release(device: Any) -> None:
    """Gives cached GPU memory back before a smaller try."""
    import gc

    import torch

    gc.collect()
    if device == "cuda":
        torch.cuda.empty_cache()


def _number(path: Path) -> int | None:
    try:
        return int(path.read_text())
    except (OSError, ValueError):
        return None
