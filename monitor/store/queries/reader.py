"""The read-only connection of commands: SQL views through the standard library's sqlite3.

Nothing heavier is imported, so that commands which only read start at once.
"""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from typing import TYPE_CHECKING, Any, Self

from monitor.errors import StoreError, StoreMissingError
from monitor.feeds.health import HISTORY, FeedRecord, FeedState, Outage, health, last_days
from monitor.files import refuse_special
from monitor.store.queries.gloss import GLOSSES, glossed_articles
from monitor.store.queries.hits import hit_count, newest_hits
from monitor.store.queries.missed_stories import carried_stories, carriers
from monitor.store.queries.pages import observations, records_on_disk
from monitor.store.queries.rows import HIT_COLUMNS, Row, alert_row, hit_row, match_row
from monitor.store.schema.version import refuse_other
from monitor.store.tables.articles import OLD_ARTICLES
from monitor.store.tables.feed_history import DOUBTFUL, OUTAGES, UNDOUBTED, outage, record
from monitor.store.tables.heartbeat import DUE_ALERTS, DUE_FEEDS, queue
from monitor.store.times import iso, maybe

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from pathlib import Path

    from monitor.feeds.missed_stories import FeedCoverage, WidelyCarriedStory
    from monitor.store.queries.hit_filter import HitFilter
    from monitor.store.tables.heartbeat import Queue

_LONGEST_ID = 18  # digits that surely fit into SQLite's 64-bit integers
HIT_FIELDS = (*HIT_COLUMNS, "terms", "excerpt", *GLOSSES)  # keys of each row of `Reader.hits`

_FEED_NAMES = "(SELECT title AS feed FROM feeds UNION SELECT url FROM feeds)"
_MATCHES = """
SELECT m.topic, m.topic_digest, m.reason, m.score, m.evidence, v.title, v.text, v.id AS version
FROM matches m JOIN versions v ON v.id = m.version_id WHERE m.article_id = :id ORDER BY m.id
"""
_VERSIONS = """
SELECT id AS version, title, text, strftime('%Y-%m-%dT%H:%M:%SZ', seen_at, 'unixepoch') AS seen_at,
       EXISTS (SELECT 1 FROM page_looks p WHERE p.version_id = versions.id) AS of_page
FROM versions WHERE article_id = :id ORDER BY id
"""
_ENTRIES = """
SELECT f.url AS feed, f.title AS feed_title, e.publisher, e.outcome, e.reason,
       strftime('%Y-%m-%dT%H:%M:%SZ', e.first_seen_at, 'unixepoch') AS seen_at
FROM entries e JOIN feeds f ON f.id = e.feed_id WHERE e.article_id = :id ORDER BY e.id
"""
_BEST_NEAR_MISSES = """
SELECT * FROM near_misses WHERE hit_id IN (
    SELECT m.id FROM articles a CROSS JOIN matches m ON m.article_id = a.id
    WHERE a.seen_at >= :since AND m.reason <> ''
    ORDER BY m.score DESC, a.seen_at DESC, m.id DESC LIMIT :limit)
ORDER BY score DESC, seen DESC, hit_id DESC
"""
_CHOSEN_ALERTS = """FROM alert_list WHERE (:state = '' OR state = :state)
AND (:channel = '' OR channel = :channel) AND (:kind = '' OR kind = :kind)"""
_FAILED_ALERTS = """
SELECT count(*) AS alerts_failed FROM alerts WHERE state = 'failed' AND due_at IS NULL
"""


def connect(path: Path, patience: float = 5.0) -> sqlite3.Connection:
    """Open a database read-only. Raises StoreMissingError and StoreError.

    `patience`: seconds to wait for a process that holds the file locked.
    """
    refuse_special(path)
    try:
        if not path.exists():
            raise StoreMissingError(
                f"there is no database at {path} yet: `monitor run --once` makes it"
            )
        return _connect(path.resolve(), patience)
    except (sqlite3.Error, OSError) as error:
        raise StoreError(f"{path}: the database cannot be read: {error}") from error


def _connect(path: Path, patience: float) -> sqlite3.Connection:
    """Open the file, also for a user who cannot write to its folder.

    SQLite creates -wal and -shm on open. A user without write access opens the file immutable,
    which is safe only while no writer has it open (no -wal exists).
    """
    try:
        return _opened(f"{path.as_uri()}?mode=ro", patience)
    except sqlite3.OperationalError as error:
        primary_code = error.sqlite_errorcode & 0xFF  # without the bits of the extended code
        no_access = primary_code in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY)
        if not no_access or path.with_name(path.name + "-wal").exists():
            raise
    return _opened(f"{path.as_uri()}?mode=ro&immutable=1", patience)


