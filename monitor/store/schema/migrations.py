"""The schema, as migrations that are only ever appended, and the views that are its contract.

Times are seconds since 1970 (UTC) in tables, ISO 8601 in views. `user_version` holds the number
of migrations, so that a program can tell a newer database without knowing its migrations.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlite_utils.migrations import Migrations

from monitor.store.schema import (
    cost,
    delivery,
    feedback,
    health,
    internal_errors,
    push,
    reasons,
    stories,
)

if TYPE_CHECKING:
    from sqlite_utils import Database

migrations = Migrations("monitor")

_TABLES = """
CREATE TABLE feeds (              -- settings copied from the configuration, and polling state
    id INTEGER PRIMARY KEY,
    url TEXT NOT NULL UNIQUE,     -- as written in the configuration, without secrets
    host TEXT NOT NULL,
    title TEXT NOT NULL, publisher TEXT NOT NULL, country TEXT NOT NULL,
    lang TEXT NOT NULL, kind TEXT NOT NULL,
    enabled INTEGER NOT NULL, private INTEGER NOT NULL,
    due_at REAL NOT NULL,         -- while leased: when the lease ends
    leased INTEGER NOT NULL DEFAULT 0,
    claimed_at REAL,
    first_polled_at REAL, polled_at REAL, ok_at REAL,
    failures INTEGER NOT NULL DEFAULT 0, failing_since REAL, error TEXT NOT NULL DEFAULT '',
    etag TEXT NOT NULL DEFAULT '', last_modified TEXT NOT NULL DEFAULT '',
    body_digest BLOB NOT NULL DEFAULT x'',
    known BLOB NOT NULL DEFAULT x''   -- 8 bytes for each entry of the last poll
);
CREATE INDEX feeds_due ON feeds(due_at) WHERE enabled;
CREATE INDEX feeds_host ON feeds(host);
CREATE INDEX feeds_leased ON feeds(due_at) WHERE leased;
CREATE INDEX feeds_claimed ON feeds(claimed_at);

CREATE TABLE stories (
    id INTEGER PRIMARY KEY, title TEXT NOT NULL, started_at REAL NOT NULL
);
CREATE TABLE articles (
    id INTEGER PRIMARY KEY,
    feed_id INTEGER NOT NULL REFERENCES feeds(id),   -- the first that brought it
    link TEXT NOT NULL, publisher TEXT NOT NULL, lang TEXT NOT NULL,
    published_at REAL, seen_at REAL NOT NULL,
    title_key BLOB NOT NULL,
    version_id INTEGER,                              -- the text that readers see now
    story_id INTEGER REFERENCES stories(id)
);
CREATE INDEX articles_seen ON articles(seen_at);
CREATE INDEX articles_story ON articles(story_id) WHERE story_id IS NOT NULL;
CREATE INDEX articles_title ON articles(title_key, seen_at) WHERE story_id IS NOT NULL;

CREATE TABLE versions (           -- every text an article had
    id INTEGER PRIMARY KEY,
    article_id INTEGER NOT NULL REFERENCES articles(id) ON DELETE CASCADE,
    title TEXT NOT NULL, text TEXT NOT NULL, digest BLOB NOT NULL, seen_at REAL NOT NULL
);
CREATE INDEX versions_article ON versions(article_id);
CREATE VIRTUAL TABLE versions_fts USING fts5(   -- rowid: versions.id; text as fulltext.py splits it
    title, text, content='', tokenize="unicode61 remove_diacritics 2"
);

CREATE TABLE entries (            -- the ledger: one row for each distinct entry of a feed, for ever
    id INTEGER PRIMARY KEY,
    feed_id INTEGER NOT NULL REFERENCES feeds(id),
    article_id INTEGER REFERENCES articles(id) ON DELETE SET NULL,
    publisher TEXT NOT NULL,
    outcome TEXT NOT NULL
        CHECK (outcome IN ('hit', 'near-miss', 'no-match', 'duplicate', 'unread')),
    reason TEXT NOT NULL DEFAULT '',
    first_seen_at REAL NOT NULL
);
CREATE INDEX entries_feed ON entries(feed_id, outcome);
CREATE INDEX entries_article ON entries(article_id);
CREATE TABLE identities (         -- by what an entry is recognised; kept when articles are pruned
    key BLOB NOT NULL, feed_id INTEGER NOT NULL REFERENCES feeds(id),
    entry_id INTEGER NOT NULL REFERENCES entries(id),
    PRIMARY KEY (key, feed_id)
) WITHOUT ROWID;

