"""Articles, their texts, the ledger of entries, and matches.

What a poll brought is looked up with a few questions (`known`) and written a table at a time: rows
come with the numbers that were decided for them, one of them like hundreds.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any

from monitor.store.fulltext import split
from monitor.store.ledger import Known, LedgerEntry, NextIds, Outcome, StoredArticle
from monitor.store.tables.base import Table
from monitor.store.times import moment, seconds

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from sqlite_utils import Database

    from monitor.model import Article, Evidence, Match
    from monitor.store.ledger import StoredText


# Articles that were seen long ago; those with a match are kept longer, and one whose alert is still
# to be sent stays.
OLD_ARTICLES = """
FROM articles a WHERE a.seen_at < :all
AND a.seen_at < iif(EXISTS (SELECT 1 FROM matches WHERE article_id = a.id), :hits, :all)
AND NOT EXISTS (SELECT 1 FROM alerts WHERE article_id = a.id AND due_at IS NOT NULL)
"""


_INDEX = "INSERT INTO versions_fts (rowid, title, text) VALUES (?, ?, ?)"
_HELD = "SELECT key, feed_id, entry_id FROM identities WHERE key IN ({})"
_ENTRIES = """
SELECT id, feed_id, article_id, publisher, outcome, first_seen_at, reason
FROM entries WHERE id IN ({})
"""
_ARTICLES = "SELECT id, version_id, story_id FROM articles WHERE id IN ({})"
_TEXTS = """
SELECT a.id, v.title, substr(v.text, 1, 1000) FROM articles a JOIN versions v ON v.id = a.version_id
WHERE a.id IN ({})
"""
_VERSIONS = "SELECT article_id, id, digest FROM versions WHERE article_id IN ({})"
_HIT_TOPICS = "SELECT article_id, topic FROM matches WHERE reason = '' AND article_id IN ({})"
# New entries of a feed, seen at one time; those of its first poll are no news.
_COUNT_NEWS = """
INSERT INTO news_days
SELECT id, cast(:at / 86400 AS INTEGER), :entries, :at FROM feeds
WHERE id = :feed AND first_polled_at < :at
ON CONFLICT DO UPDATE SET
    entries = entries + excluded.entries, last_at = max(last_at, excluded.last_at)
