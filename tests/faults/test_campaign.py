"""The real steps on the practice model, killed with -9 at seeded moments and resumed: they end with what an unbroken run ends with.

``python -m tests.faults.campaign --kills 100`` does the same over both phases.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.campaign import Campaign, table

KILLS = 6


@pytest.mark.slow
def test_kills_at_seeded_moments_change_nothing_that_comes_out(tmp_path: Path) -> None:
    campaign = Campaign(KILLS, 3, tmp_path, "phase-1b.1")
    assert campaign.carry_out(), table(campaign)
    assert len(campaign.blows) == KILLS
