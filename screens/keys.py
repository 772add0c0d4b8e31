"""The one table of keys: bindings, footer, help, palette and the ``[panel.keymap]`` setting are all made from it.

A key belongs to a scope: ``everywhere``, a screen, or a pane while it has the focus. Ctrl+Z is never bound: it stays the shell's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from textual.binding import BindingType

Scope = Literal[
    "everywhere", "control", "pane", "plan", "loss", "consistency", "machine", "log", "line", "logs", "responses", "answers", "difference",
    "launch", "stop", "help", "report", "export", "settings", "doctor", "suggestions", "attempts", "versus",
    "story",
]

ABOVE: dict[Scope, tuple[Scope, ...]] = {
    "pane": ("control", "everywhere"),
    "plan": ("pane", "control", "everywhere"),
    "loss": ("control", "everywhere"),
    "consistency": ("pane", "control", "everywhere"),
    "machine": ("pane", "control", "everywhere"),
    "control": ("everywhere",),
    "log": ("everywhere",),
    "responses": ("everywhere",),
    "answers": ("everywhere",),
    "difference": ("everywhere",),
    "line": ("everywhere",),
    "logs": ("everywhere",),
    "launch": ("everywhere",),
    "stop": ("everywhere",),
    "help": ("everywhere",),
    "report": ("everywhere",),
    "export": ("everywhere",),
    "settings": ("everywhere",),
    "doctor": ("everywhere",),
    "suggestions": ("everywhere",),
    "attempts": ("everywhere",),
    "versus": ("everywhere",),
    "story": ("everywhere",),
    "everywhere": (),
}
"""Scopes whose keys also work in a scope."""

NEVER = frozenset({"ctrl+z"})


class Key(NamedTuple):
    """One action and the keys that do it.

    keys: Textual's names, the first is the one shown. action: the method ``action_<action>`` on the scope's widget.
    label: for the footer. help: one sentence for help and palette. rank: place in the footer, 0 keeps it out.
    pane: for jumps, the pane it goes to.
    """

    id: str
    keys: tuple[str, ...]
    action: str
    label: str
    help: str
    scope: Scope
    rank: int = 0
    writes: bool = False
    pane: str = ""


PANES = ("plan", "loss", "consistency", "reference", "gate", "machine", "log", "story")
"""The panes of the control screen in the order of their numbers."""


def pane_title(pane: str) -> str:
    """The name of a pane as it stands in its frame."""
    return pane.capitalize()


TABLE: tuple[Key, ...] = (
    Key("run", ("r",), "run_step", "run step", "Run the step under the plan's cursor (asks first).", "control", 1, writes=True),
    Key("gate", ("g",), "run_gate", "run to gate", "Run what is left up to the next gate (asks first).", "control", 2, writes=True),
    Key("stop", ("s",), "stop", "stop", "Stop the running step politely (asks first); its work is kept.", "control", 3, writes=True),
    Key("override", ("o",), "override", "override gate", "Go through a gate that has not passed, with a reason.", "control", writes=True),
    Key("open", ("enter",), "open", "open", "Open what the focused pane shows in full.", "control", 4),
    Key("log", ("l",), "log", "log", "Read the whole log of the step under the plan's cursor.", "control", 5),
    Key("responses", ("p",), "responses", "responses", "See the measured problems and the model's responses.", "control", 6),
    Key("search", ("slash",), "search", "search", "Search the log (in the log pane) or the problems (elsewhere).", "control", 9),
    Key("report", ("e",), "report", "report", "Read the report of the attempt, and export from it.", "control", 10),
    Key("suggest", ("i",), "suggest", "what to change", "See what to change after a failed gate.", "control", 13),
    Key("attempts", ("c",), "attempts", "attempts", "Lay attempts side by side, and compare two.", "control", 14),
    Key("settings", ("comma",), "settings", "settings", "See every setting, its value and where that comes from.", "control", 11),
    Key("doctor", ("d",), "doctor", "doctor", "Check this machine against the settings.", "control", 12),
    Key("zoom", ("z", "m"), "zoom", "zoom", "Show the focused pane alone, or all panes again.", "control", 7),
    Key("next_pane", ("tab",), "next_pane", "next pane", "Go to the next pane.", "control", 8),
    Key("previous_pane", ("shift+tab",), "previous_pane", "previous pane", "Go to the previous pane.", "control"),
    *(
        Key(f"pane_{name}", (str(number),), f"go('{name}')", pane_title(name), f"Go to the {pane_title(name)} pane.", "control", pane=name)
        for number, name in enumerate(PANES, start=1)
    ),
    Key("pane_copy", ("y",), "copy", "copy", "Copy what the focused pane says.", "pane"),
    Key("up", ("up", "k"), "up", "up", "Move the plan's cursor up.", "plan"),
    Key("down", ("down", "j"), "down", "down", "Move the plan's cursor down.", "plan"),
    Key("zoom_in", ("plus", "equals_sign"), "zoom_in", "zoom in", "See half as much of the curve.", "loss", 21),
    Key("zoom_out", ("minus",), "zoom_out", "zoom out", "See twice as much of the curve.", "loss", 22),
    Key("fit", ("0",), "fit", "all", "See the whole curve again.", "loss", 23),
    Key("chart_left", ("left", "h"), "left", "left", "Move the crosshair or the window to the left.", "loss"),
    Key("chart_right", ("right",), "right", "right", "Move the crosshair or the window to the right.", "loss"),
    Key("crosshair", ("x",), "crosshair", "crosshair", "Read values off the curve with a crosshair, until x or escape.", "loss", 24),
    Key("log_scale", ("y",), "log_scale", "log scale", "Switch the vertical axis between linear and logarithmic.", "loss", 25),
    Key("smoothing", ("a",), "smoothing", "average", "Change how strongly the loss is averaged.", "loss", 26),
    Key("series", ("t",), "series", "next curve", "Show loss, held-out loss, learning rate, gradient norm, tokens/s or pace.", "loss", 27),
    Key("overlay", ("w",), "overlay", "attempts", "Lay the curves of earlier attempts under this one, or take them away.", "loss", 28),
    Key("metric", ("v",), "switch_metric", "answers", "Switch between consistency of whole responses and of answers.", "consistency", 21),
    Key("past_shorter", ("plus", "equals_sign"), "shorter", "less past", "See less of the machine's past, in more detail.", "machine", 21),
    Key("past_longer", ("minus",), "longer", "more past", "See more of the machine's past, up to a day.", "machine", 22),
    Key("log_up", ("up", "k"), "lines(-1)", "up", "One line up.", "log"),
    Key("log_down", ("down", "j"), "lines(1)", "down", "One line down.", "log"),
    Key("log_page_up", ("pageup", "b"), "pages(-1)", "page up", "One page up.", "log", 9),
    Key("log_page_down", ("pagedown", "space"), "pages(1)", "page down", "One page down.", "log", 10),
    Key("log_left", ("left",), "sideways(-1)", "left", "Shift long lines back.", "log"),
    Key("log_right", ("right",), "sideways(1)", "right", "Shift long lines to see their ends.", "log"),
    Key("log_start", ("home",), "start", "start", "Go to the first line.", "log", 11),
    Key("log_follow", ("end", "f"), "follow", "follow", "Go to the newest line and follow.", "log", 4),
    Key("log_search", ("slash",), "search", "search", "Search the whole log.", "log", 1),
    Key("log_next", ("n",), "again(1)", "next", "Go to the next match.", "log", 2),
    Key("log_previous", ("N",), "again(-1)", "previous", "Go to the previous match.", "log", 8),
    Key("log_level", ("v",), "level", "level", "Show everything, warnings and errors, or errors only.", "log", 3),
    Key("log_copy", ("y",), "copy", "copy", "Copy the line under the cursor, or the newest one.", "log", 6),
    Key("log_step", ("tab",), "next_step", "next step", "Show the log of the next step of this attempt.", "log", 7),
    Key("log_whole", ("enter",), "whole", "whole line", "Show all of the line under the cursor, wrapped.", "log", 12),
    Key("log_all", ("a",), "all_logs", "all logs", "Choose among the logs of all attempts.", "log", 5),
    Key("line_up", ("up", "k"), "lines(-1)", "up", "One line up.", "line", 2),
    Key("line_down", ("down", "j"), "lines(1)", "down", "One line down.", "line", 3),
    Key("line_page_up", ("pageup", "b"), "pages(-1)", "page up", "One page up.", "line"),
    Key("line_page_down", ("pagedown", "space"), "pages(1)", "page down", "One page down.", "line", 4),
    Key("line_copy", ("y",), "copy", "copy", "Copy the line.", "line", 1),
    Key("logs_up", ("up", "k"), "rows(-1)", "up", "One row up.", "logs"),
    Key("logs_down", ("down", "j"), "rows(1)", "down", "One row down.", "logs"),
    Key("logs_page_up", ("pageup", "b"), "pages(-1)", "page up", "One page up.", "logs"),
    Key("logs_page_down", ("pagedown", "space"), "pages(1)", "page down", "One page down.", "logs", 2),
    Key("logs_open", ("enter",), "open", "open", "Read the log under the cursor.", "logs", 1),
    Key("story_up", ("up", "k"), "lines(-1)", "up", "One line up.", "story"),
    Key("story_down", ("down", "j"), "lines(1)", "down", "One line down.", "story"),
    Key("story_page_up", ("pageup", "b"), "pages(-1)", "page up", "One page up.", "story", 2),
    Key("story_page_down", ("pagedown", "space"), "pages(1)", "page down", "One page down.", "story", 3),
    Key("story_start", ("home",), "lines(-1000000000)", "start", "Go to the oldest note.", "story", 4),
    Key("story_end", ("end", "f"), "lines(1000000000)", "follow", "Go to the newest note and follow.", "story", 1),
    Key("problem_up", ("up", "k"), "rows(-1)", "up", "One row up.", "responses"),
    Key("problem_down", ("down", "j"), "rows(1)", "down", "One row down.", "responses"),
    Key("problem_page_up", ("pageup", "b"), "pages(-1)", "page up", "One page up.", "responses"),
    Key("problem_page_down", ("pagedown", "space"), "pages(1)", "page down", "One page down.", "responses"),
    Key("problem_first", ("home",), "rows(-1000000000)", "first", "Go to the first row.", "responses"),
    Key("problem_last", ("end",), "rows(1000000000)", "last", "Go to the last row.", "responses"),
    Key("problem_open", ("enter",), "open", "open", "See the responses to the problem under the cursor.", "responses", 1),
    Key("problem_filter", ("slash",), "filter", "find text", "Show only problems with some text in problem or responses.", "responses", 2),
    Key("problem_kind", ("f",), "kind(1)", "filter", "Show the next kind only: inconsistent, wrong, changed, tied, ...", "responses", 3),
    Key("problem_kind_back", ("F",), "kind(-1)", "filter back", "Show the kind before.", "responses"),
    Key("problem_category", ("c",), "category", "category", "Show the next category only, or all.", "responses", 4),
    Key("problem_part", ("s",), "part", "problems", "Show the measured, benchmark, scanned or training problems.", "responses", 5),
    Key("problem_sort", ("o",), "sort", "order", "Order by the next column.", "responses", 6),
    Key("problem_reverse", ("O",), "reverse", "other way", "Turn the order round.", "responses"),
    Key("problem_metric", ("v",), "switch_metric", "answers", "Switch between same response and same answer.", "responses", 7),
    Key("problem_attempt", ("a",), "attempt(-1)", "older attempt", "Show the attempt before this one.", "responses", 8),
    Key("problem_attempt_newer", ("A",), "attempt(1)", "newer attempt", "Show the attempt after this one.", "responses"),
    Key("answers_up", ("up", "k"), "answer(-1)", "up", "Go to the response before, or up in a long one.", "answers"),
    Key("answers_down", ("down", "j"), "answer(1)", "down", "Go to the next response, or down in a long one.", "answers"),
    Key("answers_page_up", ("pageup", "b"), "pages(-1)", "page up", "One page up.", "answers"),
    Key("answers_page_down", ("pagedown", "space"), "pages(1)", "page down", "One page down.", "answers", 8),
    Key("answers_next", ("right", "n"), "problem(1)", "next problem", "Go to the next problem of the table.", "answers", 1),
    Key("answers_previous", ("left", "N"), "problem(-1)", "previous", "Go to the previous problem of the table.", "answers", 2),
    Key("answers_differences", ("d",), "differences", "differences", "Compare the response with another, word by word.", "answers", 3),
    Key("answers_side", ("tab",), "other_side", "other side", "Go to the responses of the other side.", "answers", 4),
    Key("answers_unfold", ("enter",), "unfold", "whole", "Show all of a long response, or its beginning again.", "answers", 5),
    Key("answers_copy", ("y",), "copy", "copy", "Copy the response under the cursor.", "answers", 6),
    Key("answers_problem", ("e",), "expand", "whole problem", "Show all of a long problem and its reference.", "answers", 7),
    Key("difference_up", ("up", "k"), "lines(-1)", "up", "One line up.", "difference"),
    Key("difference_down", ("down", "j"), "lines(1)", "down", "One line down.", "difference"),
    Key("difference_page_up", ("pageup", "b"), "pages(-1)", "page up", "One page up.", "difference"),
    Key("difference_page_down", ("pagedown", "space"), "pages(1)", "page down", "One page down.", "difference", 5),
    Key("difference_next", ("right", "n"), "other(1)", "next response", "Compare the next response.", "difference", 1),
    Key("difference_previous", ("left", "N"), "other(-1)", "previous", "Compare the response before.", "difference", 2),
    Key("difference_base", ("d",), "base", "compare with", "Compare with another: trained on, most common, reference.", "difference", 3),
    Key("difference_copy", ("y",), "copy", "copy", "Copy the response that is compared.", "difference", 4),
    Key("launch_open", ("enter",), "open", "start / change", "Start (on the first row), or change the setting.", "launch", 1),
    Key("launch_go", ("y",), "go", "start", "Start what is described, from any row.", "launch", 2, writes=True),
    Key("launch_find", ("slash",), "find", "find", "Show only settings with some words in name, help or value.", "launch", 3),
    Key("launch_up", ("up", "k"), "rows(-1)", "up", "One row up.", "launch"),
    Key("launch_down", ("down", "j"), "rows(1)", "down", "One row down.", "launch"),
    Key("launch_page_up", ("pageup", "b"), "pages(-1)", "page up", "One page up.", "launch"),
    Key("launch_page_down", ("pagedown", "space"), "pages(1)", "page down", "One page down.", "launch"),
    Key("launch_first", ("home",), "rows(-1000000000)", "first", "Go to the row that starts.", "launch"),
    Key("launch_last", ("end",), "rows(1000000000)", "last", "Go to the last setting.", "launch"),
    Key("launch_more", ("right", "plus", "equals_sign"), "nudge(1)", "more", "The next larger value, or the next choice.", "launch", 5),
    Key("launch_less", ("left", "minus"), "nudge(-1)", "less", "The next smaller value, or the choice before.", "launch", 6),
    Key("launch_undo", ("u",), "undo", "undo", "Take back what was changed here of the setting.", "launch", 7),
    Key("launch_undo_all", ("U",), "undo_all", "undo all", "Take back everything that was changed here.", "launch"),
    Key("launch_new", ("a",), "anew", "new attempt", "Start it as a new attempt; earlier ones are kept.", "launch", 4, writes=True),
    Key("launch_page", ("tab",), "page", "all of it", "Show all that is known of the start, or the form again.", "launch", 8),
    Key("launch_only", ("f",), "only_changed", "changed", "Show only settings that are changed, or all.", "launch", 9),
    Key("launch_keep", ("w",), "keep", "write to file", "Write what was changed here into cogumi.toml.", "launch", 10, writes=True),
    Key("launch_copy", ("c",), "copy", "copy", "Copy the command line that starts the same.", "launch"),
    Key("launch_no", ("n",), "leave", "leave it", "Start nothing.", "launch", 11),
    Key("stop_yes", ("y",), "yes", "stop it", "Stop the running step; its work is kept, and what is queued waits.", "stop", 1, writes=True),
    Key("stop_no", ("n",), "no", "let it run", "Stop nothing.", "stop", 2),
    Key("suggestion_up", ("up", "k"), "rows(-1)", "up", "One suggestion up.", "suggestions"),
    Key("suggestion_down", ("down", "j"), "rows(1)", "down", "One suggestion down.", "suggestions"),
    Key("suggestion_page_up", ("pageup", "b"), "pages(-1)", "page up", "One page up.", "suggestions"),
    Key("suggestion_page_down", ("pagedown",), "pages(1)", "page down", "One page down.", "suggestions"),
    Key("suggestion_open", ("enter",), "open", "try it", "Put the change into the form of a new attempt.", "suggestions", 1),
    Key("suggestion_mark", ("space",), "mark", "take along", "Take the suggestion together with others, or not.", "suggestions", 2),
    Key("suggestion_free", ("n",), "free", "own changes", "A new attempt with changes of your own.", "suggestions", 3),
    Key("suggestion_copy", ("y",), "copy", "copy", "Copy the command line that tries it.", "suggestions", 4),
    Key("attempt_up", ("up", "k"), "rows(-1)", "up", "One attempt up.", "attempts"),
    Key("attempt_down", ("down", "j"), "rows(1)", "down", "One attempt down.", "attempts"),
    Key("attempt_page_up", ("pageup", "b"), "pages(-1)", "page up", "One page up in what is told of the attempt.", "attempts"),
    Key("attempt_page_down", ("pagedown",), "pages(1)", "more below", "One page down in what is told of the attempt.", "attempts", 6),
    Key("attempt_first", ("home",), "rows(-1000000000)", "first", "Go to the first attempt.", "attempts"),
    Key("attempt_last", ("end",), "rows(1000000000)", "last", "Go to the last attempt.", "attempts"),
    Key("attempt_compare", ("enter", "c"), "compare", "compare", "Compare it with the marked attempt or the one before.", "attempts", 1),
    Key("attempt_mark", ("space",), "mark", "mark", "Mark the attempt to compare others with.", "attempts", 2),
    Key("attempt_new", ("n",), "anew", "new from it", "Start a new attempt with the settings of this one.", "attempts", 3, writes=True),
    Key("attempt_suggest", ("i",), "suggest", "what to change", "See what to change after its failed gate.", "attempts", 4),
    Key("attempt_report", ("e",), "report", "report", "Read the report of the attempt.", "attempts", 5),
    Key("attempt_responses", ("p",), "responses", "responses", "See the attempt's problems and responses.", "attempts", 7),
    Key("versus_up", ("up", "k"), "lines(-1)", "up", "One line up.", "versus"),
    Key("versus_down", ("down", "j"), "lines(1)", "down", "One line down.", "versus"),
    Key("versus_page_up", ("pageup", "b"), "pages(-1)", "page up", "One page up.", "versus"),
    Key("versus_page_down", ("pagedown", "space"), "pages(1)", "page down", "One page down.", "versus", 2),
    Key("versus_first", ("home",), "lines(-1000000000)", "start", "Go to the beginning.", "versus"),
    Key("versus_last", ("end",), "lines(1000000000)", "end", "Go to the end.", "versus"),
    Key("versus_swap", ("x",), "swap", "other way", "Compare the other way round.", "versus", 1),
    Key("versus_responses", ("p",), "responses", "responses", "See the problems and responses of the second attempt.", "versus", 4),
    Key("versus_new", ("n",), "anew", "new from it", "Start a new attempt with the settings of the second one.", "versus", 3, writes=True),
    Key("report_up", ("up", "k"), "lines(-1)", "up", "One line up.", "report"),
    Key("report_down", ("down", "j"), "lines(1)", "down", "One line down.", "report"),
    Key("report_page_up", ("pageup", "b"), "pages(-1)", "page up", "One page up.", "report"),
    Key("report_page_down", ("pagedown", "space"), "pages(1)", "page down", "One page down.", "report", 4),
    Key("report_start", ("home",), "lines(-1000000000)", "start", "Go to the beginning.", "report"),
    Key("report_end", ("end",), "lines(1000000000)", "end", "Go to the end.", "report"),
    Key("report_next", ("n", "right", "tab"), "chapter(1)", "next chapter", "Go to the next chapter.", "report", 1),
    Key("report_previous", ("N", "left", "shift+tab"), "chapter(-1)", "previous", "Go to the previous chapter.", "report", 3),
    *(
        Key(f"report_{number}", (str(number),), f"go({number})", f"chapter {number}", f"Go to chapter {number}.", "report")
        for number in range(1, 10)
    ),
    Key("report_export", ("x",), "export", "export", "Export the attempt: report, training rows, responses, metrics.", "report", 2),
    Key("report_attempt_next", ("right_square_bracket", "A"), "attempt(1)", "later attempt", "Report the next attempt.", "report", 6),
    Key("report_attempt_previous", ("left_square_bracket", "a"), "attempt(-1)", "earlier", "Report the attempt before.", "report", 5),
    Key("report_unfold", ("f",), "unfold", "unfold", "Show what is folded away, such as every setting, or fold it again.", "report", 8),
    Key("report_again", ("u",), "again", "renew", "Make the report again with what has happened since.", "report", 9),
    Key("report_copy", ("y",), "copy", "copy", "Copy the chapter that is being read as Markdown.", "report", 7),
    Key("export_up", ("up", "k"), "rows(-1)", "up", "One row up.", "export"),
    Key("export_down", ("down", "j"), "rows(1)", "down", "One row down.", "export"),
    Key("export_choose", ("enter",), "choose", "write it", "Say where to write it; enter again writes it.", "export", 1),
    Key("export_copy", ("y",), "copy", "copy path", "Copy the path under the cursor.", "export", 2),
    Key("settings_up", ("up", "k"), "rows(-1)", "up", "One row up.", "settings"),
    Key("settings_down", ("down", "j"), "rows(1)", "down", "One row down.", "settings"),
    Key("settings_page_up", ("pageup", "b"), "pages(-1)", "page up", "One page up.", "settings"),
    Key("settings_page_down", ("pagedown", "space"), "pages(1)", "page down", "One page down.", "settings"),
    Key("settings_start", ("home",), "rows(-1000000000)", "first", "Go to the first setting.", "settings"),
    Key("settings_end", ("end",), "rows(1000000000)", "last", "Go to the last setting.", "settings"),
    Key("settings_find", ("slash",), "find", "find", "Show only settings with some words in name, help or value.", "settings", 1),
    Key("settings_kind", ("f",), "kind", "filter", "Show all settings, changed ones, or those not as in the attempt.", "settings", 2),
    Key("settings_change", ("e", "enter"), "change", "change", "Change settings for a new attempt.", "settings", 3, writes=True),
    Key("settings_copy", ("y",), "copy", "copy", "Copy the setting as --set takes it.", "settings", 4),
    Key("doctor_up", ("up", "k"), "rows(-1)", "up", "One finding up.", "doctor"),
    Key("doctor_down", ("down", "j"), "rows(1)", "down", "One finding down.", "doctor"),
    Key("doctor_page_up", ("pageup", "b"), "pages(-1)", "page up", "One page up.", "doctor"),
    Key("doctor_page_down", ("pagedown", "space"), "pages(1)", "page down", "One page down.", "doctor"),
    Key("doctor_again", ("u",), "again", "look again", "Look at the machine again.", "doctor", 1),
    Key("doctor_copy", ("y",), "copy", "copy", "Copy what to do about the finding under the cursor.", "doctor", 2),
    Key("help_up", ("up", "k"), "lines(-1)", "up", "One line up.", "help"),
    Key("help_down", ("down", "j"), "lines(1)", "down", "One line down.", "help"),
    Key("help_next", ("n", "right", "tab"), "chapter(1)", "next chapter", "Go to the next chapter.", "help", 1),
    Key("help_previous", ("N", "left", "shift+tab"), "chapter(-1)", "previous", "Go to the previous chapter.", "help", 2),
    Key("help_start", ("home",), "lines(-1000000000)", "start", "Go to the beginning.", "help"),
    Key("help_end", ("end",), "lines(1000000000)", "end", "Go to the end.", "help"),
    Key("help_page_up", ("pageup", "b"), "pages(-1)", "page up", "One page up.", "help", 3),
    Key("help_page_down", ("pagedown", "space"), "pages(1)", "page down", "One page down.", "help", 4),
    Key("help", ("question_mark", "f1"), "help", "help", "Every key that works here, and what words and signs mean.", "everywhere", 50),
    Key("palette", ("ctrl+p",), "command_palette", "palette", "Find any action or place by name.", "everywhere", 51),
    Key("theme", ("f2",), "next_theme", "theme", "Switch between the dark, light and high-contrast theme.", "everywhere"),
    Key("back", ("escape",), "back", "back", "Go back: close the zoomed pane or the screen.", "everywhere", 49),
    Key("quit", ("q", "ctrl+q"), "quit", "quit", "Leave the panel; running work goes on in the background.", "everywhere", 52),
)

_SHOWN = {
    "enter": "↵", "escape": "esc", "question_mark": "?", "slash": "/", "comma": ",",
    "left_square_bracket": "[", "right_square_bracket": "]", "plus": "+", "minus": "-", "equals_sign": "=", "pageup": "pgup",
    "pagedown": "pgdn", "up": "↑", "down": "↓", "left": "←", "right": "→", "space": "space", "shift+tab": "shift+tab",
}
_PLAIN = {"↵": "enter", "↑": "up", "↓": "down", "←": "left", "→": "right"}


def shown(key: str, ascii_only: bool = False) -> str:
    """A key as the footer and help write it."""
    name = _SHOWN.get(key, key)
    return _PLAIN.get(name, name) if ascii_only else name


class KeyTable(NamedTuple):
    """The table with the user's own keys in it. ``problems`` says which entries of the keymap were not taken, and why."""

    keys: tuple[Key, ...] = TABLE
    problems: tuple[str, ...] = ()

    def of(self, scope: Scope) -> tuple[Key, ...]:
        """The keys of one scope alone."""
        return tuple(key for key in self.keys if key.scope == scope)

    def reach(self, scope: Scope) -> tuple[Key, ...]:
        """The keys that work in a scope, its own first."""
        return tuple(key for name in (scope, *ABOVE[scope]) for key in self.of(name))

    def by_id(self, id_: str) -> Key:
        """One entry. KeyError when there is none."""
        return next((key for key in self.keys if key.id == id_), None) or _missing(id_)

    def first(self, id_: str, ascii_only: bool = False) -> str:
        """How the first key of an action is written, for hints."""
        return shown(self.by_id(id_).keys[0], ascii_only)


def _missing(id_: str) -> Key:
    raise KeyError(id_)


def bindings(scope: Scope) -> list[BindingType]:
    """The scope's bindings for Textual, with the ids that a keymap names."""
    from textual.binding import Binding

    return [
        Binding(",".join(key.keys), key.action, key.label, show=key.rank > 0, id=key.id, priority=key.id in _FIRST)
        for key in TABLE
        if key.scope == scope
    ]


_FIRST = frozenset(
    {"next_pane", "previous_pane", "log_step", "launch_page", "report_next", "report_previous", "help_next", "help_previous"}
)
"""Actions that go before what Textual itself does with their key (Tab)."""
