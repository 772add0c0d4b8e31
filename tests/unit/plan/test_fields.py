"""Settings as things that can be asked for: read from text, written, nudged, and those that matter for a step first."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import SettingsError
from core.plan.fields import Field, by_key, fields, flag, grouped, nudged, read, rung, shown
from core.plan.load import checked, flat, load_profile, load_settings

PRACTICE = load_profile("practice")


def field(key: str) -> Field:
    return by_key()[key]


def test_every_setting_of_an_attempt_is_a_field_with_help() -> None:
    keys = {name for name in flat(PRACTICE) if name != "profile" and not name.startswith("panel.")}
    assert {f.key for f in fields()} == keys
    assert all(f.doc for f in fields())


@pytest.mark.parametrize("profile", ["practice", "h100"])
def test_what_is_shown_reads_back_as_the_same_value_in_the_form_and_as_a_flag(profile: str) -> None:
    values = flat(load_profile(profile))
    for one in fields():
        assert read(one, shown(values[one.key])) == values[one.key]
    given_ = [flag(one.key, values[one.key]) for one in fields()]
    assert flat(load_settings(Path("/nowhere"), [f"profile={profile}", *given_]).settings) == values


@pytest.mark.parametrize(
    ("key", "text", "wanted"),
    [
        ("train.num_train_epochs", "many", "a number, at least 0.01"),
        ("train.num_train_epochs", "0", "a number, at least 0.01"),
        ("train.num_train_epochs", "", "a number"),
        ("train.seed", "1.5", "a whole number, at least 0"),
        ("train.warmup_ratio", "2", "a number from 0 to 1"),
        ("train.learning_rate", "nan", "a number"),
        ("model.precision", "fp8", "one of auto, bf16, nf4, fp32"),
        ("train.seed", "true", "a whole number"),
    ],
)
def test_what_a_setting_does_not_take_is_refused_with_what_it_takes(key: str, text: str, wanted: str) -> None:
    with pytest.raises(SettingsError, match=wanted):
        read(field(key), text)


def test_a_text_may_look_like_anything() -> None:
    assert read(field("judge.model"), " 4 ") == "4"
    assert read(field("model.adapter"), "") == ""


def test_a_setting_that_is_not_there_names_the_nearest() -> None:
    with pytest.raises(SettingsError, match=r"no setting 'train.epochs'"):
        checked("train.epochs", 2)


@pytest.mark.parametrize(
    ("key", "value", "up", "down"),
    [
        ("train.learning_rate", 5e-6, 1e-5, 2e-6),
        ("train.learning_rate", 3e-4, 5e-4, 2e-4),
        ("train.num_train_epochs", 2.0, 3.0, 1.0),
        ("train.num_train_epochs", 0.1, 0.2, 0.05),
        ("train.per_device_train_batch_size", 4, 5, 3),
        ("train.per_device_train_batch_size", 1, 2, 1),
        ("categories.MATH.train_problems", 100, 200, 50),
        ("categories.MATH.train_problems", 0, 1, 0),
        ("categories.MATH.generate_temperature", 0.0, 0.1, 0.0),
        ("distill.min_agreement", 0.6, 0.7, 0.5),
        ("distill.min_agreement", 1.0, 1.0, 0.9),
        ("model.precision", "auto", "bf16", "fp32"),
        ("judge.model", "any", "any", "any"),
    ],
)
def test_a_value_is_nudged_to_the_next_that_makes_sense(key: str, value: object, up: object, down: object) -> None:
    assert (nudged(field(key), value, 1), nudged(field(key), value, -1)) == (up, down)


@settings(max_examples=50)
@given(st.sampled_from(fields()), st.lists(st.sampled_from((1, -1)), max_size=12), st.sampled_from(("practice", "h100")))
def test_wherever_nudging_leads_the_setting_takes_it(one: Field, ways: list[int], profile: str) -> None:
    value = flat(load_profile(profile))[one.key]
    for by in ways:
        value = nudged(one, value, by)
        assert checked(one.key, value) == value


@given(st.floats(1e-9, 1e6))
def test_rungs_are_round_and_strictly_beyond(value: float) -> None:
    assert rung(value, -1) < value < rung(value, 1)
    assert f"{rung(value, 1):.0e}"[0] in "125"


def test_what_matters_for_training_comes_first_and_nothing_is_left_out() -> None:
    groups = grouped(("distill", "train"), PRACTICE)
    assert groups[0] == ("training", ("train.num_train_epochs", "train.learning_rate", "train.per_device_train_batch_size"))
    assert groups[1][0] == "responses to train on" and "categories.MATH.generate_temperature" in groups[1][1]
    keys = [key for _, names in groups for key in names]
    assert sorted(keys) == sorted(f.key for f in fields())
    assert dict(grouped(("validate",), PRACTICE))["measuring"][0] == "categories.MATH.measure_problems"
