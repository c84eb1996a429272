"""Search: hits and near misses by words and filters, with the counts of each filter."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from monitor.errors import InputError
from monitor.store.fulltext import query
from monitor.store.queries.hit_filter import HitFilter
from monitor.store.queries.reader import HIT_FIELDS
from monitor.web.page import Asked, FeedItem, Page

if TYPE_CHECKING:
    from collections.abc import Sequence

    from monitor.store.queries.desk import DeskReader
    from monitor.web.page import Row

FACETS = {
    "topic": "Topic",
    "lang": "Language",
    "kind": "Kind of publisher",
    "country": "Country",
    "publisher": "Publisher",
    "verdict": "Feedback",
}
_TIMES = (("24h", "24 hours"), ("7d", "7 days"), ("30d", "30 days"), ("", "all time"))
_KEPT = ("q", "since", "until", "near", "limit", *FACETS)
_A_PAGE = 50


def read(reader: DeskReader, asked: Asked) -> Page:
    """Return the page of a search."""
    wanted = wanted_hits(asked)
    rows, total, facets = reader.search(wanted)
    here = {name: asked.text(name) for name in _KEPT if asked.text(name)}
    shown = wanted.offset + len(rows)
    extra = {
        "facet_names": FACETS,
        "times": _TIMES,
        "articles": _by_article(rows),
        "here": defaultdict(str, here),
        "link": lambda **changed: _link(here, changed),
        "number": wanted.offset // wanted.limit + 1,
        "more": shown < total,
        "first": wanted.offset + 1,
        "last": shown,
    }
    data = {"hits": rows, "facets": facets, "total": total}
    items = [hit_item(row) for row in rows]
    title = "Near misses" if wanted.near else "Hits"
    return Page("hits.html", title, data, extra, rows, HIT_FIELDS, items)


def wanted_hits(asked: Asked) -> HitFilter:
    """Return the filter that the address asks for. Raises InputError."""
    words = asked.text("q")
    if words and not query(words):
        raise InputError("a search needs a letter or a digit")
    limit = asked.number("limit", _A_PAGE)
    return HitFilter(
        words,
        since=asked.time("since"),
        until=asked.time("until"),
        limit=limit,
        near=bool(asked.text("near")),
        offset=(asked.number("page", 1, 10_000) - 1) * limit,
        **{name: asked.text(name) for name in FACETS},
    )


def hit_item(row: Row) -> FeedItem:
    """Return a hit as an entry of a feed."""
    page = f"/articles/{row['id']}"
    return FeedItem(f"articles/{row['id']}", row["title"], row["url"], page, row["seen_at"],
                row["excerpt"], row["publisher"], row["lang"], (row["topic"],))  # fmt: skip


def _by_article(rows: Sequence[Row]) -> list[tuple[Row, list[str]]]:
    """Return the first row of each article, with the topics that the article hits."""
    first: dict[int, tuple[Row, list[str]]] = {}
    for row in rows:
        first.setdefault(row["id"], (row, []))[1].append(row["topic"])
    return list(first.values())


def _link(here: dict[str, str], changed: dict[str, str]) -> str:
    """Return the address of the search with parameters changed; "" takes one away."""
    kept = {name: value for name, value in (here | changed).items() if value}
    return f"/hits?{urlencode(kept)}" if kept else "/hits"
