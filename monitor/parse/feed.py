"""Bytes of a feed → articles, with feedparser. Pure: opens no file and no socket.

A hostile feed can hold feedparser for a minute, with the interpreter's lock held, so callers
run this in a worker that they can kill. What real feeds get wrong and this mends: a wrong
declared encoding, references to characters that do not exist, missing ids, missing or absurd
dates, relative links, markup in titles.
"""

from __future__ import annotations

import io
import re
from collections import Counter
from dataclasses import dataclass
from typing import Any

import feedparser

from monitor.errors import ParseError, PollReason
from monitor.feeds.websub import links_of, named_hub
from monitor.model import Article, Document, Unread
from monitor.parse.dates import published_at
from monitor.parse.encoding import in_utf8
from monitor.parse.incremental import (
    NOTHING,
    EntryFingerprint,
    SplitDocument,
    packed,
    separated,
    unpacked,
)
from monitor.parse.polling_hints import wishes_of
from monitor.parse.recovery import UnparsableEntry, count_entries, is_whole, read_apart
from monitor.text.headlines import headline_key
from monitor.text.language import language
from monitor.text.normalize import (
    absolute_link,
    canonical_link,
    clean,
    content_key,
    digest,
    plain,
    shorten,
)

_HTML = re.compile(rb"<(?:!doctype\s+html|html)\b", re.IGNORECASE)
_TITLE_WIDTH = 120

# Expat reads all; feedparser would look for another parser each time, in vain and at some cost.
feedparser.api.PREFERRED_XML_PARSERS = []


@dataclass(frozen=True, slots=True)
class Source:
    """What is known of a document besides its bytes; `lang`, `publisher`, `kind` as configured."""

    url: str = ""
    content_type: str = ""
    lang: str = ""
    publisher: str = ""
    kind: str = ""

    @property
    def base(self) -> str:
        """What links are relative to: without the query of the address, which may hold a secret."""
        return self.url.partition("?")[0]


def parse(
    body: bytes,
    source: Source,
    known: frozenset[bytes] = frozenset(),
    entry_fingerprints: bytes = b"",
) -> Document:
    """Parse a feed; entries whose digest is in `known` are left out of the articles.

    `entry_fingerprints` of an earlier document save time and change nothing else: an entry that
    stands there byte for byte is not read again. Raises ParseError with the reason `empty`, `html`,
    `not-a-feed` or `unparsable`.
    """
    if not body.strip():
        raise ParseError(PollReason.EMPTY, "the answer has no content")
    document = in_utf8(body, source.content_type)
    same = {
        mark: each for mark, each in unpacked(entry_fingerprints).items() if each.digest in known
    }
    parts = separated(document, source.base, same)
    parsed = _changed(parts, same) if parts else None
    if parsed is None:
        parsed, same = _whole(document), {}
        if not parsed.get("version"):
            if _HTML.search(body[:2048]):
                raise ParseError(PollReason.HTML, "a web page came instead of a feed")
            raise ParseError(PollReason.NOT_A_FEED, "neither RSS nor Atom")
        if parts and (parsed["bozo"] or len(parsed["entries"]) != len(parts.marks)):
            parts = None
    return _document(document, parsed, source, known, _imprinted(parsed, source, parts, same))


def _changed(parts: SplitDocument, same: dict[bytes, EntryFingerprint]) -> Any:
    """Read a document without the entries that are the same; None where that may mislead."""
    fresh = sum(mark not in same for mark in parts.marks)
    if fresh == len(parts.marks):
        return None
    try:
        parsed = _feedparser(parts.without(same))
    except ParseError:
        return None
    plain = parsed.get("version") and not parsed["bozo"] and len(parsed["entries"]) == fresh
    return parsed if plain else None


def _imprinted(
    parsed: Any, source: Source, parts: SplitDocument | None, same: dict[bytes, EntryFingerprint]
) -> list[tuple[EntryFingerprint, Any]]:
    """Return each entry of a document with its imprint; None for one that is the same."""
    entries = iter(parsed.get("entries", []))
    marks = parts.marks if parts else (NOTHING,) * len(parsed.get("entries", []))
    return [
        (same[mark], None)
        if mark in same
        else (_imprint(entry := next(entries), mark, source), entry)
        for mark in marks
    ]


def _document(
    document: bytes,
    parsed: Any,
    source: Source,
    known: frozenset[bytes],
    entries: list[tuple[EntryFingerprint, Any]],
) -> Document:
    feed = parsed.get("feed", {})
    lang = source.lang or _primary(str(feed.get("language") or ""))
    # one that a document holds twice is one entry
    distinct = {imprint.digest: (imprint, entry) for imprint, entry in entries}
    context = _Context(source, lang, [imprint for imprint, _ in distinct.values()])
    articles, unread = _read(distinct, context, known)
    entry_fingerprints = packed(imprint for imprint, _ in entries if imprint.mark != NOTHING)
    title, polling_hints = plain(str(feed.get("title") or "")), wishes_of(document, feed)
    hub = named_hub(links_of(feed), source.base)
    return Document(
        title, lang, frozenset(distinct), articles, unread, polling_hints, entry_fingerprints, hub
    )