def _opened(uri: str, patience: float) -> sqlite3.Connection:
    db = sqlite3.connect(uri, timeout=patience, uri=True)
    try:
        db.execute("PRAGMA user_version").fetchone()  # SQLite opens a file at the first statement
    except BaseException:
        db.close()
        raise
    db.row_factory = sqlite3.Row
    return db


class Reader:
    """A read-only connection, used as a context manager.

    Rows are dicts by column name. All methods raise StoreError when the database cannot be read.
    """

    def __init__(self, path: Path, patience: float = 5.0) -> None:
        self._db = connect(path, patience)
        try:
            refuse_other(path, self._db.execute("PRAGMA user_version").fetchone()[0])
        except BaseException:
            self._db.close()
            raise

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *exc: object) -> None:
        """Close the connection."""
        self._db.close()

    def hits(self, wanted: HitFilter) -> list[Row]:
        """Return the hits of at most `limit` articles, with the HIT_FIELDS, the newest first."""
        return glossed_articles(self._db, newest_hits(self._all, wanted))

    def hit_count(self, wanted: HitFilter) -> int:
        """Return the number of articles that a filter finds, without its limit."""
        return hit_count(self._all, wanted)

    def saved_views(self) -> list[Row]:
        """Return the saved views by name: `name`, `query` (its parameters), `by`, `saved_at`."""
        rows = self._all("SELECT * FROM saved_view_list ORDER BY name", {})
        return [{**row, "query": json.loads(row["query"])} for row in rows]

    def names(self, kind: str) -> list[str]:
        """Return the names of a kind that occur.

        The kinds are `topic`, `publisher`, `lang`, `channel`, `country`, and `feed`: its title or
        address.
        """
        sources = {"topic": "matches", "channel": "alerts", "country": "feeds", "feed": _FEED_NAMES}
        source = sources.get(kind, "articles")
        rows = self._all(f"SELECT DISTINCT {kind} AS name FROM {source}", {})
        return [row["name"] for row in rows if row["name"]]

    def article(self, article_id: int) -> Row | None:
        """Return an article with its matches, versions, entries and alerts, None if unknown."""
        values = {"id": article_id}
        found = self._all("SELECT * FROM article_texts WHERE id = :id", values)
        if not found:
            return None
        [article] = glossed_articles(self._db, found)
        current = article.pop("version_id")
        article["matches"] = [match_row(row) for row in self._all(_MATCHES, values)]
        article["versions"] = [
            {**row, "of_page": bool(row["of_page"]), "current": row["version"] == current}
            for row in self._all(_VERSIONS, values)
        ]
        article["entries"] = self._all(_ENTRIES, values)
        article["page"] = observations(self._db, article_id)
        alerts = self._all("SELECT * FROM article_alerts WHERE article_id = :id", values)
        article["alerts"] = [alert_row(row) for row in alerts]
        return article

    def texts(self, since: datetime | None = None, limit: int = -1) -> list[Row]:
        """Return articles with their text, the oldest first, for `backtest.trial.stored_article`.

        `since` compares with the time at which they were seen. Of more than `limit` articles the
        newest are returned; -1 sets no limit.
        """
        rows = self._all(
            "SELECT id, title, text, url, publisher, lang, kind, severity, latitude, longitude,"
            " coalesce(published_at, seen_at) AS published FROM article_texts"
            " WHERE seen >= :since ORDER BY seen DESC, id DESC LIMIT :limit",
            {"since": since.timestamp() if since else 0.0, "limit": limit},
        )
        return rows[::-1]

    def find(self, which: str) -> Row | None:
        """Return `article` for an id, or for the newest article with a link."""
        is_id = which.isdecimal() and len(which) <= _LONGEST_ID
        found = self._all(
            "SELECT id FROM article_texts WHERE id = :id OR url = :url ORDER BY id DESC LIMIT 1",
            {"id": int(which) if is_id else None, "url": which},
        )
        return self.article(found[0]["id"]) if found else None

    def topics(self) -> dict[str, Row]:
        """Return the volume of each topic that ever matched, by topic id."""
        return {row["topic"]: row for row in self._all("SELECT * FROM topic_volume", {})}

    def hit_ids(self) -> dict[str, frozenset[str]]:
        """Return the ids of the articles that each topic hit, as strings, by topic id."""
        ids: dict[str, set[str]] = {}
        for row in self._all("SELECT topic, article_id FROM matches WHERE reason = ''", {}):
            ids.setdefault(row["topic"], set()).add(str(row["article_id"]))
        return {topic_id: frozenset(article_ids) for topic_id, article_ids in ids.items()}

    def coverage(self) -> list[Row]:
        """Return the ledger: one row a feed, with the number of its entries by outcome."""
        return self._all("SELECT * FROM coverage ORDER BY title, feed", {})

    def alert_states(self) -> list[Row]:
        """Return the number of alerts by channel, state and reason."""
        return self._all("SELECT * FROM alert_states ORDER BY channel, state", {})

    def alerts(
        self, state: str = "", channel: str = "", limit: int = 50, *, kind: str = ""
    ) -> list[Row]:
        """Return alerts, the newest first; "" sets no condition."""
        values = {"state": state, "channel": channel, "kind": kind, "limit": limit}
        rows = self._all(f"SELECT * {_CHOSEN_ALERTS} ORDER BY id DESC LIMIT :limit", values)
        return [alert_row(row) for row in rows]

    def alert(self, alert_id: int) -> Row | None:
        """Return an alert as `alerts` lists it; None if there is none."""
        rows = self._all("SELECT * FROM alert_list WHERE id = :id", {"id": alert_id})
        return alert_row(rows[0]) if rows else None

    def alert_count(self, state: str = "", channel: str = "", *, kind: str = "") -> int:
        """Return how many alerts `alerts` would list without a limit."""
        values = {"state": state, "channel": channel, "kind": kind}
        # The limit keeps the list apart, so that SQLite sees that it needs no headlines.
        chosen = f"SELECT id {_CHOSEN_ALERTS} LIMIT -1"
        return int(self._all(f"SELECT count(*) AS n FROM ({chosen})", values)[0]["n"])

    def silences(self, now: datetime | None = None) -> list[Row]:
        """Return silences, the newest first; with `now` only those that have not ended."""
        rows = self._all(
            "SELECT * FROM silence_list WHERE :now IS NULL OR ends > :now ORDER BY id DESC",
            {"now": now and now.timestamp()},
        )
        for row in rows:
            del row["starts"], row["ends"]  # in seconds, for the condition above
        return rows

    def feeds(self, now: datetime, *, unhealthy: bool = False) -> list[Row]:
        """Return feeds with the FEED_FIELDS: health, and new entries a day for eight weeks.

        `unhealthy` leaves only the feeds that need a person.
        """
        rows = [_health(row, now) for row in self._feeds(doubtful=unhealthy)]
        return [row for row in rows if not unhealthy or FeedState(row["state"]).needs_a_person]

    def feed(self, feed_id: int, now: datetime) -> Row | None:
        """Return one feed with the FEED_FIELDS, None if there is none."""
        rows = self._all("SELECT * FROM feed_health WHERE id = :id", {"id": feed_id})
        return _health(rows[0], now) if rows else None

    def feed_states(self, now: datetime) -> Counter[FeedState]:
        """Return the number of feeds in each state; reads one by one only those of DOUBTFUL."""
        states = Counter(dict.fromkeys(FeedState, 0))
        states.update(health(feed, now).state for feed in self.records(doubtful=True))
        for row in self._all(UNDOUBTED, {}):
            ok_at, gap_at = maybe(row["ok_at"]), maybe(row["gap_at"])
            alike = FeedRecord(0, "", "", bool(row["enabled"]), now, ok_at=ok_at, gap_at=gap_at)
            states[health(alike, now).state] += row["feeds"]
        return states

    def records(self, *, doubtful: bool = False) -> list[FeedRecord]:
        """Return feeds as health is judged by; `doubtful` leaves the candidates of DOUBTFUL."""
        return list(map(record, self._feeds(doubtful=doubtful)))

    def _feeds(self, *, doubtful: bool) -> list[Row]:
        source = DOUBTFUL if doubtful else "SELECT * FROM feed_health"
        return self._all(f"{source} ORDER BY title, url", {})

    def carried_stories(self, since: datetime, publishers: int) -> list[WidelyCarriedStory]:
        """Return widely carried stories, see `monitor.store.queries.missed_stories`."""
        return carried_stories(self._all, since, publishers)

    def carriers(self, outages: Iterable[Outage], now: datetime) -> list[FeedCoverage]:
        """Return the coverage of feeds, see `monitor.store.queries.missed_stories`."""
        return carriers(self._all, outages, now)

    def outages(self, since: datetime, now: datetime) -> list[Outage]:
        """Return outages of feeds and of the service that lasted beyond `since`.

        Present outages, those of feeds that need a person, come last.
        """
        outages = [outage(**row) for row in self._all(OUTAGES, {"since": since.timestamp()})]
        for feed in self.records(doubtful=True):
            found = health(feed, now)
            if found.state.needs_a_person and found.since:
                reason = f"{found.state}: {found.reason}"
                outages.append(Outage(feed.title, feed.url, reason, found.since, None))
        return outages

    def best_near_misses(self, since: datetime, limit: int) -> list[Row]:
        """Return the near misses since then with the highest scores, with the HIT_FIELDS."""
        values = {"since": since.timestamp(), "limit": limit}
        rows = self._all(_BEST_NEAR_MISSES, values)
        return glossed_articles(self._db, [hit_row(row) for row in rows])

    def page_records(self) -> str:
        """Return how much the records of pages take, and what is gone, in words."""
        return records_on_disk(self._db)

    def service(self) -> Row | None:
        """Return the process of the last heartbeat and its times, None if there never was one."""
        found = self._all("SELECT pid, version, started_at, beat_at FROM service", {})
        return found[0] if found else None

    def queues(self) -> Row:
        """Return the counts of feeds and alerts, and the times of the last poll and message."""
        [queues] = self._all("SELECT * FROM queues", {})
        [failed] = self._all(_FAILED_ALERTS, {})
        return queues | failed

    def due(self, now: datetime) -> tuple[Queue, Queue]:
        """Return the queues of polls and of alerts."""
        values = {"now": now.timestamp()}
        [feeds], [alerts] = self._all(DUE_FEEDS, values), self._all(DUE_ALERTS, values)
        return (
            queue(feeds["due"], feeds["oldest"], now),
            queue(alerts["due"], alerts["oldest"], now),
        )

    def stopped_channels(self) -> list[Row]:
        """Return the channels that wait for their operator, each with the reason."""
        return self._all("SELECT * FROM stopped_channels ORDER BY name", {})

    def refused_mistakes(self) -> list[str]:
        """Return the mistakes for which the last reload was refused; none after a good one."""
        sql = (
            "SELECT state FROM notified WHERE subject LIKE 'mistake %' AND state <> '' ORDER BY at"
        )
        return [row["state"] for row in self._all(sql, {})]

    def internal_errors(self, since: datetime) -> list[Row]:
        """Return the bugs of this program that occurred since then, the latest first."""
        return self._all(
            "SELECT * FROM internal_error_list WHERE last >= :since ORDER BY last DESC",
            {"since": since.timestamp()},
        )

    def prunable(self, articles_before: datetime, hits_before: datetime) -> int:
        """Return the number of articles that pruning would delete."""
        times = {"all": articles_before.timestamp(), "hits": hits_before.timestamp()}
        [row] = self._all(f"SELECT count(*) AS articles {OLD_ARTICLES}", times)
        return int(row["articles"])

    def _all(self, sql: str, values: dict[str, Any]) -> list[Row]:
        try:
            return [dict(row) for row in self._db.execute(sql, values)]
        except (sqlite3.Error, OverflowError, ValueError) as error:  # also: a number beyond 64 bits
            raise StoreError(f"the database cannot be read: {error}") from error


