"""Where a category's problems come from, as the settings say: the hub, the practice problems, our writing prompts, or local files.

Training problems that overlap with anything that could be measured are left out here, before they are drawn, so that the check
before a measurement (``overlap.py``) finds nothing, however many problems are measured later.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from core.errors import DataError, SettingsError
from core.plan.settings import CategorySettings
from core.problems import creativity, files, hub
from core.problems.overlap import GRAM, apart
from core.problems.rows import check_ids
from core.problems.sample import sample
from core.problems.splits import HUB, HubData, Role, Side, divided, serves, side_of
from core.records import Category, Problem

_WRITING = "writing"
_Part = HubData | files.LocalFile | str


@dataclass(frozen=True, slots=True)
class Pool:
    """All problems that may be drawn for one role, and the training problems left out because they overlap with measured ones."""

    problems: list[Problem]
    left_out: list[Problem]


def load_problems(
    category: Category,
    settings: CategorySettings,
    role: Role,
    count: int,
    seed: int,
    workspace: Path,
    fetch: hub.Fetch = hub.fetch,
    note: Callable[[str], None] = lambda _: None,
) -> list[Problem]:
    """A seeded random sample of ``count`` problems for a role, in drawn order; all where files or the hub have fewer.

    The sample of a smaller count is the start of the sample of a larger one, and the sample of "train" that of "scan".
    note: is told how many training problems could not be drawn because they overlap with measured ones.
    Raises DataError or SettingsError, one sentence, when a source is missing, unreachable or holds a row that cannot be used, or when
    there are fewer practice problems.
    """
    if count <= 0:
        return []
    named = _named(settings, side_of(role))
    if named == "practice":
        from core.practice.problems import practice_problems

        return practice_problems(category, "test" if role == "measure" else "train", count, seed)
    found = pool(category, settings, role, workspace, fetch)
    if found.left_out:
        note(
            f"left {len(found.left_out):,} of {len(found.problems) + len(found.left_out):,} {category} training problems out: they share "
            f"their prompt, their family or {GRAM} words in a row with problems to measure on"
        )
    return sample(found.problems, count, seed)


def pool(category: Category, settings: CategorySettings, role: Role, workspace: Path, fetch: hub.Fetch = hub.fetch) -> Pool:
    """What ``load_problems`` draws from, for every source but the practice problems, which are made and not stored."""
    side = side_of(role)
    problems = _of_side(category, settings, side, workspace, fetch)
    if not problems:
        word = "measure on" if side == "measure" else "train on"
        raise DataError(
            f"{_named(settings, side)!r} holds no {category} problem to {word}; name another file for "
            f"{'source' if side == 'measure' else 'train_source'} of [categories.{category}] in cogumi.toml."
        )
    if side == "measure" or settings.source.strip() == "practice":
        return Pool(problems, [])
    kept, left_out = apart(problems, _of_side(category, settings, "measure", workspace, fetch))
    if not kept:
        raise DataError(
            f"All {len(problems):,} {category} training problems overlap with the measured ones; name another train_source "
            f"under [categories.{category}] in cogumi.toml."
        )
    return Pool(kept, left_out)


def _named(settings: CategorySettings, side: Side) -> str:
    source = settings.source.strip()
    return source if side == "measure" else settings.train_source.strip() or source


def _of_side(category: Category, settings: CategorySettings, side: Side, workspace: Path, fetch: hub.Fetch) -> list[Problem]:
    other = _parts(category, _named(settings, "measure" if side == "train" else "train"), workspace)
    problems: list[Problem] = []
    places: list[str] = []
    for part in _parts(category, _named(settings, side), workspace):
        for problem in _read(part, category, side, part in other, fetch):
            problems.append(problem)
            places.append(f"{problem.source} row {problem.row + 1}")
    check_ids(problems, places)
    return problems


def _parts(category: Category, named: str, workspace: Path) -> list[_Part]:
    if named == "hub":
        return list(HUB[category]) or [_WRITING]
    if named == "practice":
        return []
    found = files.local_files(named, workspace)
    if not found:
        raise SettingsError(f"source of [categories.{category}] names nothing; write 'hub', 'practice' or a file into cogumi.toml.")
    return list(found)


def _read(part: _Part, category: Category, side: Side, shared: bool, fetch: hub.Fetch) -> Iterator[Problem]:
    """The problems of one source that serve ``side``; ``shared`` says that both sides draw from it."""
    if isinstance(part, str):
        yield from creativity.problems(side)
    elif isinstance(part, files.LocalFile):
        yield from (problem for problem in files.read_problems(part, category) if serves(problem, side, shared=shared))
    else:
        for split in part.splits(side):
            for problem in hub.read_problems(part, split, category, fetch):
                if not part.measured_share or divided(problem, part.measured_share) == side:
                    yield problem
