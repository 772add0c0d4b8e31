"""What a machine is found to have of what the settings need: the GPU's memory, and what others hold of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.models import hardware
from core.models.hardware import Gpu
from core.plan.settings import JudgeSettings, ModelSettings, Settings
from core.runs.readiness import GIB, Finding, ready


def memory_finding(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, card: Gpu) -> Finding:
    return next(one for one in findings(tmp_path, monkeypatch, card) if one.name == "gpu memory")


def findings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, card: Gpu, step: str = "train") -> tuple[Finding, ...]:
    for room in ("core.models.hardware", "core.models.fingerprint"):
        monkeypatch.setattr(f"{room}.gpu", lambda: card, raising=False)
    assert hardware.gpu() is card
    settings = Settings(model=ModelSettings(base="practice", adapter="", precision="bf16"))
    return ready(tmp_path, settings, (step,))


def test_a_gpu_that_is_free_has_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = memory_finding(tmp_path, monkeypatch, Gpu("H100", 80 * GIB, (9, 0), 79 * GIB))
    assert found.level == "ok" and "of 80 on H100" in found.text


def test_memory_that_others_hold_is_told_before_a_step_runs_out_of_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = memory_finding(tmp_path, monkeypatch, Gpu("H100", 80 * GIB, (9, 0), 3 * GIB))
    assert found.level == "warning" and "3 of 80 on H100 are free, others hold the rest" in found.text
    assert "nvidia-smi" in found.advice


def test_a_gpu_that_is_too_small_is_told_as_such(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = memory_finding(tmp_path, monkeypatch, Gpu("GT 710", 2 * GIB, (8, 0), 2 * GIB))
    assert found.level == "warning" and "GT 710 has 2" in found.text and "nf4" in found.advice


@pytest.mark.parametrize(("step", "level"), [("train", "problem"), ("diagnose", "warning")])
def test_a_missing_compiler_is_told_before_a_step_needs_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str, level: str) -> None:
    card = Gpu("H100", 80 * GIB, (9, 0), 79 * GIB)
    monkeypatch.setattr(hardware.shutil, "which", lambda name: "/usr/bin/cc")
    assert not [one for one in findings(tmp_path, monkeypatch, card, step) if one.name == "compiler" and "C compiler" in one.text]
    monkeypatch.setattr(hardware.shutil, "which", lambda name: None)
    (found,) = [one for one in findings(tmp_path, monkeypatch, card, step) if one.name == "compiler"]
    assert found.level == level and "a C compiler" in found.text and "gcc" in found.advice


@pytest.mark.parametrize(("variable", "found"), [("", []), ("NO_SUCH_KEY", ["NO_SUCH_KEY is not set (judge.key_env)"])])
def test_a_judge_that_needs_no_key_is_asked_for_none(tmp_path: Path, variable: str, found: list[str]) -> None:
    judge = JudgeSettings(kind="llm", url="http://127.0.0.1:8000/v1", model="m", key_env=variable)
    settings = Settings(model=ModelSettings(base="practice", adapter=""), judge=judge)
    assert [one.text for one in ready(tmp_path, settings, ("diagnose",)) if one.name == "key"] == found
