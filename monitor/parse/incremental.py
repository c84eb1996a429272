"""A feed's document → its entries as bytes, where they are clearly separable. Pure.

    head │ entry │ entry │ … │ tail

Entries that the last poll had, byte for byte, are left out before feedparser reads the rest. The
result is that of reading the whole document only where an entry means the same wherever it stands.
feedparser carries more from one entry into the next than XML does: an unclosed or nested element
changes how it reads what follows. So a document is separable only if all its entries are flat
siblings without declarations of their own. The caller checks that the document is well-formed: for
others nothing here holds.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import blake2b
from struct import Struct
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_FIRST = re.compile(rb"<(item|entry)(?=[\s>])")
_GAP = re.compile(rb"\s*")
_ASIDES = ((b"<![CDATA[", b"]]>"), (b"<!--", b"-->"), (b"<?", b"?>"))
_ASIDE = re.compile(rb"<!\[CDATA\[.*?\]\]>|<!--.*?-->|<\?.*?\?>", re.DOTALL)
# An element without others in it. An element whose text has a bare `>` does not match, so that `<`
# and `>` stand at the ends of tags and nowhere else.
_LEAF = re.compile(rb"<([\w:.-]+)(?:\s[^<>]*)?(?:/>|(?<!/)>[^<>]*</\1\s*>)")
_TAG = re.compile(rb"<[^<>]*")
_NAME = re.compile(rb"<(?:[\w.-]*:)?([\w.-]+)")
# Elements that may hold others: none whose text feedparser reads as an article's.
_HOLDER = rb"<(%b)(?:\s[^<>]*)?(?<!/)>[^<>]*</\1\s*>"
_IN_HEAD = re.compile(
    _HOLDER % rb"author|contributor|image|skip(?:Hours|Days)|itunes:(?:owner|category)"
    rb"|items|rdf:(?:Seq|Bag)"
)
_IN_ENTRY = re.compile(_HOLDER % rb"author|contributor")
_MEDIA = re.compile(_HOLDER % rb"media:(?:content|group|community)")
_MEDIA_IS = re.compile(rb"xmlns:media\s*=\s*[\"']http://search\.yahoo\.com/mrss/?[\"']")
_HEAD = re.compile(
    rb"[^<>]*(?:<rss(?:\s[^<>]*)?>[^<>]*<channel(?:\s[^<>]*)?>|<feed(?:\s[^<>]*)?>"
    rb"|<rdf:RDF(?:\s[^<>]*)?>[^<>]*<channel(?:\s[^<>]*)?>[^<>]*</channel\s*>)[^<>]*"
)
_TAIL = re.compile(rb"\s*(?:</channel\s*>\s*</rss\s*>|</feed\s*>|</rdf:RDF\s*>)\s*")
_ENTRY = re.compile(rb"(?:item|entry)(?:\s[^<>]*)?(?<!/)>[^<>]*</(?:item|entry)>")
# A namespace or a base address applies inside its element; for feedparser, also to what follows.
_SCOPED = re.compile(rb"<[^<>]*\s(?:[\w.-]+:)?(?:xmlns|base)\s*[=:]", re.IGNORECASE)
# Elements that change how feedparser reads what follows, or that are entries themselves.
_FOREIGN = frozenset({b"item", b"entry", b"rss", b"feed", b"rdf", b"channel", b"textinput", b"svg"})
_FOREIGN_IN_HEAD = frozenset({b"content", b"encoded", b"fullitem", b"body", b"summary"})

# Links in the head: those of the entries may be relative to one of them.
_LINK = re.compile(rb"<link[\s/>][^<]*(?:<!\[CDATA\[[^<]*)?")

NOTHING = bytes(8)  # the digest of what an entry does not have
NO_FRAGMENT = bytes(4)


class EntryFingerprint(NamedTuple):
    """Digests of an entry, eight bytes each; NOTHING where the entry lacks it.

    `markup` is over the bytes of the entry (see `split`), `digest` over its words. `id`, `link` and
    `content` (title and summary) tell whether another entry shares them. `link` is that of the
    page, without its `fragment` (a digest of four bytes). `published` is the entry's date in
    seconds since 1970, 0 for an undated entry: the dates of other entries are judged by it.
    """

    markup: bytes
    digest: bytes
    id: bytes
    link: bytes
    content: bytes
    fragment: bytes = NO_FRAGMENT
    published: int = 0


_PACKED = Struct("<8s8s8s8s8s4sI")


def packed(entry_fingerprints: Iterable[EntryFingerprint]) -> bytes:
    """Return fingerprints as bytes, for `unpacked`."""
    return b"".join(_PACKED.pack(*fingerprint) for fingerprint in entry_fingerprints)


def unpacked(entry_fingerprints: bytes) -> dict[bytes, EntryFingerprint]:
    """Return packed fingerprints by `markup`; none for bytes of another length."""
    if len(entry_fingerprints) % _PACKED.size:
        return {}
    fingerprints = (EntryFingerprint(*row) for row in _PACKED.iter_unpack(entry_fingerprints))
    return {fingerprint.markup: fingerprint for fingerprint in fingerprints}


@dataclass(frozen=True, slots=True)
class SplitDocument:
    """A separable document; `digests` are those of its entries, each with the tags around it."""

    head: bytes
    entries: tuple[bytes, ...]
    digests: tuple[bytes, ...]
    tail: bytes

    def without(self, digests: Mapping[bytes, object]) -> bytes:
        """Return the document without the entries that have these digests."""
        pairs = zip(self.entries, self.digests, strict=True)
        rest = (entry for entry, digest in pairs if digest not in digests)
        return b"".join((self.head, *rest, self.tail))


def split(document: bytes, base: str, trusted: Mapping[bytes, object]) -> SplitDocument | None:
    """Return a document in parts, None where it is not clearly separable.

    `base` is what links are relative to; it is a part of the digests. Entries with a `trusted`
    digest were checked in an earlier document.
    """
    first = _FIRST.search(document)
    around = first and _tags_around(document[: first.start()])
    if not first or around is None:
        return None

    links = _LINK.findall(document[: first.start()])
    outside = b"\0".join((base.encode("utf-8", "replace"), around, *links))
    key = blake2b(outside, digest_size=32).digest()
    media = bool(_MEDIA_IS.search(around))
    begin, end = b"<" + first[1], b"</%b>" % first[1]
    entries, digests, at = [], [], first.start()
    while document.startswith(begin, at):
        close = document.find(end, at)
        entry = document[at : close + len(end)] if close > at else b""
        digest = blake2b(entry, digest_size=8, key=key).digest()
        if not entry or (digest not in trusted and not _is_plain(entry, media=media)):
            return None
        entries.append(entry)
        digests.append(digest)
        at = _after_gap(document, at + len(entry))

    head, tail = document[: first.start()], document[at:]
    if not _TAIL.fullmatch(_markup(tail)):
        return None
    return SplitDocument(head, tuple(entries), tuple(digests), tail)


def _after_gap(document: bytes, at: int) -> int:
    found = _GAP.match(document, at)
    return found.end() if found else at


def _markup(piece: bytes) -> bytes:
    """Return a piece with a space in place of each comment, CDATA section and instruction.

    A piece with an unclosed one is returned unchanged, and its `<!` matches no pattern here.
    """
    for begin, end in _ASIDES:
        if piece.rfind(begin) > piece.rfind(end):  # searching from each `begin` would take too long
            return piece
    return _ASIDE.sub(b" ", piece)


def _tags_around(head: bytes) -> bytes | None:
    """Return the tags of a head inside which the entries stand; None for an unusual head."""
    markup = _markup(head)
    around = _IN_HEAD.sub(b" ", _IN_HEAD.sub(b" ", _LEAF.sub(b" ", markup)))
    scoped = len(_SCOPED.findall(markup)) == len(_SCOPED.findall(around))
    if not scoped or not _HEAD.fullmatch(around) or _names(markup, 0) & _FOREIGN_IN_HEAD:
        return None
    return b"".join(_TAG.findall(around))


def _is_plain(entry: bytes, *, media: bool) -> bool:
    """Whether an entry does not change how feedparser reads others.

    `media`: the prefix `media:` is that of Media RSS.
    """
    markup = _markup(entry)
    if _SCOPED.search(markup) or _names(markup, 1) & _FOREIGN:
        return False
    rest = _IN_ENTRY.sub(b" ", _LEAF.sub(b" ", markup[1:]))
    if media:
        rest = _MEDIA.sub(b" ", _MEDIA.sub(b" ", rest))
    return bool(_ENTRY.fullmatch(rest))


def _names(markup: bytes, at: int) -> set[bytes]:
    return {name.lower() for name in _NAME.findall(markup, at)}
