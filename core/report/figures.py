"""Sections of a report about what was measured: before against after, and the most changed problems. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from core.measures.paired import Difference
from core.plan.phases import PHASES
from core.report.contents import CategoryComparison, Changed, Comparison, Report, Shown
from core.report.document import (
    Align,
    Block,
    Cell,
    Column,
    DotPlot,
    DotRow,
    Histogram,
    Pair,
    Paragraph,
    Plots,
    Section,
    Side,
    Subtitle,
    Table,
    Tone,
)
from core.report.opening import runs_told
from core.report.words import category_name, counted, difference, figure, interval, p_value, percent, points, verdict_mark

_RIGHT: Align = "right"


def comparison_sections(report: Report) -> list[Section]:
    """Before against after, one section for each phase that has measured after training."""
    if not report.comparisons:
        text = "Nothing has been measured after training in this attempt yet, so there is nothing to compare."
        return [Section("comparison", "Before against after", (Paragraph(text, "open"),))]
    return [_comparison(report, comparison) for comparison in report.comparisons]


def _comparison(report: Report, comparison: Comparison) -> Section:
    settings = report.held[comparison.phase]
    kind = settings.gate.consistency
    name = next(phase.title for phase in PHASES if phase.id == comparison.phase)
    shown = comparison.categories
    plots: tuple[DotPlot | Histogram, ...] = (
        DotPlot(
            f"{kind.capitalize()} consistency",
            tuple(_dots(c, f"{kind}_consistency") for c in shown),
            f"{kind.capitalize()} consistency by category before and after, with 95 % intervals; the tick is the gate's threshold.",
        ),
        DotPlot(
            "Accuracy of the sampled runs",
            tuple(_dots(c, "accuracy") for c in shown if "accuracy" in c.after or "accuracy" in c.before),
            "Accuracy by category before and after, with 95 % intervals.",
        ),
        DotPlot(
            "Accuracy of the greedy run",
            tuple(_dots(c, "greedy_accuracy") for c in shown if "greedy_accuracy" in c.after or "greedy_accuracy" in c.before),
            "Accuracy of the one greedy response a problem, before and after, with 95 % intervals.",
        ),
        *_histogram(settings.measure.samples, shown[0], kind),
    )
    blocks: list[Block] = [
        Paragraph(
            f"The same held-out problems, {runs_told(settings)} and one greedy run. "
            "Differences are after less before in percentage points, paired by problem."
        ),
        Plots(plots),
        _figures_table("Consistency", shown, ("response_consistency", "answer_consistency")),
        _figures_table("Accuracy", [c for c in shown if c.category is not None], ("accuracy", "greedy_accuracy")),
    ]
    if any("score" in c.after for c in shown):
        judged = [c for c in shown if c.category is not None and "score" in c.after]
        blocks.append(_figures_table("Against the reference", judged, ("score", "tie_rate", "win_rate", "loss_rate")))
        blocks += _references(judged)
    if creative := [c for c in shown if "self_overlap" in c.after]:
        blocks.append(_figures_table("Variety", creative, ("self_overlap",)))
    blocks += [Subtitle("Greedy answers that changed"), _mcnemar(shown), *_sharpening(settings.measure.temperature, shown)]
    id_ = f"comparison-{comparison.phase.lower().replace('.', '')}"
    return Section(id_, f"Before against after, Phase {comparison.phase} ({name})", tuple(blocks))


def _dots(c: CategoryComparison, metric: str) -> DotRow:
    target = c.target.get(metric)
    return DotRow(category_name(c.category), c.before.get(metric), c.after.get(metric), target[1] if target else None)


def _histogram(samples: int, together: CategoryComparison, kind: str) -> tuple[Histogram, ...]:
    before, after = together.spread
    if not before and not after:
        return ()
    told = f"How many problems have which share of the most common {kind} among {samples} runs, before and after."
    return (Histogram(f"Problems by {kind} consistency", before, after, samples, told),)


_METRICS = {
    "response_consistency": "response consistency",
    "answer_consistency": "answer consistency",
    "accuracy": "accuracy, sampled",
    "greedy_accuracy": "accuracy, greedy",
    "score": "score",
    "tie_rate": "tie rate",
    "win_rate": "wins",
    "loss_rate": "losses",
    "self_overlap": "word overlap of two responses",
}
_PAIRED = {"greedy_accuracy": "greedy"}


def _figures_table(title: str, shown: Sequence[CategoryComparison], metrics: Sequence[str]) -> Table:
    rows = tuple(
        (
            Cell(category_name(c.category), "" if c.trained else "not trained", "" if place == 0 else "dim"),
            Cell(_METRICS[metric]),
            figure(c.before.get(metric)),
            figure(c.after.get(metric)),
            difference(getattr(c.paired, _PAIRED.get(metric, metric), None)),
        )
        for c in shown
        for place, metric in enumerate(m for m in metrics if m in c.before or m in c.after)
    )
    columns = (Column(title), Column("figure"), Column("before", _RIGHT), Column("after", _RIGHT), Column("paired difference", _RIGHT))
    return Table(columns, rows, even=True)


def _references(judged: Sequence[CategoryComparison]) -> list[Block]:
    """How good the references are, where the verifier has graded them: what can be won against them follows from it."""
    known = [(c.category, found) for c in judged if (found := c.after.get("reference_accuracy")) is not None]
    if not known:
        return []
    told = "; ".join(
        f"{category} {percent(right.value, 0)} (n {right.n:,}), so at best a score of {percent(1 - right.value / 2, 0)}"
        for category, right in known
    )
    text = f"The verifier calls it a tie when both are right or both are wrong. Of the references are right: {told}."
    return [Paragraph(f"{text} A model that is always right ties with every reference that is right.", "dim")]


def _mcnemar(shown: Sequence[CategoryComparison]) -> Table:
    rows = tuple(
        (
            Cell(category_name(c.category)),
            Cell(f"{c.paired.became_right:,}"),
            Cell(f"{c.paired.became_wrong:,}"),
            Cell(p_value(c.paired.mcnemar)),
        )
        for c in shown
        if c.paired.mcnemar is not None
    )
    columns = (Column("category"), Column("became right", _RIGHT), Column("became wrong", _RIGHT), Column("McNemar's test", _RIGHT))
    return Table(columns, rows, "p: the chance of so uneven a change, or more, if right and wrong changed by chance alone.")


def _sharpening(temperature: float, shown: Sequence[CategoryComparison]) -> list[Block]:
    """The note that training on one's own answers sharpens and does not teach, with both figures, and whether they bear it out."""
    lines = [
        line
        for c in shown
        if c.category is not None and c.trained and c.paired.accuracy is not None and c.paired.greedy is not None
        for line in (_sharpened(c.category, c.paired.accuracy, c.paired.greedy, c, temperature),)
    ]
    if not lines:
        return []
    text = (
        "Training on its own answers sharpens a model and does not teach it: its sampled runs move towards what it would say greedily, "
        "so accuracy under sampling can rise towards the greedy accuracy while the greedy accuracy itself stays. Higher accuracy at "
        f"temperature {temperature:g} alone is therefore no sign that it knows more."
    )
    return [Subtitle("Sharpening, not learning"), Paragraph(text), *(Paragraph(line) for line in lines)]


