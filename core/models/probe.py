"""Tries what a GPU is to do with the packages that are installed: ``python -m core.models.probe NAME ...``, a line of JSON for each.

Each trial is a computation of a few numbers whose result is known another way, because a package that imports may still have no kernel
for this GPU. Run in a process of its own: a trial may crash it, and Unsloth changes the other libraries when it is imported.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from typing import Any

from core.models.environment import settle


def main(names: Sequence[str]) -> int:
    """Tries each and tells of it: ``name``, ``works``, ``text``."""
    settle()
    for name in names:
        try:
            told = {"name": name, "works": True, "text": _TRIALS[name]()}
        except BaseException as error:
            said = next((line.strip() for line in str(error).splitlines() if line.strip()), "")
            told = {"name": name, "works": False, "text": f"{type(error).__name__}{f': {said}' if said else ''}"[:200]}
        print(json.dumps(told), flush=True)
    return 0


def _torch() -> str:
    import torch

    if not torch.cuda.is_available():
        raise RuntimeError("torch sees no GPU: its build and the driver do not fit together")
    x = torch.randn(64, 64, device="cuda", dtype=torch.bfloat16)
    _close(x @ x, x.float() @ x.float(), 0.5)
    return f"torch {torch.__version__} computes in bf16 on {torch.cuda.get_device_name()}"


def _flash() -> str:
    import torch

    from core.training.rows import attend

    q, k, v = (torch.randn(1, heads, 48, 64, device="cuda", dtype=torch.bfloat16) for heads in (4, 2, 2))
    ends = torch.tensor([0, 20, 48], device="cuda", dtype=torch.int32)
    fast = attend(None, q, k, v, scaling=0.125, cu_seq_lens_q=ends, max_length_q=28)[0]
    plain = attend(None, q.float(), k.float(), v.float(), scaling=0.125, cu_seq_lens_q=ends, max_length_q=28)[0]
    _close(fast, plain, 0.05)
    return "rows of different lengths attend without padding"


def _triton() -> str:
    import torch
    import triton

    double = torch.compile(lambda x: torch.nn.functional.silu(x) * 2 + 1, dynamic=True)
    x = torch.randn(1000, device="cuda")
    _close(double(x), torch.nn.functional.silu(x) * 2 + 1, 1e-3)
    return f"triton {triton.__version__} builds kernels"


def _bitsandbytes() -> str:
    import bitsandbytes
    import torch
    from bitsandbytes import functional

    weight = torch.randn(128, 256, device="cuda", dtype=torch.bfloat16)
    packed, state = functional.quantize_4bit(weight, quant_type="nf4", compress_statistics=True)
    x = torch.randn(4, 256, device="cuda", dtype=torch.bfloat16)
    _close(bitsandbytes.matmul_4bit(x, packed.t(), state), x @ functional.dequantize_4bit(packed, state).t(), 0.5)
    return f"bitsandbytes {bitsandbytes.__version__} multiplies by nf4 weights"


def _unsloth() -> str:
    import unsloth
    from unsloth import FastLanguageModel

    if not callable(FastLanguageModel.get_peft_model):
        raise RuntimeError("FastLanguageModel has no get_peft_model")
    return f"unsloth {unsloth.__version__} patches its models"


def _close(found: Any, wanted: Any, most: float) -> None:
    error = float((found.float() - wanted.float()).abs().max())
    if not error <= most:
        raise RuntimeError(f"a product is off by {error:.3g}")


_TRIALS: dict[str, Callable[[], str]] = {
    "torch": _torch,
    "flash attention": _flash,
    "triton": _triton,
    "bitsandbytes": _bitsandbytes,
    "unsloth": _unsloth,
}

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
