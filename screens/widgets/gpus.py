"""GPUs as lines: a row each with bars in columns, or in a narrow pane a card each; what slows them down; whose memory is whose."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from core.runs.snapshot import GpuReading
from core.text import plain_line
from screens import figures
from screens.ink import Line, apart, left, right, width_of
from screens.widgets.bars import bar
from screens.widgets.glyphs import Glyphs

NA = "N/A"
_HOT = 83.0  # degrees from which data-centre cards begin to slow down
_FULL = 0.97
_LABEL = 6
_REASONS = 32
_GIB = 1 << 30


class _Columns(NamedTuple):
    """What a row has room for. ``bars``: how many of use, power and memory get one; ``short``: memory in whole units."""

    name: int
    clock: bool
    bars: int
    reasons: bool
    short: bool = False


_CHOICES = (
    _Columns(20, True, 3, True),
    _Columns(18, True, 3, False),
    _Columns(10, True, 3, False),
    _Columns(0, True, 3, False),
    _Columns(0, False, 3, False),
    _Columns(0, False, 2, False, True),
    _Columns(0, False, 1, False, True),
    _Columns(0, False, 0, False, True),
)
_LEAST_BAR = 6
_MOST_BAR = 24


def name_of(gpu: GpuReading) -> str:
    """The model without its maker's name, which says nothing here."""
    return plain_line(gpu.name).removeprefix("NVIDIA ").removeprefix("GeForce ")


def table(gpus: Sequence[GpuReading], width: int, glyphs: Glyphs, heading: bool = True) -> list[Line]:
    """One row a GPU, with column names over them; what slows a GPU down stands in its row or, with less width, below all."""
    for columns in _CHOICES:
        fixed = width_of(_row(gpus[0], columns, 0, glyphs)) + (_REASONS if columns.reasons else 0)
        room = (width - fixed) // max(1, columns.bars)
        if room >= _LEAST_BAR or columns is _CHOICES[-1]:
            break
    room = min(_MOST_BAR, max(0, room)) if columns.bars else 0
    drawn = [_heading(columns, room)] if heading else []
    drawn += [_row(gpu, columns, room, glyphs) for gpu in gpus]
    if columns.reasons:
        return drawn
    return drawn + [
        [(f"GPU {gpu.index} slowed by ", "bad"), (reasons(gpu), "bad-strong")] for gpu in gpus if gpu.throttle
    ]


def _heading(columns: _Columns, room: int) -> Line:
    text = "   " + (left("GPU", columns.name + 2) if columns.name else "")
    for place, (name, size) in enumerate((("use", 5), ("power", 9), ("memory", 9 if columns.short else 13))):
        text += left(name, size + room + 2) if place < columns.bars else right(name, size) + " "
    text += "  temp" + ("      clock" if columns.clock else "") + ("  slowed by" if columns.reasons else "")
    return [(text, "faint")]


def _row(gpu: GpuReading, columns: _Columns, room: int, glyphs: Glyphs) -> Line:
    slowed = bool(gpu.throttle)
    line: Line = [(f"{gpu.index:>2} " if gpu.index > 9 else f"{gpu.index}  ", "strong")]
    if columns.name:
        line.append((left(name_of(gpu), columns.name) + "  ", "dim"))
    cells = ((_use(gpu), 5), (_power(gpu), 9), (_memory(gpu, columns.short), 9 if columns.short else 13))
    for place, ((share, text, role), size) in enumerate(cells):
        if place < columns.bars:
            line += [*_bar(share, room, glyphs, role), (" ", "")]
        line.append((right(text, size) + " ", "faint" if text == NA else "text"))
    line.append((right(glyphs.say(degrees(gpu)), 6), heat_role(gpu)))
    if columns.clock:
        line.append((right(clock(gpu), 11), "warn" if slowed else "dim"))
    if columns.reasons:
        line.append((f"  {reasons(gpu)}", "bad"))
    return line


def _bar(share: float | None, room: int, glyphs: Glyphs, role: str) -> Line:
    return bar(share, room, glyphs, role) if share is not None else [(glyphs.track[0] * room, "frame")]


def _use(gpu: GpuReading) -> tuple[float | None, str, str]:
    return gpu.utilisation, NA if gpu.utilisation is None else figures.percent(gpu.utilisation), "accent"


