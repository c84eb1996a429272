"""Which volumes of stories are unusual."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from conftest import NOW
from fakes import topic

from monitor.alerts import Volume, unusual
from monitor.alerts.surges import chance

ICBM = topic("icbm")
QUIET = (0,) * 28
STEADY = (2, 3, 1, 2, 4, 2, 3) * 4
WILD = (0, 0, 0, 14, 0, 0, 0) * 4
YESTERDAY = NOW - timedelta(days=1, hours=1)


def told(days: tuple[int, ...], silent_since: datetime | None = YESTERDAY) -> str:
    notice = unusual(ICBM, Volume(days, silent_since), NOW)
    return notice.title if notice else ""


def test_the_chance_is_that_of_poisson_where_days_are_alike() -> None:
    # P(X >= 6) of Poisson with mean 2: 0.01656, as tables have it
    assert chance(6, (2,) * 10_000) == pytest.approx(0.01656, abs=1e-4)


def test_the_chance_is_that_of_the_negative_binomial_where_days_differ() -> None:
    # mean 2, variance 4: size 2, so P(X >= 6) is 1 - sum of (k + 1) / 2 ** (k + 2)
    days = (0, 4) * 5_000
    assert chance(6, days) == pytest.approx(1 - sum((k + 1) / 2 ** (k + 2) for k in range(6)), 1e-2)


def test_many_more_stories_than_usual_are_told_with_figures_and_a_line_of_bars() -> None:
    notice = unusual(ICBM, Volume((*STEADY, 14), YESTERDAY), NOW)
    assert notice is not None
    assert (notice.key, notice.kind) == ("surge:icbm:2024-10-31", "surge")
    assert notice.title == "Unusually many stories on ICBM: 14 in 24 hours"
    assert notice.lines[0] == "Usual: 2.4 a day, 4 at most, in the 28 days before"
    assert len(notice.lines[1]) == 29
    assert notice.lines[1][-1] == "█"


@pytest.mark.parametrize("days", [(*STEADY, 6), (*WILD, 14), (*QUIET, 4), STEADY[:13]])
def test_what_may_well_come_by_chance_is_not_told(days: tuple[int, ...]) -> None:
    assert told(days) == ""


def test_five_stories_on_a_topic_that_had_none_are_a_surge() -> None:
    assert told((*QUIET, 5), NOW - timedelta(days=60)).startswith("Unusually many")


def test_two_weeks_must_be_known_before_anything_is_unusual() -> None:
    assert told((*(1,) * 13, 50)) == ""
    assert told((*(1,) * 14, 50))


def test_the_first_story_after_two_silent_weeks_is_told() -> None:
    since = NOW - timedelta(days=20)
    assert told((*QUIET, 1), since) == "ICBM: the first story in 20 days"
    assert told((*QUIET, 1), NOW - timedelta(days=13)) == ""


def test_the_first_story_ever_is_no_end_of_a_silence() -> None:
    assert told((*QUIET, 1), None) == ""
