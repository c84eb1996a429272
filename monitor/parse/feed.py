"""The bytes of a feed → articles. Pure: opens no file and no socket.

Well-formed documents of the usual kinds are read by `wellformed`, all others by feedparser, which
costs ten times as much. A hostile feed can hold feedparser for a minute, with the interpreter's
lock held, so callers run `parse` in a worker that they can kill. Mistakes of real feeds that are
mended here: a wrong declared encoding, references to characters that do not exist, missing ids,
missing or absurd dates, relative links, markup in titles.

    bytes ─▶ in_utf8 ─▶ read_well_formed or feedparser ─▶ fingerprints ─▶ articles
"""

from __future__ import annotations

import io
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import feedparser

from monitor.errors import ParseError, PollReason
from monitor.feeds.websub import links_of, named_hub
from monitor.model import Article, MatchedArticle, Scan, Source, Unread
from monitor.parse.cut_off import closed, has_no_entry
from monitor.parse.document import DocumentContext
from monitor.parse.encoding import decoded, in_utf8
from monitor.parse.entries import EntryFingerprint, EntryReader
from monitor.parse.inputs import WATCH, may_be_input, read_input
from monitor.parse.inputs.page_watch import WatchedPage, built_page, watched
from monitor.parse.inputs.sitemap import MOST_SITEMAPS, newest_sitemaps
from monitor.parse.polling_hints import hints_of
from monitor.parse.recovery import UnparsableEntry, count_entries, is_whole, read_apart
from monitor.parse.severity import point_of, severity_of
from monitor.parse.wellformed import read_well_formed
from monitor.text.headlines import headline_key
from monitor.text.language import language
from monitor.text.normalize import clean, content_key, digest, plain, shorten

if TYPE_CHECKING:
    from collections.abc import Callable

    from monitor.parse.inputs.built import Built

_HTML = re.compile(rb"<(?:!doctype\s+html|html)\b", re.IGNORECASE)
_JUDGED = 500  # characters of a text by which it is judged whether it is legible
_FEW_BROKEN = 3  # broken characters that readers get over
_MOST_LEGIBLE = 4  # letters to a broken one, below which it is not
_ENTITY = re.compile(rb"<!ENTITY[^>]*>")
_TITLE_WIDTH = 120  # characters of a title that is the beginning of the text

# Expat is always there; feedparser would look for other parsers each time, in vain and at a cost.
feedparser.api.PREFERRED_XML_PARSERS = []


def parse(
    body: bytes,
    source: Source,
    known: frozenset[bytes] = frozenset(),
    *,
    readers: tuple[Callable[[bytes], Any], ...] = (),
) -> Scan:
    """Parse a feed; entries whose digest is in `known` are left out of the articles.

    Of a document that ends early, the whole entries are read. The first of the `readers` that
    returns something reads the document. Raises ParseError with the reason `empty`, `html`,
    `not-a-feed`, `unparsable` or `broken-off`.
    """
    if not body.strip():
        raise ParseError(PollReason.EMPTY, "the answer has no content")
    found = _of_input(body, source, known) if may_be_input(body, source) else None
    if found is not None:
        return found
    document, cut_off = _whole_entries(in_utf8(body, source.content_type), source)
    parsed = _first(readers or READERS, document)
    if not parsed.get("version"):
        raise _not_a_feed(body)
    found = _scanned(document, parsed, EntryReader(source, document, parsed), known)
    return replace(found, cut_off=True) if cut_off else found


def _of_input(body: bytes, source: Source, known: frozenset[bytes]) -> Scan | None:
    """Return the scan of a document that is no RSS and no Atom, None for one that may be."""
    document = decoded(body, source.content_type)
    if source.input.kind == WATCH:
        return _of_watched_page(watched(document, source), source, known)
    if follow := newest_sitemaps(document, MOST_SITEMAPS):
        return Scan("", "", frozenset(), (), (), follow=tuple(follow))
    built = read_input(document, source)
    if built is None:
        return None
    scan = _of_built(built, source, known)
    return replace(scan, cut_off=source.cut_off)


def _of_built(built: Built, source: Source, known: frozenset[bytes]) -> Scan:
    return _scanned(b"", built, EntryReader(source, b"", built), known)


def _of_watched_page(page: WatchedPage, source: Source, known: frozenset[bytes]) -> Scan:
    """Return the new sentences of a page as one article; a page that is new is one as a whole.

    The page's address is the link of all its articles, so their identity is their id.
    """
    scan = _of_built(built_page(page, source, known), source, frozenset())
    scanned = [replace(each, article=replace(each.article, link_key=None)) for each in scan.scanned]
    keys = frozenset(each.article.id_key for each in scanned if each.article.id_key)
    return replace(scan, known=frozenset(page.sentences), scanned=tuple(scanned), served=keys)


def _whole_entries(document: bytes, source: Source) -> tuple[bytes, bool]:
    """Return what can be read of a document, and whether the document ends early."""
    whole = closed(document)
    if whole is not None:
        return whole, True
    if source.cut_off and has_no_entry(document):
        raise ParseError(PollReason.BROKEN_OFF, "the answer ended within its first entry")
    return document, False


def _first(readers: tuple[Callable[[bytes], Any], ...], document: bytes) -> Any:
    return next(parsed for read in readers if (parsed := read(document)) is not None)


