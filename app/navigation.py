"""Opens the panel's screens, each loaded when it is first wanted: the part of ``screens.ports.Host`` that leads from one to the next."""

from __future__ import annotations

from textual.app import App

from screens.keys import Scope


class Navigation(App[None]):
    """The application as a way between its screens; the opening screen and the home screen under it stay."""

    def go_home(self) -> None:
        while len(self.screen_stack) > 2:
            self.pop_screen()

    def open_log(self, step: str | None, search: bool = False) -> None:
        from screens.log import LogScreen

        self.push_screen(LogScreen(step, search=search))

    def open_story(self) -> None:
        from screens.story import StoryScreen

        self.push_screen(StoryScreen())

    def open_responses(self, search: bool = False, find: str = "", attempt: int = 0) -> None:
        from screens.responses import ResponsesScreen

        self.push_screen(ResponsesScreen(search=search, find=find, attempt=attempt))

    def open_suggestions(self, attempt: int = 0) -> None:
        from screens.suggestions import SuggestionsScreen

        self.push_screen(SuggestionsScreen(attempt))

    def open_attempts(self) -> None:
        from screens.attempts import AttemptsScreen

        self.push_screen(AttemptsScreen())

    def open_versus(self, first: int, second: int) -> None:
        from screens.versus import VersusScreen

        self.push_screen(VersusScreen(first, second))

    def open_report(self, attempt: int | None = None) -> None:
        from screens.report import ReportScreen

        self.push_screen(ReportScreen(attempt))

    def open_export(self, attempt: int) -> None:
        from screens.export import ExportScreen

        self.push_screen(ExportScreen(attempt))

    def open_settings(self, find: str = "", attempt: int | None = None) -> None:
        from screens.settings import SettingsScreen

        self.push_screen(SettingsScreen(find, attempt))

    def open_doctor(self) -> None:
        from screens.doctor import DoctorScreen

        self.push_screen(DoctorScreen())

    def open_help(self, scope: Scope) -> None:
        from screens.help import HelpScreen

        self.push_screen(HelpScreen(scope))
