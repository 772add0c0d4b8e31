"""The machine: GPUs, then CPU, memory and disk with what the running step uses of them, and graphs of the past as tall as there is room.

A field that the driver refuses is N/A. Power is drawn with the use over it: a GPU can be used all the time and do little. On a machine
without a GPU the host's own figures and past fill the pane.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from core.runs.snapshot import ACTIVE, GpuReading, HostReading, Snapshot, Telemetry
from core.text import plain_line
from screens import figures
from screens.ink import Line, apart, beside, left, width_of, wrapped
from screens.keys import bindings
from screens.widgets import gpus as cards
from screens.widgets.glyphs import Glyphs
from screens.widgets.gpus import NA, meter
from screens.widgets.pane import Pane
from screens.widgets.trend import Values, trend

SPANS = (60.0, 300.0, 1800.0, 2 * 3600.0, 8 * 3600.0, 24 * 3600.0)
"""How much of the past can be seen, in seconds."""
_USUAL_SPAN = 1
_ABREAST = 76
"""Width from which graphs stand beside each other."""
_METERS = 90
"""Width from which the host's three meters stand beside each other, each with its figure whole."""
_LATE = 15.0


def rows(
    telemetry: Telemetry, history: Sequence[Telemetry], width: int, height: int, glyphs: Glyphs, seconds: float = SPANS[_USUAL_SPAN]
) -> list[Line]:
    """All that fits, in the order of what matters: GPUs, the host in brief, the past, the host in full, processes."""
    graphs = _graphs(telemetry, history)
    full = _host(telemetry.host, width, glyphs)
    least = max(3, len(telemetry.gpus)) if graphs else 0
    if telemetry.gpus:
        drawn = _gpu_lines(telemetry, width, height, glyphs)
        drawn += full if len(drawn) + len(full) + least <= height else _host_brief(telemetry.host, width, glyphs)
    else:
        drawn = [*full[: max(1, height - 1)], *_no_gpu(telemetry.gpu_note, width, 3 if height - len(full) > 8 else 1, glyphs)]
    spare = height - len(drawn)
    held = min(cards.holders(telemetry.gpus), 4)
    if held and spare >= least + held + 3:
        drawn += [[], *cards.processes(telemetry.gpus, held, glyphs)]
        spare = height - len(drawn)
    if spare > least + 1:
        drawn.append([])
    return [*drawn, *_grid(graphs, history, width, height - len(drawn), glyphs, seconds)][:height]


def _gpu_lines(telemetry: Telemetry, width: int, height: int, glyphs: Glyphs) -> list[Line]:
    gpus = telemetry.gpus
    # What the driver says of a GPU that is there no more.
    note: list[Line] = [[(plain_line(telemetry.gpu_note), "bad")]] if telemetry.gpu_note else []
    if width < _ABREAST and len(gpus) <= 2 and 4 * len(gpus) + 4 <= height:
        return [line for gpu in gpus for line in cards.card(gpu, width, glyphs)] + note
    table = cards.table(gpus, width, glyphs, heading=len(gpus) + 3 <= height)
    return table + note


def _no_gpu(note: str, width: int, most: int, glyphs: Glyphs) -> list[Line]:
    """Why there are no figures of a GPU."""
    said = f"{NA}: {plain_line(note) or 'this machine has none'}"
    lines = wrapped(said, width - 6) if most > 1 else [left(said, width - 6, glyphs.ellipsis)]
    return [[(left("GPU" if place == 0 else "", 6), "dim"), (line, "faint")] for place, line in enumerate(lines[:most])]


