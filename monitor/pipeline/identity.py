"""By what entries are recognised: what is an edit of one, and what another article. Pure."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

from monitor.stories.words import stems
from monitor.text.normalize import title_form

if TYPE_CHECKING:
    from monitor.model import Article, Scan
    from monitor.store.ledger import Known

_COMPARED = 1_000  # characters of a text
_ALIKE = 0.5  # share of the words of the shorter article that stand in the other


def recognising(article: Article) -> list[bytes]:
    """Return by what an article is recognised, the surest first; its content if nothing else."""
    keys = list(filter(None, (article.id_key, article.link_key)))
    return keys or [article.digest]


def every_key(article: Article) -> list[bytes]:
    """Return every key by which an article is, or for a time could be, recognised."""
    keys = recognising(article)
    if article.content_key:
        keys.append(article.content_key)
    return keys


def keys_of(scan: Scan) -> set[bytes]:
    """Return every key by which an entry of a scan is, or could be, recognised."""
    keys = {key for scanned in scan.scanned for key in every_key(scanned.article)}
    return keys.union(*(unread.keys for unread in scan.unread))


def may_be_renamed(known: Known, scan: Scan, feed_id: int) -> bool:
    """Whether an entry of a scan has the words of one that its feed had, under other keys."""

    def holds(key: bytes | None) -> bool:
        return feed_id in known.identities.get(key or b"", ())

    articles = (scanned.article for scanned in scan.scanned)
    same_words = (article for article in articles if holds(article.content_key))
    return any(not all(map(holds, recognising(article))) for article in same_words)


class Words(Enum):
    """How the words of two articles compare; unknown where one of them is not kept."""

    ALIKE = "alike"
    DIFFERENT = "different"
    UNKNOWN = "unknown"


class Resemblance(NamedTuple):
    """What an entry has in common with one that its feed had before.

    `same` is the number of its keys (id, link) that recognise the earlier entry, `other` the number
    of those that do not: they are new, or recognise another entry.
    """

    same: int
    other: int
    words: Words


def is_same_entry(found: Resemblance) -> bool:
    """Whether an entry is an earlier one, edited or not; otherwise it is another article.

    Feeds reuse ids (1, 2, 3 by place in the document) and links (one page for all alerts), and
    feeds change the ids and links of what they served before. So one key alone says too little.

    ======================================  =========  ===============
    keys of the entry                       words      it is
    ======================================  =========  ===============
    id and link are those of the earlier    any        the same
    one is, the other is not                alike      the same
    one is, the other is not                different  another article
    one is, the other is not                unknown    another article
    the only key that it has is             alike      the same
    the only key that it has is             different  another article
    the only key that it has is             unknown    the same
    none is                                 alike      the same
    none is                                 different  another article
    none is                                 unknown    another article
    ======================================  =========  ===============

    Whether words alone may recognise an entry also depends on time, and on whether the earlier
    entry stands beside this one: see `Draft.find_renamed`.
    """
    if found.words is Words.ALIKE:
        return True
    has_one_key = found.same == 1 and not found.other
    return found.same > 1 or (has_one_key and found.words is Words.UNKNOWN)


def compared(one: tuple[str, str], other: tuple[str, str]) -> Words:
    """Compare the words of two articles, each as (title, text).

    Alike are those that share half of the words of the shorter one. An edit adds words and changes
    some; a headline that is used for different events is a few words among many.
    """
    words, others = _words(*one), _words(*other)
    shorter = min(len(words), len(others))
    if not shorter:
        return Words.ALIKE if _form(*one) == _form(*other) else Words.DIFFERENT
    return Words.ALIKE if len(words & others) >= _ALIKE * shorter else Words.DIFFERENT


def _words(title: str, text: str) -> set[str]:
    return set(stems(f"{title}\n{text[:_COMPARED]}"))


def _form(title: str, text: str) -> tuple[str, str]:
    return title_form(title) or title, title_form(text) or text
