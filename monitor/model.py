"""The values that travel along the path, one class a stage.

All are frozen. Settings (`Feed`, `Topic`), state (`DueFeed`, `Claimed`) and results (`Fetched`,
`Scan`, `Report`) never share a class. Times are aware UTC datetimes named `*_at`; spans of time
are seconds. Offsets are code points into the named field as it is stored.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

FieldName = Literal["title", "text"]


class Outcome(StrEnum):
    """What became of an entry of a feed: each has exactly one (the ledger)."""

    HIT = "hit"
    NEAR_MISS = "near-miss"
    NO_MATCH = "no-match"
    DUPLICATE = "duplicate"
    UNREAD = "unread"


class AlertState(StrEnum):
    """What became of an alert: each is in exactly one state."""

    PENDING = "pending"
    SENT = "sent"
    DIGESTED = "digested"
    SILENCED = "silenced"
    TOO_OLD = "too-old"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed as the configuration has it.

    `url` is the address as written there and names the feed everywhere (database, logs);
    `address` has the secrets filled in and is used to fetch, nothing else; so have `headers` and
    `proxy`. `adapts`: `interval` is where it starts, then polls follow the feed's own pace.
    """

    url: str
    address: str = field(repr=False)
    title: str
    publisher: str
    country: str
    lang: str
    kind: str
    interval: float
    enabled: bool = True
    allow_private: bool = False
    adapts: bool = False
    proxy: str = field(default="", repr=False)
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)

    @property
    def may_move(self) -> bool:
        """Whether a permanent redirect is remembered: not where secrets belong to the address."""
        return self.address == self.url and not self.headers


@dataclass(frozen=True, slots=True)
class Topic:
    """A watch topic: an expression to `match`, or one of `any`, all of `all` and none of `none`.

    A group of `all` is met by any of its terms. An empty `any` asks for nothing. A hit has a score
    of at least `threshold`; what holds the `anchor` (an expression) only is a near miss. `max_age`
    is in seconds: an older article is stored as a hit but not alerted.
    """

    id: str
    title: str
    match: str = ""
    any: tuple[str, ...] = ()
    all: tuple[tuple[str, ...], ...] = ()
    none: tuple[str, ...] = ()
    anchor: str = ""
    threshold: float = 0.5
    max_age: float = 86_400.0
    channels: tuple[str, ...] = ()


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
class Wishes:
    """What a feed's document asks of those who poll it.

    `ttl` is in seconds; hours (0 to 23) and days (0 is Monday) to skip are in UTC.
    """

    ttl: float = 0.0
    skip_hours: frozenset[int] = frozenset()
    skip_days: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Pace:
    """What polls have taught about when to poll a feed.

    `rate` are new entries an hour, smoothed; `interval` the seconds from the last good poll to the
    next as it was planned. None: not known yet.
    """

    rate: float | None = None
    interval: float | None = None
    wishes: Wishes = Wishes()


@dataclass(frozen=True, slots=True)
class DueFeed:
    """A claimed feed: what the last polls left behind. `lease_at` proves the claim is ours.

    `moved_to`, if any, is where permanent redirects led, and is fetched instead of its address.
    `claimed_at` is the moment that the poll goes by: when its articles were seen.
    """

    id: int
    url: str
    claimed_at: datetime
    lease_at: float
    etag: str
    last_modified: str
    body_digest: bytes
    known: frozenset[bytes]
    failures: int
    first_polled_at: datetime | None
    ok_at: datetime | None
    moved_to: str = ""
    pace: Pace = Pace()


@dataclass(frozen=True, slots=True)
class Fetched:
    """A feed's answer. `body` is decompressed; `final_url` is where the redirects ended.

    `body` is None when the server said 304, or when it is the same as last time. `served_at` is
    the server's own clock, if it told. `fresh_for`: for how many seconds nothing will change, as it
    says. `moved_to` is where permanent redirects led, None where there were none to remember.
    """

    body: bytes | None
    body_digest: bytes
    etag: str = ""
    last_modified: str = ""
    content_type: str = ""
    final_url: str = ""
    served_at: datetime | None = None
    fresh_for: float = 0.0
    moved_to: str | None = None


