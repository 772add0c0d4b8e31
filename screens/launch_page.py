"""What a start will do, as lines: the whole of it for a page of its own, and in a few lines over the form."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from core.plan.fields import shown
from core.plan.phases import phase_of
from core.text import plain_line
from screens import figures
from screens.ink import Line, apart, fit, left, right, width_of, wrapped
from screens.iterating import FieldRow, LaunchPlan
from screens.widgets.glyphs import Glyphs

if TYPE_CHECKING:
    from core.counsel.forecast import StepAhead
    from core.runs.readiness import Finding

_MARGIN = "  "
_MOST_CHANGES = 14
_SIGNS = {"problem": "bad", "warning": "warn", "ok": "accent"}


def why_not(plan: LaunchPlan, anew: str) -> str:
    """Why it cannot be started, with the key ``anew`` where a new attempt can; "" where nothing is in the way."""
    said = plan.trouble or plan.refusal
    return f"{said} Press {anew} for a new attempt." if plan.anew and not plan.trouble and said else said


def page(plan: LaunchPlan, changed: Sequence[FieldRow], width: int, glyphs: Glyphs, anew: str) -> list[Line]:
    """Everything there is to say before a start.

    changed: settings that are not as in the attempt (or the profile) before. anew: the key for a new attempt, as it is written.
    """
    room = max(20, min(width - 4, 96))
    lines: list[Line] = [[(_MARGIN, ""), (text, "title")] for text in wrapped(plain_line(plan.title), room)]
    lines += [[(_MARGIN, ""), (text, role)] for sentence, role in attempt_sentences(plan) for text in wrapped(sentence, room)]
    if reason := why_not(plan, anew):
        lines += [[], *_said([(glyphs.missed, "bad")], reason, room)]
    lines += [[], *_steps(plan.steps, room, glyphs), [], *_expected(plan, room, glyphs)]
    if changed:
        lines += [[], *_changes(changed, plan, room, glyphs)]
    if plan.findings:
        lines.append([])
        for finding in plan.findings:
            lines += _finding(finding, room, glyphs)
    if plan.note:
        lines += [[], *([(_MARGIN, ""), (text, "dim")] for text in wrapped(plain_line(plan.note), room))]
    return lines


def brief(plan: LaunchPlan, width: int, height: int, glyphs: Glyphs, more: str) -> list[Line]:
    """The same in at most ``height`` lines; ``more`` is the key that shows all of it."""
    attempt = f"attempt {plan.attempt}" + (f", made from attempt {plan.parent}" if plan.parent else "")
    lines = [apart([(_MARGIN, ""), (plain_line(plan.title), "title")], [(f"{attempt} ", "accent" if plan.new else "dim")], width)]
    lines.append(fit([(_MARGIN, ""), *_short_steps(plan, glyphs)], width, glyphs.ellipsis))
    lines.append(fit([(_MARGIN, ""), *_short_expected(plan, glyphs)], width, glyphs.ellipsis))
    if plan.new and plan.parent:
        lines += [[(_MARGIN, ""), (text, "dim")] for text in _short_sentence(plan, width)]
    worth = [finding for finding in plan.findings if finding.level != "ok"]
    room = height - len(lines) - 1
    for finding in worth[: max(0, room)]:
        sign = glyphs.missed if finding.level == "problem" else "!"
        lines.append(fit([(f"{_MARGIN}{sign} ", _SIGNS[finding.level]), (plain_line(finding.text), "text")], width - 1, glyphs.ellipsis))
    hidden = len(worth) - max(0, room)
    fine = sum(finding.level == "ok" for finding in plan.findings)
    said = f"{hidden} more, " if hidden > 0 else ""
    said += f"{fine} check{'s' if fine != 1 else ''} fine; " if fine else ""
    lines.append([(_MARGIN, ""), (said, "dim"), (more, "key"), (" shows all of it", "dim")])
    return lines[:height]


def attempt_sentences(plan: LaunchPlan) -> list[tuple[str, str]]:
    """(sentence, role): which attempt this is, why, and what becomes of the earlier one."""
    if not plan.new:
        return [(f"Goes on in attempt {plan.attempt}.", "text")]
    if not plan.parent:
        return [("The first attempt.", "text")]
    found = [(f"This starts attempt {plan.attempt} from attempt {plan.parent}.", "accent")]
    if plan.binding:
        names = [key.removeprefix("categories.") for key in plan.binding]
        named = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
        found.append((f"Steps of attempt {plan.parent} are finished with another {plain_line(named)}.", "text"))
    found.append((f"Attempt {plan.parent} stays as it is; responses that are still valid are reused.", "text"))
    return found


def _said(sign: Line, text: str, room: int) -> list[Line]:
    """A sign and a sentence, wrapped under itself."""
    texts = wrapped(plain_line(text, 2000), room - 2)
    return [[(_MARGIN, ""), *sign, (" ", ""), (texts[0], "text")], *([(f"{_MARGIN}  ", ""), (t, "text")] for t in texts[1:])]


def _steps(steps: Sequence[StepAhead], room: int, glyphs: Glyphs) -> list[Line]:
    name = min(24, max((len(step.title) for step in steps), default=0) + 2)
    lines: list[Line] = []
    for step in steps:
        sign, role = (glyphs.met, "accent") if step.done else (glyphs.unknown, "text")
        end: Line = [] if step.done else [(glyphs.say(_time(step)), "text")]
        head: Line = [(f"{_MARGIN}{sign} ", role), (left(plain_line(step.title), name, glyphs.ellipsis), "dim" if step.done else "strong")]
        known = {"done": "done already", "reused": "reuses responses"}.get(step.basis)
        what = plain_line(known or step.work.replace("optimizer ", "") or "as much as there will be")
        whole: Line = [*head, (what, "dim")]
        beside = width_of(whole) + 2 + width_of(end) <= room + 2
        lines.append(apart(whole if beside else head, end, room + 2, glyphs.ellipsis))
        if not beside:
            lines += [[(" " * (name + 4), ""), (text, "dim")] for text in wrapped(what, max(12, room - name - 2))]
        if not step.done:
            lines += [[(" " * (name + 4), ""), (text, "faint")] for text in wrapped(plain_line(step.does), max(12, room - name - 2))]
    return lines


def _time(step: StepAhead) -> str:
    if step.seconds is None:
        return ""
    money = f"  {_dollars(step.dollars)}" if step.dollars is not None else ""
    return f"{_span(step.seconds)}{money}"


def _span(seconds: tuple[float, float]) -> str:
    """``2:10`` or ``2:10–3:40``."""
    low, high = (figures.duration(value) for value in seconds)
    return low if low == high else f"{low}–{high}"


def _dollars(dollars: tuple[float, float]) -> str:
    return figures.dollars_range(dollars) if round(dollars[0], 2) != round(dollars[1], 2) else figures.dollars(dollars[1])


def _expected(plan: LaunchPlan, room: int, glyphs: Glyphs) -> list[Line]:
    lines: list[Line] = []
    if plan.seconds is not None:
        money = f", {_dollars(plan.dollars)}" if plan.dollars is not None else ""
        lines.append([(f"{_MARGIN}expected  ", "dim"), (glyphs.say(f"{_span(plan.seconds)}{money}"), "strong")])
    if plan.basis:
        head = "expected  " if plan.seconds is None else "          "
        texts = wrapped(plain_line(plan.basis), room - 10)
        lines += [[(f"{_MARGIN}{head if not at else '          '}", "dim"), (text, "dim")] for at, text in enumerate(texts)]
    for at, limit in enumerate(plan.limits):
        head = "limits    " if not at else "          "
        spent = f"{figures.dollars(limit.spent)} of {figures.dollars(limit.dollars)}"
        role = "bad" if limit.share >= 1 else "text"
        lines.append([(f"{_MARGIN}{head}", "dim"), (right(spent, 18), role), (f"  {plain_line(limit.name)}", "dim")])
    return lines


def _changes(changed: Sequence[FieldRow], plan: LaunchPlan, room: int, glyphs: Glyphs) -> list[Line]:
    """Settings that differ, in aligned columns: the person's own first."""
    base = f"attempt {plan.parent or plan.attempt}" if changed[0].used is not None else "the profile"
    lines: list[Line] = [[(f"{_MARGIN}not as in {base}", "dim")]]
    name = min(room - 16, max(len(row.field.key) for row in changed))
    for row in changed[:_MOST_CHANGES]:
        before = shown(row.usual if row.used is None else row.used)
        value = glyphs.say(f"{plain_line(before) or '(empty)'} → {plain_line(shown(row.value)) or '(empty)'}")
        key = (left(row.field.key, name, glyphs.ellipsis), "text")
        lines.append(fit([(_MARGIN, ""), key, (f"  {value}", "strong"), (f"  {row.origin}", "dim")], room + 2))
    if len(changed) > _MOST_CHANGES:
        lines.append([(f"{_MARGIN}and {len(changed) - _MOST_CHANGES} more", "dim")])
    return lines


