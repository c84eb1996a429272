"""Speakers: the names before or behind a verb of saying, or after “according to”.

    Zelensky said … / …, said Zelensky / according to South Korea's NIS / 국정원은 …밝혔다

The speaker of a figure is the nearest name of that kind in the figure's sentence. Pronouns are no
speakers. Patterns run over word classes, or, for languages that glue particles to
a name, over the text (regular expressions in `figures.toml`).
"""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from monitor.extraction.class_patterns import ClassPatterns
from monitor.extraction.lexicon import lexicon, setting
from monitor.matching.language.tokens import tokens_of
from monitor.matching.sentences import sentence_ends

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

# Classes of words: N a word with a capital, w a noun that speaks (ministry), l a link (of, the),
# v a verb of saying, p a preposition before a speaker (according to), k a word to pass over (on
# Monday), q comma or quotation mark, c colon or dash, b beginning and e end of a headline, o any
# other.
_WHO, _PASS = "l{0,3}[Nw][Nwl]{0,7}", "k{0,3}"
_PATTERNS = {
    "by": f"p{_PASS}{_WHO}",
    "before": f"{_WHO}q?{_PASS}v",
    "after": f"v{_PASS}{_WHO}",
    "quoted": f"[qc]v{_PASS}{_WHO}",
    "first": f"b{_WHO}c",
    "last": f"c{_WHO}e",
}
_ROLES = {"say": "v", "by": "p", "who": "w", "link": "l", "skip": "k"}
_PUNCTUATION = dict.fromkeys(',"”»“«„', "q") | dict.fromkeys(":–—", "c")
_FRONT = frozenset({"by", "before", "first"})  # patterns surer than a name behind a verb
_WORD = 3  # letters: a shorter word in small letters is cut off at the ends of a name
_SMALL = frozenset(
    {"the", "and", "for", "der", "die", "das", "des", "dem", "den", "von", "vom", "aus", "los"}
    | {"las", "les", "del", "dei", "dos", "das"}
)
_ACRONYM = 5  # letters: a longer word in capitals is emphasis, not an acronym
_LONGEST = 400  # characters of a sentence that the regular expressions search


class _Attribution(NamedTuple):
    """A speaker with the stretch of text (offsets) that names it; `sure` by a `_FRONT` pattern."""

    start: int
    end: int
    sure: bool
    who: str


class Speech:
    """The speakers of a text; its sentences end at the offsets `ends`."""

    def __init__(self, attributions: Sequence[_Attribution], ends: Sequence[int]) -> None:
        self._attributions = attributions
        self._ends = ends

    def by(self, start: int, end: int) -> str:
        """Return the speaker of the words from offset `start` to `end`, "" for none.

        Sure attributions of the sentence come first, then the nearest.
        """
        sentence = self._sentence(start)
        outside = [
            each
            for each in self._attributions
            if self._sentence(each.start) == sentence and (each.end <= start or each.start >= end)
        ]
        best = min(
            outside,
            key=lambda each: (not each.sure, max(each.start - end, start - each.end)),
            default=None,
        )
        return best.who if best else ""

    def spans(self) -> list[tuple[int, int]]:
        """Return the (start, end) of each attribution, in order."""
        return sorted((each.start, each.end) for each in self._attributions)

    def _sentence(self, at: int) -> int:
        return bisect_right(self._ends, at)


def speech(text: str, lang: str, ends: Sequence[int], *, is_title: bool) -> Speech:
    """Return the speakers of a text, whose sentences end at the offsets `ends`."""
    table = setting(lang, "speech") or {}
    if "patterns" in table:
        return Speech(list(_by_expressions(text, lang, ends)), ends)
    return Speech(list(_by_words(text, lang, ends, is_title=is_title)), ends)


def without_speakers(text: str, lang: str) -> str:
    """Return a text without the words of attribution: `the governor said`, `Seoul says`.

    Who speaks of an event is no part of it: governors speak of strikes and of elections.
    """
    said = speech(text, lang, sentence_ends(text), is_title=False)
    kept, last = [], 0
    for start, end in said.spans():
        kept.append(text[last : max(start, last)])
        last = max(last, end)
    return " ".join([*kept, text[last:]])


@cache
def _patterns() -> ClassPatterns:
    return ClassPatterns(_PATTERNS)


