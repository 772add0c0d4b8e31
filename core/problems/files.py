"""Local files of problems: JSON Lines, or Parquet as the hub stores it (read through pyarrow, which is imported only then)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from core.errors import DataError
from core.files import file_hash
from core.jsonl import read_rows
from core.problems.forms import Origin
from core.problems.row import Row
from core.problems.rows import problems_of
from core.records import Category, Problem
from core.text import plain_line


@dataclass(frozen=True, slots=True)
class LocalFile:
    """A file named in the settings; two names of one file are equal."""

    path: Path


def local_files(named: str, workspace: Path) -> list[LocalFile]:
    """The files that a setting names: one path or several with commas, relative to the workspace, '~' being the home folder."""
    names = [part.strip() for part in named.split(",")]
    return [LocalFile((workspace / Path(name).expanduser()).resolve()) for name in names if name]


def read_problems(file: LocalFile, category: Category) -> list[Problem]:
    """All problems of ``category`` in the file; their revision is the file's hash. DataError names file and line of what is wrong.

    A row that brings no id is called by the file's name and its number, the same in every version: samples are drawn in the order of
    ids, and what was made for a problem is found again by its id.
    """
    path = file.path
    if path.suffix not in (".jsonl", ".parquet"):
        raise DataError(f"{path} is no file of problems; name a .jsonl or .parquet file in cogumi.toml.")
    if not path.exists():
        raise DataError(f"{path} does not exist; correct source or train_source of [categories.{category}] in cogumi.toml.")
    if not path.is_file():
        raise DataError(f"{path} is no plain file; name a .jsonl or .parquet file in cogumi.toml.")
    rows = _parquet(path) if path.suffix == ".parquet" else _jsonl(path)
    if not rows:
        raise DataError(f"{path} holds no rows; name a file with problems.")
    origin = Origin(category, source=path.name, name=plain_line(path.stem), revision=f"sha256:{file_hash(path)}")
    return problems_of(rows, origin)


def _jsonl(path: Path) -> list[Row]:
    return [Row(f"{path} line {line}", index, row) for index, (line, row) in enumerate(read_rows(path))]


def _parquet(path: Path) -> list[Row]:
    try:
        from pyarrow import ArrowException, parquet
    except ImportError:
        raise DataError(f"{path} cannot be read without pyarrow; install it, or name a .jsonl file.") from None
    try:
        rows = parquet.read_table(path).to_pylist()
    except (ArrowException, OSError) as error:
        raise DataError(f"{path} cannot be read as Parquet ({plain_line(str(error), 160)}).") from None
    return [Row(f"{path} row {index + 1}", index, row) for index, row in enumerate(rows)]
