"""From a Report to a Document: its head and order, and the sections on money, attempts, settings and origin. Pure."""

from __future__ import annotations

from pathlib import PurePath
from typing import Any

from core.plan.phases import PHASE_1_BUDGET_DOLLARS, PHASE_1A_SPENT_DOLLARS, PHASES, PhasePlan, step_plan
from core.records import Category
from core.report.contents import FileMade, ModelUsed, Report, StepCost
from core.report.document import (
    Block,
    Cell,
    Column,
    Command,
    Document,
    Folded,
    Paragraph,
    Section,
    Subtitle,
    Table,
    Tile,
    Tiles,
    Tone,
)
from core.report.figures import changed_section, comparison_sections
from core.report.opening import gate_section, problem_section
from core.report.trained import failures_section, training_section
from core.report.words import NONE, category_name, counted, dollars, duration, figure, interval, moment, percent, points, span
from core.runs.overview import AttemptView
from core.runs.snapshot import State

_STATE_TONES: dict[State, Tone] = {State.DONE: "good", State.FAILED: "bad", State.CRASHED: "bad", State.LOCKED: "dim", State.WAITING: "dim"}
_GATE_TONES: dict[str, Tone] = {"passed": "good", "failed": "bad", "open": "open", "overridden": "open"}


def document(report: Report) -> Document:
    """The whole report in the order in which it is read."""
    sections = [problem_section(report), gate_section(report), *comparison_sections(report)]
    if report.failures:
        sections.append(failures_section(report))
    sections += [training_section(report), _money(report)]
    if len(report.others) > 1:
        sections.append(_attempts(report))
    sections += [changed_section(report), _settings(report), _origin(report)]
    head = Section("summary", "Summary", (Tiles(_tiles(report)), *_overridden(report)))
    name = PurePath(report.workspace).name
    return Document(
        "Phase 1B report",
        f"{name} · attempt {report.attempt} · profile {report.settings.profile} · model {report.settings.model.base}",
        _lead(report),
        (head, *sections),
    )


def _lead(report: Report) -> tuple[str, ...]:
    done = [step for step in report.steps if step.state is State.DONE]
    begun = f"Begun {moment(report.created)}, reported {moment(report.made)}."
    state = "nothing is running" if report.state is State.IDLE else f"the attempt is {report.state}"
    words = [f"{len(done)} of {len(report.steps)} steps are done; {state}."]
    words += [f"{gate.title[:1].upper()}{gate.title[1:]}: {gate.verdict}." for gate in report.gates]
    reason = f" ({report.reason})" if report.reason else ""
    came = f" It was made from attempt {report.parent}{reason}." if report.parent is not None else ""
    return (" ".join(words), begun + came)


def _overridden(report: Report) -> list[Block]:
    return [
        Paragraph(f"{gate.title[:1].upper()}{gate.title[1:]} did not pass and was overridden. Reason given: {gate.reason}", "open")
        for gate in report.gates
        if gate.verdict == "overridden"
    ]


def _tiles(report: Report) -> tuple[Tile, ...]:
    kind = report.held[report.comparisons[-1].phase if report.comparisons else PHASES[0].id].gate.consistency
    tiles = []
    if report.comparisons:
        together = report.comparisons[-1].categories[0]
        metric = f"{kind}_consistency"
        before, after = together.before.get(metric), together.after.get(metric)
        if after is not None:
            difference = getattr(together.paired, metric)
            note = f"from {percent(before.value)}" if before is not None else "not measured before"
            if difference is not None:
                note += f", {points(difference.value)} points {interval(difference.low, difference.high, True)}"
            title = f"{kind} consistency, {category_name(together.category)}"
            tiles.append(Tile(title, percent(after.value), f"{note}, n\u00a0{after.n:,}", "strong"))
    elif (measured := [b for b in report.baseline if b.measured]) and (first := measured[0].measured.get(f"{kind}_consistency")):
        tiles.append(Tile(f"{kind} consistency before, {measured[0].category}", percent(first.value), f"n\u00a0{first.n:,}"))
    for gate in report.gates:
        known = [c for c in gate.criteria if c.verdict != "unknown"]
        met = sum(c.verdict == "met" for c in known)
        undecided = sum(c.certainty == "undecided" for c in known)
        note = f"{met} of {len(gate.criteria)} met" + (f", {undecided} undecided" if undecided else "")
        tiles.append(Tile(gate.title, gate.verdict, note if known else "nothing measured yet", _GATE_TONES[gate.verdict]))
    own = [step for step in report.steps if step.attempt == report.attempt]
    seconds = sum(step.seconds for step in own)
    tiles.append(Tile("time of this attempt", duration(seconds), counted(sum(s.tries for s in own), "process", "processes")))
    left = f"{dollars(report.money.left)} of the Phase 1 budget is left"
    if len(report.others) > 1:
        left = f"{dollars(report.money.attempt)} of it in this attempt; {left}"
    tiles.append(Tile("money", dollars(report.money.everything), left))
    return tuple(tiles)


