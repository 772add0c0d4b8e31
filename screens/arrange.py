"""Where each pane of the control screen goes at a given size: one pure function, so that every size can be tested.

tiny: too small for anything. compact: the plan and one pane in front (only the pane when it is very narrow), more below it when there
is height. standard: everything but the story, two columns. wide: everything, three columns.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

Kind = Literal["tiny", "compact", "standard", "wide"]

SMALLEST = (60, 15)
CHROME = 3
"""Rows of the screen that are no panes: two above, one below."""


class Rect(NamedTuple):
    x: int
    y: int
    width: int
    height: int


def kind(width: int, height: int) -> Kind:
    """Which arrangement a screen of this size gets."""
    if width < SMALLEST[0] or height < SMALLEST[1]:
        return "tiny"
    if width >= 170 and height >= 40:
        return "wide"
    if width >= 110 and height >= 32:
        return "standard"
    return "compact"


class Wants(NamedTuple):
    """Heights that depend on what is shown, frames included: the plan's and gate's lines, the measuring tables' rows, the machine's GPUs,
    and what is told while a step is in trouble (0 when none is)."""

    plan: int = 17
    gate: int = 10
    table: int = 6
    machine: int = 14
    trouble: int = 0


LEAST_LOSS = 9


_USUAL = Wants()


def arrange(kind_: Kind, width: int, height: int, front: str, zoomed: bool, low: str = "log", wants: Wants = _USUAL) -> dict[str, Rect]:
    """Places by pane name within ``width`` x ``height`` cells (the screen less its chrome).

    front: the pane that is shown when only one can be. low: which of log and story has the one place at the bottom.
    """
    if kind_ == "tiny":
        return {}
    if zoomed:
        return {front: Rect(0, 0, width, height)}
    if kind_ == "compact":
        return _compact(width, height, front, wants)
    if kind_ == "standard":
        return _standard(width, height, front, low, wants)
    return _wide(width, height, wants)


def _compact(width: int, height: int, front: str, wants: Wants) -> dict[str, Rect]:
    if width < 76:
        return {front: Rect(0, 0, width, height)}
    aside = 33 if width < 96 else 42
    # While something is in trouble, that is what stands beside the plan; any other pane is one key away.
    shown = front if front != "plan" else "trouble" if wants.trouble else "loss"
    places = {"plan": Rect(0, 0, aside, height)}
    left = width - aside
    # With height to spare more panes stand below the one in front, each with the height it wants.
    extra: list[tuple[str, int]] = []
    room = height - 16
    for name, rows in (("gate", wants.gate), ("consistency", wants.table), ("reference", wants.table), ("log", 8), ("machine", 10)):
        if name != shown and rows <= room:
            extra.append((name, rows))
            room -= rows
    top = height - sum(rows for _, rows in extra)
    places[shown] = Rect(aside, 0, left, top)
    for name, rows in extra:
        places[name] = Rect(aside, top, left, rows)
        top += rows
    return places


def _left_column(width: int, height: int, wants: Wants, last: str) -> dict[str, Rect]:
    """Plan, gate and a last pane below each other; the last one gives way first, then the plan scrolls."""
    rest = max(6, height - wants.plan - wants.gate)
    gate = min(wants.gate, max(6, height - rest - 15))
    plan = height - rest - gate
    return {
        "plan": Rect(0, 0, width, plan),
        "gate": Rect(0, plan, width, gate),
        last: Rect(0, plan + gate, width, rest),
    }


def _curves(x: int, width: int, height: int, wants: Wants, front: str) -> dict[str, Rect]:
    """The loss, under what is in trouble; with too little room for both the loss waits until it is asked for."""
    if not wants.trouble or (front == "loss" and height < wants.trouble + LEAST_LOSS):
        return {"loss": Rect(x, 0, width, height)}
    trouble = wants.trouble if height >= wants.trouble + LEAST_LOSS else height
    places = {"trouble": Rect(x, 0, width, trouble)}
    return places | ({"loss": Rect(x, trouble, width, height - trouble)} if trouble < height else {})


def _standard(width: int, height: int, front: str, low: str, wants: Wants) -> dict[str, Rect]:
    aside = 42 if width < 140 else 46
    right = width - aside
    table = min(wants.table, (height - 14) // 2)
    spare = height - 2 * table
    tail = max(4, min(12, spare * 2 // 5))
    loss = spare - tail
    places = _left_column(aside, height, wants, "machine") | _curves(aside, right, loss, wants, front)
    places |= {
        "consistency": Rect(aside, loss, right, table),
        "reference": Rect(aside, loss + table, right, table),
    }
    if right >= 100:
        half = right // 2
        places["log"] = Rect(aside, loss + 2 * table, half, tail)
        places["story"] = Rect(aside + half, loss + 2 * table, right - half, tail)
    else:
        places[low] = Rect(aside, loss + 2 * table, right, tail)
    return places


def _wide(width: int, height: int, wants: Wants) -> dict[str, Rect]:
    aside = 46
    far = min(76, max(58, (width - aside) * 2 // 5))
    middle = width - aside - far
    table = min(wants.table, (height - 14) // 2)
    machine = min(max(wants.machine, height // 2), height - 10)
    places = _left_column(aside, height, wants, "story") | _curves(aside, middle, height - 2 * table, wants, "")
    return places | {
        "consistency": Rect(aside, height - 2 * table, middle, table),
        "reference": Rect(aside, height - table, middle, table),
        "machine": Rect(aside + middle, 0, far, machine),
        "log": Rect(aside + middle, machine, far, height - machine),
    }
