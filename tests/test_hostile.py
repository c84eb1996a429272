"""The corpus of hostile feeds: none crashes, opens anything, takes long, or costs its neighbour."""

from __future__ import annotations

import importlib
import inspect
import math
import pkgutil
import re
from html import escape
from typing import TYPE_CHECKING, Any

import guarded
import hostile
import pytest
from amounts import many, some
from fakes import item, rss, topic
from hostile import NEIGHBOUR, entry, feed_with
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from measured import less_than, took

import monitor
from monitor.errors import ParseError
from monitor.extraction.numbers import _words
from monitor.matching.compile import pack
from monitor.matching.sentences import sentence_ends
from monitor.parse import Source, parse
from monitor.parse.recovery import count_entries
from monitor.parse.wellformed import read_well_formed
from monitor.scan.scan import scan
from monitor.text.headlines import reissue
from monitor.text.language import language
from monitor.text.normalize import canonical_link, clean, plain, title_form

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from monitor.model import Scan

CODECS = hostile.ascii_codecs()
REASONS = {"empty", "html", "not-a-feed", "unparsable"}
UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")


def read(document: bytes | str, content_type: str = "") -> Scan:
    body = document if isinstance(document, bytes) else document.encode("utf-8", "surrogatepass")
    return parse(body, Source(url="https://news.example/feed.xml", content_type=content_type))


def titles(document: bytes | str, content_type: str = "") -> list[str]:
    return [article.title for article in read(document, content_type).articles]


def told(document: bytes | str, content_type: str = "") -> list[str]:
    """The titles of a document, or why it is refused."""
    try:
        return titles(document, content_type)
    except ParseError as refused:
        return [refused.reason]


# ── shapes ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("document", hostile.SHAPES.values(), ids=hostile.SHAPES)
def test_no_shape_of_a_document_costs_the_neighbour_or_much_time(document: str) -> None:
    with less_than(5):
        found = read(document)
        assert NEIGHBOUR in [article.title for article in found.articles]
        assert len(found.articles) + len(found.unread) == len(found.known)


@pytest.mark.parametrize("name", hostile.FORMATS)
def test_a_document_cut_off_at_any_byte_is_read_as_far_as_it_goes_or_refused(name: str) -> None:
    counts = []
    for body in some(hostile.cut(hostile.FORMATS[name])):
        try:
            counts.append(len(read(body).known))
        except ParseError as refused:
            assert refused.reason in REASONS  # noqa: PT017 - both ends are right
    assert counts[-1] == max(counts) == 2


@pytest.mark.slow
@pytest.mark.unmeasured
def test_twenty_thousand_entries_are_read_within_the_deadline() -> None:
    with less_than(10):
        found = read(hostile.many(20_000))
        assert len(found.articles) == 20_000


def test_entities_that_multiply_do_not() -> None:
    with less_than(2):
        found = read(hostile.laughs())
    assert found.articles[-1].title == NEIGHBOUR
    assert len(repr(found)) < 100_000


# ── an entry that feedparser stumbles over, or that is never closed ────────────────────────────

STUMBLING = [
    "<gml:pos/>",
    "<width>%%%</width>",
    "</media:player>",
    "</creativeCommons:license>",
    "<media:restriction><x/></media:restriction>",
    "</media:credit>",
    "</media:rating>",
    "<textInput>x</generator>",
]
UNCLOSED = [
    "<description>a <b>word<title>b</title>",
    "<content:encoded>word",
    "<title>word",
    "<source>",
    "<media:title>word",
    "<textarea>",
    "<image><title>",
    "<summary type='xhtml'><div>",
]


