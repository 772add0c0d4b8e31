"""Every log of every attempt, the newest first: choose one to read it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from textual.widget import Widget

from core.runs.logs import Log
from screens import figures
from screens.ink import Line, left, right
from screens.keys import bindings
from screens.log_title import TITLES
from screens.titled import TitledScreen
from screens.widgets.footer import Footer
from screens.widgets.table import Table
from screens.widgets.title import TitleBar

_ROLES = {"done": "good", "failed": "bad", "died": "bad", "stopped": "warn", "": "accent"}


def heading(width: int) -> Line:
    """The names over ``row_line``."""
    names = f"  {'attempt':<9}{'step':<22}{'ended':<10}{'tries':>5}{'time':>10}{'size':>10}"
    return [(names + ("  last began" if width >= 90 else ""), "faint")]


def row_line(log: Log, width: int) -> Line:
    """One log: whose it is, how its last try ended, how many there were, what all took, its size, and when the last one began."""
    ended = ("running" if log.started is not None else "") if not log.outcome else log.outcome
    line: Line = [
        (left(f"  {log.attempt or ''}", 11), "text"),
        (left(TITLES.get(log.step, log.step), 22), "strong"),
        (left(ended, 10), _ROLES.get(log.outcome, "text")),
        (right(str(log.tries or ""), 5), "dim"),
        (right(figures.duration(log.seconds) if log.tries else "", 10), "text"),
        (right(figures.size(log.size), 10), "dim"),
    ]
    if width >= 90 and log.started is not None:
        line.append((time.strftime("  %Y-%m-%d %H:%M:%S", time.localtime(log.started)), "faint"))
    return line


class LogsScreen(TitledScreen):
    """Opened from a log; the choice replaces that log."""

    SCOPE = "logs"
    BINDINGS = bindings("logs")

    def __init__(self, logs: list[Log], current: Log | None, chosen: Callable[[Log], None]) -> None:
        super().__init__()
        self._logs, self._current, self._chosen = logs, current, chosen
        self.bar = TitleBar("Logs")
        self.table: Table[Log] = Table(heading, row_line, "no step has run yet", lambda log: log.path)

    def compose(self) -> Iterator[Widget]:
        yield self.bar
        yield self.table
        yield Footer("logs")

    def on_mount(self) -> None:
        self.table.focus()
        self.table.show(self._logs)
        at = next((i for i, log in enumerate(self._logs) if self._current is not None and log.path == self._current.path), 0)
        self.table.move(at)
        attempts = len({log.attempt for log in self._logs if log.attempt})
        self.bar.tell([(f"{len(self._logs):,} logs of {attempts:,} attempt{'s' * (attempts != 1)}", "dim")])

    def action_rows(self, by: int) -> None:
        self.table.move(by)

    def action_pages(self, by: int) -> None:
        self.table.move_pages(by)

    def action_open(self) -> None:
        log = self.table.current
        if log is not None:
            self.app.pop_screen()
            self._chosen(log)

    def on_table_opened(self) -> None:
        self.action_open()
