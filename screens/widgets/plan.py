"""The plan: phases, their steps with state, progress, time and money, and the gate at the end of each phase."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from core.plan.phases import PHASES, PhasePlan, step_plan
from core.runs.snapshot import ACTIVE, GateView, Progress, Snapshot, SpendingView, State, StepView
from core.text import plain_line
from screens import figures
from screens.ink import Line, apart, beginning, left, right, width_of, wrapped
from screens.keys import bindings
from screens.ports import host
from screens.widgets.bars import bar
from screens.widgets.gate import criterion_line
from screens.widgets.glyphs import Glyphs
from screens.widgets.pane import Pane
from screens.widgets.steps import ROLES, current_gate, elapsed, gate_word, met_count, moving, next_step, share, shown_gate

_WIDE = 64
_WITH_PLAN = 77
_USUAL_WIDTH = 38
_ACTIVE_DETAILS = 4
_MOST_CAUSE = 3

Row = tuple[Line, str]
"""A line and the id of the step it stands for, or ""."""

_BLANK: Row = ([], "")


def rows(snapshot: Snapshot, width: int, height: int, glyphs: Glyphs, hint: Line | None = None) -> list[Row]:
    """The plan in ``width`` cells; with too little height, progress lines and blank lines go first, a blank line for the hint too."""
    by_id = {step.id: step for step in snapshot.steps}
    gates = {gate.phase: gate for gate in snapshot.gates}
    drawn: list[Row] = []
    details: list[int] = []
    for index, phase in enumerate(PHASES):
        if index:
            details.append(len(drawn))
            drawn.append(_BLANK)
        drawn.append((_phase_line(phase, by_id, width), ""))
        for plan in phase.steps:
            step = by_id.get(plan.id) or StepView(plan.id, phase.id, plan.title, State.WAITING)
            drawn.append((_step_line(step, width, glyphs), step.id))
            for line in _detail(step, width, glyphs, snapshot.spending):
                details.append(len(drawn))
                drawn.append((line, step.id))
        drawn.append((_gate_line(gates.get(phase.id), phase, width, glyphs), ""))
    for position in sorted(details, reverse=True):
        if len(drawn) <= height:
            break
        del drawn[position]
    if hint and len(drawn) == height and _BLANK in drawn:
        drawn.remove(_BLANK)
    if hint and len(drawn) < height:
        drawn += [_BLANK] * (len(drawn) + 2 <= height) + [(hint, "")]
    gate = shown_gate(snapshot)
    if gate and len(drawn) + len(gate.criteria) <= height:
        _insert_criteria(drawn, gate, width, glyphs)
    return drawn


def wanted_height(snapshot: Snapshot, glyphs: Glyphs) -> int:
    """Rows that the plan fills, frame and hint included, without the gate's criteria; steady while a step runs."""
    details = 0
    for step in snapshot.steps:
        if step.state in ACTIVE:
            details += _ACTIVE_DETAILS
        elif step.broken:
            details += len(_detail(step, _USUAL_WIDTH, glyphs, snapshot.spending))
    return 14 + max(1, details) + 2


def _insert_criteria(drawn: list[Row], gate: GateView, width: int, glyphs: Glyphs) -> None:
    """With room to spare the gate's criteria stand under its line."""
    ends = [i for i, (line, _) in enumerate(drawn) if line and line[0][0] == f" {glyphs.gate} "]
    at = ends[[phase.id for phase in PHASES].index(gate.phase)] + 1
    drawn[at:at] = [(criterion_line(criterion, min(width, 56), glyphs, gate.moves(criterion)), "") for criterion in gate.criteria]


def _phase_line(phase: PhasePlan, by_id: dict[str, StepView], width: int) -> Line:
    steps = [by_id[plan.id] for plan in phase.steps if plan.id in by_id]
    seconds = sum(elapsed(step) or 0.0 for step in steps)
    spent = sum(step.dollars for step in steps)
    heading: Line = [(phase.id, "strong"), (f"  {phase.title}", "dim")]
    if steps and all(step.state == State.LOCKED for step in steps):
        return apart(heading, [("locked", "faint")], width)
    if seconds or spent:
        # Of a phase that was taken over the money is that of the attempt that carried it out.
        money = f"  {figures.dollars(spent)}" if spent and width >= 34 else ""
        return apart(heading, [(f"{figures.duration(seconds)}{money}", "text")], width)
    hours = figures.minutes_range((phase.hours[0] * 60, phase.hours[1] * 60))
    room = width - width_of(heading) - 1
    # The plan speaks of the 8B model on a rented H100, whatever is trained here.
    said = (f"8B plan {hours} {figures.dollars_range(phase.dollars)}", f"8B plan {hours}", f"8B {hours}")
    return apart(heading, [(_first_that_fits(said, room), "faint")], width)


def _name(title: str, width: int) -> str:
    """A title in its column, or with a space after it where it fills more than that."""
    column = 18 if width >= 36 else max(8, width - 12)
    return left(title, max(column, len(title) + 1))


