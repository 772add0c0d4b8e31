"""The failures and what became of them: found, rescued, still failing, handed over; counted from the files that the steps wrote."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

import pytest

from core.jsonl import write_rows
from core.plan.phases import PHASES
from core.records import Category
from core.report.contents import Failures
from core.report.gather import gather
from core.report.markdown import markdown
from core.report.sections import document
from core.runs.handover import read_handover, write_handover
from core.runs.store import figures, runs
from core.runs.store.connection import open_writer
from core.runs.watch import Watcher
from tests.unit.report.builder import START, build


def failure(number: int, *reasons: str, **more: object) -> dict[str, object]:
    return {"problem": f"practice/math/train/{number:06d}", "category": "MATH", "reasons": list(reasons), **more}


def leave(workspace: Path, step: str, name: str, rows: list[dict[str, object]], kind: str = "failures") -> None:
    """The step wrote a file."""
    path = workspace / "attempts/001" / name
    digest = write_rows(path, rows)
    store = open_writer(workspace / "cogumi.db")
    with store.write() as db:
        row = next(row for row in runs.steps_of(db, 1) if row.step == step)
        figures.add_artifact(db, row.id, path.relative_to(workspace).as_posix(), kind, digest, START)
    store.close()


def hand_over(workspace: Path) -> None:
    """The final gate was decided."""
    store = open_writer(workspace / "cogumi.db")
    with store.write() as db:
        write_handover(db, workspace, 1, figures.decided_gates(db, 1)["gate-final"], START)
    store.close()


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    build(tmp_path, "benchmark")
    found = [failure(1, "greedy answer wrong", "majority not right"), failure(2, "greedy answer wrong"), failure(3, "inconsistent")]
    leave(tmp_path, "find_failures", "failures/math_failures.jsonl", found)
    leave(tmp_path, "distill_failures", "failures/math_unsolved.jsonl", found[:1])
    left = [failure(1, "greedy answer wrong", trained=False), failure(2, "greedy answer wrong", trained=True)]
    leave(tmp_path, "benchmark", "handover/phase_1c_failures.jsonl", left, "handover")
    return tmp_path


def test_failures_are_counted_with_their_reasons_and_what_became_of_them(workspace: Path) -> None:
    (math,) = gather(workspace).failures
    reasons = (("greedy answer wrong", 2), ("majority not right", 1), ("inconsistent", 1))
    assert math == Failures(Category.MATH, 10, 3, reasons, rescued=8, unsolved=1, left=2)


def test_before_the_scan_there_is_nothing_to_tell(tmp_path: Path) -> None:
    build(tmp_path, "validate")
    report = gather(tmp_path)
    assert report.failures == ()
    assert report.handed_over is None
    assert all(section.id != "failures" for section in document(report).sections)


def test_the_hand_over_names_gate_adapter_failures_and_the_budget_that_is_left(workspace: Path) -> None:
    hand_over(workspace)
    found = read_handover(workspace, 1)
    assert found is not None
    assert found["still_failing"] == {"MATH": {"problems": 2, "trained": 1}}
    assert found["gate"]["verdict"] == "passed"
    assert [criterion["id"] for criterion in found["gate"]["criteria"]] == [c.id for c in PHASES[-1].gate.criteria]
    assert found["adapter"]["path"] == "attempts/001/checkpoints/adapter.safetensors"
    assert found["failures"]["path"] == "attempts/001/handover/phase_1c_failures.jsonl"
    budget = found["budget"]
    assert budget["left"] == pytest.approx(505 - 220 - budget["phase_1b"])
    assert (workspace / "handover/phase_1c.json").resolve() == workspace / "attempts/001/handover/phase_1c.json"
    assert json.loads((workspace / "handover/phase_1c.json").read_text()) == found


def test_a_link_of_the_users_own_where_the_hand_over_goes_is_left_and_told(workspace: Path) -> None:
    theirs = workspace / "handover" / "phase_1c.json"
    theirs.parent.mkdir(exist_ok=True)
    theirs.symlink_to("../kept.json")
    hand_over(workspace)
    assert str(theirs.readlink()) == "../kept.json"
    assert read_handover(workspace, 1) is not None
    with contextlib.closing(Watcher(workspace)) as watcher:
        told = [note.text for note in watcher.poll(60_000).notes if note.level == "warning"]
    assert told == ["handover/phase_1c.json is yours and is left as it is; this attempt's is attempts/001/handover/phase_1c.json"]


def test_the_report_links_the_hand_over_and_lists_its_files(workspace: Path) -> None:
    hand_over(workspace)
    report = gather(workspace)
    text = markdown(document(report))
    assert "2 problems that still fail" in text
    assert {file.path for file in report.origin.files} >= {
        "attempts/001/handover/phase_1c_failures.jsonl",
        "attempts/001/handover/phase_1c.json",
    }


def test_a_file_that_is_gone_or_damaged_counts_nothing_and_stops_no_report(workspace: Path) -> None:
    (workspace / "attempts/001/failures/math_failures.jsonl").unlink()
    (workspace / "attempts/001/failures/math_unsolved.jsonl").write_bytes(b"\xff{")
    hand_over(workspace)
    (workspace / "attempts/001/handover/phase_1c.json").write_text("{")
    report = gather(workspace)
    assert (report.failures[0].failed, report.failures[0].unsolved) == (0, 0)
    assert report.handed_over is None
    assert "Failures" in markdown(document(report))
