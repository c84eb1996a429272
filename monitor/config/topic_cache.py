"""Packed topics, kept in the cache folder: the service, its workers, commands and pages share them.

Compiling takes seconds. What is kept is known by the digest of everything it was made of: topics,
term sets, and the files of the program that compile.
"""

from __future__ import annotations

from functools import lru_cache
from importlib import metadata
from typing import TYPE_CHECKING, NamedTuple

from monitor import cache
from monitor.matching.packed import digest_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from monitor.matching.terms.termsets import Sets
    from monitor.model import Topic

_FOLDERS = ("matching", "terms", "text")  # of the program, on which packed topics depend
_LIBRARIES = ("marisa-trie", "pymorphy3", "pymorphy3-dicts-ru", "pymorphy3-dicts-uk")


class PackedTopics(NamedTuple):
    """Packed topics; `source` is their file, or the topics themselves where nothing can be kept."""

    packed: bytes | memoryview
    source: Path | bytes

    @property
    def digest(self) -> bytes:
        """The digest by which workers that have the topics know them."""
        return digest_of(self.packed)


def packed_topics(
    topics: Sequence[Topic],
    sets: Sets,
    progress: Callable[[int, int], None] | None = None,
) -> PackedTopics:
    """Return topics as `matching.compile.pack` does, from the cache folder if they are there.

    `sets` are the user's own term sets. Where topics have to be compiled, `progress` gets the
    number of steps that are done, and of all. Raises ExpressionError.
    """

    def make() -> bytes:
        from monitor.matching.compile import pack  # noqa: PLC0415 - the grammar and dictionaries

        return pack(topics, sets, progress)

    found = cache.kept(_name(topics, sets), make)
    return PackedTopics(found.data, found.path or bytes(found.data))


def kept_topics(topics: Sequence[Topic], sets: Sets) -> PackedTopics | None:
    """Return topics from the cache folder, None if they are not there."""
    found = cache.find(_name(topics, sets))
    return PackedTopics(found.data, found.path) if found and found.path else None


def are_kept(topics: Iterable[Topic], sets: Sets) -> bool:
    """Whether the cache folder has these topics; they were compiled, so they have no mistake."""
    return cache.has(_name(topics, sets))


def _name(topics: Iterable[Topic], sets: Sets) -> str:
    return f"topics-{cache.digest([_program(), repr(_asked(topics, sets)).encode()])}"


def _asked(topics: Iterable[Topic], sets: Sets) -> tuple[object, ...]:
    asked = [(t.id, t.match, t.any, t.all, t.none, t.anchor, t.threshold) for t in topics]
    return asked, [(name, each.terms, each.sets) for name, each in sorted(sets.items())]


@lru_cache(maxsize=1)
def _program() -> bytes:
    """Return the digest of the files and libraries that compile topics."""
    versions = map(metadata.version, _LIBRARIES)
    return cache.digest([cache.program(*_FOLDERS), *map(str.encode, versions)]).encode()
