"""A step's log is followed, scrolled, searched, thinned to what is loud, and copied from; logs of all attempts are one key away."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.runs.logs import Log
from core.text import plain
from screens.control import ControlScreen
from screens.log import LogScreen
from screens.logs import LogsScreen
from tests.panel import fakes
from tests.panel.stage import Stage, opened
from tests.panel.test_hostile import ATTACK, harmless


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "train.log"
    path.write_text("".join(f"12:00:{i % 60:02d} line {i} loss {2 - i / 6000:.3f}\n" for i in range(5000)))
    return path


def screen(stage: Stage) -> LogScreen:
    """The log in front."""
    found = stage.app.screen
    assert isinstance(found, LogScreen)
    return found


async def test_the_log_follows_its_end_and_scrolls(log: Path) -> None:
    async with opened(source=fakes.FakeSource(fakes.training(), log=log)) as stage:
        await stage.press("l")
        await stage.sees("line 4999")
        await stage.sees("following")
        with log.open("a") as file:
            file.write("12:34:56 a new line\n")
        await stage.show(fakes.training(42))
        await stage.sees("a new line")
        await stage.press("pageup")
        await stage.until(lambda: "following" not in stage.text)
        await stage.press("home")
        await stage.sees("lines 1 to 37 of 5,001")
        assert "earlier" not in stage.text
        await stage.press("pagedown", "pagedown")
        await stage.sees("lines 73 to 109 of 5,001")
        await stage.sees("↑ 72 earlier lines in file")
        await stage.press("end")
        await stage.sees("a new line")
        await stage.sees("following")
        await stage.press("escape")
        assert isinstance(stage.app.screen, ControlScreen)


async def test_the_cursor_moves_among_the_lines_and_its_line_is_copied(log: Path) -> None:
    async with opened(source=fakes.FakeSource(fakes.training(), log=log)) as stage:
        copied: list[str] = []
        stage.app.copy = lambda text, what: copied.append(text)  # type: ignore[method-assign]
        await stage.press("l")
        await stage.sees("line 4999")
        await stage.press("y", "up", "up", "y")
        assert copied == ["12:00:19 line 4999 loss 1.167", "12:00:17 line 4997 loss 1.167"]
        await stage.press("down", "down", "down")
        await stage.sees("following")
        for _ in range(40):
            await stage.press("up")
        await stage.press("y")
        assert copied[-1].startswith("12:00:39 line 4959 ")
        await stage.press("home", "down", "y")
        assert copied[-1].startswith("12:00:01 line 1 ")


async def test_a_line_too_long_for_the_screen_is_read_alone_and_wrapped(log: Path) -> None:
    with log.open("a") as file:
        file.write("start " + "word " * 200 + "its end\n")
    async with opened(source=fakes.FakeSource(fakes.training(), log=log)) as stage:
        copied: list[str] = []
        stage.app.copy = lambda text, what: copied.append(text)  # type: ignore[method-assign]
        await stage.press("l")
        await stage.sees("start word")
        assert "its end" not in stage.text
        await stage.press("enter")
        await stage.sees("its end")
        await stage.sees("line 5,001 of the log, 1,013 characters")
        await stage.press("y", "escape")
        assert copied[0].endswith("its end")
        await stage.until(lambda: isinstance(stage.app.screen, LogScreen))


async def test_a_search_counts_its_hits_and_goes_from_one_to_the_next(log: Path) -> None:
    async with opened(source=fakes.FakeSource(fakes.training(), log=log)) as stage:
        await stage.press("l")
        await stage.sees("line 4999")
        await stage.press("slash")
        await stage.type("LINE 77")
        await stage.press("enter")
        await stage.sees("11 of 11 lines with “LINE 77”")
        await stage.press("N")
        await stage.sees("10 of 11 lines")
        assert "line 778 loss" in stage.text
        await stage.press("n")
        await stage.sees("11 of 11 lines")
        await stage.press("n")
        await stage.sees("no further match below")
        with log.open("a") as file:
            file.write("line 77 once more")
        await stage.show(fakes.training(42))
        await stage.sees("12 lines with")
        await stage.press("slash")
        await stage.type("nothing of the kind")
        await stage.press("enter")
        await stage.sees("no line with")
        await stage.press("escape", "escape")
        assert isinstance(stage.app.screen, ControlScreen)


TRACEBACK = 'Traceback (most recent call last):\n  File "train.py", line 3, in step\n    boom()\nValueError: loss is not a number\n'


async def test_one_key_leaves_warnings_and_errors_and_again_errors_alone_with_their_tracebacks(log: Path) -> None:
    with log.open("a") as file:
        file.write("WARNING: slow batch\n" + TRACEBACK + "line 5000 goes on\n")
    async with opened(source=fakes.FakeSource(fakes.training(), log=log)) as stage:
        await stage.press("l")
        await stage.sees("line 5000")
        await stage.press("v")
        await stage.sees("warnings and errors only")
        await stage.until(lambda: "line 5000" not in stage.text and "5 of 5,006 lines" in stage.text, "what is loud")
        assert "slow batch" in stage.text and "boom()" in stage.text and "loss is not a number" in stage.text
        await stage.press("v")
        await stage.until(lambda: "slow batch" not in stage.text and "boom()" in stage.text, "errors alone")
        await stage.press("slash")
        await stage.type("file")
        await stage.press("enter")
        await stage.sees("1 of 1 line with")
        await stage.press("v")
        await stage.sees("line 4985")


async def test_a_log_without_anything_loud_says_so(log: Path) -> None:
    async with opened(source=fakes.FakeSource(fakes.training(), log=log)) as stage:
        await stage.press("l")
        await stage.sees("line 4999")
        await stage.press("v")
        await stage.sees("no warnings and errors in this log")
        await stage.press("escape")
        await stage.sees("line 4999")


class Attempts(fakes.FakeSource):
    """Two attempts with two logs each."""

    def logs(self) -> list[Log]:
        assert self.log is not None
        found = []
        for attempt in (2, 1):
            for step in ("train", "distill"):
                path = self.log.with_name(f"{step}-{attempt}.log")
                path.write_text(f"this is {step} of attempt {attempt}\n")
                found.append(Log(path, attempt, step, attempt, fakes.NOW - 90, 60.0, "failed" if attempt == 1 else "done", 30))
        return found


async def test_logs_of_older_attempts_are_chosen_from_a_list(log: Path) -> None:
    async with opened(source=Attempts(fakes.training(), log=log)) as stage:
        await stage.press("l")
        await stage.sees("of attempt 2")
        await stage.press("tab")
        await stage.until(lambda: "this is distill of attempt 2" in stage.text or "this is train of attempt 2" in stage.text)
        await stage.go("a", LogsScreen)
        await stage.sees("4 logs of 2 attempts")
        assert "failed" in stage.text and "1:00" in stage.text
        await stage.press("end", "down", "down", "down", "enter")
        await stage.sees("this is distill of attempt 1")
        assert "attempt 1" in stage.text.split("\n")[0]
        await stage.press("escape")
        assert isinstance(stage.app.screen, ControlScreen)


async def test_a_step_without_a_log_says_so_until_it_has_one(log: Path) -> None:
    source = fakes.FakeSource(fakes.base())
    async with opened(source=source) as stage:
        await stage.go("l", LogScreen)
        await stage.sees("this step has no log yet")
        await stage.press("v", "n", "y", "pageup", "pagedown", "up", "home", "end")
        source.log = log
        await stage.press("escape", "escape")
        await stage.show(fakes.training())
        await stage.press("l")
        await stage.sees("line 4999")


async def test_a_log_that_is_cut_and_written_anew_is_shown_from_its_new_beginning(log: Path) -> None:
    async with opened(source=fakes.FakeSource(fakes.training(), log=log)) as stage:
        await stage.press("l", "slash")
        await stage.type("line")
        await stage.press("enter")
        await stage.sees("5,000 of 5,000 lines")
        log.write_text("line one of another log\nthe end\n")
        await stage.show(fakes.training(42))
        await stage.sees("of another log")
        await stage.until(lambda: "1 line with" in stage.text, "the new count")
        assert screen(stage).view.seen[0].start == 0


async def test_hostile_lines_move_nothing_and_are_copied_as_they_are_seen(tmp_path: Path) -> None:
    log = tmp_path / "step.log"
    attack = ATTACK.replace("\r", "").encode("utf-8", "surrogatepass")
    endless = b"x" * 2_000_000 + b" needle\n\xff\xfe\x1b]52;c;aGFja2Vk\x07\nerror " + b"\x1b" * 50_000
    log.write_bytes(b"Error: " + attack + b"\n" + endless + b"\nlast line\n")
    async with opened(source=fakes.FakeSource(fakes.training(), log=log), size=(80, 24)) as stage:
        given: list[str] = []
        stage.app.copy_to_clipboard = given.append  # type: ignore[method-assign]
        await stage.press("l")
        await stage.sees("last line")
        for key in ("v", "v", "v", "home", "right", "left", "pagedown", "pageup"):
            await stage.press(key)
            assert harmless(stage), key
        await stage.press("slash")
        await stage.type("needle")
        await stage.press("enter")
        await stage.sees("1 of 1 line with")
        assert harmless(stage)
        await stage.press("escape", "home", "y")
        await stage.until(lambda: bool(given), "the copy")
        assert "\x1b" not in given[0] and "[bold red]markup[/]" in given[0] and plain(given[0]) == given[0]


async def test_leaving_in_the_middle_of_a_search_ends_it(tmp_path: Path) -> None:
    log = tmp_path / "big.log"
    log.write_bytes(b"a line of a log of no interest\n" * 1_000_000)
    async with opened(source=fakes.FakeSource(fakes.training(), log=log)) as stage:
        await stage.press("l")
        await stage.sees("a line of a log")
        await stage.press("slash")
        await stage.type("line")
        await stage.press("enter", "escape", "escape", "escape")
        assert isinstance(stage.app.screen, ControlScreen)
        await stage.until(lambda: all(worker.is_finished for worker in stage.app.workers), "the end of the reading")
