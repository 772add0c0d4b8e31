"""Sections of a report about what was trained on: the failures and what became of them, the rows, the loss, what was excluded. Pure."""

from __future__ import annotations

from core.report.contents import Report, Training
from core.report.document import Block, Cell, Column, LossPlot, Paragraph, Section, Subtitle, Table
from core.report.words import NONE, counted, dollars, duration, percent

_RULE = "Where a gold answer or tests exist, only verified responses are trained on."


def failures_section(report: Report) -> Section:
    """What the failure scan found, what became of it, and what was handed over."""
    columns = (
        Column("category"),
        Column("searched", "right"),
        Column("failures", "right"),
        Column("why"),
        Column("with a verified response", "right"),
        Column("without", "right"),
        Column("still failing at the end", "right"),
    )
    rows = tuple(
        (
            Cell(found.category),
            Cell(f"{found.scanned:,}"),
            Cell(f"{found.failed:,}", percent(found.failed / found.scanned) if found.scanned else ""),
            Cell("; ".join(f"{count:,} {reason}" for reason, count in found.reasons if count) or NONE),
            _count(found.rescued),
            _count(found.unsolved),
            _count(found.left),
        )
        for found in report.failures
    )
    failing = report.settings.failures
    text = (
        f"Training problems were searched with the greedy response and up to {failing.samples} samples at {failing.temperature:g}. "
        "A failure is wrong (greedy, or the majority of the samples), or its most common response has under "
        f"{percent(failing.min_consistency, 0)} of them. "
        f"Failures got up to {failing.rescue_samples} samples to find a verified response; only those that have one were trained on."
    )
    blocks: list[Block] = [Paragraph(text), Table(columns, rows, "A failure may have several reasons.")]
    if (given := report.handed_over) is not None:
        blocks.append(
            Paragraph(
                f"Handed over to Phase 1C: {counted(given.problems, 'problem')} that still fail with the final adapter, with evidence "
                f"and best attempts, in {given.failures}; gate, adapter and budget in {given.summary}. "
                f"{dollars(given.dollars)} of the Phase 1 budget were left then."
            )
        )
    return Section("failures", "Failures", tuple(blocks))


def _count(number: int | None) -> Cell:
    return Cell(NONE, tone="dim") if number is None else Cell(f"{number:,}")


def training_section(report: Report) -> Section:
    """Each training: its rows, its loss, what was excluded and why; and the check that nothing trained on is measured."""
    blocks: list[Block] = []
    for training in report.trainings:
        blocks += _one_training(training)
    if not report.trainings:
        blocks.append(Paragraph("Nothing has been prepared for training in this attempt yet.", "open"))
    blocks.append(Subtitle("Overlap of training and measured problems"))
    blocks += [Paragraph(f"{step}: {text}") for step, text in report.overlap]
    if not report.overlap:
        blocks.append(Paragraph("The overlap check has not run in this attempt yet.", "open"))
    return Section("training", "Training", tuple(blocks))


def _one_training(training: Training) -> list[Block]:
    text = f"{counted(training.rows, 'row')}, {training.verified:,} of them verified against a gold answer or tests."
    if training.summary:
        text += f" Trained in {duration(training.seconds)}: {training.summary}."
    blocks: list[Block] = [Subtitle(f"Phase {training.phase}"), Paragraph(text)]
    series = training.series
    if series.x:
        known = [value for value in series.loss if value == value]
        told = f"Training loss over {counted(series.x[-1], 'step')}"
        if known:
            told += f": {known[0]:.3f} at first, {known[-1]:.3f} at last, {min(known):.3f} at the lowest"
        told += ". The faint line is every logged step, the strong one its moving average"
        told += "; squares are the loss on rows that were kept aside." if series.held_out else "."
        blocks.append(LossPlot("Training loss", series, told))
    if training.left_out:
        blocks.append(_left_out(training))
    missing, given = training.unexplained
    if missing:
        blocks.append(Paragraph(f"{missing:,} of {counted(given, 'problem')} gave no row; the step did not record why."))
    if training.made:
        blocks.append(Paragraph(f"The step itself said: {training.made}", "dim"))
    return blocks


def _left_out(training: Training) -> Table:
    rows = []
    for out in training.left_out:
        missing = out.problems - out.kept
        why = "; ".join(f"{count:,} × {reason}" for reason, count in out.reasons) or "nothing was left out"
        examples = f"such as {', '.join(out.examples)}" if out.examples else ""
        rows.append((Cell(out.category), Cell(f"{out.problems:,}"), Cell(f"{out.kept:,}"), Cell(f"{missing:,}"), Cell(why, examples)))
    columns = (Column("category"), Column("problems", "right"), Column("kept", "right"), Column("left out", "right"), Column("why"))
    return Table(columns, tuple(rows), f"What was excluded from training, and why. {_RULE}")
