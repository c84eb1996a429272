"""Topics, articles, their matches, and the scanned document."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from monitor.model.alert import Mode, Severity
from monitor.model.feed import NO_POLLING_HINTS, PollingHints

if TYPE_CHECKING:
    from datetime import datetime

    from monitor.model.figure import FieldName
    from monitor.model.story import StoryFeatures
    from monitor.model.tlp import Tlp
    from monitor.model.websub import Hub


@dataclass(frozen=True, slots=True)
class Topic:
    """A watch topic: an expression to `match`, or one of `any`, all of `all` and none of `none`.

    A group of `all` is met by any of its terms; an empty `any` is always met. A hit has a score of
    at least `threshold`. An article with the `anchor` (an expression) alone is a near miss. A hit
    on an article older than `max_age` seconds is stored, but not alerted.

    The other fields are for alerts. Routes select topics by `labels`; `digest` has cron expressions
    in place of the usual ones. Two messages of a story are at least `cooldown` seconds apart, big
    news excepted; a story that goes on is sent again after `repeat_interval` seconds, 0 for never.
    `keep` says what is kept of the page of a hit: `off`, `text` or `page`.
    `tlp` says how far they may be shared.
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
    keep: str = "off"
    tlp: Tlp | None = None


@dataclass(frozen=True, slots=True)
class Article:
    """An entry of a feed as text: no markup, no control characters, NFC.

    `id` is the feed's own, or empty; `link` is the feed's, made absolute. The keys are digests that
    identify the article: `id_key` within its feed, `link_key` in all feeds, `content_key` (title
    and text as words) for a time, `title_key` among the headlines of stories; None without a value
    of its own in the document. `digest` covers title and text, so that a changed date alone does
    not change it. `date_doubt` says why the date is doubted, "" for no doubt. `severity` is
    `minor` to `extreme` and `point` (degrees north, degrees east) where the event is: both only
    where the feed says it apart from the text.
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
    date_doubt: str = ""
    severity: str = ""
    point: tuple[float, float] | None = None

    def __reduce__(self) -> tuple[type[Article], tuple[Any, ...]]:
        """Travel between processes as the values alone: a dataclass costs twice that."""
        return Article, _values_of_article(self)


_values_of_article = attrgetter(*(each.name for each in fields(Article)))


@dataclass(frozen=True, slots=True)
class Evidence:
    """The words that a `term` or a term set matched: `text[start:end]` of the article's `field`.

    The sentence around the words is `text[sentence_start:sentence_end]`.
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

    `digest` is the version of the topic. `score`, from 0 to 1, is how much the article is about
    the topic, see `matching.evaluate`.
    """

    topic: str
    digest: str
    evidence: tuple[Evidence, ...]
    reason: str = ""
    score: float = 1.0

    @property
    def is_hit(self) -> bool:
        """Whether the match is a hit; otherwise it is a near miss."""
        return not self.reason


@dataclass(frozen=True, slots=True)
class MatchedArticle:
    """An article that is new since the last poll of its feed, with its matches.

    `story_features` are those of an article with a hit, else None.
    """

    article: Article
    matches: tuple[Match, ...] = ()
    story_features: StoryFeatures | None = None

    def __reduce__(self) -> tuple[type[MatchedArticle], tuple[Any, ...]]:
        """Travel between processes as the values alone, as an article does."""
        return MatchedArticle, _values_of_matched(self)


_values_of_matched = attrgetter(*(each.name for each in fields(MatchedArticle)))


@dataclass(frozen=True, slots=True)
class Unread:
    """An entry that gave no article, with the reason; `keys` identify it as those of an article."""

    keys: tuple[bytes, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Scan:
    """A parsed feed: `known` are the digests of all entries, `scanned` are the new articles.

    The articles have no matches as `parse` returns them, and theirs as `scan` does: the small
    result of a worker. Of a document with many hits the articles that are `left` wait to be
    matched. `hub` is the one that the document names. `cut_off`: the document ended early.
    `served` are the keys of all entries, known or new. An index has no entries: those of the
    documents to `follow`, by their addresses, are its own.
    """

    title: str
    lang: str
    known: frozenset[bytes]
    scanned: tuple[MatchedArticle, ...]
    unread: tuple[Unread, ...]
    polling_hints: PollingHints = NO_POLLING_HINTS
    hub: Hub | None = None
    cut_off: bool = False
    served: frozenset[bytes] = frozenset()
    left: tuple[Article, ...] = ()
    follow: tuple[str, ...] = ()

    @property
    def articles(self) -> tuple[Article, ...]:
        """The new articles without their matches."""
        return tuple(each.article for each in self.scanned)

    def joined(self, part: Scan) -> Scan:
        """Return the scan of an index together with that of a document which it names."""
        return replace(
            self,
            lang=self.lang or part.lang,
            known=self.known | part.known,
            scanned=(*self.scanned, *part.scanned),
            unread=(*self.unread, *part.unread),
            cut_off=self.cut_off or part.cut_off,
            served=self.served | part.served,
            left=(*self.left, *part.left),
        )
