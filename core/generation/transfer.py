"""Small copies to and from the GPU that nobody waits for: a copy that waits would leave the GPU without work."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def up(data: Any, dtype: Any, device: str) -> Any:
    """Numbers (or a tensor in main memory) on the device; to a GPU the copy only joins the queue of its work."""
    import torch

    tensor = torch.as_tensor(data, dtype=dtype)
    return tensor if device == "cpu" else tensor.pin_memory().to(device, non_blocking=True)


class Down:
    """Tensors on their way to main memory; ``get`` waits for them alone, not for what was queued later."""

    def __init__(self, tensors: Sequence[Any]) -> None:
        import torch

        self._there = [tensor.to("cpu", non_blocking=True) for tensor in tensors]
        self._event: Any = None
        if tensors[0].is_cuda:
            self._event = torch.cuda.Event()
            self._event.record()

    def get(self) -> list[Any]:
        """The tensors in main memory."""
        if self._event is not None:
            self._event.synchronize()
        return self._there
