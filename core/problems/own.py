"""Our own form of a problem, for a person's own questions: one JSON object a line.

``prompt`` (needed) is sent as it stands, unless ``choices`` are given, which are then lettered beneath it.
``id``: stable name; without it the file's name and the row's number. ``category``: one of the six; rows of another category
are passed over. ``split``: "train" or "test". ``family``: rows of one family are never on both sides.
``gold``: right answer (a number or text; for choices a letter). ``tests``: a list of asserts, with ``setup`` run before them.
Columns beyond these are left alone.
"""

from __future__ import annotations

from core.problems import prompts
from core.problems.forms import Form, Origin, lettered
from core.problems.row import Row
from core.records import Category, CodeTests, Problem

_SPLITS = {"train": "train", "test": "test", "measure": "test"}


def _build(row: Row, origin: Origin) -> Problem:
    prompt = row.text("prompt")
    name = _name(row)
    tests = _tests(row)
    gold = _gold(row)
    split = _split(row) or origin.split
    family = row.text("family") if row.has("family") else None
    choices = row.texts("choices", may_be_empty=True)
    if tests is not None and origin.category is not Category.CODE:
        raise row.bad(f"has tests, but {origin.category} is not graded by tests")
    if choices:
        found = lettered(row, origin, prompt, choices, _right(row, gold), name)
        prompt, gold = found.prompt, found.gold
    elif gold is not None and origin.category in (Category.REASONING, Category.KNOWLEDGE):
        gold = prompts.LETTERS[_right(row, gold)]
    return Problem(
        name or origin.id(row), origin.category, prompt, gold=gold, tests=tests, choices=choices, family=family,
        source=origin.source, revision=origin.revision, split=split, row=row.index,
    )


def _name(row: Row) -> str:
    value = row.values.get("id")
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return row.text("id").strip() if value is not None else ""


def _gold(row: Row) -> str | None:
    value = row.values.get("gold")
    if value is None:
        return None
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return str(value)
    return row.text("gold").strip()


def _right(row: Row, gold: str | None) -> int:
    letter = (gold or "").upper()
    right = prompts.LETTERS.find(letter) if len(letter) == 1 else -1
    if right < 0:
        raise row.bad('needs the letter of the right choice, A to J, in "gold"')
    return right


def _tests(row: Row) -> CodeTests | None:
    column = next((name for name in ("tests", "test_list") if row.has(name)), None)
    if column is None:
        return None
    tests = tuple(row.python(column, test) for test in row.texts(column))
    setup_column = next((name for name in ("setup", "test_setup_code") if row.has(name)), "setup")
    setup = row.python(setup_column, row.text(setup_column, may_be_empty=True))
    return CodeTests(tests, setup=setup)


def _split(row: Row) -> str:
    if not row.has("split"):
        return ""
    split = _SPLITS.get(row.text("split").strip().lower())
    if split is None:
        raise row.bad('needs "train" or "test" in "split"')
    return split


OWN = Form("our own form", "prompt, with gold or tests where there are any", lambda row: row.has("prompt"), _build)
