"""What pages show of one feed, and of digests: read beside the views of commands."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from monitor.store.queries.rows import Row

    Query = Callable[[str, dict[str, Any]], list[Row]]

_ISO = "strftime('%Y-%m-%dT%H:%M:%SZ', {}, 'unixepoch')"
_POLLS = f"""
SELECT {_ISO.format("first_seen_at")} AS at, count(*) AS entries,
       count(*) FILTER (WHERE outcome = 'hit') AS hits,
       count(*) FILTER (WHERE outcome = 'near-miss') AS near_misses,
       count(*) FILTER (WHERE outcome = 'unread') AS unread, max(article_id) AS article
FROM entries WHERE feed_id = :feed GROUP BY first_seen_at ORDER BY first_seen_at DESC LIMIT :limit
"""
_TITLES = """
SELECT a.id, v.title, a.lang FROM articles a JOIN versions v ON v.id = a.version_id
WHERE a.id IN (SELECT value FROM json_each(:ids))
"""
_OUTAGES = f"""
SELECT reason, {_ISO.format("since")} AS since, {_ISO.format("until")} AS until,
       until - since AS seconds
FROM outages WHERE feed_id = :feed ORDER BY until DESC LIMIT :limit
"""
_DIGESTS = f"""
SELECT channel, digest, state, {_ISO.format("sent_at")} AS sent_at,
       {_ISO.format("min(due_at)")} AS due_at, count(*) AS alerts, json_group_array(id) AS ids
FROM alerts WHERE digest <> '' AND (due_at IS NOT NULL OR sent_at IS NOT NULL)
GROUP BY channel, digest, state, sent_at
ORDER BY sent_at IS NOT NULL, coalesce(sent_at, min(due_at)) DESC LIMIT :limit
"""
_ALERTS = """
SELECT id, story, title, topics FROM alert_list WHERE id IN (SELECT value FROM json_each(:ids))
ORDER BY id DESC
"""
_LISTED = 40  # alerts of a digest


def polls_with_entries(query: Query, feed: int, limit: int = 20) -> list[Row]:
    """Return the last polls of a feed that brought entries, the newest first.

    Polls without new entries leave no trace but the time of the last one. To the counts by outcome
    comes `title` with `lang` and `article` (its id) of the newest of them, None if it was pruned.
    """
    rows = query(_POLLS, {"feed": feed, "limit": limit})
    ids = json.dumps([row["article"] for row in rows])
    titles = {row["id"]: row for row in query(_TITLES, {"ids": ids})}
    for row in rows:
        found = titles.get(row["article"])
        row["title"], row["lang"] = (found["title"], found["lang"]) if found else (None, "")
    return rows


def outages_of(query: Query, feed: int, limit: int = 20) -> list[Row]:
    """Return the last outages and gaps of a feed that are over, the newest first."""
    return query(_OUTAGES, {"feed": feed, "limit": limit})


def digests(query: Query, limit: int = 20) -> list[Row]:
    """Return digests that wait, then those that were sent, the newest first, each with `items`."""
    rows = query(_DIGESTS, {"limit": limit})
    for row in rows:
        row["ids"] = sorted(json.loads(row["ids"]), reverse=True)[:_LISTED]
    ids = json.dumps([number for row in rows for number in row["ids"]])
    alerts = {row["id"]: row for row in query(_ALERTS, {"ids": ids})}
    for row in rows:
        row["items"] = [alerts[number] for number in row.pop("ids") if number in alerts]
        for item in row["items"]:
            item["topics"] = json.loads(item["topics"]) if isinstance(item["topics"], str) else []
    return rows
