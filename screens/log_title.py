"""What stands over a log: which one it is and what is seen of it, how much is above, and what a search or a level has found."""

from __future__ import annotations

from core.plan.phases import all_steps
from core.runs.logindex import Found
from core.runs.loglevel import Level
from core.runs.logs import Log
from core.text import plain_line
from screens import figures
from screens.ink import Line
from screens.log_view import LogView
from screens.widgets.glyphs import Glyphs

LEVEL_NAMES: dict[Level, str] = {"all": "", "warning": "warnings and errors", "error": "errors"}
TITLES = {plan.id: plan.title for plan in all_steps()}
"""The steps' names by id, in the plan's order."""


def title(log: Log | None, several: bool, view: LogView) -> Line:
    """``train attempt 2  lines 1 to 37 of 5,000  following``; the attempt where there are ``several``."""
    about: Line = []
    if log is not None:
        about.append((TITLES.get(log.step, log.step), "text"))
        about += [(f" attempt {log.attempt}", "dim")] if log.attempt and several else []
    about += [("  ", ""), (_place(view), "dim")]
    if view.following and view.file is not None:
        about.append(("  following", "accent"))
    return about


def rule(view: LogView, level: str, doing: str, glyphs: Glyphs) -> Line:
    """``↑ 1,200 earlier lines in file``, and what is shown only or found."""
    earlier = _earlier(view)
    above: Line = [(f"{'^' if glyphs.ascii else glyphs.arrows[0]} {earlier:,} earlier lines in file", "dim")] if earlier else []
    said: list[str] = []
    if view.only is not None:
        said.append(f"{level} only{_so_far(view.only)}")
    if view.needle and view.hits is not None:
        said.append(_matches(view, view.hits))
    said += [doing] if doing else []
    if not said:
        return above
    between: Line = [(f"  {glyphs.rule}  ", "frame")] if above else []
    return [*above, *between, (f" {glyphs.separator} ".join(said), "warn")]


def _so_far(found: Found) -> str:
    size = max(1, found.size())
    return "" if found.done else f", {min(99, found.scanned * 100 // size)} % read"


def _matches(view: LogView, hits: Found) -> str:
    """``3 of 1,234 lines with “loss”``."""
    needle = f"with “{plain_line(view.needle, 24)}”"
    found = len(hits.offsets)
    if not found:
        return f"no line {needle}" if hits.done else f"searching{_so_far(hits)}"
    current = view.current
    here = ""
    if current is not None and hits.any_between(current.start, current.end):
        here = f"{hits.place(current.start) + 1:,} of "
    return f"{here}{found:,}{'+' if hits.full else ''} line{'s' * (found != 1)} {needle}{_so_far(hits)}"


def _place(view: LogView) -> str:
    file, visible = view.file, view.seen
    if file is None or not visible:
        return ""
    first, total = file.number(visible[0].start), file.number(file.size())
    if first is None or total is None:
        return f"{visible[0].start * 100 // max(1, file.size())} % of {figures.size(file.size())}"
    if view.only is not None:
        return f"{len(view.only.offsets):,} of {total:,} lines"
    last = (file.number(visible[-1].start) or first) + 1
    return f"lines {first + 1:,} to {last:,} of {max(total, last):,}"


def _earlier(view: LogView) -> int:
    """Lines of the file before the first visible one, as far as they are numbered."""
    file, visible = view.file, view.seen
    return (file.number(visible[0].start) or 0) if file is not None and visible else 0
