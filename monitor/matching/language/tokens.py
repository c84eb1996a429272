"""Tokens: the words of a text, split in the same way for terms and for articles.

- A word consists of letters and digits. Hyphens and apostrophes inside a word separate without
  being tokens, so `Hwasong-19` is `Hwasong 19`, and `Kursk's` holds `Kursk`.
- A prefix that reverses the meaning stays with its word: `de-escalation` does not hold
  `escalation`, but `UN-backed` holds `UN`.
- Interchangeable letters are folded: ё and е, the Turkish dotless ı and i, the alefs of Arabic.
  Arabic vowel marks and Russian stress marks are dropped.
- Each Chinese, Japanese or Korean character is a word, because these scripts write no spaces, or
  glue particles to a word: `북한` is found in `북한군이`.
- Other punctuation is a token of its own: a phrase does not reach over a comma.
"""

from __future__ import annotations

import re
import unicodedata
from itertools import groupby
from typing import TYPE_CHECKING

from monitor.text.scripts import CJK

if TYPE_CHECKING:
    from collections.abc import Iterable


def _ranges(points: Iterable[int]) -> str:
    """Return code points as the inside of a character class."""
    runs = (list(run) for _, run in groupby(enumerate(points), lambda each: each[1] - each[0]))
    return "".join(f"{chr(run[0][1])}-{chr(run[-1][1])}" for run in runs)


# Combining marks, which belong to the letter before, such as the vowel signs of Hindi.
_MARKS = _ranges(p for p in range(0x300, 0x1F000) if unicodedata.category(chr(p)) in {"Mn", "Mc"})
# U+02BC is a letter in Unicode, but an apostrophe in texts. Possessive (++): no backtracking.
_WORD = rf"(?:[^\W_\u02bc{CJK}]++[{_MARKS}]*+)++"
_JOINER = "[-\u200c\u200d\u2010\u2011'\u2019\u02bc\u00b7]"
_TOKEN = re.compile(
    rf"[{CJK}]"
    rf"|(?!UN)(?i:de|non|un|re|dis)[-\u2010\u2011]{_WORD}"
    rf"|{_WORD}"
    rf"|(?<=\w){_JOINER}(?=\w)"
    r"|\S"
)
_IS_CJK = re.compile(rf"[{CJK}]")
_IS_JOINER = re.compile(rf"{_JOINER}\Z")
# Without the Turkish letters, IRAK would differ from ırak, and İran from Iran.
FOLD: dict[int, str | None] = {
    ord("ё"): "е", ord("Ё"): "Е", 0x130: "I", 0x131: "i", 0x2010: "-", 0x2011: "-",
    # Arabic and Persian: interchangeable letters
    0x622: "ا", 0x623: "ا", 0x625: "ا", 0x671: "ا", 0x649: "ي", 0x6CC: "ي", 0x6A9: "ك",
    # Russian stress marks, Arabic vowel marks and lengthening
    **dict.fromkeys((*range(0x300, 0x370), 0x640, *range(0x64B, 0x653))),
}  # fmt: skip
_LONGEST_ACRONYM = 5


def tokens(text: str) -> tuple[list[str], list[tuple[int, int]]]:
    """Return the words of a text, folded, and their offsets (start, end) in code points."""
    words: list[str] = []
    spans: list[tuple[int, int]] = []
    for found in _TOKEN.finditer(text):
        start, end = found.span()
        word = found[0]
        if end - start == 1 and start and _IS_JOINER.match(word) and _joins(text, start):
            continue
        words.append(word if word.isascii() else word.translate(FOLD) or word)
        spans.append((start, end))
    return words, spans


def _joins(text: str, at: int) -> bool:
    """Whether the character at `at` stands between letters or digits."""
    return at + 1 < len(text) and text[at - 1].isalnum() and text[at + 1].isalnum()


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