def _step_line(step: StepView, width: int, glyphs: Glyphs) -> Line:
    role = ROLES[step.state]
    name = "strong" if step.state in ACTIVE else "faint" if step.state == State.LOCKED else "text"
    done = share(step)
    word = "" if step.state == State.LOCKED else step.state.value
    seconds = elapsed(step)
    time = figures.duration(seconds) if seconds is not None else ""
    percent = f"{done * 100:.0f} %" if step.state == State.RUNNING and done is not None else ""
    if percent and width < _WIDE:
        room = width - 3 - len(_name(step.title, width)) - len(time) - 1
        word = next((said for said in (f"{word} {percent}", percent) if len(said) <= room), word)
    start: Line = [(f" {glyphs.states[step.state]} ", role), (_name(step.title, width), name)]
    if width >= _WIDE:
        plan = step_plan(step.id)
        expected = figures.minutes_range(plan.minutes) if plan.minutes else ""
        money = figures.dollars_range(plan.dollars) if plan.dollars else ""
        planned: Line = [(right(f"8B plan {expected}" if expected else "", 19), "faint"), (right(money, 10), "faint")]
        if width < _WITH_PLAN:
            planned = []
        room = width - 21 - 10 - 9 - 8 - width_of(planned)
        middle = bar(done or (1.0 if step.state == State.DONE else 0.0), room, glyphs) if room >= 8 else [(" " * max(0, room), "")]
        spent = figures.dollars(step.dollars) if seconds is not None else ""
        return [*start, (left(word, 10), role), *middle, (right(time, 9), "text"), (right(spent, 8), "text"), *planned]
    if width_of(start) + len(word) + len(time) >= width:
        # Its whole name and how it stands matter more than their columns and the time; that it is done or runs, the sign says too.
        if len(step.title) + 5 + len(word) + len(time) > width:
            word, time = ("", time) if step.state == State.DONE else (percent or word, "")
        start[1] = (left(step.title, max(5, width - 4 - len(word) - len(time) - bool(time)), glyphs.ellipsis) + " ", name)
    return [*start, (word, role), (right(time, width - width_of(start) - len(word)), "text" if step.state in ACTIVE else "dim")]


def _detail(step: StepView, width: int, glyphs: Glyphs, spending: SpendingView) -> list[Line]:
    """Under a running step how far it is, under a broken one its cause, under a done one (with room) what came out."""
    if step.broken and step.cause:
        said = beginning(plain_line(step.cause), lambda text: len(wrapped(text, width - 3)) <= _MOST_CAUSE)
        lines = wrapped(said, width - 3)
        if len(lines) > _MOST_CAUSE:
            lines[_MOST_CAUSE - 1 :] = [left(" ".join(lines[_MOST_CAUSE - 1 :]), width - 3, glyphs.ellipsis)]
        return [[("   ", ""), (line, ROLES[step.state])] for line in lines]
    if step.state in ACTIVE:
        return [[("   ", ""), *line] for line in _progress(step, width - 3, glyphs, spending)]
    if step.state == State.DONE and step.summary and width >= _WIDE:
        return [[("   ", ""), (plain_line(step.summary), "dim")]]
    return []


def _progress(step: StepView, width: int, glyphs: Glyphs, spending: SpendingView) -> list[Line]:
    """How far a running step is, how fast, what it is doing, and what it costs until it ends; at most ``_ACTIVE_DETAILS`` lines."""
    progress, done = moving(step), share(step)
    unit = plain_line(progress.unit)
    lines: list[Line] = []
    if done is not None:
        counts = f" {_counts(progress, unit, width)}"
        room = width - len(counts)
        lines.append([*bar(done, room, glyphs), (counts, "dim")] if room >= 6 else [(counts.lstrip(), "dim")])
    if progress.doing:
        lines.append([(plain_line(progress.doing), "text")])
    rate = figures.rate(progress.rate, unit)
    left_over = f"{figures.duration(progress.eta)} left" if progress.eta is not None else ""
    if rate or left_over:
        lines.append(apart([(rate if len(rate) + len(left_over) < width else "", "dim")], [(left_over, "text")], width))
    if step.dollars or spending.forecast_dollars:
        now, end = figures.dollars(step.dollars), figures.dollars(spending.forecast_dollars)
        said = [(f"{now} so far", f"{end} at its end"), (now, f"{end} at its end"), (now, f"{end} at end"), (now, end), ("", end)]
        if spending.forecast_dollars is None:
            said = [(f"{now} so far", ""), (now, "")]
        start, end = next(((one, other) for one, other in said if len(one) + len(other) < width), said[-1])
        lines.append(apart([(start, "dim")], [(end, "dim")], width))
    return lines[:_ACTIVE_DETAILS]


def _counts(progress: Progress, unit: str, width: int) -> str:
    """How many of how many, with as much of the unit as there is room for."""
    counts = f"{progress.done:,} of {progress.total:,}"
    bound = figures.AT_MOST if unit.endswith(figures.AT_MOST) else ""
    return _first_that_fits((f"{counts} {unit}".rstrip(), f"{counts}{bound}", counts, f"{progress.done:,}/{progress.total:,}"), width)


