"""A workspace copied to a laptop, with no model library and no right to write: the panel, the report and the exports all open it."""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from core.files import folder_hash
from tests.unit.report.builder import build

pytestmark = pytest.mark.slow

PROJECT = Path(__file__).resolve().parents[2]
_PR_CAPBSET_DROP, _CAP_DAC_OVERRIDE, _CAP_DAC_READ_SEARCH = 24, 1, 2


def as_anybody() -> None:
    """Modes hold for root too, once it has given up the right to pass over them."""
    if os.geteuid() == 0:
        libc = ctypes.CDLL(None, use_errno=True)
        for right in (_CAP_DAC_OVERRIDE, _CAP_DAC_READ_SEARCH):
            libc.prctl(_PR_CAPBSET_DROP, right, 0, 0, 0)


def laptop(*words: object, home: Path) -> subprocess.CompletedProcess[str]:
    its_own = dict.fromkeys(("HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME"), str(home)) | {"PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        [sys.executable, "-m", "tests.terminal.laptop", *map(str, words)],
        cwd=PROJECT,
        env=os.environ | its_own,
        capture_output=True,
        text=True,
        timeout=300,
        preexec_fn=as_anybody,
    )


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with all steps done, copied while nobody works in it, of which nothing may be written."""
    made = tmp_path_factory.mktemp("rented") / "work"
    build(made, "benchmark", texts=("one way", "another"))
    copy = Path(shutil.copytree(made, tmp_path_factory.mktemp("laptop") / "work"))
    for path in (copy, *copy.rglob("*")):
        path.chmod(0o500 if path.is_dir() else 0o400)
    probe = subprocess.run(["touch", str(copy / "probe")], preexec_fn=as_anybody, capture_output=True)
    if probe.returncode == 0:
        pytest.skip("this user may write wherever it wants")
    return copy


def test_the_report_is_made_and_the_workspace_is_left_as_it_is(copied: Path, tmp_path: Path) -> None:
    before = folder_hash(copied)
    page, text = tmp_path / "report.html", tmp_path / "report.md"
    done = laptop("report", "--workspace", copied, "--html", page, "--md", text, home=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "<svg" in page.read_text() and "# Phase 1B report" in text.read_text()
    assert folder_hash(copied) == before


def test_the_panel_opens_it_and_says_that_it_only_reads(copied: Path, tmp_path: Path) -> None:
    done = laptop("panel", copied, home=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "attempt 1, writable False, error ''" in done.stdout
    assert "screens" in done.stdout


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("status",), "final gate"),
        (("logs", "diagnose"), ""),
        (("export", "training", "-o", "training.jsonl"), "training rows"),
        (("export", "metrics", "-o", "tensorboard"), "scalars"),
    ],
)
def test_what_only_reads_works(copied: Path, tmp_path: Path, words: tuple[str, ...], told: str) -> None:
    words = tuple(str(tmp_path / word) if word in ("training.jsonl", "tensorboard") else word for word in words)
    done = laptop(*words, "--workspace", copied, home=tmp_path)
    assert "Traceback" not in done.stderr, done.stderr
    assert told in done.stdout


def test_what_would_write_or_needs_a_package_says_so_in_one_sentence(copied: Path, tmp_path: Path) -> None:
    started = laptop("run", "diagnose", "--new", "--workspace", copied, home=tmp_path)
    assert started.returncode != 0
    assert "read-only" in started.stderr and "Traceback" not in started.stderr
    parquet = laptop("export", "responses", "-o", tmp_path / "r.parquet", "--workspace", copied, home=tmp_path)
    assert parquet.returncode == 2
    assert "pyarrow" in parquet.stderr and parquet.stderr.count("\n") == 1
