"""Every reader against thousands of bad inputs: ``python -m tests.faults.fuzz --inputs 20000`` prints a table of what was tried and found.

Hypothesis makes the inputs and makes a finding small. Each reader gets that many inputs, the slow ones their share.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
import traceback
from dataclasses import dataclass
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, seed, settings

from core.errors import CogumiError
from tests.faults.readers import READERS, Reader


@dataclass
class Found:
    """What came of one reader."""

    inputs: int = 0
    refused: int = 0
    finding: str = ""


def attack(reader: Reader, inputs: int, number: int = 0) -> Found:
    """Feeds a reader. Raises what the reader raised, on the smallest input that was found, with ``found`` on the error."""
    found = Found()

    @seed(number)
    @settings(max_examples=max(1, inputs // reader.cost), deadline=None, database=None, suppress_health_check=list(HealthCheck),
              phases=(Phase.generate, Phase.shrink))  # fmt: skip
    @given(reader.made)
    def feed(data: object) -> None:
        found.inputs += 1
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name) / "in"
            folder.mkdir()
            try:
                reader.read(folder, data)
            except CogumiError as error:
                found.refused += 1
                check_sentence(str(error))

    feed()
    return found


def check_sentence(text: str) -> None:
    """One line that can be shown: not empty, no control characters, no half characters, not endless."""
    assert text.strip(), "an empty sentence"
    assert text.replace("\t", " ").isprintable(), f"a sentence that cannot be shown as it is: {text!r}"
    assert len(text) < 4000, f"a sentence of {len(text)} characters"


def main() -> int:
    """Prints the table; 1 when anything was found."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.fuzz")
    parser.add_argument("--inputs", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--reader", help="only readers whose name holds this")
    args = parser.parse_args()
    findings = 0
    print(f"{'reader':<28}{'inputs':>8}{'seconds':>9}  finding")
    for reader in READERS:
        if args.reader and args.reader not in reader.name:
            continue
        started = time.monotonic()
        finding, shown = "none", ""
        try:
            attack(reader, args.inputs, args.seed)
        except BaseException as error:
            if isinstance(error, KeyboardInterrupt):
                raise
            findings += 1
            finding = f"{type(error).__name__}: {str(error)[:200]!r}"
            shown = "".join(traceback.format_exception(error))
        print(f"{reader.name:<28}{max(1, args.inputs // reader.cost):>8}{time.monotonic() - started:>9.1f}  {finding}", flush=True)
        if shown:
            print("\n".join(line[:200] for line in shown.splitlines()[-40:]))
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
