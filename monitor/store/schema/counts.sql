-- Counts of hits and of the ledger from indexes alone: see `topics`, `coverage` and `hits`.
CREATE INDEX matches_hits ON matches(article_id, topic, reason) WHERE reason = '';

DROP VIEW topic_volume;
CREATE VIEW topic_volume AS
-- What each topic brought, in all and lately: `monitor topics`.
SELECT topic, sum(hits) AS hits, sum(near_misses) AS near_misses, sum(stories) AS stories,
       sum(day) AS day, sum(week) AS week,
       strftime('%Y-%m-%dT%H:%M:%SZ', max(last), 'unixepoch') AS last_hit_at
FROM (
    SELECT m.topic, count(*) AS hits, 0 AS near_misses, count(DISTINCT a.story_id) AS stories,
           count(*) FILTER (WHERE a.seen_at >= unixepoch('now') - 86400) AS day,
           count(*) FILTER (WHERE a.seen_at >= unixepoch('now') - 604800) AS week,
           max(a.seen_at) AS last
    FROM matches m CROSS JOIN articles a ON a.id = m.article_id
    WHERE m.reason = '' GROUP BY m.topic
    UNION ALL
    SELECT topic, 0, count(*), 0, 0, 0, NULL FROM matches WHERE reason <> '' GROUP BY topic
)
GROUP BY topic;

DROP VIEW coverage;
CREATE VIEW coverage AS
-- The ledger: entries of each feed by outcome: `monitor coverage`.
SELECT f.url AS feed, f.title, f.enabled,
       coalesce(sum(e.n), 0) AS entries,
       coalesce(sum(e.n) FILTER (WHERE e.outcome = 'hit'), 0) AS hit,
       coalesce(sum(e.n) FILTER (WHERE e.outcome = 'near-miss'), 0) AS near_miss,
       coalesce(sum(e.n) FILTER (WHERE e.outcome = 'no-match'), 0) AS no_match,
       coalesce(sum(e.n) FILTER (WHERE e.outcome = 'duplicate'), 0) AS duplicate,
       coalesce(sum(e.n) FILTER (WHERE e.outcome = 'unread'), 0) AS unread,
       strftime('%Y-%m-%dT%H:%M:%SZ', f.ok_at, 'unixepoch') AS ok_at,
       strftime('%Y-%m-%dT%H:%M:%SZ', f.failing_since, 'unixepoch') AS failing_since,
       f.error
FROM feeds f LEFT JOIN (
    SELECT feed_id, outcome, count(*) AS n FROM entries GROUP BY feed_id, outcome
) e ON e.feed_id = f.id
GROUP BY f.id;
