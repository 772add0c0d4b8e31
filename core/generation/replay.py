"""Steps of few rows as recorded CUDA graphs: launching a step's kernels one by one takes the CPU longer than the GPU takes for them.

A step is recorded for a fixed number of rows, so the live ones are filled up to the next such number. The first step of a number
runs as it is, which loads every kernel; the second is recorded; from then on it is one launch. Above the largest number the GPU is
the slower of the two, and nothing is recorded.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

SIZES = (16, 32, 64, 96, 128, 192, 256, 384, 512)


class Replay:
    """Runs steps, recorded where that pays. All that a step reads and writes must stay where it is in memory."""

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._seen: set[int] = set()
        self._recorded: dict[int, Callable[[], None]] = {}
        self._able = True
        self._side: tuple[Any, Any] | None = None  # the stream that is recorded, and the memory that all recordings share

    def run(self, rows: int, step: Callable[[int], None]) -> None:
        """One ``step(size)`` with so many live rows, ``size`` being at least that."""
        size = min(next((size for size in SIZES if size >= rows), rows), self._capacity)
        if self._able and size <= SIZES[-1] and size in self._seen and size not in self._recorded:
            try:
                self._recorded[size] = self._record(size, step)
            except RuntimeError:
                # What cannot be recorded here runs as it is: slower, and the same.
                self._able = False
        self._seen.add(size)
        if size in self._recorded:
            self._recorded[size]()
        else:
            step(size)

    def _record(self, size: int, step: Callable[[int], None]) -> Callable[[], None]:
        import torch

        if self._side is None:
            self._side = (torch.cuda.Stream(), torch.cuda.graph_pool_handle())
        stream, pool = self._side
        graph = torch.cuda.CUDAGraph()
        # Not torch.cuda.graph(): that waits for the GPU and gives cached memory back, each time.
        stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(stream):
            graph.capture_begin(pool=pool, capture_error_mode="thread_local")
            try:
                step(size)
            finally:
                graph.capture_end()
        torch.cuda.current_stream().wait_stream(stream)
        return lambda: graph.replay()
