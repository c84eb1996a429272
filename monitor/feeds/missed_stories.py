"""Which feeds did not carry a story that they usually would have. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from monitor.model import Outage

USUAL_FOR = timedelta(days=28)  # over which it is told what a feed usually carries
_USUAL = 2  # stories of a topic that make it one which a feed usually carries
_NEWS_FOR = timedelta(days=1)  # for so long after it began a feed may still have carried a story
_ANY_KIND = "other"


@dataclass(frozen=True, slots=True)
class WidelyCarriedStory:
    """A story: who carried it, the first to report first, and of which languages and kinds."""

    id: int
    title: str
    started_at: datetime
    topics: frozenset[str]
    publishers: tuple[str, ...]
    langs: frozenset[str]
    kinds: frozenset[str]


@dataclass(frozen=True, slots=True)
class FeedCoverage:
    """A feed that is polled. `usual` has how many stories of each topic it carried of late."""

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
    """A feed that did not carry a story; `why` is the outage that may have hidden it from us."""

    feed: FeedCoverage
    why: str = ""


def misses(story: WidelyCarriedStory, feeds: Iterable[FeedCoverage]) -> list[MissedStory]:
    """Return the feeds that did not carry a story, though its topics are theirs.

    That is: no feed of their publisher did, they were read already, speak a language or are of a
    kind of those which did, and carried two stories of one of its topics in the last four weeks.
    """
    return [
        MissedStory(feed, _hidden(story, feed))
        for feed in feeds
        if feed.publisher not in story.publishers
        and feed.first_polled_at
        and feed.first_polled_at <= story.started_at
        and _akin(story, feed)
        and any(feed.usual.get(topic, 0) >= _USUAL for topic in story.topics)
    ]


def _akin(story: WidelyCarriedStory, feed: FeedCoverage) -> bool:
    same_kind = feed.kind != _ANY_KIND and feed.kind in story.kinds
    return same_kind or bool(feed.lang and feed.lang in story.langs)


def _hidden(story: WidelyCarriedStory, feed: FeedCoverage) -> str:
    """Return why we may have missed what a feed carried: it was not read when the story ran."""
    until = story.started_at + _NEWS_FOR
    for outage in feed.outages:
        if outage.since <= until and (outage.until is None or outage.until >= story.started_at):
            return "gap" if outage.reason == "gap" else f"not read: {outage.reason}"
    return ""