def _first_that_fits(said: Sequence[str], room: int) -> str:
    """The first wording that ``room`` cells hold whole, or "" when none does."""
    return next((text for text in said if len(text) <= room), "")


def _gate_line(gate: GateView | None, phase: PhasePlan, width: int, glyphs: Glyphs) -> Line:
    title = phase.gate.title
    if gate is None:
        return [(f" {glyphs.gate} ", "faint"), (title, "faint")]
    word, role = gate_word(gate)
    known = any(criterion.value is not None for criterion in gate.criteria)
    quiet = not known and gate.verdict == "open"
    start: Line = [(f" {glyphs.gate} ", "faint" if quiet else role), (_name(title, width), "dim" if quiet else "text")]
    end: Line = [(met_count(gate), "dim")] if known else []
    if width_of(start) + len(word) > width:
        # The sign says that it is a gate.
        start[1] = (title.replace("gate", "").strip() + " ", start[1][1])
    shown: Line = [*start, (word, "faint" if quiet else role)]
    return apart(shown, end, width) if width_of(shown) + width_of(end) < width else shown


def _until_the_end(spending: SpendingView, width: int) -> Line | None:
    """How long everything that is queued may take, and what all of the attempt will have cost: from low to high, money last to go."""
    if spending.seconds_left is None:
        return None
    queue: Line = [("queue ", "faint")]
    time: Line = [(figures.forecast(spending.seconds_left), "dim")]
    said: list[Line] = [[*queue, *time], time]
    if spending.total_dollars is not None:
        money: Line = [(figures.dollars_range(spending.total_dollars), "dim")]
        comma: Line = [(", ", "faint")]
        said = [[*queue, *time, (", in all ", "faint"), *money], [*queue, *time, *comma, *money], [*time, *comma, *money], money]
    return next((line for line in said if width_of(line) <= width), None)


def _from_home(folder: str) -> str:
    """A path with ``~`` for the user's home."""
    home = str(Path.home())
    return f"~{folder.removeprefix(home)}" if folder.startswith(home + "/") else folder


class PlanPane(Pane):
    """The plan with a cursor on its steps: the step that ``run``, ``open`` and ``log`` mean."""

    TITLE = "Plan"
    BINDINGS = bindings("plan")

    def __init__(self, number: int, **arguments: str | None) -> None:
        super().__init__(number, **arguments)
        self._chosen: str | None = None
        self._rows: list[Row] = []

    @property
    def selected(self) -> str | None:
        """The step under the cursor: the chosen one, else the one that is next."""
        if self._chosen is not None:
            return self._chosen
        if self.snapshot is None:
            return None
        ran = [step for step in self.snapshot.steps if step.tries]
        step = next_step(self.snapshot) or (ran[-1] if ran else None)
        return step.id if step else None

    def move(self, by: int) -> None:
        """Moves the cursor by steps; it stops at the ends."""
        if self.snapshot is None or not self.snapshot.steps:
            return
        ids = [step.id for step in self.snapshot.steps]
        at = ids.index(self.selected) if self.selected in ids else 0
        self._chosen = ids[min(max(at + by, 0), len(ids) - 1)]
        self.redraw()

    def part(self, snapshot: Snapshot, now: float) -> object:
        return snapshot.steps, snapshot.gates, snapshot.workspace, snapshot.state, snapshot.writable

    def footnote(self, width: int) -> Line:
        """The workspace, its end when it is long."""
        folder = plain_line(_from_home(self.snapshot.workspace)) if self.snapshot else ""
        if len(folder) > width:
            folder = self.glyphs.ellipsis + folder[len(folder) - width + len(self.glyphs.ellipsis) :]
        return [(folder, "faint")]

    def body(self, width: int, height: int) -> list[Line]:
        assert self.snapshot is not None
        self._rows = rows(self.snapshot, width, height, self.glyphs, self._hint(width))
        start = 0
        cursor = self._cursor()
        if len(self._rows) > height and cursor is not None:
            start = min(max(0, cursor - height // 2), len(self._rows) - height)
        self._rows = self._rows[start:]
        return [line for line, _ in self._rows]

    def _hint(self, width: int) -> Line | None:
        snapshot = self.snapshot
        if snapshot is not None and snapshot.running is not None:
            return _until_the_end(snapshot.spending, width) if snapshot.running.state == State.RUNNING else None
        if snapshot is None or not snapshot.writable:
            return None
        step = next_step(snapshot)
        if step is not None:
            return [("next: ", "faint"), (step.title, "dim")]
        gate = current_gate(snapshot)
        if gate is None or gate.verdict != "failed":
            return None
        keys = host(self).keys
        change, override = (keys.first(name, self.glyphs.ascii) for name in ("suggest", "override"))
        return [(change, "key"), (" what to change, ", "dim"), (override, "key"), (" overrides", "dim")]

    def _cursor(self) -> int | None:
        return next((i for i, (_, step) in enumerate(self._rows) if step and step == self.selected), None)

    def cursor_row(self) -> int | None:
        return self._cursor()

    def action_up(self) -> None:
        self.move(-1)

    def action_down(self) -> None:
        self.move(1)
