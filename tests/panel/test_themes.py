"""Every theme can be read, also by people who see colours differently, and the panel says everything without colour."""

from __future__ import annotations

from itertools import combinations

import pytest

from core.plan.settings import PanelSettings
from screens.themes import ALL, ROLES, Colours, style
from screens.widgets.glyphs import ASCII, UNICODE
from tests.panel import fakes
from tests.panel.stage import opened
from tests.panel.vision import BLINDNESS, contrast, distance

EYES = ("", *BLINDNESS)
TEXTS = ("text", "strong", "dim", "accent", "alarm", "caution")
THEMES = [pytest.param(colours, id=colours.name) for colours in ALL.values()]


def test_the_yardsticks_are_right() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)
    assert distance("#000000", "#ffffff") == pytest.approx(1, abs=0.001)
    assert distance("#c03030", "#30a030") > 3 * distance("#c03030", "#30a030", "deuteranopia")


@pytest.mark.parametrize("colours", THEMES)
def test_text_has_the_contrast_that_reading_needs(colours: Colours) -> None:
    for name in TEXTS:
        assert contrast(getattr(colours, name), colours.background) >= 4.5, name
        assert contrast(getattr(colours, name), colours.cursor) >= 4.5, f"{name} under the cursor"
        assert contrast(getattr(colours, name), colours.raised) >= 4.5, f"{name} in a toast"
    assert contrast(colours.faint, colours.background) >= 4.5
    assert contrast(colours.accent_soft, colours.background) >= 3
    assert min(contrast(getattr(colours, name), colours.background, eyes) for name in TEXTS for eyes in EYES) >= 4


@pytest.mark.parametrize("eyes", EYES)
@pytest.mark.parametrize("colours", THEMES)
def test_met_missed_and_undecided_look_different_to_everybody(colours: Colours, eyes: str) -> None:
    for first, second in combinations((colours.accent, colours.alarm, colours.caution), 2):
        assert distance(first, second, eyes) >= 0.1
    assert min(distance(colours.alarm, colours.text, eyes), distance(colours.accent, colours.text, eyes)) >= 0.1


def test_high_contrast_is_higher_than_the_others() -> None:
    assert contrast(ALL["cogumi-contrast"].text, ALL["cogumi-contrast"].background) > 20
    assert min(contrast(getattr(ALL["cogumi-contrast"], name), "#000000") for name in (*TEXTS, "faint", "accent_soft")) >= 7


def test_every_theme_of_the_settings_is_there_and_every_role_has_a_style() -> None:
    choices = PanelSettings.__dataclass_fields__["theme"].metadata["choices"]
    assert set(choices) == set(ALL)
    for theme in ALL:
        assert all(style(theme, role).color is not None for role in (*ROLES, *(f"{role}*" for role in ROLES)))


def test_every_state_differs_by_more_than_colour() -> None:
    for glyphs in (UNICODE, ASCII):
        assert len({(glyphs.states[state], state) for state in glyphs.states}) == len(glyphs.states)
        assert len({glyphs.met, glyphs.missed, glyphs.undecided, glyphs.unknown}) == 4


async def test_the_light_and_the_contrast_theme_reach_every_cell() -> None:
    for name in ("cogumi-light", "cogumi-contrast"):
        async with opened(source=fakes.FakeSource(fakes.training()), settings=PanelSettings(theme=name)) as stage:
            await stage.press("e")
            await stage.sees("Phase 1B report")
            grounds = {
                segment.style.bgcolor.triplet.hex
                for strip in stage.app.screen._compositor.render_strips()
                for segment in strip
                if segment.style and segment.style.bgcolor and segment.style.bgcolor.triplet
            }
            assert grounds <= {ALL[name].background, ALL[name].cursor, ALL[name].raised}


async def test_without_colours_the_cursor_is_reversed_and_what_is_quiet_is_dim(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with opened(fakes.training()) as stage:
        segments = [segment for strip in stage.app.screen._compositor.render_strips() for segment in strip if segment.style]
        assert all(segment.style.color is None and segment.style.bgcolor is None for segment in segments if segment.style)
        reverse = "".join(segment.text for segment in segments if segment.style and segment.style.reverse)
        assert "train" in reverse and "diagnose" not in reverse
        assert any(segment.style.dim for segment in segments if segment.style)
