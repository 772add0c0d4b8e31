"""Fuzzing led by coverage, where the input is free text: ``python -m tests.faults.guided judge -max_total_time=60``.

Needs atheris (``pip install atheris``), which finds its way through the branches of the readers by itself; what follows the name goes to
libFuzzer. Ends with the input that made a reader raise. Files with a grammar (JSON, TOML) are left to ``fuzz.py``, which knows theirs.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

import atheris

with atheris.instrument_imports(include=["core"]):
    from core.grading.choices import chosen_letter
    from core.grading.extract import final_answer, gold_answer
    from core.judging import verdict


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


TARGETS: dict[str, Callable[[bytes], object]] = {
    "answer": lambda data: (final_answer(_text(data)), gold_answer(_text(data)), chosen_letter(_text(data), ("one", "two"))),
    "judge": lambda data: verdict.read(_text(data)),
}


def main() -> None:
    """Runs libFuzzer on one target."""
    read = TARGETS[sys.argv[1]]

    def one(data: bytes) -> None:
        read(data)

    atheris.Setup([sys.argv[0], *sys.argv[2:]], one)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
