"""Tokens: the words of a text, split in the same way for terms and for articles.

- A word consists of letters and digits. Hyphens, apostrophes and low lines inside a word separate
  without being tokens, so `Hwasong-19` is `Hwasong 19`, and `Kursk's` holds `Kursk`. A dash for a
  hyphen does so, too (`Hwasong–19`), but stays a dash between numbers.
- The quotation mark before the last letter of a Hebrew abbreviation separates, too, whichever of
  the marks in use it is: `צה״ל`, `צה"ל`.
- A dotted abbreviation is one word, with its last dot: `U.S.`, also where a text has `U.S`.
- A prefix that reverses the meaning stays with its word: `de-escalation` does not hold
  `escalation`, but `UN-backed` holds `UN`.
- Interchangeable letters are folded: ё and е, ß and ss, the Turkish dotless ı and i, the alefs of
  Arabic, full-width letters (see `letters`). Arabic vowel marks and Russian stress marks are
  dropped.
- A hashtag is the mark and its words: `#NorthKorea` is `# North Korea`.
- Each Chinese, Japanese or Korean character is a word, because these scripts write no spaces, or
  glue particles to a word: `북한` is found in `북한군이`. So is each letter of Thai, Lao, Khmer and
  Burmese, with its vowel signs and tone marks.
- Other punctuation is a token of its own: a phrase does not reach over a comma.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache
from itertools import chain, groupby
from typing import TYPE_CHECKING

from monitor.matching.language.letters import (
    DASHES,
    TAG,
    folded,
    has_tag,
    is_mixed,
    may_fold,
    mended,
    split_word,
)
from monitor.text.scripts import CJK, SOUTH_EAST_ASIAN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


def _ranges(points: Iterable[int]) -> str:
    """Return code points as the inside of a character class."""
    runs = (list(run) for _, run in groupby(enumerate(points), lambda each: each[1] - each[0]))
    return "".join(f"{chr(run[0][1])}-{chr(run[-1][1])}" for run in runs)


# U+02BC is a letter in Unicode, but an apostrophe in texts. Possessive (++): no backtracking.
_UNSPACED = f"{CJK}{SOUTH_EAST_ASIAN}"
_LETTER = r"[^\W_]"
_JOINER = r"[-_\u200c\u200d\u2010\u2011'\u2019\u02bc\uff07\u00b7\u05f3]"
_HEBREW = r"[\u05d0-\u05ea]"
# A Hebrew abbreviation, as newsrooms write it: צה״ל with the sign of its own or a quotation mark.
_IN_ABBREVIATION = rf"(?<={_HEBREW})(?:[\u05f4\"\u201c-\u201e\u2033]|''|\u05f3\u05f3)(?={_HEBREW})"
_DOTTED = rf"(?<![\w.])[^\W\d_{_UNSPACED}](?:\.[^\W\d_{_UNSPACED}])++\.?+(?!\w)"
_BETWEEN = (
    rf"((?<={_LETTER}){_JOINER}(?={_LETTER})"
    rf"|(?<=[^\W\d_])(?:[{DASHES}](?={_LETTER})|[\u2014\u2015](?=\d))"
    rf"|{_IN_ABBREVIATION})"
)
# All but large blocks without marks: Chinese characters, Korean syllables, private ones, Tangut.
_MAY_BE_MARKS = (range(0x300, 0x3400), range(0xA000, 0xAC00), range(0xD7B0, 0xE000),
                 range(0xFB00, 0x17000), range(0x18D80, 0x1F000))  # fmt: skip
_HAS_DOTTED = re.compile(r"\.\w\b")  # quick, and nearly always right
_IS_CJK = re.compile(rf"[{CJK}]")
_IS_SOUTH_EAST_ASIAN = re.compile(rf"[{SOUTH_EAST_ASIAN}]")
_LONGEST_ACRONYM = 5
_MOST_KEPT = 20_000  # characters of a text


@cache
def marks() -> str:
    """Return the inside of a character class: combining marks, such as the vowel signs of Hindi.

    They belong to the letter before.
    """
    points = chain.from_iterable(_MAY_BE_MARKS)
    return _ranges(p for p in points if unicodedata.category(chr(p)) in {"Mn", "Mc"})


@cache
def _token(*, dotted: bool) -> re.Pattern[str]:
    """Return the pattern of a token, with abbreviations if `dotted`.

    Compiled at first use: that takes longer than some commands do.
    """
    of_letter = rf"[{marks()}]*+"
    word = rf"(?:[^\W_\u02bc{_UNSPACED}]++{of_letter})++"
    kinds = [
        rf"[\uff66-\uff9d][\uff9e\uff9f]|[{CJK}]|[{SOUTH_EAST_ASIAN}]{of_letter}",
        *([_DOTTED] if dotted else []),
        rf"(?!UN)(?i:de|non|un|re|dis)[-\u2010\u2011{DASHES}]{word}",
        word,
        _BETWEEN,
        r"\S",
    ]
    return re.compile("|".join(kinds))


def tokens(text: str) -> tuple[list[str], list[tuple[int, int]]]:
    """Return the words of a text, folded, and their offsets (start, end) in code points."""
    words: list[str] = []
    spans: list[tuple[int, int]] = []
    fold = _fold_of(text)
    dotted = _HAS_DOTTED.search(text)
    for found in _token(dotted=bool(dotted)).finditer(text):
        if found.lastindex:  # a joiner
            continue
        word = found[0]
        words.append(fold(word) if fold and not word.isascii() else word)
        spans.append(found.span())
    if dotted:
        words = [word if "." not in word[1:] else f"{word.rstrip('.')}." for word in words]
    return _with_tags_split(words, spans, text) if has_tag(text) else (words, spans)


def tokens_of(text: str) -> tuple[list[str], list[tuple[int, int]]]:
    """Return the `tokens` of an article's text or of a part of it; the lists may be shared.

    Those of a long text are not kept: they take 200 bytes of memory for each Chinese character.
    """
    return _kept_tokens(text) if len(text) <= _MOST_KEPT else tokens(text)


@lru_cache(maxsize=8)  # matching, and all that tells what a hit says, ask for the same texts
def _kept_tokens(text: str) -> tuple[list[str], list[tuple[int, int]]]:
    return tokens(text)


def _fold_of(text: str) -> Callable[[str], str] | None:
    """Return what folds the words of a text, None where it would change none."""
    if text.isascii():
        return None
    if is_mixed(text):
        return _in_one_script
    return folded if may_fold(text) else None


def _in_one_script(word: str) -> str:
    return folded(mended(word))


def _with_tags_split(
    words: list[str], spans: list[tuple[int, int]], text: str
) -> tuple[list[str], list[tuple[int, int]]]:
    """Return tokens with those of hashtags split into words."""
    inside = {at for tag in TAG.finditer(text) for at in range(*tag.span())}
    split_words: list[str] = []
    split_spans: list[tuple[int, int]] = []
    for word, (start, end) in zip(words, spans, strict=True):
        pieces = split_word(text[start:end]) if start in inside else []
        if len(pieces) > 1:
            split_words += [folded(text[start + first : start + last]) for first, last in pieces]
            split_spans += [(start + first, start + last) for first, last in pieces]
        else:
            split_words.append(word)
            split_spans.append((start, end))
    return split_words, split_spans


def is_acronym(term: str) -> bool:
    """Whether a term is matched in its own case: `ICBM` and `KPA`, but not `Kursk`."""
    return term.isalnum() and term.isupper() and term.isascii() and len(term) <= _LONGEST_ACRONYM


def mistake(term: str) -> str | None:
    """Return the mistake in a term, or None."""
    if not any(character.isalnum() for character in term):
        return "a term needs a letter or a digit"
    return None


def is_cjk(word: str) -> bool:
    """Whether a word is a character of Chinese, Japanese or Korean."""
    return bool(_IS_CJK.match(word))


def is_south_east_asian(word: str) -> bool:
    """Whether a word is a letter of Thai, Lao, Khmer or Burmese."""
    return bool(_IS_SOUTH_EAST_ASIAN.match(word))


def is_unspaced(word: str) -> bool:
    """Whether a word is a character of a script that puts no spaces between words."""
    return is_cjk(word) or is_south_east_asian(word)
