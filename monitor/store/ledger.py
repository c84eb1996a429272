"""The ledger of entries and the articles behind it, as a poll finds them and is to leave them.

`Known` is everything that the database holds of the entries which a poll brought. Decisions are
taken on it alone, and give rows their numbers: `next_ids` are free while the transaction lasts.
What a poll makes by the hundred is a tuple, which takes a third of the time.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from monitor.model import Article


class Outcome(StrEnum):
    """The outcome of an entry in the ledger: every entry of a feed has exactly one."""

    HIT = "hit"
    NEAR_MISS = "near-miss"
    NO_MATCH = "no-match"
    DUPLICATE = "duplicate"
    UNREAD = "unread"


class LedgerEntry(NamedTuple):
    """A distinct entry of a feed; `article_id` is None while it is unread, and once it is pruned.

    `reason` says why it could not be read, or why its date is doubted.
    """

    id: int
    feed_id: int
    article_id: int | None
    publisher: str
    outcome: Outcome
    first_seen_at: datetime
    reason: str = ""


class StoredArticle(NamedTuple):
    """What is known of an article: its texts by digest, and `version_id`, which readers see.

    A new one has none before its first text. `topics` are those that it hits; `story` is the one
    that it is part of.
    """

    id: int
    version_id: int | None = None
    versions: Mapping[bytes, int] = MappingProxyType({})
    topics: frozenset[str] = frozenset()
    story: int | None = None


class StoredText(NamedTuple):
    """A text of an article under the number of its row; `seen_at` is when a poll brought it."""

    id: int
    article_id: int
    article: Article
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class NextIds:
    """The numbers that the next rows get."""

    article: int = 1
    version: int = 1
    entry: int = 1


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of the entries that a poll brought, of this feed and of others.

    `identities` leads from a key to the entry that it recognises, by feed. `texts` are the title
    and the text of articles as readers see them. `served` are the entries of this feed (ids) that
    stand in the document, as far as that matters.
    """

    next_ids: NextIds = NextIds()
    identities: Mapping[bytes, Mapping[int, int]] = field(default_factory=dict)
    entries: Mapping[int, LedgerEntry] = field(default_factory=dict)
    articles: Mapping[int, StoredArticle] = field(default_factory=dict)
    texts: Mapping[int, tuple[str, str]] = field(default_factory=dict)
    served: frozenset[int] = frozenset()