def _money(report: Report) -> Section:
    columns = (
        Column("step"),
        Column("state"),
        Column("time", "right"),
        Column("plan, 8B on an H100", "right"),
        Column("money", "right"),
        Column("plan", "right"),
        Column("what came out"),
    )
    money = report.money
    text = (
        f"This attempt has cost {dollars(money.attempt)}, all attempts together {dollars(money.everything)}, "
        f"of which {dollars(money.judge)} went to judges; the machine counts {dollars(money.per_hour)} an hour of step time. "
        f"The limit for both phases is {dollars(money.limit)}. "
        f"Phase 1 has ${PHASE_1_BUDGET_DOLLARS:g}, of which Phase 1A used ${PHASE_1A_SPENT_DOLLARS:g}: {dollars(money.left)} is left."
    )
    rows = [_step_row(step, report.attempt) for step in report.steps]
    totals = [_phase_row(phase, report) for phase in PHASES]
    return Section("money", "Time and money", (Paragraph(text), Table(columns, (*rows, *totals))))


def _phase_row(phase: PhasePlan, report: Report) -> tuple[Cell, ...]:
    """A phase's own sums; of one that was taken over there are none."""
    steps = [step for step in report.steps if step.phase == phase.id]
    taken = next((step.attempt for step in steps if step.attempt != report.attempt), 0)
    seconds = sum(step.seconds for step in steps)
    return (
        Cell(f"Phase {phase.id}", tone="strong"),
        Cell(f"of attempt {taken}" if taken else "", tone="dim"),
        Cell(duration(seconds) if seconds else NONE, tone="dim" if taken else "strong"),
        Cell(span(phase.hours, "h"), tone="dim"),
        Cell(NONE if taken else dollars(sum(step.dollars for step in steps)), tone="dim" if taken else "strong"),
        Cell(span(phase.dollars, "$"), tone="dim"),
        Cell(phase.title, tone="dim"),
    )


def _step_row(step: StepCost, attempt: int) -> tuple[Cell, ...]:
    notes = [f"{step.tries} tries"] if step.tries > 1 else []
    own = step.attempt == attempt
    if not own:
        notes.append(f"in attempt {step.attempt}")
    return (
        Cell(step.title),
        Cell(str(step.state), ", ".join(notes), _STATE_TONES.get(step.state, "open")),
        Cell(duration(step.seconds) if step.tries else NONE),
        Cell(span(step.plan_minutes, "min"), tone="dim"),
        Cell(dollars(step.dollars) if step.tries and own else NONE),
        Cell(span(step.plan_dollars, "$"), tone="dim"),
        Cell(step.summary or step.cause),
    )


def _attempts(report: Report) -> Section:
    kind = f"{report.settings.gate.consistency}_consistency"
    columns = (
        Column("attempt"),
        Column("changed"),
        Column("gates"),
        Column(kind.replace("_", " "), "right"),
        Column("MATH accuracy", "right"),
        Column("time", "right"),
        Column("money", "right"),
    )
    rows = tuple(_attempt_row(attempt, report.attempt, kind) for attempt in report.others)
    text = "Every attempt of this workspace. Figures are those after training, before it where there are none yet."
    return Section("attempts", "Attempts", (Paragraph(text), Table(columns, rows)))