def _host(host: HostReading, width: int, glyphs: Glyphs) -> list[Line]:
    memory = host.memory_used / host.memory_total if host.memory_total else None
    used = host.disk_total - host.disk_free
    disk = used / host.disk_total if host.disk_total else None
    cores = f"{host.cores} core" + ("s" if host.cores != 1 else "")
    meters = (
        ("CPU", host.cpu_share, f"{figures.percent(host.cpu_share)} of {cores}", "accent"),
        ("RAM", memory, figures.size_of(host.memory_used, host.memory_total), "bad" if (memory or 0) > 0.95 else "accent"),
        ("disk", disk, f"{figures.size(host.disk_free)} free", "bad" if (disk or 0) > 0.95 else "soft"),
    )
    abreast = width >= _METERS
    if abreast:
        each = (width - 6) // 3
        lines = [beside([meter(*one[:3], each, glyphs, one[3]) for one in meters], each)]
    else:
        lines = [meter(name, share, text, width, glyphs, role) for name, share, text, role in meters]
    known = len(host.core_shares) > 1
    load: Line = [(f"load {host.load:.2f}", "dim")] if host.load is not None else []
    step = _step(host)
    if abreast:
        parts = ([(left("cores", 6), "dim"), *_cores(host, width // 3, glyphs), ("   ", "")] if known else []) + load
        both: Line = [*parts, ("   ", ""), *step] if step else parts
        return [*lines, both] if both else lines
    if known or load:
        lines.append(apart([(left("cores", 6), "dim"), *_cores(host, width - 18, glyphs)] if known else [], load, width))
    return [*lines, step] if step else lines


def _step(host: HostReading) -> Line:
    """What the running step uses of the host."""
    if host.step_memory is None and host.step_cpu_share is None:
        return []
    cpu = f"{host.step_cpu_share * host.cores:.1f} of {host.cores} cores" if host.step_cpu_share is not None else f"CPU {NA}"
    return [(left("step", 6), "dim"), (cpu, "text"), (f", {figures.size(host.step_memory)}", "text")]


def _cores(host: HostReading, room: int, glyphs: Glyphs) -> Line:
    """A small column a core; with more cores than room the busiest of each few."""
    shares, last = host.core_shares, len(glyphs.spark) - 1
    few = -(-len(shares) // max(1, room))
    groups = [max(shares[start : start + few]) for start in range(0, len(shares), few)]
    # Nothing is the lowest column, not a hole: there is a core.
    return [("".join(glyphs.spark[max(1, min(last, round(share * last)))] for share in groups), "accent")]


def _host_brief(host: HostReading, width: int, glyphs: Glyphs) -> list[Line]:
    parts = (
        ("CPU ", figures.percent(host.cpu_share)),
        ("RAM ", figures.size_of(host.memory_used, host.memory_total).replace(" of ", "/")),
        ("disk ", f"{figures.size(host.disk_free)} free"),
    )
    line: Line = []
    for name, text in parts:
        more: Line = [("  " if line else "", ""), (name, "dim"), (text, "text")]
        if width_of(line) + width_of(more) <= width:
            line += more
    return [line]


class Graph(NamedTuple):
    """One graph: its heading and what it draws over the history, both from 0 to 1."""

    heading: Line
    short: str
    area: Values
    line: Values
    of_host: bool = True


def _graphs(telemetry: Telemetry, history: Sequence[Telemetry]) -> list[Graph]:
    if len(history) < 2:
        return []
    found = [_gpu_graph(gpu, history) for gpu in telemetry.gpus]
    host = telemetry.host
    memory = [_of(reading.host.memory_used, reading.host.memory_total) for reading in history]
    mine = [_of(reading.host.step_memory, reading.host.memory_total) for reading in history]
    steps = [reading.host.step_cpu_share for reading in history]
    used = [reading.host.cpu_share for reading in history]
    cpu = _told("CPU", figures.percent(host.cpu_share), figures.percent(host.step_cpu_share) if host.step_cpu_share is not None else "")
    ram = _told("RAM", figures.size(host.memory_used), figures.size(host.step_memory) if host.step_memory is not None else "")
    return [*found, Graph(cpu, "CPU", used, steps), Graph(ram, "RAM", memory, mine)]


def _told(name: str, all_: str, step: str) -> Line:
    """``CPU 48 %, step 14 %``: the heading of a host's graph, in the colours of area and line."""
    own: Line = [(", ", "faint"), ("step ", "accent"), (step, "text")] if step else []
    return [(f"{name} ", "soft"), (all_, "text"), *own]


def _gpu_graph(gpu: GpuReading, history: Sequence[Telemetry]) -> Graph:
    past = [next((one for one in reading.gpus if one.index == gpu.index), None) for reading in history]
    cap = f" of {gpu.power_cap_watts:.0f}" if gpu.power_cap_watts else ""
    power = f"{gpu.power_watts:.0f}{cap} W" if gpu.power_watts is not None else NA
    use = figures.percent(gpu.utilisation) if gpu.utilisation is not None else NA
    heading: Line = [
        (f"GPU {gpu.index} ", "dim"), ("power ", "soft"), (power, "text"), (", ", "faint"), ("use ", "accent"), (use, "text"),
    ]
    return Graph(
        heading, f"power {gpu.index}",
        [cards.power_share(one) if one is not None else None for one in past],
        [one.utilisation if one is not None else None for one in past],
        of_host=False,
    )


def _of(part: float | None, whole: float) -> float | None:
    return part / whole if part is not None and whole else None


def _grid(
    graphs: list[Graph], history: Sequence[Telemetry], width: int, height: int, glyphs: Glyphs, seconds: float
) -> list[Line]:
    """As many graphs as fit with a heading each, beside each other where it is wide; else the first ones, a row each."""
    if not graphs or height < 1:
        return []
    times = [reading.time for reading in history]
    abreast = 1 if width < _ABREAST else max(2, min(4, width // 44)) if len(graphs) > 4 else 2
    while height < 3 * -(-len(graphs) // abreast) and len(graphs) > 1 and graphs[-1].of_host:
        graphs = graphs[:-1]
    if height < 2 * -(-len(graphs) // abreast):
        return [
            [(left(graph.short, 8), "dim"), *_drawn(graph, times, seconds, width - 8, 1, glyphs)[0]] for graph in graphs[:height]
        ]
    down = -(-len(graphs) // abreast)
    each = (width - 3 * (abreast - 1)) // abreast
    lines: list[Line] = []
    tall = min(15, height // down)
    for row in range(down):
        columns = [
            [graph.heading, *_drawn(graph, times, seconds, each, tall - 1, glyphs)]
            for graph in graphs[row * abreast : (row + 1) * abreast]
        ]
        lines += [beside(cells, each) for cells in zip(*columns, strict=True)]
    return lines


def _drawn(graph: Graph, times: Sequence[float], seconds: float, width: int, rows_: int, glyphs: Glyphs) -> list[Line]:
    if all(value is None for value in graph.area) and (rows_ == 1 or all(value is None for value in graph.line)):
        return [[(NA, "faint")], *([] for _ in range(rows_ - 1))]
    return trend(times, graph.area, graph.line, seconds, width, rows_, glyphs)


class MachinePane(Pane):
    """GPUs and host, with as much of the past as was chosen."""

    TITLE = "Machine"
    BINDINGS = bindings("machine")

    def __init__(self, number: int, **arguments: str | None) -> None:
        super().__init__(number, **arguments)
        self._span = _USUAL_SPAN

    def part(self, snapshot: Snapshot, now: float) -> object:
        return snapshot.telemetry, self._late(snapshot, now)

    def _late(self, snapshot: Snapshot, now: float) -> str:
        """``read 40 s ago`` when readings have stopped coming while something runs."""
        if snapshot.telemetry is None or snapshot.state not in ACTIVE:
            return ""
        age = now - snapshot.telemetry.time
        return f"read {figures.spoken(age)} ago" if age > _LATE else ""

    def figures(self, width: int) -> Line:
        late = self._late(self.snapshot, self.now) if self.snapshot else ""
        return [(late, "bad")] if late else []

    def footnote(self, width: int) -> Line:
        if self.snapshot is None or len(self.snapshot.history) < 2:
            return []
        return [(f"last {figures.spoken(SPANS[self._span])}", "faint")]

    def body(self, width: int, height: int) -> list[Line]:
        assert self.snapshot is not None
        if self.snapshot.telemetry is None:
            return [[("reading CPU, RAM, disk and GPU", "dim")]]
        return rows(self.snapshot.telemetry, self.snapshot.history, width, height, self.glyphs, SPANS[self._span])

    def action_longer(self) -> None:
        self._choose(self._span + 1)

    def action_shorter(self) -> None:
        self._choose(self._span - 1)

    def _choose(self, span: int) -> None:
        self._span = min(max(span, 0), len(SPANS) - 1)
        self.redraw()
