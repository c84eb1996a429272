"""Feeds as no one should write them, made by code: what the tests of parsing and of polling share.

Each document holds the entry `NEIGHBOUR`, which must be read whatever stands beside it, unless its
own markup cannot be told from that of the attack.
"""

from __future__ import annotations

import codecs
from encodings.aliases import aliases

from fakes import item, rss

NEIGHBOUR = "neighbour"
_NEXT = item(NEIGHBOUR)
_ATOM_NEXT = f"<entry><id>urn:n</id><title>{NEIGHBOUR}</title></entry>"

# ── feeds of each format ──────────────────────────────────────────────────────────────────────

ATOM = (
    '<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom">'
    "<title>Курск</title><entry><id>urn:1</id><title type='html'>&lt;b&gt;북한군&lt;/b&gt;</title>"
    "<link href='https://news.example/1'/><updated>2024-10-31T18:00:00Z</updated>"
    f"<summary>a &amp; b</summary></entry>{_ATOM_NEXT}</feed>"
)
RDF = (
    '<?xml version="1.0"?><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'
    ' xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/">'
    "<channel rdf:about='https://news.example/'><title>Курск</title></channel>"
    "<item rdf:about='https://news.example/1'><title>북한군</title>"
    "<link>https://news.example/1</link><dc:date>2024-10-31T18:00:00Z</dc:date></item>"
    f"<item rdf:about='https://news.example/n'><title>{NEIGHBOUR}</title></item></rdf:RDF>"
)
RSS = rss(item("Курск &amp; 북한군", text="<![CDATA[<b>a</b> & b]]>"), _NEXT)
FORMATS = {"RSS": RSS, "Atom": ATOM, "RDF": RDF}


def feed_with(*entries: str) -> str:
    """An RSS document with these entries, and the neighbour after them."""
    return rss(*entries, _NEXT)


def entry(**elements: str) -> str:
    """An RSS item with these elements as they stand."""
    return "<item>" + "".join(f"<{n}>{v}</{n}>" for n, v in elements.items()) + "</item>"


# ── encodings ─────────────────────────────────────────────────────────────────────────────────

# Their letters are not those of ASCII, so that not even a declaration in them can be read.
_NO_ASCII = {"cp037", "cp1026", "cp1140", "cp273", "cp424", "cp500", "cp875", "utf_7", "hz"}
_LETTERS = "Курск 북한군 朝鮮 ロケット ракета Überfälle Kuzey göçmen ירושלים القدس Ελλάδα ไทย"


def text_codecs() -> list[str]:
    """Return Python's codecs of text, by their names there."""
    names = {name for name in aliases.values() if name not in {"mbcs", "oem"}}
    return sorted(name for name in names if codecs.lookup(name)._is_text_encoding)


def ascii_codecs() -> list[str]:
    """Return those in which markup looks as it does in ASCII."""
    wide = {name for name in text_codecs() if name.startswith(("utf_16", "utf_32"))}
    return [name for name in text_codecs() if name not in _NO_ASCII | wide]


def title_in(codec: str) -> str:
    """Return a title of letters that a codec has, some beyond ASCII where it has any."""
    own = "".join(each for each in _LETTERS if _has(codec, each))
    return f"Kursk {' '.join(own.split())}".strip()


def _has(codec: str, letter: str) -> bool:
    try:
        return letter.encode(codec).decode(codec) == letter
    except UnicodeError:
        return False


def declared(name: str, title: str = "Курск") -> str:
    """An RSS document that declares an encoding, none if it is empty."""
    declaration = f'<?xml version="1.0" encoding="{name}"?>' if name else ""
    return declaration + feed_with(entry(title=title)).partition("?>")[2]


MARKS = {
    "UTF-8": codecs.BOM_UTF8,
    "UTF-16 little": codecs.BOM_UTF16_LE,
    "UTF-16 big": codecs.BOM_UTF16_BE,
    "UTF-32 little": codecs.BOM_UTF32_LE,
    "UTF-32 big": codecs.BOM_UTF32_BE,
}

# ── absurd values ─────────────────────────────────────────────────────────────────────────────

