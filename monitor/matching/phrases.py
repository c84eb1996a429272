"""Search for words and phrases in a list of words; phrases in a table that a file can hold."""

from __future__ import annotations

from bisect import insort
from itertools import chain, takewhile
from typing import TYPE_CHECKING, Generic, TypeVar

from monitor.matching.language.proclitics import without_proclitics
from monitor.matching.string_table import StringTable, numbered, pack_strings

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

Value = TypeVar("Value")


class Phrases:
    """Phrases and their numbers; a phrase is compared with a text word by word, as given.

    A phrase with a sign is found behind proclitics (see `language.proclitics`).
    """

    def __init__(self, packed: bytes | memoryview) -> None:
        self._table = StringTable(memoryview(packed))

    def __call__(self, words: Sequence[str]) -> Iterator[tuple[int, int, int]]:
        """Yield (number, first word, end) of each phrase in a text."""
        text, at = f"{' '.join(words)} ", 0  # as a table holds them: a space behind each
        table = self._table
        for start, word in enumerate(words):
            begun = table.beginnings(text, at)
            for sign, length in without_proclitics(word):
                behind = text[at + length : at + length + table.longest]
                begun = chain(begun, table.beginnings(f"{sign}{behind}", 0))
            for phrase, numbers in begun:
                end = start + phrase.count(" ")
                for number in numbers:
                    yield number, start, end
            at += len(word) + 1


def pack_phrases(phrases: Iterable[tuple[int, str]]) -> bytes:
    """Return the bytes of `Phrases`, of pairs (number, words) in the order of the numbers.

    The words of a phrase have a space between them.
    """
    return pack_strings(numbered((f"{words} ", number) for number, words in phrases))


class Beginnings(Generic[Value]):
    """Phrases whose last word may have any ending, and their values.

    Each word of a text is looked up by its beginnings, of every length that a last word has; most
    words begin like none, which two letters tell.
    """

    def __init__(self) -> None:
        self._by_last: dict[str, list[tuple[list[str], Value]]] = {}
        self._lengths: list[int] = []
        self._first_letters: set[str] = set()

    def add(self, value: Value, phrases: Iterable[list[str]]) -> None:
        """Let the phrases, each a list of words, stand for a value."""
        for words in phrases:
            self._by_last.setdefault(words[-1], []).append((words[:-1], value))
            self._first_letters.add(words[-1][:2])
            length = len(words[-1])
            if length not in self._lengths:
                insort(self._lengths, length)

    def __call__(self, words: list[str]) -> Iterator[tuple[Value, int, int]]:
        """Yield (value, first word, end) of each phrase in a text."""
        first_letters = self._first_letters
        for end, word in enumerate(words, 1):
            if word[:2] not in first_letters and word[:1] not in first_letters:
                continue
            for length in takewhile(len(word).__ge__, self._lengths):
                for before, value in self._by_last.get(word[:length], ()):
                    start = end - 1 - len(before)
                    if start >= 0 and words[start : end - 1] == before:
                        yield value, start, end
