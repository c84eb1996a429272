"""What an input makes of a document: the shape that feedparser gives to RSS and Atom. Pure.

So all inputs share what follows: dates, links, texts, identity, the ledger.
"""

from __future__ import annotations

from html import escape
from typing import Any

Built = dict[str, Any]


def built_entry(
    *,
    link: str = "",
    id: str = "",  # noqa: A002 - the name in feedparser's entries
    title: str = "",
    text: str = "",
    markup: str = "",
    published: str = "",
    lang: str = "",
    origin: str = "",
) -> Built:
    """Return an entry; `text` and `title` are meant letter by letter, `markup` is HTML.

    `origin` is the publisher where that is not the feed's own.
    """
    entry: Built = {"id": id or link, "title": escape(title, quote=False), "language": lang}
    entry["links"] = [{"rel": "alternate", "href": link}] if link else []
    entry["summary"] = markup or escape(text, quote=False)
    if published:
        entry["published"] = published
    if origin:
        entry["source"] = {"title": origin}
    return entry


def built_feed(
    kind: str,
    entries: list[Built],
    *,
    title: str = "",
    link: str = "",
    lang: str = "",
    links: tuple[tuple[str, str], ...] = (),
) -> Built:
    """Return a document with its entries; `links` are (rel, address), for its hub."""
    feed = {
        "title": escape(title, quote=False),
        "link": link,
        "language": lang,
        "links": [{"rel": rel, "href": address} for rel, address in links],
    }
    return {"version": kind, "feed": feed, "entries": entries, "bozo": False}
