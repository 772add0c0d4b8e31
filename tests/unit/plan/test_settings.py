"""Settings: where values come from, and what is said when one is wrong."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import SettingsError
from core.plan.load import FILE_NAME, flat, load_profile, load_settings, settings_from_json, settings_to_json
from core.plan.profiles import PROFILES
from core.plan.template import template
from core.records import Category


def test_a_folder_without_a_file_has_the_practice_profile(tmp_path: Path) -> None:
    loaded = load_settings(tmp_path)
    assert loaded.settings.model.base == "practice"
    assert loaded.path is None


def test_the_h100_profile_is_the_plan() -> None:
    settings = load_profile("h100")
    assert settings.train.learning_rate == 5e-6
    assert settings.train.num_train_epochs == 2
    assert settings.train.per_device_train_batch_size == 4
    assert settings.model.adapter == "checkpoints/final"
    math = settings.categories[Category.MATH]
    assert (math.train_problems, math.measure_problems, math.failure_problems) == (100, 200, 2000)
    assert settings.categories[Category.REASONING].generate_temperature == 0.1
    assert settings.gate.math_score_1b1 == 0.45


@pytest.mark.parametrize("profile", sorted(PROFILES))
def test_the_file_that_init_writes_gives_exactly_the_profile(tmp_path: Path, profile: str) -> None:
    (tmp_path / FILE_NAME).write_text(template(profile))
    assert load_settings(tmp_path).settings == load_profile(profile)


def test_flags_win_over_the_file_and_the_file_over_the_profile(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_text('profile = "practice"\n[train]\nlearning_rate = 1e-3\nr = 8\n')
    loaded = load_settings(tmp_path, ["train.learning_rate=3e-4"])
    assert loaded.settings.train.learning_rate == 3e-4
    assert loaded.settings.train.r == 8
    assert loaded.origins["train.learning_rate"] == "flag"
    assert loaded.origins["train.r"] == "file"
    assert loaded.origins["train.num_train_epochs"] == "profile"
    assert "train.lora_alpha" not in loaded.origins


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[train]\nlerning_rate = 1", ["train.lerning_rate", "train.learning_rate"]),
        ("[trian]\nr = 1", ["trian.r", "train.r"]),
        ("[train]\nr = 0", ["train.r", "at least 1"]),
        ('[train]\nr = "many"', ["train.r", "whole number"]),
        ("[train]\nr = true", ["train.r", "whole number"]),
        ("train = 3", ["train", "table"]),
        ("[profile]\nx = 1", ["profile"]),
        ('profile = "h200"', ["profile", "practice"]),
        ("[train]\nlearning_rate = nan", ["learning_rate", "finite"]),
        ("[train]\nlearning_rate = inf", ["learning_rate", "finite"]),
        ('[model]\nprecision = "int8"', ["precision", "nf4"]),
        ("[measure]\ntemperature = 0.0", ["measure.temperature", "0.01"]),
        ('[model]\nengine = "server"', ["server_url"]),
        ('[judge]\nkind = "llm"', ["judge.url"]),
        ("[generation]\nmax_new_tokens = 4096", ["max_length"]),
        ("[categories.MATHS]\ntrain_problems = 1", ["MATHS", "MATH"]),
        ("not toml", ["TOML"]),
        ("[panel.keymap]\nstop = 3", ["keymap"]),
    ],
)
def test_a_wrong_file_gets_one_sentence_that_names_the_place(tmp_path: Path, text: str, words: list[str]) -> None:
    (tmp_path / FILE_NAME).write_text(text)
    with pytest.raises(SettingsError) as caught:
        load_settings(tmp_path)
    message = str(caught.value)
    assert FILE_NAME in message
    assert "\n" not in message
    for word in words:
        assert word in message


@pytest.mark.parametrize("profile", ["practice", "h100"])
@pytest.mark.parametrize("way", ["added", "uncommented"])
def test_keys_can_be_added_to_the_file_that_init_writes(tmp_path: Path, profile: str, way: str) -> None:
    text, table = template(profile), '[panel.keymap]\nstop = "X"\n'
    changed = f"{text}\n{table}" if way == "added" else text.replace("# [panel.keymap]\n# stop", "[panel.keymap]\nstop")
    assert changed != text
    (tmp_path / FILE_NAME).write_text(changed)
    settings = load_settings(tmp_path).settings
    assert settings.panel == dataclasses.replace(load_profile(profile).panel, keymap={"stop": "X"})


def test_an_inline_table_of_keys_as_earlier_files_have_it_is_read(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_text("[panel]\nkeymap = {}\nbell = false\n")
    panel = load_settings(tmp_path).settings.panel
    assert panel.keymap == {} and not panel.bell


@pytest.mark.parametrize("flag", ["x", "=3", "gate=3", "train.nothing=1", "train.r=x"])
def test_a_wrong_flag_is_named(tmp_path: Path, flag: str) -> None:
    with pytest.raises(SettingsError, match="--set"):
        load_settings(tmp_path, [flag])


def test_bytes_that_are_not_text_are_refused(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SettingsError, match="UTF-8"):
        load_settings(tmp_path)


def test_settings_survive_json() -> None:
    for profile in PROFILES:
        settings = load_profile(profile)
        assert settings_from_json(settings_to_json(settings)) == settings


@given(st.text(max_size=60))
def test_any_text_as_a_file_gives_settings_or_one_error(text: str) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / FILE_NAME).write_text(text, encoding="utf-8", errors="surrogatepass")
        try:
            load_settings(Path(folder))
        except SettingsError as error:
            assert str(error)


@given(st.sampled_from(sorted(flat(load_profile("practice")))), st.text(max_size=12))
def test_any_value_for_any_setting_gives_settings_or_one_error(key: str, value: str) -> None:
    try:
        load_settings(Path("/nonexistent"), [f"{key}={value}"])
    except SettingsError as error:
        assert str(error)
