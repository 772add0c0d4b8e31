"""A report, settings and findings written by hand, and the part of a source that yields them: what the reading screens' tests run on."""

from __future__ import annotations

from pathlib import Path

from core.errors import UsageError
from core.measures.estimate import Estimate
from core.report.document import (
    Align,
    Cell,
    Column,
    Command,
    Document,
    DotPlot,
    DotRow,
    Folded,
    GateBlock,
    Histogram,
    LossPlot,
    Pair,
    Paragraph,
    Plots,
    Section,
    Side,
    Subtitle,
    Table,
    Tile,
    Tiles,
)
from core.runs.snapshot import Series
from screens.reading import ExportKind, Finding, Reported, SettingRow, SettingsPicture

EVIL = "\x1b[31mred\x1b[0m <script>alert(1)</script> [bold]not markup[/bold]"


def estimate(value: float, n: int = 200, half: float = 0.03) -> Estimate:
    return Estimate(value, n, value - half, value + half)


def figure(value: float) -> Cell:
    return Cell(f"{value * 100:.1f} %", f"[{value * 100 - 3:.1f}, {value * 100 + 3:.1f}] n 200")


def series(count: int = 62) -> Series:
    loss = tuple(0.9 * 0.95**i + 0.05 * (i % 3) for i in range(count))
    nothing = tuple(0.0 for _ in range(count))
    return Series(tuple(range(1, count + 1)), loss, nothing, nothing, nothing, epochs=(count // 2, count), checkpoints=(20, 40))


def document(attempt: int = 2) -> Document:
    """A report with one block of each kind."""
    right: Align = "right"
    wanted = (Column("before", right), Column("after", right), Column("paired difference", right))
    categories = (("MATH", 0.142, 0.855), ("CODE", 0.251, 0.775), ("REASONING", 0.321, 0.510))
    compared = Table(
        (Column("Consistency"), Column("figure"), *wanted),
        tuple(
            (Cell(name), Cell("response consistency"), figure(a), figure(b), Cell(f"{b * 100 - a * 100:+.1f}", "[+60, +72]", "strong"))
            for name, a, b in categories
        ),
        "Paired by problem.",
    )
    gate = Table(
        (Column("criterion"), Column("measured", right), Column("wanted", right), Column("verdict"), Column("certainty")),
        (
            (Cell("Response consistency"), figure(0.828), Cell("≥ 40 %"), Cell("met", tone="good"), Cell("certain at 95 %", tone="dim")),
            (Cell("MATH score"), figure(0.447), Cell("≥ 45 %"), Cell("missed", tone="bad"),
             Cell("undecided", "about 480 more problems would decide it", "open")),
        ),
    )  # fmt: skip
    rows = tuple(DotRow(name, estimate(a), estimate(b), 0.4) for name, a, b in categories)
    spread = (tuple(0.1 + 0.1 * (i % 4) for i in range(40)), tuple(0.6 + 0.1 * (i % 5) for i in range(40)))
    pair = Pair(
        "1. MATH practice/math/test/000073", "right runs 10 % → 100 %, response consistency 10 % → 100 %",
        "3 eggs at 6 dollars each and 6 hats at 6 dollars each: how many dollars does Tom pay?", "54",
        Side("Before", "wrong, answer 44; 1 of 10 runs said exactly this", f"18+36=44\n{EVIL}", "bad"),
        Side("After", "right, answer 54; 10 of 10 runs said exactly this", "3*6=18 dollars for eggs.\n#### 54", "good"),
    )  # fmt: skip
    settings = Table((Column("setting"), Column("value")), tuple((Cell(f"train.setting_{i}"), Cell(str(i))) for i in range(30)), mono=True)
    return Document(
        "Phase 1B report",
        f"practice · attempt {attempt} · profile practice · model practice",
        ("4 of 8 steps are done; nothing is running. Gate 1B.1: failed.", "Begun 2025-11-24 15:40 UTC, reported 2025-11-24 16:00 UTC."),
        (
            Section("summary", "Summary", (
                Tiles((
                    Tile("response consistency, all trained", "82.8 %", "from 17.8 %, +65.0 points [+62.5, +67.5], n 300", "strong"),
                    Tile("gate 1B.1", "failed", "1 of 2 met, 1 undecided", "bad"),
                    Tile("final gate", "open", "nothing measured yet", "open"),
                    Tile("time of this attempt", "2 min 08 s", "4 processes"),
                    Tile("money", "$0.31", "$284.69 of the Phase 1 budget is left"),
                )),
            )),
            Section("gates", "Gates", (
                Paragraph("The verdict is the plan's rule on the point estimate."),
                GateBlock("Gate 1B.1", "failed", "bad", "", gate),
                GateBlock("Final gate", "overridden", "open", f"we go on {EVIL}", gate),
            )),
            Section("comparison-1b1", "Before against after, Phase 1B.1 (proof of concept)", (
                Plots((
                    DotPlot("Response consistency", rows, "By category."),
                    Histogram("Problems by response consistency", *spread, 10, "How many problems."),
                )),
                compared,
            )),
            Section("training", "Training", (Subtitle("Phase 1B.1"), LossPlot("Training loss", series(), "Training loss over 62 steps."))),
            Section("changed", "Most changed problems", (pair,)),
            Section("settings", "Settings", (
                Paragraph("Nothing was changed."),
                Folded("All 30 settings as used", (settings,)),
            )),
            Section("again", "How to do it again", (
                Command(("cogumi run phase-1b.1 --workspace again --set profile=practice --set train.seed=4",)),
                Table(
                    (Column("file"), Column("SHA-256"), Column("now")),
                    ((Cell("a.jsonl"), Cell("ab" * 32), Cell("changed", tone="bad")),),
                ),
            )),
        ),
    )  # fmt: skip


def findings() -> list[Finding]:
    return [
        Finding("python", "ok", "3.11.2"),
        Finding("unsloth", "ok", "not installed; on a GPU it brings twice the training speed", "`pip install 'cogumi-panel[gpu]'`"),
        Finding("gpu", "problem", "no NVIDIA driver on this machine", "a CUDA GPU is needed; for a trial use the practice profile"),
        Finding("sandbox", "warning", "namespaces: network, files", "generated code is held by fewer walls here: Landlock is missing"),
        Finding("key", "problem", f"COGUMI_JUDGE_KEY is not set {EVIL}", "export COGUMI_JUDGE_KEY before starting"),
    ]


def setting_rows() -> tuple[SettingRow, ...]:
    return (
        SettingRow("profile", "practice", "profile", "which values hold", "", "h100", "practice", "practice"),
        SettingRow("model.base", "practice", "profile", "base model", "a text", "unsloth/meta-llama", "practice", "practice"),
        SettingRow("model.adapter", "", "profile", "Phase 1A adapter to start from", "a text", "checkpoints/final", "", ""),
        SettingRow("train.learning_rate", "0.004", "file", "peak learning rate", "a number, at least 0", "5e-06", "0.002", "0.002"),
        SettingRow("train.num_train_epochs", "2", "profile", "passes over the training rows", "a number, at least 0.01", "2", "2", "2"),
        SettingRow("gate.consistency", "answer", "file", "which consistency the gates use", "one of response, answer",
                   "response", "response", "answer"),
        SettingRow("judge.url", EVIL, "file", "base URL of an endpoint", "a text", "", "", EVIL),
        *(SettingRow(f"run.number_{i}", str(i), "default", f"number {i}", "a whole number", str(i), str(i), str(i)) for i in range(40)),
    )  # fmt: skip


class FakeReading:
    """``screens.reading.Readable`` with what stands above. Remembers what it was asked to write."""

    def __init__(self) -> None:
        self.written: list[tuple[str, int, Path]] = []
        self.reports: list[int | None] = []
        self.attempts: tuple[int, ...] = (1, 2)
        self.found = findings()
        self.looked = 0
        self.picture = SettingsPicture(setting_rows(), "practice", "/workspace/data/run/cogumi.toml", 2)
        self.abandoned = False

    def report(self, attempt: int | None) -> Reported:
        self.reports.append(attempt)
        if not self.attempts:
            raise UsageError("/workspace/data/run has no attempt yet, so there is nothing to report; `cogumi run phase-1b.1` begins one.")
        number = attempt or self.attempts[-1]
        return Reported(document(number), number, self.attempts)

    def export_path(self, kind: ExportKind, attempt: int) -> Path:
        return Path(f"/workspace/data/run/{kind}-attempt-{attempt}")

    def export(self, kind: ExportKind, attempt: int, path: Path) -> str:
        if path.name == "taken":
            raise UsageError(f"{path} exists already; choose another name, nothing is replaced.")
        self.written.append((kind, attempt, path))
        return f"wrote {path}: 124 rows"

    def examine(self) -> list[Finding]:
        self.looked += 1
        return list(self.found)

    def settings(self, attempt: int | None) -> SettingsPicture:
        return self.picture

    def abandon(self) -> None:
        self.abandoned = True
