"""The health of feeds, their record in the database, and the counts of a period."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime, timedelta


class FeedState(StrEnum):
    """The state of a feed."""

    OK = "ok"
    NEW = "new"  # not polled yet
    FAILING = "failing"
    POISONOUS = "poisonous"  # froze a parser
    BLOCKED = "blocked"  # the server refuses programs
    EMPTY = "empty"  # answers without entries
    STALE = "stale"  # silent for longer than its own usual rate explains
    GAPPED = "gapped"  # entries may have been missed in the last week
    CLOSED = "closed"  # by its publisher
    OFF = "off"

    @property
    def needs_a_person(self) -> bool:
        """Whether a person has to look: the feed does not become well by itself."""
        return self in _NEED_PERSON

    @property
    def is_well(self) -> bool:
        """Whether the feed is read, and brings entries as usual."""
        return self in {FeedState.OK, FeedState.GAPPED}


_NEED_PERSON = frozenset({
    FeedState.FAILING, FeedState.POISONOUS, FeedState.BLOCKED, FeedState.EMPTY, FeedState.STALE,
    FeedState.CLOSED,
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class FeedRecord:
    """The record of a feed in the database.

    `ok_at` is its last good poll, `due_at` the next one, `news_at` the arrival of its newest entry;
    entries of the first poll do not count. `reason` is the PollReason of a failing feed, `error`
    its text for people. `days` has (day, new entries) for days with any, counted from 1970-01-01
    (UTC), for eight weeks before `news_at`. `empty_since`: the document has had no entries since.
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
    """The state of a feed: since when, why, and its next poll (None: never)."""

    state: FeedState
    reason: str = ""
    since: datetime | None = None
    next_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Outage:
    """A span of time in which a feed, or (`feed` is empty) the service, was not reliable.

    `feed` is the title and `url` the address of the feed. `until` is None for an outage that lasts.
    """

    feed: str
    url: str
    reason: str
    since: datetime
    until: datetime | None

    def length(self, now: datetime) -> timedelta:
        """Return the length of the outage, up to `now` where it lasts."""
        return (self.until or now) - self.since


@dataclass(frozen=True, slots=True)
class PeriodStats:
    """The counts of the time since `since`: entries by outcome, alerts made by state.

    `polled` is the number of feeds read, `articles` of new articles, `sent` of messages, `waiting`
    of alerts that are still to be sent. `stopped` are names of channels.
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
