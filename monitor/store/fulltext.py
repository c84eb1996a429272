"""Text and queries for SQLite's full-text index (FTS5). Pure.

FTS5's tokenizer splits at characters other than letters and digits, which finds nothing inside a
sentence of Chinese, Japanese, Korean, Thai, Lao, Khmer or Burmese: such text is indexed a character
at a time, and queried as a phrase; the tokenizer leaves out vowel signs and tone marks. Other words
are queried by prefix, so that `солдат` finds `солдаты`.
"""

from __future__ import annotations

import unicodedata

from monitor.text.scripts import CJK, SOUTH_EAST_ASIAN, SOUTH_EAST_ASIAN_MARKS, at_first_use

_CHARACTER = rf"(?=\w)[{CJK}{SOUTH_EAST_ASIAN}][{SOUTH_EAST_ASIAN_MARKS}]*"
_any = at_first_use(rf"[{CJK}{SOUTH_EAST_ASIAN}]")  # seeks four times as fast as `_one`
_one = at_first_use(_CHARACTER)
_has_marks = at_first_use(rf"[{SOUTH_EAST_ASIAN_MARKS}]")
# Around each of them; a place without characters is filled twice as fast as they are replaced.
_between = at_first_use(
    rf"(?<=[{CJK}{SOUTH_EAST_ASIAN}{SOUTH_EAST_ASIAN_MARKS}])(?![{SOUTH_EAST_ASIAN_MARKS}])"
    rf"|(?<!\s)(?=(?=\w)[{CJK}{SOUTH_EAST_ASIAN}])"
)
# `、` and the wide space end a word
_word = at_first_use(rf"(?:{_CHARACTER})+|[^\W_{CJK}{SOUTH_EAST_ASIAN}]+")


_BEYOND_BASIC = 0x10000


class _Spaced(dict[int, str]):
    """What characters become: those of Chinese, Japanese and Korean stand between spaces.

    A character is looked at once, which takes half of the time of a pattern. Those outside the
    basic plane are rare, and too many to be kept.
    """

    def __missing__(self, code: int) -> str:
        character = chr(code)
        spaced = f" {character} " if _one().match(character) else character
        if code < _BEYOND_BASIC:
            self[code] = spaced
        return spaced


_SPACED = _Spaced()


def split(text: str) -> str:
    """Return `text` with spaces between the characters of a script without spaces."""
    if text.isascii() or not _any().search(text):
        return text
    if _has_marks().search(text):  # a letter and its marks stay together
        return _between().sub(" ", text)
    return text.translate(_SPACED)


def query(words: str) -> str:
    """Return an FTS5 query for articles that contain all the words, "" for no words."""
    terms = []
    for word in _word().findall(unicodedata.normalize("NFC", words)):
        if characters := _one().findall(word):
            terms.append(f'"{" ".join(characters)}"')
        else:
            terms.append(f'"{word}"*')
    return " ".join(terms)


def phrase(words: str, *, begins: bool) -> str:
    """Return an FTS5 query for words in this order, "" for none; `begins`: the last may go on."""
    shown = " ".join(_word().findall(unicodedata.normalize("NFC", words)))
    if not shown:
        return ""
    return f'"{split(shown).strip()}"' + ("*" if begins and not _one().search(shown) else "")
