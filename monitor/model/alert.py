"""Messages, their items and notices, and the kinds of alerts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from monitor.model.tlp import strictest

if TYPE_CHECKING:
    from datetime import datetime

    from monitor.model.activity import StoryStatus
    from monitor.model.tlp import Tlp


class AlertState(StrEnum):
    """The state of an alert: each alert has exactly one.

    A `counted` alert repeats its story: the count in the story's first message stands for it.
    """

    PENDING = "pending"
    SENT = "sent"
    COUNTED = "counted"
    DIGESTED = "digested"
    SILENCED = "silenced"
    TOO_OLD = "too-old"
    FAILED = "failed"


class Severity(StrEnum):
    """The urgency of a topic, the least urgent first."""

    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"


class Mode(StrEnum):
    """The way a topic's alerts are sent: at once, in digests, or not at all."""

    NOW = "now"
    DIGEST = "digest"
    OFF = "off"


class DigestKind(StrEnum):
    """The reason to send alerts together: each kind is a digest of its own."""

    CATCHING_UP = "catching-up"  # alerts of a first poll, or after an outage
    HELD = "held"  # alerts of quiet hours
    TIMED = "timed"  # alerts of topics with digests
    OVERFLOW = "overflow"  # alerts beyond what a channel takes in an hour
    RESTORED = "restored"  # alerts that may have been sent after the backup that was restored
    MENDED = "mended"  # alerts that waited until an operator mended the channel


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A piece of an article; `bold` are the (start, end) of matched words in `text`."""

    text: str
    bold: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True, order=True)
class PublisherReport:
    """A publisher that carries a story.

    `first_seen_at` is when its first report was published, or seen where the report has no date.
    `copy_of` is the publisher whose text all of its reports repeat; empty for an independent
    publisher. `kind` and `country` are the feed's.
    """

    publisher: str
    kind: str
    country: str
    first_seen_at: datetime
    copy_of: str = ""

    @property
    def is_state(self) -> bool:
        """Whether the publisher is a state's."""
        return self.kind in {"state", "official"}


@dataclass(frozen=True, slots=True)
class AlertItem:
    """An article's hits as one item of a message.

    `publishers` are the story's other publishers; `publisher_reports` are all, the first to report
    first. `figures` are lines such as `troops: 8,000 → 11,000 (Blinken)`. `why` is one line about
    the matched words. `news` are lines that are new to the story, none for its first report.
    `story` is the story's id, 0 for none; `topic_ids` are those of the titles in `topics`.
    `titled_by` is the report whose headline the story has, None where it is this one, or where this
    one brings news. `status` is the state of the work on the story, None while nobody works on it.
    `gloss` puts what a foreign headline names into the reader's language, `machine_gloss` is its
    translation by a machine; both are empty where there is none.
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
    titled_by: AlertItem | None = None
    status: StoryStatus | None = None
    gloss: str = ""
    machine_gloss: str = ""
    tlp: Tlp | None = None


@dataclass(frozen=True, slots=True)
class Notice:
    """A message of the program itself: a failing feed, a heartbeat, a surge, the end of a silence.

    A `key` is sent once. `lines` are plain text; `more` says where to read what does not fit.
    """

    key: str
    kind: str
    title: str
    lines: tuple[str, ...] = ()
    severity: Severity = Severity.INFO
    tlp: Tlp | None = None
    more: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """A message for a channel: one report, a digest of several, or a notice.

    `key` is unique to the message and the same when it is sent again. A message with `thread` is a
    reply to that message, which `broadcast` shows in the channel too; `edits` is the reference of
    the sent message to replace. `plain` asks for a message without layout, after a refused one.
    `reader_verdicts` are lines about readers' feedback: `Marked as not relevant by @nina`.

    A digest counts `omitted` stories, and says in `more` which and where to read them. `span` is
    the age of its oldest alert.
    """

    key: str
    reports: tuple[AlertItem, ...] = ()
    thread: str | None = None
    digest: DigestKind | None = None
    plain: bool = False
    broadcast: bool = False
    edits: str | None = None
    notice: Notice | None = None
    reader_verdicts: tuple[str, ...] = ()
    omitted: int = 0
    more: str = ""
    span: timedelta = timedelta()

    @property
    def tlp(self) -> Tlp | None:
        """How far the message may be shared: as far as its strictest report, or its notice."""
        if self.notice:
            return self.notice.tlp
        return strictest(report.tlp for report in self.reports)


@dataclass(frozen=True, slots=True)
class Claim:
    """A message to send now, with the `ids` of its alerts; its reports have topics by id.

    `lease_at` (seconds since 1970) proves that we own the claim. `in_doubt`: an earlier send, first
    tried at `since`, may have arrived. `first_due_at` is when it was due before any send failed,
    None for an edit. `unreadable` is the bug that kept the reports from being read.
    """

    ids: tuple[int, ...]
    channel: str
    lease_at: float
    attempts: int
    message: Message
    in_doubt: bool = False
    since: datetime | None = None
    first_due_at: datetime | None = None
    unreadable: Exception | None = None
