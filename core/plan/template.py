"""The text of a fresh ``cogumi.toml``: every setting of a profile with its help text, ready to be changed."""

from __future__ import annotations

import dataclasses
import json
import textwrap
import typing
from collections.abc import Iterator
from typing import Any

from core.plan.load import load_profile
from core.plan.phases import CATEGORIES
from core.plan.settings import CategorySettings, PanelSettings, Settings

_ABOUT = {
    "practice": "The packaged practice model: everything runs for real on any machine, in a minute, and costs nothing.",
    "h100": "The plan: Llama-3.1-8B on one rented H100. Paths are relative to this folder.",
}


def template(profile: str) -> str:
    """The file that ``cogumi init --profile PROFILE`` writes; reading it gives exactly the profile's settings."""
    settings = load_profile(profile)
    lines = [
        f"# Cogumi Panel settings, profile {profile}.",
        f"# {_ABOUT[profile]}",
        "# `cogumi doctor` checks this machine against them; `cogumi run ... --set table.key=value` changes one for one attempt.",
        "",
        f'profile = "{profile}"',
    ]
    hints = typing.get_type_hints(Settings)
    for item in dataclasses.fields(Settings):
        if item.name == "categories":
            lines += _category_tables(settings)
        elif dataclasses.is_dataclass(hints[item.name]):
            lines += ["", f"[{item.name}]", *_entries(getattr(settings, item.name))]
    lines += _keymap()
    return "\n".join(lines) + "\n"


def _category_tables(settings: Settings) -> Iterator[str]:
    yield ""
    yield "# Categories. Each table takes:"
    for item in dataclasses.fields(CategorySettings):
        yield from textwrap.wrap(f"{item.name}: {item.metadata['doc']}", 116, initial_indent="#   ", subsequent_indent="#     ")
    for plan in CATEGORIES:
        table = settings.categories[plan.category]
        yield ""
        yield f"[categories.{plan.category}]  # {plan.source}, graded by {plan.graded_by}"
        for item in dataclasses.fields(CategorySettings):
            yield f"{item.name} = {_toml(getattr(table, item.name))}"


def _entries(table: Any) -> Iterator[str]:
    for item in dataclasses.fields(table):
        if item.name == "keymap":
            continue  # has its place at the end of the file: see _keymap
        doc = item.metadata["doc"]
        choices = item.metadata["choices"]
        if choices:
            doc += f" ({', '.join(choices)})"
        yield from textwrap.wrap(doc, 116, initial_indent="# ", subsequent_indent="# ")
        yield f"{item.name} = {_toml(getattr(table, item.name))}"


def _keymap() -> Iterator[str]:
    """The user's keys, which no profile sets: a table of their own, and only an example of it, so that one can also be added below."""
    doc = next(item.metadata["doc"] for item in dataclasses.fields(PanelSettings) if item.name == "keymap")
    yield ""
    yield f"# {doc}; the panel's help lists the ids"
    yield "# [panel.keymap]"
    yield '# stop = "X"'


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return toml_text(value) if isinstance(value, str) else repr(value)


def toml_text(text: str) -> str:
    """``text`` as a TOML string on one line; characters that cannot be seen are escaped. ``text`` must hold no lone surrogate."""
    return "".join(c if c.isprintable() else f"\\U{ord(c):08X}" for c in json.dumps(text, ensure_ascii=False))
