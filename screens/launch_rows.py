"""Rows of the form: which settings are shown for a filter, and one setting with its value, its origin and what it was before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.cells import cell_len

from core.plan.fields import shown
from core.text import plain_line
from screens.ink import Line, fit, left, wrapped
from screens.iterating import FieldRow
from screens.widgets.glyphs import Glyphs

NAME = 34
"""Cells for a setting's name at most; the value begins after it."""
_VALUE = 22
_ORIGIN = 8
_WAS = 12


def edited(rows: Sequence[FieldRow], values: Mapping[str, Any]) -> list[FieldRow]:
    """The rows with what was typed since the plan was made."""
    return [row._replace(value=values[row.field.key], origin="form") if row.field.key in values else row for row in rows]


def found(rows: Sequence[FieldRow], text: str, changed_only: bool) -> list[FieldRow]:
    """The rows in whose key, heading, help or value every word of ``text`` occurs."""
    words = text.lower().split()
    return [
        row
        for row in rows
        if (row.changed or not changed_only)
        and all(word in f"{row.field.key} {row.heading} {row.field.doc} {shown(row.value)}".lower() for word in words)
    ]


def name_width(width: int) -> int:
    """Cells for names in a list of ``width`` cells."""
    return max(24, min(NAME, width - 5 - 8 - _ORIGIN - _WAS - 2))


def value_at(width: int) -> tuple[int, int]:
    """Where a row's value begins, and its cells."""
    name = name_width(width)
    return 4 + name + 1, max(8, min(_VALUE, width - name - 5 - _ORIGIN - _WAS - 2))


def heading_line(heading: str, width: int, glyphs: Glyphs) -> Line:
    """What stands over the first row of a group."""
    return [(f"  {heading} ", "dim"), (glyphs.rule * max(0, width - len(heading) - 5), "frame")]


def row_line(row: FieldRow, width: int, glyphs: Glyphs) -> Line:
    """``● train.num_train_epochs   4   form   was 2``."""
    table, _, name = row.field.key.removeprefix("categories.").rpartition(".")
    start, room = value_at(width)
    prefix = f"{table}." if table else ""
    mark = glyphs.dot if row.changed else " "
    role = "strong" if row.changed else "text"
    label: Line = fit([(prefix, "faint"), (name, role)], start - 5, glyphs.ellipsis)
    text = plain_line(shown(row.value)) or "(empty)"
    # Behind a value that takes more room come a short word of its origin and seldom more.
    room = min(max(room, cell_len(text)), max(room, width - start - 1 - _ORIGIN - 2))
    line: Line = [(f"  {mark} ", "accent"), *label, (" ", ""), (left(text, room, glyphs.ellipsis), role if text != "(empty)" else "faint")]
    origin = "" if row.origin == "default" else row.origin
    line += [("  ", ""), (left(origin, _ORIGIN), "accent" if row.origin == "form" else "faint")]
    if row.changed:
        before = plain_line(shown(row.usual if row.used is None else row.used)) or "(empty)"
        line.append((f"was {before}", "dim"))
    return fit(line, width, glyphs.ellipsis, fill=False)


def about(row: FieldRow, width: int, glyphs: Glyphs, error: str | None = None) -> list[Line]:
    """Help, bounds and other values of a setting, in two lines; ``error`` is what is wrong with what is being typed, "" when it is fine."""
    room = max(20, width - 4)
    doc = wrapped(glyphs.say(plain_line(row.field.doc)), room)
    lines: list[Line] = [[("  ", ""), (row.field.key, "title")], [("  ", ""), (doc[0], "text")]]
    lines += [[("  ", ""), (text, "text")] for text in doc[1:2]]
    if error is not None:
        sign, role = (glyphs.missed, "bad") if error else (glyphs.met, "accent")
        lines.append([(f"  {sign} ", role), (error or row.field.wanted, "bad" if error else "dim")])
        return lines
    facts = [row.field.wanted, f"profile {plain_line(shown(row.usual)) or '(empty)'}"]
    if row.used is not None and row.used != row.usual:
        facts.append(f"attempt {plain_line(shown(row.used)) or '(empty)'}")
    lines.append([("  ", ""), (f" {glyphs.separator} ".join(facts), "dim")])
    return lines


def hints(go: str, down: str, find: str, anew: str, blocked: bool) -> list[Line]:
    """What stands below the form while the cursor is on the row that starts, or says why that is blocked; keys as they are written."""
    starts: Line = [(go, "key"), (" starts it in the background from any row   ", "dim")] if not blocked else []
    return [
        [("  ", ""), *starts, (down, "key"), (" to the settings", "dim")],
        [("  ", ""), (find, "key"), (" finds one   ", "dim"), (anew, "key"), (" as a new attempt, or not", "dim")],
    ]
