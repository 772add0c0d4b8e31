"""The Textual application: holds the newest snapshot, opens screens, passes wishes on to the source, and rings when something happened.

It decides nothing about the work; that is the supervisor's. It imports no torch and no numpy, and most of the panel only once the first
frame is on screen.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from textual.message import Message
from textual.screen import Screen

from app.inturn import InTurn
from app.navigation import Navigation
from app.terminal import TITLE_RESTORE, TITLE_SAVE, set_title
from core.errors import CogumiError
from core.text import plain, plain_line
from screens.base import STYLES, PanelScreen
from screens.iterating import UNCHANGED, Choice
from screens.keymap import with_keymap
from screens.keys import TABLE, KeyTable, bindings
from screens.opening import OpeningScreen
from screens.themes import ALL, DARK, textual_theme
from screens.widgets.glyphs import Glyphs, choose

if TYPE_CHECKING:
    from textual.driver import Driver
    from textual.filter import LineFilter

    from app.notice import Notice
    from app.watcher import Watcher
    from core.plan.settings import PanelSettings
    from core.runs.snapshot import GateView, Snapshot
    from screens.iterating import LaunchPlan
    from screens.ports import Source

Result = TypeVar("Result")


def _palette() -> Any:
    from app.palette import Actions

    return Actions


def _places() -> Any:
    from app.palette import Places

    return Places


class PanelApp(InTurn, Navigation):
    """The panel over one workspace."""

    TITLE = "Cogumi"
    CSS_PATH = STYLES / "base.tcss"
    BINDINGS = bindings("everywhere")
    COMMANDS = {_palette, _places}  # noqa: RUF012 - Textual's own type
    COMMAND_PALETTE_BINDING = ""
    NOTIFICATION_TIMEOUT = 8

    class Picture(Message):
        """A newer snapshot; it replaces one that still waits."""

        def __init__(self, snapshot: Snapshot) -> None:
            super().__init__()
            self.snapshot = snapshot

        def can_replace(self, message: Message) -> bool:
            return isinstance(message, PanelApp.Picture)

    def __init__(
        self,
        source: Source,
        settings: PanelSettings | None = None,
        *,
        clock: Callable[[], float] = time.time,
        glyphs: Glyphs | None = None,
    ) -> None:
        self.glyphs = glyphs or choose()
        keymap = settings.keymap if settings else {}
        self.keys = with_keymap(keymap) if keymap else KeyTable()
        self._bell = settings.bell if settings else True
        self.source = source
        self.snapshot: Snapshot | None = None
        self._clock = clock
        self._shown_title = ""
        self._set_aside: dict[str, Choice] = {}
        super().__init__()
        for colours in ALL.values():
            self.register_theme(textual_theme(colours))
        self.theme = settings.theme if settings else DARK.name
        self.set_class(self.glyphs.ascii, "-ascii")
        self.watcher: Watcher | None = None

    def now(self) -> float:
        return self._clock()

    def get_driver_class(self) -> type[Driver]:
        from textual.drivers.linux_driver import LinuxDriver

        found = super().get_driver_class()
        if found is not LinuxDriver:
            return found
        from app.driver import PanelDriver

        return PanelDriver

    def get_line_filters(self) -> Sequence[LineFilter]:
        if not self.no_color:
            return super().get_line_filters()
        from app.nocolor import Colourless

        # Textual's own would show greys, which are colours all the same.
        return [Colourless(self.theme)]

    def get_default_screen(self) -> Screen[None]:
        return OpeningScreen()

    def on_mount(self) -> None:
        if self.keys.keys is not TABLE:
            self.set_keymap({key.id: ",".join(key.keys) for key in self.keys.keys})
        for problem in self.keys.problems:
            self.notify(plain_line(problem), severity="warning", markup=False)
        self._write(TITLE_SAVE)
        self.set_interval(1.0, self._tick)
        self.call_after_refresh(self._go_home)

    def _go_home(self) -> None:
        """Loads the home screen and begins to watch."""
        from app.watcher import Watcher
        from screens.control import ControlScreen

        self.watcher = Watcher(self.source, self._post_picture, self._post_failure)
        # The opening screen stays at the bottom: Textual cannot put another in place of an application's first screen.
        self.push_screen(ControlScreen())
        self.watcher.start()

    def on_unmount(self) -> None:
        self.source.abandon()
        if self.watcher is not None:
            self.watcher.stop()
        self._write(TITLE_RESTORE)

    # Pictures

    def _post_picture(self, snapshot: Snapshot) -> None:
        if not self.post_message(self.Picture(snapshot)):
            self._drawn()

    def _drawn(self) -> None:
        if self.watcher is not None:
            self.watcher.drawn()

    def _post_failure(self, sentence: str) -> None:
        self.call_later(self._complain, sentence)

    def _complain(self, sentence: str) -> None:
        self.notify(plain_line(sentence), severity="error", markup=False)

    def on_panel_app_picture(self, message: Picture) -> None:
        from app.notice import notices

        earlier, self.snapshot = self.snapshot, message.snapshot
        self._show()
        if earlier is None:
            from app import ahead

            self.call_after_refresh(ahead.begin)
        for notice in notices(earlier, message.snapshot):
            self._tell(notice)
        self._set_title()
        self.call_after_refresh(self._drawn)

    def _tick(self) -> None:
        """Once a second: running times and the age of the last sign of life move on by themselves."""
        if self.snapshot is not None and self.snapshot.running is not None:
            self._show()

    def _show(self) -> None:
        # While the program closes, pictures still arrive and there is no screen any more.
        if self.snapshot is not None and self.screen_stack and isinstance(self.screen, PanelScreen):
            self.screen.take(self.snapshot, self.now())

    def _tell(self, notice: Notice) -> None:
        self.notify(plain_line(notice.text), title=notice.title, severity=notice.severity, markup=False)
        if self._bell and notice.rings:
            self.bell()

    def _set_title(self) -> None:
        from app.notice import terminal_title

        assert self.snapshot is not None
        title = terminal_title(self.snapshot)
        if title != self._shown_title:
            self._shown_title = title
            self._write(set_title(title))

    def _write(self, sequence: str) -> None:
        if self._driver is not None and not self.is_headless:
            self._driver.write(sequence)

    def _fatal_error(self) -> None:
        """Says in a sentence what an error of our own means; Textual's own page would print every local variable."""
        import traceback

        from rich.text import Text

        self.bell()
        sentence = "cogumi: the panel ended because of an error of its own; work in the background goes on, and `cogumi` shows it again."
        if not self._exit_renderables:
            self._exit_renderables.append(Text(f"{plain(traceback.format_exc())}\n{sentence}"))
        self._close_messages_no_wait()

    # What screens may ask (screens.ports.Host)

    def ask(
        self, question: Callable[[], Result], answer: Callable[[Result], None], failed: Callable[[CogumiError], None] | None = None
    ) -> None:
        def work() -> None:
            try:
                result = question()
            except CogumiError as error:
                if failed is not None:
                    self.call_later(failed, error)
                else:
                    self.call_later(self._complain, str(error))
            else:
                # A message, not a call that waits: the panel may be closing, and then nobody answers.
                self.call_later(answer, result)

        self.run_worker(work, thread=True, exit_on_error=True)

    def copy(self, text: str, what: str) -> None:
        from app import clipboard

        shown = clipboard.pasteable(text)
        if not shown:
            self.notify(f"There is nothing to copy of {what}.", severity="warning", markup=False)
            return
        self.copy_to_clipboard(shown)
        if not clipboard.in_tmux():
            self.notify(clipboard.told(what, shown, False), markup=False)
            return

        def given(kept: bool) -> None:
            if not kept:
                self._write(clipboard.through_tmux(clipboard.osc52(shown)))
            self.notify(clipboard.told(what, shown, kept), markup=False)

        self.ask(lambda: clipboard.give_to_tmux(shown), given)

    def launch(self, target: str, choice: Choice = UNCHANGED, find: str = "") -> None:
        if not self._may_write():
            return
        from screens.launch import LaunchScreen

        kept = self._set_aside.get(target, UNCHANGED) if choice == UNCHANGED else UNCHANGED
        chosen = kept if kept.values else choice
        asker = self.screen

        def show(plan: LaunchPlan) -> None:
            if self.screen is not asker:
                # Over another screen the form would take what is typed there, and one of its keys starts.
                if not isinstance(self.screen, LaunchScreen):
                    self.notify("Another screen was opened before the form of the start was there; ask for it again.", markup=False)
            else:
                self.push_screen(LaunchScreen(plan, target, chosen, find, kept=bool(kept.values)))

        self.ask(lambda: self.source.launch_plan(target, chosen), show)

    def set_aside(self, target: str, choice: Choice) -> None:
        # The attempt to start from is not kept: meanwhile there may be another.
        self._set_aside[target] = Choice(choice.values)

    def begin(self, target: str, choice: Choice = UNCHANGED) -> None:
        self._set_aside.pop(target, None)
        self.ask(lambda: self.source.start(target, choice), self._began)

    def ask_override(self, gate: GateView) -> None:
        if gate.verdict == "open":
            self.notify(f"{gate.title} is not decided yet; its phase comes first, and then it may be overridden.", markup=False)
        elif gate.verdict != "failed":
            self.notify(f"{gate.title} is {gate.verdict}; there is nothing to override.", markup=False)
        elif self.snapshot is not None and self._may_write():
            from screens.override import OverrideScreen

            self.push_screen(OverrideScreen(self.snapshot.attempt, gate))

    def override(self, attempt: int, gate: str, reason: str) -> None:
        # The next picture tells of it, here and in every other panel.
        self.ask(lambda: self.source.override(attempt, gate, reason), lambda _: self._hurry())

    def _may_write(self) -> bool:
        if not self.source.writable:
            said = f"This panel is read-only, for {self.source.read_only}: it watches, and starts and stops nothing."
            self.notify(plain_line(said), severity="warning", markup=False)
        return self.source.writable

    def ask_stop(self) -> None:
        if not self._may_write():
            return
        from screens.stop import StopScreen, ending

        if said := ending(self.snapshot):
            self.notify(plain_line(said), markup=False)
        else:
            self.push_screen(StopScreen())

    def stop_work(self) -> None:
        from screens.stop import ending

        # It may have ended, or been stopped in another panel, while the question stood.
        if said := ending(self.snapshot):
            self.notify(plain_line(said), markup=False)
        else:
            self.ask(self.source.stop, self._began)

    def _began(self, sentence: str) -> None:
        self.notify(plain_line(sentence), markup=False)
        self._hurry()

    def _hurry(self) -> None:
        if self.watcher is not None:
            self.watcher.hurry()

    # Keys that work everywhere

    async def action_back(self) -> None:
        screen = self.screen
        if isinstance(screen, PanelScreen) and screen.go_back():
            return
        if len(self.screen_stack) > 2:
            self.pop_screen()

    def action_command_palette(self) -> None:
        from textual.command import CommandPalette

        if not isinstance(self.screen, CommandPalette):
            wanted = "an action, screen, step, attempt, setting, problem or theme"
            self.push_screen(CommandPalette(placeholder=wanted, id="--command-palette"))

    def action_help(self) -> None:
        if isinstance(self.screen, PanelScreen) and self.screen.SCOPE != "help":
            self.open_help(self.screen.scope)

    def action_help_quit(self) -> None:
        self.notify(f"Press {self.keys.first('quit')} to leave the panel; running work goes on.", markup=False)

    def action_next_theme(self) -> None:
        names = list(ALL)
        self.theme = names[(names.index(self.theme) + 1) % len(names)] if self.theme in names else names[0]