@dataclass(frozen=True, slots=True)
class Article:
    """An entry of a feed as text: no markup, no control characters, NFC.

    `id` is the feed's own (may be empty); `link` is as the feed gave it, made absolute. The keys
    are digests that recognise the article again: `id_key` within its feed, `link_key` in all
    feeds, `content_key` (title and text as words) for a time, `title_key` for stories; None where
    the document gives nothing to go by. `digest`
    covers everything a reader sees, so a changed date alone does not change it.
    """

    id: str
    link: str
    title: str
    text: str
    lang: str
    publisher: str
    kind: str
    published_at: datetime | None
    id_key: bytes | None
    link_key: bytes | None
    content_key: bytes | None
    title_key: bytes
    digest: bytes


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was found: `text[start:end]` of the article's `field`, by a `term` or a term set.

    The sentence that it stands in is `text[sentence_start:sentence_end]`.
    """

    term: str
    field: FieldName
    start: int
    end: int
    sentence_start: int = 0
    sentence_end: int = 0


@dataclass(frozen=True, slots=True)
class Match:
    """A topic that an article hits (`reason` is empty) or nearly hits (`reason` says why not).

    `digest` is the version of the topic that decided; `score` (0 to 1) is how much the article is
    about it, see `matching.evaluate`.
    """

    topic: str
    digest: str
    evidence: tuple[Evidence, ...]
    reason: str = ""
    score: float = 1.0

    @property
    def is_hit(self) -> bool:
        """Whether the topic hits; otherwise this is a near miss."""
        return not self.reason


@dataclass(frozen=True, slots=True)
class Scanned:
    """An article that the last poll of its feed did not hold, and what it matches."""

    article: Article
    matches: tuple[Match, ...] = ()


@dataclass(frozen=True, slots=True)
class Unread:
    """An entry from which no article could be made, and why; `keys` recognise it again."""

    keys: tuple[bytes, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Document:
    """A parsed feed: `known` are the digests of all its entries, `articles` only the new ones."""

    title: str
    lang: str
    known: frozenset[bytes]
    articles: tuple[Article, ...]
    unread: tuple[Unread, ...]
    wishes: Wishes = Wishes()


@dataclass(frozen=True, slots=True)
class Scan:
    """What a worker sends back: small, since entries of the last poll are left out."""

    title: str
    lang: str
    known: frozenset[bytes]
    scanned: tuple[Scanned, ...]
    unread: tuple[Unread, ...]
    wishes: Wishes = Wishes()


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
class Report:
    """One article's hits as a message tells them. `publishers` are the story's others."""

    topics: tuple[str, ...]
    title: str
    link: str
    publisher: str
    published_at: datetime
    excerpt: Excerpt
    publishers: tuple[str, ...] = ()


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
    """What a channel sends: one report, or a digest of several; `thread` makes it a reply.

    `key` is unique to this message and stays the same when it is sent again.
    """

    key: str
    reports: tuple[Report, ...]
    thread: str | None = None
    digest: bool = False
    plain: bool = False


@dataclass(frozen=True, slots=True)
class Pulse:
    """How the two queues are: what is due now, and by how many seconds the oldest is overdue."""

    feeds: int
    feeds_failing: int
    feeds_due: int
    feeds_lag: float
    alerts: Mapping[str, int]
    alerts_due: int
    alerts_lag: float
    stopped: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Politeness:
    """How many feeds are polled at once, in all and from a host, and the pause between."""

    at_once: int
    per_host: int
    host_delay: float


@dataclass(frozen=True, slots=True)
class Polled:
    """How one poll ended: `unchanged`, `ok`, `lost` (the claim was), or the reason of a failure.

    `entries` were served; `articles` are new. `outcomes` are those of the entries new to us, `hits`
    the topics that were newly hit. `renamed` entries came back under other ids and links. `gapped`:
    others may have come and gone since the last poll.
    """

    url: str
    outcome: str
    entries: int = 0
    articles: int = 0
    renamed: int = 0
    outcomes: tuple[Outcome, ...] = ()
    hits: tuple[str, ...] = ()
    gapped: bool = False
