"""Every setting as frozen dataclasses: one class a table of ``cogumi.toml``, names as the libraries have them.

A field's ``doc`` is its help text everywhere (the file that ``cogumi init`` writes, the settings screen, error messages).
The defaults are the plan's; ``profiles.py`` holds what the practice profile changes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from core.records import Category


def setting(
    default: Any,
    doc: str,
    *,
    low: float | None = None,
    high: float | None = None,
    choices: tuple[str, ...] | None = None,
) -> Any:
    """A dataclass field that carries its help text and its bounds (inclusive)."""
    metadata = {"doc": doc, "low": low, "high": high, "choices": choices}
    if isinstance(default, (list, dict)):
        return field(default_factory=lambda: default.copy(), metadata=metadata)
    return field(default=default, metadata=metadata)


@dataclass(frozen=True, slots=True)
class ModelSettings:
    base: str = setting(
        "unsloth/meta-llama-3.1-8b-instruct-bnb-4bit",
        "base model: 'practice', a local folder, or a name on the Hugging Face hub",
    )
    adapter: str = setting("checkpoints/final", "Phase 1A adapter to start from; '' starts from the base model")
    revision: str = setting("", "revision of the base model on the hub; '' is its main branch")
    precision: str = setting(
        "auto", "how weights are held", choices=("auto", "bf16", "nf4", "fp32")
    )
    engine: str = setting("local", "what makes the responses", choices=("local", "server"))
    max_length: int = setting(2048, "longest prompt and response together, in tokens", low=16)


@dataclass(frozen=True, slots=True)
class GenerationSettings:
    batch_size: int = setting(0, "responses made at once; 0 chooses from the memory there is", low=0)
    top_p: float = setting(0.95, "nucleus of probability that is sampled from", low=0.01, high=1.0)
    max_new_tokens: int = setting(512, "longest response in tokens", low=1)
    seed: int = setting(1234, "seed of every sampled response", low=0)
    server_url: str = setting("", "base URL of an OpenAI-compatible server, for engine = 'server'")
    server_model: str = setting("", "model name to ask that server for")
    server_adapter: str = setting(
        "", "model name under which that server serves the adapter that a step trained; {adapter} in it is that adapter's own name"
    )
    server_key_env: str = setting("", "name of the environment variable that holds the server's key")
    server_command: str = setting(
        "",
        "command that serves the model for as long as a step needs it, with {model}, {host} and {port}; a part in [brackets] with "
        "{adapter} is left out without one; '' where server_url names a server that runs already",
    )
    server_start_seconds: float = setting(900.0, "time that server_command has until its server answers", low=1)
    server_concurrency: int = setting(64, "responses asked of that server at once", low=1, high=4096)


@dataclass(frozen=True, slots=True)
class CategorySettings:
    """One table per category: ``[categories.MATH]`` and so on."""

    generate_temperature: float = setting(0.0, "temperature at which training responses are made", low=0, high=2)
    train_temperature: float = setting(0.0, "temperature that weighs accepted responses as training targets", low=0, high=2)
    source: str = setting("hub", "'hub', 'practice', or local .jsonl or .parquet files to measure on, several with commas")
    train_source: str = setting("", "where training problems come from; '' takes the training split of source")
    train_problems: int = setting(0, "training problems to distil in Phase 1B.1", low=0)
    measure_problems: int = setting(0, "held-out problems to measure on", low=0)
    benchmark_problems: int = setting(0, "held-out problems of the final benchmark; 0 takes measure_problems", low=0)
    failure_problems: int = setting(0, "training problems to search for failures in Phase 1B.2", low=0)


@dataclass(frozen=True, slots=True)
class DistillSettings:
    samples: int = setting(10, "responses per problem of a category that is sampled (temperature above 0)", low=1)
    min_agreement: float = setting(0.6, "share of samples that must agree for a vote to have a majority", low=0.01, high=1)
    max_distinct: int = setting(3, "distinct responses kept per CREATIVITY problem", low=1)
    max_overlap: float = setting(
        0.8, "share of common words from which two CREATIVITY responses are the same one told again", low=0, high=1
    )
    stopping: str = setting(
        "exact",
        "when a vote ends early: 'exact' once it can no longer turn out otherwise, 'adaptive' also once the leading answer is the most "
        "common one with 95 % confidence (Adaptive-Consistency), 'never' makes all samples",
        choices=("exact", "adaptive", "never"),
    )


@dataclass(frozen=True, slots=True)
class FailureSettings:
    samples: int = setting(5, "samples per problem when searching for failures", low=1)
    temperature: float = setting(0.7, "temperature of those samples", low=0, high=2)
    min_consistency: float = setting(0.3, "a problem under this consistency is a failure", low=0, high=1)
    model: str = setting(
        "phase-1b.1",
        "model that is searched for failures and trained further: Phase 1B.1's adapter, or the one that Phase 1B.1 started from",
        choices=("phase-1b.1", "start"),
    )
    rescue_samples: int = setting(20, "samples at most to find a verified response to a failed problem", low=1)


@dataclass(frozen=True, slots=True)
class TrainSettings:
    num_train_epochs: float = setting(2.0, "passes over the training rows", low=0.01)
    learning_rate: float = setting(5e-6, "peak learning rate", low=0)
    per_device_train_batch_size: int = setting(4, "rows per step", low=1)
    gradient_accumulation_steps: int = setting(1, "steps summed before the weights move", low=1)
    warmup_ratio: float = setting(0.1, "share of the steps over which the learning rate rises", low=0, high=1)
    lr_scheduler_type: str = setting("linear", "how the learning rate falls", choices=("linear", "cosine", "constant"))
    max_grad_norm: float = setting(1.0, "gradients are clipped to this norm", low=0)
    weight_decay: float = setting(0.0, "weight decay of AdamW", low=0)
    r: int = setting(16, "rank of a fresh adapter", low=1)
    lora_alpha: int = setting(32, "scale of a fresh adapter", low=1)
    lora_dropout: float = setting(0.0, "dropout of a fresh adapter", low=0, high=1)
    target_modules: str = setting("all-linear", "layers a fresh adapter sits on: 'all-linear' or names with commas")
    save_steps: int = setting(20, "a checkpoint every so many steps", low=1)
    held_out_share: float = setting(0.0, "share of the rows kept aside to watch the loss on", low=0, high=0.5)
    backend: str = setting("auto", "trainer back end", choices=("auto", "unsloth", "peft"))
    seed: int = setting(42, "seed of the adapter's start and of the rows' order", low=0)


@dataclass(frozen=True, slots=True)
class MeasureSettings:
    samples: int = setting(10, "runs per problem when measuring consistency", low=2)
    temperature: float = setting(0.7, "temperature of those runs; never 0, for greedy runs say nothing", low=0.01, high=2)
    seed: int = setting(7, "seed of the measuring runs, of the sample of problems and of the bootstrap", low=0)
    allow_overlap: str = setting("", "reason for measuring although training problems overlap; recorded and shown")


@dataclass(frozen=True, slots=True)
class GateSettings:
    consistency: str = setting(
        "response", "which consistency the gates use", choices=("response", "answer")
    )
    consistency_1b1: float = setting(0.40, "gate 1B.1: consistency at least", low=0, high=1)
    math_score_1b1: float = setting(0.45, "gate 1B.1: MATH score at least", low=0, high=1)
    training_hours_1b1: float = setting(1.0, "gate 1B.1: training hours under", low=0)
    reasoning_1b1: float = setting(0.85, "gate 1B.1: REASONING accuracy at least", low=0, high=1)
    reasoning_against: str = setting(
        "absolute",
        "'absolute' holds REASONING against reasoning_1b1; 'baseline' against its own accuracy before training less reasoning_margin",
        choices=("absolute", "baseline"),
    )
    reasoning_margin: float = setting(0.05, "loss of REASONING accuracy that counts as nothing forgotten", low=0, high=1)
    consistency_final: float = setting(0.60, "final gate: consistency at least", low=0, high=1)
    math_score_final: float = setting(
        0.65, "final gate: MATH score at least; with the verifier at most 1 less half of the references' accuracy can be had", low=0, high=1
    )
    code_score_final: float = setting(0.70, "final gate: CODE score at least; bounded as math_score_final is", low=0, high=1)
    math_ties_final: float = setting(
        0.30, "final gate: MATH ties under; with the verifier, right against right is a tie, so that they rise with both", low=0, high=1
    )
    code_ties_final: float = setting(0.20, "final gate: CODE ties under; as math_ties_final", low=0, high=1)


@dataclass(frozen=True, slots=True)
class JudgeSettings:
    reference: str = setting("", "file of reference responses (JSONL or a Phase 1A benchmark report); 'practice' for the packaged one")
    kind: str = setting("verifier", "what decides win, loss or tie", choices=("verifier", "llm"))
    samples: int = setting(1, "measured responses per problem that are judged", low=1)
    url: str = setting("", "base URL of an OpenAI-compatible endpoint, for kind = 'llm'")
    model: str = setting("", "judge model to ask for")
    key_env: str = setting("COGUMI_JUDGE_KEY", "name of the environment variable that holds the judge's key; empty where none is needed")
    dollars_per_million_input: float = setting(0.0, "price of a million prompt tokens", low=0)
    dollars_per_million_output: float = setting(0.0, "price of a million answered tokens", low=0)
    max_dollars: float = setting(5.0, "judging stops at this sum", low=0)
    concurrency: int = setting(8, "requests under way at once", low=1)


@dataclass(frozen=True, slots=True)
class BudgetSettings:
    dollars_per_hour: float = setting(2.0, "price of the rented machine", low=0)
    total_dollars: float = setting(34.0, "limit for both phases together", low=0)
    phase_1b1_dollars: float = setting(4.0, "limit for Phase 1B.1", low=0)
    phase_1b2_dollars: float = setting(30.0, "limit for Phase 1B.2", low=0)
    step_dollars: float = setting(15.0, "limit for any one step", low=0)
    warn_share: float = setting(0.8, "share of a limit at which the panel warns", low=0, high=1)


@dataclass(frozen=True, slots=True)
class RunSettings:
    processes: int = setting(1, "processes of a step, one a GPU: training is data parallel, responses are shared out", low=1, high=64)
    stop_grace_seconds: float = setting(60.0, "time that a step gets to save its work after a polite stop", low=0)
    telemetry_seconds: float = setting(2.0, "time between readings of GPU and host", low=0.5)
    stall_seconds: float = setting(300.0, "a step that says nothing for so long is called stalled", low=5)
    on_event: str = setting("", "command run when a step ends, fails, stalls, reaches a gate, a limit or the end of the disk")


@dataclass(frozen=True, slots=True)
class PanelSettings:
    theme: str = setting("cogumi-dark", "colours of the panel", choices=("cogumi-dark", "cogumi-light", "cogumi-contrast"))
    keymap: dict[str, str] = setting({}, 'keys by action id, e.g. stop = "X"')
    bell: bool = setting(True, "ring the terminal's bell when a step ends")


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings of one workspace or attempt. Tables of the file have the names of these fields."""

    profile: str = setting("h100", "which profile the defaults came from", choices=("practice", "h100"))
    model: ModelSettings = field(default_factory=ModelSettings)
    generation: GenerationSettings = field(default_factory=GenerationSettings)
    categories: dict[Category, CategorySettings] = field(default_factory=dict)
    distill: DistillSettings = field(default_factory=DistillSettings)
    failures: FailureSettings = field(default_factory=FailureSettings)
    train: TrainSettings = field(default_factory=TrainSettings)
    measure: MeasureSettings = field(default_factory=MeasureSettings)
    gate: GateSettings = field(default_factory=GateSettings)
    judge: JudgeSettings = field(default_factory=JudgeSettings)
    budget: BudgetSettings = field(default_factory=BudgetSettings)
    run: RunSettings = field(default_factory=RunSettings)
    panel: PanelSettings = field(default_factory=PanelSettings)


Origin = Literal["default", "profile", "file", "attempt", "flag", "form"]
