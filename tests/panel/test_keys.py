"""One table of keys: no key means two things in one place, help lists all, and the user's keymap is taken or refused with a reason."""

from __future__ import annotations

from itertools import combinations
from typing import get_args

import pytest

from app.application import PanelApp
from core.runs.snapshot import State
from screens.answers import AnswersScreen
from screens.attempts import AttemptsScreen
from screens.control import ControlScreen
from screens.difference import DifferenceScreen
from screens.doctor import DoctorScreen
from screens.export import ExportScreen
from screens.help import NAMES, HelpScreen, chapters
from screens.ink import Line, text_of, width_of
from screens.keymap import with_keymap
from screens.keys import ABOVE, NEVER, TABLE, KeyTable, Scope, bindings, shown
from screens.launch import LaunchScreen
from screens.log import LogScreen
from screens.log_line import LineScreen
from screens.logs import LogsScreen
from screens.report import ReportScreen
from screens.responses import ResponsesScreen
from screens.settings import SettingsScreen
from screens.stop import StopScreen
from screens.story import StoryScreen
from screens.suggestions import SuggestionsScreen
from screens.versus import VersusScreen
from screens.widgets.consistency import ConsistencyPane
from screens.widgets.footer import choose
from screens.widgets.glyphs import ASCII, UNICODE, Glyphs
from screens.widgets.loss import LossPane
from screens.widgets.machine import MachinePane
from screens.widgets.pane import Pane
from screens.widgets.plan import PlanPane

SCOPES: tuple[Scope, ...] = get_args(Scope)
OWNERS = {
    "everywhere": PanelApp, "control": ControlScreen, "pane": Pane, "plan": PlanPane, "loss": LossPane, "consistency": ConsistencyPane,
    "machine": MachinePane, "log": LogScreen, "line": LineScreen, "logs": LogsScreen,
    "responses": ResponsesScreen, "answers": AnswersScreen, "difference": DifferenceScreen, "launch": LaunchScreen, "help": HelpScreen,
    "report": ReportScreen, "export": ExportScreen, "settings": SettingsScreen, "doctor": DoctorScreen,
    "suggestions": SuggestionsScreen, "attempts": AttemptsScreen, "versus": VersusScreen,
    "story": StoryScreen, "stop": StopScreen,
}


@pytest.mark.parametrize("scope", SCOPES)
def test_no_key_means_two_things_where_it_works(scope: Scope) -> None:
    for first, second in combinations(KeyTable().reach(scope), 2):
        assert not set(first.keys) & set(second.keys), f"{first.id} and {second.id} share a key in {scope}"


def test_ids_are_unique_and_ctrl_z_is_never_bound() -> None:
    assert len({key.id for key in TABLE}) == len(TABLE)
    assert not any(NEVER & set(key.keys) for key in TABLE)
    assert not any("ctrl+z" in str(binding) for scope in SCOPES for binding in bindings(scope))


@pytest.mark.parametrize("scope", SCOPES)
def test_every_action_exists_on_the_widget_of_its_scope(scope: Scope) -> None:
    for key in KeyTable().of(scope):
        name = f"action_{key.action.partition('(')[0]}"
        assert hasattr(OWNERS[scope], name), f"{OWNERS[scope].__name__} has no {name}"


def help_lines(scope: Scope, width: int, glyphs: Glyphs = UNICODE) -> list[Line]:
    return [line for chapter in chapters(KeyTable(), scope, glyphs) for line in chapter.lines(width)]


def test_help_lists_every_key_with_its_sentence() -> None:
    text = " ".join(" ".join(text_of(line) for line in help_lines("loss", 200)).split())
    for key in TABLE:
        assert key.help in text and key.id in text
        assert all(shown(name) in text for name in key.keys)


@pytest.mark.parametrize("width", [52, 80, 160])
def test_help_begins_with_what_works_here_and_fits_its_width(width: int) -> None:
    for scope in SCOPES:
        lines = help_lines(scope, width)
        assert text_of(lines[0]).strip().startswith(NAMES[scope] if KeyTable().of(scope) else NAMES[ABOVE[scope][0]])
        assert all(width_of(line) <= width for line in lines)


def test_help_explains_every_state_and_stays_plain_in_ascii() -> None:
    text = "\n".join(text_of(line) for line in help_lines("control", 120, ASCII))
    assert text.isascii()
    assert all(f"{ASCII.states[state]} {state.value}" in text for state in State)


@pytest.mark.parametrize("width", [60, 80, 120, 200])
@pytest.mark.parametrize("scope", SCOPES)
def test_the_footer_fits_and_always_names_help_and_the_way_out(scope: Scope, width: int) -> None:
    for glyphs in (UNICODE, ASCII):
        items = choose(KeyTable(), scope, width, True, glyphs)
        assert 1 + sum(len(key) + len(label) + 3 for _, key, label in items) <= width
        assert {"help", "quit"} <= {id_ for id_, _, _ in items}
        assert not glyphs.ascii or all(key.isascii() for _, key, _ in items)


def test_a_read_only_panel_offers_no_key_that_writes() -> None:
    assert not {"run", "gate", "stop"} & {id_ for id_, _, _ in choose(KeyTable(), "control", 300, False, UNICODE)}


def test_a_keymap_changes_keys_by_id() -> None:
    table = with_keymap({"stop": "X", "search": "ctrl+f,s"})
    assert table.by_id("stop").keys == ("X",)
    assert table.by_id("search").keys == ("ctrl+f", "s")
    assert table.problems == ()


@pytest.mark.parametrize(
    ("keymap", "sentence"),
    [
        ({"fly": "x"}, "no action 'fly'"),
        ({"stop": "ctrl+z"}, "cannot be the key"),
        ({"stop": "r"}, "'run' already"),
        ({"stop": " "}, "cannot be"),
        ({"stop": "stpo"}, "'stpo' is no key"),
        ({"stop": "alt+x"}, "'alt+x' is no key"),
        ({"stop": "ctrl+"}, "'ctrl+' is no key"),
        ({"run": "X", "stop": "X"}, "'X' for 'stop' is the key of 'run' already"),
    ],
)
def test_a_keymap_that_does_not_fit_is_refused_with_a_reason(keymap: dict[str, str], sentence: str) -> None:
    table = with_keymap(keymap)
    assert table.by_id("stop").keys == ("s",)
    assert len(table.problems) == 1 and sentence in table.problems[0]


def test_two_actions_may_change_keys_with_each_other() -> None:
    table = with_keymap({"run": "s", "stop": "r"})
    assert table.problems == () and table.by_id("run").keys == ("s",) and table.by_id("stop").keys == ("r",)


@pytest.mark.parametrize(
    ("text", "keys"),
    [(",", ("comma",)), ("/", ("slash",)), ("ctrl+f", ("ctrl+f",)), ("shift+x", ("X",)), ("f5, é", ("f5", "é")), ("up", ("up",))],
)
def test_keys_are_written_as_they_are_typed(text: str, keys: tuple[str, ...]) -> None:
    from screens.keymap import _named, _parts

    assert tuple(_named(part.strip()) for part in _parts(text)) == keys


def test_the_same_key_may_mean_different_things_in_places_apart() -> None:
    assert with_keymap({"log_follow": "r"}).problems == ()
