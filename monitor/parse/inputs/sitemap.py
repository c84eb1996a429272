"""News sitemaps: the addresses of a site's articles of two days, with title and date. Pure.

The format is sitemaps.org's, with Google's extension for news. A sitemap without news has no
titles, so it is no source of articles.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from monitor.errors import ParseError, PollReason
from monitor.parse.inputs.built import Built, built_entry, built_feed
from monitor.parse.inputs.xml_tree import children, name_of, root_of, value_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from xml.etree import ElementTree as ET

    from monitor.model import Source

_SIGNS = (b"<urlset", b"<sitemapindex", b":urlset", b":sitemapindex")
MOST_SITEMAPS = 3  # of an index that are read at a poll: one holds up to 1,000 articles
_NEWS = b"/sitemap-news/"  # in the name of the namespace: such a sitemap may be empty for days
_HEAD = 4_096  # bytes in which the root element begins


def read(document: bytes, _source: Source) -> Built | None:
    """Return the entries of a news sitemap, None for any other document.

    Raises ParseError (`not-a-feed`) for a sitemap without news.
    """
    root = sitemap_root(document)
    if root is None:
        return None
    news = [found for url in children(root, "url") for found in _news(url)]
    if not news and not (_NEWS in document and not len(root)):
        raise ParseError(PollReason.NOT_A_FEED, _without_news(root))
    return built_feed("sitemap", [_entry(link, each) for link, each in news])


def sitemap_root(document: bytes) -> ET.Element | None:
    """Return the root element of a sitemap or of an index of sitemaps, None for others."""
    root = root_of(document) if is_sitemap(document) else None
    if root is None:
        return None
    return root if name_of(root) in {"urlset", "sitemapindex"} else None


def is_sitemap(document: bytes) -> bool:
    """Whether the head of a document names a sitemap's root element."""
    head = document[:_HEAD]
    return any(sign in head for sign in _SIGNS)


def newest_sitemaps(document: bytes, most: int) -> list[str]:
    """Return addresses of the sitemaps in an index, those changed last first; none for others.

    Where some of them are named for news, the others are left out.
    """
    root = sitemap_root(document)
    if root is None or name_of(root) != "sitemapindex":
        return []
    found = [
        (value_of(each, "lastmod"), value_of(each, "loc")) for each in children(root, "sitemap")
    ]
    news = [each for each in found if "news" in urlsplit(each[1]).path.lower()] or found
    newest = sorted(news, key=lambda each: each[0], reverse=True)
    return [address for _, address in newest if address][:most]


def _without_news(root: ET.Element) -> str:
    if name_of(root) == "sitemapindex":
        return "an index of sitemaps that name no news"
    return "a sitemap without news: it has addresses, and no titles"


def _news(url: ET.Element) -> Iterator[tuple[str, ET.Element]]:
    for news in children(url, "news"):
        yield value_of(url, "loc"), news


def _entry(link: str, news: ET.Element) -> Built:
    publication = next(iter(children(news, "publication")), news)
    return built_entry(
        link=link,
        title=value_of(news, "title"),
        published=value_of(news, "publication_date"),
        lang=value_of(publication, "language").partition("-")[0].lower(),
    )