CREATE TABLE matches (            -- hits (reason is empty) and near misses
    id INTEGER PRIMARY KEY,
    article_id INTEGER NOT NULL REFERENCES articles(id) ON DELETE CASCADE,
    version_id INTEGER NOT NULL REFERENCES versions(id) ON DELETE CASCADE,
    topic TEXT NOT NULL, topic_digest TEXT NOT NULL,
    reason TEXT NOT NULL,
    evidence TEXT NOT NULL,       -- JSON: [[term, field, start, end, and its sentence's], …]
    seen_at REAL NOT NULL,
    UNIQUE (article_id, topic)
);
CREATE INDEX matches_version ON matches(version_id)   -- without it pruning scans all matches
;

CREATE TABLE alerts (             -- the outbox
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,     -- goes out with the message, to find it again
    channel TEXT NOT NULL,
    story_id INTEGER REFERENCES stories(id),
    article_id INTEGER REFERENCES articles(id) ON DELETE SET NULL,
    topics TEXT NOT NULL,         -- JSON: topic ids
    state TEXT NOT NULL
        CHECK (state IN ('pending', 'sent', 'digested', 'silenced', 'too-old', 'failed')),
    reason TEXT NOT NULL DEFAULT '',
    digest INTEGER NOT NULL,      -- goes out together with the channel's others
    due_at REAL,                  -- NULL: nothing more is to be done; while leased, its end
    leased INTEGER NOT NULL DEFAULT 0,
    attempts INTEGER NOT NULL DEFAULT 0,
    plain INTEGER NOT NULL DEFAULT 0,
    ref TEXT, thread TEXT,        -- the channel's own name of the message, and of its parent
    created_at REAL NOT NULL, sent_at REAL
);
CREATE INDEX alerts_due ON alerts(channel, due_at) WHERE due_at IS NOT NULL;
CREATE INDEX alerts_story ON alerts(story_id, channel);
CREATE INDEX alerts_article ON alerts(article_id);
CREATE TABLE channels (
    name TEXT PRIMARY KEY,
    ready_at REAL NOT NULL,       -- no message before
    stopped_at REAL, reason TEXT NOT NULL DEFAULT ''
);
CREATE TABLE silences (
    id INTEGER PRIMARY KEY,
    topic TEXT NOT NULL, term TEXT NOT NULL, publisher TEXT NOT NULL,
    starts_at REAL NOT NULL, ends_at REAL NOT NULL, comment TEXT NOT NULL
);
"""

_VIEWS = """
CREATE VIEW hits AS
SELECT m.id AS hit_id, a.id AS id, m.topic, v.title, a.link AS url, a.publisher,
       f.url AS feed, f.title AS feed_title, a.lang,
       strftime('%Y-%m-%dT%H:%M:%SZ', a.published_at, 'unixepoch') AS published_at,
       strftime('%Y-%m-%dT%H:%M:%SZ', a.seen_at, 'unixepoch') AS seen_at,
       a.seen_at AS seen, a.story_id AS story, m.evidence, v.text, m.version_id
FROM matches m
JOIN articles a ON a.id = m.article_id
JOIN versions v ON v.id = m.version_id
JOIN feeds f ON f.id = a.feed_id
WHERE m.reason = '';

CREATE VIEW near_misses AS
SELECT m.id AS match_id, a.id AS id, m.topic, m.reason, v.title, a.link AS url, a.publisher,
       f.url AS feed, a.lang,
       strftime('%Y-%m-%dT%H:%M:%SZ', a.seen_at, 'unixepoch') AS seen_at, a.seen_at AS seen,
       m.evidence, v.text
FROM matches m
JOIN articles a ON a.id = m.article_id
JOIN versions v ON v.id = m.version_id
JOIN feeds f ON f.id = a.feed_id
WHERE m.reason <> '';

CREATE VIEW article_texts AS
SELECT a.id, v.title, v.text, a.link AS url, a.publisher, a.lang, f.url AS feed,
       f.title AS feed_title,
       strftime('%Y-%m-%dT%H:%M:%SZ', a.published_at, 'unixepoch') AS published_at,
       strftime('%Y-%m-%dT%H:%M:%SZ', a.seen_at, 'unixepoch') AS seen_at,
       a.story_id AS story, a.version_id
FROM articles a JOIN versions v ON v.id = a.version_id JOIN feeds f ON f.id = a.feed_id;

CREATE VIEW coverage AS
SELECT f.url AS feed, f.title, f.enabled,
       count(e.id) AS entries,
       count(*) FILTER (WHERE e.outcome = 'hit') AS hit,
       count(*) FILTER (WHERE e.outcome = 'near-miss') AS near_miss,
       count(*) FILTER (WHERE e.outcome = 'no-match') AS no_match,
       count(*) FILTER (WHERE e.outcome = 'duplicate') AS duplicate,
       count(*) FILTER (WHERE e.outcome = 'unread') AS unread,
       strftime('%Y-%m-%dT%H:%M:%SZ', f.ok_at, 'unixepoch') AS ok_at,
       strftime('%Y-%m-%dT%H:%M:%SZ', f.failing_since, 'unixepoch') AS failing_since,
       f.error
FROM feeds f LEFT JOIN entries e ON e.feed_id = f.id
GROUP BY f.id;

CREATE VIEW alert_states AS
SELECT channel, state, reason, count(*) AS alerts FROM alerts GROUP BY channel, state, reason;

CREATE VIEW article_alerts AS
SELECT article_id, channel, topics, state, reason, ref, thread,
       strftime('%Y-%m-%dT%H:%M:%SZ', due_at, 'unixepoch') AS due_at,
       strftime('%Y-%m-%dT%H:%M:%SZ', sent_at, 'unixepoch') AS sent_at
FROM alerts;
"""


@migrations()
def first_light(db: Database) -> None:
    """Create everything."""
    _run(db, _TABLES + _VIEWS)


_SERVICE = """
CREATE TABLE service (            -- the process that polls and delivers; one row
    id INTEGER PRIMARY KEY CHECK (id = 1),
    pid INTEGER NOT NULL, version TEXT NOT NULL,
    started_at REAL NOT NULL,
    beat_at REAL NOT NULL         -- its last sign of life
);

CREATE VIEW queues AS
SELECT (SELECT count(*) FROM feeds WHERE enabled) AS feeds,
       (SELECT count(*) FROM feeds WHERE enabled AND failing_since IS NOT NULL) AS feeds_failing,
       (SELECT count(*) FROM alerts WHERE due_at IS NOT NULL) AS alerts_waiting,
       (SELECT min(due_at) FROM feeds WHERE enabled AND NOT leased) AS feeds_due,
       (SELECT min(due_at) FROM alerts WHERE due_at IS NOT NULL AND NOT leased) AS alerts_due,
       (SELECT max(ok_at) FROM feeds) AS polled_at,
       (SELECT max(sent_at) FROM alerts) AS sent_at;

CREATE VIEW feed_health AS
SELECT f.id, f.url, f.title, f.publisher, f.country, f.lang, f.kind,
       CASE WHEN NOT f.enabled THEN 'off'
            WHEN f.failing_since IS NOT NULL THEN 'failing'
            WHEN f.ok_at IS NULL THEN 'new'
            ELSE 'ok' END AS state,
       f.error, f.failures,
       strftime('%Y-%m-%dT%H:%M:%SZ', f.failing_since, 'unixepoch') AS failing_since,
       strftime('%Y-%m-%dT%H:%M:%SZ', f.ok_at, 'unixepoch') AS ok_at,
       strftime('%Y-%m-%dT%H:%M:%SZ', f.due_at, 'unixepoch') AS due_at,
       (SELECT count(*) FROM entries e WHERE e.feed_id = f.id) AS entries
FROM feeds f;

CREATE VIEW alert_list AS
SELECT a.id, a.channel, a.state, a.reason, a.attempts, a.digest, a.topics, a.story_id AS story,
       a.article_id AS article, v.title, r.link AS url, a.ref, a.thread,
       strftime('%Y-%m-%dT%H:%M:%SZ', a.created_at, 'unixepoch') AS created_at,
       strftime('%Y-%m-%dT%H:%M:%SZ', a.due_at, 'unixepoch') AS due_at,
       strftime('%Y-%m-%dT%H:%M:%SZ', a.sent_at, 'unixepoch') AS sent_at
FROM alerts a
LEFT JOIN articles r ON r.id = a.article_id
LEFT JOIN versions v ON v.id = r.version_id;

CREATE VIEW stopped_channels AS
SELECT name, reason,
       strftime('%Y-%m-%dT%H:%M:%SZ', stopped_at, 'unixepoch') AS stopped_at,
       strftime('%Y-%m-%dT%H:%M:%SZ', ready_at, 'unixepoch') AS ready_at
FROM channels WHERE stopped_at IS NOT NULL;
"""


@migrations()
def service(db: Database) -> None:
    """Add what `status`, `feeds` and `alerts` read."""
    _run(db, _SERVICE)


_SCORES = """
ALTER TABLE matches ADD COLUMN score REAL NOT NULL DEFAULT 1;

DROP VIEW hits;
DROP VIEW near_misses;
DROP VIEW article_texts;

CREATE VIEW hits AS
SELECT m.id AS hit_id, a.id AS id, m.topic, m.score, v.title, a.link AS url, a.publisher,
       f.url AS feed, f.title AS feed_title, a.lang,
       strftime('%Y-%m-%dT%H:%M:%SZ', a.published_at, 'unixepoch') AS published_at,
       strftime('%Y-%m-%dT%H:%M:%SZ', a.seen_at, 'unixepoch') AS seen_at,
       a.seen_at AS seen, a.story_id AS story, m.reason, m.evidence, v.text, m.version_id
FROM matches m
JOIN articles a ON a.id = m.article_id
JOIN versions v ON v.id = m.version_id
JOIN feeds f ON f.id = a.feed_id
WHERE m.reason = '';

CREATE VIEW near_misses AS
SELECT m.id AS hit_id, a.id AS id, m.topic, m.score, v.title, a.link AS url, a.publisher,
       f.url AS feed, f.title AS feed_title, a.lang,
       strftime('%Y-%m-%dT%H:%M:%SZ', a.published_at, 'unixepoch') AS published_at,
       strftime('%Y-%m-%dT%H:%M:%SZ', a.seen_at, 'unixepoch') AS seen_at,
       a.seen_at AS seen, a.story_id AS story, m.reason, m.evidence, v.text, m.version_id
FROM matches m
JOIN articles a ON a.id = m.article_id
JOIN versions v ON v.id = m.version_id
JOIN feeds f ON f.id = a.feed_id
WHERE m.reason <> '';

CREATE VIEW article_texts AS
SELECT a.id, v.title, v.text, a.link AS url, a.publisher, a.lang, f.kind, f.url AS feed,
       f.title AS feed_title,
       strftime('%Y-%m-%dT%H:%M:%SZ', a.published_at, 'unixepoch') AS published_at,
       strftime('%Y-%m-%dT%H:%M:%SZ', a.seen_at, 'unixepoch') AS seen_at, a.seen_at AS seen,
       a.story_id AS story, a.version_id
FROM articles a JOIN versions v ON v.id = a.version_id JOIN feeds f ON f.id = a.feed_id;

CREATE VIEW topic_volume AS
SELECT m.topic,
       count(*) FILTER (WHERE m.reason = '') AS hits,
       count(*) FILTER (WHERE m.reason <> '') AS near_misses,
       count(DISTINCT a.story_id) FILTER (WHERE m.reason = '') AS stories,
       count(*) FILTER (WHERE m.reason = '' AND a.seen_at >= unixepoch('now') - 86400) AS day,
       count(*) FILTER (WHERE m.reason = '' AND a.seen_at >= unixepoch('now') - 604800) AS week,
       strftime('%Y-%m-%dT%H:%M:%SZ', max(a.seen_at) FILTER (WHERE m.reason = ''), 'unixepoch')
           AS last_hit_at
FROM matches m JOIN articles a ON a.id = m.article_id GROUP BY m.topic;
"""


@migrations()
def scores(db: Database) -> None:
    """Add the score of a match, and what `topics` and `backtest` read."""
    _run(db, _SCORES)


_PACE = """
-- rate: new entries an hour, smoothed; interval: seconds to the next poll, as the last planned it
ALTER TABLE feeds ADD COLUMN rate REAL;
ALTER TABLE feeds ADD COLUMN interval REAL;
-- what the document asks for: seconds, hours (`0 1 2`, UTC), days (`5 6` is the weekend)
ALTER TABLE feeds ADD COLUMN ttl REAL NOT NULL DEFAULT 0;
ALTER TABLE feeds ADD COLUMN skip_hours TEXT NOT NULL DEFAULT '';
ALTER TABLE feeds ADD COLUMN skip_days TEXT NOT NULL DEFAULT '';
-- where it is fetched instead; since when its server says that it is closed
ALTER TABLE feeds ADD COLUMN moved_to TEXT NOT NULL DEFAULT '';
ALTER TABLE feeds ADD COLUMN gone_at REAL;
-- how often entries may have been missed, and the last such time: from one poll to the next
ALTER TABLE feeds ADD COLUMN gaps INTEGER NOT NULL DEFAULT 0;
ALTER TABLE feeds ADD COLUMN gap_since REAL;
ALTER TABLE feeds ADD COLUMN gap_at REAL;

DROP VIEW feed_health;

CREATE VIEW feed_health AS
SELECT f.id, f.url, f.title, f.publisher, f.country, f.lang, f.kind,
       CASE WHEN f.gone_at IS NOT NULL THEN 'closed'
            WHEN NOT f.enabled THEN 'off'
            WHEN f.failing_since IS NOT NULL THEN 'failing'
            WHEN f.ok_at IS NULL THEN 'new'
            ELSE 'ok' END AS state,
       f.error, f.failures,
       strftime('%Y-%m-%dT%H:%M:%SZ', f.failing_since, 'unixepoch') AS failing_since,
       strftime('%Y-%m-%dT%H:%M:%SZ', f.ok_at, 'unixepoch') AS ok_at,
       strftime('%Y-%m-%dT%H:%M:%SZ', f.due_at, 'unixepoch') AS due_at,
       (SELECT count(*) FROM entries e WHERE e.feed_id = f.id) AS entries,
       f.interval, f.rate, f.moved_to, f.gaps,
       strftime('%Y-%m-%dT%H:%M:%SZ', f.gap_since, 'unixepoch') AS gap_since,
       strftime('%Y-%m-%dT%H:%M:%SZ', f.gap_at, 'unixepoch') AS gap_at
FROM feeds f;
"""


@migrations()
def pace(db: Database) -> None:
    """Add what polls teach about a feed: its pace, its gaps, where it moved, that it is closed."""
    _run(db, _PACE)


def _later(name: str, sql: str) -> None:
    """Append a change that has a file of its own; its name is what a database remembers."""

    @migrations(name=name)
    def change(db: Database) -> None:
        _run(db, sql)


def _run(db: Database, script: str) -> None:
    for statement in script.split(";\n"):
        if statement.strip():
            db.execute(statement)


for _name, _change in (
    ("health_of_feeds", health),
    ("stories_of_events", stories),
    ("delivery_of_stories", delivery),
    ("feedback_of_readers", feedback),
    ("pushed_feeds", push),
    ("cheap_polls", cost),
    ("reasons_of_failures", reasons),
    ("internal_errors", internal_errors),
):
    _later(_name, _change.SQL)