IDS = {
    "empty": "",
    "blank": " \t\n ",
    "the same as its neighbour's": "shared",
    "a megabyte": "x" * (1 << 20),
    "control characters": "a&#9;b&#10;c\x1b[31m",
    "direction marks": "\u202ea\u2066b\u200f",
    "a lone surrogate": "&#55357;",
    "an address without end": "http://[",
    "a file": "file:///etc/passwd",
    "a script": "javascript:alert(1)",
    "data": "data:text/html;base64,PHNjcmlwdD4=",
    "markup": "&lt;b&gt;1&lt;/b&gt;",
    "elements": "<b>1</b><guid>2</guid>",
    "SQL": "'); DROP TABLE entries;--",
    "a separator of ours": "a&#31;b",
    "digits": "9" * 5_000,
    "NUL": "a\x00b",
    "percent signs": "%00%ff%zz%",
    "an emoji": "👩‍👩‍👧‍👦" * 100,
    "decomposed letters": "e" + "\u0301" * 5_000,
}
DATES = {
    "empty": "",
    "zero": "0",
    "a negative year": "-0001-01-01T00:00:00Z",
    "the year 0": "0000-00-00T00:00:00Z",
    "the year 9999": "9999-12-31T23:59:59-14:00",
    "the year 10000": "10000-01-01T00:00:00Z",
    "a 13th month": "2024-13-45T99:99:99Z",
    "the 31st of February": "Sat, 31 Feb 2024 25:61:61 GMT",
    "a leap second": "2016-12-31T23:59:60Z",
    "an offset of a week": "2024-10-31T18:00:00+99:99",
    "a great offset": "Thu, 31 Oct 2024 18:00:00 +999999999999",
    "seconds since 1970": "1730397600",
    "too many seconds": "9" * 400,
    "a word": "yesterday",
    "a text": "the day after " * 2_000,
    "digits and dots": "1." * 10_000,
    "digits and colons": "1:" * 10_000,
    "weekdays": "Mon, " * 10_000,
    "Arabic digits": "٣١ أكتوبر ٢٠٢٤",
    "Thai digits": "๓๑ ตุลาคม ๒๕๖๗",
    "Korean": "2024년 99월 99일",
    "a superscript": "2024-10-3²T18:00:00Z",
    "infinity": "inf",
    "no number": "NaN",
    "markup": "<b>2024</b>-10-31",
    "control characters": "2024\x00-10\x1b-31",
    "a decimal in a week": "2024-W44.9999999",
    "a long fraction": f"2024-10-31T18:00:00.{'9' * 5_000}Z",
    "the other order": "31/10/24 6:00 PM Seoul",
    "two dates": "2024-10-31 2024-11-01",
}
UNSEEN = {
    f"U+{point:04X}": chr(point)
    for point in (
        *range(0x20),
        0x7F,
        *range(0x80, 0xA0),
        0xAD,
        0x61C,
        0x200B,
        0x200E,
        0x200F,
        *range(0x202A, 0x202F),
        *range(0x2060, 0x2070),
        0xFEFF,
        0xFFF9,
        0xFFFA,
        0xFFFB,
    )
    if chr(point) not in "\t\n\r\x85"
}

# ── documents ─────────────────────────────────────────────────────────────────────────────────


def with_doctype(doctype: str, *entries: str) -> str:
    declaration, _, rest = feed_with(*entries).partition("?>")
    return f"{declaration}?><!DOCTYPE rss {doctype}>{rest}"


def laughs(levels: int = 9, each: int = 10) -> str:
    """A document whose entities would expand to `each` to the power of `levels` words."""
    entities = '<!ENTITY a0 "lol">' + "".join(
        f'<!ENTITY a{level} "{f"&a{level - 1};" * each}">' for level in range(1, levels + 1)
    )
    return with_doctype(f"[{entities}]", entry(title=f"&a{levels};"))


def opening(path: str, address: str) -> dict[str, str]:
    """Documents that ask their reader to open a file or an address."""
    inclusion = 'xmlns:xi="http://www.w3.org/2001/XInclude"'
    shown = entry(title="shown", description="&x;")
    return {
        "an external entity, a file": with_doctype(f'[<!ENTITY x SYSTEM "file://{path}">]', shown),
        "an external entity, an address": with_doctype(f'[<!ENTITY x SYSTEM "{address}">]', shown),
        "an external entity, public": with_doctype(f'[<!ENTITY x PUBLIC "x" "{address}">]', shown),
        "a parameter entity": with_doctype(f'[<!ENTITY % p SYSTEM "{address}"> %p;]', shown),
        "an unparsed entity": with_doctype(
            f'[<!NOTATION n SYSTEM "{path}"><!ENTITY x SYSTEM "{path}" NDATA n>]', shown
        ),
        "an external DTD": with_doctype(f'SYSTEM "{address}"', shown),
        "a style sheet": f'<?xml-stylesheet href="{address}"?>{feed_with(shown)}',
        "XInclude of a text": feed_with(
            f'<item {inclusion}><title>x</title><xi:include href="{path}" parse="text"/></item>'
        ),
        "XInclude of a document": feed_with(
            f'<xi:include {inclusion} href="{address}"><xi:fallback/></xi:include>'
        ),
        "a schema": feed_with(
            '<item xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
            f' xsi:schemaLocation="x {address}"><title>x</title></item>'
        ),
        "an enclosure": feed_with(f'<item><title>x</title><enclosure url="{address}"/></item>'),
        "content elsewhere": ATOM.replace(
            "<summary>", f'<content src="{address}" type="text/html"/><summary>'
        ),
        "a base": feed_with(f'<item xml:base="{address}"><title>x</title><link>a</link></item>'),
        "an image in a text": feed_with(
            entry(title="x", description=f"&lt;img src='{address}'&gt;&lt;iframe src='{path}'&gt;")
        ),
        "a path in its place": f" {path}\n",
        "an address in its place": address,
    }


