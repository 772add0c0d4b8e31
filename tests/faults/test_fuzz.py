"""Bad input of every kind ends in a result or in one sentence, for every reader; ``python -m tests.faults.fuzz`` tries far more of it."""

from __future__ import annotations

import contextlib

import pytest

from core.errors import CogumiError, DataError, SettingsError
from core.models.kind import local_folder
from core.plan.load import load_settings, settings_from_json
from tests.faults.fuzz import attack
from tests.faults.readers import READERS, Reader

INPUTS = 40


@pytest.mark.slow
@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.name)
def test_a_reader_answers_bad_input_with_a_sentence(reader: Reader) -> None:
    found = attack(reader, INPUTS)
    assert found.inputs


def test_a_sentence_shows_what_it_quotes_without_control_characters() -> None:
    assert str(DataError("line 3 holds \x1b[2J\n\u202eevil")) == "line 3 holds \ufffd[2J \ufffdevil"


@pytest.mark.parametrize(
    "text", ["", "[", "null", "[]", '{"categories": null}', '{"categories": {"MATH": 3}}', '{"train": {"r": 1' + "0" * 400 + "}}"]
)
def test_damaged_stored_settings_are_told_as_such(text: str) -> None:
    with pytest.raises(SettingsError, match="The attempt's stored settings"):
        settings_from_json(text)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("train.r = " + "9" * 5000, "not valid TOML"),
        ("train.r = 0x" + "F" * 5000, "more than 18 digits"),
        ("model.base = [0x" + "F" * 5000 + "]", "far too long"),
        ("budget.total_dollars = 1" + "0" * 400, "more than 18 digits"),
        ("[nonsense]", "there is no table \\[nonsense\\]"),
        ('categories.MATH.source = {"" = {}}', "must be a value, not a table"),
    ],
)
def test_settings_that_fuzzing_found_are_refused(tmp_path, text: str, told: str) -> None:
    (tmp_path / "cogumi.toml").write_text(text)
    with pytest.raises(SettingsError, match=told):
        load_settings(tmp_path)


@pytest.mark.parametrize("name", ["x" * 5000, "~nobody-of-this-name/model", "a\0b"])
def test_a_name_that_no_path_can_have_is_no_folder(tmp_path, name: str) -> None:
    with contextlib.suppress(CogumiError):
        assert local_folder(name, tmp_path) is None
