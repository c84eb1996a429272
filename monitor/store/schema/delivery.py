"""Add what the outbox needs to send stories instead of articles, and notices."""

SQL = """
CREATE TABLE alerts_before AS SELECT * FROM alerts;
DROP TABLE alerts;
CREATE TABLE alerts (             -- the outbox: articles' hits, and notices
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,     -- goes out with the message, to find it again
    channel TEXT NOT NULL,
    story_id INTEGER REFERENCES stories(id),
    article_id INTEGER REFERENCES articles(id) ON DELETE SET NULL,
    topics TEXT NOT NULL,         -- JSON: topic ids
    severity TEXT NOT NULL DEFAULT 'warning',
    state TEXT NOT NULL CHECK (state IN
        ('pending', 'sent', 'counted', 'digested', 'silenced', 'too-old', 'failed')),
    reason TEXT NOT NULL DEFAULT '',      -- why it is not sent
    news TEXT NOT NULL DEFAULT '[]',      -- JSON: what it adds to its story
    broadcast INTEGER NOT NULL DEFAULT 0,
    digest TEXT NOT NULL,         -- goes out together with the channel's others of this kind
    notice_key TEXT, notice TEXT, -- JSON, where it is no article's
    due_at REAL,                  -- NULL: nothing more is to be done; while leased, its end
    leased INTEGER NOT NULL DEFAULT 0,
    attempts INTEGER NOT NULL DEFAULT 0,
    plain INTEGER NOT NULL DEFAULT 0,
    message TEXT NOT NULL DEFAULT '',     -- the key of the message that it was last claimed for
    tried_at REAL,                -- when it was first claimed for it
    in_doubt INTEGER NOT NULL DEFAULT 0,  -- the message may have arrived: its answer was lost
    repeated INTEGER NOT NULL DEFAULT 0,  -- how often it was sent again without knowing
    ref TEXT, thread TEXT,        -- the channel's own name of the message, and of its parent
    shown BLOB,                   -- a digest of what a first message said of its story
    created_at REAL NOT NULL, sent_at REAL
);
INSERT INTO alerts (id, key, channel, story_id, article_id, topics, state, reason, digest, due_at,
    leased, attempts, plain, message, tried_at, ref, thread, created_at, sent_at)
SELECT id, key, channel, story_id, article_id, topics, state, reason,
    iif(digest, 'catching-up', ''), due_at, leased, attempts, plain,
    -- what may be on its way, or was refused, is tried again as the message that it was
    CASE WHEN digest AND leased THEN (SELECT b.key FROM alerts_before b WHERE b.digest AND b.leased
            AND b.channel = a.channel ORDER BY b.id LIMIT 1)
        WHEN leased OR plain THEN key ELSE '' END,
    iif(leased, created_at, NULL), ref, thread, created_at, sent_at
FROM alerts_before a;
DROP TABLE alerts_before;
CREATE INDEX alerts_due ON alerts(channel, due_at) WHERE due_at IS NOT NULL;
CREATE INDEX alerts_story ON alerts(story_id, channel);
CREATE INDEX alerts_article ON alerts(article_id);
CREATE INDEX alerts_sent ON alerts(channel, sent_at) WHERE sent_at IS NOT NULL;
CREATE INDEX alerts_silenced ON alerts(reason) WHERE state = 'silenced';
CREATE UNIQUE INDEX alerts_notice ON alerts(channel, notice_key) WHERE notice_key IS NOT NULL;

CREATE TABLE edits (              -- first messages whose story has gone on since
    alert_id INTEGER PRIMARY KEY REFERENCES alerts(id) ON DELETE CASCADE,
    channel TEXT NOT NULL,
    due_at REAL NOT NULL,         -- while leased: when the lease ends
    leased INTEGER NOT NULL DEFAULT 0,
    attempts INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX edits_due ON edits(channel, due_at);

ALTER TABLE silences ADD COLUMN story_id INTEGER;
ALTER TABLE silences ADD COLUMN author TEXT NOT NULL DEFAULT '';
-- ended by hand
ALTER TABLE silences ADD COLUMN expired INTEGER NOT NULL DEFAULT 0;
-- why nothing can be looked up in a channel
ALTER TABLE channels ADD COLUMN unreadable TEXT NOT NULL DEFAULT '';

DROP VIEW article_alerts;
CREATE VIEW article_alerts AS
SELECT article_id, channel, topics, state, reason, news, broadcast, digest, ref, thread,
       strftime('%Y-%m-%dT%H:%M:%SZ', due_at, 'unixepoch') AS due_at,
       strftime('%Y-%m-%dT%H:%M:%SZ', sent_at, 'unixepoch') AS sent_at
FROM alerts;

DROP VIEW alert_list;
CREATE VIEW alert_list AS
SELECT a.id, a.channel,
       CASE WHEN a.notice IS NOT NULL THEN 'notice' WHEN a.digest <> '' THEN 'digest'
            WHEN a.state = 'counted' THEN 'report'
            WHEN a.thread IS NOT NULL OR a.news <> '[]' THEN 'reply' ELSE 'first' END AS kind,
       a.state, a.severity, a.reason, a.news, a.attempts, a.digest, a.broadcast, a.in_doubt,
       a.repeated, a.topics, a.story_id AS story, a.article_id AS article,
       coalesce(a.notice ->> 'title', v.title) AS title, r.link AS url, a.ref, a.thread,
       strftime('%Y-%m-%dT%H:%M:%SZ', a.created_at, 'unixepoch') AS created_at,
       strftime('%Y-%m-%dT%H:%M:%SZ', a.due_at, 'unixepoch') AS due_at,
       strftime('%Y-%m-%dT%H:%M:%SZ', a.sent_at, 'unixepoch') AS sent_at
FROM alerts a
LEFT JOIN articles r ON r.id = a.article_id
LEFT JOIN versions v ON v.id = r.version_id;

CREATE VIEW silence_list AS
SELECT s.id, s.topic, s.term, s.publisher, s.story_id AS story, t.title AS story_title,
       s.author AS by, s.comment,
       (SELECT count(*) FROM alerts a WHERE a.state = 'silenced'
            AND '; ' || a.reason || ';' LIKE '%; silence ' || s.id || ';%') AS held,
       s.starts_at AS starts, s.ends_at AS ends,
       strftime('%Y-%m-%dT%H:%M:%SZ', s.starts_at, 'unixepoch') AS starts_at,
       strftime('%Y-%m-%dT%H:%M:%SZ', s.ends_at, 'unixepoch') AS ends_at
FROM silences s LEFT JOIN stories t ON t.id = s.story_id;
"""