def _not_a_feed(body: bytes) -> ParseError:
    if _HTML.search(body[:2048]):
        return ParseError(PollReason.HTML, "a web page came instead of a feed")
    return ParseError(PollReason.NOT_A_FEED, "neither RSS nor Atom")


def _scanned(document: bytes, parsed: Any, reader: EntryReader, known: frozenset[bytes]) -> Scan:
    feed = parsed.get("feed", {})
    lang = reader.source.lang or _primary(str(feed.get("language") or ""))
    entries = [(reader.fingerprint(entry), entry) for entry in parsed.get("entries", [])]
    distinct = {each.digest: (each, entry) for each, entry in entries}  # one of two equal entries
    context = DocumentContext(reader, lang, distinct.values())
    articles, unread = _read(distinct, context, known)
    return Scan(
        title=plain(str(feed.get("title") or "")),
        lang=lang,
        known=frozenset(distinct),
        scanned=tuple(map(MatchedArticle, articles)),
        unread=unread,
        polling_hints=hints_of(document, feed),
        hub=named_hub(links_of(feed), reader.source.base),
        served=context.keys(),
    )


def read_leniently(document: bytes) -> Any:
    """Read a document with feedparser; part by part where one entry spoils others."""
    try:
        parsed = _feedparser(document)
        if not parsed.get("bozo") or is_whole(parsed["entries"], count_entries(document)):
            return parsed
    except ParseError:
        pass
    parsed, entries = read_apart(document, _feedparser)
    return {**parsed, "entries": entries, "bozo": True}


READERS: tuple[Callable[[bytes], Any], ...] = (read_well_formed, read_leniently)


def _feedparser(document: bytes) -> Any:
    """Return feedparser's result for a document in UTF-8. Raises ParseError (`unparsable`).

    The document is wrapped in BytesIO: feedparser opens bytes that look like a path or an address.
    feedparser's sanitizer and link resolver double the cost and are not needed: only text is kept.
    feedparser takes an entity's text for a template, in which a backslash has a meaning.
    """
    headers = {"content-type": "application/xml; charset=utf-8"}
    document = _ENTITY.sub(lambda found: found[0].replace(b"\\", rb"\\"), document)
    try:
        return feedparser.parse(
            io.BytesIO(document),
            response_headers=headers,
            sanitize_html=False,
            resolve_relative_uris=False,
        )
    except (MemoryError, SystemError):
        raise
    except Exception as error:  # feedparser lets through the errors of its parsers
        raise ParseError(PollReason.UNPARSABLE, f"feedparser: {type(error).__name__}") from error


def _read(
    entries: dict[bytes, tuple[EntryFingerprint, Any]],
    context: DocumentContext,
    known: frozenset[bytes],
) -> tuple[tuple[Article, ...], tuple[Unread, ...]]:
    articles: list[Article] = []
    unread: list[Unread] = []
    for key, (fingerprint, entry) in entries.items():
        if key in known:
            continue
        if isinstance(entry, UnparsableEntry):
            unread.append(Unread((key,), f"unreadable: {entry.reason}"))
            continue
        try:
            article = _article(entry, fingerprint, context)
        except (MemoryError, SystemError):
            raise
        except Exception as error:  # noqa: BLE001 - one unreadable entry must not cost the others
            unread.append(Unread((key,), f"unreadable: {type(error).__name__}"))
            continue
        if reason := _illegible(article):
            keys = tuple(each for each in (article.id_key, article.link_key) if each)
            unread.append(Unread(keys or (key,), reason))
        else:
            articles.append(article)
    return tuple(articles), tuple(unread)


def _illegible(article: Article) -> str:
    """Return why nobody could read an article, "" if one can."""
    if not article.title:
        return "no title and no text"
    words = article.title + article.text[:_JUDGED]
    broken = words.count("\ufffd")
    if broken > _FEW_BROKEN and _MOST_LEGIBLE * broken > sum(map(str.isalnum, words)):
        return "its characters are in an unknown encoding"
    return ""


def _article(entry: Any, fingerprint: EntryFingerprint, context: DocumentContext) -> Article:
    origin = entry.get("source")
    source = clean(str(origin.get("title") or "")) if origin else ""
    text, title = context.reader.text(entry), context.reader.title(entry)
    published_at, doubt = context.date(fingerprint)
    if source:
        title = title.removesuffix(f" - {source}")
    title = title or shorten(text, _TITLE_WIDTH)
    return Article(
        id=clean(str(entry.get("id") or "")),
        link=fingerprint.address,
        title=title,
        text=text,
        lang=language(title, text, context.lang or str(entry.get("language") or "")),
        publisher=source or context.source.publisher,
        kind=context.source.kind,
        published_at=published_at,
        id_key=context.id_key(fingerprint),
        link_key=context.link_key(fingerprint),
        content_key=content_key(title, text) if context.has_own_content(fingerprint) else None,
        title_key=headline_key(title),
        digest=digest(title, text),
        date_doubt=doubt,
        severity=severity_of(entry),
        point=point_of(entry),
    )


def _primary(lang: str) -> str:
    """Return the primary subtag of a language tag: `en` of `en-US`."""
    return re.split(r"[-_]", clean(lang), maxsplit=1)[0].lower()
