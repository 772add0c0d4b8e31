"""The command line: what is said, and the exit code, when something is asked for that cannot be done."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from app.cli import COMMANDS, main
from core.plan.load import load_profile, load_settings
from core.runs.launch import Started
from core.runs.readiness import ready


def test_help_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    assert ended.value.code == 0
    text = capsys.readouterr().out
    for name in COMMANDS:
        assert name in text


def test_a_misspelt_command_is_met_with_the_right_one(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["stauts"])
    assert ended.value.code == 2
    assert "status" in capsys.readouterr().err


def test_without_a_terminal_the_panel_says_what_to_use(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["--workspace", str(tmp_path)]) == 2
    assert "cogumi run" in capsys.readouterr().err


@pytest.mark.parametrize("profile", ["practice", "h100"])
def test_init_writes_a_file_that_gives_the_profile(tmp_path: Path, profile: str) -> None:
    assert main(["init", "--profile", profile, "--workspace", str(tmp_path)]) == 0
    assert load_settings(tmp_path).settings == load_profile(profile)


def test_init_makes_a_folder_that_is_the_users_alone_and_leaves_one_that_was_there(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    for folder in (tmp_path, tmp_path / "new"):
        assert main(["init", "--workspace", str(folder)]) == 0
        assert (folder / "cogumi.toml").stat().st_mode & 0o777 == 0o600
    assert [folder.stat().st_mode & 0o777 for folder in (tmp_path, tmp_path / "new")] == [0o755, 0o700]


def test_init_never_replaces_a_file_unasked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "cogumi.toml").write_text("profile = 'practice'\n")
    assert main(["init", "--workspace", str(tmp_path)]) == 2
    assert "--force" in capsys.readouterr().err
    assert (tmp_path / "cogumi.toml").read_text() == "profile = 'practice'\n"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["run", "trian"], "'train'"),
        (["run", "train", "--set", "train.lr=1"], "train.lr"),
        (["run", "validate"], "diagnose must be done"),
        (["run", "phase-1b.2"], "locked"),
        (["logs", "trian"], "there is no step"),
        (["logs", "train"], "has not run"),
    ],
)
def test_what_cannot_be_done_gets_one_sentence_and_starts_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], words: str
) -> None:
    code = main([*arguments, "--workspace", str(tmp_path)])
    said = capsys.readouterr().err
    assert code in (2, 3)
    assert words in said
    assert said.startswith("cogumi: ")
    assert said.count("\n") == 1


@pytest.mark.parametrize(
    "arguments",
    [
        *([name, *more, "--attempt"] for name, *more in (["report"], ["status"], ["responses"], ["export", "training"], ["logs", "train"])),
        ["run", "phase-1b.1", "--from"],
        ["attempts", "1"],
    ],
)
@pytest.mark.parametrize("number", ["99999999999999999999", "0", "9" * 5000, "one"])
def test_a_number_that_no_attempt_can_have_is_told_as_such(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], number: str
) -> None:
    with pytest.raises(SystemExit) as ended:
        main([*arguments, number, "--workspace", str(tmp_path)])
    assert ended.value.code == 2
    assert "is no attempt" in capsys.readouterr().err


NAMING = [name for name in COMMANDS if name not in ("grade", "measure", "baseline", "compare")]


@pytest.mark.parametrize("command", [*NAMING, ""])
@pytest.mark.parametrize("name", ["x" * 300, "~nobody-has-this-name/work", "{file}/below"])
def test_a_name_that_no_folder_can_have_is_told_as_such(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str, name: str
) -> None:
    (tmp_path / "file").write_text("")
    more = {"run": ["train"], "export": ["training"], "merge": ["-o", str(tmp_path / "merged")]}
    arguments = [command, *more.get(command, [])] if command else []
    assert main([*arguments, "--workspace", name.format(file=tmp_path / "file")]) == 2
    said = capsys.readouterr().err
    assert "cannot be a workspace" in said
    assert said.count("\n") == 1 and ".;" not in said


def test_a_failed_check_starts_nothing_unless_it_is_to_start_anyway(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[str] = []

    def start(workspace: Path, target: str, settings: object, **_: object) -> Started:
        started.append(target)
        return Started(1, (target,), 1, "Attempt 1: diagnose.")

    monkeypatch.setattr("core.runs.launch.start", start)
    wish = ["run", "diagnose", "--detach", "--workspace", str(tmp_path), "--set", "judge.reference=nowhere.jsonl"]
    assert main(wish) == 2
    told, said = capsys.readouterr()
    assert "Attempt 1 would do:\n  diagnose  " in told and "problem: reference: " in told
    assert said.count("\n") == 1 and "nowhere.jsonl does not exist; set judge.reference" in said and "--anyway" in said
    assert not started
    assert main([*wish, "--anyway"]) == 0
    assert "problem: reference: " in capsys.readouterr().out
    assert started == ["diagnose"]


def test_a_workspace_that_is_a_file_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "file"
    path.write_text("")
    assert main(["status", "--workspace", str(path)]) == 2
    assert "is a file" in capsys.readouterr().err


@pytest.mark.parametrize("named", [["--workspace", "{}"], ["--workspace={}"]])
def test_the_workspace_may_be_named_before_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str], named: list[str]) -> None:
    place = [word.format(tmp_path) for word in named]
    assert main([*place, "status", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["workspace"] == str(tmp_path)
    with pytest.raises(SystemExit):
        main([*place, "stats"])
    assert "did you mean 'status'?" in capsys.readouterr().err


@pytest.mark.parametrize("named", [["--workspace", "{}"], ["--workspace={}"]])
@pytest.mark.parametrize("command", ["grade", "measure", "baseline", "compare"])
def test_a_command_that_works_on_files_takes_no_workspace(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str, named: list[str]
) -> None:
    assert main([*(word.format(tmp_path) for word in named), command, "file.jsonl"]) == 2
    assert capsys.readouterr().err == f"cogumi: `cogumi {command}` works in no workspace: leave --workspace out.\n"


@pytest.mark.parametrize("command", [[], ["status"], ["logs"], ["doctor"], ["web"]])
def test_a_mistyped_folder_is_no_fresh_workspace(tmp_path: Path, capsys: pytest.CaptureFixture[str], command: list[str]) -> None:
    assert main([*command, "--workspace", str(tmp_path / "typo")]) == 2
    said = capsys.readouterr()
    assert said.err.startswith(f"cogumi: There is no folder {tmp_path / 'typo'};") and said.err.count("\n") == 1
    assert not said.out and not (tmp_path / "typo").exists()


@pytest.mark.parametrize("named", [True, False])
def test_the_practice_workspace_may_be_looked_at_before_it_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], named: bool
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    for command in ("status", "logs", "doctor"):
        assert main([command, *(["--workspace", str(tmp_path / "state/cogumi/practice")] if named else [])]) == 0
    assert "cogumi/practice" in "".join(capsys.readouterr().out.split())


def test_status_of_a_fresh_workspace_is_idle_with_every_step_waiting(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["status", "--json", "--workspace", str(tmp_path)]) == 0
    status = json.loads(capsys.readouterr().out)
    assert status["state"] == "idle"
    assert [step["id"] for step in status["steps"]][:4] == ["diagnose", "distill", "train", "validate"]
    assert {step["state"] for step in status["steps"]} == {"waiting", "locked"}
    assert status["gates"][0]["verdict"] == "open"
    assert main(["status", "--workspace", str(tmp_path)]) == 0
    assert "the plan expects $24.00 to $34.00 for the 8B model" in " ".join(capsys.readouterr().out.split())
    assert not (tmp_path / "cogumi.db").exists()


def test_stop_where_nothing_was_ever_started_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["stop", "--workspace", str(tmp_path)]) == 2
    assert "holds no store" in capsys.readouterr().err


def test_doctor_names_what_is_missing_and_what_to_do(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["init", "--profile", "h100", "--workspace", str(tmp_path)]) == 0
    capsys.readouterr()
    code = main(["doctor", "--json", "--workspace", str(tmp_path)])
    findings = {finding["name"]: finding for finding in json.loads(capsys.readouterr().out)["findings"]}
    assert code == 2
    assert findings["adapter"]["level"] == "problem"
    assert "model.adapter" in findings["adapter"]["advice"]
    assert findings["packages"]["level"] == "ok"
    assert findings["reference"]["level"] == "warning"


def test_what_doctor_advises_for_a_trial_without_a_gpu_works(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.runs.telemetry.gpu.read_gpus", lambda: ((), "No NVIDIA driver on this machine."))
    advice = next(f.advice for f in ready(tmp_path, load_profile("h100"), ["diagnose"]) if f.name == "gpu")
    words = advice.split("`")[1].replace("DIR", str(tmp_path / "trial")).split()
    assert words[0] == "cogumi" and main(words[1:]) == 0
    assert load_settings(tmp_path / "trial").settings == load_profile("practice")


def test_doctor_finds_the_practice_profile_ready(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--workspace", str(tmp_path)]) == 0
    assert "practice model does not need one" in " ".join(capsys.readouterr().out.split())
