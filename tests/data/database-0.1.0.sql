-- A database as monitor 0.1.0 left it (schema 10), for the tests of `monitor db upgrade`.
-- Written by the code of 0.1.0 itself: polls with invented articles through its `ingest`, then its
-- outbox, and its commands `feedback add`, `silence add` and `silence expire`; dumped table by table.
--
-- Two feeds; six hits, a near miss, a duplicate, an article that was edited, an unread entry; alerts
-- in each of the states sent, pending (one of them leased), silenced, failed and too old; a notice,
-- an edit, a stopped channel, a hub, outages; three verdicts by two readers; two silences.
PRAGMA user_version = 10;
BEGIN;
CREATE TABLE "_sqlite_migrations" (
   "id" INTEGER PRIMARY KEY,
   "migration_set" TEXT,
   "name" TEXT,
   "applied_at" TEXT
);
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
, rate REAL, interval REAL, ttl REAL NOT NULL DEFAULT 0, skip_hours TEXT NOT NULL DEFAULT '', skip_days TEXT NOT NULL DEFAULT '', moved_to TEXT NOT NULL DEFAULT '', gone_at REAL, gaps INTEGER NOT NULL DEFAULT 0, gap_since REAL, gap_at REAL, empty_since REAL, pushed_until REAL, imprints BLOB NOT NULL DEFAULT x'');
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
CREATE TABLE versions (           -- every text an article had
    id INTEGER PRIMARY KEY,
    article_id INTEGER NOT NULL REFERENCES articles(id) ON DELETE CASCADE,
    title TEXT NOT NULL, text TEXT NOT NULL, digest BLOB NOT NULL, seen_at REAL NOT NULL
);
CREATE VIRTUAL TABLE versions_fts USING fts5(   -- rowid: versions.id; text as search.py splits it
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
    seen_at REAL NOT NULL, score REAL NOT NULL DEFAULT 1,
    UNIQUE (article_id, topic)
);
CREATE TABLE channels (
    name TEXT PRIMARY KEY,
    ready_at REAL NOT NULL,       -- no message before
    stopped_at REAL, reason TEXT NOT NULL DEFAULT ''
, unreadable TEXT NOT NULL DEFAULT '');
CREATE TABLE silences (
    id INTEGER PRIMARY KEY,
    topic TEXT NOT NULL, term TEXT NOT NULL, publisher TEXT NOT NULL,
    starts_at REAL NOT NULL, ends_at REAL NOT NULL, comment TEXT NOT NULL
, story_id INTEGER, author TEXT NOT NULL DEFAULT '', expired INTEGER NOT NULL DEFAULT 0);
CREATE TABLE service (            -- the process that polls and delivers; one row
    id INTEGER PRIMARY KEY CHECK (id = 1),
    pid INTEGER NOT NULL, version TEXT NOT NULL,
    started_at REAL NOT NULL,
    beat_at REAL NOT NULL         -- its last sign of life
);
CREATE TABLE news_days (          -- the ledger by day: new entries, but those of a first poll
    feed_id INTEGER NOT NULL REFERENCES feeds(id),
    day INTEGER NOT NULL,         -- since 1970 (UTC)
    entries INTEGER NOT NULL,
    last_at REAL NOT NULL,        -- when the newest of them came
    PRIMARY KEY (feed_id, day)
) WITHOUT ROWID;
CREATE TABLE outages (            -- that are over, of an hour or more; and gaps
    feed_id INTEGER REFERENCES feeds(id),   -- NULL: the service itself was not running
    reason TEXT NOT NULL,
    since REAL NOT NULL, until REAL NOT NULL
);
CREATE TABLE told (               -- what the operations channel was told, and is not over
    subject TEXT PRIMARY KEY,     -- such as `feed 12`, `channel desk`, `heartbeat`
    state TEXT NOT NULL,
    at REAL NOT NULL
) WITHOUT ROWID;
CREATE TABLE traces (             -- what articles are recognised by, and why they are in a story
    article_id INTEGER PRIMARY KEY REFERENCES articles(id) ON DELETE CASCADE,
    sets TEXT NOT NULL,           -- JSON: the term sets in headline and lead
    signature BLOB NOT NULL, credited TEXT NOT NULL,
    copy_of INTEGER REFERENCES articles(id) ON DELETE SET NULL,
    survey INTEGER NOT NULL,      -- reports many events
    why TEXT NOT NULL             -- JSON: the evidence, see `monitor stories show --why`
);
CREATE TABLE figures (            -- in the order in which articles of stories told them
    id INTEGER PRIMARY KEY,
    article_id INTEGER NOT NULL REFERENCES articles(id) ON DELETE CASCADE,
    value REAL NOT NULL, unit TEXT NOT NULL, approx TEXT NOT NULL, said_by TEXT NOT NULL
);
CREATE TABLE profiles (           -- of stories that may go on: what new articles are compared with
    story_id INTEGER PRIMARY KEY REFERENCES stories(id) ON DELETE CASCADE,
    first_at REAL NOT NULL, last_at REAL NOT NULL,      -- when its articles were published
    seen_at REAL NOT NULL,        -- when the last one was seen
    topics TEXT NOT NULL,         -- JSON
    articles INTEGER NOT NULL, langs TEXT NOT NULL,     -- JSON: articles by language
    marks TEXT NOT NULL           -- JSON: articles by mark
);
CREATE TABLE story_marks (        -- where a mark stands in profiles
    mark TEXT NOT NULL, story_id INTEGER NOT NULL, PRIMARY KEY (mark, story_id)
) WITHOUT ROWID;
CREATE TABLE story_topics (       -- which topics have stories that may go on
    topic TEXT NOT NULL, story_id INTEGER NOT NULL, last_at REAL NOT NULL,
    PRIMARY KEY (topic, story_id)
) WITHOUT ROWID;
CREATE TABLE recent_hits (        -- of which `mark_counts` is the sum
    id INTEGER PRIMARY KEY, seen_at REAL NOT NULL,
    topics TEXT NOT NULL, marks TEXT NOT NULL           -- JSON
);
CREATE TABLE mark_counts (        -- how many recent hits of a topic have a mark, see stories.Rates
    topic TEXT NOT NULL, mark TEXT NOT NULL, articles INTEGER NOT NULL,
    PRIMARY KEY (topic, mark)
) WITHOUT ROWID;
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
CREATE TABLE edits (              -- first messages whose story has gone on since
    alert_id INTEGER PRIMARY KEY REFERENCES alerts(id) ON DELETE CASCADE,
    channel TEXT NOT NULL,
    due_at REAL NOT NULL,         -- while leased: when the lease ends
    leased INTEGER NOT NULL DEFAULT 0,
    attempts INTEGER NOT NULL DEFAULT 0
);
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
INSERT INTO _sqlite_migrations (id, migration_set, name, applied_at) VALUES (1, 'monitor', 'first_light', '2026-11-29 21:39:35.609692+00:00');
INSERT INTO _sqlite_migrations (id, migration_set, name, applied_at) VALUES (2, 'monitor', 'service', '2026-11-29 21:39:35.610417+00:00');
INSERT INTO _sqlite_migrations (id, migration_set, name, applied_at) VALUES (3, 'monitor', 'scores', '2026-11-29 21:39:35.611386+00:00');
INSERT INTO _sqlite_migrations (id, migration_set, name, applied_at) VALUES (4, 'monitor', 'pace', '2026-11-29 21:39:35.616348+00:00');
INSERT INTO _sqlite_migrations (id, migration_set, name, applied_at) VALUES (5, 'monitor', 'health_of_feeds', '2026-11-29 21:39:35.617811+00:00');
INSERT INTO _sqlite_migrations (id, migration_set, name, applied_at) VALUES (6, 'monitor', 'stories_of_events', '2026-11-29 21:39:35.618844+00:00');
INSERT INTO _sqlite_migrations (id, migration_set, name, applied_at) VALUES (7, 'monitor', 'delivery_of_stories', '2026-11-29 21:39:35.623300+00:00');
INSERT INTO _sqlite_migrations (id, migration_set, name, applied_at) VALUES (8, 'monitor', 'feedback_of_readers', '2026-11-29 21:39:35.623972+00:00');
INSERT INTO _sqlite_migrations (id, migration_set, name, applied_at) VALUES (9, 'monitor', 'pushed_feeds', '2026-11-29 21:39:35.625191+00:00');
INSERT INTO _sqlite_migrations (id, migration_set, name, applied_at) VALUES (10, 'monitor', 'cheap_polls', '2026-11-29 21:39:35.626422+00:00');
INSERT INTO feeds (id, url, host, title, publisher, country, lang, kind, enabled, private, due_at, leased, claimed_at, first_polled_at, polled_at, ok_at, failures, failing_since, error, etag, last_modified, body_digest, known, rate, interval, ttl, skip_hours, skip_days, moved_to, gone_at, gaps, gap_since, gap_at, empty_since, pushed_until, imprints) VALUES (1, 'https://post.example/feed', 'post.example', 'Harbour Post', 'Harbour Post', 'NZ', 'en', 'paper', 1, 1, 1795201260.0, 1, 1795201200.0, 1795158000.0, 1795179600.0, 1795176000.0, 1, 1795179600.0, 'http-403: go away', '', '', X'', X'7AFA2605327499757E772E9259586EA3', 2.27556650071060406759e+00, 615.401517, 0.0, '', '', '', NULL, 0, NULL, NULL, NULL, NULL, X'');
INSERT INTO feeds (id, url, host, title, publisher, country, lang, kind, enabled, private, due_at, leased, claimed_at, first_polled_at, polled_at, ok_at, failures, failing_since, error, etag, last_modified, body_digest, known, rate, interval, ttl, skip_hours, skip_days, moved_to, gone_at, gaps, gap_since, gap_at, empty_since, pushed_until, imprints) VALUES (2, 'https://wire.example/feed', 'wire.example', 'Northern Wire', 'Northern Wire', 'NO', 'en', 'wire', 1, 1, 1.79519820985322403911e+09, 0, 1795197600.0, 1795158000.0, 1795197600.0, 1795197600.0, 0, NULL, '', '', '', X'', X'396E31822E65C54D', 2.17531419637222, 609.853224, 0.0, '', '', '', NULL, 3, 1795183200.0, 1795197600.0, NULL, NULL, X'');
INSERT INTO stories (id, title, started_at) VALUES (1, 'Island watches an ICBM cross the bay', 1795161600.0);
INSERT INTO stories (id, title, started_at) VALUES (2, 'An ICBM of long ago', 1795168800.0);
INSERT INTO stories (id, title, started_at) VALUES (3, '9,000 troops board ferries for the exercise', 1795170000.0);
INSERT INTO stories (id, title, started_at) VALUES (4, 'More troops arrive by train in the north', 1795183200.0);
INSERT INTO stories (id, title, started_at) VALUES (5, 'ICBM ship seen off the cape', 1795197600.0);
INSERT INTO articles (id, feed_id, link, publisher, lang, published_at, seen_at, title_key, version_id, story_id) VALUES (1, 1, 'https://post.example/1', 'Harbour Post', 'en', 1795161600.0, 1795161600.0, X'F0104344D10B3206', 6, 1);
INSERT INTO articles (id, feed_id, link, publisher, lang, published_at, seen_at, title_key, version_id, story_id) VALUES (2, 1, 'https://post.example/2', 'Harbour Post', 'en', 1795161600.0, 1795161600.0, X'317CBD9560F72A74', 2, NULL);
INSERT INTO articles (id, feed_id, link, publisher, lang, published_at, seen_at, title_key, version_id, story_id) VALUES (3, 1, 'https://post.example/3', 'Harbour Post', 'en', 1795161600.0, 1795161600.0, X'4BE73DB69103680F', 3, NULL);
INSERT INTO articles (id, feed_id, link, publisher, lang, published_at, seen_at, title_key, version_id, story_id) VALUES (4, 2, 'https://wire.example/6', 'Northern Wire', 'en', 1792569600.0, 1795168800.0, X'7CCA0F7CD9C69C8E', 4, 2);
INSERT INTO articles (id, feed_id, link, publisher, lang, published_at, seen_at, title_key, version_id, story_id) VALUES (5, 1, 'https://post.example/4', 'Harbour Post', 'en', 1795165200.0, 1795170000.0, X'C18DC2CD4A55359B', 5, 3);
INSERT INTO articles (id, feed_id, link, publisher, lang, published_at, seen_at, title_key, version_id, story_id) VALUES (6, 2, 'https://wire.example/5', 'Northern Wire', 'ko', 1795165200.0, 1795183200.0, X'9E97B682CDD697B9', 7, 3);
INSERT INTO articles (id, feed_id, link, publisher, lang, published_at, seen_at, title_key, version_id, story_id) VALUES (7, 2, 'https://wire.example/7', 'Northern Wire', 'en', 1795179600.0, 1795183200.0, X'76292291063EB7DC', 8, 4);
INSERT INTO articles (id, feed_id, link, publisher, lang, published_at, seen_at, title_key, version_id, story_id) VALUES (8, 2, 'https://wire.example/8', 'Northern Wire', 'en', 1795194000.0, 1795197600.0, X'ECB05EB8795E096A', 9, 5);
INSERT INTO versions (id, article_id, title, text, digest, seen_at) VALUES (1, 1, 'Island watches an ICBM cross the bay', 'The ICBM flew for 40 minutes, the coast guard said.', X'520DBA57D609C1F4', 1795161600.0);
INSERT INTO versions (id, article_id, title, text, digest, seen_at) VALUES (2, 2, 'ICBM on show at harbour parade', 'Children waved at the parade.', X'1FC4B183321F0BC5', 1795161600.0);
INSERT INTO versions (id, article_id, title, text, digest, seen_at) VALUES (3, 3, 'Ferry timetable changes on Monday', 'The last boat leaves at nine.', X'50C25911079BD0D7', 1795161600.0);
INSERT INTO versions (id, article_id, title, text, digest, seen_at) VALUES (4, 4, 'An ICBM of long ago', 'It stands in the museum of the harbour.', X'6311095C01C85F11', 1795168800.0);
INSERT INTO versions (id, article_id, title, text, digest, seen_at) VALUES (5, 5, '9,000 troops board ferries for the exercise', 'The harbour closes until Friday.', X'7AFA260532749975', 1795170000.0);
INSERT INTO versions (id, article_id, title, text, digest, seen_at) VALUES (6, 1, 'Island watches an ICBM cross the bay, twice', 'The ICBM flew for 40 minutes, the coast guard said. A second one followed.', X'7E772E9259586EA3', 1795170000.0);
INSERT INTO versions (id, article_id, title, text, digest, seen_at) VALUES (7, 6, '북한군 9천 명 항구 도착', '항구는 금요일까지 닫힌다.', X'01E6F7774FBF85F3', 1795183200.0);
INSERT INTO versions (id, article_id, title, text, digest, seen_at) VALUES (8, 7, 'More troops arrive by train in the north', 'They will stay for the winter.', X'BDC8F408A542E23A', 1795183200.0);
INSERT INTO versions (id, article_id, title, text, digest, seen_at) VALUES (9, 8, 'ICBM ship seen off the cape', 'Fishermen filmed it.', X'396E31822E65C54D', 1795197600.0);
INSERT INTO versions_fts (rowid, title, text) VALUES (1, 'Island watches an ICBM cross the bay', 'The ICBM flew for 40 minutes, the coast guard said.');
INSERT INTO versions_fts (rowid, title, text) VALUES (2, 'ICBM on show at harbour parade', 'Children waved at the parade.');
INSERT INTO versions_fts (rowid, title, text) VALUES (3, 'Ferry timetable changes on Monday', 'The last boat leaves at nine.');
INSERT INTO versions_fts (rowid, title, text) VALUES (4, 'An ICBM of long ago', 'It stands in the museum of the harbour.');
INSERT INTO versions_fts (rowid, title, text) VALUES (5, '9,000 troops board ferries for the exercise', 'The harbour closes until Friday.');
INSERT INTO versions_fts (rowid, title, text) VALUES (6, 'Island watches an ICBM cross the bay, twice', 'The ICBM flew for 40 minutes, the coast guard said. A second one followed.');
INSERT INTO versions_fts (rowid, title, text) VALUES (7, ' 북 한 군  9 천   명   항 구   도 착 ', ' 항 구 는   금 요 일 까 지   닫 힌 다 .');
INSERT INTO versions_fts (rowid, title, text) VALUES (8, 'More troops arrive by train in the north', 'They will stay for the winter.');
INSERT INTO versions_fts (rowid, title, text) VALUES (9, 'ICBM ship seen off the cape', 'Fishermen filmed it.');
INSERT INTO entries (id, feed_id, article_id, publisher, outcome, reason, first_seen_at) VALUES (1, 1, 1, 'Harbour Post', 'hit', '', 1795161600.0);
INSERT INTO entries (id, feed_id, article_id, publisher, outcome, reason, first_seen_at) VALUES (2, 1, 2, 'Harbour Post', 'near-miss', '', 1795161600.0);
INSERT INTO entries (id, feed_id, article_id, publisher, outcome, reason, first_seen_at) VALUES (3, 1, 3, 'Harbour Post', 'no-match', '', 1795161600.0);
INSERT INTO entries (id, feed_id, article_id, publisher, outcome, reason, first_seen_at) VALUES (4, 1, NULL, '', 'unread', 'no title', 1795161600.0);
INSERT INTO entries (id, feed_id, article_id, publisher, outcome, reason, first_seen_at) VALUES (5, 2, 4, 'Northern Wire', 'hit', '', 1795168800.0);
INSERT INTO entries (id, feed_id, article_id, publisher, outcome, reason, first_seen_at) VALUES (6, 2, 1, 'Harbour Post', 'duplicate', '', 1795168800.0);
INSERT INTO entries (id, feed_id, article_id, publisher, outcome, reason, first_seen_at) VALUES (7, 1, 5, 'Harbour Post', 'hit', '', 1795170000.0);
INSERT INTO entries (id, feed_id, article_id, publisher, outcome, reason, first_seen_at) VALUES (8, 2, 6, 'Northern Wire', 'hit', '', 1795183200.0);
INSERT INTO entries (id, feed_id, article_id, publisher, outcome, reason, first_seen_at) VALUES (9, 2, 7, 'Northern Wire', 'hit', '', 1795183200.0);
INSERT INTO entries (id, feed_id, article_id, publisher, outcome, reason, first_seen_at) VALUES (10, 2, 8, 'Northern Wire', 'hit', '', 1795197600.0);
INSERT INTO identities (key, feed_id, entry_id) VALUES (X'0081152490B95CEC', 2, 10);
INSERT INTO identities (key, feed_id, entry_id) VALUES (X'1280BB36D6E5430C', 1, 1);
INSERT INTO identities (key, feed_id, entry_id) VALUES (X'1280BB36D6E5430C', 2, 6);
INSERT INTO identities (key, feed_id, entry_id) VALUES (X'13272B38C414469D', 1, 7);
INSERT INTO identities (key, feed_id, entry_id) VALUES (X'18FE459330AEA558', 2, 5);
INSERT INTO identities (key, feed_id, entry_id) VALUES (X'3A7F627C59D3DAAD', 2, 9);
INSERT INTO identities (key, feed_id, entry_id) VALUES (X'44F309DE6C543A6D', 2, 10);
INSERT INTO identities (key, feed_id, entry_id) VALUES (X'48849E015192BED2', 1, 1);
INSERT INTO identities (key, feed_id, entry_id) VALUES (X'48849E015192BED2', 2, 6);
INSERT INTO identities (key, feed_id, entry_id) VALUES (X'4B6A38F77BC71CD3', 2, 5);
INSERT INTO identities (key, feed_id, entry_id) VALUES (X'4BF1F3FD72A656F7', 1, 1);
INSERT INTO identities (key, feed_id, entry_id) VALUES (X'4BF1F3FD72A656F7', 2, 6);
INSERT INTO identities (key, feed_id, entry_id) VALUES (X'5EE39FF4A5BDC38C', 1, 7);
INSERT INTO identities (key, feed_id, entry_id) VALUES (X'5FDED2D124A0C8ED', 1, 7);
INSERT INTO identities (key, feed_id, entry_id) VALUES (X'71B79884ADB148E3', 2, 8);
INSERT INTO identities (key, feed_id, entry_id) VALUES (X'74448F9A40D59D40', 1, 2);
INSERT INTO identities (key, feed_id, entry_id) VALUES (X'7CF1D00313D7BC50', 2, 8);
INSERT INTO identities (key, feed_id, entry_id) VALUES (X'7FEA98409C2D4CAF', 1, 3);
INSERT INTO identities (key, feed_id, entry_id) VALUES (X'8A6F00D2E614083B', 1, 3);
INSERT INTO identities (key, feed_id, entry_id) VALUES (X'94BAA5BEDF2E7EDF', 2, 10);
INSERT INTO identities (key, feed_id, entry_id) VALUES (X'A349FF98B8E07FFE', 1, 3);
INSERT INTO identities (key, feed_id, entry_id) VALUES (X'AA00A564090A717A', 1, 1);
INSERT INTO identities (key, feed_id, entry_id) VALUES (X'B568E2E403879BC1', 2, 8);
INSERT INTO identities (key, feed_id, entry_id) VALUES (X'B97C3866AFF0B68A', 1, 2);
INSERT INTO identities (key, feed_id, entry_id) VALUES (X'D071C3B11449AFC5', 2, 9);
INSERT INTO identities (key, feed_id, entry_id) VALUES (X'DE2BFC5C19613727', 1, 2);
INSERT INTO identities (key, feed_id, entry_id) VALUES (X'E643E9724C0FF149', 2, 5);
INSERT INTO identities (key, feed_id, entry_id) VALUES (X'EC67963A51542449', 1, 4);
INSERT INTO identities (key, feed_id, entry_id) VALUES (X'F94B54CBCEEEBDBA', 2, 9);
INSERT INTO matches (id, article_id, version_id, topic, topic_digest, reason, evidence, seen_at, score) VALUES (1, 1, 1, 'icbm', '579b07483ec9', '', '[["ICBM", "title", 18, 22, 0, 36], ["ICBM", "text", 4, 8, 0, 51]]', 1795161600.0, 1.0);
INSERT INTO matches (id, article_id, version_id, topic, topic_digest, reason, evidence, seen_at, score) VALUES (2, 2, 2, 'icbm', '579b07483ec9', 'cancelled by “parade”', '[["ICBM", "title", 0, 4, 0, 30], ["parade", "title", 24, 30, 0, 30], ["parade", "text", 22, 28, 0, 29]]', 1795161600.0, 1.0);
INSERT INTO matches (id, article_id, version_id, topic, topic_digest, reason, evidence, seen_at, score) VALUES (3, 4, 4, 'icbm', '579b07483ec9', '', '[["ICBM", "title", 3, 7, 0, 19]]', 1795168800.0, 1.0);
INSERT INTO matches (id, article_id, version_id, topic, topic_digest, reason, evidence, seen_at, score) VALUES (4, 5, 5, 'troops', '0868a364414e', '', '[["troops", "title", 6, 12, 0, 43]]', 1795170000.0, 1.0);
INSERT INTO matches (id, article_id, version_id, topic, topic_digest, reason, evidence, seen_at, score) VALUES (5, 6, 7, 'troops', '0868a364414e', '', '[["북한군", "title", 0, 3, 0, 14]]', 1795183200.0, 1.0);
INSERT INTO matches (id, article_id, version_id, topic, topic_digest, reason, evidence, seen_at, score) VALUES (6, 7, 8, 'troops', '0868a364414e', '', '[["troops", "title", 5, 11, 0, 40]]', 1795183200.0, 1.0);
INSERT INTO matches (id, article_id, version_id, topic, topic_digest, reason, evidence, seen_at, score) VALUES (7, 8, 9, 'icbm', '579b07483ec9', '', '[["ICBM", "title", 0, 4, 0, 27]]', 1795197600.0, 1.0);
INSERT INTO channels (name, ready_at, stopped_at, reason, unreadable) VALUES ('desk', 1795201200.0, NULL, '', '');
INSERT INTO channels (name, ready_at, stopped_at, reason, unreadable) VALUES ('mail', 1795183200.0, 1795179600.0, 'smtp: 535 refused', '');
INSERT INTO silences (id, topic, term, publisher, starts_at, ends_at, comment, story_id, author, expired) VALUES (1, 'icbm', '', 'Northern Wire', 1795190400.0, 3786912000.0, 'the ship is a known one', NULL, 'nina', 0);
INSERT INTO silences (id, topic, term, publisher, starts_at, ends_at, comment, story_id, author, expired) VALUES (2, '', 'parade', 'Harbour Post', 1.79598837945380210875e+09, 1.79598838008809089661e+09, 'the parade', NULL, 'root', 1);
INSERT INTO service (id, pid, version, started_at, beat_at) VALUES (1, 4711, '0.1.0', 1795158000.0, 1795201200.0);
INSERT INTO news_days (feed_id, day, entries, last_at) VALUES (1, 20777, 5, 1795170000.0);
INSERT INTO news_days (feed_id, day, entries, last_at) VALUES (2, 20777, 5, 1795197600.0);
INSERT INTO outages (feed_id, reason, since, until) VALUES (2, 'http-503: busy', 1795172400.0, 1795176000.0);
INSERT INTO outages (feed_id, reason, since, until) VALUES (2, 'gap', 1795176000.0, 1795179600.0);
INSERT INTO outages (feed_id, reason, since, until) VALUES (2, 'gap', 1795179600.0, 1795183200.0);
INSERT INTO outages (feed_id, reason, since, until) VALUES (2, 'gap', 1795183200.0, 1795197600.0);
INSERT INTO told (subject, state, at) VALUES ('feed 2', 'failing', 1795179600.0);
INSERT INTO traces (article_id, sets, signature, credited, copy_of, survey, why) VALUES (1, '["actor:navy", "weapon:icbm"]', X'', '', NULL, 0, '{"by": "first", "needed": -1.0, "chosen": null, "next": null}');
INSERT INTO traces (article_id, sets, signature, credited, copy_of, survey, why) VALUES (4, '["other:commemoration", "weapon:icbm"]', X'', '', NULL, 0, '{"by": "first", "needed": -1.0, "chosen": null, "next": null}');
INSERT INTO traces (article_id, sets, signature, credited, copy_of, survey, why) VALUES (5, '["actor:troops"]', X'', '', NULL, 0, '{"by": "first", "needed": -1.0, "chosen": null, "next": null}');
INSERT INTO traces (article_id, sets, signature, credited, copy_of, survey, why) VALUES (6, '["actor:korean_peoples_army", "actor:north_korea"]', X'', '', NULL, 0, '{"by": "evidence", "needed": -1.0, "chosen": {"story": 3, "score": 0.26, "articles": 1, "reasons": [["number:9000", 1.58, 1], ["time", 1.0, 0], ["day:2026-11-20", 0.47, 1], ["@actors", -1.5, 0], ["stories", -0.76, 0], ["@actor:troops", -0.18, 1], ["@actor:korean_peoples_army", -0.17, 0], ["@actor:north_korea", -0.17, 0]]}, "next": null}');
INSERT INTO traces (article_id, sets, signature, credited, copy_of, survey, why) VALUES (7, '["action:training", "actor:troops"]', X'', '', NULL, 0, '{"by": "first", "needed": -1.0, "chosen": null, "next": {"story": 3, "score": -1.0, "articles": 2, "reasons": [["time", 0.75, 0], ["stories", -0.75, 0], ["@action:training", -0.22, 0], ["@actor:troops", -0.05, 1]]}}');
INSERT INTO traces (article_id, sets, signature, credited, copy_of, survey, why) VALUES (8, '["other:merchant_ship", "weapon:icbm"]', X'', '', NULL, 0, '{"by": "first", "needed": -1.0, "chosen": null, "next": {"story": 1, "score": -1.0, "articles": 1, "reasons": [["time", 0.44, 0], ["stories", -0.75, 0], ["@actor:navy", -0.18, 1], ["@other:merchant_ship", -0.18, 0]]}}');
INSERT INTO figures (id, article_id, value, unit, approx, said_by) VALUES (1, 1, 40.0, 'minutes', '', '');
INSERT INTO figures (id, article_id, value, unit, approx, said_by) VALUES (2, 5, 9000.0, 'troops', '', '');
INSERT INTO figures (id, article_id, value, unit, approx, said_by) VALUES (3, 6, 9000.0, 'troops', '', '');
INSERT INTO profiles (story_id, first_at, last_at, seen_at, topics, articles, langs, marks) VALUES (1, 1795161600.0, 1795161600.0, 1795161600.0, '{"icbm": 1}', 1, '{"en": 1}', '{"@weapon:icbm": 1, "@actor:navy": 1, "number:40": 1, "name:kbm": 1, "word:en:icbm": 1, "word:en:islan": 1, "word:en:watch": 1, "word:en:cross": 1, "word:en:flew": 1, "word:en:minut": 1, "word:en:coast": 1, "word:en:guard": 1, "word:en:said": 1}');
INSERT INTO profiles (story_id, first_at, last_at, seen_at, topics, articles, langs, marks) VALUES (2, 1792569600.0, 1792569600.0, 1795168800.0, '{"icbm": 1}', 1, '{"en": 1}', '{"@other:commemoration": 1, "@weapon:icbm": 1, "name:kbm": 1, "word:en:icbm": 1, "word:en:long": 1, "word:en:stand": 1, "word:en:museu": 1, "word:en:harbo": 1}');
INSERT INTO profiles (story_id, first_at, last_at, seen_at, topics, articles, langs, marks) VALUES (3, 1795165200.0, 1795165200.0, 1795183200.0, '{"troops": 2}', 2, '{"en": 1, "ko": 1}', '{"@actor:troops": 1, "day:2026-11-20": 2, "number:9000": 2, "name:frd": 1, "word:en:troop": 1, "word:en:board": 1, "word:en:ferri": 1, "word:en:exerc": 1, "word:en:harbo": 1, "word:en:close": 1, "word:en:frida": 1, "@actor:korean_peoples_army": 1, "@actor:north_korea": 1, "word:ko:항구": 1, "word:ko:북한": 1, "word:ko:한군": 1, "word:ko:도착": 1, "word:ko:구는": 1, "word:ko:금요": 1, "word:ko:요일": 1, "word:ko:일까": 1, "word:ko:까지": 1, "word:ko:닫힌": 1, "word:ko:힌다": 1}');
INSERT INTO profiles (story_id, first_at, last_at, seen_at, topics, articles, langs, marks) VALUES (4, 1795179600.0, 1795179600.0, 1795183200.0, '{"troops": 1}', 1, '{"en": 1}', '{"@actor:troops": 1, "@action:training": 1, "word:en:troop": 1, "word:en:arriv": 1, "word:en:train": 1, "word:en:north": 1, "word:en:stay": 1, "word:en:winte": 1}');
INSERT INTO profiles (story_id, first_at, last_at, seen_at, topics, articles, langs, marks) VALUES (5, 1795194000.0, 1795194000.0, 1795197600.0, '{"icbm": 1}', 1, '{"en": 1}', '{"@weapon:icbm": 1, "@other:merchant_ship": 1, "word:en:icbm": 1, "word:en:ship": 1, "word:en:seen": 1, "word:en:cape": 1, "word:en:fishe": 1, "word:en:filme": 1}');
INSERT INTO story_marks (mark, story_id) VALUES ('@action:training', 4);
INSERT INTO story_marks (mark, story_id) VALUES ('@actor:korean_peoples_army', 3);
INSERT INTO story_marks (mark, story_id) VALUES ('@actor:navy', 1);
INSERT INTO story_marks (mark, story_id) VALUES ('@actor:north_korea', 3);
INSERT INTO story_marks (mark, story_id) VALUES ('@actor:troops', 3);
INSERT INTO story_marks (mark, story_id) VALUES ('@actor:troops', 4);
INSERT INTO story_marks (mark, story_id) VALUES ('@other:commemoration', 2);
INSERT INTO story_marks (mark, story_id) VALUES ('@other:merchant_ship', 5);
INSERT INTO story_marks (mark, story_id) VALUES ('@weapon:icbm', 1);
INSERT INTO story_marks (mark, story_id) VALUES ('@weapon:icbm', 2);
INSERT INTO story_marks (mark, story_id) VALUES ('@weapon:icbm', 5);
INSERT INTO story_marks (mark, story_id) VALUES ('day:2026-11-20', 3);
INSERT INTO story_marks (mark, story_id) VALUES ('name:frd', 3);
INSERT INTO story_marks (mark, story_id) VALUES ('name:kbm', 1);
INSERT INTO story_marks (mark, story_id) VALUES ('name:kbm', 2);
INSERT INTO story_marks (mark, story_id) VALUES ('number:40', 1);
INSERT INTO story_marks (mark, story_id) VALUES ('number:9000', 3);
INSERT INTO story_marks (mark, story_id) VALUES ('word:en:arriv', 4);
INSERT INTO story_marks (mark, story_id) VALUES ('word:en:board', 3);
INSERT INTO story_marks (mark, story_id) VALUES ('word:en:cape', 5);
INSERT INTO story_marks (mark, story_id) VALUES ('word:en:close', 3);
INSERT INTO story_marks (mark, story_id) VALUES ('word:en:coast', 1);
INSERT INTO story_marks (mark, story_id) VALUES ('word:en:cross', 1);
INSERT INTO story_marks (mark, story_id) VALUES ('word:en:exerc', 3);
INSERT INTO story_marks (mark, story_id) VALUES ('word:en:ferri', 3);
INSERT INTO story_marks (mark, story_id) VALUES ('word:en:filme', 5);
INSERT INTO story_marks (mark, story_id) VALUES ('word:en:fishe', 5);
INSERT INTO story_marks (mark, story_id) VALUES ('word:en:flew', 1);
INSERT INTO story_marks (mark, story_id) VALUES ('word:en:frida', 3);
INSERT INTO story_marks (mark, story_id) VALUES ('word:en:guard', 1);
INSERT INTO story_marks (mark, story_id) VALUES ('word:en:harbo', 2);
INSERT INTO story_marks (mark, story_id) VALUES ('word:en:harbo', 3);
INSERT INTO story_marks (mark, story_id) VALUES ('word:en:icbm', 1);
INSERT INTO story_marks (mark, story_id) VALUES ('word:en:icbm', 2);
INSERT INTO story_marks (mark, story_id) VALUES ('word:en:icbm', 5);
INSERT INTO story_marks (mark, story_id) VALUES ('word:en:islan', 1);
INSERT INTO story_marks (mark, story_id) VALUES ('word:en:long', 2);
INSERT INTO story_marks (mark, story_id) VALUES ('word:en:minut', 1);
INSERT INTO story_marks (mark, story_id) VALUES ('word:en:museu', 2);
INSERT INTO story_marks (mark, story_id) VALUES ('word:en:north', 4);
INSERT INTO story_marks (mark, story_id) VALUES ('word:en:said', 1);
INSERT INTO story_marks (mark, story_id) VALUES ('word:en:seen', 5);
INSERT INTO story_marks (mark, story_id) VALUES ('word:en:ship', 5);
INSERT INTO story_marks (mark, story_id) VALUES ('word:en:stand', 2);
INSERT INTO story_marks (mark, story_id) VALUES ('word:en:stay', 4);
INSERT INTO story_marks (mark, story_id) VALUES ('word:en:train', 4);
INSERT INTO story_marks (mark, story_id) VALUES ('word:en:troop', 3);
INSERT INTO story_marks (mark, story_id) VALUES ('word:en:troop', 4);
INSERT INTO story_marks (mark, story_id) VALUES ('word:en:watch', 1);
INSERT INTO story_marks (mark, story_id) VALUES ('word:en:winte', 4);
INSERT INTO story_marks (mark, story_id) VALUES ('word:ko:구는', 3);
INSERT INTO story_marks (mark, story_id) VALUES ('word:ko:금요', 3);
INSERT INTO story_marks (mark, story_id) VALUES ('word:ko:까지', 3);
INSERT INTO story_marks (mark, story_id) VALUES ('word:ko:닫힌', 3);
INSERT INTO story_marks (mark, story_id) VALUES ('word:ko:도착', 3);
INSERT INTO story_marks (mark, story_id) VALUES ('word:ko:북한', 3);
INSERT INTO story_marks (mark, story_id) VALUES ('word:ko:요일', 3);
INSERT INTO story_marks (mark, story_id) VALUES ('word:ko:일까', 3);
INSERT INTO story_marks (mark, story_id) VALUES ('word:ko:한군', 3);
INSERT INTO story_marks (mark, story_id) VALUES ('word:ko:항구', 3);
INSERT INTO story_marks (mark, story_id) VALUES ('word:ko:힌다', 3);
INSERT INTO story_topics (topic, story_id, last_at) VALUES ('icbm', 2, 1792569600.0);
INSERT INTO story_topics (topic, story_id, last_at) VALUES ('icbm', 1, 1795161600.0);
INSERT INTO story_topics (topic, story_id, last_at) VALUES ('icbm', 5, 1795194000.0);
INSERT INTO story_topics (topic, story_id, last_at) VALUES ('troops', 3, 1795165200.0);
INSERT INTO story_topics (topic, story_id, last_at) VALUES ('troops', 4, 1795179600.0);
INSERT INTO recent_hits (id, seen_at, topics, marks) VALUES (1, 1795161600.0, '["icbm"]', '["", "word:en:", "@weapon:icbm", "@actor:navy", "number:40", "name:kbm", "word:en:icbm", "word:en:islan", "word:en:watch", "word:en:cross", "word:en:flew", "word:en:minut", "word:en:coast", "word:en:guard", "word:en:said"]');
INSERT INTO recent_hits (id, seen_at, topics, marks) VALUES (2, 1795168800.0, '["icbm"]', '["", "word:en:", "@other:commemoration", "@weapon:icbm", "name:kbm", "word:en:icbm", "word:en:long", "word:en:stand", "word:en:museu", "word:en:harbo"]');
INSERT INTO recent_hits (id, seen_at, topics, marks) VALUES (3, 1795170000.0, '["troops"]', '["", "word:en:", "@actor:troops", "day:2026-11-20", "number:9000", "name:frd", "word:en:troop", "word:en:board", "word:en:ferri", "word:en:exerc", "word:en:harbo", "word:en:close", "word:en:frida"]');
INSERT INTO recent_hits (id, seen_at, topics, marks) VALUES (4, 1795183200.0, '["troops"]', '["", "word:ko:", "@actor:korean_peoples_army", "@actor:north_korea", "day:2026-11-20", "number:9000", "word:ko:항구", "word:ko:북한", "word:ko:한군", "word:ko:도착", "word:ko:구는", "word:ko:금요", "word:ko:요일", "word:ko:일까", "word:ko:까지", "word:ko:닫힌", "word:ko:힌다"]');
INSERT INTO recent_hits (id, seen_at, topics, marks) VALUES (5, 1795183200.0, '["troops"]', '["", "word:en:", "@actor:troops", "@action:training", "word:en:troop", "word:en:arriv", "word:en:train", "word:en:north", "word:en:stay", "word:en:winte"]');
INSERT INTO recent_hits (id, seen_at, topics, marks) VALUES (6, 1795197600.0, '["icbm"]', '["", "word:en:", "@weapon:icbm", "@other:merchant_ship", "word:en:icbm", "word:en:ship", "word:en:seen", "word:en:cape", "word:en:fishe", "word:en:filme"]');
INSERT INTO mark_counts (topic, mark, articles) VALUES ('icbm', '', 3);
INSERT INTO mark_counts (topic, mark, articles) VALUES ('icbm', '@actor:navy', 1);
INSERT INTO mark_counts (topic, mark, articles) VALUES ('icbm', '@other:commemoration', 1);
INSERT INTO mark_counts (topic, mark, articles) VALUES ('icbm', '@other:merchant_ship', 1);
INSERT INTO mark_counts (topic, mark, articles) VALUES ('icbm', '@weapon:icbm', 3);
INSERT INTO mark_counts (topic, mark, articles) VALUES ('icbm', 'name:kbm', 2);
INSERT INTO mark_counts (topic, mark, articles) VALUES ('icbm', 'number:40', 1);
INSERT INTO mark_counts (topic, mark, articles) VALUES ('icbm', 'word:en:', 3);
INSERT INTO mark_counts (topic, mark, articles) VALUES ('icbm', 'word:en:cape', 1);
INSERT INTO mark_counts (topic, mark, articles) VALUES ('icbm', 'word:en:coast', 1);
INSERT INTO mark_counts (topic, mark, articles) VALUES ('icbm', 'word:en:cross', 1);
INSERT INTO mark_counts (topic, mark, articles) VALUES ('icbm', 'word:en:filme', 1);
INSERT INTO mark_counts (topic, mark, articles) VALUES ('icbm', 'word:en:fishe', 1);
INSERT INTO mark_counts (topic, mark, articles) VALUES ('icbm', 'word:en:flew', 1);
INSERT INTO mark_counts (topic, mark, articles) VALUES ('icbm', 'word:en:guard', 1);
INSERT INTO mark_counts (topic, mark, articles) VALUES ('icbm', 'word:en:harbo', 1);
INSERT INTO mark_counts (topic, mark, articles) VALUES ('icbm', 'word:en:icbm', 3);
INSERT INTO mark_counts (topic, mark, articles) VALUES ('icbm', 'word:en:islan', 1);
INSERT INTO mark_counts (topic, mark, articles) VALUES ('icbm', 'word:en:long', 1);
INSERT INTO mark_counts (topic, mark, articles) VALUES ('icbm', 'word:en:minut', 1);
INSERT INTO mark_counts (topic, mark, articles) VALUES ('icbm', 'word:en:museu', 1);
INSERT INTO mark_counts (topic, mark, articles) VALUES ('icbm', 'word:en:said', 1);
INSERT INTO mark_counts (topic, mark, articles) VALUES ('icbm', 'word:en:seen', 1);
INSERT INTO mark_counts (topic, mark, articles) VALUES ('icbm', 'word:en:ship', 1);
INSERT INTO mark_counts (topic, mark, articles) VALUES ('icbm', 'word:en:stand', 1);
INSERT INTO mark_counts (topic, mark, articles) VALUES ('icbm', 'word:en:watch', 1);
INSERT INTO mark_counts (topic, mark, articles) VALUES ('troops', '', 3);
INSERT INTO mark_counts (topic, mark, articles) VALUES ('troops', '@action:training', 1);
INSERT INTO mark_counts (topic, mark, articles) VALUES ('troops', '@actor:korean_peoples_army', 1);
INSERT INTO mark_counts (topic, mark, articles) VALUES ('troops', '@actor:north_korea', 1);
INSERT INTO mark_counts (topic, mark, articles) VALUES ('troops', '@actor:troops', 2);
INSERT INTO mark_counts (topic, mark, articles) VALUES ('troops', 'day:2026-11-20', 2);
INSERT INTO mark_counts (topic, mark, articles) VALUES ('troops', 'name:frd', 1);
INSERT INTO mark_counts (topic, mark, articles) VALUES ('troops', 'number:9000', 2);
INSERT INTO mark_counts (topic, mark, articles) VALUES ('troops', 'word:en:', 2);
INSERT INTO mark_counts (topic, mark, articles) VALUES ('troops', 'word:en:arriv', 1);
INSERT INTO mark_counts (topic, mark, articles) VALUES ('troops', 'word:en:board', 1);
INSERT INTO mark_counts (topic, mark, articles) VALUES ('troops', 'word:en:close', 1);
INSERT INTO mark_counts (topic, mark, articles) VALUES ('troops', 'word:en:exerc', 1);
INSERT INTO mark_counts (topic, mark, articles) VALUES ('troops', 'word:en:ferri', 1);
INSERT INTO mark_counts (topic, mark, articles) VALUES ('troops', 'word:en:frida', 1);
INSERT INTO mark_counts (topic, mark, articles) VALUES ('troops', 'word:en:harbo', 1);
INSERT INTO mark_counts (topic, mark, articles) VALUES ('troops', 'word:en:north', 1);
INSERT INTO mark_counts (topic, mark, articles) VALUES ('troops', 'word:en:stay', 1);
INSERT INTO mark_counts (topic, mark, articles) VALUES ('troops', 'word:en:train', 1);
INSERT INTO mark_counts (topic, mark, articles) VALUES ('troops', 'word:en:troop', 2);
INSERT INTO mark_counts (topic, mark, articles) VALUES ('troops', 'word:en:winte', 1);
INSERT INTO mark_counts (topic, mark, articles) VALUES ('troops', 'word:ko:', 1);
INSERT INTO mark_counts (topic, mark, articles) VALUES ('troops', 'word:ko:구는', 1);
INSERT INTO mark_counts (topic, mark, articles) VALUES ('troops', 'word:ko:금요', 1);
INSERT INTO mark_counts (topic, mark, articles) VALUES ('troops', 'word:ko:까지', 1);
INSERT INTO mark_counts (topic, mark, articles) VALUES ('troops', 'word:ko:닫힌', 1);
INSERT INTO mark_counts (topic, mark, articles) VALUES ('troops', 'word:ko:도착', 1);
INSERT INTO mark_counts (topic, mark, articles) VALUES ('troops', 'word:ko:북한', 1);
INSERT INTO mark_counts (topic, mark, articles) VALUES ('troops', 'word:ko:요일', 1);
INSERT INTO mark_counts (topic, mark, articles) VALUES ('troops', 'word:ko:일까', 1);
INSERT INTO mark_counts (topic, mark, articles) VALUES ('troops', 'word:ko:한군', 1);
INSERT INTO mark_counts (topic, mark, articles) VALUES ('troops', 'word:ko:항구', 1);
INSERT INTO mark_counts (topic, mark, articles) VALUES ('troops', 'word:ko:힌다', 1);
INSERT INTO alerts (id, key, channel, story_id, article_id, topics, severity, state, reason, news, broadcast, digest, notice_key, notice, due_at, leased, attempts, plain, message, tried_at, in_doubt, repeated, ref, thread, shown, created_at, sent_at) VALUES (1, 'da3da5f36ce9b8da', 'desk', 1, 1, '["icbm"]', 'critical', 'sent', '', '[]', 0, '', NULL, NULL, NULL, 0, 1, 0, 'da3da5f36ce9b8da', 1795161660.0, 0, 0, '1763625660.000100', NULL, X'78855B0CAA1209BB', 1795161600.0, 1795161660.0);
INSERT INTO alerts (id, key, channel, story_id, article_id, topics, severity, state, reason, news, broadcast, digest, notice_key, notice, due_at, leased, attempts, plain, message, tried_at, in_doubt, repeated, ref, thread, shown, created_at, sent_at) VALUES (2, '14dce003eaab1032', 'desk', 2, 4, '["icbm"]', 'critical', 'too-old', '', '[]', 0, '', NULL, NULL, NULL, 0, 0, 0, '', NULL, 0, 0, NULL, NULL, NULL, 1795168800.0, NULL);
INSERT INTO alerts (id, key, channel, story_id, article_id, topics, severity, state, reason, news, broadcast, digest, notice_key, notice, due_at, leased, attempts, plain, message, tried_at, in_doubt, repeated, ref, thread, shown, created_at, sent_at) VALUES (3, '1158932ece1addf7', 'desk', 3, 5, '["troops"]', 'warning', 'failed', 'msg_too_long', '[]', 0, 'catching-up', NULL, NULL, NULL, 0, 1, 0, '1158932ece1addf7', 1795170600.0, 0, 0, NULL, NULL, NULL, 1795170000.0, NULL);
INSERT INTO alerts (id, key, channel, story_id, article_id, topics, severity, state, reason, news, broadcast, digest, notice_key, notice, due_at, leased, attempts, plain, message, tried_at, in_doubt, repeated, ref, thread, shown, created_at, sent_at) VALUES (4, '5e12ca521fdf0db5', 'ops', NULL, NULL, '[]', 'info', 'pending', '', '[]', 0, '', 'heartbeat:2026-11-20', '{"key": "heartbeat:2026-11-20", "kind": "heartbeat", "title": "All is well", "lines": ["2 feeds polled"], "severity": "info"}', 1795179600.0, 0, 0, 0, '', NULL, 0, 0, NULL, NULL, NULL, 1795179600.0, NULL);
INSERT INTO alerts (id, key, channel, story_id, article_id, topics, severity, state, reason, news, broadcast, digest, notice_key, notice, due_at, leased, attempts, plain, message, tried_at, in_doubt, repeated, ref, thread, shown, created_at, sent_at) VALUES (5, 'bd4a97898b8bd293', 'desk', 3, 6, '["troops"]', 'warning', 'pending', '', '[]', 0, '', NULL, NULL, 1795201260.0, 1, 1, 0, 'bd4a97898b8bd293', 1795201200.0, 0, 0, NULL, NULL, NULL, 1795183200.0, NULL);
INSERT INTO alerts (id, key, channel, story_id, article_id, topics, severity, state, reason, news, broadcast, digest, notice_key, notice, due_at, leased, attempts, plain, message, tried_at, in_doubt, repeated, ref, thread, shown, created_at, sent_at) VALUES (6, '4d48e1206851574f', 'desk', 4, 7, '["troops"]', 'warning', 'pending', '', '[]', 0, '', NULL, NULL, 1795183200.0, 0, 0, 0, '', NULL, 0, 0, NULL, NULL, NULL, 1795183200.0, NULL);
INSERT INTO alerts (id, key, channel, story_id, article_id, topics, severity, state, reason, news, broadcast, digest, notice_key, notice, due_at, leased, attempts, plain, message, tried_at, in_doubt, repeated, ref, thread, shown, created_at, sent_at) VALUES (7, '2a2257e550d1e14c', 'desk', 5, 8, '["icbm"]', 'critical', 'silenced', 'silence 1', '[]', 0, 'catching-up', NULL, NULL, NULL, 0, 1, 0, '2a2257e550d1e14c', 1795201200.0, 0, 0, NULL, NULL, NULL, 1795197600.0, NULL);
INSERT INTO edits (alert_id, channel, due_at, leased, attempts) VALUES (1, 'desk', 1795168800.0, 0, 0);
INSERT INTO feedback (id, article_id, alert_id, story_id, topics, reader, name, kind, said, at) VALUES (1, 1, 1, 1, '["icbm"]', 'cli:nina', 'nina', 'verdict', 'good', 1.7959883774960479736e+09);
INSERT INTO feedback (id, article_id, alert_id, story_id, topics, reader, name, kind, said, at) VALUES (2, 5, 3, 3, '["troops"]', 'cli:kim', 'kim', 'verdict', 'wrong', 1.79598837812296295169e+09);
INSERT INTO feedback (id, article_id, alert_id, story_id, topics, reader, name, kind, said, at) VALUES (3, 1, 1, 1, '["icbm"]', 'cli:kim', 'kim', 'verdict', 'wrong', 1.79598837872323298459e+09);
INSERT INTO subscriptions (feed_id, hub, topic, token, secret, wanted, pending, due_at, attempts, lease_until, reason, pushes, dropped, pushed_at) VALUES (1, 'https://hub.example/', 'https://post.example/feed', 'Nhww6IiI_L4D8ReHToshIDKwPUfD3RQ93EKpFognLMI', 'Jz2_X_qa_D8jlMohDqShXrMcpReQfcK49HeAo0pSwfj1zCRUOxkrp2ar16xn3S_c', 1, 0, 1795179600.0, 0, NULL, '', 0, 0, NULL);
CREATE UNIQUE INDEX "idx__sqlite_migrations_migration_set_name"
    ON "_sqlite_migrations" ("migration_set", "name");
