"""Markdown, HTML and plots: nothing that a model or a user wrote is ever more than text."""

from __future__ import annotations

import math
import re
import xml.etree.ElementTree as ElementTree
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.measures.estimate import Estimate
from core.report.document import DotPlot, DotRow, Histogram, LossPlot
from core.report.escape import attribute, safe, safe_line
from core.report.gather import gather
from core.report.html import html
from core.report.markdown import escape, fenced, markdown, paragraph
from core.report.sections import document
from core.report.svg import dot_plot, histogram, loss_plot, moving_average
from core.report.words import duration
from core.runs.snapshot import Series
from screens.figures import duration as panel_duration

ALLOWED = {
    "html", "head", "meta", "title", "style", "body", "div", "nav", "ol", "li", "a", "main", "header", "h1", "h2", "h3", "p",
    "section", "table", "caption", "thead", "tbody", "tr", "th", "td", "span", "small",
    "figure", "figcaption", "svg", "line", "text", "circle", "rect",
    "polyline", "details", "summary", "pre", "article", "b", "footer",
}  # fmt: skip


class Tags(HTMLParser):
    """Every tag and attribute of a page, and its text."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def parsed(page: str) -> Tags:
    tags = Tags()
    tags.feed(page)
    return tags


@pytest.fixture(scope="module")
def page(hostile: Path) -> str:
    return html(document(gather(hostile)))


def test_the_page_holds_only_our_own_tags(page: str) -> None:
    assert set(parsed(page).tags) <= ALLOWED


def test_the_page_has_no_attribute_that_runs_or_loads(page: str) -> None:
    names = {name for name, _ in parsed(page).attributes}
    assert not {name for name in names if name.startswith("on")} | (names & {"src", "style", "srcset", "xlink:href", "data", "action"})
    links = [value for name, value in parsed(page).attributes if name == "href"]
    assert links and all(value is not None and value.startswith("#") for value in links)


def test_the_policy_allows_the_style_sheet_and_nothing_else(page: str) -> None:
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]*)"', page)
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy and "http" not in policy


def test_hostile_text_is_there_to_be_read_with_what_was_hidden_made_visible(page: str) -> None:
    words = "".join(parsed(page).words)
    assert "<script>document.title='ran'</script>" in words
    assert "U+202E" in words and "␛" in words and "U+200B" in words and "␀" in words
    assert "more characters" in words
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u200b\u2066-\u2069]", page)


def test_a_page_of_hostile_text_can_be_written_as_utf8(page: str) -> None:
    page.encode("utf-8")


@given(st.text(alphabet=st.characters(codec=None), max_size=200))
@settings(max_examples=120, deadline=None)
def test_any_text_is_only_text(text: str) -> None:
    assert set(parsed(f"<p>{safe(text)}{safe_line(text)}</p>").tags) <= {"p", "span"}
    (tag,) = parsed(f'<p data-label="{attribute(text)}">').tags
    assert tag == "p"


def test_the_markdown_of_hostile_text_fences_responses_and_escapes_the_rest(hostile: Path) -> None:
    text = markdown(document(gather(hostile)))
    assert "\x1b" not in text and "\u202e" not in text
    outside = re.sub(r"(?ms)^(`{3,})[^`\n]*\n.*?^\1$", "", text)
    assert not re.search(r"(?<!\\)<[A-Za-z/!?]", outside)


def test_a_fence_is_longer_than_any_run_of_backticks_inside() -> None:
    first, *_, last = fenced("a\n````\nb")
    assert first == last == "`````"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("[1.0, 2.0] < 3", "[1.0, 2.0] < 3"),
        ("a|b", "a\\|b"),
        ("[x](y)", "[x\\](y)"),
        ("<b>", "\\<b>"),
        ("&lt;", "\\&lt;"),
        ("train.learning_rate", "train.learning_rate"),
        ("_x_", "\\_x\\_"),
        ("two\nlines", "two lines"),
    ],
)
def test_markdown_escapes_only_what_would_be_more_than_text(text: str, shown: str) -> None:
    assert escape(text) == shown


@pytest.mark.parametrize(("text", "shown"), [("# x", "\\# x"), ("- x", "\\- x"), ("1. x", "1\\. x"), ("1.5 x", "1.5 x"), ("+1.0", "+1.0")])
def test_a_paragraph_stays_a_paragraph(text: str, shown: str) -> None:
    assert paragraph(text) == shown


def test_plots_are_well_formed_and_hold_every_figure() -> None:
    rows = (DotRow("<MATH>", Estimate(0.1, 9, 0.05, 0.2), Estimate(0.9, 9, 0.8, 1.0), 0.4), DotRow("none", None, None))
    tree = ElementTree.fromstring(dot_plot(DotPlot("t", rows, 'told "so" & <more>')))
    assert len([e for e in tree.iter("circle") if "dot" in e.attrib["class"]]) == 4  # two of the legend
    assert [e.text for e in tree.iter("text")].count("<MATH>") == 1


def test_every_problem_is_in_one_bar_of_the_histogram() -> None:
    tree = ElementTree.fromstring(histogram(Histogram("t", (0.1, 0.1, 1.0), (0.3,), 10, "told")))
    assert len(list(tree.iter("rect"))) == 3


def test_a_loss_curve_with_gaps_is_drawn_in_pieces() -> None:
    series = Series(x=(1, 2, 3, 4, 5), loss=(2.0, 1.5, math.nan, 1.0, 0.9), epochs=(3,), held_out=((4, 1.1),))
    tree = ElementTree.fromstring(loss_plot(LossPlot("t", series, "told"), 880, 260))
    assert len([e for e in tree.iter("polyline") if e.attrib["class"] == "raw"]) == 2
    assert len([e for e in tree.iter("rect") if e.attrib["class"] == "held"]) == 1


@pytest.mark.parametrize("loss", [(), (math.nan,), (0.0,), (1.0, 1.0), (math.inf, 1.0), (1e300, -1e300)])
def test_odd_curves_make_no_trouble(loss: tuple[float, ...]) -> None:
    drawn = loss_plot(LossPlot("t", Series(x=tuple(range(len(loss))), loss=loss), "told"), 400, 240)
    if drawn:
        ElementTree.fromstring(drawn)
    assert "nan" not in drawn and "inf" not in drawn


def test_a_long_curve_stays_small_and_keeps_its_spike() -> None:
    losses = [1.0] * 50_000
    losses[31_234] = 9.0
    drawn = loss_plot(LossPlot("t", Series(x=tuple(range(50_000)), loss=tuple(losses)), "told"), 880, 260)
    assert len(drawn) < 100_000
    (raw,) = re.findall(r'class="raw" points="([^"]*)"', drawn)
    assert min(float(point.split(",")[1]) for point in raw.split()) < 40


def test_the_moving_average_is_corrected_for_its_start() -> None:
    assert moving_average([2.0, 2.0, math.nan, 2.0])[0] == pytest.approx(2.0)
    assert math.isnan(moving_average([2.0, math.nan])[1])


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "0 s"), (4.46, "4.5 s"), (9.97, "10 s"), (53.6, "54 s"), (59.7, "1 min 00 s"), (123.6, "2 min 04 s"),
        (3570, "59 min 30 s"), (3599.6, "1 h 00 min"),
    ],
)
def test_a_duration_is_rounded_before_its_unit_is_chosen_as_in_the_panel(seconds: float, said: str) -> None:
    assert duration(seconds) == said
    whole = round(seconds)
    assert panel_duration(seconds) == (f"{whole // 60}:{whole % 60:02d}" if whole < 3600 else "1:00:00")
