"""What the Phase 1A benchmark wrote, read as it is: its responses, its judgements, and its totals as figures.

Format (one JSON object a file): ``<category>_intermediate.json`` has ``category``, ``results[]`` with ``prompt``, ``local_response``,
``gpt4_response``, ``judgment`` (``winner``: "A" is ours, "B" the reference, all else a tie) and ``ground_truth``, and the totals
``wins``, ``losses``, ``ties``. ``benchmark_report_*.json`` has ``by_category`` with totals in per cent and counts, or ``results`` too.
A failed API call was written as "[ERROR]" or "[ERROR: ...]" in place of a response and judged like one; it is counted here, not hidden.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.errors import DataError
from core.records import Category

_ERROR = "[ERROR"
_MOST = 10**12


@dataclass(frozen=True, slots=True)
class Result:
    """One comparison of the benchmark; a response is None where its API call had failed. ``index`` counts from 1."""

    index: int
    prompt: str
    ours: str | None
    reference: str | None
    winner: str


@dataclass(frozen=True, slots=True)
class Tally:
    """Comparisons that have an outcome, counted."""

    wins: int
    losses: int
    ties: int


@dataclass(frozen=True, slots=True)
class Figures:
    """One category's stored totals; ``errors`` of its n comparisons were judged although a response was missing."""

    category: Category
    tally: Tally
    errors: int = 0


def baseline(path: Path) -> dict[Category, Figures]:
    """The stored baseline of a Phase 1A file, or of all ``*_intermediate.json`` files of a folder, by category.

    Raises DataError for a file that is not of this format, or whose totals are not those of its results.
    """
    files = sorted(path.glob("*_intermediate.json")) if path.is_dir() else [path]
    figures: dict[Category, Figures] = {}
    for file in files:
        for found in _figures(file):
            if found.category in figures:
                raise DataError(f"{file} gives figures of {found.category} a second time; keep one file a category.")
            figures[found.category] = found
    if not figures:
        raise DataError(f"{path} holds no Phase 1A figures; name a *_intermediate.json or benchmark_report_*.json file.")
    return figures


def read_results(path: Path) -> list[Result]:
    """The comparisons of a Phase 1A file, [] where it holds totals alone. DataError names the first result that cannot be used."""
    return _results(path, _document(path))


def _figures(path: Path) -> list[Figures]:
    document = _document(path)
    by_category = document.get("by_category")
    if isinstance(by_category, dict):
        return [Figures(_category(path, name), _totals(path, totals)) for name, totals in by_category.items()]
    category = _category(path, document.get("category", path.name.removesuffix("_intermediate.json")))
    totals = _totals(path, document)
    results = _results(path, document)
    if results:
        winners = [result.winner for result in results]
        wins, losses = winners.count("A"), winners.count("B")
        if (wins, losses, len(winners) - wins - losses) != (totals.wins, totals.losses, totals.ties):
            raise DataError(f"{path} gives other totals than its {len(results)} results have; it was cut or edited, name a whole one.")
    return [Figures(category, totals, sum(result.ours is None or result.reference is None for result in results))]


def _document(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(path.read_bytes().decode("utf-8-sig"))
    except FileNotFoundError:
        raise DataError(f"{path} does not exist; name a Phase 1A benchmark file.") from None
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}.") from None
    except (ValueError, RecursionError):
        raise DataError(f"{path} is no JSON file in UTF-8; name a Phase 1A benchmark file.") from None
    if not isinstance(document, dict):
        raise DataError(f"{path} holds no JSON object; name a Phase 1A benchmark file.")
    return document


def _results(path: Path, document: Mapping[str, Any]) -> list[Result]:
    results = document.get("results", [])
    if not isinstance(results, list):
        raise DataError(f'{path} needs a list in "results"; name a Phase 1A benchmark file.')
    return [_result(f"{path} result {index}", index, value) for index, value in enumerate(results, start=1)]


def _result(where: str, index: int, value: object) -> Result:
    if not isinstance(value, dict):
        raise DataError(f"{where} is no object.")
    texts: dict[str, str] = {}
    for column in ("prompt", "local_response", "gpt4_response"):
        text = value.get(column)
        if not isinstance(text, str):
            raise DataError(f'{where} has no text in "{column}".')
        texts[column] = text
    judgment = value.get("judgment")
    winner = judgment.get("winner") if isinstance(judgment, dict) else None
    return Result(
        index, texts["prompt"], _response(texts["local_response"]), _response(texts["gpt4_response"]),
        winner if isinstance(winner, str) else "",
    )


def _response(text: str) -> str | None:
    return None if not text.strip() or text.lstrip().startswith(_ERROR) else text


def _totals(path: Path, values: object) -> Tally:
    if not isinstance(values, dict):
        raise DataError(f"{path} has a category without totals.")
    counts: list[int] = []
    for name in ("wins", "losses", "ties"):
        count = values.get(name)
        if not isinstance(count, int) or isinstance(count, bool) or not 0 <= count <= _MOST:
            raise DataError(f'{path} needs a count in "{name}", at most {_MOST:,}; name a Phase 1A benchmark file.')
        counts.append(count)
    return Tally(*counts)


def _category(path: Path, name: object) -> Category:
    if isinstance(name, str) and name.upper() in Category.__members__:
        return Category(name.upper())
    raise DataError(f"{path} names no category of ours ({', '.join(Category)}); name a Phase 1A benchmark file.")