def _finding(finding: Finding, room: int, glyphs: Glyphs) -> list[Line]:
    sign = {"problem": glyphs.missed, "warning": "!", "ok": glyphs.met}[finding.level]
    text = f"{finding.name}: {finding.text}"
    lines = _said([(sign, _SIGNS[finding.level])], text, room)
    if finding.level == "ok":
        lines = [[(words, "dim" if role == "text" else role) for words, role in line] for line in lines]
    elif finding.advice:
        lines += [[(f"{_MARGIN}  ", ""), (text, "dim")] for text in wrapped(plain_line(finding.advice, 2000), room - 2)]
    return lines


def _short_steps(plan: LaunchPlan, glyphs: Glyphs) -> Line:
    line: Line = []
    for step in plan.steps:
        sign, role = (glyphs.met, "accent") if step.done else (glyphs.unknown, "text")
        line += [(f"{sign} ", role), (f"{plain_line(step.title)}  ", "dim" if step.done else "text")]
    if len(plan.steps) > 1:
        line += [(f"{glyphs.gate} ", "faint"), (phase_of(plan.steps[-1].step).gate.title, "dim")]
    return line


def _short_expected(plan: LaunchPlan, glyphs: Glyphs) -> Line:
    parts: list[str] = []
    if plan.seconds is not None:
        money = f", {_dollars(plan.dollars)}" if plan.dollars is not None else ""
        parts.append(glyphs.say(f"{_span(plan.seconds)}{money}"))
    none = "nothing to start" if plan.refusal or plan.trouble else "no time measured yet"
    line: Line = [("expected ", "dim"), (parts[0], "strong")] if parts else [(none, "dim")]
    for limit in plan.limits[1:2]:
        said = f" {glyphs.separator} {figures.dollars(limit.spent)} of {figures.dollars(limit.dollars)} spent for {limit.name}"
        line.append((said, "bad" if limit.share >= 1 else "dim"))
    return line


