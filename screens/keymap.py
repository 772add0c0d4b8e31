"""The user's own keys, ``[panel.keymap]`` of cogumi.toml: ids of actions with the keys that do them, taken or refused with a reason."""

from __future__ import annotations

from collections.abc import Mapping

from screens.keys import ABOVE, NEVER, TABLE, Key, KeyTable

_MODIFIERS = frozenset({"ctrl", "shift"})
"""Alt is not among them: terminals send it as Escape and the key, and Escape is what is understood."""


def with_keymap(keymap: Mapping[str, str]) -> KeyTable:
    """The table with the user's keys, such as ``{"stop": "x"}``, several with commas. What does not fit stays as it was.

    Two actions may change keys with each other: what clashes is looked for when all are in their places.
    """
    table = {key.id: key for key in TABLE}
    asked: dict[str, str] = {}
    problems: list[str] = []
    for id_, text in keymap.items():
        names = [_named(part.strip()) for part in _parts(text)]
        wrong = next((part for part, name in zip(_parts(text), names, strict=True) if not name), None)
        if id_ not in table:
            problems.append(f"panel.keymap: there is no action {id_!r}; press ? for the list.")
        elif wrong is not None:
            problems.append(f"panel.keymap: {wrong.strip()!r} is no key that a terminal sends; {id_!r} keeps its own.")
        elif not names or any(name in NEVER for name in names):
            problems.append(f"panel.keymap: {text!r} cannot be the key of {id_!r}.")
        else:
            table[id_] = table[id_]._replace(keys=tuple(dict.fromkeys(names)))
            asked[id_] = text
    usual = {key.id: key for key in TABLE}
    while found := _clash(table, asked):
        id_, other = found
        table[id_] = usual[id_]
        problems.append(f"panel.keymap: {asked.pop(id_)!r} for {id_!r} is the key of {other!r} already.")
    return KeyTable(tuple(table.values()), tuple(problems))


def _parts(text: str) -> list[str]:
    return [","] if text.strip() == "," else [part for part in text.split(",") if part.strip()]


def _named(text: str) -> str:
    """A key as Textual names it, "" for what is none: ``/`` is ``slash``, ``ctrl+f`` and ``f5`` are themselves."""
    from textual.keys import KEY_NAME_REPLACEMENTS, Keys, _character_to_key

    *modifiers, base = text.split("+") if len(text) > 1 else [text]
    if not set(modifiers) <= _MODIFIERS:
        return ""
    if len(base) == 1:
        if not base.isprintable() or ("shift" in modifiers and not base.isalpha()):
            return ""
        name = _character_to_key(base.upper() if "shift" in modifiers else base)
        return "+".join([*(m for m in modifiers if m != "shift"), name])
    typed = {_character_to_key(chr(code)) for code in range(32, 127)} | set(KEY_NAME_REPLACEMENTS.values())
    return text if base in typed or text in {key.value for key in Keys} or base in {key.value for key in Keys} else ""


def _clash(table: Mapping[str, Key], asked: Mapping[str, str]) -> tuple[str, str] | None:
    """An action whose asked key would mean another action too where it works, and that other one; the latest asked first."""
    for id_ in reversed(list(asked)):
        wanted = table[id_]
        for key in table.values():
            together = key.scope == wanted.scope or key.scope in ABOVE[wanted.scope] or wanted.scope in ABOVE[key.scope]
            if key.id != id_ and together and set(wanted.keys) & set(key.keys):
                return id_, key.id
    return None
