"""Feeds as they should not be: wrong encodings, broken markup, attacks, and no feeds at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from amounts import many
from fakes import item, rss
from hypothesis import given, settings
from hypothesis import strategies as st
from measured import less_than

from monitor.errors import ParseError
from monitor.parse import Source, parse
from monitor.parse.encoding import in_utf8
from monitor.text.normalize import clean

if TYPE_CHECKING:
    from pathlib import Path

    from monitor.model import Scan

examples = settings(derandomize=True, max_examples=many(80), deadline=None)
NEIGHBOUR = item("neighbour")


def read(document: bytes | str, content_type: str = "") -> Scan:
    body = document if isinstance(document, bytes) else document.encode("utf-8", "surrogatepass")
    return parse(body, Source(url="https://news.example/feed.xml", content_type=content_type))


def titles(document: bytes | str, content_type: str = "") -> list[str]:
    return [article.title for article in read(document, content_type).articles]


def title_of(markup: str) -> str:
    """The title that a reader sees of a title in a feed; its neighbour is always read."""
    title, neighbour = titles(rss(f"<item><title>{markup}</title></item>", NEIGHBOUR))
    assert neighbour == "neighbour"
    return title


def declared(encoding: str, title: str) -> str:
    """A document that declares an encoding (not at all if empty)."""
    declaration = f'<?xml version="1.0" encoding="{encoding}"?>' if encoding else ""
    return f'{declaration}<rss version="2.0"><channel>{item(title)}{NEIGHBOUR}</channel></rss>'


@pytest.mark.parametrize(
    ("encoding", "named", "title"),
    [
        ("utf-8", "utf-8", "Курск 북한군"),
        ("utf-8", "", "Курск 북한군"),
        ("utf-8", "iso-8859-1", "Курск 북한군"),
        ("utf-8", "us-ascii", "Курск 북한군"),
        ("utf-8", "windows-1251", "Курск 북한군"),
        ("utf-8", "utf-16", "Курск 북한군"),
        ("utf-8", "x-unknown", "Курск 북한군"),
        ("utf-8", "hex", "Курск 북한군"),
        ("utf-8-sig", "iso-8859-1", "Курск 북한군"),
        ("utf-16", "utf-16", "Курск 북한군"),
        ("utf-16", "utf-8", "Курск 북한군"),
        ("utf-16-le", "utf-16", "Курск 북한군"),
        ("utf-16-be", "utf-16", "Курск 북한군"),
        ("utf-16-le", "", "Курск 북한군"),
        ("utf-32", "utf-32", "Курск 북한군"),
        ("cp1251", "windows-1251", "Северокорейские солдаты"),
        ("koi8-r", "koi8-r", "Северокорейские солдаты"),
        ("euc-kr", "euc-kr", "북한군 파병"),
        ("cp949", "euc-kr", "북한군 펲"),
        ("cp949", "ks_c_5601-1987", "북한군 파병"),
        ("shift_jis", "shift_jis", "北朝鮮軍の兵士"),
        ("cp932", "shift_jis", "北朝鮮軍①"),
        ("euc-jp", "euc-jp", "北朝鮮軍の兵士"),
        ("iso-2022-jp", "iso-2022-jp", "北朝鮮軍の兵士"),
        ("gb2312", "gb2312", "朝鲜士兵"),
        ("gb18030", "gb2312", "朝鮮士兵 朱镕基"),
        ("big5", "big5", "北韓士兵"),
        ("latin-1", "iso-8859-1", "Überfälle"),
        ("cp1252", "iso-8859-1", "“quoted” – it’s"),
        ("cp1254", "iso-8859-9", "Kuzey Kore’nin güçleri"),
    ],
)
def test_a_document_is_read_whatever_encoding_it_has_and_declares(
    encoding: str, named: str, title: str
) -> None:
    body = declared(named, title).encode(encoding)
    assert titles(body) == [title, "neighbour"]


@pytest.mark.parametrize(
    ("encoding", "header", "title"),
    [
        ("utf-8", "text/xml; charset=iso-8859-1", "Курск"),
        ("utf-8", "text/xml; charset=us-ascii", "Курск"),
        ("utf-8", "text/xml; charset=utf-16", "Курск"),
        ("utf-8", "text/xml; charset=", "Курск"),
        ("cp1251", 'text/xml; charset="windows-1251"', "Курск"),
        ("cp949", "application/rss+xml;charset=EUC-KR", "북한군"),
        ("utf-16-le", "text/xml; charset=utf-16", "Курск"),
    ],
)
def test_the_servers_encoding_is_believed_only_where_it_fits(
    encoding: str, header: str, title: str
) -> None:
    assert titles(declared("", title).encode(encoding), header) == [title, "neighbour"]


def test_the_document_is_believed_before_its_server() -> None:
    body = declared("windows-1251", "Курск").encode("cp1251")
    assert titles(body, "text/xml; charset=koi8-r") == ["Курск", "neighbour"]


@pytest.mark.parametrize("named", ["", "utf-8", "UTF8", "x-unknown", "hex", "idna", "undefined"])
def test_one_damaged_byte_costs_one_character(named: str) -> None:
    body = declared(named, "Курск#").encode().replace(b"#", b"\xff")
    assert titles(body) == ["Курск\ufffd", "neighbour"]


def test_one_damaged_byte_costs_little_in_other_encodings_too() -> None:
    body = declared("euc-kr", "북한군 # 파병").encode("cp949").replace(b"#", b"\xff")
    assert titles(body) == ["북한군 \ufffd 파병", "neighbour"]


RUSSIAN = "Сармат: ракета взорвалась в шахте, сообщает Минобороны"
JAPANESE = "北朝鮮が弾道ミサイルを発射、日本海に落下した模様"


@pytest.mark.parametrize(
    ("codec", "title"),
    [
        ("cp1251", RUSSIAN),
        ("koi8-r", RUSSIAN),
        ("cp932", JAPANESE),
        ("euc-jp", JAPANESE),
        ("cp949", "북한군 병력 러시아 쿠르스크에 파병, 국정원 발표"),
        ("gb18030", "朝鲜发射洲际弹道导弹，韩国军方表示正在分析"),
        ("big5", "北韓發射洲際彈道飛彈，南韓軍方表示正在分析"),
        ("cp1256", "كوريا الشمالية تطلق صاروخا باليستيا عابرا للقارات"),
        ("cp1252", "L’armée ukrainienne a attaqué une raffinerie près de Koursk"),
        ("cp1250", "Żołnierze z Korei Północnej ponieśli ciężkie straty w obwodzie kurskim"),
        ("iso8859-2", "Żołnierze z Korei Północnej ponieśli ciężkie straty w obwodzie kurskim"),
    ],
)
@pytest.mark.parametrize("header", ["", "text/xml; charset=utf-8"])
def test_an_encoding_that_nobody_declares_shows_in_the_bytes(
    codec: str, title: str, header: str
) -> None:
    assert titles(declared("", title).encode(codec), header) == [title, "neighbour"]


def test_the_servers_usual_latin_1_is_not_believed_of_another_script() -> None:
    body = declared("", RUSSIAN).encode("cp1251")
    assert titles(body, "text/xml; charset=ISO-8859-1") == [RUSSIAN, "neighbour"]


def test_an_entry_in_an_unknown_encoding_is_unread() -> None:
    body = declared("", "#" * 30).encode().replace(b"#" * 30, bytes(range(128, 160)) * 3)
    found = read(body)
    assert [each.reason for each in found.unread] == ["its characters are in an unknown encoding"]
    assert [article.title for article in found.articles] == ["neighbour"]


QUERY = "https://news.example/?id=5&lang=en&copy=1&u=a%2Fb%3Ac"


@pytest.mark.parametrize("link", [QUERY, QUERY.replace("&", "&amp;"), f"<![CDATA[{QUERY}]]>"])
@pytest.mark.parametrize("entity", ["", "&nbsp;"])
def test_a_bare_ampersand_in_a_link_begins_no_entity(link: str, entity: str) -> None:
    document = rss(f"<item><title>t{entity}</title><link>{link}</link></item>")
    assert [article.link for article in read(document.encode()).articles] == [QUERY]


def test_a_bare_ampersand_costs_no_time_in_a_long_document() -> None:
    document = rss("<item><title>AT&T</title></item>", "<![CDATA[&a " * 200_000).encode()
    with less_than(2):  # seconds
        in_utf8(document, "")


@pytest.mark.parametrize(
    ("markup", "title"),
    [
        ("a &lt;b&gt;bold&lt;/b&gt; word", "a bold word"),
        ("<![CDATA[a <b>bold</b> word]]>", "a bold word"),
        ("<![CDATA[R&amp;D]]>", "R&D"),
        ("R&amp;amp;D", "R&D"),
        ("R & D", "R & D"),
        ("AT&T and S&P", "AT&T and S&P"),
        ("<![CDATA[AT&T: ?a=1&copy=2&section=3]]>", "AT&T: ?a=1&copy=2&section=3"),
        ("&copy 2026 &amp;copy; &amp;copy=1", "© 2026 © &copy=1"),
        ("caf&eacute;", "café"),
        ("&#x2019;&#8217;", "’’"),
        ("&lt;script&gt;alert(1)&lt;/script&gt;shown", "shown"),
        ("soft\u00adhyphen \u202ereversed\u202c", "softhyphen reversed"),
        ("ICBM\u200b test\ufeff", "ICBM test"),
        ("two\n   lines", "two lines"),
        ("a &#55357;&#56960; rocket", "a \ufffd\ufffd rocket"),
        ("a &#xD83D; b", "a \ufffd b"),
        ("a &#x110000; b", "a \ufffd b"),
        ("a &#99999999999999999999; b", "a \ufffd b"),
        ("a &#99999999999999999999 b", "a \ufffd b"),
        ("a &#55357 b", "a \ufffd b"),
        ("a &#0; b", "a \ufffd b"),
        (f"a &#{'9' * 9_999}; b", "a \ufffd b"),
        ("&#0000000000000000065;", "A"),
        ("a &bogus; b", "a &bogus; b"),
        ("<b>never closed", "never closed"),
    ],
)
def test_a_title_is_what_a_reader_sees(markup: str, title: str) -> None:
    assert title_of(markup) == title


@pytest.mark.parametrize("character", ["\x00", "\x08", "\x0b", "\x1b", "\uffff", "\ud83d"])
def test_a_character_that_xml_forbids_costs_no_entry(character: str) -> None:
    first, second = titles(rss(item(f"a {character} b"), NEIGHBOUR))
    assert first.startswith("a ")
    assert first.endswith(" b")
    assert second == "neighbour"


@pytest.mark.parametrize(
    "doctype",
    [
        r'PUBLIC "\d\g<0>" "c:\dtd\rss.dtd"',
        r'[<!ENTITY a "\1\q">]',
        'SYSTEM "http://127.0.0.1:9/rss.dtd"',
    ],
)
def test_no_doctype_costs_the_feed(doctype: str) -> None:
    assert titles(with_doctype(doctype, item("title"))) == ["title", "neighbour"]


ITEM = "<item><title>x&boom;y</title></item>"


def with_doctype(doctype: str, *entries: str) -> str:
    declaration, _, rest = rss(*entries, NEIGHBOUR).partition("?>")
    return f"{declaration}?><!DOCTYPE rss {doctype}>{rest}"


@pytest.mark.parametrize(
    "entities",
    [
        '<!ENTITY a0 "lol">'
        + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
        + '<!ENTITY boom "&a9;">',
        f'<!ENTITY boom "{"a" * 100_000}">',
        '<!ENTITY boom "&boom;">',
    ],
    ids=["billion laughs", "long", "itself"],
)
def test_entities_do_not_expand_and_are_quick(entities: str) -> None:
    many = f"<item><title>{'&boom;' * 1_000}</title></item>"
    document = with_doctype(f"[{entities}]", many)
    with less_than(2):
        found = read(document).articles
    assert [article.title for article in found][-1] == "neighbour"
    assert sum(len(article.title) for article in found) < 200_000


def test_an_external_entity_reads_no_file(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("SECRET")
    document = with_doctype(f'[<!ENTITY boom SYSTEM "{secret.as_uri()}">]', ITEM)
    assert "neighbour" in titles(document)
    assert "SECRET" not in repr(read(document))


@pytest.mark.parametrize("form", ["path", "address", "path in a document's place"])
def test_a_body_that_names_a_file_does_not_open_it(tmp_path: Path, form: str) -> None:
    on_disk = tmp_path / "feed.xml"
    on_disk.write_text(rss(NEIGHBOUR))
    named = {"path": str(on_disk), "address": on_disk.as_uri()}.get(form, f" {on_disk}\n")
    with pytest.raises(ParseError, match="not-a-feed"):
        read(named)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("", "empty"),
        (" \r\n\t", "empty"),
        ("<!DOCTYPE html><html><body>Please log in</body></html>", "html"),
        ("<HTML><BODY>moved</BODY></HTML>", "html"),
        ("http://127.0.0.1:9/feed.xml", "not-a-feed"),
        ("just some text", "not-a-feed"),
        ('{"version": "https://jsonfeed.org/version/1.1", "items": [}', "not-a-feed"),
        ("<opml version='2.0'><body><outline xmlUrl='x'/></body></opml>", "not-a-feed"),
        ("<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'/>", "not-a-feed"),
        ("<Error><Code>AccessDenied</Code></Error>", "not-a-feed"),
        ("<?xml version='1.0'?>", "not-a-feed"),
        ("\x00\x01\x02\x03", "not-a-feed"),
        ("%PDF-1.4", "not-a-feed"),
    ],
)
def test_what_is_no_feed_is_refused_with_a_reason(body: str, reason: str) -> None:
    with pytest.raises(ParseError) as refused:
        read(body)
    assert refused.value.reason == reason


def test_a_feed_served_as_a_web_page_is_a_feed() -> None:
    assert titles(rss(NEIGHBOUR), "text/html; charset=utf-8") == ["neighbour"]


def test_a_feed_after_blank_lines_is_a_feed() -> None:
    assert titles(f"\n\n {rss(NEIGHBOUR)}") == ["neighbour"]


def test_deeply_nested_elements_cost_no_neighbour() -> None:
    assert titles(rss(f"<item><description>{'<b>' * 2_000}</description></item>", NEIGHBOUR))


@pytest.mark.parametrize(
    "element",
    [
        '<gml:pos xmlns:gml="http://www.opengis.net/gml">1 2</gml:pos>',
        '<georss:point xmlns:georss="http://www.georss.org/georss">x</georss:point>',
        '<content type="text/html" mode="base64">%</content>',
        '<link href="http://[" xml:base="http://["/>',
    ],
)
def test_a_feed_is_read_or_refused_where_feedparser_itself_stumbles(element: str) -> None:
    try:
        found = titles(rss(f"<item>{element}</item>", NEIGHBOUR))
    except ParseError as refused:
        assert refused.reason == "unparsable"  # noqa: PT017 - a better feedparser reads it
    else:
        assert "neighbour" in found


def test_a_feed_cut_off_anywhere_is_read_as_far_as_it_goes_or_refused() -> None:
    whole = declared("utf-8", "Курск &amp; <![CDATA[<b>북한군</b>]]>").encode()
    counts = set()
    for end in range(len(whole)):
        try:
            counts.add(len(read(whole[:end]).articles))
        except ParseError:
            counts.add(-1)
    assert counts == {-1, 0, 1, 2}


TAGS = b"<rss> <rss <feed> <channel> <item> </item> <title> <![CDATA[ <?xml ?> <!DOCTYPE [ <!ENTITY"
PIECES = [*TAGS.split(), b' encoding="utf-16"', b"&#", b"&amp;"]


@examples
@given(st.lists(st.sampled_from(PIECES) | st.binary(max_size=20), min_size=1).map(b"".join))
def test_arbitrary_bytes_are_read_or_refused(body: bytes) -> None:
    try:
        found = read(body)
    except ParseError as refused:
        assert refused.reason in {"empty", "html", "not-a-feed", "unparsable"}  # noqa: PT017 - not every body is refused
    else:
        assert len(found.articles) + len(found.unread) == len(found.known)


@examples
@given(st.binary(max_size=100).filter(lambda piece: b"<" not in piece and b"&" not in piece))
def test_arbitrary_bytes_in_an_entry_cost_no_neighbour(piece: bytes) -> None:
    body = rss(item("#"), NEIGHBOUR).encode().replace(b"#", piece)
    assert "neighbour" in titles(body)


@examples
@given(
    name=st.sampled_from(["title", "link", "guid", "pubDate", "description", "author", "source"]),
    value=st.text(st.characters(exclude_characters="<")),
)
def test_arbitrary_text_in_any_element_costs_no_neighbour(name: str, value: str) -> None:
    document = rss(f"<item><title>t</title><{name}>{value}</{name}></item>", NEIGHBOUR)
    assert "neighbour" in titles(document)


MARKUP = [
    "<p>",
    "</p>",
    "<b",
    "<br/>",
    "&lt;",
    "&#",
    "9",
    ";",
    "]",
    "<i x='",
    "-->",
    "ж",
    "<?x",
    " ",
]


@examples
@given(st.lists(st.sampled_from(MARKUP)).map("".join))
def test_arbitrary_markup_in_a_text_costs_no_neighbour(markup: str) -> None:
    in_cdata = f"<item><description><![CDATA[{markup}]]></description></item>"
    assert "neighbour" in titles(rss(item("escaped", text=markup), in_cdata, NEIGHBOUR))


READABLE = st.characters(exclude_categories=["Cc", "Cs", "Cn"], exclude_characters="<&\ufffe\uffff")


@examples
@given(title=st.text(READABLE), text=st.text(READABLE))
def test_text_comes_back_as_a_reader_sees_it(title: str, text: str) -> None:
    (article,) = read(rss(item(f"x{title}", text=text))).articles
    assert (article.title, article.text) == (clean(f"x{title}"), clean(text))
