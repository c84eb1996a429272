"""A feed that one entry spoils → its other entries. Pure.

feedparser gives up a whole document over one element that it stumbles over (`<gml:pos/>`), and
takes all that follows an element which is never closed for its content. Read in parts, a document
loses that entry alone.
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
    """An entry that cannot be read, with nothing in it: its markup, and why."""

    def __init__(self, markup: bytes, reason: str) -> None:
        super().__init__()
        self.markup = markup
        self.reason = reason


def count_entries(document: bytes) -> int:
    """Return how many entries begin in a document."""
    return sum(1 for _ in _starts(document))


def is_whole(entries: list[Any], count: int) -> bool:
    """Whether `count` entries were read, none of them without any words.

    One without is empty itself, or was taken for a part of what another never closed.
    """
    return len(entries) >= count and all(map(_has_words, entries))


def _has_words(entry: Any) -> bool:
    return any(entry.get(name) for name in ("title", "summary", "content"))


def read_apart(document: bytes, read: Callable[[bytes], Any]) -> tuple[Any, list[Any]]:
    """Read a document in ever smaller parts, down to one entry.

    Returns what `read` makes of it without any entry, and the entries that it finds in the parts,
    in their order, with a Broken for each that it cannot read. Raises ParseError where it is no
    entry that is broken.
    """
    head, chunks, tail = _apart(document)
    if not chunks:
        return read(document), []

    def entries(some: list[bytes]) -> Iterator[Any]:
        reason = "no entry was found in its markup"
        try:
            found = read(head + b"".join(some) + tail)["entries"]
        except ParseError as error:
            found, reason = [], error.detail
        if len(found) > len(some) or (found and len(some) == 1):
            yield from found
        elif len(found) == len(some):
            for chunk, entry in zip(some, found, strict=True):
                yield from [entry] if _has_words(entry) else entries([chunk])
        elif len(some) == 1:
            yield UnparsableEntry(some[0], reason)
        else:
            yield from entries(some[: len(some) // 2])
            yield from entries(some[len(some) // 2 :])

    return read(head + tail), list(entries(chunks))


def _apart(document: bytes) -> tuple[bytes, list[bytes], bytes]:
    """Return what stands before the entries, each of them, and what stands after."""
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
    """Yield where entries begin: not in comments, nor in sections of text, closed or not."""
    position = 0
    while found := _MARKUP.search(document, position):
        position = found.end()
        if closing := _CLOSING.get(found[0].upper()):
            position = document.find(closing, position)
            if position < 0:
                return
        else:
            yield found.start()
