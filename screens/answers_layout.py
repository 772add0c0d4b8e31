"""A problem's responses as lines: pure functions of a ``Reading`` and a width, which say of each response where its lines are."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

from rich.cells import cell_len

from core.text import plain_line
from screens import figures
from screens.grouping import AnswerGroup, AnswerSide, Reading, Text
from screens.ink import Line, apart, fit, left, width_of, wrapped
from screens.outcomes import is_vector, outcomes
from screens.prose import first_of
from screens.widgets.bars import bar
from screens.widgets.glyphs import Glyphs

FOLDED = 12
"""Lines of a response that are shown until it is unfolded."""
UNFOLDED = 2_000
_WORDS = {True: "right", False: "wrong", None: "not graded"}
_OUTCOMES = {"win": "won", "tie": "tied", "loss": "lost", "unreadable": "unreadable", "failed": "failed"}


class Block(NamedTuple):
    """Lines that belong together; ``text`` is the response that they are, or None for what stands around the responses."""

    lines: tuple[Line, ...]
    text: Text | None = None


def side_blocks(reading: Reading, side: AnswerSide, width: int, glyphs: Glyphs, unfolded: Collection[str]) -> list[Block]:
    """All groups of one side in ``width`` cells, its name and figures above them."""
    found = [Block(tuple(_heading(side, width, glyphs)))]
    for group in side.groups:
        found.append(Block(tuple(_group_heading(reading, side, group, width, glyphs))))
        found += [Block(tuple(_text(text, group, width, glyphs, text.name in unfolded)), text) for text in group.texts]
    return [block._replace(lines=tuple(fit(line, width, glyphs.ellipsis, fill=False) for line in block.lines)) for block in found]


def _heading(side: AnswerSide, width: int, glyphs: Glyphs) -> list[Line]:
    name: Line = [(side.title[:1].upper() + side.title[1:], "title")]
    lines: list[Line] = []
    if side.total:
        graded = any(group.correct is not None for group in side.groups)
        count = f"{side.right} of {side.total} right" if graded else f"{side.total} responses"
        lines.append(apart(name, [(count, "text")], width, glyphs.ellipsis))
        same: Line = [("same response ", "dim"), (figures.percent(side.same_response), "text")]
        same += [("   same answer ", "dim"), (figures.percent(side.same_answer), "text"), (f"   n {side.total}", "dim")]
        lines.append(same)
    else:
        lines.append(name)
    facts: Line = []
    if side.verdicts:
        facts += [("reference ", "dim"), (told(side.verdicts), "text")]
    if side.greedy is not None:
        answer, right = side.greedy
        facts += [("   " if facts else "", ""), ("greedy ", "dim"), (_sign(right, glyphs), _role(right))]
        facts.append((f" {_short(answer, width - width_of(facts) - 1, glyphs)}", "text"))
    return [*lines, facts, []] if facts else [*lines, []]


def told(verdicts: Sequence[tuple[str, int]]) -> str:
    """``7 won, 3 tied``."""
    return ", ".join(f"{count} {_OUTCOMES.get(outcome, outcome)}" for outcome, count in verdicts)


def _sign(right: bool | None, glyphs: Glyphs) -> str:
    return {True: glyphs.met, False: glyphs.missed, None: glyphs.undecided}[right]


def _role(right: bool | None) -> str:
    return {True: "good", False: "bad", None: "warn"}[right]


def _short(answer: str | None, room: int, glyphs: Glyphs) -> str:
    """A canonical answer; the tests' outcomes as signs."""
    if answer is None:
        return "no answer"
    return _vector(answer, glyphs) if is_vector(answer) and len(answer) > 1 else _cut(answer, room, glyphs)


def _cut(text: str, room: int, glyphs: Glyphs) -> str:
    """Foreign text on one line in at most ``room`` cells."""
    shown = plain_line(text, 400)
    return shown if cell_len(shown) <= room else left(shown, max(1, room), glyphs.ellipsis)


def _vector(answer: str, glyphs: Glyphs) -> str:
    """A CODE problem's canonical answer with a sign for each test."""
    return "".join(glyphs.met if digit == "1" else glyphs.missed for digit in answer[:40])


def _group_heading(reading: Reading, side: AnswerSide, group: AnswerGroup, width: int, glyphs: Glyphs) -> list[Line]:
    """``✓ right  40      7 of 10  ━━━━━━━───  70 %``, and for code what each test said."""
    role = _role(group.correct)
    line: Line = [(f"{_sign(group.correct, glyphs)} {_WORDS[group.correct]}  ", role)]
    count: Line = []
    if side.total and not group.count:
        count = [("the greedy run only", "dim")]
    elif side.total:
        share = group.count / side.total
        count = [(f"{group.count} of {side.total}  ", "text"), *bar(share, 10, glyphs, role), (figures.percent(share).rjust(7), "dim")]
    room = width - width_of(line) - width_of(count) - 2
    line.append((_answer(reading, group, room, glyphs), "strong"))
    lines: list[Line] = [apart(line, count, width, glyphs.ellipsis)]
    if group.verdicts:
        said = f"  {told(group.verdicts)} against the reference" + (f": {plain_line(group.why, 200)}" if group.why else "")
        lines.append(fit([(said, "dim")], width, glyphs.ellipsis, fill=False))
    if reading.tests is not None:
        lines += [*_tests(reading, group, width, glyphs), []]
    elif not group.correct and group.reason and not group.reason.startswith("####"):
        lines.append(fit([("  " + plain_line(group.reason, 200), "dim")], width, glyphs.ellipsis, fill=False))
    return lines


