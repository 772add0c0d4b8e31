"""The gate's criteria as they fill in: the plan's rule on the figure itself, and beside it what the interval allows to say."""

from __future__ import annotations

from core.measures.decide import telling
from core.runs.snapshot import CriterionView, GateView, Snapshot
from core.text import plain_line
from screens import figures
from screens.ink import Line, apart, left, right, width_of, wrapped
from screens.ports import host
from screens.widgets.bars import track
from screens.widgets.glyphs import Glyphs
from screens.widgets.pane import Pane
from screens.widgets.steps import gate_word, met_count, shown_gate

_WORDS = {"met": "met", "missed": "missed", "unknown": "not known yet"}


def sign(criterion: CriterionView, glyphs: Glyphs) -> tuple[str, str]:
    """(sign, role) of a criterion's verdict."""
    return {
        "met": (glyphs.met, "good"),
        "missed": (glyphs.missed, "bad"),
        "unknown": (glyphs.unknown, "faint"),
        "undecided": (glyphs.undecided, "warn"),
    }[criterion.verdict]


def value_text(criterion: CriterionView, glyphs: Glyphs, margin: int | None = 0) -> str:
    """The figure with unit, or a dash: with the digits that its verdict needs, and a margin of ``margin`` digits, or none for None."""
    value = criterion.value
    if value is None:
        return figures.MISSING
    if criterion.unit == "hours":
        return figures.duration(value.value * 3600)
    digits = telling(value.value, criterion.direction, criterion.threshold)
    return glyphs.say(figures.percent(value.value, digits) if margin is None else figures.with_margin(value, digits, margin))


def certainty_text(criterion: CriterionView, moving: bool) -> str:
    """Of an undecided figure what the interval says and how many more problems would decide it, else the criterion's note."""
    if criterion.value is None:
        return plain_line(criterion.note) if criterion.note else ""
    if criterion.certainty == "undecided" and not criterion.out_of_reach:
        return "; ".join(filter(None, ("the interval spans the threshold", criterion.decided_by(moving))))
    return plain_line(criterion.note)


def rows(gate: GateView, width: int, height: int, glyphs: Glyphs) -> list[Line]:
    """One line a criterion; two with words when the height allows; notes when there is still room."""
    count = len(gate.criteria)
    tall = height >= 2 * count
    drawn: list[Line] = []
    for criterion in gate.criteria:
        moving = gate.moves(criterion)
        drawn.append(_line(criterion, width, glyphs, tall, moving))
        if tall:
            drawn.append(_second(criterion, width, glyphs, moving))
    spare = height - len(drawn)
    for position in range(count - 1, -1, -1):
        text = certainty_text(gate.criteria[position], gate.moves(gate.criteria[position]))
        if not tall or not text:
            continue
        lines = wrapped(text, width - 3)
        if len(lines) <= spare:
            at = 2 * position + 2
            role = "warn" if gate.criteria[position].certainty == "undecided" else "faint"
            drawn[at:at] = [[("   ", ""), (line, role)] for line in lines]
            spare -= len(lines)
    if gate.verdict == "overridden" and spare > 0:
        drawn.append([("overridden: ", "warn"), (plain_line(gate.reason), "text")])
    return drawn


def _line(criterion: CriterionView, width: int, glyphs: Glyphs, tall: bool, moving: bool) -> Line:
    mark, role = (glyphs.unknown, "dim") if moving else sign(criterion, glyphs)
    value = value_text(criterion, glyphs, 1 if width >= 34 else 0)
    wanted = glyphs.say(figures.threshold(criterion.direction, criterion.threshold, criterion.unit))
    undecided = criterion.certainty == "undecided" and criterion.value is not None
    shown = "strong" if criterion.verdict == "met" or moving else role
    end: Line = [(value, shown if criterion.value else "faint")]
    if not tall:
        end += [(right(wanted, 8), "dim"), (f" {glyphs.undecided}" if undecided else "  ", "warn")]
    start: Line = [(f" {mark} ", role), (plain_line(criterion.title), "text")]
    estimate = criterion.value
    if tall and width >= 60 and estimate is not None and criterion.unit == "share" and criterion.threshold >= 0:
        drawn = track(
            width - 48,
            glyphs,
            before=None,
            now=estimate.value,
            low=estimate.low,
            high=estimate.high,
            threshold=criterion.threshold,
            role="bad" if criterion.verdict == "missed" and not moving else "accent",
        )
        start = [(f" {mark} ", role), (left(plain_line(criterion.title), 24), "text"), *drawn]
    return apart(start, end, width)


def _second(criterion: CriterionView, width: int, glyphs: Glyphs, moving: bool) -> Line:
    role = "dim" if moving else sign(criterion, glyphs)[1]
    word = _WORDS.get(criterion.verdict, criterion.verdict) + (" so far" if moving else "")
    wanted = glyphs.say(figures.threshold(criterion.direction, criterion.threshold, criterion.unit))
    undecided = criterion.value is not None and criterion.certainty == "undecided"
    start: Line = [("   ", ""), (word, role if criterion.value else "faint")]
    if undecided:
        start.append((f", undecided {glyphs.undecided}", "warn"))
    n = f"n {criterion.value.n:,}" if criterion.value is not None and criterion.unit == "share" else ""
    separator = f" {glyphs.separator} " if n else ""
    return apart(start, [(n, "dim"), (separator, "faint"), (wanted, "dim")], width)


def criterion_line(criterion: CriterionView, width: int, glyphs: Glyphs, moving: bool) -> Line:
    """One criterion in the fewest cells: sign, title, figure or threshold."""
    mark, role = (glyphs.unknown, "dim") if moving else sign(criterion, glyphs)
    wanted = glyphs.say(figures.threshold(criterion.direction, criterion.threshold, criterion.unit))
    known = criterion.value is not None
    title = plain_line(criterion.title).replace("response ", "")
    start: Line = [(f"{'':{5 if width >= 34 else 4}}{mark} ", role), (title, "dim")]
    texts = (value_text(criterion, glyphs), value_text(criterion, glyphs, None)) if known else (wanted,)
    text = next((text for text in texts if width_of(start) + len(text) < width), texts[-1])
    return apart(start, [(text, "text" if known else "faint")], width)


class GatePane(Pane):
    """The gate that matters now."""

    TITLE = "Gate"

    def part(self, snapshot: Snapshot, now: float) -> object:
        return shown_gate(snapshot)

    def called(self) -> str:
        gate = shown_gate(self.snapshot) if self.snapshot else None
        return gate.title.removesuffix(gate.phase).strip().capitalize() if gate else self.TITLE

    def title(self) -> Line:
        gate = shown_gate(self.snapshot) if self.snapshot else None
        return [(gate.phase, "dim")] if gate and gate.title.endswith(gate.phase) else []

    def figures(self, width: int) -> Line:
        gate = shown_gate(self.snapshot) if self.snapshot else None
        if gate is None:
            return []
        word, role = gate_word(gate)
        return [(word, role), (f" {self.glyphs.separator} {met_count(gate)}", "dim")]

    def footnote(self, width: int) -> Line:
        """After a failed gate, the key that says what to change."""
        gate = shown_gate(self.snapshot) if self.snapshot else None
        if gate is None or gate.verdict != "failed" or width < 16:
            return []
        return [(host(self).keys.first("suggest", self.glyphs.ascii), "key"), (" what to change", "dim")]

    def body(self, width: int, height: int) -> list[Line]:
        assert self.snapshot is not None
        gate = shown_gate(self.snapshot)
        return rows(gate, width, height, self.glyphs) if gate else [[("this workspace has no gate", "dim")]]
