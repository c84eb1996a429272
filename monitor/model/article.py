"""Articles, what they match, and their outcome in the ledger."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from monitor.model.alert import Mode, Severity
from monitor.model.feed import NO_POLLING_HINTS, PollingHints

if TYPE_CHECKING:
    from datetime import datetime

    from monitor.model.kinds import FieldName
    from monitor.model.story import StoryFeatures
    from monitor.model.websub import Hub


@dataclass(frozen=True, slots=True)
class Topic:
    """A watch topic: an expression to `match`, or one of `any`, all of `all` and none of `none`.

    A group of `all` is met by any of its terms. An empty `any` asks for nothing. A hit has a score
    of at least `threshold`; what holds the `anchor` (an expression) only is a near miss. `max_age`
    is in seconds: an older article is stored as a hit but not alerted.

    The rest says how it is told: `labels` are what routes go by, `digest` has cron expressions in
    place of the usual ones. Between two messages of a story there are at least `cooldown` seconds,
    but for big news; one that goes on is told again after `repeat_interval` seconds, 0 for never.
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
    severity: Severity = Severity.WARNING
    labels: tuple[str, ...] = ()
    mode: Mode = Mode.NOW
    digest: tuple[str, ...] = ()
    cooldown: float = 600.0
    repeat_interval: float = 86_400.0


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
class MatchedArticle:
    """An article that the last poll of its feed did not hold, and what it matches.

    `story_features` is what one with a hit is recognised by.
    """

    article: Article
    matches: tuple[Match, ...] = ()
    story_features: StoryFeatures | None = None


@dataclass(frozen=True, slots=True)
class Unread:
    """An entry from which no article could be made, and why; `keys` recognise it again."""

    keys: tuple[bytes, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Document:
    """A parsed feed: `known` are the digests of all its entries, `articles` only the new ones.

    `entry_fingerprints` let the next parse leave out what has not changed (see `separate`). `hub`
    is the one that it names.
    """

    title: str
    lang: str
    known: frozenset[bytes]
    articles: tuple[Article, ...]
    unread: tuple[Unread, ...]
    polling_hints: PollingHints = NO_POLLING_HINTS
    entry_fingerprints: bytes = b""
    hub: Hub | None = None


@dataclass(frozen=True, slots=True)
class Scan:
    """What a worker sends back: small, since entries of the last poll are left out."""

    title: str
    lang: str
    known: frozenset[bytes]
    scanned: tuple[MatchedArticle, ...]
    unread: tuple[Unread, ...]
    polling_hints: PollingHints = NO_POLLING_HINTS
    entry_fingerprints: bytes = b""
    hub: Hub | None = None
