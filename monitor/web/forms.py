"""A page in the forms other than HTML: JSON, CSV, Atom (RFC 4287) and JSON Feed (1.1). Pure.

What feeds send is text in each of them: nothing becomes markup, a formula, or a link to anything
but http and https.
"""

from __future__ import annotations

import csv
import json
import re
from io import StringIO
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from xml.etree.ElementTree import Element, SubElement, tostring

from monitor.web.page import NoPageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from monitor.web.page import FeedItem, Page

TYPES = {
    "json": "application/json",
    "csv": "text/csv",
    "atom": "application/atom+xml",
    "jsonfeed": "application/feed+json",
}
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")  # what spreadsheets take for a formula (OWASP)
_ATOM = "http://www.w3.org/2005/Atom"
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def safe_link(address: object) -> str:
    """Return an address of http or https, "" for any other."""
    text = str(address or "")
    try:
        parts = urlsplit(text)
    except ValueError:
        return ""
    return text if parts.scheme in {"http", "https"} and parts.netloc else ""


def rendered(page: Page, form: str, base: str, path: str) -> str:
    """Return a page as `json`, `csv`, `atom` or `jsonfeed`. Raises NoPageError for one without.

    `base` is the address of the desk, `path` that of the page, with its parameters.
    """
    if form == "json":
        return json.dumps(page.data, ensure_ascii=False, indent=1, default=str)
    if form == "csv" and page.columns:
        return _csv(page)
    if form in {"atom", "jsonfeed"} and page.items is not None:
        return (_atom if form == "atom" else _json_feed)(page, base, path)
    raise NoPageError(f"{page.title} has no form {form}")


def _csv(page: Page) -> str:
    out = StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(page.columns)
    for row in page.rows:
        writer.writerow([_cell(row.get(name)) for name in page.columns])
    return out.getvalue()


def _cell(value: Any) -> Any:
    """Return a value for a spreadsheet; a text that it would compute gets an apostrophe before."""
    if isinstance(value, list):
        value = "; ".join(map(str, value))
    if isinstance(value, str) and value.lstrip(" ").startswith(_FORMULA):
        return f"'{value}"
    return value


def _atom(page: Page, base: str, path: str) -> str:
    feed = Element("feed", xmlns=_ATOM)
    _add(feed, "title", page.title)
    _add(feed, "id", base + path)
    _add(feed, "updated", max((each.at for each in _items(page)), default="1970-01-01T00:00:00Z"))
    SubElement(feed, "link", rel="self", href=_legal(base + path))
    for item in _items(page):
        feed.append(_entry(item, base))
    return '<?xml version="1.0" encoding="utf-8"?>\n' + tostring(feed, encoding="unicode")


def _entry(item: FeedItem, base: str) -> Element:
    entry = Element("entry", {"xml:lang": item.lang} if item.lang else {})
    _add(entry, "title", item.title)
    _add(entry, "id", f"{base}/{item.id}")
    _add(entry, "updated", item.at)
    link = safe_link(item.url) or base + item.page
    SubElement(entry, "link", rel="alternate", href=_legal(link))
    SubElement(entry, "link", rel="related", href=_legal(base + item.page))
    author = SubElement(entry, "author")
    _add(author, "name", item.author or "unknown")
    for tag in item.tags:
        SubElement(entry, "category", term=_legal(tag))
    if item.text:
        _add(entry, "summary", item.text)
    return entry


def _add(parent: Element, name: str, text: str) -> None:
    """Add an element with a text; Atom's texts are of the type `text` unless they say otherwise."""
    SubElement(parent, name).text = _legal(text)


def _legal(text: str) -> str:
    return _NO_XML.sub("", text)


def _json_feed(page: Page, base: str, path: str) -> str:
    items = [_feed_item(item, base) for item in _items(page)]
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": page.title,
        "feed_url": base + path,
        "items": items,
    }
    return json.dumps(feed, ensure_ascii=False, indent=1)


def _feed_item(item: FeedItem, base: str) -> Mapping[str, Any]:
    values = {
        "id": f"{base}/{item.id}",
        "url": base + item.page,
        "external_url": safe_link(item.url),
        "title": item.title,
        "content_text": item.text or item.title,
        "date_published": item.at,
        "authors": [{"name": item.author}] if item.author else [],
        "tags": list(item.tags),
        "language": item.lang,
    }
    return {name: value for name, value in values.items() if value}


def _items(page: Page) -> list[FeedItem]:
    return list(page.items or ())