def _by_words(
    text: str, lang: str, ends: Sequence[int], *, is_title: bool
) -> Iterator[_Attribution]:
    """Yield the speakers that `_PATTERNS` find in the word classes of a text."""
    words, spans = tokens_of(text)
    classes = _classes(words, lang)
    classes, spans = _bordered(text, classes, spans, {*ends, *_names_apart(words, classes, spans)})
    if is_title:
        classes, spans = ["b", *classes, "e"], [(0, 0), *spans, (len(text), len(text))]
    if not {"v", "p", "c"} & {*classes}:
        return

    for name, start, end in _patterns().longest(classes):
        if name == "after" and setting(lang, "verb_last"):
            continue
        if is_title or name not in {"first", "last"}:
            inside = [spans[at] for at in range(start, end) if classes[at] in "Nwl"]
            who = _trimmed(text, inside)
            yield _Attribution(spans[start][0], spans[end - 1][1], name in _FRONT, who)


def _bordered(
    text: str, classes: list[str], spans: list[tuple[int, int]], borders: set[int]
) -> tuple[list[str], list[tuple[int, int]]]:
    """Put a full stop at the ends of sentences and lines: a name ends there, and so does a pattern.

    `borders` are offsets. Without the stop, two names would be one: `… Zelensky␤Anna Maier`.
    """
    with_stops: list[tuple[str, tuple[int, int]]] = []
    last = 0
    for each, span in zip(classes, spans, strict=True):
        is_border = not borders.isdisjoint(range(last, span[0] + 1))
        if with_stops and (is_border or "\n" in text[last : span[0]]):
            with_stops.append((".", (last, last)))
        with_stops.append((each, span))
        last = span[1]
    return [each for each, _ in with_stops], [span for _, span in with_stops]


def _names_apart(
    words: list[str], classes: list[str], spans: list[tuple[int, int]]
) -> Iterator[int]:
    """Yield where one full name follows another with nothing between: the end of the first one.

    Four words with a capital may be one name (Andrés Manuel López Obrador); they are two where the
    second word ends a name elsewhere in the text (`Zelensky said … Volodymyr Zelensky Anna Maier`).
    """
    follows = [*classes[1:], "."]
    ends_name = {words[at] for at, each in enumerate(classes) if each == "N" != follows[at]}
    for at in range(1, len(words) - 2):
        if classes[at - 1 : at + 3] == ["N"] * 4 and words[at] in ends_name:
            yield spans[at][1]


def _trimmed(text: str, spans: list[tuple[int, int]]) -> str:
    """Return a name without short words such as `the` at its ends; `spans` are its words."""
    while _is_small(text[slice(*spans[0])]):
        spans = spans[1:]
    while _is_small(text[slice(*spans[-1])]):
        spans = spans[:-1]
    return text[spans[0][0] : spans[-1][1]]


def _is_small(word: str) -> bool:
    return word == "The" or word in _SMALL or (len(word) < _WORD and word.islower())


def _classes(words: list[str], lang: str) -> list[str]:
    """Return the class of each word: by its shape, then by its role in the lexicon."""
    uncased = "N" if lang == "ar" else "o"  # Arabic has no capitals
    classes = [_shape(word, uncased) for word in words]
    for at in range(1, len(words)):  # the full stops of U.S.
        if words[at] == "." and len(words[at - 1]) == 1 and words[at - 1].isupper():
            classes[at] = "l"

    for start, end, roles in lexicon(lang, "speech")([word.lower() for word in words]):
        role = next((role for role in _ROLES if role in roles), "")
        for at in range(start, end):
            if role in {"say", "by"} and at > start:
                classes[at] = "k"
            elif role != "link" or words[at] == "The" or not words[at][0].isupper():
                classes[at] = _ROLES.get(role, "o")
    return classes


def _shape(word: str, uncased: str) -> str:
    """Return the class of a word by its letters; `uncased` is that of a word without a capital."""
    if word[0].isalpha():
        is_emphasis = word.isupper() and len(word) > _ACRONYM
        return "N" if word[0].isupper() and not is_emphasis else uncased
    return _PUNCTUATION.get(word, "." if not word[0].isalnum() else "o")


@cache
def _expressions(lang: str) -> list[re.Pattern[str]]:
    return [re.compile(pattern) for pattern in setting(lang, "speech")["patterns"]]


def _by_expressions(text: str, lang: str, ends: Sequence[int]) -> Iterator[_Attribution]:
    """Yield the speakers that the regular expressions of a language find, sentence by sentence."""
    start = 0
    for end in ends:
        sentence = text[start : min(end, start + _LONGEST)]
        for pattern in _expressions(lang):
            for found in pattern.finditer(sentence):
                first, last = found.span("who")
                yield _Attribution(start + first, start + last, True, found["who"].strip())
        start = end
