"""Kills at seeded moments over every step of a small practice run: ``python -m tests.faults.campaign --kills 100 --seed 1`` prints a table.

Each run of the whole plan is struck several times, resumed each time, and at its end held against a run that nothing disturbed. Half of
the moments are uniform over the time a step takes; the others are aimed at a commit, a checkpoint or a rename that is under way. The
victims: the step, the supervisor, both, the panel, and all three at once. Exits with 1 when anything was lost, made twice, told wrongly or
came out different.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from threading import Event
from typing import Literal

from core.runs.attempts import step_ids
from core.runs.launch import resume, start
from core.runs.liveness import birth
from core.runs.snapshot import State
from tests.faults.signs import checkpointing, committing, renaming
from tests.faults.small_plan import differences, evidence, opened, small
from tests.faults.strike import VICTIMS, Target, Watched, aimed, kill, target, truthful
from tests.faults.witness import MODULE, made_twice
from tests.unit.runs.helpers import clean, look, until

SECONDS = 900.0
_STRIKES = 2  # at each step of a run
_WEIGHTS = (30, 20, 25, 5, 20)
_AIMS = {
    "distill": ("commit", "rename"),
    "train": ("checkpoint", "rename", "commit"),
    "find_failures": ("commit", "rename"),
    "distill_failures": ("commit", "rename"),
    "train_failures": ("checkpoint", "rename"),
    "benchmark": ("commit", "rename"),
}


@dataclass
class Blow:
    """One kill and what was found afterwards."""

    run: int
    step: str
    victim: str
    moment: str
    wrong: list[str] = field(default_factory=list)


class Campaign:
    """Seeded kills over as many runs as they take."""

    def __init__(self, kills: int, seed: int, folder: Path, goal: str = "all") -> None:
        self.kills = kills
        self.chance = random.Random(seed)
        self.folder = folder
        self.goal = goal
        self.steps = step_ids(goal)
        self.blows: list[Blow] = []
        self.runs: list[list[str]] = []
        self.seconds: dict[str, float] = {}
        self.expected: dict[str, object] = {}

    def carry_out(self) -> bool:
        """The undisturbed run, then struck ones until the kills are done. Whether all went well."""
        quiet = self.folder / "unbroken"
        start(quiet, self.goal, small(), steps_module=MODULE)
        finished(quiet, self.steps)
        self.expected = evidence(quiet)
        with opened(quiet) as db:
            self.seconds = dict(db.execute("SELECT steps.step, tries.seconds FROM tries JOIN steps ON steps.id = tries.step"))
        print(f"unbroken: {sum(self.seconds.values()):.0f} s, {len(self.expected['responses'])} responses", flush=True)
        while len(self.blows) < self.kills:
            self._struck(self.folder / f"run-{len(self.runs) + 1}")
        return not any(wrong for wrong in (*self.runs, *(blow.wrong for blow in self.blows)))

    def _struck(self, workspace: Path) -> None:
        run = len(self.runs) + 1
        kept: dict[str, tuple[object, ...]] = {}
        start(workspace, self.goal, small(), steps_module=MODULE)
        try:
            for step in self.steps:
                for _ in range(_STRIKES):
                    if len(self.blows) < self.kills and (blow := self._strike(workspace, run, step, kept)) is not None:
                        self.blows.append(blow)
                        print(json.dumps(asdict(blow)), flush=True)
            finished(workspace, self.steps)
            wrong = differences(evidence(workspace), self.expected)
            wrong += [f"made twice: {key}" for key in made_twice(workspace)]
            now = committed(workspace)
            wrong += [f"lost or written anew: {key}" for key, row in kept.items() if now.get(key) != row]
        except AssertionError as error:
            wrong = [str(error)]
        finally:
            clean(workspace)
        self.runs.append(wrong)
        print(f"run {run}: {'identical' if not wrong else wrong[:5]}", flush=True)
        if not wrong:
            shutil.rmtree(workspace)

    def _strike(self, workspace: Path, run: int, step: str, kept: dict[str, tuple[object, ...]]) -> Blow | None:
        """One kill in a step; None when the step was over before the moment came."""
        victim = self.chance.choices(VICTIMS, _WEIGHTS)[0]
        kind, share, count = self.chance.choice(("uniform", "aimed")), self.chance.random(), self.chance.randint(1, 25)
        name = self.chance.choice(_AIMS.get(step, ("commit",))) if kind == "aimed" else "uniform"
        at_once = self.chance.random() < 0.5
        aim = until(lambda: reached(workspace, step), f"{step} of run {run}", SECONDS)
        if aim == "over":
            return None
        panel = Watched(workspace) if victim in ("panel", "all at once") else None
        try:
            signs = {"commit": lambda: committing(workspace, count), "checkpoint": lambda: checkpointing(workspace)}
            moment = share * self.seconds[step] if name == "uniform" else signs.get(name, lambda: renaming(workspace))()
            if not aimed(moment, aim, workspace):
                return None
            doomed = kill(workspace, aim, victim, panel)
            blow = Blow(run, step, victim, f"{share * self.seconds[step]:.1f} s" if name == "uniform" else name)
            kept |= committed(workspace)
            self._afterwards(workspace, blow, doomed, at_once)
        finally:
            if panel is not None:
                panel.close()
        return blow

    def _afterwards(self, workspace: Path, blow: Blow, doomed: dict[int, str], at_once: bool) -> None:
        for _ in range(3):
            if wrong := truthful(workspace):
                blow.wrong.append(wrong)
            Event().wait(0.05)
        if blow.victim == "panel":
            return
        # Half of the time nobody waits for what still runs without its supervisor: going on has to wait for it.
        if blow.victim == "step" or not at_once:
            until(lambda: settled(workspace), "the end of what was left running", SECONDS)
        if wrong := truthful(workspace):
            blow.wrong.append(wrong)
        # A step may have said its last word just before the kill: then only the gate is left to be decided.
        seen = look(workspace)
        phases = {view.phase for view in seen.steps if view.id in self.steps}
        if any(gate.verdict == "open" for gate in seen.gates if gate.phase in phases):
            resume(workspace, steps_module=MODULE)
        left = until_gone(doomed)
        if left:
            blow.wrong.append(f"still running: {left}")


def finished(workspace: Path, steps: Sequence[str]) -> None:
    """Waits for the end of the run; its steps are done."""
    until(lambda: not look(workspace).supervised, "the end of the run", SECONDS)
    wrong = [(view.id, str(view.state), view.cause) for view in look(workspace).steps if view.id in steps and view.state is not State.DONE]
    assert not wrong, wrong


def reached(workspace: Path, step: str) -> Target | Literal["over"] | None:
    """The running try when the run has come to ``step``, "over" when the step is done, None before."""
    state = next(view.state for view in look(workspace).steps if view.id == step)
    if state is State.DONE:
        return "over"
    aim = target(workspace)
    return aim if aim is not None and aim.step == step else None


def settled(workspace: Path) -> bool:
    """Nothing of the run is left running."""
    return not look(workspace).supervised and target(workspace) is None


def committed(workspace: Path) -> dict[str, tuple[object, ...]]:
    """Every response in the store, with the moment at which it was kept."""
    with opened(workspace) as db:
        return {row[0]: row[1:] for row in db.execute("SELECT key, text, r.step, time FROM responses r JOIN keys ON keys.id = r.id")}


def until_gone(doomed: dict[int, str]) -> list[int]:
    """Processes that are still there after a generous while."""
    deadline = time.monotonic() + 30
    while left := [pid for pid, born in doomed.items() if birth(pid) == born]:
        if time.monotonic() > deadline:
            return left
        Event().wait(0.05)
    return []


def table(campaign: Campaign) -> str:
    """Kills by step and victim, and by moment; then what came of it."""
    lines = [f"{'killed with -9 in':<18}" + "".join(f"{victim:>21}" for victim in VICTIMS) + f"{'all':>6}{'wrong':>7}"]
    for step in (*campaign.steps, ""):
        blows = [blow for blow in campaign.blows if step in ("", blow.step)]
        counts = Counter(blow.victim for blow in blows)
        wrong = sum(bool(blow.wrong) for blow in blows)
        lines.append(f"{step or 'together':<18}" + "".join(f"{counts[victim]:>21}" for victim in VICTIMS) + f"{len(blows):>6}{wrong:>7}")
    moments = Counter("uniform" if blow.moment.endswith(" s") else blow.moment for blow in campaign.blows)
    lines.append("moments: " + ", ".join(f"{name} {count}" for name, count in moments.most_common()))
    same = sum(not wrong for wrong in campaign.runs)
    lines.append(
        f"runs resumed to their end: {len(campaign.runs)}; identical to the unbroken run, nothing lost, nothing made twice: {same}"
    )
    lines += [f"run {number}: {'; '.join(wrong[:5])}" for number, wrong in enumerate(campaign.runs, 1) if wrong]
    lines += [f"{blow.step}, {blow.victim}, {blow.moment}: {'; '.join(blow.wrong)}" for blow in campaign.blows if blow.wrong]
    return "\n".join(lines)


def main() -> int:
    """Prints the table; 0 when nothing went wrong."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.faults.campaign", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="cogumi-campaign-"))
    campaign = Campaign(args.kills, args.seed, folder)
    good = campaign.carry_out()
    print(table(campaign))
    if good:
        shutil.rmtree(folder)
    else:
        print(f"what went wrong lies in {folder}")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
