"""Values written into cogumi.toml leave the rest of the file as the person wrote it."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.errors import SettingsError
from core.plan.load import load_settings
from core.plan.template import template
from core.plan.write import write_values

MINE = """# my own notes
profile = "practice"   # small

[train]
# the plan's is far lower
learning_rate = 2e-3  # measured
num_train_epochs = 2.0

[categories.MATH]
measure_problems = 30
"""


def test_comments_order_and_layout_stay(tmp_path: Path) -> None:
    (tmp_path / "cogumi.toml").write_text(MINE)
    write_values(tmp_path, {"train.num_train_epochs": 4.0}, "practice")
    assert (tmp_path / "cogumi.toml").read_text() == MINE.replace("epochs = 2.0", "epochs = 4.0")


def test_new_tables_and_keys_are_added_and_read_back(tmp_path: Path) -> None:
    (tmp_path / "cogumi.toml").write_text(MINE)
    values = {"categories.REASONING.train_problems": 50, "judge.model": 'a "quoted" name', "categories.MATH.train_problems": 60}
    write_values(tmp_path, values, "practice")
    text = (tmp_path / "cogumi.toml").read_text()
    loaded = load_settings(tmp_path)
    assert "# the plan's is far lower" in text and text.index("[train]") < text.index("[categories.MATH]")
    assert loaded.settings.judge.model == 'a "quoted" name' and loaded.origins["judge.model"] == "file"
    assert [loaded.settings.categories[name].train_problems for name in list(loaded.settings.categories)[:3]] == [60, 50, 50]


def test_a_folder_without_the_file_gets_one_that_stands_on_its_profile(tmp_path: Path) -> None:
    write_values(tmp_path, {"train.seed": 7}, "practice")
    loaded = load_settings(tmp_path)
    assert (loaded.settings.profile, loaded.settings.train.seed) == ("practice", 7)


def test_the_file_that_init_writes_can_be_changed(tmp_path: Path) -> None:
    (tmp_path / "cogumi.toml").write_text(template("h100"))
    write_values(tmp_path, {"train.learning_rate": 1e-4, "categories.CODE.generate_temperature": 0.3}, "h100")
    loaded = load_settings(tmp_path)
    assert loaded.settings.train.learning_rate == 1e-4
    changed = (tmp_path / "cogumi.toml").read_text().splitlines()
    assert sum(old != new for old, new in zip(template("h100").splitlines(), changed, strict=True)) == 2


def test_a_file_that_is_no_toml_is_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "cogumi.toml").write_text("profile = [")
    with pytest.raises(SettingsError, match="Mend it by hand"):
        write_values(tmp_path, {"train.seed": 7}, "practice")
    assert (tmp_path / "cogumi.toml").read_text() == "profile = ["
