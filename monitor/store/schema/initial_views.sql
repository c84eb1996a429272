-- The views of the first release: the public read contract of commands, pages and whoever opens the
-- file. A column keeps its name and meaning; a change is a new migration.
--
-- Times are ISO 8601 (UTC), named *_at. The same name without _at is in seconds, to sort and filter.


-- ── articles and hits ────────────────────────────────────────────────────────────────────────────

CREATE VIEW hits AS
-- Hits with their text and evidence: `monitor hits`.
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
-- Near misses, with the same columns: `monitor hits --near`.
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
-- Articles with the text that readers see now: `monitor show`, and back-tests.
SELECT a.id, v.title, v.text, a.link AS url, a.publisher, a.lang, f.kind, f.url AS feed,
       f.title AS feed_title,
       strftime('%Y-%m-%dT%H:%M:%SZ', a.published_at, 'unixepoch') AS published_at,
       strftime('%Y-%m-%dT%H:%M:%SZ', a.seen_at, 'unixepoch') AS seen_at, a.seen_at AS seen,
       a.story_id AS story, a.version_id
FROM articles a JOIN versions v ON v.id = a.version_id JOIN feeds f ON f.id = a.feed_id;

CREATE VIEW topic_volume AS
-- What each topic brought, in all and lately: `monitor topics`.
SELECT m.topic,
       count(*) FILTER (WHERE m.reason = '') AS hits,
       count(*) FILTER (WHERE m.reason <> '') AS near_misses,
       count(DISTINCT a.story_id) FILTER (WHERE m.reason = '') AS stories,
       count(*) FILTER (WHERE m.reason = '' AND a.seen_at >= unixepoch('now') - 86400) AS day,
       count(*) FILTER (WHERE m.reason = '' AND a.seen_at >= unixepoch('now') - 604800) AS week,
       strftime('%Y-%m-%dT%H:%M:%SZ', max(a.seen_at) FILTER (WHERE m.reason = ''), 'unixepoch')
           AS last_hit_at
FROM matches m JOIN articles a ON a.id = m.article_id GROUP BY m.topic;


-- ── the ledger ───────────────────────────────────────────────────────────────────────────────────

CREATE VIEW coverage AS
-- The ledger: entries of each feed by outcome: `monitor coverage`.
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


-- ── feeds ────────────────────────────────────────────────────────────────────────────────────────

CREATE VIEW feed_health AS
-- What the health of a feed is judged by (feeds/health.py): `monitor feeds`.
-- news_days: [[day, entries], …] of the eight weeks before its newest entry.
SELECT f.id, f.url, f.title, f.publisher, f.country, f.lang, f.kind, f.enabled,
       f.error, f.reason, f.failures,
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

CREATE VIEW pushed_feeds AS
-- Subscriptions to hubs (WebSub), and whether they push.
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


-- ── stories ──────────────────────────────────────────────────────────────────────────────────────

CREATE VIEW story_list AS
-- Stories with their size and span: `monitor stories`.
SELECT s.id, s.title,
       (SELECT json_group_array(DISTINCT m.topic) FROM articles a JOIN matches m
            ON m.article_id = a.id AND m.reason = '' WHERE a.story_id = s.id) AS topics,
       count(*) AS articles, count(DISTINCT a.publisher) AS publishers,
       count(DISTINCT iif(t.copy_of IS NULL, a.publisher, NULL)) AS independent,
       json_group_array(DISTINCT a.lang) AS langs,
       strftime('%Y-%m-%dT%H:%M:%SZ', s.started_at, 'unixepoch') AS started_at,
       strftime('%Y-%m-%dT%H:%M:%SZ', max(a.seen_at), 'unixepoch') AS last_at,
       max(a.seen_at) AS last, s.started_at AS started
FROM stories s JOIN articles a ON a.story_id = s.id
LEFT JOIN article_features t ON t.article_id = a.id
GROUP BY s.id;

CREATE VIEW story_articles AS
-- The articles of a story, and why they are in it: `monitor stories show`.
SELECT a.story_id AS story, a.id, v.title, a.link AS url, a.publisher, a.lang, f.kind, f.country,
       strftime('%Y-%m-%dT%H:%M:%SZ', a.published_at, 'unixepoch') AS published_at,
       strftime('%Y-%m-%dT%H:%M:%SZ', a.seen_at, 'unixepoch') AS seen_at,
       t.copy_of, coalesce(t.roundup, 0) AS roundup, coalesce(t.why, '{}') AS why, t.sets,
       (SELECT json_group_array(m.topic) FROM matches m
            WHERE m.article_id = a.id AND m.reason = '') AS topics
