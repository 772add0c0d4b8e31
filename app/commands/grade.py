"""``cogumi grade``: grades responses of any model in a JSON Lines file."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

HELP = (
    "Grade a JSON Lines file of responses. Rows hold response and gold (math, reasoning, knowledge), or response with prompt, test and "
    "entry_point (HumanEval), or with test_list (MBPP); code runs in the sandbox."
)


def configure(parser: argparse.ArgumentParser) -> None:
    """Adds this command's arguments."""
    from core.grading.rows import GRADABLE

    parser.add_argument("file", type=Path, help="JSON Lines file of responses")
    parser.add_argument("--category", choices=GRADABLE, help="for rows that name none (default: code with tests, else math)")
    parser.add_argument("-o", "--output", type=Path, metavar="OUT.jsonl", help="write the rows with answer, correct and reason")
    parser.add_argument("--json", action="store_true", help="the summary alone, as JSON")


def run(args: argparse.Namespace) -> int:
    """Reads everything before it grades anything, and writes nothing unless all rows are graded."""
    from core.errors import DataError, UsageError
    from core.grading.grade import grade_all
    from core.grading.rows import item
    from core.jsonl import read_rows, write_rows
    from core.measures.intervals import share

    rows = read_rows(args.file)
    if not rows:
        raise DataError(f"{args.file} holds no rows.")
    if args.output is not None and args.output.is_dir():
        raise UsageError(f"{args.output} is a folder; name a file for -o.")
    items = [item(args.file, line, row, args.category) for line, row in rows]
    grades = grade_all(items)
    if args.output is not None:
        graded = (
            {**row, "answer": grade.answer, "correct": bool(grade.correct), "reason": grade.reason}
            for (_, row), grade in zip(rows, grades, strict=True)
        )
        try:
            write_rows(args.output, graded)
        except OSError as error:
            raise UsageError(f"{args.output} cannot be written: {error.strerror}.") from None
    right = sum(bool(grade.correct) for grade in grades)
    accuracy = share(right, len(grades))
    assert accuracy is not None
    unanswered = sum(grade.answer is None for grade in grades)
    summary = {"accuracy": accuracy.value, "n": accuracy.n, "low": accuracy.low, "high": accuracy.high}
    if args.json:
        print(json.dumps({**summary, "correct": right, "no_answer": unanswered}))
        return 0
    print(f"accuracy {accuracy.text}, no answer {unanswered}")
    if args.output is not None:
        print(f"wrote {args.output}")
    return 0
