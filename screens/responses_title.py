"""What stands over the table of problems: how many are shown and of what, how far a running step has come, and the filters."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from core.records import Category
from core.text import plain_line
from screens.ink import Line
from screens.keys import KeyTable
from screens.ports import Problems
from screens.responses_facets import Facet, facet
from screens.responses_rows import Entry, Selection, Wanted, kinds_of
from screens.widgets.glyphs import Glyphs


def title(found: Problems, entries: Sequence[Entry], shown: int, chosen: Wanted, latest: int, doing: str, glyphs: Glyphs) -> Line:
    """``34 of 500 problems · 10 runs each · attempt 4 of 4 · with “boxes”``. ``latest``: the newest attempt. ``doing``: what takes time."""
    parts = [f"{shown:,} of {len(entries):,} problems" if shown != len(entries) else f"{shown:,} problems"]
    runs = {entry.now.n for entry in entries}
    if max(runs, default=0):
        most = f"{max(runs)} run{'s' * (max(runs) != 1)} each"
        parts.append(most if len(runs) == 1 else f"up to {most}")
    if found.attempt and latest > 1:
        parts.append(f"attempt {found.attempt} of {latest}")
    if chosen.text:
        parts.append(f"with “{plain_line(chosen.text, 40)}”")
    about: Line = [(f" {glyphs.separator} ".join(parts), "dim")]
    return [*about, ("  ", ""), (doing, "warn")] if doing else about


def progress(found: Problems, entries: Sequence[Entry], latest: int) -> Line:
    """How many problems have responses, while not all have some."""
    begun = sum(entry.now.n > 0 or entry.now.greedy_correct is not None for entry in entries)
    growing = found.counted and 0 < begun < len(entries) and found.attempt in (0, latest)
    return [(f"{begun:,} of {len(entries):,} problems have responses so far", "dim")] if growing else []


def categories(entries: Iterable[Entry]) -> list[Category]:
    """The categories that there are, in their order."""
    present = {entry.row.category for entry in entries}
    return [category for category in Category if category in present]


def filters(found: Problems, entries: Sequence[Entry], selection: Selection, chosen: Wanted, keys: KeyTable) -> tuple[Facet, ...]:
    """The rows of filters: parts where there are several, categories, kinds."""
    rows: list[Facet] = []
    if len(found.parts) > 1:
        rows.append(facet(keys.first("problem_part"), "problems", {part: part for part in found.parts}, found.parts, found.part))
    names = {"": "all", **{str(category): str(category) for category in categories(entries)}}
    counts = {"" if category is None else str(category): count for category, count in selection.categories.items()}
    rows.append(facet(keys.first("problem_category"), "category", names, counts, str(chosen.category or "")))
    kinds = {kind: kind for kind in kinds_of(found.part)}
    rows.append(facet(keys.first("problem_kind"), "show", kinds, selection.kinds if found.counted else None, chosen.kind))
    return tuple(rows)
