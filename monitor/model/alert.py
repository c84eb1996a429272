"""Alerts, and the messages that tell them."""

from __future__ import annotations

from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class Silence:
    """Alerts on `topic`, with `term` in their text, from `publisher` are held back until `ends_at`.

    An empty string asks for nothing; at least one of the three is set.
    """

    topic: str
    term: str
    publisher: str
    starts_at: datetime
    ends_at: datetime
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Alert:
    """An alert before it is stored: an article's hits, for one channel.

    A `digest` alert is sent together with the channel's others; one that is too old never is.
    """

    channel: str
    topics: tuple[str, ...]
    state: AlertState
    digest: bool


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A piece of an article with the found words: `bold` are (start, end) into `text`."""

    text: str
    bold: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Voice:
    """A publisher that carries a story, since when, and how.

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
class Report:
    """One article's hits as a message tells them.

    `publishers` are the story's others; `voices` all of them, the first to report first. `figures`
    are lines such as `troops: 8,000 → 11,000 (Blinken)`; `why` says in one line what matched;
    `news` what is new to the story, empty for its first report. `story` is the story's id, 0 for
    none; `topic_ids` stand beside the titles in `topics`.
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
    voices: tuple[Voice, ...] = ()
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
class Claimed:
    """An alert, or a channel's digest, to send now.

    `reports` have their topics by id; `ids` are, for each report, the alerts that it stands for:
    a digest tells a story once. `thread` is the reference of the story's first message where this
    one is its reply. `lease_at` proves that the claim is ours. `plain` asks for a message without
    layout, after a refused one.
    """

    ids: tuple[tuple[int, ...], ...]
    key: str
    channel: str
    lease_at: float
    attempts: int
    digest: bool
    thread: str | None
    plain: bool
    reports: tuple[Report, ...]

    @property
    def all_ids(self) -> tuple[int, ...]:
        """Return the ids of all claimed alerts."""
        return tuple(alert_id for ids in self.ids for alert_id in ids)


@dataclass(frozen=True, slots=True)
class Message:
    """What a channel sends: one report, a digest of several, or a notice.

    `key` is unique to this message and stays the same when it is sent again. `thread` makes it a
    reply, which `broadcast` shows in the channel as well; `edits` is the reference of a sent
    message that it replaces. `heading` is a digest's first line.
    """

    key: str
    reports: tuple[Report, ...] = ()
    thread: str | None = None
    digest: bool = False
    plain: bool = False
    broadcast: bool = False
    edits: str | None = None
    heading: str = ""
    notice: Notice | None = None
