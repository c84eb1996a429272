"""Which story an article continues."""

from __future__ import annotations

from datetime import timedelta

import pytest
from conftest import NOW
from fakes import ago

from monitor.stories import WINDOW, continued, window_start


def test_an_article_whose_title_is_new_begins_a_story() -> None:
    assert continued([], NOW) is None


def test_an_article_continues_the_story_that_had_its_title_an_hour_ago() -> None:
    assert continued([(7, ago(NOW, hours=1))], NOW) == 7


@pytest.mark.parametrize(("hours", "story"), [(71.9, 7), (72, 7), (72.1, None), (2_000, None)])
def test_a_title_continues_a_story_for_72_hours(hours: float, story: int | None) -> None:
    assert continued([(7, ago(NOW, hours=hours))], NOW) == story


@pytest.mark.parametrize("turned", [False, True])
def test_of_several_stories_the_latest_goes_on(*, turned: bool) -> None:
    candidates = [(9, ago(NOW, hours=30)), (3, ago(NOW, hours=2)), (5, ago(NOW, hours=50))]
    assert continued(candidates[::-1] if turned else candidates, NOW) == 3


def test_an_old_story_does_not_hide_a_recent_one() -> None:
    assert continued([(9, ago(NOW, hours=100)), (3, ago(NOW, hours=70))], NOW) == 3


def test_a_story_seen_in_the_same_moment_goes_on() -> None:
    assert continued([(7, NOW)], NOW) == 7


def test_the_window_reaches_back_from_when_the_article_was_seen() -> None:
    assert window_start(NOW) == NOW - timedelta(hours=72)
    assert timedelta(hours=72) == WINDOW
