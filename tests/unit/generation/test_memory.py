"""Batch size from memory: the arithmetic for the plan's model, and what counts as running out."""

from __future__ import annotations

import torch

from core.generation.memory import Need, free_bytes, is_out_of_memory, room_for, rows_that_fit
from core.generation.store import Room, Shape

GIB = 1 << 30
LLAMA_8B = Shape(layers=32, heads=32, key_heads=8, head=128, item=2)


def test_an_8b_llama_keeps_128_kib_a_token() -> None:
    assert LLAMA_8B.token_bytes() == 128 << 10


def test_rows_and_their_prompts_fit_the_memory_that_is_free_and_there_is_always_one() -> None:
    need = Need(rows=20_000, prompts=2_000, prompt=120, response=512)
    room = rows_that_fit(LLAMA_8B, need, 128256, 56 * GIB, "cuda")
    kept = (room.rows * room.response + room.prompts * room.prompt) * LLAMA_8B.token_bytes()
    assert kept + 4 * room.rows * 128256 <= 0.9 * 56 * GIB - 3 * GIB
    assert 600 < room.rows < 750 and room.rows // 10 < room.prompts < room.rows // 3
    assert rows_that_fit(LLAMA_8B, need, 128256, 0, "cuda").rows == 1
    assert rows_that_fit(LLAMA_8B, need, 128256, 10_000 * GIB, "cuda").rows == 2048


def test_no_more_room_is_made_than_is_wanted() -> None:
    assert rows_that_fit(LLAMA_8B, Need(30, 3, 120, 512), 128256, 56 * GIB, "cuda") == Room(30, 3, 120, 512)
    assert room_for(8, Need(30, 30, 120, 512)) == Room(8, 8, 120, 512)


def test_this_machine_has_memory_free() -> None:
    assert free_bytes("cpu") > 0


def test_running_out_is_told_from_other_errors() -> None:
    assert is_out_of_memory(torch.OutOfMemoryError("CUDA out of memory"))
    assert is_out_of_memory(RuntimeError("Triton Error [CUDA]: out of memory"))
    assert is_out_of_memory(RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"))
    assert is_out_of_memory(MemoryError())
    assert is_out_of_memory(RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory"))
    assert not is_out_of_memory(RuntimeError("size mismatch"))
    assert not is_out_of_memory(RuntimeError("CUDA error: an illegal memory access was encountered"))