def _answer(reading: Reading, group: AnswerGroup, room: int, glyphs: Glyphs) -> str:
    """What stands for the group's answer: for code how many tests passed, else the answer itself."""
    if group.answer is None:
        return "no answer"
    if reading.tests is None:
        return _cut(group.answer, max(8, room), glyphs)
    return f"{group.answer.count('1')} of {len(group.answer)} tests passed" if is_vector(group.answer) else "no test ran"


def _tests(reading: Reading, group: AnswerGroup, width: int, glyphs: Glyphs) -> list[Line]:
    """The assertions with their outcomes; the reason stands under the first that failed."""
    assert reading.tests is not None
    told_of = outcomes(reading.tests, group.answer, group.reason)
    lines: list[Line] = []
    for test in told_of[:12]:
        if test.passed is None:
            break
        role = "dim" if test.passed else "bad"
        line: Line = [(f"  {_sign(test.passed, glyphs)} ", _role(test.passed)), (test.source, role)]
        lines.append(fit(line, width, glyphs.ellipsis, fill=False))
        if test.reason:
            lines.append(fit([("    ", ""), (plain_line(test.reason, 300), "warn")], width, glyphs.ellipsis, fill=False))
    if len(told_of) > 12 and lines:
        lines.append([(f"    and {len(told_of) - 12} more tests", "dim")])
    if not lines and group.reason and not group.correct:
        lines.append(fit([("  " + plain_line(group.reason, 300), "warn")], width, glyphs.ellipsis, fill=False))
    return lines


def _tags(text: Text, group: AnswerGroup) -> Line:
    """What is to be known of a response beside its words; of verdicts only what its group does not say already."""
    tags: list[tuple[str, str]] = []
    if text.greedy:
        tags.append(("the greedy response" if not text.count else "also the greedy response", "dim"))
    if text.trained:
        tags.append(("trained on this", "accent-strong"))
    if text.verdicts and (len(group.verdicts) > 1 or not group.why):
        tags.append((told(text.verdicts) + (f": {plain_line(text.why, 200)}" if text.why and not group.why else ""), "dim"))
    if text.cut:
        tags.append((f"cut at {text.tokens:,} tokens", "warn"))
    line: Line = []
    for index, tag in enumerate(tags):
        line += [(", ", "faint"), tag] if index else [tag]
    return line


def _text(text: Text, group: AnswerGroup, width: int, glyphs: Glyphs, whole: bool) -> list[Line]:
    """A response behind how often it came; long ones are folded."""
    mark = f"{text.count}{'x' if glyphs.ascii else '×'}" if text.count > 1 else ""
    edge = mark.ljust(4)
    tags = _tags(text, group)
    most = UNFOLDED if whole else FOLDED
    shown, more = first_of(text.lines, max(8, width - 4), most)
    lines: list[Line] = []
    if tags:
        lines.append([(edge, "accent"), *fit(tags, max(0, width - 4), glyphs.ellipsis, fill=False)])
        edge = "    "
    for line in shown or [[("(empty)", "faint")]]:
        lines.append([(edge, "accent"), *line])
        edge = "    "
    if more:
        left = len(text.lines) - most
        size = f"{left:,} more lines" if left > 0 else "more"
        what = f"{glyphs.ellipsis} {size}, {glyphs.enter} shows them" if not whole else f"{glyphs.ellipsis} {size}"
        lines.append([("    ", ""), (what, "accent")])
    lines.append([])
    return lines


def problem_lines(reading: Reading, width: int, glyphs: Glyphs, most: int) -> list[Line]:
    """The problem's text and its right answer."""
    shown, more = first_of(reading.prompt, width, most)
    if more:
        shown = [*shown[: most - 1], [(f"{glyphs.ellipsis} e shows the whole problem", "accent")]]
    if reading.gold is not None:
        gold: Line = [("right answer  ", "dim"), (plain_line(reading.gold, 200), "strong")]
        shown.append(fit(gold, width, glyphs.ellipsis, fill=False))
    return shown


def reference_lines(reading: Reading, width: int, glyphs: Glyphs, most: int) -> list[Line]:
    """The reference response under its name; nothing where there is none."""
    if reading.reference is None and not reading.reference_note:
        return []
    lines: list[Line] = []
    if reading.reference is not None:
        lines, more = first_of(reading.reference, width, most)
        if more:
            lines = [*lines[: most - 1], [(f"{glyphs.ellipsis} e shows the whole of it", "accent")]]
    if reading.reference_note:
        lines += [[(line, "warn")] for line in wrapped(plain_line(reading.reference_note, 400), width, 4)]
    return lines


def stacked(reading: Reading, width: int, glyphs: Glyphs, unfolded: Collection[str] = frozenset(), expanded: bool = False) -> list[Block]:
    """Everything about a problem below each other: the problem, the reference, each side."""
    most = 400 if expanded else 8
    blocks = [Block((*problem_lines(reading, width, glyphs, most), []))]
    reference = reference_lines(reading, width, glyphs, most)
    if reference:
        blocks.append(Block(([("Reference", "title")], *reference, [])))
    if not reading.sides:
        blocks.append(Block(([("no responses to this problem yet", "dim")],)))
    for side in reading.sides:
        blocks += side_blocks(reading, side, width, glyphs, unfolded)
    return blocks
