"""Who says so: the names before or behind a verb of saying, or after “according to”.

    Zelensky said … / …, said Zelensky / according to South Korea's NIS / 국정원은 …밝혔다

A pronoun names nobody. Whoever stands nearest in the sentence is taken for the speaker.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from spacy.matcher import Matcher
from spacy.tokens import Doc
from spacy.vocab import Vocab

from monitor.extraction.lexicon import lexicon, setting
from monitor.matching.language.tokens import tokens

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

# Classes: N a word with a capital, w one that speaks (ministry), l a link (of, the), v a verb of
# saying, p what stands before who says so alone, k to pass over (on Monday), q comma or quotation
# mark, c colon or dash, b beginning and e end of a headline, o any other.
_NAME: dict[str, Any] = {"ORTH": {"IN": ["N", "w"]}}
_LINK: dict[str, Any] = {"ORTH": "l", "OP": "{0,3}"}
_WHO: list[dict[str, Any]] = [_LINK, _NAME, {"ORTH": {"IN": ["N", "w", "l"]}, "OP": "{0,7}"}]
_PASS: dict[str, Any] = {"ORTH": "k", "OP": "{0,3}"}
_PATTERNS: dict[str, list[dict[str, Any]]] = {
    "by": [{"ORTH": "p"}, _PASS, *_WHO],
    "before": [*_WHO, {"ORTH": "q", "OP": "?"}, _PASS, {"ORTH": "v"}],
    "after": [{"ORTH": "v"}, _PASS, *_WHO],
    "quoted": [{"ORTH": {"IN": ["q", "c"]}}, {"ORTH": "v"}, _PASS, *_WHO],
    "first": [{"ORTH": "b"}, *_WHO, {"ORTH": "c"}],
    "last": [{"ORTH": "c"}, *_WHO, {"ORTH": "e"}],
}
_ROLES = {"say": "v", "by": "p", "who": "w", "link": "l", "skip": "k"}
_MARKS = dict.fromkeys(',"”»“«„', "q") | dict.fromkeys(":–—", "c")
_FRONT = frozenset({"by", "before", "first"})  # these are surer than a name behind a verb
_WORD = 3  # letters: a shorter one in small letters is no part of a name at its ends
_SMALL = frozenset(
    {"the", "and", "for", "der", "die", "das", "des", "dem", "den", "von", "vom", "aus", "los"}
    | {"las", "les", "del", "dei", "dos", "das"}
)
_ACRONYM = 5  # letters: a longer word in capitals is shouted
_LONGEST = 400  # characters of a sentence in which expressions are tried


class _Said(NamedTuple):
    start: int
    end: int
    sure: bool
    who: str


class Speech:
    """Who says what in a text."""

    def __init__(self, said: Sequence[_Said], ends: Sequence[int]) -> None:
        self._said = said
        self._ends = ends

    def by(self, start: int, end: int) -> str:
        """Return who says what stands at start to end, "" where nobody is named."""
        sentence = bisect_right(self._ends, start)
        near = (each for each in self._said if bisect_right(self._ends, each.start) == sentence)
        outside = (each for each in near if each.end <= start or each.start >= end)
        best = min(
            outside,
            key=lambda each: (not each.sure, max(each.start - end, start - each.end)),
            default=None,
        )
        return best.who if best else ""


def speech(text: str, lang: str, ends: Sequence[int], *, is_title: bool) -> Speech:
    """Return who says what in a text, whose sentences end at `ends`."""
    table = setting(lang, "speech") or {}
    if "patterns" in table:
        return Speech(list(_by_expressions(text, lang, ends)), ends)
    return Speech(list(_by_words(text, lang, is_title=is_title)), ends)


@cache
def _matcher() -> tuple[Matcher, Vocab]:
    vocab = Vocab()
    matcher = Matcher(vocab)
    for name, pattern in _PATTERNS.items():
        matcher.add(name, [pattern], greedy="LONGEST")
    return matcher, vocab


def _by_words(text: str, lang: str, *, is_title: bool) -> Iterator[_Said]:
    words, spans = tokens(text)
    classes = _classes(words, lang)
    if is_title:
        classes, spans = ["b", *classes, "e"], [(0, 0), *spans, (len(text), len(text))]
    if not {"v", "p", "c"} & {*classes}:
        return
    matcher, vocab = _matcher()
    for key, start, end in matcher(Doc(vocab, words=classes)):
        name = vocab.strings[key]
        if name == "after" and setting(lang, "verb_last"):
            continue
        if is_title or name not in {"first", "last"}:
            who = _trimmed(text, [spans[at] for at in range(start, end) if classes[at] in "Nwl"])
            yield _Said(spans[start][0], spans[end - 1][1], name in _FRONT, who)


def _trimmed(text: str, spans: list[tuple[int, int]]) -> str:
    """Return a name without the short words at its ends: `senior official`, but not `the`."""
    while _is_small(text[slice(*spans[0])]):
        spans = spans[1:]
    while _is_small(text[slice(*spans[-1])]):
        spans = spans[:-1]
    return text[spans[0][0] : spans[-1][1]]


def _is_small(word: str) -> bool:
    return word == "The" or word in _SMALL or (len(word) < _WORD and word.islower())


def _classes(words: list[str], lang: str) -> list[str]:
    named = "N" if lang == "ar" else "o"  # Arabic knows no capitals
    classes = [_shape(word, named) for word in words]
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
    if word[0].isalpha():
        shouted = word.isupper() and len(word) > _ACRONYM
        return "N" if word[0].isupper() and not shouted else uncased
    return _MARKS.get(word, "." if not word[0].isalnum() else "o")


@cache
def _expressions(lang: str) -> list[re.Pattern[str]]:
    return [re.compile(pattern) for pattern in setting(lang, "speech")["patterns"]]


def _by_expressions(text: str, lang: str, ends: Sequence[int]) -> Iterator[_Said]:
    start = 0
    for end in ends:
        sentence = text[start : min(end, start + _LONGEST)]
        for pattern in _expressions(lang):
            for found in pattern.finditer(sentence):
                first, last = found.span("who")
                yield _Said(start + first, start + last, True, found["who"].strip())
        start = end
