"""What is worth a bell: a step that ended, failed, stalled or was stopped, a gate that was decided. Found by comparing two snapshots."""

from __future__ import annotations

from typing import Literal, NamedTuple

from core.runs.snapshot import Snapshot, State
from core.text import plain_line
from screens.widgets.steps import met_count, share

_ENDED = (State.DONE, State.FAILED, State.CRASHED, State.STALLED, State.STOPPED)


class Notice(NamedTuple):
    title: str
    text: str
    severity: Literal["information", "warning", "error"]
    rings: bool = True


def notices(earlier: Snapshot | None, later: Snapshot) -> list[Notice]:
    """What happened between two pictures of the same workspace; nothing for the first picture, which is no news."""
    if earlier is None:
        return []
    found: list[Notice] = []
    before = {step.id: step.state for step in earlier.steps}
    for step in later.steps:
        if step.state in _ENDED and before.get(step.id, step.state) != step.state:
            text = step.cause if step.broken or step.state == State.STOPPED else step.summary
            found.append(
                Notice(
                    f"{step.title} {step.state.value}",
                    plain_line(text) or f"The step {step.title} is {step.state.value}.",
                    "error" if step.broken else "warning" if step.state == State.STOPPED else "information",
                )
            )
    if later.shortage and not earlier.shortage:
        text = f"{later.shortage[0].upper()}{later.shortage[1:]}; free some space. What was committed is kept."
        found.append(Notice("little room", text, "error"))
    verdicts = {gate.id: gate.verdict for gate in earlier.gates}
    for gate in later.gates:
        if gate.verdict != "open" and verdicts.get(gate.id, gate.verdict) != gate.verdict:
            text = f"{met_count(gate)}; the reason is recorded." if gate.verdict == "overridden" else f"{met_count(gate)}."
            found.append(Notice(f"{gate.title} {gate.verdict}", text, "warning" if gate.verdict == "failed" else "information"))
    return found


def terminal_title(snapshot: Snapshot) -> str:
    """The terminal's title: what runs and how far, or the state."""
    step = snapshot.running
    if step is None:
        broken = next((s for s in snapshot.steps if s.broken), None)
        return f"cogumi: {broken.title} {broken.state.value}" if broken else f"cogumi: {snapshot.state.value}"
    done = share(step)
    name = step.title if step.state == State.RUNNING else f"{step.title} {step.state.value}"
    return f"cogumi: {name} {done * 100:.0f} %" if done is not None else f"cogumi: {name}"
