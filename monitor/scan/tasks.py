"""What a worker process runs: the functions of `scan`, within limits, some articles at a time.

The service names these functions and never calls them, so it does not load what they need.
"""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING

from monitor.scan.limits import limit_memory, limited, stopwatch

if TYPE_CHECKING:
    from pathlib import Path

    from monitor.model import Article, MatchedArticle, Source

_A_PIECE = 1.0  # seconds of the processor after which the next articles wait for another turn


def begin(topics: bytes | Path, memory: int) -> None:
    """Prepare a worker; from now on it may take `memory` bytes more."""
    from monitor.scan.scan import prepare

    prepare(topics)
    limit_memory(memory)


def scan_some(
    seconds: float,
    document: tuple[bytes, Source],
    known: frozenset[bytes],
    topics: bytes,
) -> bytes:
    """Scan a document in at most `seconds` of the processor, or end the process.

    The result is pickled here: the pickler of multiprocessing takes twice as long.
    """
    from monitor.scan.scan import scan

    body, source = document
    enough = stopwatch(_A_PIECE)
    return limited(seconds, lambda: pickle.dumps(scan(body, source, known, topics, enough=enough)))


def match_more(
    seconds: float, articles: tuple[Article, ...], topics: bytes
) -> tuple[MatchedArticle, ...]:
    """Match some articles in at most `seconds` of the processor, or end the process."""
    from monitor.scan.scan import match_some

    enough = stopwatch(_A_PIECE)
    return limited(seconds, lambda: match_some(articles, topics, enough))
