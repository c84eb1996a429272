"""String tables: strings and their numbers, as bytes that are searched where they lie.

The bytes may be a mapped file, which processes share: no string becomes a Python object before it
is found. The strings are a MARISA trie (Yata 2011, “Prefix/Patricia trie dictionary compression by
nesting prefix/Patricia tries”), in a hundredth of the space that an automaton takes.
"""

from __future__ import annotations

import json
from array import array
from functools import cached_property
from itertools import accumulate
from typing import TYPE_CHECKING, Final

from marisa_trie import Trie

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_ALIGNED = 8  # bytes: numbers are read where they lie
_FEW = 20_000  # strings of a set
_WIDE: Final = "I"  # type code of the arrays: at least 32 bits


class StringTable:
    """Strings, each with some small numbers; `pack_strings` makes the bytes.

    `longest` is the length of the longest string.
    """

    def __init__(self, packed: memoryview) -> None:
        trie, groups, head = parts_of(packed)
        self._packed = packed  # the trie reads from there
        self._trie = Trie().map(trie)
        self._groups = groups.cast(_WIDE)
        values = json.loads(bytes(head))
        self._values = [tuple(each) for each in values["groups"]]
        self.longest: int = values["longest"]

    def beginnings(self, text: str, at: int) -> Iterable[tuple[str, tuple[int, ...]]]:
        """Return (string, its numbers) of each string with which `text[at:]` begins."""
        found = self._trie.prefixes(text[at : at + self.longest])
        if not found:  # as in most places
            return ()
        groups, values = self._groups, self._values
        return [(each, values[groups[self._trie[each]]]) for each in found]


class StringSet:
    """Strings, to be asked which of some words are among them; `pack_set` makes the bytes.

    Few strings become objects once they are asked for: a tenth of the time, for a megabyte.
    """

    def __init__(self, packed: memoryview) -> None:
        self._packed = packed  # the trie reads from there
        self._trie = Trie().map(packed)

    def of(self, words: Iterable[str]) -> frozenset[str]:
        """Return the words that are among the strings."""
        if len(self._trie) <= _FEW:
            return self._objects.intersection(words)
        return frozenset(filter(self._trie.__contains__, words))

    @cached_property
    def _objects(self) -> frozenset[str]:
        return frozenset(self._trie.keys())


def pack_set(strings: Iterable[str]) -> bytes:
    """Return the bytes of a `StringSet`; equal strings in equal order give equal bytes."""
    packed: bytes = Trie(strings).tobytes()
    return packed


def numbered(strings: Iterable[tuple[str, int]]) -> dict[str, tuple[int, ...]]:
    """Return the numbers of each string, from pairs in the order of their numbers."""
    alone: dict[int, tuple[int, ...]] = {}  # most strings have one number: one tuple for each
    numbers: dict[str, tuple[int, ...]] = {}
    for string, number in strings:
        before = numbers.get(string)
        if before is None:
            numbers[string] = alone.setdefault(number, (number,))
        elif before[-1] != number:
            numbers[string] = (*before, number)
    return numbers


def pack_strings(numbers: Mapping[str, tuple[int, ...]]) -> bytes:
    """Return a table of strings and the numbers of each; equal mappings give equal bytes."""
    trie = Trie(numbers)
    distinct: dict[tuple[int, ...], int] = {}
    groups = array(_WIDE, bytes(len(trie) * array(_WIDE).itemsize))
    for string, each in numbers.items():
        groups[trie[string]] = distinct.setdefault(each, len(distinct))

    head = {"groups": list(distinct), "longest": max(map(len, numbers), default=0)}
    return joined([trie.tobytes(), groups.tobytes(), json.dumps(head).encode()])


def joined(parts: Sequence[bytes]) -> bytes:
    """Return bytes from which `parts_of` takes the parts again."""
    padded = [part.ljust(-(-len(part) // _ALIGNED) * _ALIGNED, b"\0") for part in parts]
    lengths = array("Q", [len(parts), *map(len, parts)])
    return b"".join([lengths.tobytes(), *padded])


def parts_of(packed: memoryview) -> list[memoryview]:
    """Return the parts that `joined` joined, without copying them. Raises ValueError."""
    word = array("Q").itemsize
    count = int.from_bytes(packed[:word], "little")
    if len(packed) < (count + 1) * word:
        raise ValueError("cut off")
    lengths = packed[word : (count + 1) * word].cast("Q").tolist()
    padded = [-(-length // _ALIGNED) * _ALIGNED for length in lengths]
    starts = accumulate([(count + 1) * word, *padded])
    return [packed[start : start + length] for start, length in zip(starts, lengths, strict=False)]
