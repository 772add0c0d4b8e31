"""A step's whole log: follows its end, scrolls through any length without loading it, searches all of it, and shows a level alone."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from textual.widget import Widget
from textual.widgets import Input
from textual.worker import get_current_worker

from core.errors import CogumiError
from core.runs.logfile import LogFile
from core.runs.logindex import Found, Loud, Needle
from core.runs.loglevel import LEVELS, Level
from core.runs.logs import Log
from core.runs.snapshot import Snapshot
from core.text import plain_line
from screens.base import STYLES
from screens.keys import bindings
from screens.log_title import LEVEL_NAMES, TITLES, rule, title
from screens.log_view import LogView
from screens.titled import TitledScreen
from screens.widgets.field import Field
from screens.widgets.footer import Footer
from screens.widgets.title import TitleBar

_TELL_EVERY = 8
"""Blocks of a log that are read between two words on how far the reading is."""


class LogScreen(TitledScreen):
    """One step's log; Tab goes to the next step of the attempt that has one, and all logs of all attempts are one key away."""

    SCOPE = "log"
    BINDINGS = bindings("log")
    CSS_PATH = STYLES / "log.tcss"

    def __init__(self, step: str | None, search: bool = False) -> None:
        super().__init__()
        self._step = step
        self._search = search
        self._logs: list[Log] = []
        self._listing = False
        self._log: Log | None = None
        self._level: Level = "all"
        self._doing = ""
        self._asked = 0
        self._wanted_way = 0
        self.bar = TitleBar("Log")
        self.view = LogView()
        self.find = Field("find", "text in the whole log; enter searches from here, n and N go on")

    def compose(self) -> Iterator[Widget]:
        yield self.bar
        yield self.view
        yield Footer("log")
        yield self.find

    def on_mount(self) -> None:
        self.view.focus()
        self._list()
        if self._search:
            self.action_search()

    # Which log

    def _list(self) -> None:
        self._listing = True
        self.host.ask(self.host.source.logs, self._listed, self._not_listed)

    def _listed(self, logs: list[Log]) -> None:
        """Opens the newest log of the step; for a step that never ran, the newest of any."""
        self._logs, self._listing = logs, False
        steps = [log for log in logs if log.attempt]
        self.open(next((log for log in steps if log.step == self._step), steps[0] if steps else None))

    def _not_listed(self, error: CogumiError) -> None:
        """Says why in place of the log; the next picture of a workspace with logs asks again."""
        self._listing = False
        self.view.empty = plain_line(str(error))
        self.view.redraw()

    def open(self, log: Log | None) -> None:
        """Shows another log."""
        self._log = log
        self._level, self.view.needle = "all", ""
        self.view.open(LogFile(log.path) if log else None)
        self._index()

    def action_next_step(self) -> None:
        """The next step of the same attempt."""

        def listed(logs: list[Log]) -> None:
            self._logs = logs
            here = self._log
            mine = [log for log in logs if here is None or log.attempt == here.attempt]
            order = list(TITLES)
            mine.sort(key=lambda log: order.index(log.step) if log.step in order else len(order))
            if mine:
                at = next((i for i, log in enumerate(mine) if here is not None and log.path == here.path), -1)
                self.open(mine[(at + 1) % len(mine)])

        self.host.ask(self.host.source.logs, listed)

    def action_all_logs(self) -> None:
        """The list of all logs."""

        def listed(logs: list[Log]) -> None:
            from screens.logs import LogsScreen

            if self.app.screen is self:
                self.app.push_screen(LogsScreen(logs, self._log, self.open))

        self.host.ask(self.host.source.logs, listed)

    # What is known of it: read in a thread

    def _index(self) -> None:
        """Numbers the lines and finds what is wanted, in a thread that ends when something else is wanted."""
        view, file = self.view, self.view.file
        if file is None:
            self._tell()
            return
        wanted = [found for found in (view.only, view.hits) if found is not None]
        self._asked += 1
        self.run_worker(partial(self._read, file, wanted, self._asked), thread=True, exclusive=True, group="index")
        self._tell()

    def _read(self, file: LogFile, wanted: list[Found], asked: int) -> None:
        worker = get_current_worker()
        blocks = 0

        def told() -> None:
            nonlocal blocks
            blocks += 1
            if blocks % _TELL_EVERY == 0:
                self.call_later(self._known, asked, False)

        file.count(lambda: worker.is_cancelled)
        for found in wanted:
            found.advance(lambda: worker.is_cancelled, told)
        if not worker.is_cancelled:
            self.call_later(self._known, asked, True)

    def _known(self, asked: int, done: bool) -> None:
        if asked != self._asked or not self.is_attached:
            return
        if self.view.only is not None or self.view.hits is not None:
            self.view.renew()
        if done and self._wanted_way:
            self._look_for(self._wanted_way)
        self._tell()

    def take(self, snapshot: Snapshot, now: float) -> None:
        super().take(snapshot, now)
        if self._log is None and not self._listing and any(step.log for step in snapshot.steps):
            self._list()
        elif self.view.look():
            self._index()

    def on_log_view_moved(self) -> None:
        self.call_after_refresh(self._tell)

    def _tell(self) -> None:
        """Title and rule say what is seen, and what was found."""
        self.bar.tell(title(self._log, len({one.attempt for one in self._logs}) > 1, self.view))
        self.bar.remark(rule(self.view, LEVEL_NAMES[self._level], self._doing, self.host.glyphs))

    # Keys

    def action_lines(self, by: int) -> None:
        self.view.move(by)

    def action_pages(self, by: int) -> None:
        self.view.move_pages(by)

    def action_start(self) -> None:
        self.view.start()

    def action_follow(self) -> None:
        self.view.follow()

    def action_sideways(self, by: int) -> None:
        self.view.sideways(by)

    def action_level(self) -> None:
        """Everything, warnings and errors, errors, and round again."""
        if self.view.file is None:
            return
        self._level = LEVELS[(LEVELS.index(self._level) + 1) % len(LEVELS)]
        only = None if self._level == "all" else Found(self.view.file, Loud(self._level))
        self.view.show_only(only, f"no {LEVEL_NAMES[self._level]} in this log" if only is not None else "the log is empty so far")
        self._index()

    def action_copy(self) -> None:
        line = self.view.current
        if line is not None:
            self.host.copy(line.text, "the line")

    def action_whole(self) -> None:
        """The line under the cursor alone, wrapped."""
        line, file = self.view.current, self.view.file
        if line is not None and file is not None:
            from screens.log_line import LineScreen

            self.app.push_screen(LineScreen(line.text, file.number(line.start)))

    def action_search(self) -> None:
        self.find.open()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        self.find.close(self.view)
        self._forget_search()
        if event.value and self.view.file is not None:
            self.view.needle = event.value
            self.view.hits = Found(self.view.file, Needle(event.value))
            self._index()
            self._look_for(-1, here=True)

    def action_again(self, way: int) -> None:
        if self.view.needle:
            self._look_for(way)
        else:
            self.action_search()

    def _look_for(self, way: int, here: bool = False) -> None:
        """To the next match down (1) or up (-1); at once where all are known, else by looking for it alone. ``here``: this line counts."""
        view, hits, current = self.view, self.view.hits, self.view.current
        self._wanted_way = 0
        if hits is None or view.file is None or current is None:
            return
        file, only, needle, forward = view.file, view.only, view.needle, way > 0
        start = (current.start if forward else current.end) if here else (current.end if forward else current.start)
        if not hits.done and only is not None:
            self._wanted_way = way  # which of the lines of a level hold the text is known when both have been found
            return

        def look() -> int | None:
            if hits.done:
                return hits.nearest(start - 1 if forward else start, forward, only)
            return file.find(needle, start, forward)

        self._doing = "searching"
        self._tell()
        self.host.ask(look, partial(self._arrived, hits, way, here))

    def _arrived(self, hits: Found, way: int, first: bool, offset: int | None) -> None:
        if hits is not self.view.hits:
            return
        self._doing = ""
        if offset is not None:
            self.view.go(offset)
        elif first and way < 0:
            self._look_for(1, here=True)
        elif hits.done and len(hits.offsets):
            self._doing = f"no further match {'below' if way > 0 else 'above'}"
            self.set_timer(3.0, self._forget_doing)
        self.view.redraw()
        self.call_after_refresh(self._tell)

    def _forget_doing(self) -> None:
        if self._doing.startswith("no further"):
            self._doing = ""
            self._tell()

    def _forget_search(self) -> None:
        self.view.needle, self.view.hits, self._doing, self._wanted_way = "", None, "", 0
        self.view.redraw()
        self._tell()

    def go_back(self) -> bool:
        if self.find.close(self.view):
            return True
        if self.view.needle:
            self._forget_search()
            return True
        if self._level != "all":
            self._level = "all"
            self.view.show_only(None, "the log is empty so far")
            self._index()
            return True
        return False
