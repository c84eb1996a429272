"""A document that feedparser cannot read whole → its readable entries, part by part. Pure.

feedparser gives up the whole document at one element that it cannot read (`<gml:pos/>`), and reads
all that follows an unclosed element as the content of that element. Read in parts, a document loses
the broken entry alone.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from monitor.errors import ParseError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_MARKUP = re.compile(rb"<!\[CDATA\[|<!--|<(?:item|entry)(?=[\s/>])", re.IGNORECASE)
_CLOSING = {b"<![CDATA[": b"]]>", b"<!--": b"-->"}
_END = re.compile(rb"</(?:item|entry)\s{0,20}>", re.IGNORECASE)


class UnparsableEntry(dict[str, Any]):
    """An empty entry in place of one that cannot be read, with its markup and the reason."""

    def __init__(self, markup: bytes, reason: str) -> None:
        super().__init__()
        self.markup = markup
        self.reason = reason


def count_entries(document: bytes) -> int:
    """Return the number of entries that begin in a document."""
    return sum(1 for _ in _starts(document))


def is_whole(entries: list[Any], count: int) -> bool:
    """Whether `count` entries were read, each with words.

    An entry without words is empty, or feedparser read its words as those of an unclosed one.
    """
    return len(entries) >= count and all(map(_has_words, entries))


def _has_words(entry: Any) -> bool:
    return any(entry.get(name) for name in ("title", "summary", "content"))


def read_apart(document: bytes, read: Callable[[bytes], Any]) -> tuple[Any, list[Any]]:
    """Read a document in ever smaller parts, down to one entry.

    Returns what `read` gives for the document without entries, and the entries of the parts in
    their order, with an UnparsableEntry for each that cannot be read. Raises ParseError where the
    document cannot be read even without its entries.
    """
    head, chunks, tail = _cut(document)
    if not chunks:
        return read(document), []

    def entries(part: list[bytes]) -> Iterator[Any]:
        reason = "no entry was found in its markup"
        try:
            found = read(head + b"".join(part) + tail)["entries"]
        except ParseError as error:
            found, reason = [], error.detail

        if len(found) > len(part) or (found and len(part) == 1):
            yield from found
        elif len(found) == len(part):
            for chunk, entry in zip(part, found, strict=True):
                yield from [entry] if _has_words(entry) else entries([chunk])
        elif len(part) == 1:
            yield UnparsableEntry(part[0], reason)
        else:
            middle = len(part) // 2
            yield from entries(part[:middle])
            yield from entries(part[middle:])

    return read(head + tail), list(entries(chunks))


def _cut(document: bytes) -> tuple[bytes, list[bytes], bytes]:
    """Return a document's head, its entries, and its tail."""
    starts = list(_starts(document))
    if not starts:
        return document, [], b""
    end = len(document)
    for found in _END.finditer(document, starts[-1]):
        end = found.end()
    bounds = [*starts, end]
    chunks = [document[low:high] for low, high in pairwise(bounds)]
    return document[: starts[0]], chunks, document[end:]


def _starts(document: bytes) -> Iterator[int]:
    """Yield the positions at which entries begin, outside of comments and CDATA sections."""
    position = 0
    while found := _MARKUP.search(document, position):
        position = found.end()
        if closing := _CLOSING.get(found[0].upper()):
            position = document.find(closing, position)
            if position < 0:
                return
        else:
            yield found.start()
