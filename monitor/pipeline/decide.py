"""What becomes of each entry that a poll brought, before anything is written. Pure.

    known (read once) ─▶ decide ─▶ an intent for each entry ─▶ batches, written together

An entry is recognised within its feed by its id and its link (see `identity`) or, for a time, by
its words; an article is recognised through other feeds as well. What is decided of one entry is
known to the next, since a document may hold an article twice. Rows get their numbers here, so that
intents name each other's.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, NamedTuple

from monitor.pipeline.identity import (
    Resemblance,
    Words,
    compared,
    every_key,
    is_same_entry,
    recognising,
)
from monitor.pipeline.outcomes import better, outcome_of
from monitor.store.ledger import LedgerEntry, Outcome, StoredArticle, StoredText
from monitor.stories import same_words_since

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from monitor.model import Article, Match, MatchedArticle, Scan, Unread
    from monitor.store.ledger import Known


class TextIntent(NamedTuple):
    """The text of an entry as a version of its article, with its matches.

    `is_new`: the article never had it. `replaces`: readers see it instead of another one from now
    on. `hits` are the topics that the article did not hit before.
    """

    text: StoredText
    matches: tuple[Match, ...]
    hits: tuple[str, ...]
    is_new: bool = True
    replaces: bool = False


@dataclass(frozen=True, slots=True)
class Intent:
    """What becomes of an entry: `before` and afterwards, `entry`, in the ledger.

    `keys` recognise it from now on, and so do those that were `taken` from other entries.
    `renamed`: only its words recognised it.
    """

    entry: LedgerEntry
    before: LedgerEntry | None = None
    keys: tuple[bytes, ...] = ()
    taken: tuple[bytes, ...] = ()
    renamed: bool = False

    @property
    def hits(self) -> tuple[str, ...]:
        """The topics that the entry's article hits now and did not hit before."""
        return ()

    @property
    def is_first(self) -> bool:
        """Whether the entry gets its outcome now: it is new, or became readable."""
        return self.before is None or self.before.outcome is Outcome.UNREAD

    @property
    def is_change(self) -> bool:
        """Whether an entry that stands in the ledger is another one afterwards."""
        return self.before is not None and self.before != self.entry


@dataclass(frozen=True, slots=True)
class UnreadEntry(Intent):
    """An entry from which no article could be made."""


