"""Where words and phrases stand in a list of words; phrases by spaCy's PhraseMatcher."""

from __future__ import annotations

from itertools import takewhile
from typing import TYPE_CHECKING, Generic, TypeVar

from spacy.matcher import PhraseMatcher
from spacy.tokens import Doc
from spacy.vocab import Vocab

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

Value = TypeVar("Value")
_OTHER = " "  # stands for all words that no phrase holds; is none itself


class Phrases(Generic[Value]):
    """Phrases by what they stand for, a value; compared word by word as they are given.

    Phrases of one word are kept apart: they are most of all, and spaCy takes a kilobyte for each.

    spaCy remembers each word that it has ever seen, which in a long-running process takes ever
    more memory (the maps of its memory zones, too, grow). So it is shown no others than these.
    """

    def __init__(self) -> None:
        self._vocab = Vocab()
        self._matcher = PhraseMatcher(self._vocab)
        self._words: set[str] = set()
        self._values: dict[int, Value] = {}
        self._single: dict[str, list[Value]] = {}

    def add(self, value: Value, phrases: Iterable[list[str]]) -> None:
        """Let the phrases, each a list of words, stand for a value."""
        key = str(len(self._values))
        for words in phrases:  # one at a time: thousands of documents take much memory
            if len(words) == 1:
                values = self._single.setdefault(words[0], [])
                values += [value] * (value not in values)
                continue
            self._values[self._vocab.strings.add(key)] = value
            self._words.update(words)
            self._matcher.add(key, [Doc(self._vocab, words=words)])

    def __call__(self, words: Sequence[str]) -> Iterator[tuple[Value, int, int]]:
        """Yield (value, first word, end) of each phrase in a text."""
        for start, word in enumerate(words):
            for value in self._single.get(word, ()):
                yield value, start, start + 1
        known = [word if word in self._words else _OTHER for word in words]
        for key, start, end in self._matcher(Doc(self._vocab, words=known)):
            yield self._values[key], start, end


class Beginnings(Generic[Value]):
    """Phrases whose last word may go on, by what they stand for; found by the length of that."""

    def __init__(self) -> None:
        self._by_last: dict[str, list[tuple[list[str], Value]]] = {}
        self._lengths: list[int] = []

    def add(self, value: Value, phrases: Iterable[list[str]]) -> None:
        """Let the phrases, each a list of words, stand for a value."""
        for words in phrases:
            self._by_last.setdefault(words[-1], []).append((words[:-1], value))
        self._lengths = sorted({len(last) for last in self._by_last})

    def __call__(self, words: list[str]) -> Iterator[tuple[Value, int, int]]:
        """Yield (value, first word, end) of each phrase in a text."""
        for end, word in enumerate(words, 1):
            for length in takewhile(len(word).__ge__, self._lengths):
                for before, value in self._by_last.get(word[:length], ()):
                    start = end - 1 - len(before)
                    if start >= 0 and words[start : end - 1] == before:
                        yield value, start, end
