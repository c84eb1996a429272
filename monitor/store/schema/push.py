"""Add subscriptions to hubs that push feeds (WebSub)."""

SQL = """
CREATE TABLE subscriptions (      -- a row for each feed that names a hub
    feed_id INTEGER PRIMARY KEY REFERENCES feeds(id),
    hub TEXT NOT NULL, topic TEXT NOT NULL,   -- as the feed names them
    token TEXT NOT NULL UNIQUE,   -- the end of its callback address
    secret TEXT NOT NULL,         -- ours, random: the hub signs with it
    wanted INTEGER NOT NULL DEFAULT 1,        -- 0: the hub is to stop
    pending INTEGER NOT NULL DEFAULT 0,       -- asked, and not yet verified by the hub
    due_at REAL,                  -- when the hub is asked (again); NULL: not unless things change
    attempts INTEGER NOT NULL DEFAULT 0,
    lease_until REAL,             -- the hub pushes until then
    reason TEXT NOT NULL DEFAULT '',          -- why it does not
    pushes INTEGER NOT NULL DEFAULT 0, dropped INTEGER NOT NULL DEFAULT 0, pushed_at REAL
);
CREATE INDEX subscriptions_due ON subscriptions(due_at) WHERE due_at IS NOT NULL;

-- until then its hub is relied upon, and it is polled rarely; NULL: it is polled as any other
ALTER TABLE feeds ADD COLUMN pushed_until REAL;

CREATE VIEW pushed_feeds AS
SELECT f.url AS feed, s.hub, s.topic,
       CASE WHEN NOT s.wanted THEN 'leaving'
            WHEN s.lease_until > unixepoch('now') THEN 'live'
            WHEN s.due_at IS NULL THEN 'refused'
            ELSE 'asked' END AS state,
       s.reason, s.pushes, s.dropped, s.attempts,
       strftime('%Y-%m-%dT%H:%M:%SZ', s.pushed_at, 'unixepoch') AS pushed_at,
       strftime('%Y-%m-%dT%H:%M:%SZ', s.lease_until, 'unixepoch') AS lease_until,
       strftime('%Y-%m-%dT%H:%M:%SZ', s.due_at, 'unixepoch') AS due_at
FROM subscriptions s JOIN feeds f ON f.id = s.feed_id;
"""
