"""Letters that stand for one another: the same letter in several forms, scripts and cases.

- Full-width, half-width and mathematical letters, ligatures and Arabic presentation forms are
  folded as Unicode's compatibility form (NFKC) does; punctuation and superscripts stay.
- A word of two scripts, with letters of the one that look like letters of the other (`Украïна` with
  a Latin ï), is written in the script of most of its letters.
- In words of capitals accents are often left out (`COREE DU NORD`).
- The words of a hashtag begin with capitals: `#NorthKorea`.
"""

from __future__ import annotations

import re
import unicodedata
from itertools import pairwise

from monitor.text.scripts import at_first_use


def _pairs(letters: str, usual: str) -> dict[int, str]:
    return {ord(letter): plain for letter, plain in zip(letters, usual, strict=True)}


_BASIC: dict[int, str | None] = {
    # Without the Turkish letters, IRAK would differ from ırak, and İran from Iran.
    ord("ё"): "е", ord("Ё"): "Е", 0x130: "I", 0x131: "i", 0x2010: "-", 0x2011: "-",
    ord("ß"): "ss", ord("ẞ"): "SS",
    # Arabic and Persian: interchangeable letters
    0x622: "ا", 0x623: "ا", 0x625: "ا", 0x671: "ا", 0x649: "ي", 0x6CC: "ي", 0x6A9: "ك",
    # Greek accents, which move when a word is inflected and are missing in capitals
    **_pairs("άέήίόύώΐΰΆΈΉΊΌΎΏ", "αεηιουωϊϋΑΕΗΙΟΥΩ"),
    # Russian stress marks, Arabic vowel marks and lengthening
    **dict.fromkeys((*range(0x300, 0x370), 0x640, *range(0x64B, 0x653))),
}  # fmt: skip
# Letterlike symbols, Roman numerals, Latin and Arabic ligatures, full and half width, mathematics.
_COMPATIBLE = (
    *range(0x2100, 0x2150), *range(0x2160, 0x2189), *range(0xFB00, 0xFB07), *range(0xFB50, 0xFE00),
    *range(0xFE70, 0xFEFD), *range(0xFF10, 0xFFA0), *range(0x1D400, 0x1D800),
)  # fmt: skip
_MATHEMATICAL = 0x1D400
_LETTERS = frozenset({"Lu", "Ll", "Lo", "Lm", "Nd", "Nl"})


def _compatible() -> dict[int, str | None]:
    """Return the letters and digits of `_COMPATIBLE` with their usual forms.

    Vowel marks on nothing and mathematical Greek stay.
    """
    found: dict[int, str | None] = {}
    for point in _COMPATIBLE:
        usual = unicodedata.normalize("NFKC", chr(point))
        is_letter = unicodedata.category(chr(point)) in _LETTERS and " " not in usual
        is_foreign = point >= _MATHEMATICAL and not usual.isascii()
        if is_letter and not is_foreign and (plain := usual.translate(_BASIC)):
            found[point] = plain
    return found


FOLD = _compatible() | _BASIC
DASHES = "\u2012\u2013\u2212\ufe63\uff0d"  # written for a hyphen: figure and en dash, minus …
_IN_WORDS = FOLD | dict.fromkeys(map(ord, DASHES), "-")
_VOICE_MARKS = "\u3099\u309a"  # of half-width kana, which join the letter before


_ASTRAL = 0x10000  # beyond, a range is searched fast, and a set is not
_folds = "".join(chr(point) for point in _IN_WORDS if point < _ASTRAL)
_foldable = at_first_use(f"[{re.escape(_folds)}{_VOICE_MARKS}{chr(_ASTRAL)}-\U0010ffff]")


def may_fold(text: str) -> bool:
    """Whether `folded` may change a word of a text; a text in ASCII has none."""
    return bool(_foldable().search(text))


def folded(word: str) -> str:
    """Return a word with the usual forms of its letters; a mark alone stays as it is."""
    if len(word) == 1:
        return word.translate(FOLD) or word
    usual = word.translate(_IN_WORDS) or word
    return composed(usual) if usual[-1] in _VOICE_MARKS else usual


def composed(text: str) -> str:
    """Return a text in which the marks of half-width kana are joined with their letters."""
    voiced = any(mark in text for mark in _VOICE_MARKS)  # a regular expression takes far longer
    return unicodedata.normalize("NFC", text) if voiced else text


# -------------------------------------------------------------------------- look-alikes

