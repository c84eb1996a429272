"""Search: hits and near misses by words and filters, with the counts of each filter."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from monitor.store.queries.hit_filter import PARAMETERS, HitFilter, filter_of
from monitor.store.queries.reader import HIT_FIELDS
from monitor.web.page import Asked, FeedItem, NoPageError, Page

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
_KEPT = (*PARAMETERS, "limit")
_A_PAGE = 50


def read(reader: DeskReader, asked: Asked) -> Page:
    """Return the page of a search."""
    views = reader.saved_views()
    here = _parameters(asked, views)
    wanted = _wanted(asked, here)
    rows, total, facets = reader.search(wanted)
    shown = wanted.offset + len(rows)
    extra = {
        "facet_names": FACETS,
        "views": views,
        "view": asked.text("view"),
        "kept": {name: here[name] for name in PARAMETERS if name in here},
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


def _parameters(asked: Asked, views: Sequence[Row]) -> dict[str, str]:
    """Return the parameters of the address, over those of its view. Raises NoPageError."""
    given = {name: asked.text(name) for name in _KEPT if asked.text(name)}
    name = asked.text("view")
    if not name:
        return given
    found = [view for view in views if view["name"].casefold() == name.casefold()]
    if not found:
        raise NoPageError(f"there is no saved view {name}: /hits lists them")
    return {**found[0]["query"], **given}


def _wanted(asked: Asked, here: dict[str, str]) -> HitFilter:
    limit = asked.number("limit", _A_PAGE)
    return filter_of(here, asked.now, limit, (asked.number("page", 1, 10_000) - 1) * limit)


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
