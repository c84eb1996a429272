-- Tables, indexes and triggers of the first release, grouped by noun. The views are in
-- initial_views.sql. Neither file is edited any more: a change is a new migration.
--
-- Times are REAL seconds since 1970 (UTC), named *_at. A comment inside a statement is stored with
-- the statement, so `sqlite3 monitor.db .schema` shows it, too.


-- ── feeds ────────────────────────────────────────────────────────────────────────────────────────

-- Settings copied from the configuration, and polling state. The row is kept when a feed leaves the
-- configuration (enabled = 0): the ledger refers to it.
CREATE TABLE feeds (
    id INTEGER PRIMARY KEY,
    -- settings
    url TEXT NOT NULL UNIQUE,     -- as written in the configuration, without secrets
    host TEXT NOT NULL,
    title TEXT NOT NULL, publisher TEXT NOT NULL, country TEXT NOT NULL,
    lang TEXT NOT NULL, kind TEXT NOT NULL,
    enabled INTEGER NOT NULL, private INTEGER NOT NULL,
    -- the queue
    due_at REAL NOT NULL,         -- while leased: when the lease ends
    leased INTEGER NOT NULL DEFAULT 0,
    claimed_at REAL,
    -- how polls went
    first_polled_at REAL, polled_at REAL, ok_at REAL,
    failures INTEGER NOT NULL DEFAULT 0, failing_since REAL,
    error TEXT NOT NULL DEFAULT '',           -- for people; nothing reads it again
    reason TEXT NOT NULL DEFAULT '',          -- the error as a PollReason, for decisions
    empty_since REAL,             -- since when its document has no entries
    gone_at REAL,                 -- since when its server says that it is closed
    moved_to TEXT NOT NULL DEFAULT '',        -- where a permanent redirect leads
    -- what the next poll needs from the last one
    etag TEXT NOT NULL DEFAULT '', last_modified TEXT NOT NULL DEFAULT '',
    body_digest BLOB NOT NULL DEFAULT x'',
    known BLOB NOT NULL DEFAULT x'',          -- 8 bytes for each entry of the last document
    entry_fingerprints BLOB NOT NULL DEFAULT x'',   -- 40 bytes for each, see parse/incremental.py
    -- pace
    rate REAL,                    -- new entries an hour, smoothed
    interval REAL,                -- seconds to the next poll, as the last poll planned it
    ttl REAL NOT NULL DEFAULT 0,  -- what the document asks for, in seconds,
    skip_hours TEXT NOT NULL DEFAULT '',      -- … hours (`0 1 2`, UTC),
    skip_days TEXT NOT NULL DEFAULT '',       -- … and days (`5 6` is the weekend)
    pushed_until REAL,            -- until then its hub is relied upon, and polls are rare
    -- gaps: entries may have been missed between two polls; how often, and the last two such polls
    gaps INTEGER NOT NULL DEFAULT 0, gap_since REAL, gap_at REAL
);
-- A claim ranks thousands of due feeds by host from this index alone, without reading a row. The id
-- mixes the hosts of those that are due together.
CREATE INDEX feeds_due ON feeds(due_at, id, host, private) WHERE enabled;
CREATE INDEX feeds_host ON feeds(host);
CREATE INDEX feeds_leased ON feeds(due_at) WHERE leased;
CREATE INDEX feeds_claimed ON feeds(claimed_at);

-- Outages of an hour or more that are over, and gaps. Triggers write them, so that they are true
-- whoever updates a feed.
CREATE TABLE outages (
    feed_id INTEGER REFERENCES feeds(id),   -- NULL: the service itself was not running
    reason TEXT NOT NULL,
    since REAL NOT NULL, until REAL NOT NULL
);
CREATE INDEX outages_until ON outages(until);
CREATE TRIGGER note_outage AFTER UPDATE OF failing_since ON feeds
WHEN NEW.failing_since IS NULL AND NEW.ok_at - OLD.failing_since >= 3600
BEGIN
    INSERT INTO outages VALUES (NEW.id, OLD.error, OLD.failing_since, NEW.ok_at);
END;
CREATE TRIGGER note_gap AFTER UPDATE OF gap_at ON feeds WHEN NEW.gap_at IS NOT OLD.gap_at
BEGIN
    INSERT INTO outages VALUES (NEW.id, 'gap', coalesce(NEW.gap_since, NEW.gap_at), NEW.gap_at);
END;