_LATIN, _OTHER = "A-Za-z\u00c0-\u024f", "\u0370-\u04ff"
_IN_OTHER, _IN_LATIN = re.compile(f"[{_OTHER}]"), re.compile(f"[{_LATIN}]")
_MIXED = re.compile(f"[{_LATIN}](?:(?=[{_OTHER}])|(?<=[{_OTHER}][{_LATIN}]))")
_LETTERS_IN_A_ROW = re.compile(r"[^\W\d_\u02bc]+")
_PAIRS = (
    ("aceopxyijsïëABCEHIKMOPTXYJSÏË", "асеорхуіјѕїёАВСЕНІКМОРТХУЈЅЇЁ"),
    ("oABEZHIKMNOPTYX", "οΑΒΕΖΗΙΚΜΝΟΡΤΥΧ"),
)
_TO_LATIN = {ord(b): a for latin, other in _PAIRS for a, b in zip(latin, other, strict=True)}
_TO_LATIN |= _pairs("όΆΈΉΊΌΎ", "oAEHIOY")  # accented Greek letters are plain ones, as above
_FROM_LATIN = [str.maketrans(latin, other) for latin, other in _PAIRS]


def is_mixed(text: str) -> bool:
    """Whether a letter of the Latin script stands next to one of the Cyrillic or Greek script."""
    if not _IN_OTHER.search(text) or not _IN_LATIN.search(text):
        return False
    return bool(_MIXED.search(text))


def _in_one_script(word: str) -> str:
    """Return a word in the script of most of its letters, if all others look like some there."""
    if not _MIXED.search(word):
        return word
    latin, other = len(_IN_LATIN.findall(word)), len(_IN_OTHER.findall(word))
    if latin > other:
        return _if_whole(word.translate(_TO_LATIN), _IN_OTHER, word)
    tried = (_if_whole(word.translate(table), _IN_LATIN, "") for table in _FROM_LATIN)
    return next(filter(None, tried), word)


def _if_whole(tried: str, others: re.Pattern[str], word: str) -> str:
    return word if others.search(tried) else tried


def mended(text: str) -> str:
    """Return a text with each of its words in one script."""
    if not is_mixed(text):
        return text
    return "\n".join(_mended(line) if is_mixed(line) else line for line in text.split("\n"))


def _mended(line: str) -> str:
    return _LETTERS_IN_A_ROW.sub(lambda found: _in_one_script(found[0]), line)


# ----------------------------------------------------------------------------- capitals

_FEWEST_CAPITALS = 3  # words of a text in capitals; fewer may be names
_ACCENTED = re.compile("[\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u00ff]")  # of the west of Europe
_OTHERS = re.compile("[^\x00-\u00ff]")
_ACCENT = re.compile("[\u0300-\u036f]")


def is_shouted(text: str) -> bool:
    """Whether a text is all in capitals, and long enough not to be a name."""
    return text.isupper() and sum(map(str.isalpha, text.split())) >= _FEWEST_CAPITALS


def has_accents(text: str) -> bool:
    """Whether a text has accents that are often left out in capitals."""
    return bool(_ACCENTED.search(text))


def may_lose_accents(form: str) -> bool:
    """Whether a form has accents that are often left out in capitals."""
    return has_accents(form) and not _OTHERS.search(form)


def without_accents(text: str) -> str:
    """Return a text without accents."""
    return _ACCENT.sub("", unicodedata.normalize("NFD", text)) if not text.isascii() else text


# ----------------------------------------------------------------------------- hashtags

TAG = re.compile(r"(?<=[#\uff03])\w+")
_CAMEL = re.compile(r"[^\W\d_][A-Z\u0400-\u042f]")
_LONG = 4  # letters of a name with a number (`Hwasong19`), unlike `G20`


def has_tag(text: str) -> bool:
    """Whether a text may have a hashtag."""
    return "#" in text or "\uff03" in text


def split_word(word: str) -> list[tuple[int, int]]:
    """Return the offsets of the words that a hashtag's word consists of."""
    starts = [0, *(at for at in range(1, len(word)) if _begins(word, at)), len(word)]
    return list(pairwise(starts))


def _begins(word: str, at: int) -> bool:
    """Whether a word begins within another one: at the K of `NorthKorea`, `USKorea`."""
    before, here = word[at - 1], word[at]
    if here.isupper():
        ends_acronym = before.isupper() and len(word) > at + 2 and word[at + 1 : at + 3].islower()
        return before.islower() or ends_acronym
    return here.isdigit() and word[:at].isalpha() and at >= _LONG


def in_words(text: str) -> str:
    """Return a text in which the words of hashtags are apart."""
    return TAG.sub(lambda found: apart(found[0]), text)


def apart(word: str) -> str:
    """Return the words of a hashtag's word with spaces between them."""
    return " ".join(word[start:end] for start, end in split_word(word))


def has_words(text: str) -> bool:
    """Whether a word of a text would be several words in a hashtag."""
    return bool(_CAMEL.search(text))


def tagged(form: str) -> str | None:
    """Return a form as it is found in a hashtag, None where that makes no difference."""
    return " ".join(map(apart, form.split())) if has_words(form) else None
