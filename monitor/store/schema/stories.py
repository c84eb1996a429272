"""Add what stories are recognised by, and what each of them is made of."""

SQL = """
CREATE TABLE traces (             -- what articles are recognised by, and why they are in a story
    article_id INTEGER PRIMARY KEY REFERENCES articles(id) ON DELETE CASCADE,
    sets TEXT NOT NULL,           -- JSON: the term sets in headline and lead
    signature BLOB NOT NULL, credited TEXT NOT NULL,
    copy_of INTEGER REFERENCES articles(id) ON DELETE SET NULL,
    survey INTEGER NOT NULL,      -- reports many events
    why TEXT NOT NULL             -- JSON: the evidence, see `monitor stories show --why`
);
CREATE INDEX traces_copy ON traces(copy_of) WHERE copy_of IS NOT NULL;

CREATE TABLE figures (            -- in the order in which articles of stories told them
    id INTEGER PRIMARY KEY,
    article_id INTEGER NOT NULL REFERENCES articles(id) ON DELETE CASCADE,
    value REAL NOT NULL, unit TEXT NOT NULL, approx TEXT NOT NULL, said_by TEXT NOT NULL
);
CREATE INDEX figures_article ON figures(article_id);

CREATE TABLE profiles (           -- of stories that may go on: what new articles are compared with
    story_id INTEGER PRIMARY KEY REFERENCES stories(id) ON DELETE CASCADE,
    first_at REAL NOT NULL, last_at REAL NOT NULL,      -- when its articles were published
    seen_at REAL NOT NULL,        -- when the last one was seen
    topics TEXT NOT NULL,         -- JSON
    articles INTEGER NOT NULL, langs TEXT NOT NULL,     -- JSON: articles by language
    marks TEXT NOT NULL           -- JSON: articles by mark
);
CREATE INDEX profiles_seen ON profiles(seen_at);
CREATE TABLE story_marks (        -- where a mark stands in profiles
    mark TEXT NOT NULL, story_id INTEGER NOT NULL, PRIMARY KEY (mark, story_id)
) WITHOUT ROWID;
CREATE TABLE story_topics (       -- which topics have stories that may go on
    topic TEXT NOT NULL, story_id INTEGER NOT NULL, last_at REAL NOT NULL,
    PRIMARY KEY (topic, story_id)
) WITHOUT ROWID;
CREATE INDEX story_topics_last ON story_topics(topic, last_at);
CREATE TABLE recent_hits (        -- of which `mark_counts` is the sum
    id INTEGER PRIMARY KEY, seen_at REAL NOT NULL,
    topics TEXT NOT NULL, marks TEXT NOT NULL           -- JSON
);
CREATE INDEX recent_hits_seen ON recent_hits(seen_at);
CREATE TABLE mark_counts (        -- how many recent hits of a topic have a mark, see stories.Rates
    topic TEXT NOT NULL, mark TEXT NOT NULL, articles INTEGER NOT NULL,
    PRIMARY KEY (topic, mark)
) WITHOUT ROWID;

CREATE VIEW story_list AS
SELECT s.id, s.title,
       (SELECT json_group_array(DISTINCT m.topic) FROM articles a JOIN matches m
            ON m.article_id = a.id AND m.reason = '' WHERE a.story_id = s.id) AS topics,
       count(*) AS articles, count(DISTINCT a.publisher) AS publishers,
       count(DISTINCT iif(t.copy_of IS NULL, a.publisher, NULL)) AS independent,
       json_group_array(DISTINCT a.lang) AS langs,
       strftime('%Y-%m-%dT%H:%M:%SZ', s.started_at, 'unixepoch') AS started_at,
       strftime('%Y-%m-%dT%H:%M:%SZ', max(a.seen_at), 'unixepoch') AS last_at,
       max(a.seen_at) AS last, s.started_at AS started
FROM stories s JOIN articles a ON a.story_id = s.id LEFT JOIN traces t ON t.article_id = a.id
GROUP BY s.id;

CREATE VIEW story_articles AS
SELECT a.story_id AS story, a.id, v.title, a.link AS url, a.publisher, a.lang, f.kind, f.country,
       strftime('%Y-%m-%dT%H:%M:%SZ', a.published_at, 'unixepoch') AS published_at,
       strftime('%Y-%m-%dT%H:%M:%SZ', a.seen_at, 'unixepoch') AS seen_at,
       t.copy_of, coalesce(t.survey, 0) AS survey, coalesce(t.why, '{}') AS why, t.sets,
       (SELECT json_group_array(m.topic) FROM matches m
            WHERE m.article_id = a.id AND m.reason = '') AS topics
FROM articles a
JOIN versions v ON v.id = a.version_id
JOIN feeds f ON f.id = a.feed_id
LEFT JOIN traces t ON t.article_id = a.id
WHERE a.story_id IS NOT NULL;
"""
