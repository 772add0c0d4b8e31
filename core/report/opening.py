"""Sections of a report that come first: the problem as it was measured before, and the gates with their evidence. Pure."""

from __future__ import annotations

from core.measures.decide import telling
from core.plan.phases import PHASES
from core.plan.settings import Settings
from core.plan.verdicts import CriterionView, GateView
from core.report.contents import Report
from core.report.document import Align, Block, Cell, Column, GateBlock, Paragraph, Section, Table, Tone
from core.report.words import NONE, duration, figure, interval, percent, points

_GATE_TONES: dict[str, Tone] = {"passed": "good", "failed": "bad", "open": "open", "overridden": "open"}
_VERDICT_TONES: dict[str, Tone] = {"met": "good", "missed": "bad", "undecided": "open", "unknown": "dim"}
_WORDS = {"unknown": "not known yet"}
_RIGHT: Align = "right"


def problem_section(report: Report) -> Section:
    """What was measured before: Phase 1A's figures beside what diagnose measured here."""
    shown = [b for b in report.baseline if b.measured or b.plan]
    rows = tuple(
        (
            Cell(b.category, tone="" if b.measured else "dim"),
            Cell(percent(b.plan.response_consistency if b.plan else None, 0), tone="dim"),
            figure(b.measured.get("response_consistency")),
            figure(b.measured.get("answer_consistency")),
            figure(b.measured.get("accuracy")),
            Cell(percent(b.plan.score if b.plan else None, 0), tone="dim"),
            figure(b.measured.get("score")),
            Cell(percent(b.plan.tie_rate if b.plan else None, 0), tone="dim"),
            figure(b.measured.get("tie_rate")),
        )
        for b in shown
    )
    heads = (
        "consistency, Phase 1A",
        "response consistency here",
        "answer consistency here",
        "accuracy here",
        "score, Phase 1A",
        "score here",
        "ties, Phase 1A",
        "ties here",
    )
    blocks: list[Block] = [
        Paragraph(
            "Asked the same question several times, the model answers differently each time. Phase 1A's benchmark of the 8B model found "
            f"10 % consistency over ten runs, which is the floor. Beside it stands what diagnose measured here, on "
            f"{report.held[PHASES[0].id].model.base}, with {runs_told(report.held[PHASES[0].id])}. "
            "The two are different measurements and, unless the model is the same, of different models."
        ),
        Table((Column("category"), *(Column(h, _RIGHT) for h in heads)), rows, "Every figure with its 95 % interval in % and n problems."),
    ]
    if not any(b.measured for b in report.baseline):
        blocks.append(Paragraph("Diagnose has not finished in this attempt, so there is no baseline of its own yet.", "open"))
    return Section("problem", "The problem", tuple(blocks))


def runs_told(settings: Settings) -> str:
    """How the measuring runs were made."""
    return f"{settings.measure.samples} runs a problem at temperature {settings.measure.temperature:g}"


def gate_section(report: Report) -> Section:
    """Every gate with its evidence, and overrides with their reasons."""
    blocks: list[Block] = [
        Paragraph(
            "The verdict is the plan's rule on the point estimate. A criterion is undecided as well when its 95 % interval spans "
            "the threshold; then the number of further problems that would likely decide it is given."
        )
    ]
    blocks += [_gate(gate) for gate in report.gates]
    return Section("gates", "Gates", tuple(blocks))


def _gate(gate: GateView) -> GateBlock:
    columns = (Column("criterion"), Column("measured", _RIGHT), Column("wanted", _RIGHT), Column("verdict"), Column("certainty"))
    title = f"{gate.title[:1].upper()}{gate.title[1:]}"
    table = Table(columns, tuple(_criterion(c, gate.moves(c)) for c in gate.criteria))
    return GateBlock(title, gate.verdict, _GATE_TONES[gate.verdict], gate.reason, table)


def _criterion(c: CriterionView, moving: bool) -> tuple[Cell, ...]:
    sign = "≥" if c.direction == ">=" else "<"
    if c.unit == "hours":
        wanted = f"{sign} {c.threshold:g} h"
        value = Cell(NONE, tone="dim") if c.value is None else Cell(duration(c.value.value * 3600))
    else:
        digits = telling(c.value.value, c.direction, c.threshold) if c.value is not None else 1
        wanted, value = f"{sign} {100 * c.threshold:g} %", figure(c.value, digits=digits)
        if c.value is not None and c.threshold < 0:
            # Only a change against the baseline may be negative.
            wanted, value = f"{sign} {c.threshold * 100:+.0f} points", Cell(f"{points(c.value.value)} points", _noted(c))
    return (
        Cell(f"{c.title[:1].upper()}{c.title[1:]}", c.note),
        value,
        Cell(wanted),
        Cell(f"{c.verdict} so far", tone="dim") if moving else Cell(_WORDS.get(c.verdict, c.verdict), tone=_VERDICT_TONES[c.verdict]),
        _certainty(c, moving),
    )


def _noted(c: CriterionView) -> str:
    return "" if c.value is None else f"{interval(c.value.low, c.value.high, True)} n\u00a0{c.value.n:,}"


def _certainty(c: CriterionView, moving: bool) -> Cell:
    if c.value is None:
        return Cell(NONE, tone="dim")
    if c.unit == "hours":
        return Cell("exact", tone="dim")
    if c.certainty != "undecided":
        return Cell("certain at 95 %", tone="dim")
    return Cell("undecided", c.decided_by(moving), "open")