CREATE INDEX feeds_host ON feeds(host);
CREATE INDEX feeds_leased ON feeds(due_at) WHERE leased;
CREATE INDEX feeds_claimed ON feeds(claimed_at);
CREATE INDEX articles_seen ON articles(seen_at);
CREATE INDEX articles_story ON articles(story_id) WHERE story_id IS NOT NULL;
CREATE INDEX articles_title ON articles(title_key, seen_at) WHERE story_id IS NOT NULL;
CREATE INDEX versions_article ON versions(article_id);
CREATE INDEX entries_feed ON entries(feed_id, outcome);
CREATE INDEX entries_article ON entries(article_id);
CREATE INDEX matches_version ON matches(version_id)   -- without it pruning scans all matches
;
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
CREATE VIEW queues AS
SELECT (SELECT count(*) FROM feeds WHERE enabled) AS feeds,
       (SELECT count(*) FROM feeds WHERE enabled AND failing_since IS NOT NULL) AS feeds_failing,
       (SELECT count(*) FROM alerts WHERE due_at IS NOT NULL) AS alerts_waiting,
       (SELECT min(due_at) FROM feeds WHERE enabled AND NOT leased) AS feeds_due,
       (SELECT min(due_at) FROM alerts WHERE due_at IS NOT NULL AND NOT leased) AS alerts_due,
       (SELECT max(ok_at) FROM feeds) AS polled_at,
       (SELECT max(sent_at) FROM alerts) AS sent_at;
