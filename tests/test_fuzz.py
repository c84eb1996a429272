"""Feeds mutated at random: no crash, no lost neighbour; and through polls each article once."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from hashlib import blake2b
from itertools import count
from typing import TYPE_CHECKING

import hostile
from amounts import many
from fakes import context, feed, in_thread, item, rss, topic
from hostile import NEIGHBOUR, feed_with
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.errors import ParseError
from monitor.model import Fetched
from monitor.parse import Source, parse
from monitor.pipeline import poll
from monitor.store.ledger import Outcome

if TYPE_CHECKING:
    from datetime import datetime

    from monitor.model import DueFeed, Feed, Scan
    from monitor.pipeline.results import PollResult
    from monitor.store.database import Store

examples = settings(derandomize=True, max_examples=many(300), deadline=None)
REASONS = {"empty", "html", "not-a-feed", "unparsable"}

# ── the parser ────────────────────────────────────────────────────────────────────────────────

# Elements that feedparser has a method for, and some that enclose others.
NAMES = """title link guid pubDate description author source category enclosure comments content
summary id published updated item entry channel dc:creator dc:date content:encoded media:content
media:group media:title media:credit media:rating media:thumbnail media:player media:restriction
georss:point gml:pos gml:Point georss:where itunes:summary itunes:image atom:link xhtml:div textarea
image url width cloud textInput ttl language rights generator creativeCommons:license rdf:li
admin:generatorAgent psc:chapter body div svg math fullitem prodlink redirection""".split()  # noqa: SIM905 - a list would be 60 lines
ATTRIBUTES = """type='html' type='xhtml' type='text/plain' mode='base64' rel='alternate' rel='self'
href='http://[::1' href='//' xml:base='http://[' xml:lang='xx-' xmlns='urn:x' isPermaLink='true'
xmlns:gml='http://www.opengis.net/gml' xmlns:georss='http://www.georss.org/georss' url='x' width=''
xmlns:media='http://search.yahoo.com/mrss/' srsDimension='x' srsName='EPSG:4326' start='x' term='t'
xmlns:psc='http://podlove.org/simple-chapters' rdf:about='x' rdf:resource='' src='x'""".split()  # noqa: SIM905 - likewise
VALUES = [
    "", "word", "0", "-1", "1 2", "1,2 3,4", "a@b.example", "(a) b@c.example", "http://[", "&amp;",
    "&lt;b&gt;", "2024", "\x00", "&#0;", "&#55357;", "9" * 40, "%%%", "===", "\u202e", "\\1\\g<0>",
    "{x}", "%s", "&#x110000;", "&", "&;", "Thu, 31 Oct 2024", "<![CDATA[<b>]]>", "<!-- -- -->",
]  # fmt: skip


def _tags(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Elements as they should be, alone, never closed, only closed, and closed by another's end."""
    name, contents = st.sampled_from(NAMES), st.lists(inner, max_size=3).map("".join)
    attributes = st.lists(st.sampled_from(ATTRIBUTES), max_size=2).map(" ".join)
    forms = ["<{0} {1}>{2}</{0}>"] * 5 + [
        "<{0} {1}/>",
        "<{0} {1}>{2}",
        "{2}</{0}>",
        "<{0} {1}>{2}</{3}>",
    ]
    return st.builds(
        lambda form, *parts: form.format(*parts),
        st.sampled_from(forms),
        name,
        attributes,
        contents,
        name,
    )


elements = st.lists(st.recursive(st.sampled_from(VALUES), _tags, max_leaves=8), min_size=1).map(
    "".join
)


def read(body: bytes, content_type: str = "") -> Scan | None:
    """A document as it is read; None where it is refused as it should be."""
    try:
        found = parse(body, Source(url="https://news.example/f", content_type=content_type))
    except ParseError as refused:
        assert refused.reason in REASONS  # noqa: PT017 - both ends are right
        return None
    assert len(found.articles) + len(found.unread) == len(found.known)
    return found


def titles(document: str) -> list[str]:
    found = read(document.encode("utf-8", "surrogatepass"))
    return [article.title for article in found.articles] if found else []


@examples
@given(elements)
def test_whatever_stands_in_an_rss_entry_its_neighbour_is_read(inside: str) -> None:
    assert NEIGHBOUR in titles(feed_with(f"<item>{inside}</item>"))


@examples
@given(elements)
def test_whatever_stands_in_an_atom_entry_its_neighbour_is_read(inside: str) -> None:
    assert NEIGHBOUR in titles(
        hostile.ATOM.replace("<entry>", f"<entry>{inside}</entry><entry>", 1)
    )


@examples
@given(
    document=st.sampled_from(sorted(hostile.FORMATS)),
    flips=st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), min_size=1, max_size=20),
    codec=st.sampled_from(["utf-8", "utf-16", "utf-32-le", "utf-8-sig"]),
)
def test_bytes_changed_anywhere_are_read_or_refused(
    document: str, flips: list[tuple[int, int]], codec: str
) -> None:
    body = bytearray(hostile.FORMATS[document].encode(codec))
    for place, value in flips:
        body[place % len(body)] = value
    read(bytes(body))


