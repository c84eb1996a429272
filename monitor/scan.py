"""Parse a feed and match its new articles: the one function that is sent to workers.

Pure: bytes and values in, values out. It opens no socket, and no file once the topics are
compiled (a test runs it under an audit hook).
"""

from __future__ import annotations

from monitor.language import language
from monitor.matching.matcher import matcher_for
from monitor.model import Scan, Scanned
from monitor.parse import Source, parse

__all__ = ["Source", "prepare", "scan"]


def scan(body: bytes, source: Source, known: frozenset[bytes], topics: bytes) -> Scan:
    """Return a feed's entries that are not in `known`, each with what it matches.

    `topics` are packed (see `matching.pack`). Raises ParseError.
    """
    document = parse(body, source, known)
    matches = matcher_for(topics).match(document.articles)
    scanned = tuple(Scanned(*pair) for pair in zip(document.articles, matches, strict=True))
    return Scan(
        document.title, document.lang, document.known, scanned, document.unread, document.wishes
    )


def prepare(topics: bytes) -> None:
    """Load what the first scan would have to wait for; `topics` are packed, or empty."""
    language("The model of languages is loaded by this", "", "")
    if topics:
        matcher_for(topics)
