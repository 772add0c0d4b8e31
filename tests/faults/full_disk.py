"""The disk fills up in every step of a small practice run: ``python -m tests.faults.full_disk --seed 1`` prints a table.

The workspace is a small file system of its own, which root may mount. At a seeded moment of each step a file beside its own takes all the
room there is, and goes on taking what becomes free; when the step has ended the room is given back and the run goes on. The step must say
what was the matter, the store must be whole, and the end of the run is held against one that nothing disturbed. Exits with 1 otherwise.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from core.runs.attempts import step_ids
from core.runs.launch import resume, start
from core.runs.snapshot import State
from tests.faults.campaign import SECONDS, finished, reached, settled
from tests.faults.disk import full, mounted
from tests.faults.small_plan import differences, evidence, opened, small
from tests.faults.strike import aimed, truthful
from tests.faults.witness import MODULE, made_twice
from tests.unit.runs.helpers import look, until

SIZE = "192m"


@dataclass
class Filled:
    """One step whose disk ran full: when, what it said, and what was wrong with that."""

    step: str
    moment: float
    cause: str = ""
    wrong: str = ""


def fill(workspace: Path, name: str, moment: float) -> Filled | None:
    """Fills the disk at the moment in seconds of the step, until its process is gone. None when the step was over before."""
    aim = until(lambda: reached(workspace, name), name, SECONDS)
    if aim == "over" or not aimed(moment, aim, workspace):
        return None
    found = Filled(name, moment)
    with full(workspace):
        until(lambda: reached(workspace, name) != aim, f"the end of {name} on a full disk", SECONDS)
        found.wrong = truthful(workspace)
    until(lambda: settled(workspace), "the supervisor's end", SECONDS)
    # What filled the disk may have come too late for this step, and then it ended the next one.
    view = next((view for view in look(workspace).steps if view.state is not State.DONE and view.started is not None), None)
    if view is not None:
        found.cause = f"{view.id} {view.state}: {view.cause}"
        if view.state not in (State.FAILED, State.CRASHED) or "disk" not in view.cause:
            found.wrong = "the sentence says nothing of the disk"
    found.wrong = found.wrong or truthful(workspace)
    if view is not None:
        resume(workspace, steps_module=MODULE)
    return found


def main() -> int:
    """Prints the table; 0 when nothing went wrong."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.faults.full_disk", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--runs", type=int, default=1)
    args = parser.parse_args()
    chance = random.Random(args.seed)
    steps = step_ids("all")
    wrong: list[str] = []
    with tempfile.TemporaryDirectory() as name:
        quiet = Path(name) / "unbroken"
        start(quiet, "all", small(), steps_module=MODULE)
        finished(quiet, steps)
        expected = evidence(quiet)
        with opened(quiet) as db:
            seconds = dict(db.execute("SELECT steps.step, tries.seconds FROM tries JOIN steps ON steps.id = tries.step"))
        for number in range(1, args.runs + 1):
            with mounted(Path(name) / f"small-{number}", SIZE) as workspace:
                try:
                    start(workspace, "all", small(), steps_module=MODULE)
                    for one in steps:
                        found = fill(workspace, one, chance.random() * seconds[one])
                        if found is None:
                            print(f"{one:<18} was over before the moment came", flush=True)
                            continue
                        print(f"{one:<18} {found.moment:5.1f} s  {found.wrong or 'told'}: {found.cause}", flush=True)
                        wrong += [f"{one}: {found.wrong}"] if found.wrong else []
                    finished(workspace, steps)
                    wrong += [f"run {number} differs in {part}" for part in differences(evidence(workspace), expected)]
                    wrong += [f"made twice: {key}" for key in made_twice(workspace)]
                except AssertionError as error:
                    wrong.append(str(error))
                    print("\n".join(f"{view.id}: {view.state} {view.cause}" for view in look(workspace).steps))
    print("\n".join(wrong) or "every run ended as the unbroken one")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
