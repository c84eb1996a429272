"""Documents of feeds changed at random, most of which stay well-formed.

A change is one that feeds have by mistake or by habit: an element doubled, lost, renamed, moved
into another or out of it, an attribute too many, text in other characters, a byte gone.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random

NAMES = """title link guid id pubDate published updated dc:date date description summary content
content:encoded author category enclosure comments source item entry channel image url ttl language
dc:language dc:title dc:description dc:creator media:content media:group media:title media:credit
media:description media:thumbnail media:keywords itunes:summary itunes:subtitle itunes:image
itunes:owner itunes:author atom:link atom:id atom:updated atom:author cloud textInput rights
generator body div abstract links guidislink modified issued created name uri email width
skipHours hour yandex:full-text turbo:content slash:comments feedburner:origLink unknown
x:unknown Title PUBDATE rdf:li items tags keywords svg fullitem severity
cap:severity gdacs:alertlevel geo:lat geo:long cap:polygon cap:circle dcterms:issued
georss:point georss:where""".split()  # noqa: SIM905 - a list would be 60 lines
ATTRIBUTES = """type="html" type="text" type="xhtml" type="TEXT/HTML" type="image/png" mode="base64"
rel="alternate" rel="self" rel="enclosure" rel="hub" rel="SELF" href="https://a.example/other"
href="/relative?x=1" href="" url="https://u.example/" uri="x" xml:base="https://b.example/c/"
base="d" xml:lang="de-DE" lang="fr" isPermaLink="false" isPermaLink="true" ispermalink="TRUE"
xmlns="http://www.w3.org/2005/Atom" xmlns:media="http://search.yahoo.com/mrss/"
xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:q="urn:q" rdf:about="https://r.example/1"
src="https://s.example/" Type="html" domain="x" length="1" media:type="html" foo:href="y"
term="t" lastmod="2024-10-31T09:00:00Z" version="0.3" """.split()  # noqa: SIM905 - likewise
TEXTS = [
    "Severe", "red", "50.1", "51.7,36.2 51.8,36.1",
    "", " ", "\n\t", "A word", "Größe und Maß", "GrÃ¶Ã\x9fe", "caf\xc3\xa9", "\x93quoted\x94",
    "&#147;quoted&#148;", "&amp;amp;", "&lt;b&gt;bold&lt;/b&gt; text", "a & b", "&nbsp;", "북한군",
    "<![CDATA[<p>In &amp; out</p>]]>", "<![CDATA[]]>", "before<!-- aside -->after",
    "before<?php aside ?>after", "https://a.example/n/1", "https://a.example/n?x=1&amp;y=2",
    "https://a.example/n?x=1&amp;amp;y=2", "https:///a.example/", "//a.example/x", "/n/5", "n/5",
    "http://[::1", "mailto:a@b.example", "tag:a.example,2024:1", "Thu, 31 Oct 2024 09:15:00 GMT",
    "2024-10-31T09:15:00Z", "31/10/2024", "yesterday", "YWJj", "Солдаты", "x" * 300, "\u2028",
    "\ud7ff", "&#x1F600;", "&#160;", "&#xA0;A", "en-US", "60", "&lt;!ENTITY", "text/html",
]  # fmt: skip

_TAG = re.compile(r"<(/?)([\w:.-]+)([^<>]*?)(/?)>")
_LEAF = re.compile(
    r"<([\w:.-]+)((?:\s[^<>]*)?)(?<!/)>((?:<!\[CDATA\[.*?\]\]>|[^<>])*)</\1>", re.DOTALL
)
_MORE_NAMESPACES = (
    ' xmlns:x="urn:x" xmlns:yandex="http://news.yandex.ru" xmlns:turbo="http://turbo.yandex.ru"'
    ' xmlns:cap="urn:oasis:names:tc:emergency:cap:1.2" xmlns:gdacs="http://www.gdacs.org"'
    ' xmlns:geo="http://www.w3.org/2003/01/geo/wgs84_pos#"'
    ' xmlns:slash="http://purl.org/rss/1.0/modules/slash/"'
    ' xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"'
    ' xmlns:media="http://search.yahoo.com/mrss/" xmlns:atom="http://www.w3.org/2005/Atom"'
    ' xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/"'
    ' xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:foo="urn:foo"'
    ' xmlns:feedburner="http://rssnamespace.org/feedburner/ext/1.0"'
    ' xmlns:georss="http://www.georss.org/georss"'
    ' xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'
)


def mutated(document: str, chance: random.Random) -> str:
    """Return a document with one to three changes."""
    for _ in range(chance.choice((1, 1, 2, 3))):
        document = chance.choice(_CHANGES)(document, chance)
    return document


def with_namespaces(document: str) -> str:
    """Return a document whose root declares the namespaces of `NAMES`, besides its own."""
    root = re.search(r"<(?:rss|feed|rdf:RDF)[^>]*", document, re.IGNORECASE)
    if not root:
        return document
    more = [each for each in re.findall(r' xmlns:\w+="[^"]*"', _MORE_NAMESPACES)
            if each.partition("=")[0] not in root[0]]  # fmt: skip
    return document[: root.end()] + "".join(more) + document[root.end() :]


def _leaf(document: str, chance: random.Random) -> re.Match[str] | None:
    found = list(_LEAF.finditer(document))
    return chance.choice(found) if found else None


def _element(chance: random.Random) -> str:
    name, attribute = chance.choice(NAMES), chance.choice(("", " " + chance.choice(ATTRIBUTES)))
    if chance.random() < 0.2:
        return f"<{name}{attribute}/>"
    return f"<{name}{attribute}>{chance.choice(TEXTS)}</{name}>"


def _renamed(document: str, chance: random.Random) -> str:
    if not (leaf := _leaf(document, chance)):
        return document
    name = chance.choice(NAMES)
    return f"{document[: leaf.start()]}<{name}{leaf[2]}>{leaf[3]}</{name}>{document[leaf.end() :]}"


def _doubled(document: str, chance: random.Random) -> str:
    leaf, other = _leaf(document, chance), _leaf(document, chance)
    if not leaf or not other:
        return document
    at = chance.choice((other.start(), other.end()))
    return document[:at] + leaf[0] + document[at:]


def _lost(document: str, chance: random.Random) -> str:
    leaf = _leaf(document, chance)
    return document[: leaf.start()] + document[leaf.end() :] if leaf else document


def _grown(document: str, chance: random.Random) -> str:
    """Return a document with a new element before, after or within another."""
    tags = list(_TAG.finditer(document))
    at = chance.choice(tags).end() if tags else 0
    return document[:at] + _element(chance) + document[at:]


def _nested(document: str, chance: random.Random) -> str:
    leaf = _leaf(document, chance)
    if not leaf:
        return document
    holder = chance.choice(("media:group", "media:content", "source", "image", "author", "x:y"))
    inside = f"<{holder}>{leaf[0]}</{holder}>"
    return document[: leaf.start()] + inside + document[leaf.end() :]


def _attributed(document: str, chance: random.Random) -> str:
    tags = [each for each in _TAG.finditer(document) if not each[1]]
    if not tags:
        return document
    end = chance.choice(tags).end(2)
    return f"{document[:end]} {chance.choice(ATTRIBUTES)}{document[end:]}"


def _reworded(document: str, chance: random.Random) -> str:
    leaf = _leaf(document, chance)
    if not leaf:
        return document
    return document[: leaf.start(3)] + chance.choice(TEXTS) + document[leaf.end(3) :]


def _damaged(document: str, chance: random.Random) -> str:
    at = chance.randrange(len(document) or 1)
    return document[:at] + chance.choice(("", "<", ">", "&", "\x00", '"', "/")) + document[at + 1 :]


_CHANGES = (_renamed, _doubled, _lost, _grown, _grown, _nested, _attributed, _reworded, _reworded,
            _damaged)  # fmt: skip
