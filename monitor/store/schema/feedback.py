"""Add what readers say of alerts."""

SQL = """
CREATE TABLE feedback (           -- the last word of each reader on each article, of each kind
    id INTEGER PRIMARY KEY,
    article_id INTEGER NOT NULL,  -- outlives the article: precision is measured over years
    alert_id INTEGER, story_id INTEGER,
    topics TEXT NOT NULL,         -- JSON: the topics that alerted, all of which are judged
    reader TEXT NOT NULL,         -- `slack:U0123`, `cli:nina`
    name TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('verdict', 'mute', 'silence')),
    said TEXT NOT NULL CHECK (said IN ('good', 'wrong', 'none', 'mute', 'silence')),
    at REAL NOT NULL,             -- by the clock there; an older word changes nothing
    UNIQUE (article_id, reader, kind)
);
CREATE INDEX feedback_at ON feedback(at);
CREATE INDEX alerts_ref ON alerts(ref) WHERE ref IS NOT NULL;
CREATE INDEX alerts_message ON alerts(message) WHERE message <> '';

CREATE VIEW verdicts AS           -- what readers together say: an article is good, wrong, or open
SELECT f.article_id AS article, t.value AS topic, max(f.at) AS at,
       count(*) FILTER (WHERE f.said = 'good') AS good,
       count(*) FILTER (WHERE f.said = 'wrong') AS wrong
FROM feedback f, json_each(f.topics) t
WHERE f.kind = 'verdict' AND f.said <> 'none'
GROUP BY f.article_id, t.value;

CREATE VIEW feedback_list AS
SELECT f.id, f.article_id AS article, f.alert_id AS alert, f.story_id AS story, f.topics,
       f.reader, f.name, f.said, v.title, a.link AS url, a.publisher, f.at AS said_at,
       strftime('%Y-%m-%dT%H:%M:%SZ', f.at, 'unixepoch') AS at
FROM feedback f
LEFT JOIN articles a ON a.id = f.article_id
LEFT JOIN versions v ON v.id = a.version_id;
"""
