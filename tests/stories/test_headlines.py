"""The same headline means the same event only where the text does not speak against it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from conftest import NOW
from fakes import article, topic

from monitor.matching.compile import pack
from monitor.matching.matcher import matcher_for
from monitor.scan.scan import story_features
from monitor.stories import IncomingArticle, TimeSpan
from monitor.stories.in_memory import Stories

MATCHER = matcher_for(pack([topic("kursk", "Kursk")]))
REFINERY = (
    "A drone set an oil refinery near Kursk on fire overnight, and fuel tanks burned for hours."
)
PLANT = "The nuclear plant at Kurchatov near Kursk reported an explosion beside its turbine hall."
RAID = "Soldiers crossed the border towards Kursk with armoured vehicles and took a village."


def stories(*reports: tuple[str, str]) -> list[int]:
    """The stories of reports, five minutes apart."""
    index, found = Stories(), []
    for number, (title, text) in enumerate(reports):
        each = article(title, text, link=f"https://news.example/{number}")
        [matches] = MATCHER.match([each])
        features = story_features(each, matches)
        assert features
        at = NOW + number * timedelta(minutes=5)
        topics = frozenset({"kursk"})
        span = TimeSpan(at, at)
        found.append(
            index.enter(IncomingArticle(features, each.title_key, topics, span, "One", each.digest))
        )
    return found


@pytest.mark.parametrize("title", ["KURSK ALERT", "🔥"])
def test_a_short_headline_of_different_events_makes_no_story(title: str) -> None:
    assert stories((title, REFINERY), (title, PLANT))[1] == 2


def test_a_short_headline_over_the_same_text_is_the_same_story() -> None:
    assert stories(("KURSK ALERT", REFINERY), ("KURSK ALERT", f"{REFINERY} Updated.")) == [1, 1]


def test_a_headline_of_several_words_is_the_same_story_whatever_the_text() -> None:
    title = "Refinery burns after drones attack Kursk overnight"
    assert stories((title, REFINERY), (title, "Firefighters are on their way, officials say.")) == [
        1,
        1,
    ]


def test_a_headline_of_one_publisher_over_three_texts_means_no_event() -> None:
    title = "Ukraine war latest: everything officials report about Kursk tonight"
    assert stories((title, REFINERY), (title, PLANT), (title, RAID)) == [1, 1, 2]


def test_a_headline_over_the_same_text_again_and_again_is_the_same_story() -> None:
    title = "Ukraine war latest: everything officials report about Kursk tonight"
    assert stories(*[(title, REFINERY)] * 4) == [1, 1, 1, 1]
