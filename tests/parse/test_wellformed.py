"""Well-formed documents are read as feedparser reads them; all others are left to feedparser."""

from __future__ import annotations

import random
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from amounts import many
from feedparser.mixin import _FeedParserMixin
from hypothesis import given, settings
from hypothesis import strategies as st
from measured import less_than
from mutated import mutated, with_namespaces

from monitor.errors import ParseError
from monitor.parse import Source, parse
from monitor.parse.encoding import in_utf8
from monitor.parse.entry_elements import ENTRY_ELEMENTS
from monitor.parse.feed import read_leniently
from monitor.parse.vocabulary import DOUBTFUL, PREFIXES
from monitor.parse.wellformed import read_well_formed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from monitor.model import Scan

SOURCE = Source("https://news.example/feed.xml?key=1", "application/xml", "", "Example")
RSS = (
    '<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"'
    ' xmlns:content="http://purl.org/rss/1.0/modules/content/"'
    ' xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:atom="http://www.w3.org/2005/Atom"'
    ' xmlns:media="http://search.yahoo.com/mrss/"><channel><title>Harbour News</title>'
    '<atom:link rel="self" href="https://news.example/feed.xml"/><atom:link rel="hub"'
    ' href="https://hub.example/"/><link>https://news.example/</link><language>en-GB</language>'
    "<description>All of it</description><ttl>30</ttl><image><url>https://news.example/i.png</url>"
    "<title>Harbour</title><link>https://news.example/</link></image>"
    "<item><title>Storm closes the harbour</title><link>https://news.example/n/1?a=1&amp;b=2</link>"
    '<guid isPermaLink="false">n-1</guid><description>&lt;p&gt;Ferries &amp;amp; trains'
    "&lt;/p&gt;</description><dc:creator>Desk</dc:creator><category>News</category>"
    "<pubDate>Thu, 31 Oct 2024 09:15:00 GMT</pubDate><media:group><media:content url='u'>"
    "<media:title>A ferry</media:title></media:content></media:group></item>"
    "<item><title><![CDATA[Größte Brücke &amp; Tunnel]]></title><guid>https://news.example/n/2</guid>"
    "<content:encoded><![CDATA[<p>The whole <b>text</b>.</p>]]></content:encoded>"
    "<description>In short</description><source url='https://s.example/'>A source</source>"
    "<pubDate>Thu, 31 Oct 2024 08:15:00 +0900</pubDate><enclosure url='u'/></item>"
    "</channel></rss>"
)
ATOM = (
    '<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="de-DE" xmlns:thr="http://purl.org/'
    'syndication/thread/1.0"><title type="text">Hafen &amp; Stadt</title>'
    "<id>tag:news.example,2024:all</id><updated>2024-10-31T09:15:00Z</updated>"
    '<link href="https://news.example/"/><link rel="self" href="https://news.example/atom"/>'
    "<entry><id>tag:news.example,2024:1</id><title type='html'>Sturm &amp;amp; Flut</title>"
    '<link rel="alternate" type="text/html" href="https://news.example/n/1"/>'
    '<link rel="enclosure" href="https://news.example/1.mp3"/><updated>2024-10-31T09:15:00Z</updated>'
    "<published>2024-10-30T09:15:00+01:00</published><author><name>Redaktion</name></author>"
    '<summary type="text">Kurz &lt; knapp</summary><content type="html">&lt;p&gt;Alles&lt;/p&gt;'
    "</content></entry><entry><id>https://news.example/n/2</id><title>Zwei</title>"
    "<source><id>urn:s</id><title>Quelle</title></source><published>2024-10-30</published>"
    "<content>Nur dies</content><thr:total>3</thr:total></entry></feed>"
)
RDF = (
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'
    ' xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/">'
    '<channel rdf:about="https://news.example/"><title>Old News</title>'
    "<link>https://news.example/</link><description>d</description><dc:language>uk</dc:language>"
    '<items><rdf:Seq><rdf:li rdf:resource="https://news.example/1"/></rdf:Seq></items></channel>'
    '<item rdf:about="https://news.example/1"><title>Міст закрито</title>'
    "<link>https://news.example/1</link><description>Коротко</description>"
    "<dc:date>2024-10-31T09:15:00+02:00</dc:date></item></rdf:RDF>"
)
BASED = RSS.replace("<rss ", '<rss xml:base="https://news.example/a/" ', 1).replace(
    "<link>https://news.example/n/1?a=1&amp;b=2</link>", "<link>n/1</link>"
)
PLAIN = (RSS, ATOM, RDF, BASED)
# Elements without others in them that feedparser has a method for, none of which touches what an
# article or a feed is read from.
HARMLESS = frozenset({
    "admin_errorreportsto", "admin_generatoragent", "author", "category", "cloud", "contributor",
    "copyright", "dc_author", "dc_contributor", "dc_creator", "dc_publisher", "dc_rights",
    "dc_subject", "dcterms_valid", "email", "enclosure", "expirationdate",
    "feedburner_browserfriendly", "generator", "height", "homepage", "info",
    "itunes_author", "itunes_block", "itunes_category", "itunes_email", "itunes_explicit",
    "itunes_image", "itunes_keywords", "itunes_link", "itunes_name", "itunes_owner",
    "itunes_subtitle", "keywords", "managingeditor", "media_category", "media_content",
    "media_credit", "media_group", "media_keywords", "media_license", "media_player",
    "media_rating", "media_restriction", "media_thumbnail", "name", "newlocation", "rights",
    "subtitle", "tagline", "tags", "uri", "url", "webmaster", "width",
})  # fmt: skip


