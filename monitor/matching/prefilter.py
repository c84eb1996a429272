"""Prefilter: the leaves that a text may hold, by one Aho-Corasick pass before the costly matching.

The pass works on a loose form of the text (folded, without punctuation), so it finds at least the
leaves that exact matching finds. Leaves that the pass does not find need no search.

Method: Aho and Corasick 1975, “Efficient string matching: an aid to bibliographic search”.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ahocorasick_rs import AhoCorasick, Implementation

from monitor.matching.language.letters import (
    FOLD,
    composed,
    has_tag,
    in_words,
    is_mixed,
    mended,
)
from monitor.matching.language.tokens import is_unspaced
from monitor.text.scripts import CJK, SOUTH_EAST_ASIAN

if TYPE_CHECKING:
    from collections.abc import Iterable

_LAST_ASCII = "\x7f"
_ASCII = "".join(chr(point) if chr(point).isalnum() else " " for point in range(128))
_PLAIN = _ASCII.encode() + bytes(range(128, 256))
# lower() has two sigmas, and leaves mathematical letters; U+02BC is an apostrophe
_FOLD = {point: usual and usual.lower() for point, usual in FOLD.items()}
_FOLD |= {0x3C2: "\u03c3", 0x2BC: " "}
_TO_FOLD = frozenset(map(chr, _FOLD))
_OTHERS = frozenset(map(chr, range(0x370, 0x500)))  # Greek and Cyrillic: they have look-alikes
_ANY = f"{CJK}{SOUTH_EAST_ASIAN}"
_HAS_UNSPACED = re.compile(rf"[{_ANY}]")
_GAP = re.compile(rf"(?<=[{_ANY}]) (?=[{_ANY}])")
_EDGE = re.compile(rf"(?<=[{_ANY}])(?=[^{_ANY} ])|(?<=[^{_ANY} ])(?=[{_ANY}])")


def loose(text: str) -> str:
    """Return a text folded, its words between single spaces.

    Characters of scripts without spaces stand together.
    """
    if has_tag(text):
        text = in_words(text)
    text = text.lower() if text.isascii() else _folded(text)
    # On bytes, because `str.translate` takes several times as long.
    words = " ".join(text.encode().translate(_PLAIN).decode().split())
    if not words.isascii() and _HAS_UNSPACED.search(words):
        words = _EDGE.sub(" ", _GAP.sub("", words))
    return f" {words} "


def _folded(text: str) -> str:
    """Return a text in small letters of one form, spaces in the place of marks beyond ASCII.

    What there is to do shows in the set of its characters: one pass over a text is dear enough.
    """
    small = text.lower()
    beyond = set(small)
    if not beyond.isdisjoint(_OTHERS) and is_mixed(text):
        small = mended(text).lower()
        beyond = set(small)
    if not beyond.isdisjoint(_TO_FOLD):
        small = composed(small.translate(_FOLD))
        beyond = set(small)
    for character in beyond:
        if character > _LAST_ASCII and not character.isalnum():
            small = small.replace(character, " ")
    return small


class Prefilter:
    """An automaton over the forms of leaves; a leaf is known by its number."""

    def __init__(self, forms: Iterable[tuple[str, bool, int]]) -> None:
        """Build the automaton from (form, whether it takes any ending, number of its leaf)."""
        numbers: dict[str, set[int]] = {}
        for form, begins, number in forms:
            numbers.setdefault(_pattern(form, begins=begins), set()).add(number)

        self._numbers = [tuple(each) for each in numbers.values()]
        self._automaton = AhoCorasick(
            numbers, store_patterns=False, implementation=Implementation.ContiguousNFA
        )

    def __call__(self, text: str) -> set[int]:
        """Return the numbers of the leaves that may stand in a text."""
        found = self._automaton.find_matches_as_indexes(loose(text), overlapping=True)
        return {number for index, _, _ in found for number in self._numbers[index]}


def _pattern(form: str, *, begins: bool) -> str:
    """Return a form as it stands in a loose text: with spaces around it where words have spaces."""
    words = loose(form).strip()
    if not words:
        return " "  # the form is only punctuation: any text may hold it
    before = "" if is_unspaced(words[0]) else " "
    after = "" if begins or is_unspaced(words[-1]) else " "
    return before + words + after
