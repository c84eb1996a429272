"""Articles, their texts, the ledger of entries, and matches."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import astuple, dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from monitor.model import Article, Match, Outcome, Unread
from monitor.store.fulltext import split
from monitor.store.tables.base import Table
from monitor.store.times import seconds

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from sqlite_utils import Database


# Articles that were seen long ago; those with a match are kept longer, and one whose alert is still
# to be sent stays.
OLD_ARTICLES = """
FROM articles a WHERE a.seen_at < :all
AND a.seen_at < iif(EXISTS (SELECT 1 FROM matches WHERE article_id = a.id), :hits, :all)
AND NOT EXISTS (SELECT 1 FROM alerts WHERE article_id = a.id AND due_at IS NOT NULL)
"""


_ASKED = 500  # keys in one question; SQLite takes some tens of thousands
_INDEX = "INSERT INTO versions_fts (rowid, title, text) VALUES (?, ?, ?)"
IDENTIFY = "INSERT OR IGNORE INTO identities (key, feed_id, entry_id) VALUES (?, ?, ?)"
MATCH = """
INSERT INTO matches
    (article_id, version_id, topic, topic_digest, reason, score, evidence, seen_at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (article_id, topic) DO UPDATE SET
    version_id = excluded.version_id, topic_digest = excluded.topic_digest, reason = '',
    score = excluded.score, evidence = excluded.evidence, seen_at = excluded.seen_at
WHERE matches.reason <> '' AND excluded.reason = ''
"""


@dataclass(frozen=True, slots=True)
class KnownEntry:
    """An entry that its feed brought before; `article_id` is None once its article is pruned.

    `renamed` says that neither id nor link recognised it, only what it says.
    """

    id: int
    article_id: int | None
    outcome: Outcome
    renamed: bool = False


class ArticleTable(Table):
    """The part of a transaction that concerns articles.

    `unindexed` are texts (version id, title, text) for `index_texts`, at the end of a transaction:
    at each savepoint the index writes what it has, and small pieces are dear to merge.
    """

    def __init__(self, db: Database) -> None:
        super().__init__(db)
        self.unindexed: list[tuple[int, str, str]] = []

    def index_texts(self) -> None:
        """Let the texts that were added be found."""
        rows = [(row_id, split(title), split(text)) for row_id, title, text in self.unindexed]
        self.db.conn.executemany(_INDEX, rows)
        self.unindexed.clear()

    def find_entry(
        self, feed_id: int, article: Article, since: datetime | None = None
    ) -> KnownEntry | None:
        """Return this feed's entry with the article's id, or else its link, if any.

        Or else with its title and text, if that was first seen after `since`.
        """
        for key in _keys(article):
            row = self.db.execute(
                "SELECT e.id, e.article_id, e.outcome FROM identities i"
                " JOIN entries e ON e.id = i.entry_id WHERE i.key = ? AND i.feed_id = ?",
                (key, feed_id),
            ).fetchone()
            if row:
                return KnownEntry(row[0], row[1], Outcome(row[2]))
        if article.content_key is None or since is None:
            return None
        row = self.db.execute(
            "SELECT e.id, e.article_id, e.outcome FROM identities i"
            " JOIN entries e ON e.id = i.entry_id"
            " WHERE i.key = ? AND i.feed_id = ? AND e.first_seen_at >= ?",
            (article.content_key, feed_id, seconds(since)),
        ).fetchone()
        return KnownEntry(row[0], row[1], Outcome(row[2]), renamed=True) if row else None

    def find_twin(self, article: Article, since: datetime) -> int | None:
        """Return the id of the article that another feed brought with the same link, if any.

        Or that another feed of the same publisher brought with the same words after `since`.
        """
        row = self.db.execute(
            "SELECT e.article_id FROM identities i JOIN entries e ON e.id = i.entry_id"
            " WHERE e.article_id IS NOT NULL AND (i.key = :link OR (i.key = :content"
            " AND e.publisher = :publisher AND e.first_seen_at >= :since))"
            " ORDER BY e.id LIMIT 1",
            {
                "link": article.link_key,
                "content": article.content_key,
                "publisher": article.publisher,
                "since": seconds(since),
            },
        ).fetchone()
        return row[0] if row else None

    def add_article(self, feed_id: int, article: Article, now: datetime) -> int:
        """Store a new article with its first text; a date in the future becomes `now`."""
        article_id = self._insert(
            "INSERT INTO articles"
            " (feed_id, link, publisher, lang, published_at, seen_at, title_key)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            *article_row(feed_id, article, now),
        )
        self.add_version(article_id, article, now)
        return article_id

    def add_version(
        self, article_id: int, article: Article, now: datetime, *, current: bool = True
    ) -> int:
        """Store a text of an article; `current` makes it the one that readers see."""
        version_id = self._insert(
            "INSERT INTO versions (article_id, title, text, digest, seen_at)"
            " VALUES (?, ?, ?, ?, ?)",
            article_id,
            article.title,
            article.text,
            article.digest,
            seconds(now),
        )
        self.unindexed.append((version_id, article.title, article.text))
        if current:
            self.show_version(article_id, version_id, article.title_key)
        return version_id

    def version_of(self, article_id: int, digest: bytes) -> int | None:
        """Return the version of an article that has this text, if it ever had it."""
        row = self.db.execute(
            "SELECT id FROM versions WHERE article_id = ? AND digest = ?", (article_id, digest)
        ).fetchone()
        return row[0] if row else None

    def is_current_version(self, article_id: int, digest: bytes) -> bool:
        """Whether this text is the one that readers of an article see now."""
        row = self.db.execute(
            "SELECT 1 FROM articles a JOIN versions v ON v.id = a.version_id"
            " WHERE a.id = ? AND v.digest = ?",
            (article_id, digest),
        ).fetchone()
        return row is not None

    def add_entry(
        self,
        feed_id: int,
        article_id: int | None,
        article: Article,
        outcome: Outcome,
        now: datetime,
    ) -> int:
        """Enter a distinct entry of a feed into the ledger."""
        entry_id = self._insert(
            "INSERT INTO entries (feed_id, article_id, publisher, outcome, first_seen_at)"
            " VALUES (?, ?, ?, ?, ?)",
            feed_id,
            article_id,
            article.publisher,
            outcome,
            seconds(now),
        )
        self.identify(feed_id, entry_id, article)
        return entry_id

    def identify(self, feed_id: int, entry_id: int, article: Article) -> None:
        """Remember by what the entry is recognised; a key that another entry holds stays there."""
        self.db.conn.executemany(IDENTIFY, [(key, feed_id, entry_id) for key in _keys(article)])
        if article.content_key:  # the newest entry with these words is the one they recognise
            self.db.execute(
                "INSERT OR REPLACE INTO identities (key, feed_id, entry_id) VALUES (?, ?, ?)",
                (article.content_key, feed_id, entry_id),
            )

    def add_unread(self, feed_id: int, unread: Iterable[Unread], now: datetime) -> int:
        """Enter entries that could not be read into the ledger, each once; return how many."""
        added = 0
        for entry in unread:
            marks = ", ".join("?" * len(entry.keys))
            known = self.db.execute(
                f"SELECT 1 FROM identities WHERE key IN ({marks}) AND feed_id = ?",
                (*entry.keys, feed_id),
            ).fetchone()
            if known:
                continue
            entry_id = self._insert(
                "INSERT INTO entries (feed_id, publisher, outcome, reason, first_seen_at)"
                " VALUES (?, '', ?, ?, ?)",
                feed_id,
                Outcome.UNREAD,
                entry.reason,
                seconds(now),
            )
            self.db.conn.executemany(
                "INSERT INTO identities (key, feed_id, entry_id) VALUES (?, ?, ?)",
                [(key, feed_id, entry_id) for key in entry.keys],
            )
            added += 1
        return added

    def make_read(self, entry_id: int, article_id: int, publisher: str) -> None:
        """Lead an entry that could not be read to the article that it has become."""
        self.db.execute(
            "UPDATE entries SET article_id = ?, publisher = ?, reason = '' WHERE id = ?",
            (article_id, publisher, entry_id),
        )

    def show_version(self, article_id: int, version_id: int, title_key: bytes) -> None:
        """Make a text of an article the one that readers see."""
        self.db.execute(
            "UPDATE articles SET version_id = ?, title_key = ? WHERE id = ?",
            (version_id, title_key, article_id),
        )

    def set_outcome(self, entry_id: int, outcome: Outcome) -> None:
        """Change an entry's outcome: its text changed, and with it what it matches."""
        self.db.execute("UPDATE entries SET outcome = ? WHERE id = ?", (outcome, entry_id))

    def hit_topics(self, article_id: int) -> frozenset[str]:
        """Return the ids of the topics that an article hits already."""
        rows = self.db.execute(
            "SELECT topic FROM matches WHERE article_id = ? AND reason = ''", (article_id,)
        )
        return frozenset(row[0] for row in rows)

    def add_matches(
        self, article_id: int, version_id: int, matches: Sequence[Match], now: datetime
    ) -> list[str]:
        """Store matches; return the ids of the topics that the article did not hit before.

        A hit replaces a near miss of the same topic; otherwise the first one stays.
        """
        before = self.hit_topics(article_id)
        self.db.conn.executemany(
            MATCH,
            [match_row(article_id, version_id, match, now) for match in matches],
        )
        return [m.topic for m in matches if m.is_hit and m.topic not in before]

    def note_matches(self, matched: Iterable[tuple[int, Sequence[Match]]], now: datetime) -> int:
        """Store matches of stored articles (by id) without alerting; return the new hits.

        Their entries' outcomes follow; an article that was pruned meanwhile is left out.
        """
        noted = 0
        for article_id, matches in matched:
            row = self.db.execute(
                "SELECT version_id FROM articles WHERE id = ?", (article_id,)
            ).fetchone()
            if row is None:
                continue
            noted += len(self.add_matches(article_id, row[0], matches, now))
            outcome = Outcome.HIT if any(m.is_hit for m in matches) else Outcome.NEAR_MISS
            worse = (Outcome.NO_MATCH, Outcome.NEAR_MISS)[: 2 if outcome is Outcome.HIT else 1]
            marks = ", ".join("?" * len(worse))
            self.db.execute(
                f"UPDATE entries SET outcome = ? WHERE article_id = ? AND outcome IN ({marks})",
                (outcome, article_id, *worse),
            )
        return noted

    def prune(
        self, articles_before: datetime, hits_before: datetime, at_most: int | None = None
    ) -> int:
        """Delete old articles, the oldest first: those without a match earlier than those with one.

        The ledger keeps its counts and identities, so that an entry which is still served is not
        taken for a new one; an article whose alert is still to be sent stays.
        """
        self.index_texts()  # what is deleted has to be there
        times = {"all": seconds(articles_before), "hits": seconds(hits_before)}
        limit = -1 if at_most is None else at_most
        rows = self.db.execute(
            f"SELECT a.id {OLD_ARTICLES} ORDER BY a.seen_at, a.id LIMIT :limit",
            times | {"limit": limit},
        )
        old = {"old": json.dumps([row[0] for row in rows])}
        texts = self.db.execute(
            "SELECT id, title, text FROM versions"
            " WHERE article_id IN (SELECT value FROM json_each(:old))",
            old,
        ).fetchall()
        self.db.conn.executemany(  # an index without content wants the old words to forget them
            "INSERT INTO versions_fts (versions_fts, rowid, title, text)"
            " VALUES ('delete', ?, ?, ?)",
            [(row[0], split(row[1]), split(row[2])) for row in texts],
        )
        self.db.execute(  # what has lost its text cannot be edited
            "DELETE FROM edits WHERE alert_id IN (SELECT id FROM alerts"
            " WHERE article_id IN (SELECT value FROM json_each(:old)))",
            old,
        )
        deleted = self.db.execute(
            "DELETE FROM articles WHERE id IN (SELECT value FROM json_each(:old))", old
        )
        return int(deleted.rowcount)

    def _insert(self, sql: str, *values: Any) -> int:
        row_id = self.db.execute(sql, values).lastrowid
        assert row_id is not None  # noqa: S101 - an INSERT that succeeded has one
        return row_id

    # ── many at a time ──

    def which_are_new(self, articles: Sequence[Article]) -> list[bool]:
        """Tell which articles nothing recognises: no entry of any feed has one of their keys.

        Nor does another of them. For these `find_entry` and `find_twin` have nothing to find.
        """
        keys = [all_keys(article) for article in articles]
        counts = Counter(key for each in keys for key in each)
        heard = {key for key, count in counts.items() if count > 1}
        asked = iter(counts)
        while some := tuple(islice(asked, _ASKED)):
            marks = ", ".join("?" * len(some))
            rows = self.db.execute(f"SELECT key FROM identities WHERE key IN ({marks})", some)
            heard.update(row[0] for row in rows)
        return [heard.isdisjoint(each) for each in keys]

    def insert_new(
        self,
        feed_id: int,
        fresh: Sequence[tuple[Article, Sequence[Match], Outcome]],
        now: datetime,
    ) -> list[int]:
        """Store new articles with their texts, entries and matches; return their ids.

        What `add_article`, `add_entry` and `add_matches` do one by one, for many at once, as long
        as they are `are_new`.
        """
        first, version, entry = (
            self.db.execute(f"SELECT coalesce(max(id), 0) + 1 FROM {table}").fetchone()[0]
            for table in ("articles", "versions", "entries")
        )
        articles = [article for article, _, _ in fresh]
        self._insert_articles(feed_id, articles, first, version, now)
        self._insert_versions(articles, first, version, now)
        self._insert_entries(feed_id, fresh, first, entry, now)
        self.db.conn.executemany(
            MATCH,
            [
                match_row(first + n, version + n, match, now)
                for n, (_, matches, _) in enumerate(fresh)
                for match in matches
            ],
        )
        return [first + n for n in range(len(fresh))]

    def _insert_articles(
        self, feed_id: int, articles: Sequence[Article], first: int, version: int, now: datetime
    ) -> None:
        self.db.conn.executemany(
            "INSERT INTO articles (id, version_id, feed_id, link, publisher, lang, published_at,"
            " seen_at, title_key) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (first + n, version + n, *article_row(feed_id, article, now))
                for n, article in enumerate(articles)
            ],
        )

    def _insert_versions(
        self, articles: Sequence[Article], first: int, version: int, now: datetime
    ) -> None:
        self.db.conn.executemany(
            "INSERT INTO versions (id, article_id, title, text, digest, seen_at)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            [
                (version + n, first + n, article.title, article.text, article.digest, seconds(now))
                for n, article in enumerate(articles)
            ],
        )
        self.unindexed += [
            (version + n, article.title, article.text) for n, article in enumerate(articles)
        ]

    def _insert_entries(
        self,
        feed_id: int,
        fresh: Sequence[tuple[Article, Sequence[Match], Outcome]],
        first: int,
        entry: int,
        now: datetime,
    ) -> None:
        self.db.conn.executemany(
            "INSERT INTO entries (id, feed_id, article_id, publisher, outcome, first_seen_at)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            [
                (entry + n, feed_id, first + n, article.publisher, outcome, seconds(now))
                for n, (article, _, outcome) in enumerate(fresh)
            ],
        )
        self.db.conn.executemany(
            IDENTIFY,
            sorted(
                (key, feed_id, entry + n)
                for n, (article, _, _) in enumerate(fresh)
                for key in all_keys(article)
            ),
        )


def _keys(article: Article) -> list[bytes]:
    """Return by what an article is recognised, the surest first; its content if nothing else."""
    keys = [key for key in (article.id_key, article.link_key) if key]
    return keys or [article.digest]


def all_keys(article: Article) -> set[bytes]:
    """Return everything by which an entry is, or could be, recognised."""
    return {*_keys(article), *filter(None, (article.content_key,))}


def article_row(feed_id: int, article: Article, now: datetime) -> tuple[Any, ...]:
    """Return what is stored of an article; a date in the future becomes `now`."""
    published = article.published_at and min(article.published_at, now)
    return (
        feed_id,
        article.link,
        article.publisher,
        article.lang,
        published and seconds(published),
        seconds(now),
        article.title_key,
    )


def match_row(article_id: int, version_id: int, match: Match, now: datetime) -> tuple[Any, ...]:
    """Return what is stored of a match."""
    evidence = json.dumps([astuple(each) for each in match.evidence], ensure_ascii=False)
    return (
        article_id,
        version_id,
        match.topic,
        match.digest,
        match.reason,
        match.score,
        evidence,
        seconds(now),
    )
