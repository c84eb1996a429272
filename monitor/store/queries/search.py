"""A search for pages: one walk over the hits that fit gives the counts of facets and the order.

The walk reads no texts; those of the few rows that are shown are read afterwards.
"""

from __future__ import annotations

import json
from collections import Counter
from operator import itemgetter
from typing import TYPE_CHECKING, Any, NamedTuple

from monitor.store.queries.hit_filter import choice
from monitor.store.queries.rows import hit_row

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from monitor.store.queries.hit_filter import HitFilter
    from monitor.store.queries.rows import Row

    Query = Callable[[str, dict[str, Any]], list[Row]]

FACETS = ("topic", "lang", "kind", "country", "publisher", "verdict")
_LISTED = 12  # values of a facet

_FITTING = """
SELECT m.id AS hit_id, a.id, m.topic, a.lang, f.kind, f.country, a.publisher, a.seen_at AS seen
"""
_SHOWN = "SELECT * FROM {view} WHERE hit_id IN (SELECT value FROM json_each(:ids))"
_VERDICTS = """
SELECT article, topic, iif(good > wrong, 'good', iif(wrong > good, 'wrong', 'open')) AS verdict
FROM verdicts
"""


class SearchResult(NamedTuple):
    """The rows of one part of a search, the `total`, and the counts by facet and value."""

    rows: list[Row]
    total: int
    facets: dict[str, list[tuple[str, int]]]


def search(query: Query, wanted: HitFilter) -> SearchResult:
    """Return the hits or near misses that fit a filter, the newest first, and what they count."""
    chosen, values = choice(wanted, of_feeds=True)
    fitting = query(_FITTING + chosen, values)
    facets = {name: _counts(map(itemgetter(name), fitting)) for name in FACETS[:-1]}
    facets["verdict"] = _counts(_verdicts(query, fitting))

    fitting.sort(key=itemgetter("seen", "hit_id"), reverse=True)
    part = [row["hit_id"] for row in fitting[wanted.offset : wanted.offset + wanted.limit]]
    view = "near_misses" if wanted.near else "hits"
    found = query(_SHOWN.format(view=view), {"ids": json.dumps(part)})
    shown = {row["hit_id"]: hit_row(row) for row in found}
    return SearchResult([shown[hit_id] for hit_id in part if hit_id in shown], len(fitting), facets)


def _counts(values: Iterable[str]) -> list[tuple[str, int]]:
    """Return the commonest values with their counts; an empty value is unknown, and not listed."""
    counts = Counter(values)
    counts.pop("", None)
    return counts.most_common(_LISTED)


def _verdicts(query: Query, fitting: Iterable[Row]) -> list[str]:
    verdicts = {(row["article"], row["topic"]): row["verdict"] for row in query(_VERDICTS, {})}
    if not verdicts:
        return []
    return [verdicts.get((row["id"], row["topic"]), "") for row in fitting]