FROM articles a
JOIN versions v ON v.id = a.version_id
JOIN feeds f ON f.id = a.feed_id
LEFT JOIN article_features t ON t.article_id = a.id
WHERE a.story_id IS NOT NULL;


-- ── alerts ───────────────────────────────────────────────────────────────────────────────────────

CREATE VIEW alert_list AS
-- Alerts with the title of what they report: `monitor alerts`.
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

CREATE VIEW alert_states AS
-- How many alerts are in which state, and why: `monitor coverage`.
SELECT channel, state, reason, count(*) AS alerts FROM alerts GROUP BY channel, state, reason;

CREATE VIEW article_alerts AS
-- The alerts of an article: `monitor show`.
SELECT article_id, channel, topics, state, reason, news, broadcast, digest, ref, thread,
       strftime('%Y-%m-%dT%H:%M:%SZ', due_at, 'unixepoch') AS due_at,
       strftime('%Y-%m-%dT%H:%M:%SZ', sent_at, 'unixepoch') AS sent_at
FROM alerts;

CREATE VIEW silence_list AS
-- Silences, and how many alerts each has held back: `monitor silence list`.
SELECT s.id, s.topic, s.term, s.publisher, s.story_id AS story, t.title AS story_title,
       s.author AS by, s.comment,
       (SELECT count(*) FROM alerts a WHERE a.state = 'silenced'
            AND '; ' || a.reason || ';' LIKE '%; silence ' || s.id || ';%') AS held,
       s.starts_at AS starts, s.ends_at AS ends,
       strftime('%Y-%m-%dT%H:%M:%SZ', s.starts_at, 'unixepoch') AS starts_at,
       strftime('%Y-%m-%dT%H:%M:%SZ', s.ends_at, 'unixepoch') AS ends_at
FROM silences s LEFT JOIN stories t ON t.id = s.story_id;

CREATE VIEW verdicts AS
-- What readers together say of an article for a topic: good, wrong, or open.
SELECT f.article_id AS article, t.value AS topic, max(f.at) AS at,
       count(*) FILTER (WHERE f.said = 'good') AS good,
       count(*) FILTER (WHERE f.said = 'wrong') AS wrong
FROM feedback f, json_each(f.topics) t
WHERE f.kind = 'verdict' AND f.said <> 'none'
GROUP BY f.article_id, t.value;

CREATE VIEW feedback_list AS
-- What each reader said of which article: `monitor feedback`.
SELECT f.id, f.article_id AS article, f.alert_id AS alert, f.story_id AS story, f.topics,
       f.reader, f.name, f.said, v.title, a.link AS url, a.publisher, f.at AS said_at,
       strftime('%Y-%m-%dT%H:%M:%SZ', f.at, 'unixepoch') AS at
FROM feedback f
LEFT JOIN articles a ON a.id = f.article_id
LEFT JOIN versions v ON v.id = a.version_id;

CREATE VIEW stopped_channels AS
-- Channels that their operator must mend: `monitor status`.
SELECT name, reason,
       strftime('%Y-%m-%dT%H:%M:%SZ', stopped_at, 'unixepoch') AS stopped_at,
       strftime('%Y-%m-%dT%H:%M:%SZ', ready_at, 'unixepoch') AS ready_at
FROM channels WHERE stopped_at IS NOT NULL;


-- ── the service ──────────────────────────────────────────────────────────────────────────────────

CREATE VIEW queues AS
-- How much is due, and since when: `monitor status`, and metrics.
SELECT (SELECT count(*) FROM feeds WHERE enabled) AS feeds,
       (SELECT count(*) FROM feeds WHERE enabled AND failing_since IS NOT NULL) AS feeds_failing,
       (SELECT count(*) FROM alerts WHERE due_at IS NOT NULL) AS alerts_waiting,
       (SELECT min(due_at) FROM feeds WHERE enabled AND NOT leased) AS feeds_due,
       (SELECT min(due_at) FROM alerts WHERE due_at IS NOT NULL AND NOT leased) AS alerts_due,
       (SELECT max(ok_at) FROM feeds) AS polled_at,
       (SELECT max(sent_at) FROM alerts) AS sent_at;

CREATE VIEW internal_error_list AS
-- Bugs of this program that it ran into: `monitor status`.
SELECT kind, version, about, times, last_at AS last,
       strftime('%Y-%m-%dT%H:%M:%SZ', first_at, 'unixepoch') AS first_at,
       strftime('%Y-%m-%dT%H:%M:%SZ', last_at, 'unixepoch') AS last_at
FROM internal_errors;