-- WebSub: a row for each feed that names a hub.
CREATE TABLE subscriptions (
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


-- ── articles ─────────────────────────────────────────────────────────────────────────────────────

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

-- Every text that an article had: evidence points into one of them, and an edit never moves it.
CREATE TABLE versions (
    id INTEGER PRIMARY KEY,
    article_id INTEGER NOT NULL REFERENCES articles(id) ON DELETE CASCADE,
    title TEXT NOT NULL, text TEXT NOT NULL, digest BLOB NOT NULL, seen_at REAL NOT NULL
);
CREATE INDEX versions_article ON versions(article_id);
-- rowid: versions.id; words as store/fulltext.py splits them. Without content: the texts are above.
CREATE VIRTUAL TABLE versions_fts USING fts5(
    title, text, content='', tokenize="unicode61 remove_diacritics 2"
);

-- Hits (reason is empty) and near misses.
CREATE TABLE matches (
    id INTEGER PRIMARY KEY,
    article_id INTEGER NOT NULL REFERENCES articles(id) ON DELETE CASCADE,
    version_id INTEGER NOT NULL REFERENCES versions(id) ON DELETE CASCADE,
    topic TEXT NOT NULL, topic_digest TEXT NOT NULL,
    score REAL NOT NULL DEFAULT 1,
    reason TEXT NOT NULL,
    evidence TEXT NOT NULL,       -- JSON: [[term, field, start, end, and its sentence's], …]
    seen_at REAL NOT NULL,
    UNIQUE (article_id, topic)
);
CREATE INDEX matches_version ON matches(version_id);   -- without it pruning scans all matches


-- ── the ledger ───────────────────────────────────────────────────────────────────────────────────

-- One row for each distinct entry of a feed, for ever: no entry is dropped without a trace.
CREATE TABLE entries (
    id INTEGER PRIMARY KEY,
    feed_id INTEGER NOT NULL REFERENCES feeds(id),
    article_id INTEGER REFERENCES articles(id) ON DELETE SET NULL,
    publisher TEXT NOT NULL,
    outcome TEXT NOT NULL         -- the best over all topics
        CHECK (outcome IN ('hit', 'near-miss', 'no-match', 'duplicate', 'unread')),
    reason TEXT NOT NULL DEFAULT '',
    first_seen_at REAL NOT NULL
);
CREATE INDEX entries_feed ON entries(feed_id, outcome);
CREATE INDEX entries_article ON entries(article_id);
CREATE INDEX entries_seen ON entries(first_seen_at);

-- By what an entry is recognised. Kept when articles are pruned: an entry that its feed still
-- serves would alert again.
CREATE TABLE identities (
    key BLOB NOT NULL, feed_id INTEGER NOT NULL REFERENCES feeds(id),
    entry_id INTEGER NOT NULL REFERENCES entries(id),
    PRIMARY KEY (key, feed_id)
) WITHOUT ROWID;

-- The ledger by day: new entries, but those of a first poll. Counted as entries come in, so that
-- staleness and sparklines of 50,000 feeds need no walk through the ledger.
CREATE TABLE news_days (
    feed_id INTEGER NOT NULL REFERENCES feeds(id),
    day INTEGER NOT NULL,         -- since 1970 (UTC)
    entries INTEGER NOT NULL,
    last_at REAL NOT NULL,        -- when the newest of them came
    PRIMARY KEY (feed_id, day)
) WITHOUT ROWID;


-- ── stories ──────────────────────────────────────────────────────────────────────────────────────

CREATE TABLE stories (
    id INTEGER PRIMARY KEY, title TEXT NOT NULL, started_at REAL NOT NULL
);

-- What articles are recognised by, and why they are in a story.
CREATE TABLE article_features (
    article_id INTEGER PRIMARY KEY REFERENCES articles(id) ON DELETE CASCADE,
    sets TEXT NOT NULL,           -- JSON: the term sets in headline and lead
    signature BLOB NOT NULL, credited TEXT NOT NULL,
    copy_of INTEGER REFERENCES articles(id) ON DELETE SET NULL,
    roundup INTEGER NOT NULL,     -- whether it reports many events
    why TEXT NOT NULL             -- JSON: the evidence, see `monitor stories show --why`
);
CREATE INDEX article_features_copy ON article_features(copy_of) WHERE copy_of IS NOT NULL;

-- Figures, in the order in which articles of stories reported them.
CREATE TABLE figures (
    id INTEGER PRIMARY KEY,
    article_id INTEGER NOT NULL REFERENCES articles(id) ON DELETE CASCADE,
    value REAL NOT NULL, unit TEXT NOT NULL, approx TEXT NOT NULL, said_by TEXT NOT NULL
);
CREATE INDEX figures_article ON figures(article_id);

-- Stories that may go on: what new articles are compared with.
CREATE TABLE story_profiles (
    story_id INTEGER PRIMARY KEY REFERENCES stories(id) ON DELETE CASCADE,
    first_at REAL NOT NULL, last_at REAL NOT NULL,      -- when its articles were published
    seen_at REAL NOT NULL,        -- when the last one was seen
    topics TEXT NOT NULL,         -- JSON
    articles INTEGER NOT NULL, langs TEXT NOT NULL,     -- JSON: articles by language
    features TEXT NOT NULL        -- JSON: articles by feature
);
CREATE INDEX story_profiles_seen ON story_profiles(seen_at);
-- In which profiles a feature stands: finds the ten candidates of an article without reading all.
CREATE TABLE story_features (
    feature TEXT NOT NULL, story_id INTEGER NOT NULL, PRIMARY KEY (feature, story_id)
) WITHOUT ROWID;
-- Which topics have stories that may go on.
CREATE TABLE story_topics (
    topic TEXT NOT NULL, story_id INTEGER NOT NULL, last_at REAL NOT NULL,
    PRIMARY KEY (topic, story_id)
) WITHOUT ROWID;
CREATE INDEX story_topics_last ON story_topics(topic, last_at);

-- Recent hits, of which `feature_counts` is the sum: a hit that grows old is subtracted again.
CREATE TABLE recent_hits (
    id INTEGER PRIMARY KEY, seen_at REAL NOT NULL,
    topics TEXT NOT NULL, features TEXT NOT NULL        -- JSON
);
CREATE INDEX recent_hits_seen ON recent_hits(seen_at);
-- How many recent hits of a topic have a feature: a common feature proves little.
CREATE TABLE feature_counts (
    topic TEXT NOT NULL, feature TEXT NOT NULL, articles INTEGER NOT NULL,
    PRIMARY KEY (topic, feature)
) WITHOUT ROWID;


-- ── alerts ───────────────────────────────────────────────────────────────────────────────────────

-- The outbox: hits of articles, and notices.
CREATE TABLE alerts (
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
    -- the queue
    due_at REAL,                  -- NULL: nothing more is to be done; while leased, its end
    leased INTEGER NOT NULL DEFAULT 0,
    attempts INTEGER NOT NULL DEFAULT 0,
    plain INTEGER NOT NULL DEFAULT 0,
    message TEXT NOT NULL DEFAULT '',     -- the key of the message that it was last claimed for
    tried_at REAL,                -- when it was first claimed for it
    in_doubt INTEGER NOT NULL DEFAULT 0,  -- the message may have arrived: its answer was lost
    repeated INTEGER NOT NULL DEFAULT 0,  -- how often it was sent again without knowing
    -- what was sent
    ref TEXT, thread TEXT,        -- the channel's own name of the message, and of its parent
    shown BLOB,                   -- a digest of what a first message said of its story
    created_at REAL NOT NULL, sent_at REAL
);
CREATE INDEX alerts_due ON alerts(channel, due_at) WHERE due_at IS NOT NULL;
CREATE INDEX alerts_story ON alerts(story_id, channel);
CREATE INDEX alerts_article ON alerts(article_id);
CREATE INDEX alerts_sent ON alerts(channel, sent_at) WHERE sent_at IS NOT NULL;
CREATE INDEX alerts_silenced ON alerts(reason) WHERE state = 'silenced';
CREATE INDEX alerts_ref ON alerts(ref) WHERE ref IS NOT NULL;
CREATE INDEX alerts_message ON alerts(message) WHERE message <> '';
CREATE UNIQUE INDEX alerts_notice ON alerts(channel, notice_key) WHERE notice_key IS NOT NULL;

-- Edits that are due: first messages whose story has gone on since. One row an alert, so that ten
-- changes are one edit.
CREATE TABLE edits (
    alert_id INTEGER PRIMARY KEY REFERENCES alerts(id) ON DELETE CASCADE,
    channel TEXT NOT NULL,
    due_at REAL NOT NULL,         -- while leased: when the lease ends
    leased INTEGER NOT NULL DEFAULT 0,
    attempts INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX edits_due ON edits(channel, due_at);

CREATE TABLE channels (
    name TEXT PRIMARY KEY,
    ready_at REAL NOT NULL,       -- no message before
    stopped_at REAL, reason TEXT NOT NULL DEFAULT '',
    unreadable TEXT NOT NULL DEFAULT ''       -- why nothing can be looked up there
);

CREATE TABLE silences (
    id INTEGER PRIMARY KEY,
    topic TEXT NOT NULL, term TEXT NOT NULL, publisher TEXT NOT NULL, story_id INTEGER,
    starts_at REAL NOT NULL, ends_at REAL NOT NULL,
    comment TEXT NOT NULL, author TEXT NOT NULL DEFAULT '',
    expired INTEGER NOT NULL DEFAULT 0        -- ended by hand
);

-- The last word of each reader on each article, of each kind.
CREATE TABLE feedback (
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


-- ── the service ──────────────────────────────────────────────────────────────────────────────────

-- The process that polls and delivers; one row.
CREATE TABLE service (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    pid INTEGER NOT NULL, version TEXT NOT NULL,
    started_at REAL NOT NULL,
    beat_at REAL NOT NULL         -- its last sign of life
);

-- What the operations channel was notified of, and is not over: nothing is said twice.
CREATE TABLE notified (
    subject TEXT PRIMARY KEY,     -- such as `feed 12`, `channel desk`, `heartbeat`
    state TEXT NOT NULL,
    at REAL NOT NULL
) WITHOUT ROWID;

-- The bugs of this program that it ran into, each kind once.
CREATE TABLE internal_errors (
    kind TEXT PRIMARY KEY,        -- such as `polling: KeyError at ingest.py:210`
    version TEXT NOT NULL,        -- of this program, when it last happened
    about TEXT NOT NULL,          -- the feed or the channel that it last happened with
    times INTEGER NOT NULL,
    first_at REAL NOT NULL, last_at REAL NOT NULL,
    notified INTEGER NOT NULL DEFAULT 0   -- whether the operations channel knows of it
) WITHOUT ROWID;
