"""What the panel's words and signs mean: the glossary, states and signs of the help screen. Definitions are those of core/measures."""

from __future__ import annotations

from core.runs.snapshot import State
from screens.ink import Line, left
from screens.report_tables import text_lines
from screens.widgets.glyphs import Glyphs
from screens.widgets.steps import ROLES

WORDS: tuple[tuple[str, str], ...] = (
    ("response consistency",
     "Share of the most common whole response over the runs of a problem (10 at temperature 0.7), averaged over problems. The floor of n "
     "runs is 1/n. The gates use it unless gate.consistency says answer."),
    ("answer consistency",
     "The same for canonical answers: the number, the letter, the outcomes of the tests. Differently worded right answers are one."),
    ("greedy", "The one response at temperature 0. Greedy runs say nothing about consistency, so it is always measured by sampling."),
    ("accuracy", "Share of right responses, of the sampled runs or of the greedy one, where a gold answer or tests exist."),
    ("reference", "Responses of another model to the same problems, which the model's own are compared with."),
    ("win, loss, tie",
     "Against the reference: one right and the other wrong wins, all else is a tie; or what a judge says in both orders, and where the two "
     "orders disagree it is a tie."),
    ("tie rate", "Ties / n. High means that the model is hardly told from the reference; the plan wants it low."),
    ("score", "(Wins + half the ties) / n, so that 50 % is as good as the reference."),
    ("± and n", "n is the number of problems behind a figure, ± half of its 95 % interval. A difference is paired by problem."),
    ("met, missed", "The plan's rule: whether the figure itself reaches the threshold."),
    ("undecided", "The 95 % interval spans the threshold: other problems might decide otherwise. So many more would settle it."),
    ("gate", "What a phase must reach. The next phase is locked until it passes, or is overridden with a reason that is recorded."),
    ("attempt", "One run of a phase with its settings. A new one never overwrites an earlier one; responses that still fit are reused."),
    ("distill", "The model answers training problems; responses that are verified right become what it is trained on."),
    ("verified", "Checked against a gold answer or by running the tests. Agreement alone is no proof and is not used where these exist."),
    ("failure", "A training problem that is answered wrongly, or with too little consistency, and is worked on again in Phase 1B.2."),
    ("overlap", "Problems both trained on and measured. Looked for before every measurement; it stops the step unless a reason is given."),
    ("held-out loss", "The loss on training rows that were kept aside: when it rises while the loss falls, training has gone too far."),
    ("stale", "Nothing was heard of the supervisor for some seconds. The work may go on; what is on screen is as old as it says."),
    ("budget guard", "Warns at 80 % and stops politely at 100 % of a step's, a phase's or the total limit; what was done is kept."),
    ("supervisor", "The process that runs the steps in the background. It outlives the panel; closing the panel stops nothing."),
)  # fmt: skip

STATES: tuple[tuple[State, str], ...] = (
    (State.WAITING, "its turn has not come"),
    (State.LOCKED, "behind a gate that has not passed"),
    (State.QUEUED, "will be run next"),
    (State.RUNNING, "at work, and heard of"),
    (State.STOPPING, "was asked to stop and saves what it has"),
    (State.STALLED, "alive, but silent for longer than run.stall_seconds"),
    (State.STOPPED, "stopped politely; running it again goes on from there"),
    (State.CRASHED, "died without a word; running it again goes on from the last commit or checkpoint"),
    (State.FAILED, "ended with an error of its own, which is shown with what to do"),
    (State.DONE, "finished; its results are kept"),
    (State.IDLE, "nothing runs and nothing is queued"),
)

_TERM = 22
_SIGN = 16


def entries(pairs: tuple[tuple[str, str], ...], width: int, column: int, glyphs: Glyphs, role: str = "strong") -> list[Line]:
    """Terms in a column with what they mean beside them; below them where it is narrow."""
    lines: list[Line] = []
    beside = width >= column + 36
    room = min(width - column, 96) if beside else max(16, width - 2)
    for term, text in pairs:
        texts = text_lines(glyphs.say(text), room)
        if beside:
            lines.append([(left(glyphs.say(term), column), role), (texts[0], "text")])
            lines += [[(" " * column, ""), (line, "text")] for line in texts[1:]]
        else:
            lines.append([(glyphs.say(term), role)])
            lines += [[("  ", ""), (line, "text")] for line in texts]
    return lines


def word_lines(width: int, glyphs: Glyphs) -> list[Line]:
    """The glossary."""
    return entries(WORDS, width, _TERM, glyphs)


def sign_lines(width: int, glyphs: Glyphs) -> list[Line]:
    """States with their signs, and the signs of figures and charts."""
    lines: list[Line] = [[("States of steps and of the work", "title")]]
    for state, text in STATES:
        sign: Line = [(f"{glyphs.states[state]} ", ROLES[state]), (left(state.value, _SIGN - 2), ROLES[state])]
        first, *rest = text_lines(text, max(16, width - _SIGN))
        lines.append([*sign, (first, "text")])
        lines += [[(" " * _SIGN, ""), (line, "text")] for line in rest]
    before, now, threshold, interval = glyphs.track[2], glyphs.track[3], glyphs.track[4], glyphs.track[5]
    signs = (
        (f"{before}  {now}", "a figure before training and now"),
        (interval * 3, "its 95 % interval"),
        (threshold, "what the gate wants"),
        (f"{glyphs.met}  {glyphs.missed}", "met, missed: the plan's rule on the figure itself"),
        (f"{glyphs.met}{glyphs.undecided}", "met, but undecided: the interval spans the threshold"),
        (glyphs.unknown, "not known yet"),
        (glyphs.checkpoint, "a checkpoint on the loss chart"),
        (glyphs.epoch, "the end of an epoch"),
        (glyphs.dot, "a setting that was changed; the state of the work in the top line"),
    )
    return [*lines, [], [("Signs", "title")], *entries(signs, width, _SIGN, glyphs, "key")]
