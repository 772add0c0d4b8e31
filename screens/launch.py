"""Before a start: what it will do and cost, every setting of it in a form that can be changed, and one key to begin."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from textual import events
from textual.containers import Horizontal, Vertical
from textual.widget import Widget
from textual.widgets import Input

from core.errors import CogumiError, SettingsError
from core.plan.fields import nudged, read, shown
from core.runs.snapshot import Snapshot
from core.text import plain_line
from screens.base import STYLES
from screens.changes import Changes
from screens.ink import Line
from screens.iterating import UNCHANGED, Choice, FieldRow, LaunchPlan
from screens.keys import bindings
from screens.latest import Latest
from screens.launch_page import brief, height_of, page, start_lines, why_not
from screens.launch_rows import about, edited, found, heading_line, hints, row_line, value_at
from screens.titled import TitledScreen
from screens.widgets.entries import GUTTER, Entries
from screens.widgets.field import Field, ValueField
from screens.widgets.footer import Footer
from screens.widgets.page import Page
from screens.widgets.title import TitleBar

_WIDE = 110
_BRIEF = 9
"""Lines over the form at most, where the page does not stand beside it."""
_REST = 13
"""Lines for everything else, five rows of the form among them."""


class LaunchScreen(TitledScreen):
    """Nothing is started, and nothing written, before a key says so. What was typed is worked out anew in a thread after every change."""

    SCOPE = "launch"
    BINDINGS = bindings("launch")
    CSS_PATH = STYLES / "launch.tcss"

    def __init__(self, plan: LaunchPlan, target: str, choice: Choice = UNCHANGED, find: str = "", *, kept: bool = False) -> None:
        """``kept``: the choice is what was set aside when the form was left before."""
        super().__init__()
        self.plan = plan
        self.choice = choice
        self.rows: list[FieldRow] = []
        self._target = target
        self._changes = Changes(choice.values)
        self._text = ""
        self._wanted = find
        self._kept = kept
        self._changed_only = False
        self._working = Latest(self._arrived)
        self._busy: tuple[object, ...] = ()
        self._begin = False
        self._sure = self._begun = False
        self.bar = TitleBar("Start")
        self.brief = Page(id="brief")
        self.entries = Entries(self._draw, id="fields")
        self.edit = ValueField(self.entries, "edit")
        self.page = Page(id="page")
        self.about = Page(id="about")
        self.find = Field("find", "words in a setting's name, help or value")
        self.footer = Footer("launch")

    def compose(self) -> Iterator[Widget]:
        yield self.bar
        yield self.brief
        with Horizontal():
            with Vertical(id="list"):
                yield self.entries
                yield self.edit
            yield self.page
        yield self.about
        yield self.footer
        yield self.find

    def on_mount(self) -> None:
        self._apply()
        keys = [row.field.key for row in self.rows]
        if self._wanted in keys:
            self.entries.show(len(keys) + 1, keys.index(self._wanted) + 1)
        if self._kept:
            back = self.host.keys.first("launch_undo_all", self.host.glyphs.ascii)
            self.notify(f"Changes of before are kept; {back} takes them back.", markup=False)

    def take(self, snapshot: Snapshot, now: float) -> None:
        """When work begins or ends meanwhile, what a start would come to is another."""
        super().take(snapshot, now)
        busy = (snapshot.attempt, snapshot.running.id if snapshot.running is not None else "", snapshot.supervised)
        if self._busy and busy != self._busy:
            self._again()
        self._busy = busy

    def on_unmount(self) -> None:
        if not self._begun:
            self.host.set_aside(self._target, self.choice)

    def on_resize(self) -> None:
        if self.edit.is_open:
            # What is being typed stays, or the letters that follow would act as keys.
            self.call_after_refresh(lambda: self.edit.place(*self._value_at()))
        self.set_class(self.app.size.width >= _WIDE, "-wide")
        self._tell()

    @property
    def waiting(self) -> bool:
        """Whether what was changed is still being worked out."""
        return self._working.waiting

    @property
    def current(self) -> FieldRow | None:
        """The setting under the cursor, None on the first row, which starts."""
        at = self.entries.cursor - 1
        return self.rows[at] if 0 <= at < len(self.rows) else None

    @property
    def changed(self) -> list[FieldRow]:
        """Settings that are not as in the attempt before, those of the form first."""
        rows = [row for row in edited(self.plan.fields, self._changes.values) if row.changed]
        return sorted(rows, key=lambda row: row.origin != "form")

    @property
    def _blocked(self) -> bool:
        """Whether it cannot be started as it stands."""
        return bool(self.plan.refusal or self.plan.trouble)

    @property
    def _anew_key(self) -> str:
        """The key for a new attempt, as it is written."""
        return self.host.keys.first("launch_new", self.host.glyphs.ascii)

    # Drawing

    def _apply(self) -> None:
        """Filters anew; the cursor stays on its setting."""
        here = self.current
        self.rows = found(edited(self.plan.fields, self._changes.values), self._text, self._changed_only)
        keys = [row.field.key for row in self.rows]
        cursor = keys.index(here.field.key) + 1 if here is not None and here.field.key in keys else min(self.entries.cursor, len(keys))
        self.entries.show(len(self.rows) + 1, cursor)
        self._tell()

    def _tell(self) -> None:
        """Title, page and the lines over the form follow the plan."""
        glyphs, plan, changed = self.host.glyphs, self.plan, self.changed
        some = f"{len(self.rows)} of {len(plan.fields)} settings"
        parts = [some if self._text or self._changed_only else f"{len(plan.fields)} settings of an attempt"]
        parts.append(f"{len(changed)} changed")
        if self._text:
            parts.append(f"“{plain_line(self._text, 30)}”")
        about: Line = [(f" {glyphs.separator} ".join(parts), "dim")]
        if self.waiting:
            about.append((f" {glyphs.separator} looking", "accent"))
        self.bar.tell(about)
        more = self.host.keys.first("launch_page", glyphs.ascii)
        width, height = self.app.size
        lines = height_of(plan, width, max(2, min(_BRIEF, height // 3, height - _REST)))
        self.brief.styles.height = lines
        self.brief.show(lambda width: brief(plan, width, lines, glyphs, more))
        anew = self._anew_key
        self.page.show(lambda width: page(plan, changed, width, glyphs, anew), keep_place=True)
        self.footer.leave(frozenset({"launch_go"} if self._blocked else ()))

    def _draw(self, number: int, width: int, here: bool) -> tuple[list[Line], list[Line]]:
        glyphs = self.host.glyphs
        if number == 0:
            return [], start_lines(self.plan, self.waiting, width, glyphs, self._anew_key)
        row = self.rows[number - 1]
        over = []
        if number == 1 or self.rows[number - 2].heading != row.heading:
            over = [heading_line(row.heading, width, glyphs)]
        return over, [row_line(row, width, glyphs)]

    def on_entries_moved(self) -> None:
        self._sure = False
        self._explain()

    def _explain(self, error: str | None = None) -> None:
        """What there is to say of the row under the cursor."""
        row, glyphs = self.current, self.host.glyphs
        if row is not None:
            self.about.show(lambda width: about(row, width, glyphs, error))
            return
        go, down, find = (self.host.keys.first(name, glyphs.ascii) for name in ("launch_go", "launch_down", "launch_find"))
        anew, blocked = self._anew_key, self._blocked
        self.about.show(lambda width: hints(go, down, find, anew, blocked))

    # Working out

    def _again(self) -> None:
        """Works out what the changed choice comes to; while one is under way, the newest waits."""
        self._sure = False
        self.choice = self.choice._replace(values=self._changes.items())
        source, target, choice = self.host.source, self._target, self.choice
        self._working.ask(self.host, lambda: source.launch_plan(target, choice))
        self._apply()

    def _arrived(self, plan: LaunchPlan | CogumiError) -> None:
        self.plan = plan if isinstance(plan, LaunchPlan) else self.plan._replace(trouble=str(plan))
        self._apply()
        if not self.edit.is_open:
            self._explain()
        if self._begin:
            self._begin = False
            self.action_go()

    # Keys

    def action_go(self) -> None:
        """Starts what is described, once it is worked out; with failed checks only after a second press."""
        if self.waiting:
            self._begin = True
            return
        if reason := why_not(self.plan, self._anew_key):
            self.entries.show(len(self.rows) + 1, 0)
            self.notify(plain_line(reason, 2000), title="not started", severity="warning", markup=False)
            return
        problems = [finding for finding in self.plan.findings if finding.level == "problem"]
        if problems and not self._sure:
            self._sure = True
            key = self.host.keys.first("launch_go", self.host.glyphs.ascii)
            told = plain_line(f"{problems[0].text}. Press {key} again to start all the same.")
            self.notify(told, title="not ready", severity="warning", markup=False)
            return
        self._begun = True
        self.host.begin(self._target, self.choice)
        self.host.go_home()

    def action_open(self) -> None:
        """Enter: starts on the first row, switches a choice, or opens a value for typing."""
        row = self.current
        if row is None:
            self.action_go()
        elif row.field.kind in ("choice", "switch"):
            self.action_nudge(1)
        else:
            self.edit.open_over(shown(row.value), *self._value_at())
            self._explain("")

    def action_nudge(self, by: int) -> None:
        row = self.current
        if row is not None:
            self._set(row, nudged(row.field, row.value, by))

    def action_undo(self) -> None:
        row = self.current
        if row is not None and self._changes.take_back(row.field.key):
            self._again()

    def action_undo_all(self) -> None:
        if self._changes.take_all_back():
            self._again()

    def action_anew(self) -> None:
        """As a new attempt, or going on in the one there is."""
        if self.plan.new and self.plan.binding and not self.choice.parent:
            self.notify(f"It is a new attempt already, because of {', '.join(self.plan.binding)}.", markup=False)
        elif self.plan.attempt > 1 or not self.plan.new:
            self.choice = self.choice._replace(parent=0, new=not (self.choice.parent or self.choice.new))
            self._again()

    def action_keep(self) -> None:
        """Writes what was changed here into the file."""
        values = self._changes.items()
        if not values:
            self.notify("Nothing was changed here; there is nothing to write.", markup=False)
            return
        source = self.host.source
        self._changes.written()
        self.host.ask(lambda: source.keep(values), lambda said: self.notify(plain_line(said), markup=False))

    def action_copy(self) -> None:
        source, target, choice = self.host.source, self._target, self.choice
        self.host.ask(lambda: source.command(target, choice), lambda text: self.host.copy(text, "the command"))

    def action_only_changed(self) -> None:
        self._changed_only = not self._changed_only
        self._apply()

    def action_page(self) -> None:
        self.toggle_class("-page")

    def action_rows(self, by: int) -> None:
        if self.has_class("-page"):
            self.page.scroll_lines(by)
        else:
            self.entries.move(by)

    def action_pages(self, by: int) -> None:
        if self.has_class("-page"):
            self.page.scroll_pages(by)
        else:
            self.entries.move_pages(by)

    def action_leave(self) -> None:
        self.dismiss()

    def on_entries_opened(self) -> None:
        self.action_open()

    # Typing

    def _set(self, row: FieldRow, value: Any) -> None:
        if self._changes.put(row, value):
            self._again()

    def _value_at(self) -> tuple[int, int]:
        """Where in a row its value stands, and its room."""
        return value_at(self.entries.size.width - GUTTER)

    def _close_edit(self) -> None:
        if self.edit.close():
            self._explain()

    def _take_edit(self) -> bool:
        """Takes what was typed; False when it is no value of the setting, which is then said."""
        row = self.current
        assert row is not None
        try:
            value = read(row.field, self.edit.value)
        except SettingsError:
            self._explain(f"must be {row.field.wanted}")
            self.app.bell()
            return False
        self._close_edit()
        self._set(row, value)
        return True

    def on_input_changed(self, event: Input.Changed) -> None:
        if event.input is self.find:
            self._text = event.value
            self._apply()
            if self.rows and self._text and self.current is None:
                self.entries.show(len(self.rows) + 1, 1)
        elif self.edit.is_open and self.current is not None:
            try:
                read(self.current.field, event.value)
                self._explain("")
            except SettingsError:
                self._explain(f"must be {self.current.field.wanted}")

    def on_input_submitted(self, event: Input.Submitted) -> None:
        if event.input is self.find:
            self.find.close()
        elif self.edit.is_open:
            self._take_edit()

    def on_key(self, event: events.Key) -> None:
        """Arrow keys move on while words or a value are being typed; a value is taken first."""
        if event.key not in ("up", "down"):
            return
        by = 1 if event.key == "down" else -1
        if self.find.has_focus:
            event.stop()
            self.entries.move(by)
        elif self.edit.has_focus:
            event.stop()
            if not self.edit.is_open or self._take_edit():
                self.entries.move(by)

    def action_find(self) -> None:
        self.remove_class("-page")
        self.find.open()

    def go_back(self) -> bool:
        if self.edit.is_open:
            self._close_edit()
            return True
        was_open = self.find.close()
        if self._text:
            self.find.value = self._text = ""
            self._apply()
            return True
        if self.has_class("-page"):
            self.remove_class("-page")
            return True
        return was_open
