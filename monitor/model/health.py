"""How feeds are, what the database knows of them, and what a day brought."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime, timedelta


class FeedState(StrEnum):
    """How a feed is, in one word."""

    OK = "ok"
    NEW = "new"  # not read yet
    FAILING = "failing"
    POISONOUS = "poisonous"  # it froze a parser
    BLOCKED = "blocked"  # its server turns programs away
    EMPTY = "empty"  # it answers, with nothing in it
    STALE = "stale"  # nothing new for long, against its own usual rate
    GAPPED = "gapped"  # entries may have been missed in the last week
    CLOSED = "closed"  # by its publisher
    OFF = "off"

    @property
    def needs_a_person(self) -> bool:
        """Whether it does not become well by itself."""
        return self in _NEEDY

    @property
    def is_well(self) -> bool:
        """Whether it is read, and brings what it should."""
        return self in {FeedState.OK, FeedState.GAPPED}


_NEEDY = frozenset({
    FeedState.FAILING, FeedState.POISONOUS, FeedState.BLOCKED, FeedState.EMPTY, FeedState.STALE,
    FeedState.CLOSED,
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class FeedRecord:
    """What the database knows of a feed.

    `ok_at` is its last good poll, `due_at` the next one, `news_at` when its newest entry came;
    what its first poll brought is no news. `reason` is the PollReason of its failure, `error` that
    reason's text for people. `days` has the new entries of each day that had any, by its number
    since 1970 (UTC), for eight weeks before `news_at`. `empty_since`: since when its document has
    no entries.
    """

    id: int
    url: str
    title: str
    enabled: bool
    due_at: datetime
    error: str = ""
    reason: str = ""
    failing_since: datetime | None = None
    gone_at: datetime | None = None
    first_polled_at: datetime | None = None
    ok_at: datetime | None = None
    empty_since: datetime | None = None
    had_entries: bool = False
    news_at: datetime | None = None
    gap_since: datetime | None = None
    gap_at: datetime | None = None
    days: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Health:
    """How a feed is: since when, why, and when it is polled next (None: not any more)."""

    state: FeedState
    reason: str = ""
    since: datetime | None = None
    next_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Outage:
    """A span in which a feed, or (without a feed) the service itself, could not be relied on.

    `feed` is its title, `url` its address. `until` is None while it lasts.
    """

    feed: str
    url: str
    reason: str
    since: datetime
    until: datetime | None

    def length(self, now: datetime) -> timedelta:
        """Return how long it lasted, or has lasted until now."""
        return (self.until or now) - self.since


@dataclass(frozen=True, slots=True)
class PeriodStats:
    """What a span of time brought: `outcomes` of entries, alerts made in it by their state.

    `polled` feeds were read in it; `sent` messages went out; `waiting` alerts are still to go.
    """

    since: datetime
    polled: int
    outcomes: Mapping[str, int]
    articles: int
    alerts: Mapping[str, int]
    sent: int
    waiting: int
    outages: tuple[Outage, ...] = ()
    stopped: tuple[str, ...] = ()