def _sharpened(category: object, sampled: Difference, greedy: Difference, c: CategoryComparison, temperature: float) -> str:
    return (
        f"{category}: at temperature {temperature:g} accuracy went {_went(c, 'accuracy', sampled)}, "
        f"greedy {_went(c, 'greedy_accuracy', greedy)}. {_reading(sampled, greedy)}"
    )


def _went(c: CategoryComparison, metric: str, difference: Difference) -> str:
    before, after = c.before.get(metric), c.after.get(metric)
    return (
        f"from {percent(before.value if before else None)} to {percent(after.value if after else None)} "
        f"({points(difference.value)} points {interval(difference.low, difference.high, True)})"
    )


def _reading(sampled: Difference, greedy: Difference) -> str:
    if greedy.high < 0:
        return "The greedy answers became worse: something was forgotten."
    if greedy.low > 0:
        return "The greedy answers became better too, which sharpening alone does not do."
    if sampled.low > 0:
        return (
            "That is what sharpening looks like: the sampled runs became better, and "
            f"no change of the greedy answers can be shown with {counted(greedy.n, 'problem')}."
        )
    return "No change of either can be shown."


def changed_section(report: Report) -> Section:
    """The most changed problems with the most common response before and after."""
    if not report.changed:
        text = "No measured problem has responses before and after that differ, so there is nothing to show here."
        return Section("changed", "Most changed problems", (Paragraph(text, "open"),))
    kind = report.changed[0].kind
    lead = (
        f"The problems where the share of right runs and {kind} consistency together changed most, for better or worse; of each the most "
        "common response. Responses are shown as text, with control characters made visible."
    )
    pairs = (_pair(number, c, kind) for number, c in enumerate(report.changed, start=1))
    return Section("changed", "Most changed problems", (Paragraph(lead), *pairs))


def _pair(number: int, c: Changed, kind: str) -> Pair:
    right = "" if None in c.right else f"right runs {percent(c.right[0], 0)} → {percent(c.right[1], 0)}, "
    note = f"{right}{kind} consistency {percent(c.consistency[0], 0)} → {percent(c.consistency[1], 0)}"
    if None not in c.greedy:
        note += f", greedy {verdict_mark(c.greedy[0])} → {verdict_mark(c.greedy[1])}"
    return Pair(f"{number}. {c.category} {c.problem}", note, c.prompt, c.gold or "", _side("Before", c.before), _side("After", c.after))


def _side(title: str, shown: Shown) -> Side:
    tone: Tone = {True: "good", False: "bad", None: "dim"}[shown.correct]  # type: ignore[assignment]
    answer = f", answer {shown.answer}" if shown.answer is not None and len(shown.answer) < 40 else ""
    return Side(title, f"{verdict_mark(shown.correct)}{answer}; {shown.count} of {shown.runs} runs said exactly this", shown.text, tone)
