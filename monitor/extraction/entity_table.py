"""The rows of all terms in bytes, by the beginnings of their first words; kept in a file."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from itertools import accumulate
from typing import TYPE_CHECKING
from zlib import crc32

from monitor import cache
from monitor.extraction.entity_rows import SoughtEntity
from monitor.matching.searched_forms import made_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_COUNT = 8  # bytes of the number of rows
_FOLDERS = ("extraction", "matching", "terms", "text")  # of the program, on which the table depends


class EntityTable:
    """All rows by the beginning of their first word; as objects they would take 40 MB."""

    def __init__(self, packed: bytes | memoryview) -> None:
        view = memoryview(packed)
        size = 4 * int.from_bytes(view[:_COUNT], "little")
        self._keys = view[_COUNT : _COUNT + size].cast("I")
        self._ends = view[_COUNT + size : _COUNT + 2 * size].cast("I")
        self._rows = view[_COUNT + 2 * size :]

    def __call__(self, beginning: str) -> Iterator[SoughtEntity]:
        """Yield the terms whose first stem is `beginning`, and rarely one of the same checksum."""
        key = crc32(beginning.encode())
        for at in range(bisect_left(self._keys, key), len(self._keys)):
            if self._keys[at] != key:
                return
            start = self._ends[at - 1] if at else 0
            yield _unpacked(bytes(self._rows[start : self._ends[at]]))


def kept_table(terms: Iterable[SoughtEntity]) -> EntityTable:
    """Return the table of `terms`, asked for only if no file has it, of the cache or a package."""
    name = f"entities-{made_of(*_FOLDERS)}"
    return EntityTable(cache.kept(name, lambda: _packed_table(terms)).data)


def _packed_table(terms: Iterable[SoughtEntity]) -> bytes:
    found = sorted((crc32(term.stems[0].lower().encode()), _packed(term)) for term in terms)
    keys = array("I", (key for key, _ in found))
    ends = array("I", accumulate(len(row) for _, row in found))
    written = b"".join(row for _, row in found)
    return len(found).to_bytes(_COUNT, "little") + keys.tobytes() + ends.tobytes() + written


def _packed(term: SoughtEntity) -> bytes:
    flags = "".join("01"[flag] for flag in term[5:-1])
    words = zip(term.stems, term.more, term.exact, strict=True)
    packed = "\t".join(f"{stem} {more} {exact}" for stem, more, exact in words)
    return f"{term.name}\t{term.lang}\t{flags}\t{term.written}\t{packed}".encode()


def _unpacked(row: bytes) -> SoughtEntity:
    name, lang, flags, written, *words = row.decode().split("\t")
    stems, more, exact = zip(*(word.split(" ") for word in words), strict=True)
    cased, capital, locked, cancels = map("1".__eq__, flags)
    return SoughtEntity(
        name,
        lang,
        stems,
        tuple(map(int, more)),
        tuple(map(int, exact)),
        cased,
        capital,
        locked,
        cancels,
        written,
    )
