"""Training for real on a tiny model: it learns, tells of every step, and goes on exactly where it was cut off."""

from __future__ import annotations

import errno
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from core.errors import ModelError, StopRequested, TrainingError
from core.models.fingerprint import adapter_hash
from core.models.load import load
from core.training.expect import steps_of
from tests.unit.models.fixtures import settings_for
from tests.unit.training import rows as shared
from tests.unit.training.rows import SETTINGS, Events, run, training_rows

slow = pytest.mark.slow


@pytest.fixture(scope="module")
def unbroken(tiny_base: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Events]:
    """A training from beginning to end."""
    folder, events = tmp_path_factory.mktemp("unbroken"), Events()
    run(tiny_base, folder, emit=events)
    return folder, events


def weights(folder: Path) -> bytes:
    return (folder / "out" / "adapter_model.safetensors").read_bytes()


def kill_at(command: list[str], moment: str) -> None:
    """Starts a training and kills it with -9 as soon as it tells of ``moment``."""
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if line.strip() == moment:
                process.kill()
    assert process.returncode == -signal.SIGKILL


@slow
def test_the_loss_falls_and_every_step_is_told(unbroken: tuple[Path, Events]) -> None:
    _, events = unbroken
    losses = events.of("loss")
    assert [event["step"] for event in losses] == list(range(1, 13))
    assert losses[-1]["loss"] < 0.9 * losses[0]["loss"]
    assert all(event["max_steps"] == 12 and event["tokens_per_second"] > 0 and event["grad_norm"] > 0 for event in losses)
    assert max(event["learning_rate"] for event in losses) == pytest.approx(2e-3)
    assert [event["step"] for event in events.of("epoch")] == [6, 12]
    assert [event["step"] for event in events.of("checkpoint")] == [4, 8, 12]


