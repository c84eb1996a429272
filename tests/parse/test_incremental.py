"""Leaving out what the last poll held gives what reading all of it gives."""

from __future__ import annotations

import pytest
from amounts import many, sample, some
from hypothesis import given, settings
from hypothesis import strategies as st
from measured import less_than

from monitor.errors import ParseError
from monitor.model import Scan
from monitor.parse import Source, parse
from monitor.parse.incremental import NOTHING, EntryFingerprint, packed, split, unpacked

SOURCE = Source("https://news.example/feed.xml?key=1", "application/rss+xml", "", "Example")

NAMESPACES = (
    ' xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:media="http://search.yahoo.com/mrss/"'
    ' xmlns:content="http://purl.org/rss/1.0/modules/content/"'
    ' xmlns:atom="http://www.w3.org/2005/Atom"'
)
OTHER_NAMESPACES = (
    ' xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="d" xmlns:atom="a"'
    ' xmlns:media="http://www.w3.org/2005/Atom"'
)
IMAGE = "<ttl>30</ttl><image><url>/i.png</url><title>An image</title></image>"
WISHES = "<skipHours><hour>3</hour></skipHours><lastBuildDate>Thu</lastBuildDate>"
XHTML = '<div xmlns="http://www.w3.org/1999/xhtml">a <title>b</title></div>'
HEADS = [
    f'<?xml version="1.0"?><rss version="2.0"{NAMESPACES}><channel><title>News</title>',
    f'<rss version="2.0"{NAMESPACES}><channel><title>News</title><language>ko-KR</language>{IMAGE}',
    f'<rss version="2.0"{NAMESPACES}><!-- by hand --><channel xml:base="https://b.example/">{WISHES}',
    f'<rss version="2.0"{OTHER_NAMESPACES}><channel>',
    f'<rss version="2.0"{NAMESPACES}><channel><title><![CDATA[<item>no item</item>]]></title>',
    f'<rss version="2.0"{NAMESPACES}><channel><itunes:summary xmlns:itunes="u">s</itunes:summary>',
    f'<rss version="2.0"{NAMESPACES}><channel><summary>s</summary><description>d</description>',
    f'<rss version="2.0"{NAMESPACES}><channel><generator base="https://c.example/">g</generator>',
    f'<!DOCTYPE rss [<!ENTITY e "x">]><rss version="2.0"{NAMESPACES}><channel>',
    f'<rss version="2.0"{NAMESPACES}><channel><title>a <b>bold</b> one</title><textInput/>',
    "<rss><channel><!-- ",
]
TAILS = [
    "</channel></rss>",
    "\n</channel>\n</rss>\n<!-- took 12 ms -->\n",
    "<title>Late</title><skipDays><day>Sunday</day></skipDays></channel></rss>",
    "--></channel></rss>",
    "",
]
LEAVES = [
    "<guid>1</guid>",
    "<guid isPermaLink='false'>2</guid>",
    "<guid>https://a.example/2</guid>",
    "<link>https://a.example/1</link>",
    "<link>/2?b=1&amp;a=2</link>",
    '<link href="https://a.example/1" rel="alternate"/>',
    "<title>A title</title>",
    "<title>Another &amp; more</title>",
    '<media:title type="html">Of a picture</media:title>',
    "<description>Some &lt;b&gt;words&lt;/b&gt; of it</description>",
    "<description><![CDATA[<p>Words</item><item>of it</p>]]></description>",
    "<description>The same again</description>",
    "<content:encoded><![CDATA[<p>All of it</p>]]></content:encoded>",
    '<content type="html">&lt;p&gt;All&lt;/p&gt;</content>',
    "<summary>In short</summary>",
    "<pubDate>Thu, 31 Oct 2024 04:35:05 GMT</pubDate>",
    "<pubDate>Fri, 01 Nov 2024 04:35:05 +0900</pubDate>",
    "<author>a@b.example (A)</author>",
    "<dc:creator>B</dc:creator>",
    "<dc:language>uk</dc:language>",
    '<source url="https://s.example/">A source</source>',
    "<author><name>C</name><title>no title</title></author>",
    '<media:content url="u"><media:description>d</media:description></media:content>',
    "<media:group><media:content><media:thumbnail url='u'/></media:content></media:group>",
    "<category>x</category>",
    "<enclosure url='u' type='audio/mpeg'/>",
    "<!-- a comment with </item> in it -->",
    "<unknown>1</unknown>",
    "<unknown a='1'>2</unknown>",
    " bare text > more",
    "<image><description>1</description><description>2</description></image>",
    # what feedparser remembers beyond the entry
    f'<content type="xhtml">{XHTML}</content>',
    "<description>a <title>nested</title> b</description>",
    '<title type="html">a <svg><title>x</title></svg></title>',
    '<guid base="https://elsewhere.example/">3</guid>',
    '<link xml:base="/deep/">4</link>',
    '<p xmlns="http://purl.org/atom/ns#">x</p>',
    "<item><title>An entry within</title></item>",
    "<Entry><title>One in disguise</title></Entry>",
    "<feed xml:lang='fr'/>",
    "<textInput><title>x</title></textInput>",
    "<channel/>",
    # what is not well-formed
    "<b>",
    "</item>",
    "<![CDATA[",
    "&nbsp;",
    "<!-- ",
    "<dcx:y/>",
]
GAPS = ["", "\n  ", "<!-- between -->", "words", "<title>Between</title>"]

