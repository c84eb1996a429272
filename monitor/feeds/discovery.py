"""The addresses of feeds that a web page declares or links to. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urldefrag, urlsplit

from selectolax.lexbor import LexborHTMLParser

from monitor.feeds.telegram import is_channel
from monitor.text.normalize import absolute_link

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST = 20  # addresses of one page: a page with more lists the feeds of other sites
_TYPES = frozenset({
    "application/rss+xml", "application/atom+xml", "application/rdf+xml", "application/feed+json",
    "application/geo+json", "application/cap+xml",
})  # fmt: skip
_SITEMAP = re.compile(r"^\s*sitemap:\s*(\S+)", re.IGNORECASE | re.MULTILINE)
_PATH = re.compile(
    r"/(?:rss|atom|feeds?)(?:/[\w-]{0,40})?/?$|/(?:rss|atom|feed|index)[\w.-]{0,40}\.xml$"
    r"|\.(?:rss|atom|rdf)$",
    re.IGNORECASE,
)
_QUERY = re.compile(r"(?:^|&)(?:feed=|format=(?:rss|atom|feed)\b)", re.IGNORECASE)
_FEED_WORD = re.compile(r"\b(?:RSS|Atom)\b", re.IGNORECASE)
_DOCUMENT = re.compile(r"\.(?:xml|rss|rdf|atom|php)$", re.IGNORECASE)


def candidates(page: bytes, address: str) -> list[str]:
    """Return the addresses on a page that may be feeds, those declared with `<link>` first.

    `address` is that of the page: links may be relative to it.
    """
    tree = LexborHTMLParser(page.decode("utf-8", "replace"))
    base = address
    if node := tree.css_first("base[href]"):
        base = absolute_link(node.attributes.get("href") or "", address) or address
    own = urldefrag(address).url
    found: dict[str, None] = {}
    for link in (*_declared(tree), *_anchors(tree)):
        whole = urldefrag(absolute_link(link, base)).url
        if whole and whole != own:
            found.setdefault(whole)
    return list(found)[:MOST]


def sitemaps(robots: bytes, address: str) -> list[str]:
    """Return the addresses of news sitemaps that a site's `robots.txt` names.

    `address` is that of `robots.txt`. A sitemap of news has the word in its name.
    """
    named = _SITEMAP.findall(robots.decode("utf-8", "replace"))
    found = dict.fromkeys(absolute_link(each, address) for each in named)
    return [each for each in found if "news" in urlsplit(each).path.lower()][:MOST]


def _declared(tree: LexborHTMLParser) -> Iterator[str]:
    for node in tree.css("link[href]"):
        kind = (node.attributes.get("type") or "").partition(";")[0].strip().lower()
        relations = (node.attributes.get("rel") or "").lower().split()
        if ("alternate" in relations and kind in _TYPES) or "feed" in relations:
            yield node.attributes.get("href") or ""


def _anchors(tree: LexborHTMLParser) -> Iterator[str]:
    for node in tree.css("a[href]"):
        href = node.attributes.get("href") or ""
        try:
            parts = urlsplit(href.strip())
        except ValueError:
            continue
        words = f"{node.text()} {node.attributes.get('title') or ''}"
        is_feed_address = _PATH.search(f"/{parts.path}") or _QUERY.search(parts.query)
        is_named_feed = _FEED_WORD.search(words) and _DOCUMENT.search(parts.path)
        if is_feed_address or is_named_feed or is_channel(href.strip()):
            yield href
