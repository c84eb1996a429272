"""The elements of one entry of a well-formed document → the values that feedparser gives it. Pure.

Each function follows feedparser's method of the same element (see `wellformed`), quirks included:
the second description of an entry is a content, a deeper title gives way to a higher one.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

from monitor.parse.vocabulary import RDF, XML

if TYPE_CHECKING:
    from collections.abc import Callable
    from xml.etree.ElementTree import Element

_PLAIN, _HTML = "text/plain", "text/html"
_DETAILS = {kind: {"type": kind} for kind in (_PLAIN, _HTML)}  # as feedparser gives them
_TYPES = {"text": _PLAIN, "plain": _PLAIN, _PLAIN: _PLAIN, "html": _HTML, _HTML: _HTML}
_LINKED_TYPES = frozenset({"text/html", "html", "application/xhtml+xml", "xhtml"})
XML_BASE = f"{{{XML}}}base"
_ATTRIBUTES = {
    XML_BASE: "xml:base",
    f"{{{XML}}}lang": "xml:lang",
    f"{{{XML}}}space": "xml:space",
    f"{{{RDF}}}about": "rdf:about",
    f"{{{RDF}}}resource": "rdf:resource",
}
_REFERENCE = re.compile(r"&([A-Za-z0-9_]+);")


class DoubtfulError(Exception):
    """feedparser may read a document otherwise; it never leaves `wellformed`."""


class EntryElements:
    """The values of one entry; all that reads into it raises DoubtfulError."""

    def __init__(self, about: str, base: str, *, has_content: bool) -> None:
        self.values: dict[str, Any] = {"id": about} if about else {}
        self.has_content = has_content
        self._base = base
        self._depths: dict[str, int] = {}
        self._title_depth: int | None = None

    def store(self, name: str, value: str, depth: int) -> None:
        """Store a value, unless there is one of an element that is less deep."""
        if depth <= self._depths.get(name, depth):
            self._depths[name] = depth
            self.values[name] = value

    def title(self, element: Element, depth: int) -> None:
        """Read a title; it keeps out later ones that are as deep."""
        if self._titled(element, depth):
            self._title_depth = depth

    def media_title(self, element: Element, depth: int) -> None:
        """Read a title of Media RSS, which keeps out no other."""
        self._titled(element, depth)

    def _titled(self, element: Element, depth: int) -> str:
        kind, value = typed_text(element, _PLAIN)
        if self._title_depth is None or depth < self._title_depth:
            self.store("title", value, depth)
            self.values["title_detail"] = _DETAILS[kind]
        return value

    def description(self, element: Element, depth: int) -> None:
        """Read a description."""
        self._summarize(element, depth, _HTML)

    def summary(self, element: Element, depth: int) -> None:
        """Read a summary."""
        self._summarize(element, depth, _PLAIN)

    def _summarize(self, element: Element, depth: int, default: str) -> None:
        if "summary" in self.values and not self.has_content:
            self.content(element, depth)
            return
        kind, value = typed_text(element, default)
        self.store("summary", value, depth)
        self.values["summary_detail"] = _DETAILS[kind]

    def content(self, element: Element, _: int) -> None:
        """Read a content, which is the summary, too, of an entry without one."""
        value = typed_text(element)[1]
        self.has_content = True
        self.values.setdefault("content", []).append({"value": value})
        self.values.setdefault("summary", value)

    def identify(self, element: Element, depth: int) -> None:
        """Read an id, which is the link, too, of an entry without one."""
        value = text_of(element)
        is_link = is_permalink(element)
        if is_link and value:
            value = resolved(value, self._base)
        self.store("id", value, depth)
        if is_link:
            self.values.setdefault("link", value)

    def link(self, element: Element, _: int) -> None:
        """Read a link."""
        address = add_link(self.values, element, self._base)
        if "&" in address:
            mended = _REFERENCE.sub(r"&\1", address.replace("&amp;", "&"))
            self.values["link"] = self.values["links"][-1]["href"] = mended

    def named(self, name: str, element: Element, depth: int) -> None:
        """Read a text that feedparser has no method for."""
        if element.keys():
            raise DoubtfulError
        self.store(name, text_of(element), depth)

    def picture(self, element: Element, _: int) -> None:
        """Pass over an image, after which feedparser reads the next title."""
        text_of(element)
        self._title_depth = None

    def come_from(self, title: str, title_depth: int | None) -> None:
        """Note the title of the feed that the entry comes from, and how deep it stood."""
        self.values["source"] = {"title": title} if title else {}
        self._title_depth = title_depth


def text_of(element: Element) -> str:
    """Return the text of an element. Raises DoubtfulError if there are elements in it."""
    if len(element):
        raise DoubtfulError
    return (element.text or "").strip()


def typed_text(element: Element, default: str = _PLAIN) -> tuple[str, str]:
    """Return the type of the text of an element, and the text. Raises DoubtfulError."""
    if not element.keys():
        return default, text_of(element)
    attributes = attributes_of(element)
    kind = _TYPES.get(attributes.get("type", default))
    if kind is None or "mode" in attributes:
        raise DoubtfulError
    return kind, text_of(element)


def is_permalink(element: Element) -> bool:
    """Whether an id is a link. Raises DoubtfulError."""
    return attributes_of(element).get("ispermalink", "true") == "true"


def attributes_of(element: Element) -> dict[str, str]:
    """Return the attributes of an element as feedparser does. Raises DoubtfulError."""
    found: dict[str, str] = {}
    for each, value in element.items():
        name = _ATTRIBUTES.get(each) or each.lower()
        if name in found or "}" in name:
            raise DoubtfulError
        found[name] = value.lower() if name in {"rel", "type"} else value
    return found


def check_address(address: str) -> None:
    """Raise DoubtfulError for an address that feedparser mends."""
    if "///" in address:
        raise DoubtfulError


def resolved(address: str, base: str) -> str:
    """Return an address relative to that of the document, if it has one. Raises DoubtfulError."""
    check_address(address)
    try:
        return urljoin(base, address)
    except ValueError as error:
        raise DoubtfulError from error


def add_link(values: dict[str, Any], element: Element, base: str) -> str:
    """Add a link to the values of an entry or a feed. Raises DoubtfulError.

    Returns its address if that is the element's text, "" otherwise.
    """
    text = text_of(element)
    attributes = attributes_of(element)
    if "url" in attributes or "uri" in attributes:
        raise DoubtfulError
    rel, href = attributes.get("rel", "alternate"), attributes.get("href")
    if href is None:
        address, is_own = text and resolved(text, base), True
    else:
        address = resolved(href, base)
        is_own = rel == "alternate" and attributes.get("type", _HTML) in _LINKED_TYPES
    if is_own:
        values["link"] = address
    values.setdefault("links", []).append({"rel": rel, "href": address})
    return address if href is None else ""


def link_in(feed: dict[str, Any], element: Element, name: str, base: str) -> None:
    """Read the link of a feed, or its id, which is the link of a feed without one."""
    text = text_of(element)
    if _REFERENCE.search(text):
        raise DoubtfulError
    if name == "link":
        add_link(feed, element, base)
    elif is_permalink(element):
        feed.setdefault("link", text and resolved(text, base))


def _stored(name: str) -> Callable[[EntryElements, Element, int], None]:
    def store(entry: EntryElements, element: Element, depth: int) -> None:
        entry.store(name, text_of(element), depth)

    return store


def _named(name: str) -> Callable[[EntryElements, Element, int], None]:
    def read(entry: EntryElements, element: Element, depth: int) -> None:
        entry.named(name, element, depth)

    return read


_published, _updated, _created = map(_stored, ("published", "updated", "created"))
_language = _stored("language")
ENTRY_ELEMENTS: dict[str, Callable[[EntryElements, Element, int], None]] = {
    "title": EntryElements.title,
    "dc_title": EntryElements.title,
    "media_title": EntryElements.media_title,
    "link": EntryElements.link,
    "guid": EntryElements.identify,
    "id": EntryElements.identify,
    "description": EntryElements.description,
    "dc_description": EntryElements.description,
    "media_description": EntryElements.description,
    "summary": EntryElements.summary,
    "itunes_summary": EntryElements.summary,
    "content": EntryElements.content,
    "content_encoded": EntryElements.content,
    "image": EntryElements.picture,
    "language": _language,
    "dc_language": _language,
    "published": _published,
    "issued": _published,
    "pubdate": _published,
    "dcterms_issued": _published,
    "updated": _updated,
    "modified": _updated,
    "lastbuilddate": _updated,
    "dc_date": _updated,
    "dcterms_modified": _updated,
    "created": _created,
    "dcterms_created": _created,
    # stored by feedparser under their names, without a method
    **{
        name: _named(name)
        for name in (
            "yandex_full-text", "turbo_content", "severity", "cap_severity", "gdacs_alertlevel",
            "cap_polygon", "cap_circle", "geo_lat", "geo_long",
        )
    },
}  # fmt: skip