"""
_BETTER = """
UPDATE entries SET outcome = :outcome WHERE article_id = :article
AND (outcome = 'no-match' OR (outcome = 'near-miss' AND :outcome = 'hit'))
"""
_MATCH = """
INSERT INTO matches
    (article_id, version_id, topic, topic_digest, reason, score, evidence, seen_at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (article_id, topic) DO UPDATE SET
    version_id = excluded.version_id, topic_digest = excluded.topic_digest, reason = '',
    score = excluded.score, evidence = excluded.evidence, seen_at = excluded.seen_at
WHERE matches.reason <> '' AND excluded.reason = ''
"""


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

    # ── what is known ─────────────────────────────────────────────────────────────────────────

    def known(self, keys: Iterable[bytes]) -> Known:
        """Return the entries that these keys recognise, in all feeds, with their articles."""
        identities: defaultdict[bytes, dict[int, int]] = defaultdict(dict)
        entry_ids: set[int] = set()
        for key, feed_id, entry_id in self.among(_HELD, sorted(keys)):
            identities[key][feed_id] = entry_id
            entry_ids.add(entry_id)
        entries = {row[0]: _entry(row) for row in self.among(_ENTRIES, sorted(entry_ids))}
        held = {entry.article_id for entry in entries.values() if entry.article_id is not None}
        articles = self._stored(sorted(held))
        texts = {id_: (title, text) for id_, title, text in self.among(_TEXTS, sorted(held))}
        return Known(self._next_ids(), dict(identities), entries, articles, texts)

    def held_by(self, feed_id: int, keys: Iterable[bytes]) -> frozenset[int]:
        """Return the entries of a feed (ids) that these keys recognise."""
        rows = self.among(_HELD, sorted(keys))
        return frozenset(entry_id for _, holder, entry_id in rows if holder == feed_id)

    def _stored(self, article_ids: Sequence[int]) -> dict[int, StoredArticle]:
        versions: defaultdict[int, dict[bytes, int]] = defaultdict(dict)
        for article_id, version_id, digest in self.among(_VERSIONS, article_ids):
            versions[article_id][digest] = version_id
        topics: defaultdict[int, set[str]] = defaultdict(set)
        for article_id, topic in self.among(_HIT_TOPICS, article_ids):
            topics[article_id].add(topic)
        return {
            id_: StoredArticle(id_, version_id, versions[id_], frozenset(topics[id_]), story)
            for id_, version_id, story in self.among(_ARTICLES, article_ids)
        }

    def _next_ids(self) -> NextIds:
        tables = ("articles", "versions", "entries")
        rows = (self.db.execute(f"SELECT coalesce(max(id), 0) FROM {table}") for table in tables)
        return NextIds(*(row.fetchone()[0] + 1 for row in rows))

    # ── what a poll leaves ────────────────────────────────────────────────────────────────────

    def insert_articles(self, texts: Sequence[tuple[int, StoredText]]) -> None:
        """Store new articles of feeds (by id), each with its first text (see `insert_texts`)."""
        rows = [(text.article_id, text.id, feed_id, *_article_row(text.article, text.seen_at))
                for feed_id, text in texts]  # fmt: skip
        self._write(
            "INSERT INTO articles (id, version_id, feed_id, link, publisher, lang, published_at,"
            " seen_at, title_key) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            rows,
        )
        self._write(
            "INSERT INTO article_events VALUES (?, ?, ?, ?)",
            [(text.article_id, text.article.severity, *(text.article.point or (None, None)))
             for _, text in texts if text.article.severity or text.article.point],
        )  # fmt: skip

    def insert_texts(self, texts: Sequence[StoredText]) -> None:
        """Store texts of articles (versions)."""
        self._write(
            "INSERT INTO versions (id, article_id, title, text, digest, seen_at)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            [(text.id, text.article_id, text.article.title, text.article.text, text.article.digest,
              seconds(text.seen_at)) for text in texts],
        )  # fmt: skip
        self.unindexed += [(text.id, text.article.title, text.article.text) for text in texts]

    def show_texts(self, texts: Iterable[StoredText]) -> None:
        """Make each text the one that readers of its article see."""
        self._write(
            "UPDATE articles SET version_id = ?, title_key = ? WHERE id = ?",
            [(text.id, text.article.title_key, text.article_id) for text in texts],
        )

    def insert_entries(self, entries: Sequence[LedgerEntry]) -> None:
        """Enter distinct entries of feeds into the ledger, and count them by day."""
        rows = [(e.id, e.feed_id, e.article_id, e.publisher, str(e.outcome),
                 seconds(e.first_seen_at), e.reason) for e in entries]  # fmt: skip
        self._write(
            "INSERT INTO entries (id, feed_id, article_id, publisher, outcome, first_seen_at,"
            " reason) VALUES (?, ?, ?, ?, ?, ?, ?)",
            rows,
        )
        days = Counter((row[1], row[5]) for row in rows)
        self._write(
            _COUNT_NEWS,
            [{"feed": feed, "at": at, "entries": count} for (feed, at), count in days.items()],
        )

    def update_entries(self, entries: Iterable[LedgerEntry]) -> None:
        """Change entries of the ledger: the outcome; all that an unread one did not have."""
        self._write(
            "UPDATE entries SET article_id = ?, publisher = ?, outcome = ?, reason = ?"
            " WHERE id = ?",
            [(e.article_id, e.publisher, e.outcome, e.reason, e.id) for e in entries],
        )

    def identify(self, identities: Iterable[tuple[bytes, int, int]]) -> None:
        """Remember that a key recognises, in a feed, an entry; one that is held stays there."""
        self._write(
            "INSERT OR IGNORE INTO identities (key, feed_id, entry_id) VALUES (?, ?, ?)",
            sorted(identities),  # neighbours in the table are written together
        )

    def reassign(self, identities: Iterable[tuple[bytes, int, int]]) -> None:
        """Have keys that recognise other entries of a feed recognise these from now on."""
        self._write(
            "UPDATE identities SET entry_id = ? WHERE key = ? AND feed_id = ?",
            [(entry, key, feed) for key, feed, entry in identities],
        )

    def insert_matches(self, matches: Iterable[tuple[int, int, Match, datetime]]) -> None:
        """Store matches of articles (by id) in a version of theirs (by id), seen at a time.

        A hit replaces a near miss of the same topic; otherwise the first one stays.
        """
        self._write(_MATCH, [match_row(*each) for each in matches])

    def _write(self, sql: str, rows: Sequence[tuple[Any, ...] | dict[str, Any]]) -> None:
        if rows:
            self.db.conn.executemany(sql, rows)

    # ── apart from polls ──────────────────────────────────────────────────────────────────────

    def note_matches(self, matched: Iterable[tuple[int, Sequence[Match]]], now: datetime) -> int:
        """Store matches of stored articles (by id) without alerting; return the new hits.

        Their entries' outcomes follow; an article that was pruned meanwhile is left out.
        """
        found = dict(matched)
        stored = self._stored(list(found))
        kept = {id_: matches for id_, matches in found.items() if id_ in stored}
        rows = [
            (id_, version_id, match, now)
            for id_, matches in kept.items()
            if (version_id := stored[id_].version_id)
            for match in matches
        ]
        self.insert_matches(rows)
        better = [{"outcome": _best(each), "article": id_} for id_, each in kept.items()]
        self._write(_BETTER, better)
        return sum(
            match.is_hit and match.topic not in stored[id_].topics for id_, _, match, _ in rows
        )

    def prune(
        self, articles_before: datetime, hits_before: datetime, at_most: int | None = None
    ) -> int:
        """Delete old articles, the oldest first: those without a match earlier than those with one.

        The ledger keeps its counts and identities, so that an entry which is still served is not
        taken for a new one; an article whose alert is still to be sent stays.
        """
        limit = -1 if at_most is None else at_most
        return self.prune_next(articles_before, hits_before, limit, 0.0)[0]

    def prune_next(
        self, articles_before: datetime, hits_before: datetime, at_most: int, after: float
    ) -> tuple[int, float]:
        """Prune articles that were seen at `after` (seconds) or later, as `prune` does.

        Returns their number, and the time of the last one to go on from: what stays is not looked
        at again for each few that go.
        """
        self.index_texts()  # what is deleted has to be there
        times = {"all": seconds(articles_before), "hits": seconds(hits_before)}
        rows = self.db.execute(
            f"SELECT a.id, a.seen_at {OLD_ARTICLES} AND a.seen_at >= :after"
            " ORDER BY a.seen_at, a.id LIMIT :limit",
            times | {"after": after, "limit": at_most},
        ).fetchall()
        old = {"old": json.dumps([row[0] for row in rows])}
        self._forget_texts(old)
        self.db.execute(  # what has lost its text cannot be edited
            "DELETE FROM edits WHERE alert_id IN (SELECT id FROM alerts"
            " WHERE article_id IN (SELECT value FROM json_each(:old)))",
            old,
        )
        self.db.execute("DELETE FROM articles WHERE id IN (SELECT value FROM json_each(:old))", old)
        return len(rows), rows[-1][1] if rows else after

    def _forget_texts(self, old: dict[str, str]) -> None:
        """Delete the texts of articles, ids as JSON in `old`, from the full-text index.

        An index without content needs the indexed words to delete them.
        """
        texts = self.db.execute(
            "SELECT id, title, text FROM versions"
            " WHERE article_id IN (SELECT value FROM json_each(:old))",
            old,
        ).fetchall()
        self.db.conn.executemany(
            "INSERT INTO versions_fts (versions_fts, rowid, title, text)"
            " VALUES ('delete', ?, ?, ?)",
            [(row[0], split(row[1]), split(row[2])) for row in texts],
        )


def _entry(values: Sequence[Any]) -> LedgerEntry:
    id_, feed_id, article_id, publisher, outcome, first_seen_at, reason = values
    seen_at = moment(first_seen_at)
    return LedgerEntry(id_, feed_id, article_id, publisher, Outcome(outcome), seen_at, reason)


def _best(matches: Sequence[Match]) -> Outcome:
    return Outcome.HIT if any(match.is_hit for match in matches) else Outcome.NEAR_MISS


def _article_row(article: Article, now: datetime) -> tuple[Any, ...]:
    """Return what is stored of an article; a date in the future becomes `now`."""
    published = article.published_at and min(article.published_at, now)
    return (
        article.link,
        article.publisher,
        article.lang,
        published and seconds(published),
        seconds(now),
        article.title_key,
    )


def _evidence_row(found: Evidence) -> tuple[str | int, ...]:
    """Return the fields of a piece of evidence; `dataclasses.astuple` would copy each deeply."""
    return (
        found.term, found.field, found.start, found.end, found.sentence_start, found.sentence_end
    )  # fmt: skip


def match_row(article_id: int, version_id: int, match: Match, now: datetime) -> tuple[Any, ...]:
    """Return what is stored of a match."""
    evidence = json.dumps([_evidence_row(each) for each in match.evidence], ensure_ascii=False)
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
