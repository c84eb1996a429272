"""OPML: what is read of it, what is refused, and that nothing is lost on the way."""

from __future__ import annotations

import pytest
from amounts import many
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.errors import InputError
from monitor.feeds.opml import Outline, read_opml, write_opml
from monitor.text.normalize import clean


def opml(body: str, *, head: str = "") -> bytes:
    return f'{head}<opml version="2.0"><head/><body>{body}</body></opml>'.encode()


def test_feeds_are_read_with_their_folders() -> None:
    document = opml("""
      <outline text="Top" xmlUrl="https://top.example/rss" type="rss"/>
      <outline text="World">
        <outline text=" Asia &amp; Pacific ">
          <outline text="The  News" title="other" xmlUrl="https://a.example/?a=1&amp;b=2"/>
        </outline>
        <outline title="B" xmlUrl="https://b.example/rss" language="pt-BR"/>
      </outline>
      <outline><outline XMLURL="https://c.example/rss" language="unknown"/></outline>
    """)
    assert read_opml(document) == [
        Outline("https://top.example/rss", "Top"),
        Outline("https://a.example/?a=1&b=2", "The News", "World/Asia & Pacific"),
        Outline("https://b.example/rss", "B", "World", "pt"),
        Outline("https://c.example/rss"),
    ]
    assert [each.line for each in read_opml(document)] == [2, 5, 7, 9]


def test_a_feed_within_a_feed_is_in_the_same_folder() -> None:
    inner = '<outline text="B" xmlUrl="https://b.example/"/>'
    document = opml(
        f'<outline text="F"><outline text="A" xmlUrl="https://a.example/">{inner}</outline></outline>'
    )
    assert [(each.title, each.folder) for each in read_opml(document)] == [("A", "F"), ("B", "F")]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "iso-8859-1"])
def test_other_encodings_are_read(encoding: str) -> None:
    name = encoding.removesuffix("-sig")
    body = '<outline text="Größe" xmlUrl="https://a.example/"/>'
    document = opml(body, head=f'<?xml version="1.0" encoding="{name}"?>').decode().encode(encoding)
    assert [each.title for each in read_opml(document)] == ["Größe"]


@pytest.mark.parametrize(
    "declaration",
    [
        '<!DOCTYPE opml [<!ENTITY a "aaa"><!ENTITY b "&a;&a;&a;&a;">]>',
        '<!DOCTYPE opml [<!ENTITY file SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE opml [<!ENTITY % p SYSTEM "https://evil.example/x.dtd"> %p;]>',
        '<!DOCTYPE opml SYSTEM "https://evil.example/x.dtd">',
    ],
)
def test_a_document_type_is_refused(declaration: str) -> None:
    with pytest.raises(InputError, match="line 1: a document type"):
        read_opml(opml('<outline text="&file;&b;"/>', head=declaration))


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        (b"", "line 1, column 1: no element found"),
        (b"<opml>\n <outline></opml>", "line 2, column 13: mismatched tag"),
        (b"just text", "line 1, column 1: syntax error"),
        (b"<rss><channel/></rss>", "this is no OPML: it begins with <rss>"),
        (b"<!doctype html><html></html>", "line 1, column 1: "),
        (opml("<outline text='&nbsp;'/>"), "undefined entity"),
        (opml("\xff", head='<?xml version="1.0" encoding="nonsense"?>'), "encoding"),
        (opml("", head='<?xml version="1.0" encoding="rot13"?>'), "encoding"),
        (opml("", head='<?xml version="1.0" encoding="euc-kr"?>'), "encoding"),
        (b"\x00\x01\x02", "line 1"),
    ],
)
def test_what_is_no_opml_is_refused_with_its_place(document: bytes, reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        read_opml(document)


def test_folders_without_end_are_cut() -> None:
    depth = 20_000
    document = opml('<outline text="a">' * depth + '<outline xmlUrl="x"/>' + "</outline>" * depth)
    [feed] = read_opml(document)
    assert feed.folder == "/".join("a" * 9)


def test_a_list_is_written_by_folder() -> None:
    feeds = [
        Outline("https://a.example/?x=1&y=2", 'A "quoted" <title>', "World/Asia"),
        Outline("https://b.example/", "", "", "ko"),
        Outline("https://c.example/", "C", "World"),
    ]
    assert write_opml(feeds, "My feeds").splitlines() == [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<opml version="2.0">',
        "  <head><title>My feeds</title></head>",
        "  <body>",
        (
            '    <outline type="rss" text="https://b.example/" title="https://b.example/"'
            ' xmlUrl="https://b.example/" language="ko"/>'
        ),
        '    <outline text="World">',
        '      <outline type="rss" text="C" title="C" xmlUrl="https://c.example/"/>',
        '      <outline text="Asia">',
        (
            '        <outline type="rss" text="A &quot;quoted&quot; &lt;title&gt;"'
            ' title="A &quot;quoted&quot; &lt;title&gt;" xmlUrl="https://a.example/?x=1&amp;y=2"/>'
        ),
        "      </outline>",
        "    </outline>",
        "  </body>",
        "</opml>",
    ]


TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\ufffe\uffff"), max_size=30)
CLEAN = TEXT.map(clean).filter(bool)
FOLDERS = st.lists(CLEAN.map(lambda name: clean(name.replace("/", ""))).filter(bool), max_size=4)
OUTLINES = st.builds(
    Outline,
    url=CLEAN.map("https://x.example/".__add__),
    title=CLEAN,
    folder=FOLDERS.map("/".join),
    lang=st.sampled_from(["", "en", "ko"]),
)


@settings(derandomize=True, max_examples=many(150), deadline=None)
@given(feeds=st.lists(OUTLINES, max_size=8))
def test_what_is_written_is_read_again(feeds: list[Outline]) -> None:
    def in_order(found: list[Outline]) -> list[Outline]:
        return sorted(found, key=repr)

    read = read_opml(write_opml(feeds, "t").encode())
    assert in_order([*read]) == in_order(feeds) or {*read} == {*feeds}
    for folder in {each.folder for each in feeds}:
        assert [each for each in read if each.folder == folder] == [
            each for each in feeds if each.folder == folder
        ]


@settings(derandomize=True, max_examples=many(100), deadline=None)
@given(title=st.text(max_size=40), url=st.text(max_size=40), folder=st.text(max_size=60))
def test_whatever_is_written_can_be_read(title: str, url: str, folder: str) -> None:
    read_opml(write_opml([Outline(url, title, folder)], title).encode("utf-8"))