# Shapes that cost a parser memory or recursion; each holds the neighbour.
SHAPES = {
    "deep elements in an entry": feed_with(entry(title="x", description="<b>" * 5_000)),
    "deep elements, closed": feed_with(
        entry(title="x", description=f"{'<b>' * 5_000}{'</b>' * 5_000}")
    ),
    "deep markup in a text": feed_with(entry(title="x", description="&lt;div&gt;" * 5_000)),
    "a deep table in a text": feed_with(
        entry(title="x", description="&lt;table&gt;&lt;tr&gt;&lt;td&gt;" * 1_000)
    ),
    "unclosed formatting": feed_with(
        entry(title="x", description="&lt;font a=1&gt;&lt;p&gt;" * 1_000)
    ),
    "deep unknown elements": feed_with(f"{'<x>' * 5_000}{'</x>' * 5_000}"),
    "a giant attribute": feed_with(f'<item x="{"a" * (1 << 20)}"><title>x</title></item>'),
    "many attributes": feed_with(
        f"<item {' '.join(f'a{n}=1' for n in range(5_000))}><title>x</title></item>"
    ),
    "a giant element name": feed_with(entry(title="x", **{"a" * (1 << 18): "y"})),
    "a giant title": feed_with(entry(title="word " * 200_000)),
    "one giant word": feed_with(entry(title="x", description="w" * (1 << 20))),
    "many categories": feed_with(
        entry(title="x") + "".join(f"<category>{n}</category>" for n in range(5_000))
    ),
    "many namespaces": feed_with(
        *(f'<item xmlns:n{n}="urn:{n}"><n{n}:x/><title>x{n}</title></item>' for n in range(500))
    ),
    "many comments": feed_with("<!-- - -->" * 10_000, entry(title="x")),
    "many processing instructions": feed_with("<?x y?>" * 10_000, entry(title="x")),
    "many sections of text": feed_with(entry(title="x", description="<![CDATA[a]]>" * 10_000)),
    "NULs": feed_with(entry(title="\x00x\x00" * 1_000)),
    "an entry in an entry": feed_with(
        "<item><title>outer</title><item><title>inner</title></item></item>"
    ),
    "an entry in a title": feed_with(entry(title="a<item><title>b</title></item>")),
    "a channel in an entry": feed_with(
        "<item><title>x</title><channel><title>y</title></channel></item>"
    ),
    "an Atom entry in RSS": feed_with(
        '<entry xmlns="http://www.w3.org/2005/Atom"><title>x</title></entry>'
    ),
    "RSS in Atom": ATOM.replace("<entry>", f"{item('x')}<entry>", 1),
    "the wrong case": feed_with("<ITEM><TITLE>x</TITLE></ITEM>"),
    "a prefix of no namespace": feed_with("<item><a:b:c>x</a:b:c><title>x</title></item>"),
    "the namespace of XML, taken": feed_with('<item xmlns:xml="urn:x"><title>x</title></item>'),
    "elements closed in a wrong order": feed_with("<item><title>x</item></title>"),
    "an entry never closed": rss("<item><title>x</title>", item(NEIGHBOUR)),
    "two roots": feed_with(entry(title="x")) + feed_with(entry(title="y")),
    "text after the end": feed_with(entry(title="x")) + "garbage & <<<",
    "text between entries": feed_with("text & more < text", entry(title="x")),
    "an attribute without quotes": feed_with("<item a=b c><title>x</title></item>"),
    "an attribute twice": feed_with('<item a="1" a="2"><title>x</title></item>'),
    "fields with the names of ours": feed_with(
        entry(title="x", links="1", tags="2", content="3", source="4", id="5", published="6",
              published_parsed="7", language="8", title_detail="9", summary_detail="10",
              href="11", rel="12", value="13", authors="14", enclosures="15")
    ),
    "empty elements": feed_with("<item><title/><link/><guid/><pubDate/><description/></item>"),
    "everything twice": feed_with(
        f"<item>{'<title>x</title><link>https://news.example/x</link><guid>x</guid>' * 2}</item>"
    ),
    "base64 that is none": feed_with(
        '<item><title>x</title><content type="application/octet-stream" mode="base64">%%%</content>'
        "</item>"
    ),
    "numbers beyond Unicode": feed_with(entry(title="&#x110000;&#xFFFFFFFF;&#55357;&#56960;")),
    "a number of a thousand digits": feed_with(entry(title=f"&#{'9' * 1_000};&#x{'f' * 1_000};")),
    "half a reference": feed_with(entry(title="&#x; &#; &; &#xg; &amp &lt")),
}  # fmt: skip


def many(count: int) -> str:
    """A feed of so many entries, each with a text of some 300 characters."""
    text = "The exercise was held off the coast, the ministry said in a statement. " * 4
    return rss(*(item(f"Title {number}", text=text) for number in range(count)))


def cut(document: str) -> list[bytes]:
    """Return a document cut off at each of its bytes."""
    whole = document.encode()
    return [whole[:end] for end in range(len(whole))]