@pytest.mark.parametrize("broken", [*STUMBLING, *UNCLOSED])
@pytest.mark.parametrize("place", [0, 1, 4])
def test_an_entry_that_cannot_be_read_costs_no_other(broken: str, place: int) -> None:
    entries = [item(f"Title {number}") for number in range(4)]
    entries.insert(place, f"<item>{broken}</item>")
    found = read(rss(*entries, item(NEIGHBOUR), title="The feed"))
    told = [article.title for article in found.articles]
    assert [title for title in told if title.startswith(("Title", NEIGHBOUR))] == [
        *(f"Title {number}" for number in range(4)),
        NEIGHBOUR,
    ]
    assert found.title == "The feed"
    assert len(found.articles) + len(found.unread) == len(found.known) == 6


def test_an_entry_that_cannot_be_read_says_why_and_is_known_again() -> None:
    document = feed_with("<item><title>x</title><gml:pos/></item>")
    (unread,) = read(document).unread
    assert unread.reason == "unreadable: feedparser: KeyError"
    again = parse(document.encode(), Source(), read(document).known)
    assert (again.articles, again.unread) == ((), ())


def test_a_feed_whose_own_description_is_broken_is_refused() -> None:
    with pytest.raises(ParseError, match="unparsable"):
        read(feed_with(entry(title="x")).replace("<channel>", "<channel><gml:pos/>"))


def test_an_entry_in_a_comment_or_in_a_text_is_none() -> None:
    hidden = "<!-- <item> --><item><description><![CDATA[<item>]]><gml:pos/></description></item>"
    found = read(feed_with(hidden))
    assert (len(found.known), titles(feed_with(hidden))) == (2, [NEIGHBOUR])


@pytest.mark.slow
def test_many_broken_entries_are_told_apart_in_good_time() -> None:
    with less_than(6):
        broken = (f"<item><title>{number}</title><gml:pos/></item>" for number in range(1_000))
        found = read(feed_with(*broken))
        assert (len(found.unread), len(found.articles)) == (1_000, 1)


# ── encodings ─────────────────────────────────────────────────────────────────────────────────


def test_a_document_is_read_in_every_encoding_that_it_declares() -> None:
    expected = {codec: hostile.title_in(codec) for codec in [*CODECS, "utf_16", "utf_32"]}
    found = {
        codec: told(hostile.declared(codec, title).encode(codec))
        for codec, title in expected.items()
    }
    assert found == {codec: [title, NEIGHBOUR] for codec, title in expected.items()}


def test_the_server_may_declare_it_instead() -> None:
    expected = {codec: hostile.title_in(codec) for codec in CODECS}
    found = {
        codec: told(hostile.declared("", title).encode(codec), f"text/xml; charset={codec}")
        for codec, title in expected.items()
    }
    assert found == {codec: [title, NEIGHBOUR] for codec, title in expected.items()}


@pytest.mark.parametrize("codec", ["utf_16_le", "utf_16_be", "utf_32_le", "utf_32_be"])
@pytest.mark.parametrize("named", ["", "utf-8", "x-unknown", "utf-16", "ascii"])
def test_an_encoding_of_several_bytes_is_seen_whatever_is_declared(codec: str, named: str) -> None:
    assert titles(hostile.declared(named).encode(codec)) == ["Курск", NEIGHBOUR]


def test_utf_8_is_read_whatever_encoding_is_declared() -> None:
    # an encoding of 7 bits has to be believed: its documents are valid UTF-8
    believed = ("iso2022", "hz")
    codecs = [codec for codec in hostile.text_codecs() if not codec.startswith(believed)]
    for codec in [*codecs, "hex", "rot13", "x-unknown", "a" * 40]:
        body = hostile.declared(codec).encode()
        assert told(body) == ["Курск", NEIGHBOUR], codec
        assert told(body, f"text/xml; charset={codec}") == ["Курск", NEIGHBOUR], codec


@pytest.mark.parametrize("mark", hostile.MARKS.values(), ids=hostile.MARKS)
@pytest.mark.parametrize("codec", ["utf_8", "utf_16_le", "utf_16_be", "utf_32_le", "cp1251"])
def test_a_byte_order_mark_that_contradicts_is_read_or_refused(mark: bytes, codec: str) -> None:
    try:
        found = read(mark + hostile.declared(codec).encode(codec), f"text/xml; charset={codec}")
    except ParseError as refused:
        assert refused.reason in REASONS  # noqa: PT017 - both ends are right
    else:
        assert len(found.known) == 2


