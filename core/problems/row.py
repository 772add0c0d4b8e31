"""One raw row of a file or data set, and the checks that turn a wrong column into one sentence with file and line."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.errors import DataError
from core.syntax import parse


@dataclass(frozen=True, slots=True)
class Row:
    """``where`` names file and line (or data set and row) in messages; ``index`` counts rows from 0."""

    where: str
    index: int
    values: Mapping[str, Any]

    def bad(self, what: str) -> DataError:
        """The error for this row; ``what`` goes on from its place, e.g. 'has no text in "question"'."""
        return DataError(f"{self.where} {what}.")

    def has(self, *columns: str) -> bool:
        """Whether every one of these columns is there with a value."""
        return all(self.values.get(column) is not None for column in columns)

    def text(self, column: str, *, may_be_empty: bool = False) -> str:
        """A column's text with Unix line ends. DataError when it is missing, no text, blank, or cannot be written as UTF-8."""
        value = self.values.get(column)
        if value is None and may_be_empty:
            return ""
        if not isinstance(value, str):
            raise self.bad(f'needs text in "{column}", but holds {_kind(value)}')
        return self.clean(value, column, may_be_empty=may_be_empty)

    def texts(self, column: str, *, may_be_empty: bool = False) -> tuple[str, ...]:
        """A column that is a list of texts. DataError when it is none, or (unless it may be) empty."""
        value = self.values.get(column)
        if value is None and may_be_empty:
            return ()
        if not isinstance(value, list) or not (value or may_be_empty):
            raise self.bad(f'needs a list of texts in "{column}", but holds {_kind(value)}')
        for item in value:
            if not isinstance(item, str):
                raise self.bad(f'needs a list of texts in "{column}", but the list holds {_kind(item)}')
        return tuple(self.clean(item, column) for item in value)

    def clean(self, value: str, column: str, *, may_be_empty: bool = False) -> str:
        """``value`` with Unix line ends, checked as ``text`` does."""
        if not may_be_empty and not value.strip():
            raise self.bad(f'has nothing in "{column}"')
        try:
            value.encode("utf-8")
        except UnicodeEncodeError:
            raise self.bad(f'has a broken character (a lone surrogate) in "{column}"') from None
        return value.replace("\r\n", "\n").replace("\r", "\n")

    def python(self, column: str, code: str) -> str:
        """``code``, if it is Python; a test that cannot be read would grade every response as wrong."""
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                parse(code)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            raise self.bad(f'has a test in "{column}" that is no Python') from None
        return code


def _kind(value: object) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, list):
        return "a list" if value else "an empty list"
    names: dict[type, str] = {bool: "true or false", int: "a number", float: "a number", str: "text", dict: "an object"}
    return names.get(type(value), type(value).__name__)
