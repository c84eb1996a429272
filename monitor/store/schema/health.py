"""Add what tells how feeds are: see `monitor feeds` and the operations channel.

Triggers keep the counts, so that they are true whoever writes. No line within one ends with `;`.
"""

SQL = """
CREATE INDEX entries_seen ON entries(first_seen_at);

CREATE TABLE news_days (          -- the ledger by day: new entries, but those of a first poll
    feed_id INTEGER NOT NULL REFERENCES feeds(id),
    day INTEGER NOT NULL,         -- since 1970 (UTC)
    entries INTEGER NOT NULL,
    last_at REAL NOT NULL,        -- when the newest of them came
    PRIMARY KEY (feed_id, day)
) WITHOUT ROWID;
INSERT INTO news_days
SELECT e.feed_id, cast(e.first_seen_at / 86400 AS INTEGER), count(*), max(e.first_seen_at)
FROM entries e JOIN feeds f ON f.id = e.feed_id WHERE e.first_seen_at > f.first_polled_at
GROUP BY 1, 2;
CREATE TRIGGER count_news AFTER INSERT ON entries
WHEN (SELECT first_polled_at < NEW.first_seen_at FROM feeds WHERE id = NEW.feed_id)
BEGIN INSERT INTO news_days
    VALUES (NEW.feed_id, cast(NEW.first_seen_at / 86400 AS INTEGER), 1, NEW.first_seen_at)
    ON CONFLICT DO UPDATE SET entries = entries + 1, last_at = max(last_at, excluded.last_at); END;

CREATE TABLE outages (            -- that are over, of an hour or more; and gaps
    feed_id INTEGER REFERENCES feeds(id),   -- NULL: the service itself was not running
    reason TEXT NOT NULL,
    since REAL NOT NULL, until REAL NOT NULL
);
CREATE INDEX outages_until ON outages(until);
CREATE TRIGGER note_outage AFTER UPDATE OF failing_since ON feeds
WHEN NEW.failing_since IS NULL AND NEW.ok_at - OLD.failing_since >= 3600
BEGIN INSERT INTO outages VALUES (NEW.id, OLD.error, OLD.failing_since, NEW.ok_at); END;
CREATE TRIGGER note_gap AFTER UPDATE OF gap_at ON feeds WHEN NEW.gap_at IS NOT OLD.gap_at
BEGIN INSERT INTO outages
    VALUES (NEW.id, 'gap', coalesce(NEW.gap_since, NEW.gap_at), NEW.gap_at); END;

-- since when its document has no entries
ALTER TABLE feeds ADD COLUMN empty_since REAL;

CREATE TABLE told (               -- what the operations channel was told, and is not over
    subject TEXT PRIMARY KEY,     -- such as `feed 12`, `channel desk`, `heartbeat`
    state TEXT NOT NULL,
    at REAL NOT NULL
) WITHOUT ROWID;

DROP VIEW feed_health;

-- What `feedhealth.health` judges by. news_days: [[day, entries], …] of the eight weeks before its
-- newest entry.
CREATE VIEW feed_health AS
SELECT f.id, f.url, f.title, f.publisher, f.country, f.lang, f.kind, f.enabled,
       f.error, f.failures,
       strftime('%Y-%m-%dT%H:%M:%SZ', f.failing_since, 'unixepoch') AS failing_since,
       strftime('%Y-%m-%dT%H:%M:%SZ', f.ok_at, 'unixepoch') AS ok_at,
       strftime('%Y-%m-%dT%H:%M:%SZ', f.due_at, 'unixepoch') AS due_at,
       (SELECT count(*) FROM entries e WHERE e.feed_id = f.id) AS entries,
       f.interval, f.rate, f.moved_to, f.gaps,
       strftime('%Y-%m-%dT%H:%M:%SZ', f.gap_since, 'unixepoch') AS gap_since,
       strftime('%Y-%m-%dT%H:%M:%SZ', f.gap_at, 'unixepoch') AS gap_at,
       strftime('%Y-%m-%dT%H:%M:%SZ', f.gone_at, 'unixepoch') AS gone_at,
       strftime('%Y-%m-%dT%H:%M:%SZ', f.empty_since, 'unixepoch') AS empty_since,
       strftime('%Y-%m-%dT%H:%M:%SZ', f.first_polled_at, 'unixepoch') AS first_polled_at,
       (SELECT strftime('%Y-%m-%dT%H:%M:%SZ', last_at, 'unixepoch') FROM news_days
        WHERE feed_id = f.id ORDER BY day DESC LIMIT 1) AS news_at,
       (SELECT json_group_array(json_array(day, entries)) FROM news_days WHERE feed_id = f.id
        AND day > (SELECT max(day) FROM news_days WHERE feed_id = f.id) - 56) AS news_days
FROM feeds f;
"""