def height_of(plan: LaunchPlan, width: int, most: int) -> int:
    """Lines that ``brief`` would like, at most ``most``."""
    sentences = _short_sentence(plan, width) if plan.new and plan.parent else []
    worth = sum(finding.level != "ok" for finding in plan.findings)
    return min(most, 4 + len(sentences) + worth)


def _short_sentence(plan: LaunchPlan, width: int) -> list[str]:
    """What becomes of the earlier attempt, in a line or two."""
    why = "was done with other values; it " if plan.binding else ""
    return wrapped(f"Attempt {plan.parent} {why}stays as it is, and responses that are still valid are reused.", width - 4)


def start_lines(plan: LaunchPlan, waiting: bool, width: int, glyphs: Glyphs, anew: str) -> list[Line]:
    """The form's first row; a reason why it cannot be started is told in full."""
    line = start_line(plan, waiting, glyphs, anew)
    if not (plan.refusal or plan.trouble):
        return [line]
    sign, (text, role) = line
    texts = wrapped(text, max(20, width - 5))
    return [[sign, (texts[0], role)], *([("    ", ""), (more, role)] for more in texts[1:])]


def start_line(plan: LaunchPlan, waiting: bool, glyphs: Glyphs, anew: str) -> Line:
    """What Enter on the form's first row does."""
    sign = glyphs.states["running"]
    if reason := why_not(plan, anew):
        return [(f"{_MARGIN}{glyphs.missed} ", "bad"), (plain_line(reason, 2000), "text")]
    role = "strong" if not waiting else "dim"
    where = f"as attempt {plan.attempt}" if plan.new else f"in attempt {plan.attempt}"
    what = plan.title.partition(",")[0]
    line: Line = [(f"{_MARGIN}{sign} ", "accent"), (f"Start {plain_line(what)} {where}", role)]
    problems = sum(finding.level == "problem" for finding in plan.findings)
    if problems:
        line.append((f"  although {problems} check{'s' if problems != 1 else ''} failed", "bad"))
    return [*line, ("  looking", "faint")] if waiting else line
