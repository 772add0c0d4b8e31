"""What a form has changed of the settings, and what each was before it did."""

from __future__ import annotations

from typing import Any

from screens.iterating import FieldRow

_UNKNOWN = object()


class Changes:
    """Values by the keys of their settings."""

    def __init__(self, values: tuple[tuple[str, Any], ...]) -> None:
        self.values: dict[str, Any] = dict(values)
        self._before: dict[str, Any] = {}

    def items(self) -> tuple[tuple[str, Any], ...]:
        """The changes, as a choice holds them."""
        return tuple(self.values.items())

    def put(self, row: FieldRow, value: Any) -> bool:
        """Gives a setting a value; whether that changes anything. The value that it had before the form is no change."""
        key = row.field.key
        # What a value was before the form is known only of one that the form had not changed yet.
        before = self._before.setdefault(key, _UNKNOWN if row.origin == "form" else row.value)
        if value == row.value:
            return False
        if value == before:
            self.values.pop(key, None)
        else:
            self.values[key] = value
        return True

    def take_back(self, key: str) -> bool:
        """Takes the change of one setting back; whether there was one."""
        had = key in self.values
        self.values.pop(key, None)
        return had

    def take_all_back(self) -> bool:
        """Takes every change back; whether there were any."""
        had = bool(self.values)
        self.values.clear()
        return had

    def written(self) -> None:
        """The changes were written into the file: without the form's values it would now be the file's."""
        self._before = dict.fromkeys(self.values, _UNKNOWN)
