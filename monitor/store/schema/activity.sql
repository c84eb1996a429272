-- What people do about stories, one row each; rows are only added. A merge of stories moves them.
CREATE TABLE story_activity (
    id INTEGER PRIMARY KEY,
    story_id INTEGER NOT NULL,    -- outlives the story's articles
    kind TEXT NOT NULL,           -- as in model/activity.py
    text TEXT NOT NULL,           -- a note, or who a story is assigned to
    reader TEXT NOT NULL,         -- `slack:U0123`, `cli:nina`, `monitor`
    name TEXT NOT NULL,
    at REAL NOT NULL,
    key TEXT NOT NULL             -- unique where it may be delivered twice, else empty
);
CREATE INDEX story_activity_story ON story_activity(story_id, kind);
CREATE INDEX story_activity_reader ON story_activity(reader);
CREATE UNIQUE INDEX story_activity_key ON story_activity(key) WHERE key <> '';
CREATE TRIGGER story_activity_stays BEFORE DELETE ON story_activity
BEGIN
    SELECT RAISE(ABORT, 'story_activity is append-only');
END;
CREATE TRIGGER story_activity_is_true BEFORE UPDATE OF id, kind, text, reader, name, at, key
ON story_activity
BEGIN
    SELECT RAISE(ABORT, 'story_activity is append-only');
END;

CREATE VIEW story_status AS
-- The state of the work on stories that anybody worked on: `monitor inbox`.
SELECT a.story_id AS story,
       CASE a.kind WHEN 'done' THEN 'done' WHEN 'dismiss' THEN 'dismissed'
            WHEN 'reopen' THEN 'reopened' ELSE 'taken' END AS state,
       iif(a.kind = 'assign', a.text, a.name) AS name, a.at AS since,
       strftime('%Y-%m-%dT%H:%M:%SZ', a.at, 'unixepoch') AS at, a.text
FROM story_activity a
WHERE a.id = (SELECT max(b.id) FROM story_activity b WHERE b.story_id = a.story_id
              AND b.kind IN ('take', 'assign', 'done', 'dismiss', 'reopen'));

CREATE VIEW story_activities AS
-- Who did what about which story, and when: `monitor stories show`.
SELECT id, story_id AS story, kind, name AS by, reader, text,
       strftime('%Y-%m-%dT%H:%M:%SZ', at, 'unixepoch') AS at
FROM story_activity;
