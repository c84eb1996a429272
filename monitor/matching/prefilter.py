"""Prefilter: the leaves that a text may hold, by a cheap search before the costly matching.

The search works on a loose form of the text (folded, without punctuation), so it finds at least the
leaves that exact matching finds. Leaves that it does not find need no other search.

Method of the automaton: Aho and Corasick 1975, “Efficient string matching: an aid to bibliographic
search”.
"""

from __future__ import annotations

import json
import re
from functools import cached_property
from typing import TYPE_CHECKING

from ahocorasick_rs import AhoCorasick, Implementation

from monitor.matching.language.letters import (
    FOLD,
    composed,
    has_tag,
    in_words,
    mended,
)
from monitor.matching.language.proclitics import (
    PARTICLE,
    SIGNS,
    may_have_proclitics,
    without_proclitics,
)
from monitor.matching.language.tokens import is_unspaced
from monitor.matching.string_table import (
    StringSet,
    StringTable,
    joined,
    numbered,
    pack_set,
    pack_strings,
    parts_of,
)
from monitor.text.scripts import CJK, SOUTH_EAST_ASIAN, at_first_use

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_ASCII = "".join(c if c.isalnum() or c == "\n" else " " for c in map(chr, range(128)))
_PLAIN = _ASCII.encode() + bytes(range(128, 256))
# Bytes of UTF-8 without those that begin characters from U+0800 on, as those without spaces are.
_OF_SPACED = bytes(range(0xE0))
# lower() has two sigmas, and leaves mathematical letters; U+02BC is an apostrophe
_FOLD = {chr(point): (usual or "").lower() for point, usual in FOLD.items()}
_ASTRAL = "\U00010000"
_FOLD |= {"\u03c2": "\u03c3", "\u02bc": " "}
# All of them and more: beyond U+FFFF a range is searched fast, and a set is not.
_TO_FOLD = re.compile(
    f"[{re.escape(''.join(c for c in _FOLD if c < _ASTRAL))}{_ASTRAL}-\U0010ffff]"
)
_MARK = re.compile(r"[^\x00-\x7f\w]")
_ANY = f"{CJK}{SOUTH_EAST_ASIAN}"
_HAS_UNSPACED = re.compile(rf"[{_ANY}]")
_gap = at_first_use(rf" (?<=[{_ANY}] )(?=[{_ANY}])")  # the space first is searched fast
_run = at_first_use(rf"([{_ANY}]+)")


def loose(text: str) -> str:
    """Return a text folded, its words between single spaces.

    Characters of scripts without spaces stand together.
    """
    return f" {' '.join(loose_words(text))} "


def loose_words(text: str) -> list[str]:
    """Return the words of a text folded, without punctuation."""
    return _words(_without_marks(text))


def _without_marks(text: str) -> str:
    """Return a text folded, spaces in the place of punctuation; its lines stay lines."""
    if has_tag(text):
        text = in_words(text)
    text = text.lower() if text.isascii() else _folded(text)
    # On bytes, because `str.translate` takes several times as long.
    return text.encode().translate(_PLAIN).decode()


def _words(text: str) -> list[str]:
    words = text.split()
    if text.isascii() or not text.encode().translate(None, _OF_SPACED):
        return words
    return " ".join(_run().split(_gap().sub("", " ".join(words)))).split()


def _folded(text: str) -> str:
    """Return a text in small letters of one form, spaces in the place of marks beyond ASCII."""
    small = mended(text).lower()
    if to_fold := _FOLD.keys() & _TO_FOLD.findall(small):
        for character in to_fold:  # few of them: `str.translate` takes five times as long
            small = small.replace(character, _FOLD[character])
        small = composed(small)
    return _MARK.sub(" ", small)


