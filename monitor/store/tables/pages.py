"""The pages of hits in the database: a queue with due times, and what was seen, append-only."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from monitor.model.page import DuePage
from monitor.store.tables.articles import match_row
from monitor.store.tables.base import Table
from monitor.store.times import maybe, seconds

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlite_utils import Database

    from monitor.model import Article, Match
    from monitor.model.page import PageLook
    from monitor.store.tables.articles import ArticleTable

_ENQUEUE = """
INSERT INTO pages (article_id, keep, host, due_at) VALUES (?, ?, ?, ?)
ON CONFLICT (article_id) DO UPDATE SET keep = 'page' WHERE excluded.keep = 'page'
"""
# One page of a host at a time, and a pause between two; the longest due first.
_DUE = """
SELECT article_id, host FROM pages p WHERE due_at <= :now
AND NOT EXISTS (SELECT 1 FROM pages o WHERE o.host = p.host
                AND ((o.leased AND o.due_at > :now) OR o.looked_at > :now - :delay))
GROUP BY host HAVING due_at = min(due_at) ORDER BY due_at LIMIT :most
"""
_CLAIMED = """
SELECT p.article_id, a.link, v.title, a.lang, p.keep, p.looks, p.first_at, p.due_at, f.url
FROM pages p JOIN articles a ON a.id = p.article_id JOIN versions v ON v.id = a.version_id
JOIN feeds f ON f.id = a.feed_id
WHERE p.article_id = ?
"""
_LOOKED = """
INSERT INTO page_looks (article_id, at, url, status, words, title, digest, version_id, sha256,
                        bytes, seconds, record, record_sha256)
VALUES (:article, :at, :url, :status, :words, :title, :digest, :version, :sha256, :bytes, :seconds,
        :record, :record_sha256)
"""
_NEXT = """
UPDATE pages SET due_at = :due, leased = 0, looks = looks + 1, looked_at = :at,
    first_at = coalesce(first_at, :at)
WHERE article_id = :article AND due_at = :lease
"""


class PageTable(Table):
    """The part of a transaction that concerns the pages of hits."""

    def __init__(self, db: Database, articles: ArticleTable) -> None:
        super().__init__(db)
        self._articles = articles

    def enqueue(self, article: int, link: str, keep: str, now: datetime) -> None:
        """Have the page of an article fetched, once; `page` goes before `text`."""
        host = urlsplit(link).netloc.rpartition("@")[2].lower()
        if host:
            self.db.execute(_ENQUEUE, (article, keep, host, seconds(now)))

    def claim(
        self, now: datetime, lease_at: datetime, *, most: int, host_delay: float
    ) -> list[DuePage]:
        """Claim due pages: one of a host at a time, `host_delay` seconds apart."""
        values = {"now": seconds(now), "delay": host_delay, "most": most}
        claimed = []
        for article, _ in self.db.execute(_DUE, values).fetchall():
            self.db.execute(
                "UPDATE pages SET due_at = ?, leased = 1 WHERE article_id = ?",
                (seconds(lease_at), article),
            )
            row = self.db.execute(_CLAIMED, (article,)).fetchone()
            if row is None:  # its text was pruned
                self.db.execute("UPDATE pages SET due_at = NULL WHERE article_id = ?", (article,))
                continue
            id_, link, title, lang, keep, looks, first_at, lease, feed = row
            claimed.append(
                DuePage(id_, link, title, lang, keep, looks, maybe(first_at), lease, feed)
            )
        return claimed

    def count_due(self, now: datetime) -> int:
        """Return how many pages are due and not claimed."""
        sql = "SELECT count(*) FROM pages WHERE due_at <= ?"
        return int(self.db.execute(sql, (seconds(now),)).fetchone()[0])

    def last_digest(self, article: int) -> bytes:
        """Return the digest of the text that was last seen on an article's page, b"" for none."""
        sql = "SELECT digest FROM page_looks WHERE article_id = ? AND digest <> x''"
        row = self.db.execute(f"{sql} ORDER BY id DESC LIMIT 1", (article,)).fetchone()
        return row[0] if row else b""

    def add_version(self, article: Article, id_: int, now: datetime) -> int:
        """Keep the text of an article's page beside those of its feed; return its number."""
        version = self._articles.known(()).next_ids.version
        self.db.execute(
            "INSERT INTO versions (id, article_id, title, text, digest, seen_at)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (version, id_, article.title, article.text, article.digest, seconds(now)),
        )
        self._articles.unindexed.append((version, article.title, article.text))
        self._articles.index_texts()
        return version

    def rescore(self, article: int, version: int, hits: Sequence[Match], now: datetime) -> None:
        """Let those hits of an article that a page's text hits, too, rest on the page's text."""
        rows = [match_row(article, version, hit, now) for hit in hits]
        self.db.conn.executemany(
            "UPDATE matches SET version_id = ?, score = ?, evidence = ?"
            " WHERE article_id = ? AND topic = ? AND reason = ''",
            [(row[1], row[5], row[6], row[0], row[2]) for row in rows],
        )

    def topics(self, article: int) -> list[str]:
        """Return the topics that an article hits."""
        sql = "SELECT topic FROM matches WHERE article_id = ? AND reason = '' ORDER BY id"
        return [row[0] for row in self.db.execute(sql, (article,))]

    def note_folder(self, folder: str) -> None:
        """Note where records lie, for those who read the database alone."""
        self.db.execute("INSERT OR REPLACE INTO desk_settings VALUES ('records', ?)", (folder,))

    def note_disk(
        self, size: int, most: int, gone: Sequence[str], looks: int, now: datetime
    ) -> None:
        """Note how many bytes records take, of how many; and what is gone, for `status`."""
        told: dict[str, object] = {"bytes": size, "most": most}
        sql = "SELECT value FROM desk_settings WHERE name = 'pages'"
        before = self.db.execute(sql).fetchone()
        told["gone"] = json.loads(before[0]).get("gone", "") if before else ""
        if gone:
            told["gone"] = f"{gone[-1]} and before ({looks} records) on {now:%Y-%m-%d %H:%M} UTC"
        self.db.execute(
            "INSERT OR REPLACE INTO desk_settings VALUES ('pages', ?)", (json.dumps(told),)
        )

    def forget_records(self, file: str) -> int:
        """Note that a file of records is gone; the looks and their digests stay."""
        gone = self.db.execute(
            "UPDATE page_looks SET record = '' WHERE record LIKE ? || ' %'", (file,)
        )
        return int(gone.rowcount)

    def looked(
        self,
        due: DuePage,
        look: PageLook,
        digest: bytes,
        version: int | None,
        next_at: float | None,
    ) -> None:
        """Write down what was seen, and when the page is due again."""
        values = {
            "article": due.article, "at": seconds(look.at), "url": look.url,
            "status": look.status, "words": look.words, "title": look.title, "digest": digest,
            "version": version, "sha256": look.sha256, "bytes": look.size,
            "seconds": look.seconds, "record": look.record,
            "record_sha256": look.record_sha256, "due": next_at, "lease": due.lease_at,
        }  # fmt: skip
        self.db.execute(_LOOKED, values)
        self.db.execute(_NEXT, values)