def outcome(document: bytes, *readers: Any) -> Scan | str:
    try:
        return parse(document, SOURCE, readers=readers)
    except ParseError as error:
        return error.reason


def is_read(document: str) -> bool:
    return read_well_formed(in_utf8(document.encode("utf-8", "replace"), "")) is not None


@pytest.mark.parametrize("document", PLAIN)
def test_the_usual_kinds_of_feeds_are_read_without_feedparser(document: str) -> None:
    assert is_read(document)
    assert outcome(document.encode()) == outcome(document.encode(), read_leniently)


@pytest.mark.parametrize(
    ("part", "instead"),
    [
        ("</channel>", "</chanel>"),
        ("<rss ", "<!DOCTYPE rss><rss "),
        ("Harbour News", "Harbour&nbsp;News"),
        ("Harbour News", "Harbour <b>News</b>"),
        ("<item>", '<item xml:base="https://b.example/">'),
        ("<description>", '<content type="xhtml"><div/></content><description>'),
        ("<description>", '<summary mode="base64">YQ==</summary><description>'),
        ("<link>https://", "<link>https:///"),
        ("Größte", "GrÃ¶Ã\x9fte"),
        ("Größte Brücke", "GrÃ]]>¶sste<![CDATA[ Bahn"),
        ("Storm", "GrÃ<!-- -->¶sse"),
        ("Storm", "Gr&#195;&#182;sse"),
        ("Storm", "GrÃ&#xB6;sse"),
        ("Storm", "Gr&#xC3;¶sse"),
        ("Storm", "&#147;Storm&#148;"),
        ("xmlns:dc=", 'xmlns:media="urn:other" xmlns:dc='),
        ("<title>Storm", "<georss:where/><title>Storm"),
        ("<title>Storm", '<title xmlns="urn:unknown">Storm'),
        ("</channel>", "<item/><channel/></channel>"),
        (">A source<", "><title>A source</title><unknown term='t'>words</unknown><"),
        (">A source<", "><title>A source</title><link href='https://s.example/'>words</link><"),
    ],
)
def test_what_may_be_read_otherwise_is_left_to_feedparser(part: str, instead: str) -> None:
    assert part in RSS
    assert not is_read(RSS.replace(part, instead))


@pytest.mark.parametrize(
    "text", ["<![CDATA[<!ENTITY name 'x'>]]>", "to\ufeffgether", "CAFÉ\xa0: «&#201;&#160;!»"]
)
def test_what_only_looks_unusual_in_a_text_is_read_without_feedparser(text: str) -> None:
    document = RSS.replace("In short", text)
    assert is_read(document)
    assert outcome(document.encode()) == outcome(document.encode(), read_leniently)


