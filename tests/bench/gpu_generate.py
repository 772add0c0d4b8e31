"""Prints one table of ways to generate with the 8B shape on one GPU.

    python -m tests.bench.gpu_generate MODEL_FOLDER [--precision nf4] [--adapter FOLDER]

Ours as the steps use it: 200 prompts of about 120 tokens, ten samples each, temperature 0.7, top_p 0.95, every row on its own random
stream, lengths drawn by ``min(500, max(40, lognormvariate(5.05, 0.5)))`` and forced through each request's limit. The others are
given rows of one length, which flatters them: every token they make is counted, none is padding.

The floors: the bytes that every step must read (weights once, keys and values of each row) at the bandwidth of a large copy, and the
operations of every token at the rate of a large bf16 product, both measured here.
"""

from __future__ import annotations

import argparse
import random
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from core.generation.decode import Decoder
from core.generation.forward import make_forward, shape_of
from core.generation.groups import group
from core.generation.local import LocalEngine
from core.generation.store import Room
from core.models.load import Loaded, load
from core.models.precision import count_parameters
from core.plan.settings import GenerationSettings, ModelSettings
from core.practice.problems import practice_problems
from core.records import Category, Request, Sampling

PROMPTS, SAMPLES = 200, 10
_PARTS = (
    ("products", ("gemm", "gemv", "nvjet", "cutlass", "s16816", "xmma", "splitk", "cublas")),
    ("attention", ("_attend_kernel", "flash")),
    ("choosing", ("_choose_kernel",)),
    ("norms, positions, gates", ("_normed", "_turn", "_gated")),
)


@dataclass(frozen=True, slots=True)
class Chip:
    """bytes: of a large copy, read and written, per second. operations: of a large bf16 product on random numbers, per second."""

    name: str
    bytes: float
    operations: float


@dataclass(frozen=True, slots=True)
class Floor:
    """Least seconds for the bytes that must be read and for the operations that must be done."""

    memory: float
    arithmetic: float


def lengths(count: int, middle: float = 5.05, most: int = 500) -> list[int]:
    """Drawn log-normally about e^middle tokens, from 40 to ``most``."""
    draw = random.Random(0)
    return [int(min(most, max(40, draw.lognormvariate(middle, 0.5)))) for _ in range(count)]


def requests(prompts: int, samples: int, length: int | None = None) -> list[Request]:
    """Requests whose limits are the forced lengths; ``length`` for all the same."""
    return limited(prompts, samples, lengths(prompts * samples) if length is None else [length] * (prompts * samples))


