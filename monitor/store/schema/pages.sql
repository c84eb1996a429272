-- Pages of hits that are to be fetched, and looked at again: a queue like that of feeds.
CREATE TABLE pages (
    article_id INTEGER PRIMARY KEY REFERENCES articles(id) ON DELETE CASCADE,
    keep TEXT NOT NULL,           -- text or page
    host TEXT NOT NULL,
    due_at REAL,                  -- NULL: it is not looked at any more
    leased INTEGER NOT NULL DEFAULT 0,
    looks INTEGER NOT NULL DEFAULT 0, first_at REAL, looked_at REAL
);
CREATE INDEX pages_due ON pages(due_at) WHERE due_at IS NOT NULL;
CREATE INDEX pages_host ON pages(host, looked_at);

-- What was seen there, each time: rows are only added. An observation, never a judgement.
CREATE TABLE page_looks (
    id INTEGER PRIMARY KEY,
    article_id INTEGER NOT NULL,  -- outlives the article
    at REAL NOT NULL,
    url TEXT NOT NULL,            -- where redirects led
    status INTEGER NOT NULL,      -- 0: there was no answer
    words TEXT NOT NULL,          -- `answered 404 on 2024-10-31 18:00 UTC`
    title TEXT NOT NULL, digest BLOB NOT NULL, version_id INTEGER,
    sha256 TEXT NOT NULL,         -- of the answer's content, "" for none
    bytes INTEGER NOT NULL, seconds REAL NOT NULL,
    record TEXT NOT NULL,         -- the WARC file, its offset and its length; "" for none
    record_sha256 TEXT NOT NULL
);
CREATE INDEX page_looks_article ON page_looks(article_id, id);

CREATE VIEW page_observations AS
-- What was seen of the pages of hits, each time: `monitor show`.
SELECT id, article_id AS article, strftime('%Y-%m-%dT%H:%M:%SZ', at, 'unixepoch') AS at, url, status,
       words, title, version_id AS version, sha256, bytes, seconds, record, record_sha256
FROM page_looks;
