"""The terminal is given back as it was found, however the panel ends; and a terminal that is gone ends the panel at once."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.terminal.pty_run import PtyRun

pytestmark = pytest.mark.slow
LEFT_ALTERNATE_SCREEN, CURSOR_SHOWN, MOUSE_OFF = b"\x1b[?1049l", b"\x1b[?25h", b"\x1b[?1003l"


@pytest.fixture
def panel() -> Iterator[PtyRun]:
    with started() as run:
        yield run


def started(*arguments: str) -> PtyRun:
    run = PtyRun([sys.executable, "-m", "tests.terminal.fake_panel", *arguments], environ={"COGUMI_ASCII": "0"})
    run.wait_for(b"Plan")
    run.wait_for(b"train")
    return run


def restored(run: PtyRun) -> bool:
    """The last word on each mode is the switch back, and the line settings are the old ones."""
    out = run.output
    back = all(
        out.rfind(off) > out.rfind(on) >= 0
        for on, off in ((b"\x1b[?1049h", LEFT_ALTERNATE_SCREEN), (b"\x1b[?25l", CURSOR_SHOWN), (b"\x1b[?1003h", MOUSE_OFF))
    )
    return back and run.attributes()[:4] == run.before[:4]


def test_q_leaves_and_restores(panel: PtyRun) -> None:
    assert panel.attributes()[3] != panel.before[3]
    panel.send(b"q")
    assert panel.wait() == 0
    assert restored(panel)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_signal_ends_it_and_the_terminal_is_restored(panel: PtyRun, number: signal.Signals) -> None:
    panel.signal(number)
    assert panel.wait() == 128 + number
    assert restored(panel)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_panel_that_is_stuck_is_ended_and_the_terminal_restored_all_the_same(number: signal.Signals) -> None:
    with started("stuck") as run:
        run.signal(number)
        assert run.wait() == 128 + number
        assert restored(run)


def test_an_error_of_its_own_restores_the_terminal_and_says_that_work_goes_on() -> None:
    with started("crash") as run:
        run.send(b"X")
        assert run.wait() == 1
        assert restored(run)
        assert b"work in the background" in run.output and b"ZeroDivisionError" in run.output


def test_a_lost_terminal_ends_the_panel_without_spinning(panel: PtyRun) -> None:
    before = panel.cpu_seconds()
    panel.hang_up()
    status = panel.wait()
    assert status in (128 + signal.SIGHUP, -signal.SIGHUP)
    assert before < 20


def test_a_lost_terminal_is_noticed_even_when_nobody_sends_a_signal() -> None:
    """As under ``nohup``, or when the panel is no longer the terminal's own: the hang-up itself has to be seen."""
    deaf = "import signal; signal.signal(signal.SIGHUP, signal.SIG_IGN)"
    with PtyRun([sys.executable, "-c", f"{deaf}; from tests.terminal.fake_panel import main; raise SystemExit(main())"]) as run:
        run.wait_for(b"train")
        run.hang_up()
        assert run.wait() == 128 + signal.SIGHUP


def test_escape_and_a_key_sent_at_once_are_both_taken(panel: PtyRun) -> None:
    panel.send(b"p")
    panel.wait_for(b"find text")
    panel.send(b"\x1b?")
    panel.wait_for(b"Plan pane")  # help about the home screen's pane, not about the screen that Escape left


def test_the_real_panel_opens_and_leaves_without_writing_anything(tmp_path: Path) -> None:
    with PtyRun([sys.executable, "-m", "app.cli", "--workspace", str(tmp_path)], columns=120, rows=40) as run:
        run.wait_for(b"diagnose")
        run.send(b"q")
        assert run.wait() == 0
        assert restored(run)
    assert list(tmp_path.iterdir()) == []


def test_redirected_standard_error_is_refused_in_a_sentence(tmp_path: Path) -> None:
    command = f"{sys.executable} -m app.cli --workspace {tmp_path} 2>{tmp_path / 'err'}"
    with PtyRun(["/bin/sh", "-c", command]) as run:
        assert run.wait() == 2
    assert "standard error" in (tmp_path / "err").read_text()