def _memory(gpu: GpuReading, short: bool = False) -> tuple[float | None, str, str]:
    if gpu.memory_used is None or not gpu.memory_total:
        return None, NA, "accent"
    share = gpu.memory_used / gpu.memory_total
    text = figures.size_of(gpu.memory_used, gpu.memory_total).replace(" of ", "/")
    if short:
        text = f"{gpu.memory_used / _GIB:.0f}/{gpu.memory_total / _GIB:.0f} GiB"
    return share, text, "bad" if share > _FULL else "accent"


def _power(gpu: GpuReading) -> tuple[float | None, str, str]:
    if gpu.power_watts is None:
        return None, NA, "accent"
    cap = gpu.power_cap_watts
    return power_share(gpu), f"{gpu.power_watts:.0f}/{cap:.0f} W" if cap else f"{gpu.power_watts:.0f} W", "accent"


def power_share(gpu: GpuReading) -> float | None:
    """Power as a share of its cap."""
    return gpu.power_watts / gpu.power_cap_watts if gpu.power_watts is not None and gpu.power_cap_watts else None


def degrees(gpu: GpuReading) -> str:
    """``61 °C``."""
    return NA if gpu.temperature_c is None else f"{gpu.temperature_c:.0f} °C"


def heat_role(gpu: GpuReading) -> str:
    """How loud the temperature is said."""
    return "faint" if gpu.temperature_c is None else "bad" if gpu.temperature_c >= _HOT else "text"


def clock(gpu: GpuReading) -> str:
    """``1,755 MHz``."""
    return NA if gpu.clock_mhz is None else f"{gpu.clock_mhz:,} MHz"


def reasons(gpu: GpuReading) -> str:
    """What holds the clocks down, in words."""
    return ", ".join(map(plain_line, gpu.throttle or ()))


def card(gpu: GpuReading, width: int, glyphs: Glyphs) -> list[Line]:
    """One GPU in four or five lines of a narrow pane."""
    heat = "temp N/A" if gpu.temperature_c is None else glyphs.say(degrees(gpu))
    speed = "clock N/A" if gpu.clock_mhz is None else clock(gpu)
    facts: Line = [(heat, heat_role(gpu)), (f"  {speed}", "warn" if gpu.throttle else "dim")]
    lines = [apart([(f"GPU {gpu.index} ", "strong"), (name_of(gpu), "dim")], facts, width, glyphs.ellipsis)]
    for name, (share, text, role) in (("use", _use(gpu)), ("mem", _memory(gpu)), ("power", _power(gpu))):
        lines.append(meter(name, share, text if text == NA else text.replace("/", " of "), width, glyphs, role))
    return lines + [[(left("slow", _LABEL), "bad"), (reasons(gpu), "bad")]] * bool(gpu.throttle)


def meter(name: str, share: float | None, text: str, width: int, glyphs: Glyphs, role: str = "accent") -> Line:
    """A name, a bar as long as the width allows, and the figure at the right."""
    room = max(4, width - _LABEL - 18)
    figure = (right(text, 18), "faint" if share is None else "text")
    return [(left(name, _LABEL), "dim"), *_bar(share, room, glyphs, role), figure]


def processes(gpus: Sequence[GpuReading], most: int, glyphs: Glyphs) -> list[Line]:
    """Who holds the GPUs' memory, the running step first and marked, then the others by size; a process with its part of every GPU."""
    held: dict[int, list[tuple[int, int]]] = {}  # pid, 0 for the step's own together -> GPU and bytes
    for gpu in gpus:
        for pid, size, own in gpu.processes:
            held.setdefault(0 if own else pid, []).append((gpu.index, size))
    ordered = sorted(held.items(), key=lambda item: (item[0] != 0, -sum(size for _, size in item[1])))
    lines: list[Line] = []
    for pid, parts in ordered[:most]:
        total = sum(size for _, size in parts)
        memory = figures.size(total) if total else NA  # a container may be refused the figure
        where = ", ".join(str(index) for index in sorted({index for index, _ in parts}))
        name: Line = [(left(f"pid {pid}", 12), "dim")] if pid else [(left("this step", 12), "accent")]
        mark = (f"{glyphs.states['running']} ", "accent") if not pid else ("  ", "")
        lines.append([mark, *name, (right(memory, 9), "text"), (f" of GPU {where}", "dim")])
    if len(ordered) > most and lines:
        lines[-1] = [(f"  and {len(ordered) - most + 1} more processes", "dim")]
    return lines


def holders(gpus: Sequence[GpuReading]) -> int:
    """How many lines ``processes`` has to say."""
    return len({0 if own else pid for gpu in gpus for pid, _, own in gpu.processes})
