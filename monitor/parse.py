"""Bytes of a feed → articles, with feedparser. Pure: opens no file and no socket.

A hostile feed can hold feedparser for a minute, with the interpreter's lock held, so callers
run this in a worker that they can kill. What real feeds get wrong and this mends: a wrong
declared encoding, references to characters that do not exist, missing ids, missing or absurd
dates, relative links, markup in titles.
"""

from __future__ import annotations

import codecs
import io
import re
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import feedparser
from dateutil import parser as dates

from monitor.errors import ParseError
from monitor.language import language
from monitor.model import Article, Document, Unread, Wishes
from monitor.text import (
    absolute_link,
    canonical_link,
    clean,
    content_key,
    digest,
    plain,
    shorten,
    title_form,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from time import struct_time

_DECLARED = re.compile(rb"""^\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9._:-]{1,40})""")
_DECLARATION = re.compile(r"^\s*<\?xml[^>]{0,400}\?>")
_WIDE = ("utf-16", "utf-32", "utf_16", "utf_32", "utf16", "utf32", "ucs")
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([A-Za-z0-9._:-]{1,40})", re.IGNORECASE)
_REFERENCE = re.compile(r"&#(?:[xX]0*([0-9A-Fa-f]+)|0*([0-9]+));?")
_HTML = re.compile(rb"<(?:!doctype\s+html|html)\b", re.IGNORECASE)
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# What these names mean on the web (WHATWG Encoding, section 4.2), not in the standards.
_WEB_NAMES = {
    "iso8859-1": "cp1252",
    "ascii": "cp1252",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "euc_kr": "cp949",
    "shift_jis": "cp932",
    "iso8859-9": "cp1254",
    "tis-620": "cp874",
}
_ZONES = {"KST": 32_400, "JST": 32_400, "MSK": 10_800, "EET": 7_200, "EEST": 10_800}
_ZONES |= {"CET": 3_600, "CEST": 7_200, "BST": 3_600, "IST": 19_800, "HKT": 28_800, "SGT": 28_800}
# Dates that feedparser misreads: it ignores these zones, so that a time in Seoul would be one in
# London, and takes of `2024년 10월 31일` the year, with the month of today.
_MISREAD = re.compile(rf"\b(?:GMT|UTC)\s?[+-]\d|\b(?:{'|'.join(_ZONES)})\s*$|^\s*\d{{4}}\s*[년年]")
_MINUTES = re.compile(r"[0-9]{1,6}")
_HOUR = re.compile(rb"<hour>\s{0,20}([01]?[0-9]|2[0-4])\s{0,20}</hour>")
_DAY = re.compile(rb"<day>\s{0,20}([A-Za-z]{6,9})\s{0,20}</day>")
_WEEK = (b"monday", b"tuesday", b"wednesday", b"thursday", b"friday", b"saturday", b"sunday")
_FIRST_YEAR = 1990  # older dates are a clock that was never set, or an archive: no news either way
_TITLE_WIDTH = 120


@dataclass(frozen=True, slots=True)
class Source:
    """What is known of a document besides its bytes; `lang`, `publisher`, `kind` as configured."""

    url: str = ""
    content_type: str = ""
    lang: str = ""
    publisher: str = ""
    kind: str = ""


def parse(body: bytes, source: Source, known: frozenset[bytes] = frozenset()) -> Document:
    """Parse a feed; entries whose digest is in `known` are left out of the articles.

    Raises ParseError with the reason `empty`, `html`, `not-a-feed` or `unparsable`.
    """
    if not body.strip():
        raise ParseError("empty", "the answer has no content")
    document = _decode(body, source.content_type)
    parsed = _feedparser(document)
    if not parsed.get("version"):
        if _HTML.search(body[:2048]):
            raise ParseError("html", "a web page came instead of a feed")
        raise ParseError("not-a-feed", "neither RSS nor Atom")
    feed = parsed.get("feed", {})
    lang = source.lang or _primary(str(feed.get("language") or ""))
    entries = _distinct(parsed.get("entries", []))
    articles, unread = _read(entries, _Context(source, lang, entries), known)
    title, wishes = plain(str(feed.get("title") or "")), _wishes(document, feed)
    return Document(title, lang, frozenset(entries), articles, unread, wishes)


def _wishes(document: bytes, feed: Any) -> Wishes:
    """Return what an RSS document asks of those who poll it; feedparser knows its ttl only."""
    ttl = str(feed.get("ttl") or "").strip()
    around = document[: document.find(b"<item")], document[document.rfind(b"</item>") :]
    hours = {int(hour) for part in around for hour in _skipped(part, b"skipHours", _HOUR)}
    days = {day.lower() for part in around for day in _skipped(part, b"skipDays", _DAY)}
    return Wishes(
        ttl=int(ttl) * 60.0 if _MINUTES.fullmatch(ttl) else 0.0,
        skip_hours=frozenset(hour % 24 for hour in hours),  # 24 is an old way to write 0
        skip_days=frozenset(number for number, day in enumerate(_WEEK) if day in days),
    )


def _skipped(part: bytes, name: bytes, each: re.Pattern[bytes]) -> list[bytes]:
    _, _, after = part.partition(b"<%b>" % name)
    return each.findall(after.partition(b"</%b>" % name)[0])


def _feedparser(document: bytes) -> Any:
    """Call feedparser on bytes in UTF-8.

    Wrapped in BytesIO, since feedparser takes bytes that look like a path or an address for one.
    Its sanitizer and link resolver double the cost and are not needed: only text is kept.
    """
    headers = {"content-type": "application/xml; charset=utf-8"}
    try:
        return feedparser.parse(
            io.BytesIO(document),
            response_headers=headers,
            sanitize_html=False,
            resolve_relative_uris=False,
        )
    except Exception as error:  # feedparser raises whatever its parsers do
        raise ParseError("unparsable", f"feedparser: {type(error).__name__}") from error


def _decode(body: bytes, content_type: str) -> bytes:
    """Return the document in UTF-8, whatever it declares or is declared to be."""
    text = _to_text(body, content_type)
    text = _REFERENCE.sub(_existing_reference, text)
    return _DECLARATION.sub("", text, count=1).encode("utf-8", "replace")


def _to_text(body: bytes, content_type: str) -> str:
    """Decode by byte-order mark, then UTF-8 if it fits, then the declarations.

    Text in another encoding is practically never valid UTF-8 by chance, while declarations are
    often wrong; only a 7-bit encoding or one without a byte-order mark must be believed.
    """
    for mark, encoding in _BOMS:
        if body.startswith(mark):
            return body.decode(encoding, "replace").removeprefix("\ufeff")
    declared = [*_declared(body), *(m[1] for m in [_CHARSET.search(content_type)] if m)]
    if b"\0" not in body[:64]:  # one byte a character, so these are a slip of the publisher's tools
        declared = [name for name in declared if not name.lower().startswith(_WIDE)]
    if not any(name.lower().startswith((*_WIDE, "iso-2022", "hz")) for name in declared):
        try:
            return body.decode("utf-8")
        except UnicodeDecodeError:
            pass
    for name in [*declared, "utf-8"]:
        try:
            encoding = codecs.lookup(name).name
            return body.decode(_WEB_NAMES.get(encoding, encoding))
        except (LookupError, UnicodeError):
            continue
    damaged = not declared or declared[0].lower() in {"utf-8", "utf8"}
    try:
        return body.decode("utf-8" if damaged else _web_codec(declared[0]), "replace")
    except (LookupError, UnicodeError):  # no encoding of text, such as `hex`
        return body.decode("utf-8", "replace")


def _declared(body: bytes) -> Iterator[str]:
    if body[:2] == b"<\x00" or body[:2] == b"\x00<":
        yield "utf-16-le" if body[:2] == b"<\x00" else "utf-16-be"
    elif found := _DECLARED.match(body[:1024]):
        yield found[1].decode("ascii")


def _web_codec(name: str) -> str:
    try:
        encoding = codecs.lookup(name).name
    except LookupError:
        return "utf-8"
    return _WEB_NAMES.get(encoding, encoding)


def _existing_reference(found: re.Match[str]) -> str:
    """Keep a reference to a character that XML allows, replace any other by U+FFFD."""
    digits = (found[1] or found[2])[:9]  # more of them are beyond Unicode anyway
    point = int(digits, 16 if found[1] else 10)
    allowed = point in {9, 10, 13} or 0x20 <= point <= 0xD7FF or 0xE000 <= point <= 0x10FFFF  # noqa: PLR2004 - the XML 1.0 Char production
    return found[0] if allowed else "\ufffd"


def _distinct(entries: list[Any]) -> dict[bytes, Any]:
    """Return the entries by digest: one that a document holds twice is one entry.

    The digest is over what the feed sent, before any cleaning, so that known entries cost no
    more than it; dates are left out, since a bumped date is no news.
    """
    return {_raw_digest(entry): entry for entry in entries}


def _raw_digest(entry: Any) -> bytes:
    content = "".join(str(part.get("value") or "") for part in entry.get("content", ()))
    source = str((entry.get("source") or {}).get("title") or "")
    parts = (str(entry.get(name) or "") for name in ("id", "link", "title", "summary"))
    return digest(*parts, content, source)


class _Context:
    """What an entry needs to know of its document: which ids and links are no key."""

    def __init__(self, source: Source, lang: str, entries: dict[bytes, Any]) -> None:
        self.source = source
        self.lang = lang
        self.ids = Counter(str(entry.get("id") or "") for entry in entries.values())
        self.links = Counter(canonical_link(self.link(entry)) for entry in entries.values())
        self.contents = Counter(_content(entry) for entry in entries.values())

    def link(self, entry: Any) -> str:
        """Return the entry's link, absolute; an id that is an address stands in for a missing one.

        The query of the document's own address is left out of the base: it may hold a secret.
        """
        base = (self.source.url or "").partition("?")[0]
        link = _own_link(entry)
        return absolute_link(link, base) if link else absolute_link(str(entry.get("id") or ""), "")


def _own_link(entry: Any) -> str:
    """Return the link to the article itself.

    feedparser's own choice is the last alternate link, which in some feeds leads to a related
    article; the first does not, nor one that is the entry's id as well.
    """
    found = entry.get("links")
    links = found if isinstance(found, list) else []  # an element named `links` takes its place
    addresses = [str(each.get("href") or "") for each in links if each.get("rel") == "alternate"]
    if entry.get("id") in addresses:
        return str(entry["id"])
    return next(filter(None, addresses), str(entry.get("link") or ""))


def _read(
    entries: dict[bytes, Any], context: _Context, known: frozenset[bytes]
) -> tuple[tuple[Article, ...], tuple[Unread, ...]]:
    articles: list[Article] = []
    unread: list[Unread] = []
    for key, entry in entries.items():
        if key in known:
            continue
        try:
            article = _article(entry, context)
        except Exception as error:  # noqa: BLE001 - one entry that we cannot read must not cost its neighbours
            unread.append(Unread((key,), f"unreadable: {type(error).__name__}"))
            continue
        if article.title:
            articles.append(article)
        else:
            keys = tuple(each for each in (article.id_key, article.link_key) if each)
            unread.append(Unread(keys or (key,), "no title and no text"))
    return tuple(articles), tuple(unread)


def _article(entry: Any, context: _Context) -> Article:
    link = context.link(entry)
    source = clean(str((entry.get("source") or {}).get("title") or ""))
    text = _text(entry)
    title = plain(str(entry.get("title") or ""))
    if source:
        title = title.removesuffix(f" - {source}")
    title = title or shorten(text, _TITLE_WIDTH)
    entry_id, canonical = str(entry.get("id") or ""), canonical_link(link)
    return Article(
        id=clean(entry_id),
        link=link,
        title=title,
        text=text,
        lang=language(title, text, context.lang or str(entry.get("language") or "")),
        publisher=source or context.source.publisher,
        kind=context.source.kind,
        published_at=_published_at(entry),
        id_key=digest("id", entry_id) if entry_id and context.ids[entry_id] == 1 else None,
        link_key=digest("link", canonical) if canonical and context.links[canonical] == 1 else None,
        content_key=content_key(title, text) if context.contents[_content(entry)] == 1 else None,
        title_key=digest("title", title_form(title)),
        digest=digest(title, text),
    )


def _content(entry: Any) -> tuple[str, str]:
    """Return what makes two entries of a document look the same to a reader, roughly."""
    return str(entry.get("title") or ""), str(entry.get("summary") or "")


def _text(entry: Any) -> str:
    """Return summary and content, each once: content often begins with the summary."""
    summary = plain(str(entry.get("summary") or ""))
    content = max((plain(str(part.get("value") or "")) for part in entry.get("content", ())),
                  key=len, default="")  # fmt: skip
    if not content or content in summary:
        return summary
    head = summary[:80].rstrip("….")
    return content if head in content else f"{summary} {content}"


def _primary(lang: str) -> str:
    """Return the primary subtag: `en-US` is `en`."""
    return re.split(r"[-_]", clean(lang), maxsplit=1)[0].lower()


def _published_at(entry: Any) -> datetime | None:
    """Return the first date that makes sense, or None for an undated entry."""
    for name in ("published", "updated", "created"):
        text = str(entry[name] or "") if name in entry else ""  # `get` takes one for the other
        if not text:
            continue
        parsed = None if _MISREAD.search(text) else entry.get(f"{name}_parsed")
        found = _from_struct(parsed) or _from_text(text)
        if found and found.year >= _FIRST_YEAR:
            return found
    return None


def _from_struct(parsed: struct_time | None) -> datetime | None:
    if parsed is None:
        return None
    try:
        return datetime(*parsed[:5], min(parsed[5], 59), tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def _zone(name: str | None, offset: int | None) -> int:
    """Return a zone's seconds east of London; a name that says nothing to us means UTC."""
    return offset if offset is not None else _ZONES.get(name or "", 0)


def _from_text(text: str) -> datetime | None:
    """Read what feedparser cannot, such as `Thu,28 Jul 2022 4:35:5 GMT+9`; no zone means UTC."""
    if len(text) > 64:  # noqa: PLR2004 - no date is longer, and a long text costs dateutil dear
        return None
    text = re.sub(r"\b(?:GMT|UTC)\s?(?=[+-]\d)", "", text)  # dateutil reads GMT+9 as west of London
    try:
        found = dates.parse(text, default=datetime(1, 1, 1, tzinfo=UTC), tzinfos=_zone)
        return found.astimezone(UTC)
    except (ValueError, OverflowError, TypeError, AttributeError):
        return None
