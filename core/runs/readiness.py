"""What this machine has of what the steps to come need: GPU and its memory, disk, model, problems, references, keys.

Used by ``cogumi doctor`` for everything, and before a launch for the steps that it would run. Light: nothing here imports torch; GPUs
are asked of the driver, models are known by their files.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from core.errors import CogumiError
from core.plan.phases import all_steps
from core.plan.settings import CategorySettings, Settings
from core.problems.sizes import refusal, short
from core.records import Category

Level = Literal["ok", "warning", "problem"]

GIB = 1 << 30
MEASURING = frozenset({"diagnose", "validate", "benchmark"})
_ROLES = {
    "diagnose": ("measure", "train"),
    "distill": ("train",),
    "validate": ("measure",),
    "find_failures": ("scan",),
    "benchmark": ("measure",),
}
"""Which problems a step draws; what it does not draw was drawn by the step before it."""

_DRAWN = {
    "measure_problems": frozenset({"diagnose", "validate", "benchmark"}),
    "benchmark_problems": frozenset({"benchmark"}),
    "train_problems": frozenset({"diagnose", "distill"}),
    "failure_problems": frozenset({"find_failures"}),
}
"""The steps that draw by a count of a category."""

_BYTES = {"fp32": 4.0, "bf16": 2.0, "nf4": 0.6}
"""Bytes a parameter takes; nf4 with its scales (Dettmers et al. 2023, QLoRA, arXiv 2305.14314)."""

_ROOM = 8 * GIB
INSTALL_COMPILER = "apt-get install -y gcc python3-dev"


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding. ``advice`` is empty where nothing needs doing."""

    name: str
    level: Level
    text: str
    advice: str = ""


def ready(workspace: Path, settings: Settings, steps: Collection[str] = ()) -> tuple[Finding, ...]:
    """What the steps (all of them when none is named) find here. A check that breaks is a finding itself."""
    wanted = frozenset(steps) or frozenset(step.id for step in all_steps())
    checks: tuple[tuple[str, Callable[[], Iterator[Finding]]], ...] = (
        ("gpu", lambda: _gpu(settings)),
        ("compiler", lambda: _compiler(settings, wanted)),
        ("disk", lambda: _disk(workspace, settings)),
        ("model", lambda: _model(workspace, settings)),
        ("data", lambda: _data(workspace, settings, wanted)),
        ("reference", lambda: _reference(workspace, settings, wanted)),
        ("keys", lambda: _keys(settings, wanted)),
    )
    findings: list[Finding] = []
    for name, check in checks:
        try:
            findings += check()
        except (OSError, CogumiError) as error:
            findings.append(Finding(name, "problem", str(error)))
    return tuple(findings)


def _gpu(settings: Settings) -> Iterator[Finding]:
    from core.runs.telemetry.gpu import read_gpus

    gpus, note = read_gpus()
    for gpu in gpus:
        memory = "memory N/A" if gpu.memory_total is None else f"{gpu.memory_total / GIB:.0f} GiB"
        cap = "" if gpu.power_cap_watts is None else f", power cap {gpu.power_cap_watts:.0f} W"
        yield Finding(f"gpu {gpu.index}", "ok", f"{gpu.name}, {memory}{cap}")
    if gpus or settings.model.engine == "server":
        return
    if settings.model.base == "practice":
        yield Finding("gpu", "ok", f"{note} The practice model does not need one.")
    else:
        trial = "for a trial without one, `cogumi init --profile practice --workspace DIR` makes a folder"
        yield Finding("gpu", "problem", note, f"{settings.model.base} needs a CUDA GPU; {trial}")


def _compiler(settings: Settings, steps: Collection[str]) -> Iterator[Finding]:
    """Triton builds kernels where they run: responses come without them, only slower; TRL and Unsloth do not train without."""
    from core.models.hardware import gpu, lacks_to_build

    missing = lacks_to_build() if gpu() is not None else ""
    trains = any(step.startswith("train") for step in steps)
    if missing and (trains or settings.model.engine == "local"):
        level: Level = "problem" if trains else "warning"
        yield Finding("compiler", level, f"Triton cannot build kernels here: {missing} missing", INSTALL_COMPILER)


def _disk(workspace: Path, settings: Settings) -> Iterator[Finding]:
    folder = workspace.absolute()
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    wanted = 1 if settings.model.base == "practice" else 60
    level: Level = "ok" if free >= wanted * GIB else "warning"
    advice = "" if level == "ok" else f"free some: model, checkpoints and responses want about {wanted} GiB"
    yield Finding("disk", level, f"{free / GIB:.0f} GiB free at {folder}", advice)
    if not os.access(folder, os.W_OK):
        yield Finding("workspace", "warning", f"{workspace} cannot be written", "the panel opens it read-only")