@examples
@given(
    document=st.sampled_from(sorted(hostile.FORMATS)),
    cuts=st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 200)), min_size=1, max_size=8),
    data=st.data(),
)
def test_pieces_left_out_doubled_or_moved_are_read_or_refused(
    document: str, cuts: list[tuple[int, int]], data: st.DataObject
) -> None:
    body = hostile.FORMATS[document].encode()
    for place, length in cuts:
        low = place % max(len(body), 1)
        piece, rest = body[low : low + length], body[:low] + body[low + length :]
        to = data.draw(st.integers(0, len(rest)))
        body = data.draw(st.sampled_from([rest, body + piece, rest[:to] + piece + rest[to:]]))
    read(body)


@examples
@given(
    written=st.sampled_from(hostile.ascii_codecs()),
    named=st.sampled_from(hostile.text_codecs()) | st.text("azAZ09._:-", max_size=12),
    header=st.sampled_from(hostile.text_codecs()) | st.text(max_size=12),
)
def test_any_encoding_under_any_name_costs_letters_but_no_entry(
    written: str, named: str, header: str
) -> None:
    body = hostile.declared(named, hostile.title_in(written)).encode(written)
    found = read(body, f"application/xml; charset={header}")
    assert found is None or len(found.known) == 2


# ── identity ──────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class ReportedFigure:
    """An article as its feed tells it now: `number` is the truth that the feed does not tell."""

    number: int
    id: str
    link: str
    words: str
    day: int = 0

    def markup(self, now: datetime) -> str:
        return item(
            f"Title {self.words}",
            now - timedelta(days=self.day),
            name=self.id,
            link=self.link,
            text=f"It was said {self.words} that the exercise off the coast would go on. " * 2,
        )


@dataclass
class Newsroom:
    """A feed that is polled again and again through the real path, and what it ever told."""

    store: Store
    now: datetime
    feed: Feed
    told: list[ReportedFigure] = field(default_factory=list)
    served: set[int] = field(default_factory=set)
    numbers: count[int] = field(default_factory=count)
    document: str = ""
    polls: list[PollResult] = field(default_factory=list)

    async def fetch(self, _: Feed, due: DueFeed) -> Fetched:
        body = self.document.encode()
        digest = blake2b(body, digest_size=16).digest()
        return Fetched(None if digest == due.body_digest else body, digest)

    async def poll(self) -> None:
        self.now += timedelta(hours=1)
        self.document = rss(*(each.markup(self.now) for each in self.told))
        self.served |= {each.number for each in self.told}
        opened = context(
            self.store, [self.feed], [topic()], {}, fetch=self.fetch, scan_one=in_thread
        )
        self.polls += await poll.poll(opened, self.now)

    def change(self, what: str, at: int) -> None:
        """Change the feed as feeds do; each entry keeps one of its id, its link, its words."""
        where, mark = at % (len(self.told) or 1), f"{len(self.polls)}-{at}"
        told = self.told
        if what == "new":
            number = next(self.numbers)
            name = f"{self.feed.url}/{number}"
            told.insert(
                0, ReportedFigure(number, f"id-{name}", name, f"of {number} in {self.feed.url}")
            )
        elif what == "new ids":
            self.told = [replace(each, id=f"{each.id}-{mark}") for each in told]
        elif what == "new ids and links":
            self.told = [
                replace(each, id=f"{each.number}-{mark}", link=f"{each.link}-{mark}")
                for each in told
            ]
        elif what == "tracking":
            self.told = [replace(each, link=f"{each.link}?utm_source={mark}") for each in told]
        elif what == "dates":
            self.told = [replace(each, day=(each.day + at) % 400 - 20) for each in told]
        elif what == "other order":
            self.told = told[where:] + told[:where]
        elif told and what == "new words":
            number = told[where].number
            self.told = [
                replace(each, words=f"{each.words} and {mark}") if each.number == number else each
                for each in told
            ]
        elif told and what == "repeated":
            told.append(told[where])
        elif told and what == "scrolled off":
            self.told = told[:where] + told[where + 1 :]


WHAT = ["new", "new", "new ids", "new ids and links", "tracking", "dates", "other order",
        "new words", "repeated", "scrolled off"]  # fmt: skip
polls = st.lists(st.tuples(st.sampled_from(WHAT), st.integers(0, 30)), min_size=0, max_size=3)
names = count()


@settings(
    derandomize=True,
    max_examples=many(60),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(changes=st.lists(polls, min_size=2, max_size=6), first=st.integers(1, 5))
async def test_through_any_polls_each_article_is_stored_once(
    store: Store, now: datetime, changes: list[list[tuple[str, int]]], first: int
) -> None:
    room = Newsroom(store, now, feed(f"http://news.example/{next(names)}"))
    await store.write(lambda tx: tx.feeds.sync([room.feed], now))
    for number in range(first):
        room.change("new", number)
    await room.poll()
    for change in changes:
        for what, at in change[:1]:  # one kind of change a poll, so that each entry keeps something
            room.change(what, at)
        await room.poll()
    assert {each.outcome for each in room.polls} <= {"ok", "unchanged"}
    assert sum(each.articles for each in room.polls) == len(room.served)
    assert [*{outcome for each in room.polls for outcome in each.outcomes}] == [Outcome.NO_MATCH]
