"""Packages for a GPU: tried where there is one, and told with what they would bring where they are missing."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

import pytest

from app import trials as room
from app.doctor import examine
from core.models.hardware import Gpu
from core.plan.load import load_profile

H100 = Gpu("NVIDIA H100", 80 << 30, (9, 0), 79 << 30)


def findings(monkeypatch: pytest.MonkeyPatch, gpu: Gpu | None, installed: Sequence[str], said: dict[str, Any]) -> dict[str, Any]:
    """The findings on a machine with these packages; ``said``: what a child process answers, by the names that it is given."""
    monkeypatch.setattr(room, "gpu", lambda: gpu)
    monkeypatch.setattr(room, "_version", lambda name: "1.0" if name in installed else None)

    def run(command: Sequence[str], **_: Any) -> subprocess.CompletedProcess[str]:
        names = command[command.index("core.models.probe") + 1 :]
        answer = next(value for key, value in said.items() if key in names)
        if isinstance(answer, BaseException):
            raise answer
        return answer

    monkeypatch.setattr(room.subprocess, "run", run)
    return {finding.name: finding for finding in room.trials()}


def answers(code: int = 0, **works: str) -> subprocess.CompletedProcess[str]:
    told = [{"name": name.replace("_", " "), "works": not text.startswith("!"), "text": text.lstrip("!")} for name, text in works.items()]
    lines = [json.dumps(one) for one in told]
    return subprocess.CompletedProcess([], code, "\n".join(["a library's banner", *lines]), "")


def test_without_a_gpu_nothing_is_tried_and_each_missing_package_says_what_it_would_bring(monkeypatch: pytest.MonkeyPatch) -> None:
    found = findings(monkeypatch, None, [], {})
    assert "on a GPU it brings 4-bit weights" in found["bitsandbytes"].text and found["bitsandbytes"].level == "ok"
    assert "pip install 'cogumi-panel[gpu]'" in found["unsloth"].advice


def test_on_a_gpu_every_package_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    first = answers(torch="computes", flash_attention="attends", triton="builds", bitsandbytes="multiplies")
    said = {"torch": first, "unsloth": answers(unsloth="patches")}
    found = findings(monkeypatch, H100, ["bitsandbytes", "unsloth"], said)
    assert [finding.level for finding in found.values()] == ["ok"] * 5
    assert found["flash attention"].text == "tried: attends"


def test_one_that_fails_and_one_that_crashes_are_told_apart_from_one_that_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    said = {"torch": answers(-11, torch="computes", flash_attention="!RuntimeError: no kernel")}
    found = findings(monkeypatch, H100, ["bitsandbytes"], said)
    assert found["torch"].level == "ok"
    assert found["flash attention"].text == "tried, and it fails: RuntimeError: no kernel" and found["flash attention"].level == "warning"
    assert found["triton"].text == "tried, and it fails: its process ended with -11"
    assert found["unsloth"].text.startswith("not installed; it brings training on 4-bit weights")


def test_where_triton_finds_no_compiler_that_is_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    said = {"torch": answers(triton="!RuntimeError: Failed to find C compiler")}
    monkeypatch.setattr(room, "lacks_to_build", lambda: "a C compiler")
    assert "apt-get install -y gcc python3-dev" in findings(monkeypatch, H100, [], said)["triton"].advice
    monkeypatch.setattr(room, "lacks_to_build", lambda: "")
    assert "install the version for this driver" in findings(monkeypatch, H100, [], said)["triton"].advice


def test_a_torch_that_cannot_use_the_gpu_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    found = findings(monkeypatch, H100, [], {"torch": answers(torch="!RuntimeError: torch sees no GPU")})
    assert found["torch"].level == "problem"


def test_a_trial_that_never_ends_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    slow = subprocess.TimeoutExpired("probe", 1, output=b'{"name": "torch", "works": true, "text": "computes"}\n')
    found = findings(monkeypatch, H100, [], {"torch": slow})
    assert found["torch"].level == "ok" and "no answer within" in found["triton"].text


def test_the_probe_answers_in_json_whatever_goes_wrong() -> None:
    command = [sys.executable, "-m", "core.models.probe", "bitsandbytes", "no such trial"]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    told = [json.loads(line) for line in ran.stdout.splitlines()]
    assert [one["name"] for one in told] == ["bitsandbytes", "no such trial"]
    assert told[1] == {"name": "no such trial", "works": False, "text": "KeyError: 'no such trial'"}


def test_the_doctor_shows_them(tmp_path: Any) -> None:
    names = [finding.name for finding in examine(tmp_path, load_profile("practice"))]
    assert names.index("packages") < names.index("bitsandbytes") < names.index("sandbox")
