"""What a model, a tool or a user wrote is shown as text: it moves no cursor, sets no colour, hides nothing and is no markup."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from rich.cells import cell_len

from core.plan.ledger import Limit
from core.records import Category, Problem
from core.runs.evidence import Opened
from core.runs.readiness import Finding
from core.runs.snapshot import GateView, GpuReading, Note, Progress, State, StepView
from tests.panel import fakes
from tests.panel.fake_iterating import settings, three_attempts
from tests.panel.stage import Stage, opened

ATTACK = (
    "[bold red]markup[/] \x1b[2J\x1b]52;c;aGFja2Vk\x07 \x9b31m \u202eevil\u202c \u200bzero\u2066 [@click=app.quit]x[/] $primary \ud800 "
    "\x00\x08\r\x7f e\u0301\u0301\u0301 \U0001f468\u200d\U0001f469 漢字 <script>alert(1)</script> [/"
)
FORBIDDEN = set("\x1b\x9b\x07\x00\x08\r\x7f\u202e\u202c\u200b\u2066\u200d\ud800")


def harmless(stage: Stage) -> bool:
    """Nothing but printable characters is on the screen, and no row is wider than it."""
    rows = stage.text.split("\n")
    return not FORBIDDEN & set(stage.text) and all(cell_len(row) <= stage.app.size.width for row in rows)


def poisoned() -> fakes.Snapshot:
    """A snapshot with the attack in every text that can come from outside."""
    base = fakes.training()
    progress = Progress(1, 2, ATTACK, 1.0, 2.0, ATTACK)
    train = StepView("train", "1B.1", "train", State.FAILED, 1, 0, 1, 1, 0, progress, ATTACK, ATTACK, 3, "x.log")
    gate = base.gates[0]
    criteria = tuple(replace(criterion, note=ATTACK) for criterion in gate.criteria)
    assert base.telemetry is not None
    return replace(
        base,
        sequence=999,
        state=State.IDLE,
        profile=ATTACK,
        workspace="/tmp/" + ATTACK,
        steps=tuple(train if step.id == "train" else step for step in base.steps),
        gates=(GateView(gate.id, gate.phase, gate.title, "overridden", criteria, ATTACK), base.gates[1]),
        notes=(Note(fakes.NOW, "error", ATTACK), Note(fakes.NOW, "info", ATTACK * 50)),
        log_tail=(ATTACK, "x" * 1_000_000, "\u202e" * 500),
        overlap=ATTACK,
        telemetry=replace(base.telemetry, gpus=(GpuReading(0, ATTACK, 0.5, throttle=(ATTACK,)),), gpu_note=ATTACK),
    )


async def test_the_whole_story_shows_hostile_text_as_text() -> None:
    async with opened(fakes.training(), size=(80, 24)) as stage:
        await stage.show(poisoned())
        await stage.press("8", "enter")
        await stage.sees("2 notes")
        await stage.sees("[@click=app.quit]x[/]")
        assert harmless(stage)
        await stage.press("home")
        await stage.sees("error    [bold red]markup[/]")
        assert harmless(stage)


async def test_every_pane_shows_hostile_text_as_text() -> None:
    for size in ((80, 24), (200, 50)):
        async with opened(fakes.training(), size=size) as stage:
            await stage.show(poisoned())
            assert harmless(stage)
            await stage.press("z")
            for key in "12345678":
                await stage.press(key)
                assert harmless(stage), key
            assert "[bold red]markup[/]" in stage.text and "漢字" in stage.text


async def test_an_error_from_outside_is_shown_as_text() -> None:
    async with opened(replace(fakes.base(), error=ATTACK)) as stage:
        assert harmless(stage) and "[bold red]markup" in stage.text


async def test_responses_and_problems_are_shown_as_text() -> None:
    row = replace(fakes.problem_rows(1)[0], prompt=ATTACK, gold=ATTACK)

    class Hostile(fakes.FakeSource):
        def answers(self, problem_id: str, part: str = "measured", attempt: int = 0) -> Opened:
            found = fakes.evidence("before", ATTACK * 100, ATTACK, False, 3) + fakes.evidence("after", "y" * 500_000, None, None, 2)
            return Opened(Problem(row.id, Category.CODE, ATTACK, ATTACK), tuple(found))

    async with opened(source=Hostile(fakes.training(), problems=[row])) as stage:
        await stage.press("p")
        await stage.sees("markup")
        assert harmless(stage)
        await stage.press("enter")
        await stage.sees("Before training")
        assert harmless(stage)
        await stage.press("slash", "pagedown", "pagedown")
        assert harmless(stage)


async def test_a_log_is_shown_as_text(tmp_path: Path) -> None:
    log = tmp_path / "step.log"
    attack = ATTACK.replace("\r", "").encode("utf-8", "surrogatepass") * 20
    log.write_bytes(attack + b"\n\xff\xfe\x1b[31m\n" + b"\x1b" * 100_000 + b"\nlast line\n")
    async with opened(source=fakes.FakeSource(fakes.training(), log=log)) as stage:
        await stage.press("l")
        await stage.sees("last line")
        assert harmless(stage)
        await stage.press("home")
        assert harmless(stage) and "[bold red]markup[/]" in stage.text
        await stage.press("slash")
        await stage.type("[bold")
        await stage.press("enter", "n")
        assert harmless(stage)


async def test_toasts_and_launch_texts_are_no_markup() -> None:
    source = fakes.FakeSource(fakes.training())
    step = replace(source.plan.steps[1], title=ATTACK, does=ATTACK, work=ATTACK)
    finding = Finding(ATTACK, "warning", ATTACK, ATTACK)
    limit = Limit(ATTACK, "budget.step_dollars", 15.0, 0.0)
    source.plan = source.plan._replace(title=ATTACK, steps=(step,), findings=(finding,), limits=(limit,), basis=ATTACK, note=ATTACK)
    async with opened(source=source) as stage:
        await stage.press("r")
        await stage.sees("expected")
        assert harmless(stage) and "[bold red]markup" in stage.text
        await stage.pilot.resize_terminal(80, 24)
        await stage.sees("shows all of it")
        assert harmless(stage)
        await stage.pilot.resize_terminal(120, 40)
        await stage.press("escape")
        await stage.show(poisoned())
        await stage.sees("train failed")
        assert harmless(stage)


async def test_attempts_and_their_comparison_show_hostile_text_as_text() -> None:
    source = fakes.FakeSource(fakes.validated("failed"))
    evil = replace(settings(), judge=replace(settings().judge, model=ATTACK))
    first, second = three_attempts()[:2]
    source.views = (
        replace(first, reason=ATTACK, target=ATTACK),
        replace(second, settings=evil, changes={"judge.model": (ATTACK, ATTACK)}, origins={"judge.model": ATTACK}),
    )
    moved = tuple(replace(row, prompt=ATTACK) for row in source.against.moved)
    source.against = replace(source.against, moved=moved, settings={"judge.model": ("", ATTACK)}, notes=(ATTACK,))
    for size in ((80, 24), (200, 50)):
        async with opened(source=source, size=size) as stage:
            await stage.press("c")
            await stage.sees("2 attempts")
            assert harmless(stage)
            await stage.press("home")
            await stage.sees("Attempt 1,")
            assert harmless(stage)
            await stage.press("end", "enter")
            await stage.sees("problems that both measured")
            assert harmless(stage)
            await stage.press("end")
            assert harmless(stage) and "[bold red]markup" in stage.text