EBCDIC = ["cp037", "cp500", "cp1140"]


@pytest.mark.parametrize("codec", EBCDIC)
def test_what_is_not_even_like_ascii_is_refused(codec: str) -> None:
    with pytest.raises(ParseError, match="not-a-feed"):
        read(hostile.declared(codec, "Kursk").encode(codec))


# ── values ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("value", hostile.IDS.values(), ids=hostile.IDS)
def test_an_absurd_id_or_link_is_an_id_or_none(value: str) -> None:
    for name in ("guid", "link", "id"):
        check_id(name, value)


def check_id(name: str, value: str) -> None:
    with less_than(2):
        found = read(feed_with(f"<item><title>x</title><{name}>{value}</{name}></item>"))
        first, neighbour = found.articles
        assert (first.title, neighbour.title) == ("x", NEIGHBOUR)
        assert not UNSEEN.search(first.id + first.link)
        assert first.link.startswith(("http://", "https://")) or not first.link


@pytest.mark.parametrize("value", hostile.DATES.values(), ids=hostile.DATES)
def test_an_absurd_date_is_a_date_or_none(value: str) -> None:
    for name in ("pubDate", "dc:date", "updated"):
        check_date(name, value)


def check_date(name: str, value: str) -> None:
    with less_than(2):
        first, neighbour = read(feed_with(entry(title="x", **{name: value}))).articles
        assert (first.title, neighbour.title) == ("x", NEIGHBOUR)
        if first.published_at:
            assert first.published_at.utcoffset() is not None
            assert 1990 <= first.published_at.year <= 9999


def test_a_character_that_is_not_seen_reaches_no_reader() -> None:
    for name, character in hostile.UNSEEN.items():
        text = f"a{character}b"
        markup = entry(title=text, description=f"&lt;p&gt;{text}", link=f"https://n.example/{text}")
        first, neighbour = read(feed_with(markup)).articles
        assert neighbour.title == NEIGHBOUR, name
        assert not UNSEEN.search(first.title + first.text + first.link + first.id), name


# ── nothing is opened ─────────────────────────────────────────────────────────────────────────


def test_no_document_opens_a_file_or_a_socket() -> None:
    documents = hostile.opening("/etc/passwd", "http://127.0.0.1:9/secret")
    documents |= {name: hostile.SHAPES[name] for name in ("two roots", "many namespaces")}
    bodies = [each.encode("utf-8", "surrogatepass") for each in documents.values()]
    opened, found = guarded.scanned(bodies, pack(()), before=[hostile.RSS.encode()])
    assert opened == []
    assert len(found) == len(documents)


# ── regular expressions ───────────────────────────────────────────────────────────────────────

# Modules that see what feeds and their servers send, and the one that reads pages.
READING = (
    "parse", "text", "language", "discovery", "fetch",
    "excerpt", "ingest", "stories", "copies", "matching", "store.search",
)  # fmt: skip
LENGTHS = 500, 2_000  # repetitions of a piece
LINEAR = 9  # the work may grow by this much: 4 where it is linear, 16 where it is quadratic
TRIES = 5  # at most: chance only ever makes one of the two times longer
AT_LEAST = 0.003  # seconds; what takes less is noise
LEFT_OUT = {
    # Its caller looks first whether all that opens is closed; below it is tried through that.
    "parse.separate._ASIDE",
    # It matches one character of thousands: nothing can grow, and its samples take half a minute.
    "matching.prefilter._TO_FOLD",
}


