"""The row over a screen that is not the home screen: its name and what it shows, and at the right what runs meanwhile."""

from __future__ import annotations

from core.runs.snapshot import Snapshot
from screens import figures
from screens.ink import Line, apart, fit, width_of
from screens.widgets.glyphs import Glyphs
from screens.widgets.pane import Painted
from screens.widgets.steps import ROLES, moving, share


def running(snapshot: Snapshot | None, glyphs: Glyphs) -> list[Line]:
    """``► train 55 % · 0:15 left``, or the state: the longest wording first."""
    if snapshot is None:
        return [[]]
    step = snapshot.running
    if step is None:
        role = ROLES[snapshot.state]
        return [[(f"{glyphs.dot} {snapshot.state.value} ", role)], [(f"{glyphs.states[snapshot.state]} ", role)]]
    done, role = share(step), ROLES[step.state]
    name, sign = (f"{glyphs.states[step.state]} {step.title} ", role), (f"{glyphs.states[step.state]} ", role)
    far: Line = [(f"{done * 100:.0f} % ", "text")] if done is not None else []
    left: Line = []
    if (eta := moving(step).eta) is not None:
        left = [(f"{glyphs.separator} ", "faint"), (f"{figures.duration(eta)} left ", "dim")]
    return [[name, *far, *left], [name, *far], [sign, *far]]


class TitleBar(Painted):
    """Row 0 of a screen, and a rule under it. Where it is too long, what runs is told in fewer words, and then the row itself."""

    DEFAULT_CSS = "TitleBar { dock: top; height: 2; }"

    def __init__(self, title: str) -> None:
        super().__init__()
        self.heading = title
        self.about: tuple[Line, ...] = ([],)
        self._remark: Line = []
        self._right: list[Line] = [[]]

    def tell(self, about: Line, *shorter: Line) -> None:
        """What stands after the name, and what may stand there instead where that does not fit, the longest first."""
        if (about, *shorter) != self.about:
            self.about = (about, *shorter)
            self.redraw()

    def remark(self, remark: Line) -> None:
        """What stands in the rule: for what comes and goes, such as how far a search is."""
        if remark != self._remark:
            self._remark = remark
            self.redraw()

    def take(self, snapshot: Snapshot, now: float) -> None:
        """Keeps what runs up to date."""
        right = running(snapshot, self.glyphs)
        if right != self._right:
            self._right = right
            self.redraw()

    def lines(self, width: int, height: int) -> list[Line]:
        start: Line = [(" Cogumi", "accent-strong"), (f"  {self.heading}", "strong"), ("   ", "")]
        pairs = [([*start, *about], right) for about in self.about for right in self._right]
        left, right = next((pair for pair in pairs if sum(map(width_of, pair)) < width), pairs[-1])
        return [apart(left, right, width, self.glyphs.ellipsis), self._rule(width)]

    def _rule(self, width: int) -> Line:
        rule = self.glyphs.rule
        if not self._remark:
            return [(rule * width, "frame")]
        inside = fit([(" ", ""), *self._remark, (" ", "")], max(0, width - 4), self.glyphs.ellipsis, fill=False)
        return [(rule, "frame"), *inside, (rule * (width - 1 - width_of(inside)), "frame")]