def _whole(document: bytes) -> Any:
    """Read a document; where one entry spoils others, each by itself."""
    try:
        parsed = _feedparser(document)
        if not parsed.get("bozo") or is_whole(parsed["entries"], count_entries(document)):
            return parsed
    except ParseError:
        pass
    parsed, entries = read_apart(document, _feedparser)
    return {**parsed, "entries": entries, "bozo": True}


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
        raise ParseError(PollReason.UNPARSABLE, f"feedparser: {type(error).__name__}") from error


def _imprint(entry: Any, mark: bytes, source: Source) -> EntryFingerprint:
    """Return what is remembered of an entry.

    The digest is over what the feed sent, before any cleaning, so that known entries cost no
    more than it; dates are left out, since a bumped date is no news.
    """
    if isinstance(entry, UnparsableEntry):
        content_digest = digest(entry.markup.decode("utf-8", "replace"))
        return EntryFingerprint(mark, content_digest, NOTHING, NOTHING, NOTHING)
    content = "".join(str(part.get("value") or "") for part in entry.get("content", ()))
    origin = str((entry.get("source") or {}).get("title") or "")
    parts = [str(entry.get(name) or "") for name in ("id", "link", "title", "summary")]
    link = canonical_link(_link(entry, source))
    return EntryFingerprint(
        mark,
        digest(*parts, content, origin),
        digest("id", parts[0]) if parts[0] else NOTHING,
        digest("link", link) if link else NOTHING,
        digest(*parts[2:]),
    )


class _Context:
    """What an entry needs to know of its document: which ids, links and contents are no key."""

    def __init__(
        self, source: Source, lang: str, entry_fingerprints: list[EntryFingerprint]
    ) -> None:
        self.source = source
        self.lang = lang
        self._ids = Counter(imprint.id for imprint in entry_fingerprints)
        self._links = Counter(imprint.link for imprint in entry_fingerprints)
        self._contents = Counter(imprint.content for imprint in entry_fingerprints)

    def id_key(self, imprint: EntryFingerprint) -> bytes | None:
        """Return the entry's id as a key, if it has one of its own."""
        return imprint.id if imprint.id != NOTHING and self._ids[imprint.id] == 1 else None

    def link_key(self, imprint: EntryFingerprint) -> bytes | None:
        """Return the entry's link as a key, if it has one of its own."""
        return imprint.link if imprint.link != NOTHING and self._links[imprint.link] == 1 else None

    def is_alone(self, imprint: EntryFingerprint) -> bool:
        """Whether no other entry looks the same to a reader, roughly."""
        return self._contents[imprint.content] == 1


def _link(entry: Any, source: Source) -> str:
    """Return the entry's link, absolute; an id that is an address stands in for a missing one."""
    link = _own_link(entry)
    return (
        absolute_link(link, source.base) if link else absolute_link(str(entry.get("id") or ""), "")
    )


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
    entries: dict[bytes, tuple[EntryFingerprint, Any]], context: _Context, known: frozenset[bytes]
) -> tuple[tuple[Article, ...], tuple[Unread, ...]]:
    articles: list[Article] = []
    unread: list[Unread] = []
    for key, (imprint, entry) in entries.items():
        if key in known:
            continue
        if isinstance(entry, UnparsableEntry):
            unread.append(Unread((key,), f"unreadable: {entry.reason}"))
            continue
        try:
            article = _article(entry, imprint, context)
        except Exception as error:  # noqa: BLE001 - one entry that we cannot read must not cost its neighbours
            unread.append(Unread((key,), f"unreadable: {type(error).__name__}"))
            continue
        if article.title:
            articles.append(article)
        else:
            keys = tuple(each for each in (article.id_key, article.link_key) if each)
            unread.append(Unread(keys or (key,), "no title and no text"))
    return tuple(articles), tuple(unread)


def _article(entry: Any, imprint: EntryFingerprint, context: _Context) -> Article:
    source = clean(str((entry.get("source") or {}).get("title") or ""))
    text = _text(entry)
    title = plain(str(entry.get("title") or ""))
    if source:
        title = title.removesuffix(f" - {source}")
    title = title or shorten(text, _TITLE_WIDTH)
    return Article(
        id=clean(str(entry.get("id") or "")),
        link=_link(entry, context.source),
        title=title,
        text=text,
        lang=language(title, text, context.lang or str(entry.get("language") or "")),
        publisher=source or context.source.publisher,
        kind=context.source.kind,
        published_at=published_at(entry),
        id_key=context.id_key(imprint),
        link_key=context.link_key(imprint),
        content_key=content_key(title, text) if context.is_alone(imprint) else None,
        title_key=headline_key(title),
        digest=digest(title, text),
    )


def _text(entry: Any) -> str:
    """Return summary and content, each once: content often begins with the summary."""
    summary = plain(str(entry.get("summary") or ""))
    content = max(
        (plain(str(part.get("value") or "")) for part in entry.get("content", ())),
        key=len,
        default="",
    )
    if not content or content in summary:
        return summary
    head = summary[:80].rstrip("….")
    return content if head in content else f"{summary} {content}"


def _primary(lang: str) -> str:
    """Return the primary subtag: `en-US` is `en`."""
    return re.split(r"[-_]", clean(lang), maxsplit=1)[0].lower()