ALERT_FIELDS = (
    "id", "channel", "kind", "state", "severity", "reason", "news", "attempts", "digest",
    "broadcast", "in_doubt", "repeated", "topics", "story", "article", "title", "url", "ref",
    "thread", "created_at", "due_at", "sent_at",
)  # fmt: skip
SILENCE_FIELDS = (
    "id", "topic", "term", "publisher", "story", "story_title", "by", "comment", "held",
    "starts_at", "ends_at",
)  # fmt: skip
FEED_FIELDS = (
    "id", "url", "title", "state", "reason", "since", "next_at", "publisher", "country", "lang",
    "kind", "enabled", "error", "failures", "failing_since", "ok_at", "due_at", "entries",
    "interval", "rate", "moved_to", "gaps", "gap_since", "gap_at", "gone_at", "empty_since",
    "first_polled_at", "news_at", "news",
)  # fmt: skip


def _health(row: Row, now: datetime) -> Row:
    feed = record(row)
    found = health(feed, now)
    values = row | {
        "state": str(found.state),
        "reason": found.reason,
        "since": found.since and iso(found.since),
        "next_at": found.next_at and iso(found.next_at),
        "news": last_days(dict(feed.days), now, HISTORY),
    }
    return {name: values[name] for name in FEED_FIELDS}
