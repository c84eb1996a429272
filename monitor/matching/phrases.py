"""Search for words and phrases in a list of words; phrases by spaCy's PhraseMatcher."""

from __future__ import annotations

from itertools import takewhile
from typing import TYPE_CHECKING, Generic, TypeVar

from spacy.matcher import PhraseMatcher
from spacy.tokens import Doc
from spacy.vocab import Vocab

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

Value = TypeVar("Value")
_OTHER = " "  # replaces every word that no phrase holds; is no word itself


class Phrases(Generic[Value]):
    """Phrases and their values; a phrase is compared with a text word by word, as given.

    Phrases of one word stand in a dictionary: they are the most numerous, and spaCy takes a
    kilobyte for each phrase.

    spaCy remembers every word it has ever seen, so the memory of a long-running process would grow
    for ever (the maps of spaCy's memory zones grow, too). The matcher sees only words of phrases.
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
                if value not in values:
                    values.append(value)
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
    """Phrases whose last word may have any ending, and their values.

    Each word of a text is looked up by its beginnings, of every length that a last word has.
    """

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
