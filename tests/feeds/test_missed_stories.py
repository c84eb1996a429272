"""Which feeds did not carry a story that they usually would have."""

from __future__ import annotations

from typing import Any

import pytest
from conftest import NOW
from filled import DAY, HOUR

from monitor.feeds.health import Outage
from monitor.feeds.missed_stories import FeedCoverage, WidelyCarriedStory, misses

STORY = WidelyCarriedStory(
    id=1,
    title="ICBM",
    started_at=NOW,
    topics=frozenset({"icbm"}),
    publishers=("Yonhap", "NHK"),
    langs=frozenset({"ko", "en"}),
    kinds=frozenset({"wire", "other"}),
)


def carrier(**facts: Any) -> FeedCoverage:
    """A feed that should have carried the story."""
    usual: dict[str, Any] = {
        "title": "Wire", "url": "https://wire.example/", "publisher": "Wire", "lang": "en",
        "kind": "newspaper", "first_polled_at": NOW - DAY, "usual": {"icbm": 2},
    }  # fmt: skip
    return FeedCoverage(**(usual | facts))


def missed(**facts: Any) -> bool:
    return bool(misses(STORY, [carrier(**facts)]))


def test_a_feed_of_the_same_language_that_usually_carries_such_topics_missed_it() -> None:
    assert missed()


def test_so_did_one_of_the_same_kind() -> None:
    assert missed(lang="fr", kind="wire")
    assert not missed(lang="fr")


@pytest.mark.parametrize(("lang", "kind"), [("", "newspaper"), ("fr", "other")])
def test_what_is_not_known_of_a_feed_makes_it_akin_to_none(lang: str, kind: str) -> None:
    assert not missed(lang=lang, kind=kind)


@pytest.mark.parametrize("usual", [{}, {"icbm": 1}, {"kursk": 9}])
def test_a_feed_that_seldom_carries_such_topics_missed_nothing(usual: dict[str, int]) -> None:
    assert not missed(usual=usual)


def test_what_another_feed_of_its_publisher_carried_was_not_missed() -> None:
    assert not missed(publisher="NHK")


@pytest.mark.parametrize("since", [None, NOW + HOUR])
def test_a_feed_that_was_not_read_yet_missed_nothing(since: Any) -> None:
    assert not missed(first_polled_at=since)


def why(outage: Outage) -> str:
    [miss] = misses(STORY, [carrier(outages=(outage,))])
    return miss.why


def outage(reason: str, since: Any, until: Any) -> Outage:
    return Outage("Wire", "https://wire.example/", reason, since, until)


def test_an_outage_may_have_hidden_it_from_us() -> None:
    assert why(outage("timeout", NOW - DAY, NOW + HOUR)) == "not read: timeout"
    assert why(outage("gap", NOW + HOUR, NOW + 2 * HOUR)) == "gap"
    assert why(outage("failing: dns", NOW + 3 * HOUR, None)) == "not read: failing: dns"


def test_an_outage_before_or_long_after_it_hid_nothing() -> None:
    assert why(outage("timeout", NOW - DAY, NOW - HOUR)) == ""
    assert why(outage("timeout", NOW + 2 * DAY, None)) == ""