@dataclass(frozen=True, slots=True)
class PrunedEntry(Intent):
    """An entry whose article was pruned, too old to be news: nothing changes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleIntent(Intent):
    """An entry with an article: `article` is what is known of it afterwards.

    `text` is None where its text is not kept. `was_hit`: the article may be in a story already.
    """

    scanned: MatchedArticle
    article: StoredArticle
    text: TextIntent | None
    was_hit: bool = False

    @property
    def hits(self) -> tuple[str, ...]:
        """The topics that the article hits now and did not hit before."""
        return self.text.hits if self.text else ()

    @property
    def is_current(self) -> bool:
        """Whether readers see the text of this entry."""
        return self.article.versions.get(self.scanned.article.digest) == self.article.version_id

    @property
    def concerns_stories(self) -> bool:
        """Whether a story has to be looked at: one begins, goes on, or may have changed."""
        return bool(self.hits) or self.was_hit


@dataclass(frozen=True, slots=True, kw_only=True)
class NewArticle(ArticleIntent):
    """An entry that brings an article which no feed had."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy(ArticleIntent):
    """An entry that is new to its feed; its article is there, through another entry."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit(ArticleIntent):
    """An entry that its feed had before, changed or not."""


def batches(intents: Iterable[Intent]) -> Iterator[tuple[Intent, ...]]:
    """Yield the intents that can be written together, in their order.

    Stories are looked at after each batch. What changes an article that may be in one begins the
    next batch, or the stories of earlier entries would show it too soon.
    """
    batch: list[Intent] = []
    for intent in intents:
        if _was_hit(intent) and any(map(_concerns_stories, batch)):
            yield tuple(batch)
            batch = []
        batch.append(intent)
    if batch:
        yield tuple(batch)


def _was_hit(intent: Intent) -> bool:
    return isinstance(intent, ArticleIntent) and intent.was_hit


def _concerns_stories(intent: Intent) -> bool:
    return isinstance(intent, ArticleIntent) and intent.concerns_stories


class Draft:
    """What is known, and what each entry adds to it: of one poll, then of another feed's."""

    def __init__(self, known: Known) -> None:
        self._identities = {key: dict(feeds) for key, feeds in known.identities.items()}
        self._entries = dict(known.entries)
        self._articles = dict(known.articles)
        self._texts = dict(known.texts)
        self._served = set(known.served)  # entries that stand in this document
        self._article_ids = count(known.next_ids.article)
        self._version_ids = count(known.next_ids.version)
        self._entry_ids = count(known.next_ids.entry)

    def decide(self, scan: Scan, feed_id: int, now: datetime) -> tuple[Intent, ...]:
        """Return what becomes of each entry of a feed, polled at `now`.

        Unread entries that are known are left out.
        """
        self._feed_id, self._now = feed_id, now
        read = [self.enter(scanned) for scanned in scan.scanned]
        unread = [self.enter_unread(each) for each in scan.unread]
        return (*read, *(intent for intent in unread if intent))

    # ── recognising ───────────────────────────────────────────────────────────────────────────

    def find_entry(self, article: Article) -> LedgerEntry | None:
        """Return this feed's entry that the article is, edited or not, by its id and its link.

        Where they recognise two entries, the link counts: ids are more often used again.
        """
        keys = recognising(article)
        held = [entry for key in reversed(keys) if (entry := self._held_by(key))]
        ids = [entry.id for entry in held]
        for entry in held:
            same = ids.count(entry.id)
            words = self._compare(article, entry)
            if is_same_entry(Resemblance(same, len(keys) - same, words)):
                return entry
        return None

    def _compare(self, article: Article, entry: LedgerEntry) -> Words:
        if entry.outcome is Outcome.UNREAD:
            return Words.ALIKE  # nothing was told of it
        holder = self._held_by(article.content_key)
        if holder and holder.id == entry.id:
            return Words.ALIKE
        text = None if entry.article_id is None else self._texts.get(entry.article_id)
        return compared((article.title, article.text), text) if text else Words.UNKNOWN

    def find_renamed(self, article: Article) -> LedgerEntry | None:
        """Return this feed's entry with the article's words, if it is not too old for that.

        What stands beside the article in the document was not renamed.
        """
        entry = self._held_by(article.content_key)
        if entry is None or entry.id in self._served:
            return None
        return entry if entry.first_seen_at >= same_words_since(article.text, self._now) else None

    def find_twin(self, article: Article) -> StoredArticle | None:
        """Return the article that another feed brought with the same link, if any.

        Or with the same words, if a feed of the same publisher did so not too long ago. A link that
        this feed uses for another article is no sign.
        """
        holder = self._held_by(article.link_key)
        is_reused = holder and self._compare(article, holder) is Words.DIFFERENT
        twins = [] if is_reused else self._held_elsewhere(article.link_key)
        if same_words := self._held_elsewhere(article.content_key):
            since = same_words_since(article.text, self._now)
            recent = (entry for entry in same_words if entry.first_seen_at >= since)
            twins += [entry for entry in recent if entry.publisher == article.publisher]
        stored = [(each.id, each.article_id) for each in twins if each.article_id is not None]
        return self._articles[min(stored)[1]] if stored else None

    def _held_by(self, key: bytes | None) -> LedgerEntry | None:
        feeds = self._identities.get(key) if key else None
        entry_id = feeds.get(self._feed_id) if feeds else None
        return None if entry_id is None else self._entries[entry_id]

    def _held_elsewhere(self, key: bytes | None) -> list[LedgerEntry]:
        feeds = self._identities.get(key) if key else None
        others = feeds.items() if feeds else ()
        return [self._entries[entry_id] for feed, entry_id in others if feed != self._feed_id]

    # ── deciding ──────────────────────────────────────────────────────────────────────────────

    def enter(self, scanned: MatchedArticle) -> Intent:
        """Decide what becomes of an entry, whatever is known of it."""
        if self._identities.keys().isdisjoint(every_key(scanned.article)):  # most of a first poll
            return self._add(scanned, None, None, renamed=False)
        entry = self.find_entry(scanned.article)
        renamed = entry is None and (entry := self.find_renamed(scanned.article)) is not None
        if entry is None or entry.outcome is Outcome.UNREAD:
            return self._add(scanned, entry, self.find_twin(scanned.article), renamed=renamed)
        if entry.article_id is None:
            self._served.add(entry.id)
            return PrunedEntry(entry, entry, renamed=renamed)
        return self._edit(scanned, entry, self._articles[entry.article_id], renamed=renamed)

    def enter_unread(self, unread: Unread) -> UnreadEntry | None:
        """Decide what becomes of an entry that could not be read; None if the feed had it."""
        if any(map(self._held_by, unread.keys)):
            return None
        entry = LedgerEntry(
            next(self._entry_ids), self._feed_id, None, "", Outcome.UNREAD, self._now, unread.reason
        )
        self._learn(entry, unread.keys)
        return UnreadEntry(entry, keys=unread.keys)

    def _add(
        self,
        scanned: MatchedArticle,
        unread: LedgerEntry | None,
        twin: StoredArticle | None,
        *,
        renamed: bool,
    ) -> ArticleIntent:
        """Decide on an entry that its feed brings, or that can be read, for the first time."""
        article = twin or StoredArticle(next(self._article_ids))
        text = self._match(article, scanned, is_main=not twin)
        entry = LedgerEntry(
            unread.id if unread else next(self._entry_ids),
            self._feed_id,
            article.id,
            scanned.article.publisher,
            outcome_of(scanned.matches, text.hits if text else (), duplicate=bool(twin)),
            unread.first_seen_at if unread else self._now,
            scanned.article.date_doubt,
        )
        known = _Before(article, unread, renamed)
        return self._intend(Copy if twin else NewArticle, entry, known, scanned, text)

    def _edit(
        self, scanned: MatchedArticle, entry: LedgerEntry, article: StoredArticle, *, renamed: bool
    ) -> ArticleIntent:
        """Decide on an entry that is known: its text may have changed, and what it matches."""
        duplicate = entry.outcome is Outcome.DUPLICATE
        text = self._match(article, scanned, is_main=not duplicate)
        outcome = outcome_of(scanned.matches, text.hits if text else (), duplicate=duplicate)
        changed = entry._replace(outcome=better(outcome, entry.outcome))
        return self._intend(Edit, changed, _Before(article, entry, renamed), scanned, text)

    def _match(
        self, article: StoredArticle, scanned: MatchedArticle, *, is_main: bool
    ) -> TextIntent | None:
        """Return what becomes of a text and its matches.

        A duplicate's text (`is_main` is false) is kept only if it hits what the article did not.
        """
        version_id = article.versions.get(scanned.article.digest)
        is_new, matches = version_id is None, scanned.matches
        if is_new and not is_main:
            matches = tuple(m for m in matches if m.is_hit and m.topic not in article.topics)
            if not matches:
                return None
        version_id = version_id or next(self._version_ids)
        text = StoredText(version_id, article.id, scanned.article, self._now)
        hits: tuple[str, ...] = ()
        if matches:
            hits = tuple(m.topic for m in matches if m.is_hit and m.topic not in article.topics)
        replaces = is_main and article.version_id not in {None, text.id}
        return TextIntent(text, matches, hits, is_new, replaces)

    # ── what the next entry has to know ───────────────────────────────────────────────────────

    def _intend(
        self,
        kind: type[ArticleIntent],
        entry: LedgerEntry,
        before: _Before,
        scanned: MatchedArticle,
        text: TextIntent | None,
    ) -> ArticleIntent:
        """Return what was decided, and remember it for the entries that follow."""
        keys, taken = self._new_keys(scanned.article, entry)
        article = self._articles[before.article.id] = _with(before.article, text)
        if text and article.version_id == text.text.id:
            self._texts[article.id] = (scanned.article.title, scanned.article.text)
        self._served.add(entry.id)
        self._learn(entry, (*keys, *taken))
        return kind(
            entry,
            before.entry,
            keys,
            taken,
            before.renamed,
            scanned=scanned,
            article=article,
            text=text,
            was_hit=before.article.story is not None or bool(before.article.topics),
        )

    def _new_keys(
        self, article: Article, entry: LedgerEntry
    ) -> tuple[tuple[bytes, ...], tuple[bytes, ...]]:
        """Return the keys that get to recognise an entry: new ones, and those of other entries.

        A key recognises the newest entry that has it.
        """
        keys = every_key(article)
        if self._identities.keys().isdisjoint(keys):
            return tuple(keys), ()
        holders = [(key, self._held_by(key)) for key in keys]
        new = tuple(key for key, holder in holders if holder is None)
        taken = tuple(key for key, holder in holders if holder and holder.id != entry.id)
        return new, taken

    def _learn(self, entry: LedgerEntry, keys: Iterable[bytes]) -> None:
        self._entries[entry.id] = entry
        for key in keys:
            self._identities.setdefault(key, {})[self._feed_id] = entry.id


class _Before(NamedTuple):
    """What was known before an entry came: its article, and how it stood in the ledger."""

    article: StoredArticle
    entry: LedgerEntry | None
    renamed: bool


def _with(article: StoredArticle, text: TextIntent | None) -> StoredArticle:
    """Return an article as it is once it has a text."""
    if text is None or not (text.is_new or text.replaces or text.hits):
        return article
    keeps = article.version_id is not None and not text.replaces
    this = {text.text.article.digest: text.text.id}
    return StoredArticle(
        article.id,
        article.version_id if keeps else text.text.id,
        {**article.versions, **this} if article.versions else this,
        article.topics.union(text.hits) if text.hits else article.topics,
        article.story,
    )
