"""A feed's document → its entries as bytes, where they are clearly separable. Pure.

    head │ entry │ entry │ … │ tail

Entries that the last poll held, byte for byte, are left out before feedparser reads the rest. That
gives what reading all would give only where an entry means the same wherever it stands, whatever
stands beside it. feedparser carries more from one entry into the next than XML would make one
think: it takes an unclosed or nested element amiss, and remembers it. So a document counts as
separable only if all its entries are flat siblings without declarations of their own. Whether it
is well-formed is for the caller to see: what is said here holds for such documents alone.
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
# An element without others in it. Text with a bare `>` is left alone, so that `<` and `>` stand at
# the ends of tags and nowhere else.
_LEAF = re.compile(rb"<([\w:.-]+)(?:\s[^<>]*)?(?:/>|(?<!/)>[^<>]*</\1\s*>)")
_TAG = re.compile(rb"<[^<>]*")
_NAME = re.compile(rb"<(?:[\w.-]*:)?([\w.-]+)")
# What may hold other elements: nothing whose text feedparser reads as an article's.
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
# A namespace or a base address holds for what stands inside; to feedparser, also for what follows.
_SCOPED = re.compile(rb"<[^<>]*\s(?:[\w.-]+:)?(?:xmlns|base)\s*[=:]", re.IGNORECASE)
# These change how feedparser reads what comes after them, or are entries themselves.
_FOREIGN = frozenset({b"item", b"entry", b"rss", b"feed", b"rdf", b"channel", b"textinput", b"svg"})
_FOREIGN_IN_HEAD = frozenset({b"content", b"encoded", b"fullitem", b"body", b"summary"})


NOTHING = bytes(8)


class EntryFingerprint(NamedTuple):
    """What is remembered of an entry, eight bytes each: digests of its markup and its words.

    And of its id, its link and its title and summary, by which it is seen whether another entry
    shares them; NOTHING where there is none.
    """

    mark: bytes
    digest: bytes
    id: bytes
    link: bytes
    content: bytes


_PACKED = Struct("8s8s8s8s8s")


def packed(entry_fingerprints: Iterable[EntryFingerprint]) -> bytes:
    """Return imprints as bytes, for `unpacked`."""
    return b"".join(_PACKED.pack(*imprint) for imprint in entry_fingerprints)


def unpacked(entry_fingerprints: bytes) -> dict[bytes, EntryFingerprint]:
    """Return packed imprints by mark; bytes that are none give nothing."""
    if len(entry_fingerprints) % _PACKED.size:
        return {}
    return {each[0]: EntryFingerprint(*each) for each in _PACKED.iter_unpack(entry_fingerprints)}


@dataclass(frozen=True, slots=True)
class SplitDocument:
    """A separable document; `marks` recognise its entries, each with the document around it."""

    head: bytes
    entries: tuple[bytes, ...]
    marks: tuple[bytes, ...]
    tail: bytes

    def without(self, marks: Mapping[bytes, object]) -> bytes:
        """Return the document without the entries that have these marks."""
        pairs = zip(self.entries, self.marks, strict=True)
        rest = (entry for entry, mark in pairs if mark not in marks)
        return b"".join((self.head, *rest, self.tail))


def separated(document: bytes, base: str, trusted: Mapping[bytes, object]) -> SplitDocument | None:
    """Return a document's parts, or None where they are not clearly separable.

    `base` is what links are relative to: marks differ where it does. Entries with `trusted` marks
    were looked at before.
    """
    first = _FIRST.search(document)
    around = first and _context(document[: first.start()])
    if not first or around is None:
        return None
    head, media = document[: first.start()], bool(_MEDIA_IS.search(around))
    key = blake2b(b"\0".join((base.encode("utf-8", "replace"), around)), digest_size=32).digest()
    begin, end = b"<" + first[1], b"</%b>" % first[1]
    entries, marks, at = [], [], first.start()
    while document.startswith(begin, at):
        close = document.find(end, at)
        entry = document[at : close + len(end)] if close > at else b""
        mark = blake2b(entry, digest_size=8, key=key).digest()
        if not entry or (mark not in trusted and not _is_plain(entry, media=media)):
            return None
        entries.append(entry)
        marks.append(mark)
        at = _after_gap(document, at + len(entry))
    tail = document[at:]
    ends = _TAIL.fullmatch(_markup(tail))
    return SplitDocument(head, tuple(entries), tuple(marks), tail) if ends else None


def _after_gap(document: bytes, at: int) -> int:
    found = _GAP.match(document, at)
    return found.end() if found else at


def _markup(piece: bytes) -> bytes:
    """Return a piece with a space for each comment and for each section of text.

    One that is not closed stays, and its `<!` makes the piece odd.
    """
    for begin, end in _ASIDES:
        if piece.rfind(begin) > piece.rfind(end):  # looked for from each, it would take for ever
            return piece
    return _ASIDE.sub(b" ", piece)


def _context(head: bytes) -> bytes | None:
    """Return what of a head bears on how entries are read: the tags around. None for an odd one."""
    markup = _markup(head)
    around = _IN_HEAD.sub(b" ", _IN_HEAD.sub(b" ", _LEAF.sub(b" ", markup)))
    scoped = len(_SCOPED.findall(markup)) == len(_SCOPED.findall(around))
    if not scoped or not _HEAD.fullmatch(around) or _names(markup, 0) & _FOREIGN_IN_HEAD:
        return None
    return b"".join(_TAG.findall(around))


def _is_plain(entry: bytes, *, media: bool) -> bool:
    """Whether an entry leaves no trace in how others are read; `media`: that prefix is known."""
    markup = _markup(entry)
    if _SCOPED.search(markup) or _names(markup, 1) & _FOREIGN:
        return False
    rest = _IN_ENTRY.sub(b" ", _LEAF.sub(b" ", markup[1:]))
    if media:
        rest = _MEDIA.sub(b" ", _MEDIA.sub(b" ", rest))
    return bool(_ENTRY.fullmatch(rest))


def _names(markup: bytes, at: int) -> set[bytes]:
    return {name.lower() for name in _NAME.findall(markup, at)}
