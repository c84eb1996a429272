"""Where a word begins and ends, for terms and for articles alike.

- A word is letters and digits; hyphens and apostrophes inside it separate without being words
  themselves, so `Hwasong-19` is `Hwasong 19`, and `Kursk's` holds `Kursk`.
- A prefix that turns a word around stays with it: `de-escalation` does not hold `escalation`,
  but `UN-backed` holds `UN`.
- Chinese, Japanese and Korean are written without spaces, or glue particles to a word: each
  character is a word there, so `북한` is found in `북한군이`.
- Other punctuation is a word of its own: a phrase does not reach over a comma.
"""

from __future__ import annotations

import re

_CJK = (
    "\u1100-\u11ff\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3031-\u3035\u3041-\u3096\u309d-\u309f"
    "\u30a1-\u30fa\u30fc-\u30ff\u3130-\u318f\u31a0-\u31bf\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff"
    "\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003134f"
)
_MARKS = "\u0300-\u036f"  # combining accents, such as the stress marks of Russian
_WORD = rf"(?:[^\W_\u02bc{_CJK}][{_MARKS}]*)+"  # U+02BC counts as a letter, but is an apostrophe
_JOINER = "[-\u2010\u2011'\u2019\u02bc\u00b7]"
_TOKEN = re.compile(
    rf"[{_CJK}]"
    rf"|(?!(?-i:UN))(?:de|non|un|re|dis)[-\u2010\u2011]{_WORD}"
    rf"|{_WORD}"
    rf"|(?<=\w){_JOINER}(?=\w)"
    rf"|[^\s]",
    re.IGNORECASE,
)
_IS_JOINER = re.compile(rf"{_JOINER}\Z")
_FOLD = {ord("ё"): "е", ord("Ё"): "Е", 0x2010: "-", 0x2011: "-"} | dict.fromkeys(
    range(0x300, 0x370)
)
_LONGEST_ACRONYM = 5


def tokens(text: str) -> tuple[list[str], list[tuple[int, int]]]:
    """Return the words of a text, folded, and where each stands (start, end) in code points."""
    words: list[str] = []
    spans: list[tuple[int, int]] = []
    for found in _TOKEN.finditer(text):
        start, end = found.span()
        if end - start == 1 and start and _IS_JOINER.match(found[0]) and _joins(text, start):
            continue
        words.append(found[0].translate(_FOLD) or found[0])
        spans.append((start, end))
    return words, spans


def _joins(text: str, at: int) -> bool:
    return at + 1 < len(text) and text[at - 1].isalnum() and text[at + 1].isalnum()


def is_acronym(term: str) -> bool:
    """Whether a term is matched in its own case: `ICBM` and `KPA`, but not `Kursk`."""
    return term.isalnum() and term.isupper() and term.isascii() and len(term) <= _LONGEST_ACRONYM


def mistake(term: str) -> str | None:
    """Say what is wrong with a term, or None."""
    if not any(character.isalnum() for character in term):
        return "a term needs a letter or a digit"
    return None
