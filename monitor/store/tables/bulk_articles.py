"""Entries that nobody has heard of, stored many at a time: most of what polls bring."""

from __future__ import annotations

from collections import Counter
from itertools import islice
from typing import TYPE_CHECKING

from monitor.store.tables.articles import IDENTIFY, MATCH, all_keys, article_row, match_row
from monitor.store.times import seconds

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlite_utils import Database

    from monitor.model import Article, Match, Outcome

_ASKED = 500  # keys in one question; SQLite takes some tens of thousands


class NewcomerRows:
    """The part of a transaction that stores what is new to all feeds."""

    db: Database
    unindexed: list[tuple[int, str, str]]

    def unheard(self, articles: Sequence[Article]) -> list[bool]:
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

    def add_unheard(
        self,
        feed_id: int,
        fresh: Sequence[tuple[Article, Sequence[Match], Outcome]],
        now: datetime,
    ) -> list[int]:
        """Store new articles with their texts, entries and matches; return their ids.

        What `add_article`, `add_entry` and `add_matches` do one by one, for many at once, as long
        as they are `unheard`.
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