@slow
def test_on_four_bit_weights_the_adapter_learns_in_the_precision_that_it_is_held_in(
    tiny_base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """TRL turns it into bf16 there, in whose rounding the plan's steps of 5e-6 are lost."""
    from core.training import backend, trainer

    load_base, build, held = backend.load, trainer.build, []

    def marked(*arguments: Any) -> Any:
        base = load_base(*arguments)
        base.model.is_loaded_in_4bit = True
        return base

    def built(ready: Any, *arguments: Any) -> Any:
        made = build(ready, *arguments)
        held.extend(parameter.dtype for parameter in ready.model.parameters() if parameter.requires_grad)
        ready.model.get_base_model().is_loaded_in_4bit = False
        return made

    monkeypatch.setattr("transformers.trainer.validate_quantization_for_training", lambda *_: None)
    monkeypatch.setattr(backend, "load", marked)
    monkeypatch.setattr(trainer, "build", built)
    run(tiny_base, tmp_path, learning_rate=5e-6)
    assert {str(dtype) for dtype in held} == {"torch.float32"}


@slow
def test_the_optimizer_is_the_one_that_is_named_whatever_a_library_makes_its_default(
    tiny_base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Unsloth puts an 8-bit AdamW in its place, whose state no other back end could go on from."""
    import torch

    from core.training import trainer

    config = trainer.SFTConfig
    monkeypatch.setattr(trainer, "SFTConfig", lambda **asked: config(**{"optim": "sgd", **asked}))
    run(tiny_base, tmp_path, rows=training_rows(8))
    state = torch.load(next((tmp_path / "work").glob("checkpoint-*")) / "optimizer.pt", weights_only=True)["state"]
    assert {"exp_avg", "exp_avg_sq"} <= state[0].keys() and state[0]["exp_avg"].dtype == torch.float32


@slow
def test_the_adapter_loads_and_changes_what_the_model_says(tiny_base: Path, unbroken: tuple[Path, Events], tmp_path: Path) -> None:
    folder, _ = unbroken
    assert sorted(path.name for path in (folder / "out").iterdir()) == ["adapter_config.json", "adapter_model.safetensors"]
    loaded = load(settings_for(tiny_base), tmp_path, folder / "out")
    assert loaded.fingerprint != load(settings_for(tiny_base), tmp_path, None).fingerprint


@slow
def test_killed_at_any_moment_and_resumed_it_ends_with_the_same_adapter_bit_for_bit(
    tiny_base: Path, unbroken: tuple[Path, Events], tmp_path: Path
) -> None:
    command = [sys.executable, "-m", shared.__name__, str(tiny_base), str(tmp_path)]
    for moment in ("loss 3", "loss 6", "checkpoint 8"):
        kill_at(command, moment)
    events = Events()
    result = run(tiny_base, tmp_path, emit=events)
    assert [event["step"] for event in events.of("loss")] == [9, 10, 11, 12] and result.steps == 12
    assert weights(tmp_path) == weights(unbroken[0])
    assert adapter_hash(tmp_path / "out") == adapter_hash(unbroken[0] / "out")


@slow
def test_a_polite_stop_saves_a_checkpoint_and_going_on_ends_the_same(
    tiny_base: Path, unbroken: tuple[Path, Events], tmp_path: Path
) -> None:
    events = Events()
    with pytest.raises(StopRequested, match="step 5 of 12"):
        run(tiny_base, tmp_path, emit=events, stopping=lambda: len(events.of("loss")) >= 4)
    assert events.of("epoch") == [], "the stop came within the first pass over the rows"
    assert (tmp_path / "work" / "checkpoint-5" / "whole.json").exists() and not (tmp_path / "out").exists()
    run(tiny_base, tmp_path)
    assert weights(tmp_path) == weights(unbroken[0])


@slow
def test_when_all_is_done_another_call_trains_no_step_and_gives_the_same(tiny_base: Path, unbroken: tuple[Path, Events]) -> None:
    folder, _ = unbroken
    before, events = weights(folder), Events()
    result = run(tiny_base, folder, emit=events)
    assert not events.of("loss") and result.steps == 12 and weights(folder) == before


@slow
def test_other_rows_start_from_the_beginning_and_say_so(tiny_base: Path, tmp_path: Path) -> None:
    with pytest.raises(StopRequested):
        run(tiny_base, tmp_path, stopping=lambda: True)
    events = Events()
    run(tiny_base, tmp_path, rows=training_rows(8), emit=events)
    assert events.of("loss")[0]["step"] == 1
    assert any(note["level"] == "warning" and "removed" in note["text"] for note in events.of("note"))


@slow
def test_training_starts_from_the_adapter_of_phase_1a(tiny_base: Path, tiny_adapter: Path, tmp_path: Path) -> None:
    from safetensors.torch import load_file

    run(tiny_base, tmp_path, start=tiny_adapter, learning_rate=1e-6)
    start, end = (load_file(folder / "adapter_model.safetensors") for folder in (tiny_adapter, tmp_path / "out"))
    assert start.keys() == end.keys()
    moved = max(float((end[name] - start[name]).abs().max()) for name in start)
    assert 0 < moved < 2e-5


@slow
def test_the_held_out_loss_is_told_each_half_epoch(tiny_base: Path, tmp_path: Path) -> None:
    events = Events()
    run(tiny_base, tmp_path, emit=events, held_out_share=0.25)
    assert len(events.of("loss")) == steps_of(18, shared.TrainSettings(**SETTINGS)) == 10
    assert len(events.of("held_out")) >= 4 and all(event["loss"] > 0 for event in events.of("held_out"))


@slow
def test_nothing_but_events_is_written(tiny_base: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    run(tiny_base, tmp_path, rows=training_rows(8))
    assert capfd.readouterr() == ("", "")


@slow
def test_a_loss_that_is_no_number_ends_it_and_names_the_last_good_checkpoint(tiny_base: Path, tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match=r"(no number|runs away).*checkpoint-\d+; lower train.learning_rate"):
        run(tiny_base, tmp_path, learning_rate=1e30, warmup_ratio=1.0, save_steps=1)
    assert not (tmp_path / "out").exists()


@slow
def test_a_disk_that_is_full_and_a_gpu_that_is_are_one_sentence(
    tiny_base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    from core.training import callbacks

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(callbacks, "mark_whole", full)
    with pytest.raises(TrainingError, match="No space left on device; make room"):
        run(tiny_base, tmp_path, rows=training_rows(8))

    def too_much(*_: object) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(callbacks, "mark_whole", too_much)
    with pytest.raises(TrainingError, match=r"lower train\.per_device_train_batch_size"):
        run(tiny_base, tmp_path, rows=training_rows(8))


@slow
def test_rows_that_do_not_fit_are_left_out_and_listed(tiny_base: Path, tmp_path: Path) -> None:
    some = training_rows(8)
    some[2] = replace(some[2], response="apples " * 300)
    events = Events()
    run(tiny_base, tmp_path, rows=some, emit=events)
    assert any("1 rows are longer" in note["text"] and "p/2" in note["text"] for note in events.of("note"))


def test_no_rows_and_a_missing_adapter_are_one_sentence(tiny_base: Path, tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="no training rows"):
        run(tiny_base, tmp_path, rows=[])
    with pytest.raises(ModelError, match="does not exist"):
        run(tiny_base, tmp_path, start=tmp_path / "gone")
    assert not list(tmp_path.iterdir())
