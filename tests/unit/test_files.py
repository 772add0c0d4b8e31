"""Files of the user's stay theirs: links that are not ours are left, links of ours hold through folders that are links, and so do files."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.files import leads_into, link, write_atomic
from core.plan.load import FILE_NAME, load_settings
from core.plan.write import write_values


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    for number in ("001", "002"):
        (tmp_path / "ws" / "attempts" / number).mkdir(parents=True)
        (tmp_path / "ws" / "attempts" / number / "made").write_text(number)
    return tmp_path / "ws"


def linked(workspace: Path, number: str, name: str = "checkpoints/made") -> bool:
    return link(workspace / name, workspace / "attempts" / number / "made", workspace / "attempts")


def test_a_link_holds_below_a_folder_that_is_a_link_and_in_a_workspace_that_is_one(workspace: Path, tmp_path: Path) -> None:
    (tmp_path / "disk" / "deep" / "big").mkdir(parents=True)
    (workspace / "checkpoints").symlink_to(tmp_path / "disk" / "deep" / "big")
    (tmp_path / "disk" / "name").symlink_to(workspace)
    for place, number in ((workspace, "001"), (tmp_path / "disk" / "name", "002")):
        assert linked(place, number)
        assert (workspace / "checkpoints" / "made").read_text() == number


def test_links_into_attempts_are_replaced_also_where_the_attempt_is_gone(workspace: Path) -> None:
    assert linked(workspace, "001")
    (workspace / "attempts" / "001" / "made").unlink()
    assert linked(workspace, "002")
    assert (workspace / "checkpoints" / "made").read_text() == "002"


@pytest.mark.parametrize("there", [True, False])
def test_a_link_of_the_users_own_is_left_as_it_is(workspace: Path, tmp_path: Path, there: bool) -> None:
    theirs = tmp_path / "attempts"
    if there:
        theirs.mkdir()
    (workspace / "checkpoints").mkdir()
    own = workspace / "checkpoints" / "made"
    own.symlink_to(theirs)
    assert not linked(workspace, "001")
    assert own.readlink() == theirs
    assert not leads_into(own, workspace / "attempts")


def test_a_settings_file_that_is_a_link_stays_one(tmp_path: Path) -> None:
    kept = tmp_path / "dotfiles" / "cogumi.toml"
    kept.parent.mkdir()
    kept.write_text('profile = "practice"  # mine\n')
    (tmp_path / "ws").mkdir()
    (tmp_path / "ws" / FILE_NAME).symlink_to("../dotfiles/cogumi.toml")
    write_values(tmp_path / "ws", {"train.seed": 7}, "practice")
    assert (tmp_path / "ws" / FILE_NAME).is_symlink()
    assert kept.read_text().startswith('profile = "practice"  # mine\n')
    assert load_settings(tmp_path / "ws").settings.train.seed == 7
    assert [path.name for path in kept.parent.iterdir()] == ["cogumi.toml"]


def test_a_file_is_written_through_a_link_that_leads_nowhere_yet(tmp_path: Path) -> None:
    (tmp_path / "name").symlink_to("elsewhere/file")
    write_atomic(tmp_path / "name", b"text")
    assert (tmp_path / "elsewhere" / "file").read_bytes() == b"text"
