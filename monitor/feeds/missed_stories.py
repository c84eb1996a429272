"""Feeds that did not carry a story, though they usually carry its topics. Pure.

A miss may be the feed's, or ours: an outage at the time explains it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from monitor.feeds.health import Outage

USUAL_FOR = timedelta(days=28)  # the period whose stories are what a feed usually carries
_USUAL = 2  # stories of a topic, in that period, from which on a feed usually carries it
_NEWS_FOR = timedelta(days=1)  # how long after its beginning a feed may carry a story
_ANY_KIND = "other"


@dataclass(frozen=True, slots=True)
class WidelyCarriedStory:
    """A story of several publishers, the first to report first.

    `langs` and `kinds` are those of the feeds that carried it.
    """

    id: int
    title: str
    started_at: datetime
    topics: frozenset[str]
    publishers: tuple[str, ...]
    langs: frozenset[str]
    kinds: frozenset[str]


@dataclass(frozen=True, slots=True)
class FeedCoverage:
    """A feed that is polled; `usual` has its number of stories by topic in the last four weeks."""

    title: str
    url: str
    publisher: str
    lang: str
    kind: str
    first_polled_at: datetime | None
    usual: Mapping[str, int]
    outages: tuple[Outage, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class MissedStory:
    """A feed that did not carry a story; `why` is the outage that may have hidden the story."""

    feed: FeedCoverage
    why: str = ""


def misses(story: WidelyCarriedStory, feeds: Iterable[FeedCoverage]) -> list[MissedStory]:
    """Return the feeds that did not carry a story, though they usually carry its topics.

    Such a feed was polled before the story began; no feed of its publisher carried the story; it
    has the language or the kind of a feed that did; and in the last four weeks it carried two
    stories of one of the topics.
    """
    missed = [feed for feed in feeds if _should_have_carried(story, feed)]
    return [MissedStory(feed, _hidden_by(story, feed)) for feed in missed]


def _should_have_carried(story: WidelyCarriedStory, feed: FeedCoverage) -> bool:
    if feed.publisher in story.publishers:
        return False
    if not feed.first_polled_at or feed.first_polled_at > story.started_at:
        return False
    carries_topic = any(feed.usual.get(topic, 0) >= _USUAL for topic in story.topics)
    return carries_topic and _is_similar(story, feed)


def _is_similar(story: WidelyCarriedStory, feed: FeedCoverage) -> bool:
    """Whether a feed has the kind or the language of one that carried the story."""
    same_kind = feed.kind != _ANY_KIND and feed.kind in story.kinds
    return same_kind or bool(feed.lang and feed.lang in story.langs)


def _hidden_by(story: WidelyCarriedStory, feed: FeedCoverage) -> str:
    """Return the outage of a feed in the first day of the story, "" for none."""
    until = story.started_at + _NEWS_FOR
    for outage in feed.outages:
        if outage.since <= until and (outage.until is None or outage.until >= story.started_at):
            return "gap" if outage.reason == "gap" else f"not read: {outage.reason}"
    return ""