CREATE VIEW stopped_channels AS
SELECT name, reason,
       strftime('%Y-%m-%dT%H:%M:%SZ', stopped_at, 'unixepoch') AS stopped_at,
       strftime('%Y-%m-%dT%H:%M:%SZ', ready_at, 'unixepoch') AS ready_at
FROM channels WHERE stopped_at IS NOT NULL;
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
CREATE INDEX entries_seen ON entries(first_seen_at);
CREATE TRIGGER count_news AFTER INSERT ON entries
WHEN (SELECT first_polled_at < NEW.first_seen_at FROM feeds WHERE id = NEW.feed_id)
BEGIN INSERT INTO news_days
    VALUES (NEW.feed_id, cast(NEW.first_seen_at / 86400 AS INTEGER), 1, NEW.first_seen_at)
    ON CONFLICT DO UPDATE SET entries = entries + 1, last_at = max(last_at, excluded.last_at); END;
CREATE INDEX outages_until ON outages(until);
CREATE TRIGGER note_outage AFTER UPDATE OF failing_since ON feeds
WHEN NEW.failing_since IS NULL AND NEW.ok_at - OLD.failing_since >= 3600
BEGIN INSERT INTO outages VALUES (NEW.id, OLD.error, OLD.failing_since, NEW.ok_at); END;
CREATE TRIGGER note_gap AFTER UPDATE OF gap_at ON feeds WHEN NEW.gap_at IS NOT OLD.gap_at
BEGIN INSERT INTO outages
    VALUES (NEW.id, 'gap', coalesce(NEW.gap_since, NEW.gap_at), NEW.gap_at); END;
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
CREATE INDEX traces_copy ON traces(copy_of) WHERE copy_of IS NOT NULL;
CREATE INDEX figures_article ON figures(article_id);
CREATE INDEX profiles_seen ON profiles(seen_at);
CREATE INDEX story_topics_last ON story_topics(topic, last_at);
CREATE INDEX recent_hits_seen ON recent_hits(seen_at);
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
CREATE INDEX alerts_due ON alerts(channel, due_at) WHERE due_at IS NOT NULL;
CREATE INDEX alerts_story ON alerts(story_id, channel);
CREATE INDEX alerts_article ON alerts(article_id);
CREATE INDEX alerts_sent ON alerts(channel, sent_at) WHERE sent_at IS NOT NULL;
CREATE INDEX alerts_silenced ON alerts(reason) WHERE state = 'silenced';
CREATE UNIQUE INDEX alerts_notice ON alerts(channel, notice_key) WHERE notice_key IS NOT NULL;
CREATE INDEX edits_due ON edits(channel, due_at);
CREATE VIEW article_alerts AS
SELECT article_id, channel, topics, state, reason, news, broadcast, digest, ref, thread,
       strftime('%Y-%m-%dT%H:%M:%SZ', due_at, 'unixepoch') AS due_at,
       strftime('%Y-%m-%dT%H:%M:%SZ', sent_at, 'unixepoch') AS sent_at
FROM alerts;
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
CREATE INDEX subscriptions_due ON subscriptions(due_at) WHERE due_at IS NOT NULL;
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
CREATE INDEX feeds_due ON feeds(due_at, id, host, private) WHERE enabled;
COMMIT;
