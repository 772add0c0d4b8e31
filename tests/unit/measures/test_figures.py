"""All figures at once, as the steps and the commands ask for them."""

from __future__ import annotations

import subprocess
import sys

import pytest

from core.measures.figures import Runs, figures, pass_at
from core.measures.intervals import share

RIGHT = Runs(("4", "so 4", "4"), ("4", "4", "4"), (True, True, True))
SPLIT = Runs(("4", "5", "?"), ("4", "5", None), (True, False, False))
STORY = Runs(("one", "one", "two"), ("one", "one", "two"), (None, None, None))


def test_every_figure_has_its_name_and_its_n() -> None:
    found = figures([RIGHT, SPLIT, STORY])
    assert {name: (round(e.value, 4), e.n) for name, e in found.items()} == {
        "response_consistency": (0.5556, 3),
        "answer_consistency": (0.6667, 3),
        "agreement": (0.4444, 3),
        "accuracy": (0.6667, 2),
        "majority_accuracy": (0.5, 2),
        "decided_share": (0.6667, 3),
        "vote_tie_rate": (0.3333, 3),
    }


def test_problems_without_grades_have_consistency_but_no_accuracy() -> None:
    assert "accuracy" not in figures([STORY])
    assert pass_at([STORY], [1]) == {}
    with pytest.raises(ValueError, match="no accuracy"):
        _ = STORY.accuracy


def test_a_problem_without_a_response_is_not_counted() -> None:
    assert figures([Runs((), (), ()), RIGHT]) == figures([RIGHT])
    assert figures([Runs((), (), ())]) == {}


def test_one_response_each_gives_a_plain_share_and_no_consistency() -> None:
    found = figures([Runs(("a",), ("a",), (True,)), Runs(("b",), ("b",), (False,))])
    assert found["accuracy"] == share(1, 2)
    assert "response_consistency" not in found


def test_pass_at_names_the_ks_that_some_problem_reaches() -> None:
    found = pass_at([RIGHT, SPLIT], [1, 3, 5])
    assert {k: (round(e.value, 4), e.n) for k, e in found.items()} == {1: (0.6667, 2), 3: (1.0, 2)}


def test_running_figures_load_no_numpy() -> None:
    modules = "consistency, decide, distinct, figures, intervals, paired, passk, stopping, target, ties, votes"
    code = f"import sys; from core.measures import {modules}; assert 'numpy' not in sys.modules"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
