"""Words, names and numbers of a text, as they are compared with those of another report. Pure."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from monitor.text.scripts import CJK as _CJK

if TYPE_CHECKING:
    from collections.abc import Container, Iterator

_WORD = re.compile(rf"[{_CJK}]+|[^\W_{_CJK}]+")
_STEM = 5  # letters by which forms of a word are one
_SHORTEST = 4  # letters of a word that says something


def stems(text: str, empty: Container[str] = ()) -> Iterator[str]:
    """Yield the words of a text but `empty` ones, by their first letters; of CJK two characters."""
    for found in _WORD.finditer(unicodedata.normalize("NFKC", text).lower()):
        word = found[0]
        if not word.isascii() and re.match(f"[{_CJK}]", word):
            yield from (word[at : at + 2] for at in range(len(word) - 1))
        elif word in empty:
            continue
        elif (len(word) >= _SHORTEST and word[0].isalpha()) or _is_mixed(word):
            yield word[:_STEM]


def _is_mixed(word: str) -> bool:
    return any(c.isdigit() for c in word) and any(c.isalpha() for c in word)


# ── names ─────────────────────────────────────────────────────────────────────────────────────

_NAME = re.compile(r"(?<!\A)(?<![.!?…:»\"“„]\s)\b([^\W\d_][\w'’]+)")
_CYRILLIC = str.maketrans("бвгґджзклмнпрстфхцчшщљњћђџ", "bvggdzzklmnprstfkccsslncdd")
# Ways to write a sound, the longer first; what is left of vowels goes.
_SOUNDS = (
    ("tsch", "c"), ("sch", "s"), ("kh", "k"), ("ch", "k"), ("sh", "s"), ("zh", "z"), ("ph", "f"),
    ("ck", "k"), ("cz", "c"), ("sz", "s"), ("rz", "z"), ("th", "t"), ("ts", "c"), ("w", "v"),
    ("q", "k"), ("x", "ks"), ("ł", "l"), ("c", "k"), ("z", "s"), ("h", ""),
)  # fmt: skip
_VOWELS = re.compile(r"[aeiouyj]")
_TWICE = re.compile(r"(.)\1+")
_FEWEST = 3  # consonants that make a name
_TITLE_CASE = 0.6  # share of words with a capital, in a headline that has them all so
_FEW = 3  # words, of which nobody can tell whether they are all so


def names(title: str, text: str) -> Iterator[str]:
    """Yield the names in a text by their consonants, alike in Latin and in Cyrillic letters.

    A name has a capital where no sentence begins. `Рютте` and `Rutte` have too few consonants to be
    told from other words; `Плесецк` and `Plesetsk` are the same.
    """
    words = re.findall(r"[^\W\d_][\w'’-]*", title)
    capitals = sum(word[0].isupper() for word in words)
    all_so = len(words) > _FEW and capitals > _TITLE_CASE * len(words)
    for part in ("" if all_so else title, text):
        for found in _NAME.finditer(part):
            if found[1][0].isupper() and len(consonants := _consonants(found[1])) >= _FEWEST:
                yield consonants


def _consonants(name: str) -> str:
    name = unicodedata.normalize("NFKD", name.lower().translate(_CYRILLIC))
    for written, sound in _SOUNDS:
        name = name.replace(written, sound)
    name = "".join(letter for letter in name if letter.isascii() and letter.isalpha())
    return _TWICE.sub(r"\1", _VOWELS.sub("", name))


_MODEL = re.compile(r"[^\W\d_][-\u2010\u2011](\d{1,3})(?!\d)")


def models(text: str) -> Iterator[str]:
    """Yield the numbers that are part of a name: the 19 of `Hwasong-19` and of 화성-19."""
    yield from _MODEL.findall(text)


# ── numbers ───────────────────────────────────────────────────────────────────────────────────

_GROUPED = r"\d{1,3}(?:[.,\u00a0\u202f ]\d{3})+(?!\d)"
_NUMBER = re.compile(rf"({_GROUPED})|\d+(?:[.,]\d+)?")
_TIMES = (
    (1_000, re.compile(r"\s?(?:thousand|tys|тыс|тис|mil\b|mille|tausend|ألف|हज़?ार|bin\b|천|千)")),
    (10_000, re.compile(r"\s?[만万萬]")),
    (1_000_000, re.compile(r"\s?(?:million|mln|млн|millones|milh|milion)")),
)
_LEAST = 4  # smaller ones are everywhere
_YEARS = (1900, 2100)


def numbers(text: str) -> Iterator[str]:
    """Yield the numbers of a text in figures: `8,000`, `8 тыс.` and `8천` are `8000`.

    Years and what is smaller than four say too little.
    """
    for found in _NUMBER.finditer(text):
        written = re.sub(r"\D", "", found[0]) if found[1] else found[0].replace(",", ".")
        value = float(written)
        for times, pattern in _TIMES:
            if pattern.match(text[found.end() : found.end() + 10].lower()):
                value *= times
        if value >= _LEAST and not _YEARS[0] <= value <= _YEARS[1]:
            yield f"{value:g}"