entry = st.builds(
    lambda leaves, name: f"<{name}>{''.join(leaves)}</{name.split()[0]}>",
    st.lists(st.one_of(st.sampled_from(LEAVES[:30]), st.sampled_from(LEAVES)), max_size=6),
    st.sampled_from(["item"] * 8 + ["item a='1'", "entry", "Item"]),
)
plain_entry = st.builds(
    lambda leaves: f"<item>{''.join(leaves)}</item>",
    st.lists(st.sampled_from(LEAVES[:29]), max_size=6),
)


@st.composite
def histories(draw: st.DrawFn) -> list[bytes]:
    """What a feed's address answers, time after time: entries come, go, change and move."""
    pool = draw(st.lists(st.one_of(plain_entry, plain_entry, entry), min_size=1, max_size=6))
    heads = draw(st.lists(st.sampled_from(HEADS[:3] * 3 + HEADS), min_size=1, max_size=2))
    documents = []
    for _ in range(draw(st.integers(2, 4))):
        entries = draw(st.lists(st.sampled_from(pool), max_size=7))
        if draw(st.integers(0, 3)) == 0:
            entries.append(draw(entry))
        gap = draw(st.sampled_from(GAPS[:2] * 4 + GAPS))
        tail = draw(st.sampled_from(TAILS[:2] * 4 + TAILS))
        documents.append((draw(st.sampled_from(heads)) + gap.join(entries) + tail).encode())
    if draw(st.integers(0, 3)) == 0:
        documents[-1] = broken(draw, documents[-1])
    return documents


def broken(draw: st.DrawFn, document: bytes) -> bytes:
    """A document with a piece cut out, or bytes put in, anywhere."""
    at = draw(st.integers(0, len(document)))
    length = draw(st.integers(0, 40))
    return document[:at] + draw(st.binary(max_size=3)) + document[at + length :]


def read(
    document: bytes, known: frozenset[bytes] = frozenset(), entry_fingerprints: bytes = b""
) -> Scan | str:
    try:
        return parse(document, SOURCE, known, entry_fingerprints)
    except ParseError as error:
        return f"{error.reason} {error.detail}"


def check(documents: list[bytes]) -> list[Scan | str]:
    """Poll one after the other, with what the last good poll left and without its imprints."""
    known, entry_fingerprints, found = frozenset[bytes](), b"", []
    for document in documents:
        skipping, full = read(document, known, entry_fingerprints), read(document, known)
        assert skipping == full
        found.append(skipping)
        if isinstance(skipping, Scan):
            known, entry_fingerprints = skipping.known, skipping.entry_fingerprints
    return found


@settings(max_examples=many(60))
@given(histories())
def test_whatever_a_feed_holds_skipping_is_reading_all(documents: list[bytes]) -> None:
    check(documents)


A = "<item><guid>a</guid><title>A</title><link>/a</link><description>1</description></item>"
B = (
    "<item><title>B</title><link>b</link><description>2</description>"
    "<description>3</description><author>b@b.example</author></item>"
)
NEW = (
    "<item><guid>new</guid><link>new</link><title>New</title><description>4</description>"
    "<content:encoded>5</content:encoded><description>6</description></item>"
)


def document(*entries: str, head: str = HEADS[0], tail: str = TAILS[0]) -> bytes:
    return (head + "\n".join(entries) + tail).encode()


@pytest.mark.parametrize("head", sample(HEADS[:2], every=2))
@pytest.mark.parametrize("leaf", LEAVES)
def test_an_entry_that_colours_others_is_read_with_them(leaf: str, head: str) -> None:
    odd = f"<item><title>Odd</title>{leaf}<description>7</description></item>"
    for first in some([[odd, A], [A, odd], [A, odd, B]]):
        for then in ([NEW, *first], [*first, NEW], [*first[:1], NEW, *first[1:]], [A, NEW, B]):
            turns = (first, then, then[::-1])
            check([document(*entries, head=head) for entries in turns])