def limited(prompts: int, samples: int, limits: Sequence[int]) -> list[Request]:
    """Requests of these lengths, one for each sample of each prompt."""
    problems = practice_problems(Category.MATH, "test", min(prompts, 200), 7)
    texts = [problems[i % len(problems)].prompt + f" Case {i:05d}." for i in range(prompts)]
    return [Request(f"p/{i // samples}", texts[i // samples], i % samples, Sampling(0.7, 0.95, limit, 7)) for i, limit in enumerate(limits)]


def measure_chip() -> Chip:
    """The two ceilings of this GPU."""
    import torch
    from triton.testing import do_bench

    def copied(size: int) -> float:
        source = torch.empty(size, dtype=torch.uint8, device="cuda")
        target = torch.empty_like(source)
        return float(do_bench(lambda: target.copy_(source), return_mode="median")) / 1e3

    def computed(side: int) -> float:
        a, b = (torch.randn(side, side, device="cuda", dtype=torch.bfloat16) for _ in range(2))
        return float(do_bench(lambda: a @ b, return_mode="median")) / 1e3

    chip = Chip(torch.cuda.get_device_name(), 2 * (2 << 30) / copied(2 << 30), 2 * 8192**3 / computed(8192))
    torch.cuda.empty_cache()
    return chip


def floor(loaded: Loaded, wanted: Sequence[Request], rows: int, chip: Chip) -> Floor:
    """Of these requests with so many rows at once, each step as full as the order of the requests allows."""
    model, shape = loaded.model, shape_of(loaded.model)
    config = model.config.to_dict()
    # In nf4 too: the weights are computed with in 16 bit. The embedding is looked up, not multiplied.
    weights = (count_parameters(config) or 0) - config["vocab_size"] * config["hidden_size"]
    prompt = sum(len(loaded.chat.encode(r.prompt)) for r in wanted[::SAMPLES]) / len(wanted[::SAMPLES])
    limits = [r.sampling.max_new_tokens for r in wanted]
    kept = shape.token_bytes() * sum(n * prompt + n * (n + 1) / 2 for n in limits)
    steps = 0
    waiting, live = list(reversed(limits)), []
    while waiting or live:
        while waiting and len(live) < rows:
            live.append(waiting.pop())
        spent = min(live)
        steps += spent
        live = [left - spent for left in live if left > spent]
    tokens = sum(limits) + prompt * len(wanted) / SAMPLES
    return Floor((steps * weights * 2 + kept) / chip.bytes, 2 * weights * tokens / chip.operations)


def ours(loaded: Loaded, wanted: Sequence[Request], rows: int = 0) -> tuple[int, float, list[str]]:
    """Useful tokens, seconds and notes."""
    import torch

    notes: list[str] = []
    engine = LocalEngine(loaded, GenerationSettings(batch_size=rows), notes.append)
    list(engine.generate(requests(2, 4, 8)))  # compiles the kernels and checks parity, once a process
    torch.cuda.synchronize()
    start = time.perf_counter()
    tokens = sum(response.tokens for batch in engine.generate(wanted) for response in batch)
    return tokens, time.perf_counter() - start, notes


def plainly(loaded: Loaded, rows: int, length: int) -> tuple[int, float]:
    """transformers' ``generate()``, sampling, all rows of one length."""
    import torch

    ids = [loaded.chat.encode(r.prompt) for r in requests(rows, 1, length)]
    longest = max(map(len, ids))
    padded = torch.tensor([[loaded.chat.pad_id] * (longest - len(one)) + one for one in ids], device="cuda")
    mask = (padded != loaded.chat.pad_id).long()

    def run(new: int) -> None:
        with torch.inference_mode():
            loaded.model.generate(
                padded, attention_mask=mask, do_sample=True, temperature=0.7, top_p=0.95, top_k=0,
                min_new_tokens=new, max_new_tokens=new, pad_token_id=loaded.chat.pad_id,
            )  # fmt: skip
        torch.cuda.synchronize()

    run(2)
    start = time.perf_counter()
    run(length)
    return rows * length, time.perf_counter() - start


def continuously(loaded: Loaded, rows: int, length: int) -> tuple[int, float]:
    """transformers' ``generate_batch()``."""
    import torch
    from transformers import GenerationConfig

    ids = [loaded.chat.encode(r.prompt) for r in requests(rows, 1, length)]
    config = GenerationConfig(
        do_sample=True, temperature=0.7, top_p=0.95, top_k=0, max_new_tokens=length, eos_token_id=-1, pad_token_id=loaded.chat.pad_id
    )
    start = time.perf_counter()
    made = loaded.model.generate_batch(inputs=ids, generation_config=config)
    torch.cuda.synchronize()
    return sum(len(one.generated_tokens) for one in made.values()), time.perf_counter() - start


def step_profile(loaded: Loaded, rows: int) -> tuple[float, dict[str, float]]:
    """Milliseconds of one step with so many rows in the middle of their answers, and of its parts on the GPU."""
    import torch
    from torch.profiler import ProfilerActivity, profile

    groups = group(requests(-(-rows // SAMPLES), SAMPLES, 400), loaded.chat, loaded.max_length)
    prompt = max(len(g.ids) for g in groups)
    forward = make_forward(loaded.model, loaded.max_length, print)
    decoder = Decoder(forward, Room(len(groups) * SAMPLES, len(groups), prompt, 400), [])
    run = decoder.run(groups)
    steps = 0
    count = decoder._step

    def counted() -> None:
        nonlocal steps
        steps += 1
        count()

    decoder._step = counted  # type: ignore[method-assign]
    for _ in range(3):
        next(run)
    torch.cuda.synchronize()
    steps, start = 0, time.perf_counter()
    for _ in range(8):
        next(run)
    torch.cuda.synchronize()
    each = 1e3 * (time.perf_counter() - start) / steps
    steps = 0
    with profile(activities=[ProfilerActivity.CUDA]) as seen:
        next(run)
        torch.cuda.synchronize()
    parts: dict[str, float] = defaultdict(float)
    for event in seen.key_averages():
        name = next((part for part, words in _PARTS if any(word in event.key for word in words)), "other kernels")
        parts[name] += event.self_device_time_total / 1e3 / steps
    run.close()  # type: ignore[attr-defined]
    del decoder._step  # or the two would hold each other, and the store's memory
    return each, dict(parts)


def ways(loaded: Loaded, chip: Chip, *, others: bool, scan: bool) -> Iterator[str]:
    """The lines of the table; ``scan``: of the failure scan alone."""
    import torch

    def line(name: str, tokens: int, seconds: float, rest: str = "") -> str:
        peak = torch.cuda.max_memory_allocated() / 2**30
        torch.cuda.reset_peak_memory_stats()
        return f"{loaded.precision:5} {name:52} {tokens / seconds:8,.0f} tok/s {tokens:9,} tokens {seconds:6.1f} s {peak:5.0f} GiB{rest}"

    if scan:
        # The plan's problems and samples, with answers of about 300 tokens on average: 3.6 million of them.
        wanted = limited(2374, 5, lengths(2374 * 5, 5.58, 900))
        yield line("ours, the failure scan: 2,374 prompts x 5 samples", *ours(loaded, wanted)[:2])
        return
    if others:
        plain: list[tuple[str, Callable[[], tuple[int, float]]]] = [
            ("generate(), one at a time, 48 tokens", lambda: plainly(loaded, 1, 48)),
            ("generate(), 256 rows x 48 tokens", lambda: plainly(loaded, 256, 48)),
        ]
        if loaded.precision == "bf16":
            plain += [
                ("generate(), 768 rows x 48 tokens", lambda: plainly(loaded, 768, 48)),
                ("generate_batch() (continuous batching), 256 x 48", lambda: continuously(loaded, 256, 48)),
            ]
        for name, way in plain:
            try:
                yield line(name, *way())
            except Exception as error:
                yield f"{loaded.precision:5} {name:52} failed: {' '.join(str(error).split())[:160]}"
            torch.cuda.empty_cache()
    wanted = requests(PROMPTS, SAMPLES)
    tokens, seconds, notes = ours(loaded, wanted)
    least = floor(loaded, wanted, len(wanted), chip)
    share = f"  {least.memory / seconds:4.0%} of the memory floor, {least.arithmetic / seconds:4.0%} of the arithmetic floor"
    yield line(f"ours, {PROMPTS} x {SAMPLES}, lengths drawn (mean {tokens / len(wanted):.0f})", tokens, seconds, share)
    yield from (f"      note: {note}" for note in notes)
    for rows, length in ((768, 128), (768, 384)) if loaded.precision == "bf16" else ():
        yield line(f"ours, {rows} rows x {length} tokens", *ours(loaded, requests(rows, 1, length))[:2])


def main() -> None:
    import torch

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--precision", default="bf16", choices=("bf16", "nf4"))
    parser.add_argument("--adapter", type=Path, help="a LoRA adapter on the model")
    parser.add_argument("--others", action="store_true", help="the ways of transformers too")
    parser.add_argument("--scan", action="store_true", help="the whole failure scan instead")
    parser.add_argument("--profile", type=int, nargs="*", default=[], metavar="ROWS", help="where a step's time goes with so many rows")
    options = parser.parse_args()
    chip = measure_chip()
    print(f"{chip.name}: copies {chip.bytes / 1e12:.2f} TB/s, computes {chip.operations / 1e12:.0f} TFLOP/s in bf16", flush=True)
    start = time.perf_counter()
    settings = ModelSettings(base=str(options.folder), adapter="", precision=options.precision)
    loaded = load(settings, Path.cwd(), options.adapter)
    print(f"loaded in {time.perf_counter() - start:.1f} s: {loaded.describe}", flush=True)
    for text in ways(loaded, chip, others=options.others, scan=options.scan):
        print(text, flush=True)
    for rows in options.profile:
        each, parts = step_profile(loaded, rows)
        told = ", ".join(f"{name} {spent:.2f}" for name, spent in sorted(parts.items(), key=lambda part: -part[1]))
        print(f"a step of {rows} rows: {each:.2f} ms ({1e3 * rows / each:,.0f} tok/s); of it {told}", flush=True)
        torch.cuda.empty_cache()


if __name__ == "__main__":
    main()