def patterns() -> Iterator[tuple[str, Any]]:
    """Every expression that stands in a module which reads feeds, as the method that uses it."""
    for found in pkgutil.walk_packages(monitor.__path__, "monitor."):
        name = found.name.removeprefix("monitor.")
        if not name.startswith(READING):
            continue
        module = importlib.import_module(found.name)
        source = inspect.getsource(module)
        for key, value in vars(module).items():
            if isinstance(value, re.Pattern) and f"{name}.{key}" not in LEFT_OUT:
                at_start = re.search(rf"\b{key}\.(?:full)?match\(", source)
                anywhere = re.search(rf"\b{key}\.(?!(?:full)?match|pattern)", source)
                yield f"{name}.{key}", value.match if at_start and not anywhere else value.findall


PATTERNS = dict(patterns())


@pytest.mark.slow
@pytest.mark.parametrize("use", PATTERNS.values(), ids=PATTERNS)
@settings(
    derandomize=True,
    max_examples=many(6),
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate],
)
@given(data=st.data())
def test_an_expression_takes_time_in_proportion_to_the_text(use: Any, data: st.DataObject) -> None:
    """What it matches is repeated, whole and in part, and ends so that it does not match."""
    sample: Any = data.draw(st.from_regex(use.__self__))[:30]
    low = data.draw(st.integers(0, len(sample)))
    high = data.draw(st.integers(low, len(sample)))
    piece = sample[low:high] or sample
    end: Any = "\x00!" if isinstance(sample, str) else b"\x00!"
    assert grows(lambda length: use(sample[:low] + piece * length + end)) < LINEAR


@pytest.mark.slow
def test_an_expression_that_does_not_would_be_seen() -> None:
    assert grows(lambda length: re.findall("a*b", "a" * length * 8)) > LINEAR


def grows(work: Callable[[int], object]) -> float:
    """Return how many times more time the longer text takes, by the least time of each."""
    shorter = longer = math.inf
    for _ in range(TRIES):
        longer = min(longer, took(lambda: work(LENGTHS[1])))
        if longer < AT_LEAST:
            return 0.0
        shorter = min(shorter, took(lambda: work(LENGTHS[0])))
        if longer / max(shorter, AT_LEAST / LINEAR) < LINEAR:
            break
    return longer / max(shorter, AT_LEAST / LINEAR)


PIECES = [
    "a", " ", "<b>", "</b>", "&lt;", "&#", "<", "&", "\u0301", "북", ".", "Gen. ", '"', "…", "1",
    "-a", "’", "\u202e", "<p class=a>", "<!--", "<![CDATA[", "ICBM ", "%", "1,", "1,,", " 111",
    "1만", "(LD) ",
]  # fmt: skip
READERS: dict[str, Callable[[str], object]] = {
    "clean": clean,
    "plain": plain,
    "title_form": title_form,
    "canonical_link": lambda text: canonical_link(f"https://news.example/{text}"),
    "language": lambda text: language(text, text, "en"),
    "sentence_ends": sentence_ends,
    "numbers": lambda text: list(_words(text, "ko")),
    "reissue": lambda text: reissue(clean(text)),
    "read_well_formed": lambda text: read_well_formed(feed_with(entry(title=text)).encode()),
    "starts of entries": lambda text: count_entries(text.encode()),
}


@pytest.mark.parametrize("reader", READERS.values(), ids=READERS)
def test_what_reads_a_text_takes_time_in_proportion_to_it(reader: Callable[[str], object]) -> None:
    def grows_by(piece: str) -> float:
        return grows(lambda length: reader(piece * length))

    assert [piece for piece in PIECES if grows_by(piece) >= LINEAR] == []


@pytest.mark.slow
@pytest.mark.parametrize("piece", [*PIECES, "8,000 troops ", "said John Smith, ", "Yonhap) "])
def test_a_scan_takes_time_in_proportion_to_the_text_of_a_hit(piece: str) -> None:
    topics = pack([topic("icbm")])

    def work(length: int) -> None:
        document = feed_with(entry(title="ICBM", description=escape(piece * length)))
        scan(document.encode(), Source(), frozenset(), topics)

    work(1)  # what is loaded once
    assert grows(work) < LINEAR
