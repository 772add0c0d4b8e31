"""A gate in plain lines: for ``cogumi run`` at its end, and for ``cogumi status``."""

from __future__ import annotations

from core.measures.decide import telling
from core.plan.verdicts import CriterionView, GateView
from core.text import plain_line


def gate_text(gate: GateView) -> str:
    """The gate, with the reason of an override, and its criteria, one a line."""
    lines = [f"{gate.title}: {gate.verdict}{f', {plain_line(gate.reason)}' if gate.reason else ''}"]
    for criterion in gate.criteria:
        so_far = " so far" if gate.moves(criterion) else ""
        lines.append(f"  {criterion.verdict + so_far:<8} {criterion.title} {_measured(criterion)}")
        lines[-1] += f", wanted {criterion.direction} {number(criterion.threshold, criterion.unit)}"
        if criterion.certainty == "undecided":
            said = ("the 95 % interval spans the threshold", criterion.decided_by(gate.moves(criterion)))
            lines[-1] += f" (undecided: {'; '.join(filter(None, said))})"
        if criterion.note:
            lines[-1] += f" [{criterion.note}]"
    return "\n".join(lines)


def _measured(criterion: CriterionView) -> str:
    """A criterion's figure with interval and n, in its unit, with the digits that its verdict needs."""
    value = criterion.value
    if value is None:
        return "not measured"
    if criterion.unit == "hours":
        return number(value.value, criterion.unit)
    return value.told(telling(value.value, criterion.direction, criterion.threshold))


def number(value: float, unit: str) -> str:
    """A figure in its unit, without interval."""
    if unit == "hours":
        return f"{value:g} h" if value >= 0.1 else f"{value * 3600:.0f} s"
    return f"{100 * value:g} %"
