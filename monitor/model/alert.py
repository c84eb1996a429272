"""Alerts, and the messages that tell them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


class AlertState(StrEnum):
    """What became of an alert: each is in exactly one state.

    `counted` are reports that repeat their story: only the count in its first message tells them.
    """

    PENDING = "pending"
    SENT = "sent"
    COUNTED = "counted"
    DIGESTED = "digested"
    SILENCED = "silenced"
    TOO_OLD = "too-old"
    FAILED = "failed"


class Severity(StrEnum):
    """How urgent a topic is, the least urgent first."""

    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"


class Mode(StrEnum):
    """How a topic is told: at once, in digests, or not at all."""

    NOW = "now"
    DIGEST = "digest"
    OFF = "off"


class DigestKind(StrEnum):
    """Why alerts are sent together: each kind is a digest of its own."""

    CATCHING_UP = "catching-up"  # a first poll, or what piled up in an outage
    HELD = "held"  # through quiet hours
    TIMED = "timed"  # the topic asks for digests
    OVERFLOW = "overflow"  # more than a channel takes in an hour
    MENDED = "mended"  # what waited for an operator to mend the channel


@dataclass(frozen=True, slots=True)
class Silence:
    """Alerts on `topic`, with `term` in their text, from `publisher` are held back until `ends_at`.

    `story` holds back one story. An empty string and 0 ask for nothing; at least one of the four
    is set. `by` is who asked for it; `id` is 0 before it is stored.
    """

    topic: str
    term: str
    publisher: str
    starts_at: datetime
    ends_at: datetime
    comment: str = ""
    story: int = 0
    by: str = ""
    id: int = 0


@dataclass(frozen=True, slots=True)
class Alert:
    """An alert before it is stored: an article's hits, for one channel.

    One of a `digest` is sent together with the channel's others of that kind; one that is too old
    never is. `due_at` is None for now. `news` is what it adds to its story, `broadcast` shows it
    beside the thread too; `reason` says why it is not sent.
    """

    channel: str
    topics: tuple[str, ...]
    state: AlertState
    digest: DigestKind | None = None
    due_at: datetime | None = None
    severity: Severity = Severity.WARNING
    news: tuple[str, ...] = ()
    broadcast: bool = False
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ChannelContext:
    """What a channel knows of a story, what is on its way there, and how busy the channel is.

    Of the story: its `first` message is sent, or being sent; `digested`: a digest told it. The
    others are when things happen, None for never: `waiting_at` goes out a message that reports can
    still join, `digest_at` a `digest` that they can; `last_at` went out the last message of its
    own.

    Of all stories: messages `sent` in the last hour, the oldest at `oldest_at`; `waiting` are to go
    out soon. `overflow_at` goes out the digest of what was too much, if there is one. A channel
    that its operator must mend is `stopped_until` it is tried again.
    """

    first: bool = False
    digested: bool = False
    waiting_at: datetime | None = None
    digest: DigestKind | None = None
    digest_at: datetime | None = None
    last_at: datetime | None = None
    sent: int = 0
    waiting: int = 0
    oldest_at: datetime | None = None
    overflow_at: datetime | None = None
    stopped_until: datetime | None = None

    @property
    def is_told(self) -> bool:
        """Whether readers have, or are about to have, the story's first message."""
        return self.first or self.digested

    def under(self, load: ChannelContext) -> ChannelContext:
        """Return what is known of the story where the channel is as busy as `load` tells."""
        return replace(
            self,
            sent=load.sent,
            waiting=load.waiting,
            oldest_at=load.oldest_at,
            overflow_at=load.overflow_at,
            stopped_until=load.stopped_until,
        )


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A piece of an article with the found words: `bold` are (start, end) into `text`."""

    text: str
    bold: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class PublisherReport:
    """A publisher that carries a story, since when, and how.

    `first_seen_at` is when its first report was published, or seen where that says no date.
    `copy_of` names the publisher whose text it only repeats; empty for one that counts as
    independent. `kind` and `country` are the feed's.
    """

    publisher: str
    kind: str
    country: str
    first_seen_at: datetime
    copy_of: str = ""

    @property
    def is_state(self) -> bool:
        """Whether a state speaks through it."""
        return self.kind in {"state", "official"}


@dataclass(frozen=True, slots=True)
class AlertItem:
    """One article's hits as a message tells them.

    `publishers` are the story's others; `publisher_reports` all of them, the first to report first.
    `figures` are lines such as `troops: 8,000 → 11,000 (Blinken)`; `why` says in one line what
    matched; `news` what is new to the story, empty for its first report. `story` is the story's id,
    0 for none; `topic_ids` stand beside the titles in `topics`.
    """

    topics: tuple[str, ...]
    title: str
    link: str
    publisher: str
    published_at: datetime
    excerpt: Excerpt
    publishers: tuple[str, ...] = ()
    severity: Severity = Severity.WARNING
    story: int = 0
    topic_ids: tuple[str, ...] = ()
    lang: str = ""
    publisher_reports: tuple[PublisherReport, ...] = ()
    figures: tuple[str, ...] = ()
    why: str = ""
    news: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Notice:
    """What the program itself has to say: a feed that fails, a heartbeat, a surge, a silence's end.

    `key` keeps it from being said twice. `lines` are plain text, each on a line of its own.
    """

    key: str
    kind: str
    title: str
    lines: tuple[str, ...] = ()
    severity: Severity = Severity.INFO


@dataclass(frozen=True, slots=True)
class ClaimedMessage:
    """A message to send now: a story's, a channel's digest, a notice, or the edit of a first one.

    `ids` are the alerts, `reports` what each of them has to tell, with its topics by id; a notice
    has none. `thread` is the reference of the story's first message where this
    one is its reply, `edits` where this one replaces it. `lease_at` proves that the claim is ours.
    `plain` asks for a message without layout, after a refused one. `in_doubt`: it may have arrived
    already; it was first tried at `since`. `unreadable` is the bug that kept its reports from being
    read, if one did.
    """

    ids: tuple[int, ...]
    key: str
    channel: str
    lease_at: float
    attempts: int
    digest: DigestKind | None
    thread: str | None
    plain: bool
    reports: tuple[AlertItem, ...]
    broadcast: bool = False
    edits: str | None = None
    notice: Notice | None = None
    in_doubt: bool = False
    since: datetime | None = None
    unreadable: Exception | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """What a channel sends: one report, a digest of several, or a notice.

    `key` is unique to this message and stays the same when it is sent again. `thread` makes it a
    reply, which `broadcast` shows in the channel as well; `edits` is the reference of a sent
    message that it replaces. `heading` is a digest's first line. `marks` tell what readers did
    with it: `marked as not relevant by @nina`.
    """

    key: str
    reports: tuple[AlertItem, ...] = ()
    thread: str | None = None
    digest: bool = False
    plain: bool = False
    broadcast: bool = False
    edits: str | None = None
    heading: str = ""
    notice: Notice | None = None
    marks: tuple[str, ...] = ()
