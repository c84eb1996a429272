"""JSON Feed 1.0 and 1.1 (jsonfeed.org/version/1.1). Pure.

feedparser 6.0 knows the format by name and reads no entry of it.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from monitor.parse.inputs.built import Built, built_entry, built_feed

if TYPE_CHECKING:
    from monitor.model import Source

_VERSION = "jsonfeed.org/version/"
_SIGN = b"jsonfeed.org"


def read(document: bytes, _source: Source) -> Built | None:
    """Return the entries of a JSON Feed, None for any other document."""
    if document.lstrip()[:1] != b"{" or _SIGN not in document.replace(rb"\/", b"/"):
        return None
    feed = loads(document)
    if not isinstance(feed, dict) or _VERSION not in str(feed.get("version")):
        return None
    items = feed.get("items")
    return built_feed(
        "json-feed",
        [_entry(each) for each in items if isinstance(each, dict)]
        if isinstance(items, list)
        else [],
        title=_text(feed, "title"),
        link=_text(feed, "home_page_url"),
        lang=_text(feed, "language"),
        links=tuple(_links(feed)),
    )


def loads(document: bytes) -> Any:
    """Return the value of a JSON document, None for one that is none."""
    try:
        return json.loads(document)
    except (ValueError, RecursionError):  # RecursionError: brackets in brackets, by the thousand
        return None


def _links(feed: dict[str, Any]) -> list[tuple[str, str]]:
    """Return the addresses by which a hub is known: those of WebSub hubs, and the feed's own."""
    hubs = feed.get("hubs")
    named = [each for each in hubs if isinstance(each, dict)] if isinstance(hubs, list) else []
    links = [("hub", _text(hub, "url")) for hub in named if _text(hub, "type") == "WebSub"]
    return [*links, ("self", _text(feed, "feed_url"))]


def _entry(item: dict[str, Any]) -> Built:
    entry = built_entry(
        id=_text(item, "id"),
        link=_text(item, "url") or _text(item, "external_url"),
        title=_text(item, "title"),
        text=_text(item, "content_text") or _text(item, "summary"),
        markup=_text(item, "content_html"),
        published=_text(item, "date_published") or _text(item, "date_modified"),
        lang=_text(item, "language"),
    )
    if summary := _text(item, "summary"):
        entry["content"] = [{"value": entry["summary"]}]
        entry["summary"] = built_entry(text=summary)["summary"]
    return entry


def _text(value: dict[str, Any], name: str) -> str:
    found = value.get(name)
    return str(found) if isinstance(found, str | int | float) else ""
