"""Feeds as publishers write them → articles."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from fakes import item, rss

from monitor.model import PollingHints
from monitor.parse import Source, parse

if TYPE_CHECKING:
    from monitor.model import Article, Scan

SOURCE = Source(url="https://news.example/world/feed.xml?key=secret", publisher="Example")


def read(*entries: str, source: Source = SOURCE) -> Scan:
    return parse(rss(*entries).encode(), source)


def only(*elements: str, source: Source = SOURCE) -> Article:
    """The article of an RSS item with these elements."""
    (article,) = read(f"<item>{''.join(elements)}</item>", source=source).articles
    return article


def atom(elements: str) -> Scan:
    """The feed with an entry of these elements; its own site is another one."""
    site = "<link href='https://site.example/'/>"
    feed = f'<feed xmlns="http://www.w3.org/2005/Atom">{site}<entry>{elements}</entry></feed>'
    return parse(feed.encode(), SOURCE)


def titles(document: Scan) -> list[str]:
    return [article.title for article in document.articles]


RSS_ITEM = """<item><title>Title</title><link>https://news.example/1</link>
<description>Text</description></item>"""
ATOM_ENTRY = """<entry><title>Title</title><link rel="alternate" href="https://news.example/1"/>
<id>tag:news.example,2024:1</id><summary>Text</summary>"""
FORMATS = {
    "RSS 0.91": f'<rss version="0.91"><channel><title>Feed</title>{RSS_ITEM}</channel></rss>',
    "RSS 0.92": f'<rss version="0.92"><channel><title>Feed</title>{RSS_ITEM}</channel></rss>',
    "RSS 2.0": f'<rss version="2.0"><channel><title>Feed</title>{RSS_ITEM}</channel></rss>',
    "RSS without a version": f"<rss><channel><title>Feed</title>{RSS_ITEM}</channel></rss>",
    "RSS 1.0": f"""<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
      xmlns="http://purl.org/rss/1.0/"><channel rdf:about="https://news.example/">
      <title>Feed</title></channel>{RSS_ITEM}</rdf:RDF>""",
    "RSS 0.90": f"""<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
      xmlns="http://my.netscape.com/rdf/simple/0.9/"><channel>
      <title>Feed</title></channel>{RSS_ITEM}</rdf:RDF>""",
    "Atom 0.3": f"""<feed version="0.3" xmlns="http://purl.org/atom/ns#"><title>Feed</title>
      {ATOM_ENTRY}</entry></feed>""",
    "Atom 1.0": f"""<feed xmlns="http://www.w3.org/2005/Atom"><title>Feed</title>
      {ATOM_ENTRY}</entry></feed>""",
}


@pytest.mark.parametrize("document", FORMATS.values(), ids=FORMATS)
def test_every_format_gives_the_same_article(document: str) -> None:
    found = parse(document.encode(), SOURCE)
    (article,) = found.articles
    assert (found.title, article.title, article.text) == ("Feed", "Title", "Text")
    assert article.link == "https://news.example/1"


@pytest.mark.parametrize(
    "date",
    [
        '<dc:date xmlns:dc="http://purl.org/dc/elements/1.1/">2024-10-31T12:30:00+09:00</dc:date>',
        "<pubDate>Thu, 31 Oct 2024 03:30:00 GMT</pubDate>",
        "<pubDate>Thu, 31 Oct 2024 12:30:00 +0900</pubDate>",
        "<pubDate>Thu, 31 Oct 2024 12:30:00 KST</pubDate>",
        "<pubDate>Thu, 31 Oct 2024 12:30:00 JST</pubDate>",
        "<pubDate>Thu, 31 Oct 2024 06:30:00 MSK</pubDate>",
        "<pubDate>Thu, 31 Oct 2024 04:30:00 CET</pubDate>",
        "<pubDate>Wed, 30 Oct 2024 23:30:00 EDT</pubDate>",
        "<pubDate>Thu,31 Oct 2024 12:30:0 GMT+9</pubDate>",
        "<pubDate>Thu, 31 Oct 2024 12:30:00 GMT+9</pubDate>",
        "<pubDate>Thu, 31 Oct 2024 06:30:00 UTC+3</pubDate>",
        "<pubDate>Wed, 30 Oct 2024 22:30:00 GMT-0500</pubDate>",
        "<pubDate>2024-10-31 12:30:00 KST</pubDate>",
        "<pubDate>2024-10-31T03:30:00.000Z</pubDate>",
        "<pubDate>2024-10-31 03:30:00</pubDate>",
        "<pubDate>31.10.2024 03:30</pubDate>",
        "<pubDate>Oct 31, 2024 3:30 AM</pubDate>",
        "<pubDate>31.10.2024 03:30 XYZ</pubDate>",
        '<published xmlns="http://www.w3.org/2005/Atom">2024-10-31T03:30:00Z</published>',
        '<updated xmlns="http://www.w3.org/2005/Atom">2024-10-31T03:30:00Z</updated>',
        '<issued xmlns="http://purl.org/atom/ns#">2024-10-31T03:30:00Z</issued>',
        '<created xmlns="http://purl.org/atom/ns#">2024-10-31T03:30:00Z</created>',
    ],
)
def test_a_date_is_read_however_it_is_written(date: str) -> None:
    article = only("<title>t</title>", date)
    assert article.published_at == datetime(2024, 10, 31, 3, 30, tzinfo=UTC)


def test_gmt_plus_nine_is_east_of_london() -> None:
    article = only("<title>t</title><pubDate>Thu,28 Jul 2022 4:35:5 GMT+9</pubDate>")
    assert article.published_at == datetime(2022, 7, 27, 19, 35, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    "date",
    [
        "",
        "yesterday",
        "Mon, 01 Jan 0001 00:00:00 GMT",
        "0001-01-01T00:00:00Z",
        "0000-00-00 00:00:00",
        "Thu, 01 Jan 1970 00:00:00 GMT",
        "1970-01-01T00:00:00+09:00",
        "Thu, 01 Jan 99999 00:00:00 GMT",
        "Thu, 31 Feb 2024 00:00:00 GMT",
        "9999-12-31T23:59:59-12:00",
        "x" * 10_000,
        "Thursday the 31st of October 2024, at half past three in the morning of Seoul",
        "2024-10-31T03:30:00 " + " " * 60 + "KST",
    ],
)
def test_an_entry_with_an_absurd_date_is_undated(date: str) -> None:
    assert only(f"<title>t</title><pubDate>{date}</pubDate>").published_at is None


def test_a_date_in_the_future_stays_as_the_feed_gives_it() -> None:
    article = only("<title>t</title><pubDate>Thu, 31 Oct 2030 03:30:00 GMT</pubDate>")
    assert article.published_at == datetime(2030, 10, 31, 3, 30, tzinfo=UTC)


def test_an_absurd_date_gives_way_to_the_next() -> None:
    article = only(
        "<title>t</title><pubDate>Thu, 01 Jan 1970 00:00:00 GMT</pubDate>",
        '<updated xmlns="http://www.w3.org/2005/Atom">2024-10-31T03:30:00Z</updated>',
    )
    assert article.published_at == datetime(2024, 10, 31, 3, 30, tzinfo=UTC)


def test_the_date_of_publication_counts_not_that_of_the_last_change() -> None:
    article = only(
        '<updated xmlns="http://www.w3.org/2005/Atom">2024-11-02T00:00:00Z</updated>',
        "<title>t</title><pubDate>Thu, 31 Oct 2024 03:30:00 GMT</pubDate>",
    )
    assert article.published_at == datetime(2024, 10, 31, 3, 30, tzinfo=UTC)


def test_an_entry_with_id_and_link_is_known_by_both() -> None:
    article = only("<title>t</title><link>https://a.example/1</link><guid>7</guid>")
    assert article.id == "7"
    assert article.id_key
    assert article.link_key


def test_an_entry_without_an_id_is_known_by_its_link() -> None:
    article = only("<title>t</title><link>https://a.example/1</link>")
    assert (article.id, article.id_key) == ("", None)
    assert article.link_key


def test_an_entry_without_id_and_link_has_neither_key() -> None:
    article = only("<title>t</title>")
    assert (article.link, article.id_key, article.link_key) == ("", None, None)


def test_an_id_that_is_an_address_stands_in_for_a_missing_link() -> None:
    article = only('<title>t</title><guid isPermaLink="false">https://a.example/1</guid>')
    assert article.link == "https://a.example/1"


ATOM_LINKS = """<link xmlns="http://www.w3.org/2005/Atom" href="https://a.example/first"/>
<link xmlns="http://www.w3.org/2005/Atom" href="https://a.example/second"/>"""


@pytest.mark.parametrize(
    ("name", "link"),
    [
        ("7", "https://a.example/first"),
        ("https://a.example/second", "https://a.example/second"),
    ],
)
def test_of_several_links_the_one_that_is_the_id_counts_then_the_first(
    name: str, link: str
) -> None:
    article = only(f'<title>t</title><guid isPermaLink="false">{name}</guid>{ATOM_LINKS}')
    assert article.link == link


@pytest.mark.parametrize("name", ["abc-123", "urn:uuid:1", "tag:a.example,2024:1"])
def test_an_id_that_is_no_address_is_no_link(name: str) -> None:
    assert only(f'<title>t</title><guid isPermaLink="false">{name}</guid>').link == ""


@pytest.mark.parametrize("title", ["first", "second"])
def test_an_id_that_repeats_in_a_document_is_no_key(title: str) -> None:
    document = read(
        item("first", name="same", link="https://a.example/1"),
        item("second", name="same", link="https://a.example/2"),
    )
    (article,) = [each for each in document.articles if each.title == title]
    assert article.id_key is None
    assert article.link_key


def test_a_link_that_repeats_in_a_document_is_no_key() -> None:
    document = read(
        item("first", link="https://a.example/live"),
        item("second", link="https://www.a.example/live/?utm_source=x"),
    )
    assert titles(document) == ["first", "second"]
    assert [article.link_key for article in document.articles] == [None, None]
    assert None not in [article.id_key for article in document.articles]


def test_entries_that_share_id_and_link_stay_distinct() -> None:
    first, second = read(item("first", name="x"), item("second", name="x")).articles
    assert first.digest != second.digest
    assert {first.link_key, second.link_key, first.id_key, second.id_key} == {None}


def test_an_entry_that_stands_twice_verbatim_is_one_and_keeps_its_keys() -> None:
    (article,) = read(item("t"), item("t")).articles
    assert article.id_key
    assert article.link_key


@pytest.mark.parametrize(
    ("link", "absolute"),
    [
        ("/a/1", "https://news.example/a/1"),
        ("a/1", "https://news.example/a/1"),
        ("//cdn.example/1", "https://cdn.example/1"),
        ("?id=7", "https://news.example/?id=7"),
        ("javascript:alert(1)", ""),
        ("data:text/html,x", ""),
        ("http://[broken", ""),
    ],
)
def test_a_link_is_an_absolute_web_address_or_none(link: str, absolute: str) -> None:
    assert only(f"<title>t</title><link>{link}</link>").link == absolute


def test_a_relative_link_counts_from_the_feed_where_its_channel_has_none() -> None:
    document = "<rss version='2.0'><channel><item><title>t</title><link>a/1</link></item></channel>"
    (article,) = parse(f"{document}</rss>".encode(), SOURCE).articles
    assert article.link == "https://news.example/world/a/1"


def test_a_relative_link_of_atom_counts_from_the_feed() -> None:
    (article,) = atom("<title>t</title><link href='a/1'/>").articles
    assert article.link == "https://news.example/world/a/1"


def test_a_link_to_the_entry_itself_stands_for_a_missing_one() -> None:
    (article,) = atom("<title>t</title><link rel='self' href='https://news.example/1'/>").articles
    assert article.link == "https://news.example/1"


@pytest.mark.parametrize(
    ("kind", "title"), [("type='text'", "The <b> tag & AT&T"), ("type='html'", "The tag & AT&T")]
)
def test_text_of_atom_is_no_markup(kind: str, title: str) -> None:
    markup = f"<title {kind}>The &lt;b&gt; tag &amp; AT&amp;T</title>"
    assert titles(atom(f"{markup}<summary>s</summary>")) == [title]


def test_entries_on_one_page_are_told_apart_by_the_fragment() -> None:
    live = "<item><title>{0}</title><link>https://news.example/live#{0}</link></item>"
    both = read(live.format("a"), live.format("b"))
    (later,) = read(
        live.format("b"), live.format("a").replace("<title>a", "<title>edited")
    ).articles[1:]
    keys = {article.link_key for article in both.articles}
    assert len(keys) == 2
    assert later.link_key in keys


def test_a_fragment_that_all_entries_share_tells_nothing() -> None:
    live = "<item><title>{0}</title><link>https://news.example/live#top</link></item>"
    assert [each.link_key for each in read(live.format("a"), live.format("b")).articles] == [
        None
    ] * 2


@pytest.mark.parametrize(
    "element",
    [
        '<yandex:full-text xmlns:yandex="http://news.yandex.ru">{}</yandex:full-text>',
        '<turbo:content xmlns:turbo="http://turbo.yandex.ru">{}</turbo:content>',
    ],
)
def test_the_whole_text_in_russian_feeds_is_text(element: str) -> None:
    whole = element.format("<![CDATA[<p>Ракета «Сармат»</p><p>взорвалась</p>]]>")
    assert only("<title>t</title><description>s</description>", whole).text == (
        "s Ракета «Сармат» взорвалась"
    )


def test_no_link_shows_the_secret_of_the_feeds_own_address() -> None:
    assert "secret" not in only("<title>t</title><link>#x</link>").link


def test_a_link_is_kept_with_its_tracking_parameters_but_known_without_them() -> None:
    plain = only("<title>t</title><link>https://a.example/1</link>")
    tracked = only("<title>t</title><link>https://a.example/1?utm_source=rss</link>")
    assert tracked.link == "https://a.example/1?utm_source=rss"
    assert tracked.link_key == plain.link_key


def test_a_news_aggregators_source_is_the_publisher_and_leaves_the_title() -> None:
    article = only(
        "<title>Troops in Kursk - Reuters</title>",
        '<source url="https://reuters.example">Reuters</source>',
    )
    assert (article.title, article.publisher) == ("Troops in Kursk", "Reuters")


def test_a_dash_in_a_title_stays_where_it_names_no_source() -> None:
    assert only("<title>Troops - an analysis</title>").title == "Troops - an analysis"


def test_without_a_source_the_publisher_is_the_configured_one() -> None:
    assert only("<title>t</title>").publisher == "Example"


@pytest.mark.parametrize(
    ("configured", "declared", "lang"),
    [("", "en-US", "en"), ("", "PL_pl", "pl"), ("de", "en", "de"), ("", "", "")],
)
def test_the_language_is_the_configured_one_then_the_declared(
    configured: str, declared: str, lang: str
) -> None:
    document = rss(f"<language>{declared}</language>", item("t"))
    found = parse(document.encode(), Source(lang=configured))
    assert (found.lang, found.articles[0].lang) == (lang, lang)


def test_an_entrys_own_language_counts_where_the_feed_has_none() -> None:
    article = only(
        '<title>t</title><dc:language xmlns:dc="http://purl.org/dc/elements/1.1/">'
        "pl-PL</dc:language>"
    )
    assert article.lang == "pl"


CONTENT = (
    "<content:encoded xmlns:content='http://purl.org/rss/1.0/modules/content/'>{}</content:encoded>"
)


@pytest.mark.parametrize(
    ("summary", "content", "text"),
    [
        ("Summary.", "Content.", "Summary. Content."),
        ("Same.", "Same.", "Same."),
        ("It begins", "It begins and goes on.", "It begins and goes on."),
        ("It begins…", "It begins and goes on.", "It begins and goes on."),
        ("It begins and goes on.", "It begins", "It begins and goes on."),
        ("Summary.", "", "Summary."),
        ("", "Content.", "Content."),
    ],
)
def test_summary_and_content_are_each_kept_once(summary: str, content: str, text: str) -> None:
    article = only(f"<title>t</title><description>{summary}</description>", CONTENT.format(content))
    assert article.text == text


def test_a_missing_title_is_made_from_the_text() -> None:
    article = only(f"<description>{'missile launch ' * 20}</description>")
    assert article.title.startswith("missile launch missile")
    assert article.title.endswith("…")
    assert len(article.title) <= 120


@pytest.mark.parametrize(
    "elements",
    [
        "",
        "<title> </title>",
        "<title>&lt;img src='x'&gt;</title>",
        "<link>https://a.example/1</link>",
    ],
)
def test_an_entry_without_title_and_text_is_unread_and_says_why(elements: str) -> None:
    document = read(f"<item>{elements}</item>", item("neighbour"))
    (unread,) = document.unread
    assert unread.reason == "no title and no text"
    assert unread.keys
    assert titles(document) == ["neighbour"]


def test_a_feed_without_entries_is_a_feed() -> None:
    assert read() == parse(rss().encode(), SOURCE)
    assert (read().articles, read().unread, read().known) == ((), (), frozenset())


def test_known_entries_are_left_out() -> None:
    before = read(item("old"), "<item/>")
    body = rss(item("new"), item("old"), "<item/>").encode()
    now = parse(body, SOURCE, before.known)
    assert titles(now) == ["new"]
    assert now.unread == ()
    assert before.known < now.known


def test_a_known_entry_still_shows_that_an_id_repeats() -> None:
    before = read(item("old", name="same"))
    body = rss(item("new", name="same"), item("old", name="same")).encode()
    (article,) = parse(body, SOURCE, before.known).articles
    assert article.id_key is None


def test_a_bumped_date_makes_no_new_entry() -> None:
    first = read(item("t", datetime(2024, 10, 30, tzinfo=UTC)))
    later = read(item("t", datetime(2024, 10, 31, tzinfo=UTC)))
    assert first.known == later.known
    assert first.articles[0].digest == later.articles[0].digest


@pytest.mark.parametrize(
    "edited",
    [
        item("edited", text="text", name="x"),
        item("t", text="edited", name="x"),
        item("t", text="text", name="x").replace("</item>", CONTENT.format("more") + "</item>"),
    ],
)
def test_an_edited_entry_is_a_new_version_of_the_same(edited: str) -> None:
    first, later = read(item("t", text="text", name="x")), read(edited)
    assert first.known.isdisjoint(later.known)
    assert first.articles[0].digest != later.articles[0].digest
    assert first.articles[0].id_key == later.articles[0].id_key


# ── what a document wishes ────────────────────────────────────────────────────────────────────

ITEM = "<item><title>Title</title></item>"
HOURS = "<skipHours><hour>0</hour> <hour> 07 </hour><hour>24</hour><hour>23</hour></skipHours>"
DAYS = "<skipDays><day>Saturday</day><day>sunday</day><day>Caturday</day></skipDays>"


@pytest.mark.parametrize("entries", [f"{HOURS}{DAYS}{ITEM}", f"{ITEM}{HOURS}{DAYS}", HOURS + DAYS])
def test_hours_and_days_to_skip_are_read_before_and_after_the_entries(entries: str) -> None:
    assert read(entries).polling_hints == PollingHints(
        0.0, frozenset({0, 7, 23}), frozenset({5, 6})
    )


@pytest.mark.parametrize(
    ("ttl", "seconds"),
    [("60", 3_600), (" 5 ", 300), ("0", 0), ("", 0), ("-5", 0), ("1.5", 0), ("9" * 20, 0),
     ("an hour", 0), ("٦٠", 0)],
)  # fmt: skip
def test_a_ttl_is_in_minutes(ttl: str, seconds: float) -> None:
    assert read(f"<ttl>{ttl}</ttl>{ITEM}").polling_hints.ttl == seconds


@pytest.mark.parametrize(
    "entries",
    [
        ITEM,
        f"<item><title>Title</title><description><![CDATA[{HOURS}]]></description></item>",
        "<skipHours/>" + ITEM,
        "<skipHours><hour>25</hour><hour>-1</hour><hour></hour></skipHours>" + ITEM,
        "<skipDays><hour>1</hour><day>Mon</day></skipDays>" + ITEM,
    ],
)
def test_a_document_may_wish_nothing(entries: str) -> None:
    assert read(entries).polling_hints == PollingHints()


@pytest.mark.parametrize(
    ("first", "again"),
    [
        ("N. Korea fires a missile", "(2nd LD) N. Korea fires a missile"),
        ("북한, 미사일 발사", "북한, 미사일 발사(종합2보)"),
    ],
)
def test_a_headline_is_the_same_when_its_agency_issues_it_again(first: str, again: str) -> None:
    keys = {only(f"<title>{title}</title>").title_key for title in (first, again)}
    assert len(keys) == 1
    assert only("<title>Another headline</title>").title_key not in keys


def test_a_backslash_in_the_declaration_of_an_entity_is_a_backslash() -> None:
    document = rss("<item><title>a&sep;b</title></item>")
    document = document.replace("<rss", '<!DOCTYPE rss [\n<!ENTITY sep "\\d">\n]>\n<rss', 1)
    assert titles(parse(document.encode(), SOURCE)) == ["a\\db"]