@settings(derandomize=True, max_examples=many(300), deadline=None)
@given(st.sampled_from(PLAIN), st.integers(0, 2**32))
def test_changed_documents_are_read_as_feedparser_reads_them(document: str, seed: int) -> None:
    changed = in_utf8(_changed(document, seed), "")
    if read_well_formed(changed) is not None:
        assert outcome(changed) == outcome(changed, read_leniently)


def test_most_changed_documents_are_still_read_without_feedparser() -> None:
    documents = (in_utf8(_changed(PLAIN[seed % 4], seed), "") for seed in range(400))
    assert sum(read_well_formed(each) is not None for each in documents) > 100


def test_every_element_that_feedparser_has_a_method_for_is_known() -> None:
    names = {found[1].lower() for name in dir(_FeedParserMixin)
             if (found := re.fullmatch(r"_(?:start|end)_(.+)", name))}  # fmt: skip
    others = {"source", "image", "media_group", "media_content", "rss", "feed", "item"}
    assert not names - ENTRY_ELEMENTS.keys() - HARMLESS - DOUBTFUL - others


def test_every_namespace_of_feedparser_is_known() -> None:
    known = {uri.lower(): prefix.lower() for uri, prefix in _FeedParserMixin.namespaces.items()}
    assert known == PREFIXES


def _numbered(pattern: str, count: int) -> str:
    return "".join(map(pattern.format, range(count)))


@pytest.mark.parametrize(
    "body",
    [
        "<rss><channel>" + "<item>" * 200_000,
        "<rss><channel>" + "<a>" * 200_000 + "</a>" * 200_000 + "</channel></rss>",
        "<rss><channel>" + "<item><title>t</title></item>" * 20_000 + "</channel></rss>",
        "<rss><channel><item " + _numbered('a{}="" ', 50_000) + "/></channel></rss>",
        "<rss " + _numbered('xmlns:a{0}="u{0}" ', 20_000) + "><channel/></rss>",
        f"<rss><channel><item><author>{'a' * 1_000_000}</author></item></channel></rss>",
    ],
    ids=["unclosed", "deep", "many", "attributes", "namespaces", "author"],
)
def test_hostile_documents_are_read_or_left_in_no_time(body: str) -> None:
    with less_than(2.0):
        read_well_formed(body.encode())


# ── real documents: pytest --feeds FOLDER ─────────────────────────────────────────────────────


def test_real_documents_are_read_as_feedparser_reads_them(request: pytest.FixtureRequest) -> None:
    for path in _real(request):
        body = path.read_bytes()
        assert outcome(body) == outcome(body, read_leniently), path


@pytest.mark.slow
def test_changed_real_documents_are_read_as_feedparser_reads_them(
    request: pytest.FixtureRequest,
) -> None:
    texts = [_shortened(in_utf8(path.read_bytes(), "").decode()) for path in _real(request)]
    for seed in range(20_000):
        changed = in_utf8(_changed(texts[seed % len(texts)], seed), "")
        if read_well_formed(changed) is not None:
            assert outcome(changed) == outcome(changed, read_leniently), seed


def _changed(document: str, seed: int) -> bytes:
    chance = random.Random(seed)  # noqa: S311 - the same document each time
    return mutated(with_namespaces(document), chance).encode("utf-8", "replace")


def _real(request: pytest.FixtureRequest) -> Iterator[Path]:
    folder = request.config.getoption("--feeds")
    if not folder:
        pytest.skip("no folder of documents is given: --feeds FOLDER")
    return (each for each in sorted(Path(folder).rglob("*")) if each.is_file())


def _shortened(document: str) -> str:
    """Return a document with four of its entries."""
    entries = list(re.finditer(r"<(item|entry)[\s>].*?</\1>", document, re.DOTALL))
    if not entries:
        return document
    kept = "".join(entry[0] for entry in [*entries[:3], entries[-1]])
    return document[: entries[0].start()] + kept + document[entries[-1].end() :]