def _model(workspace: Path, settings: Settings) -> Iterator[Finding]:
    if settings.model.engine == "server" and not settings.generation.server_command:
        yield Finding("model", "ok", f"{settings.generation.server_model or 'the model'} at {settings.generation.server_url}")
        return
    adapter = workspace / settings.model.adapter if settings.model.adapter else None
    if adapter is not None and not adapter.exists():
        yield Finding("adapter", "problem", f"{adapter} does not exist", "copy the Phase 1A adapter there, or set model.adapter")
        return
    from core.models.fingerprint import config_of, identify
    from core.models.hardware import gpu
    from core.models.kind import check_adapter, find
    from core.models.precision import count_parameters

    if adapter is not None and "lm_head" in (check_adapter(adapter).get("target_modules") or ()):
        advice = "make the Phase 1A adapter without lm_head, or start from the base model (model.adapter = '')"
        yield Finding("adapter", "problem", f"{adapter} changes lm_head, which TRL does not train", advice)
    source = find(settings.model.base, workspace)
    if source.kind == "hub" and not _is_cached(source.place, settings.model.revision):
        text = f"{source.label} is not in the Hugging Face cache here: the first step downloads it"
        yield Finding("model", "warning", text, "needs the network, and HF_TOKEN where it is asked for; or set model.base to a folder")
        return
    found = identify(settings.model, workspace, adapter)
    yield Finding("model", "ok", f"{found.describe}, fingerprint {found.fingerprint}")
    parameters, card = count_parameters(config_of(found.source, found.revision)), gpu()
    if parameters is None or card is None:
        return
    need = int(parameters * _BYTES.get(found.precision.name, 4.0)) + _ROOM
    text = f"{parameters / 1e9:.1f} billion parameters in {found.precision.name} want about {need / GIB:.0f} GiB with room to train"
    if need > card.memory:
        yield Finding("gpu memory", "warning", f"{text}; {card.name} has {card.memory / GIB:.0f}", "set model.precision to 'nf4'")
    elif need > card.free:
        crowded = f"{text}; {card.free / GIB:.0f} of {card.memory / GIB:.0f} on {card.name} are free, others hold the rest"
        yield Finding("gpu memory", "warning", crowded, "see `nvidia-smi` and end what is not needed")
    else:
        yield Finding("gpu memory", "ok", f"{text}, of {card.memory / GIB:.0f} on {card.name}")


def _is_cached(name: str, revision: str) -> bool:
    """Whether the hub's cache on this machine knows a model; nothing is asked of the network."""
    try:
        from huggingface_hub import try_to_load_from_cache
    except ImportError:
        return False
    return isinstance(try_to_load_from_cache(name, "config.json", revision=revision or "main"), str)


def _data(workspace: Path, settings: Settings, steps: Collection[str]) -> Iterator[Finding]:
    from core.problems.files import local_files

    hub = False
    for category, table in settings.categories.items():
        named = {name for step in steps for role in _ROLES.get(step, ()) if (name := _named(table, role))}
        hub = hub or ("hub" in named and category is not Category.CREATIVITY)
        for file in (file for name in sorted(named - {"hub", "practice"}) for file in local_files(name, workspace)):
            if file.path.exists():
                yield Finding(f"data {category}", "ok", str(file.path))
            else:
                yield Finding(f"data {category}", "problem", f"{file.path} does not exist", f"set categories.{category}.source")
        yield from _short(category, table, steps)
    if hub:
        yield Finding("data", "ok", "from the Hugging Face hub: the first run needs the network, or a filled cache")


def _short(category: Category, table: CategorySettings, steps: Collection[str]) -> Iterator[Finding]:
    """Counts that steps will draw by and that are more than there are."""
    for key, size in short(category, table).items():
        if _DRAWN[key] & set(steps):
            refused = refusal(category, table, key)
            text = f"{category} has {size:,} problems for {key}, not {getattr(table, key):,}: all of them will be taken"
            yield Finding(f"data {category}", "problem" if refused else "warning", refused or text, f"set categories.{category}.{key}")


def _named(table: CategorySettings, role: str) -> str:
    """The source that a role's problems come from; '' when none are wanted."""
    source = table.source.strip()
    if role == "measure":
        return source if table.measure_problems or table.benchmark_problems else ""
    count = table.train_problems if role == "train" else table.failure_problems
    return (table.train_source.strip() or source) if count else ""


def _reference(workspace: Path, settings: Settings, steps: Collection[str]) -> Iterator[Finding]:
    named = settings.judge.reference.strip()
    if not MEASURING & set(steps):
        return
    if not named:
        text = "no reference responses: ties and scores cannot be measured, and the gates that want them stay open"
        yield Finding("reference", "warning", text, "set judge.reference to a file")
    elif named != "practice" and not (workspace / Path(named).expanduser()).exists():
        yield Finding("reference", "problem", f"{workspace / Path(named).expanduser()} does not exist", "set judge.reference")


def _keys(settings: Settings, steps: Collection[str]) -> Iterator[Finding]:
    wanted = []
    # A server of one's own may want no key, and then no variable is named.
    if settings.judge.kind == "llm" and settings.judge.key_env and MEASURING & set(steps):
        wanted.append(("judge.key_env", settings.judge.key_env))
    if settings.model.engine == "server" and settings.generation.server_key_env:
        wanted.append(("generation.server_key_env", settings.generation.server_key_env))
    for setting, name in wanted:
        if os.environ.get(name):
            yield Finding("key", "ok", f"{name} is set ({setting})")
        else:
            yield Finding("key", "problem", f"{name} is not set ({setting})", f"export {name} before starting")