@pytest.mark.parametrize("head", HEADS)
@pytest.mark.parametrize("other", HEADS)
def test_an_entry_is_read_anew_where_the_document_around_it_changed(head: str, other: str) -> None:
    nested = "<item><media:content><media:title>T</media:title></media:content></item>"
    first, then = (document(A, nested, B, head=each) for each in (head, other))
    check([first, then, document(NEW, nested, B, head=other)])


@pytest.mark.parametrize("tail", TAILS)
@pytest.mark.parametrize("gap", GAPS)
def test_what_stands_between_and_after_entries_counts(gap: str, tail: str) -> None:
    check([document(A, gap, B, tail=tail), document(A, gap, NEW, gap, B, tail=tail)])


def test_a_document_broken_at_any_byte_is_read_as_if_it_were_the_first() -> None:
    before, whole = document(A, B), document(NEW, A, B)
    for at in some(range(0, len(whole), 7)):
        check([before, whole[:at]])
        check([before, whole[:at] + b"<" + whole[at:]])
        check([before, whole[:at] + whole[at + 2 :]])


@pytest.mark.parametrize(
    "shared",
    ["<guid>a</guid>", "<link>/a</link>", "<title>A</title><description>1</description>"],
)
def test_a_new_entry_that_shares_a_key_with_a_known_one_has_it_no_more(shared: str) -> None:
    _, found = check([document(A, B), document(f"<item>{shared}<x>y</x></item>", A, B)])
    assert isinstance(found, Scan)
    for article in found.articles:
        assert not article.id_key or "guid" not in shared
        assert not article.link_key or "link" not in shared
        assert not article.content_key or "title" not in shared


def test_an_entry_is_not_skipped_where_its_links_lead_elsewhere() -> None:
    first = parse(document(A, B), SOURCE)
    moved = Source("https://moved.example/")
    found = parse(document(A, B), moved, first.known, first.entry_fingerprints)
    assert found == parse(document(A, B), moved, first.known)
    assert found.entry_fingerprints != first.entry_fingerprints


def test_an_entry_is_skipped_only_where_its_words_are_known() -> None:
    first = parse(document(A, B), SOURCE)
    assert len(parse(document(A, B), SOURCE, frozenset(), first.entry_fingerprints).articles) == 2


@pytest.mark.parametrize("head", HEADS[:3])
def test_an_ordinary_document_is_separable(head: str) -> None:
    assert len(parse(document(A, B, head=head), SOURCE).entry_fingerprints) == 96


ATOM = '<feed xmlns="http://www.w3.org/2005/Atom"><title>News</title>{}</feed>'
ATOM_ENTRY = (
    "<entry><id>{0}</id><title>{0}</title><link href='/{0}'/><author><name>N</name></author>"
    "<content type='html'>&lt;p&gt;{0}</content></entry>"
)
RDF = (
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'
    ' xmlns="http://purl.org/rss/1.0/"><channel rdf:about="u"><title>News</title>'
    "<items><rdf:Seq><rdf:li rdf:resource='1'/></rdf:Seq></items></channel>{}</rdf:RDF>"
)
RDF_ENTRY = "<item rdf:about='{0}'><title>{0}</title><link>/{0}</link></item>"


@pytest.mark.parametrize(
    ("feed", "entry"), [(ATOM, ATOM_ENTRY), (RDF, RDF_ENTRY)], ids=["Atom", "RSS 1.0"]
)
def test_other_formats_are_separable_too(feed: str, entry: str) -> None:
    def of(*names: int) -> bytes:
        return feed.format("\n".join(map(entry.format, names))).encode()

    first, then, again = check([of(1, 2, 3), of(4, 1, 3), of(3, 5)])
    assert isinstance(first, Scan)
    assert isinstance(then, Scan)
    assert isinstance(again, Scan)
    assert [len(each.entry_fingerprints) // 48 for each in (first, then, again)] == [3, 3, 2]
    assert [article.title for article in then.articles] == ["4"]


@pytest.mark.parametrize(
    "odd",
    ["<![CDATA[", "<!--", "<a ", "<a b=' ", "</item", "<item>", "<a>", "<a base ", "<a:", "<?"],
)
def test_a_document_that_is_long_and_odd_is_looked_at_quickly(odd: str) -> None:
    with less_than(2):  # seconds; one tenth is usual
        assert split(document(odd * 100_000), "", {}) is None
        assert split(document(f"<item>{odd * 100_000}</item>"), "", {}) is None
        assert split(document(head=HEADS[0] + odd * 100_000), "", {}) is None


def test_traces_come_back_as_they_were() -> None:
    fingerprint = EntryFingerprint(b"markup..", b"digest..", b"id......", NOTHING, b"content.")
    assert unpacked(packed([fingerprint])) == {b"markup..": fingerprint}
    assert unpacked(b"no fingerprints") == {}