class Prefilter:
    """The patterns of leaves; a leaf is known by its number.

    A pattern is looked up where a text has its last word, backwards: the first words of phrases
    (`the`, `to`) are far commoner. Patterns that may end inside a word (Chinese, `begin*`) are few:
    an automaton searches them.
    """

    def __init__(self, packed: bytes | memoryview) -> None:
        table, lasts, others = parts_of(memoryview(packed))
        self._table = StringTable(table)
        self._lasts = StringSet(lasts)
        self._others = others

    def __call__(self, text: str) -> set[int]:
        """Return the numbers of the leaves that may stand in a text."""
        return self.of(loose_words(text))

    def of(self, words: list[str]) -> set[int]:
        """Return the numbers of the leaves that may stand in a text of these `loose_words`."""
        text = f" {' '.join(words)} "
        found: set[int] = set()
        automaton, numbers = self._automaton
        for index, _, _ in automaton.find_matches_as_indexes(text, overlapping=True):
            found.update(numbers[index])
        lasts = self._lasts.of(words)
        if may_have_proclitics(text):
            lasts |= self._behind_proclitics(words)
        if lasts:
            found.update(self._ending_with(lasts, text[::-1]))
        return found

    @cached_property
    def _automaton(self) -> tuple[AhoCorasick, list[list[int]]]:
        """The automaton, and the numbers of its patterns; made at the first search."""
        found = json.loads(bytes(self._others))
        implementation = Implementation.ContiguousNFA
        automaton = AhoCorasick(found, store_patterns=False, implementation=implementation)
        return automaton, list(found.values())

    def _behind_proclitics(self, words: list[str]) -> set[str]:
        """Return the words that are the last one of a pattern behind some proclitics."""
        behind = {word[length:]: word for word in words for _, length in without_proclitics(word)}
        return {behind[last] for last in self._lasts.of(behind)}

    def _ending_with(self, lasts: Iterable[str], backwards: str) -> Iterator[int]:
        """Yield the numbers of the patterns that end with certain words of a loose text."""
        for word in lasts:
            sought = f" {word[::-1]} "
            at = backwards.find(sought)
            while at >= 0:
                for _, numbers in self._table.beginnings(backwards, at):
                    yield from numbers
                at = backwards.find(sought, at + 1)


def pack_prefilter(forms: Iterable[tuple[str, bool, int]], loose: Mapping[str, str]) -> bytes:
    """Return the bytes of a `Prefilter`.

    `forms` are (form, whether it takes any ending, number of its leaf), in the order of the
    numbers; `loose` has each of them as `loose_of_each` does.
    """
    patterns = numbered(
        (_pattern(form, loose[form], "" if begins else " "), number)
        for form, begins, number in forms
    )
    backwards, others = {}, {}
    lasts: dict[str, None] = {}
    for pattern, each in patterns.items():
        if last := _last_word(pattern):
            lasts[last] = None
            backwards[pattern[::-1].rstrip(PARTICLE)] = each
        else:
            others[pattern] = each
    return joined([pack_strings(backwards), pack_set(lasts), json.dumps(others).encode()])


def _last_word(pattern: str) -> str:
    """Return the whole word with which a pattern ends, "" for one that ends otherwise."""
    return pattern[:-1].rpartition(" ")[2].lstrip(PARTICLE) if pattern[-1] == " " else ""


def loose_of_each(forms: Iterable[str]) -> dict[str, str]:
    """Return each form as `loose` has it, without spaces around it; all at once is far quicker."""
    distinct = list(dict.fromkeys(forms))
    text = _without_marks("\n".join(form.replace("\n", " ") for form in distinct))
    lines = (" ".join(_words(line)) for line in text.split("\n"))
    return dict(zip(distinct, lines, strict=True)) if distinct else {}


def _pattern(form: str, words: str, end: str) -> str:
    """Return a form as it stands in a loose text, with spaces around where words have spaces.

    `end` is what follows such a form: "" for one that takes any ending. A sign stands for whatever
    proclitics are joined to the first word.
    """
    if form.startswith(SIGNS):
        return f"{PARTICLE}{words}{end}"
    if words.isascii() or not _HAS_UNSPACED.search(words):
        return f" {words}{end}" if words else " "  # punctuation: any text may hold it
    before = "" if is_unspaced(words[0]) else " "
    after = "" if is_unspaced(words[-1]) else end
    return before + words + after