def _attempt_row(attempt: AttemptView, current: int, kind: str) -> tuple[Cell, ...]:
    changed = ", ".join(f"{key} {value(old)} → {value(new)}" for key, (old, new) in attempt.changes.items()) or attempt.reason or NONE
    gates = ", ".join(f"{gate.title} {gate.verdict}" for gate in attempt.gates)
    consistency = attempt.after.get(None, {}).get(kind)
    accuracy = attempt.after.get(Category.MATH, {}).get("accuracy")
    if consistency is None and accuracy is None:
        consistency = attempt.before.get(None, {}).get(kind)
        accuracy = attempt.before.get(Category.MATH, {}).get("accuracy")
    return (
        Cell(f"{attempt.number}", "this report" if attempt.number == current else "", "strong" if attempt.number == current else ""),
        Cell(changed),
        Cell(gates),
        figure(consistency),
        figure(accuracy),
        Cell(duration(attempt.seconds)),
        Cell(dollars(attempt.dollars)),
    )


def _settings(report: Report) -> Section:
    columns = (Column("setting"), Column("in the profile"), Column("here"))
    changed = tuple((Cell(c.key), Cell(value(c.usual), tone="dim"), Cell(value(c.value), tone="strong")) for c in report.changes)
    keys = {c.key for c in report.changes}
    everything = tuple(
        (Cell(key), Cell(value(its)), Cell("changed" if key in keys else "", tone="strong")) for key, its in report.flat.items()
    )
    first: Block = (
        Table(columns, changed, mono=True)
        if changed
        else Paragraph(f"Every setting is as in the profile {report.settings.profile}; nothing was changed.")
    )
    whole = Table((Column("setting"), Column("value"), Column("")), everything, mono=True)
    return Section("settings", "Settings", (first, Folded(f"All {len(everything)} settings as used", (whole,))))


def _origin(report: Report) -> Section:
    origin = report.origin
    versions = {"Python": origin.python, "platform": origin.platform, **origin.packages}
    seeds = ", ".join(f"{key} {seed}" for key, seed in origin.seeds.items())
    blocks: list[Block] = [
        Paragraph("A response depends on model, prompt, sampling settings and seed alone, so the same commands give the same responses:"),
        Command(origin.commands),
        Paragraph(
            f"Seeds: {seeds}. On a GPU arithmetic varies with the shape of a batch, so that single responses may differ there. "
            "Files that the settings name must lie in the new workspace as they did in this one."
        ),
    ]
    overridden = [gate.title for gate in report.gates if gate.verdict == "overridden"]
    if overridden:
        names = " and ".join(overridden)
        blocks.append(Paragraph(f"{names} was overridden here; the commands stop there until that is done again.", "open"))
    blocks += [
        Subtitle("Models"),
        Table(
            (Column("fingerprint"), Column("engine"), Column("responses")),
            tuple((Cell(m.fingerprint), Cell(m.engine), Cell(_roles(m))) for m in origin.models),
            mono=True,
        ),
        Subtitle("Files"),
        Table(
            (Column("file"), Column("made by"), Column("SHA-256"), Column("now")),
            tuple(_file_row(f) for f in origin.files),
            "Hashes as recorded when the step wrote them; the last column says whether what lies here now is still the same.",
            mono=True,
        ),
        Subtitle("Versions"),
        Table((Column("name"), Column("version")), tuple((Cell(name), Cell(v)) for name, v in versions.items() if v), mono=True),
    ]
    return Section("again", "How to do it again", tuple(blocks))


def _roles(model: ModelUsed) -> str:
    return ", ".join(f"{count:,} {role}" for role, count in model.roles)


def _file_row(file: FileMade) -> tuple[Cell, ...]:
    return (
        Cell(file.path, file.kind),
        Cell(step_plan(file.step).title, tone="dim"),
        Cell(file.sha256),
        Cell(file.now, tone=_FILE_TONES.get(file.now, "bad")),
    )


_FILE_TONES: dict[str, Tone] = {"unchanged": "dim", "missing": "open"}


def value(found: Any) -> str:
    """A setting's value as it is shown."""
    if isinstance(found, str):
        return f'"{found}"'
    if isinstance(found, bool):
        return "true" if found else "false"
    if isinstance(found, float):
        return f"{found:g}"
    return NONE if found is None else str(found)
