"""Hits for commands: the newest that fit a filter, and how many there are.

IDs grow as articles come, so a walk from the highest one ends as soon as there are enough. Only
where the clock was set back are others as new: those are looked for among all that were seen since
the oldest that the walk found. Words are looked up before, so there is no walk to shorten.
"""

from __future__ import annotations

import json
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from monitor.store.queries.hit_filter import choice
from monitor.store.queries.rows import hit_row

if TYPE_CHECKING:
    from collections.abc import Callable

    from monitor.store.queries.hit_filter import HitFilter
    from monitor.store.queries.rows import Row

    Query = Callable[[str, dict[str, Any]], list[Row]]

_FITTING = """
SELECT m.article_id AS id, a.seen_at AS seen, json_group_array(m.id) AS hits
{chosen} GROUP BY m.article_id
"""
# The + lets SQLite find the lowest ID among those articles alone.
_SINCE = """ AND a.seen_at >= :oldest
AND m.article_id >= (SELECT min(+id) FROM articles WHERE seen_at >= :oldest)"""
_SHOWN = """
SELECT * FROM {view} WHERE hit_id IN (SELECT value FROM json_each(:ids))
ORDER BY seen DESC, hit_id DESC
"""


def newest_hits(query: Query, wanted: HitFilter) -> list[Row]:
    """Return the hits of the newest articles that fit, at most `limit`, without glosses."""
    articles = _newest(query, wanted)
    ids = [hit for row in articles for hit in json.loads(row["hits"])]
    view = "near_misses" if wanted.near else "hits"
    return list(map(hit_row, query(_SHOWN.format(view=view), {"ids": json.dumps(ids)})))


def _newest(query: Query, wanted: HitFilter) -> list[Row]:
    chosen, values = choice(wanted, of_articles=True)
    most = wanted.offset + wanted.limit
    order = "seen DESC, id DESC" if wanted.words else "m.article_id DESC"
    found = query(f"{_FITTING.format(chosen=chosen)} ORDER BY {order} LIMIT {most}", values)
    if found and len(found) == most and not wanted.words:
        values["oldest"] = min(row["seen"] for row in found)
        found = query(_FITTING.format(chosen=chosen + _SINCE), values)
    found.sort(key=itemgetter("seen", "id"), reverse=True)
    return found[wanted.offset : most]


def hit_count(query: Query, wanted: HitFilter) -> int:
    """Return the number of articles that a filter finds, without its limit."""
    chosen, values = choice(wanted)
    sql = f"SELECT count(*) AS articles FROM (SELECT DISTINCT m.article_id {chosen})"
    return int(query(sql, values)[0]["articles"])
