"""Words, names and numbers of a text, in the forms that reports of one event share. Pure."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING

from anyascii import anyascii

from monitor.text.scripts import CJK, at_first_use

if TYPE_CHECKING:
    from collections.abc import Container, Iterator

_word = at_first_use(rf"[{CJK}]+|[^\W_{CJK}]+")
_is_cjk = at_first_use(f"[{CJK}]")
_STEM = 5  # first letters that the forms of a word share
_SHORTEST = 4  # letters of a word that says something


def stems(text: str, empty: Container[str] = ()) -> Iterator[str]:
    """Yield the first five letters of each word but `empty` ones; of CJK each two characters."""
    for found in _word().finditer(unicodedata.normalize("NFKC", text).lower()):
        word = found[0]
        if word[0] > "\u3039" and _is_cjk().match(word):  # the first test is quick
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
# Spellings of a sound, the longer first. Vowels are left out afterwards.
_SOUNDS = (
    ("tsch", "c"), ("sch", "s"), ("kh", "k"), ("ch", "k"), ("sh", "s"), ("zh", "z"), ("ph", "f"),
    ("ck", "k"), ("cz", "c"), ("sz", "s"), ("rz", "z"), ("th", "t"), ("ts", "c"), ("w", "v"),
    ("q", "k"), ("x", "ks"), ("ł", "l"), ("c", "k"), ("z", "s"), ("h", ""), ("l", "r"),
)  # fmt: skip
# Words of Hebrew, Arabic, the scripts of India, Thai and Georgian; loan words in Japanese.
_CASELESS = re.compile(r"[\u0590-\u077f\u0900-\u0e7f\u10d0-\u10ff]{3,}|[\u30a1-\u30fa\u30fc]{3,}")
_ARTICLE = re.compile(r"\A(?:[وبل]?ال|[וה](?=.{4}))")
_SPOKEN = str.maketrans("jm", "sn")
_VOWELS = re.compile(r"[aeiouyj]")
_TWICE = re.compile(r"(.)\1+")
_FEWEST = 3  # consonants that make a name
_TITLE_CASE = 0.6  # share of words with a capital above which a headline is in title case
_FEW = 3  # words of a headline that is too short to tell


def names(title: str, text: str) -> Iterator[str]:
    """Yield the consonants of each name, the same in all scripts that write sounds.

    A name has a capital where no sentence begins. `Плесецк` and `Plesetsk` are the same; `Рютте`
    and `Rutte` have too few consonants to be told from other words. In a script without capitals
    each word may be a name: there one more consonant is needed.
    """
    for part in ("" if _is_title_case(title) else title, text):
        for found in _NAME.finditer(part):
            name = found[1]
            if name[0].isupper() and len(consonants := _consonants(name)) >= _FEWEST:
                yield consonants
    for found in _CASELESS.finditer(f"{title} {text}"):
        if len(consonants := _consonants_spoken(found[0])) > _FEWEST:
            yield consonants


def _is_title_case(title: str) -> bool:
    if title.isupper():
        return True
    words = re.findall(r"[^\W\d_][\w'’-]*", title)
    capitals = sum(word[0].isupper() for word in words)
    return len(words) > _FEW and capitals > _TITLE_CASE * len(words)


@lru_cache(maxsize=1024)  # names come again and again
def _consonants_spoken(word: str) -> str:
    """Return the consonants of a word in a script that is no Latin, Greek or Cyrillic one."""
    word = _ARTICLE.sub("", word)
    sounds = anyascii(word).lower().translate(_SPOKEN)
    return _consonants(sounds if word[0] > "\u0700" else sounds.replace("w", "").replace("v", ""))


@lru_cache(maxsize=1024)
def _consonants(name: str) -> str:
    name = unicodedata.normalize("NFKD", anyascii(name.lower().translate(_CYRILLIC)).lower())
    for written, sound in _SOUNDS:
        name = name.replace(written, sound)
    name = "".join(letter for letter in name if letter.isascii() and letter.isalpha())
    return _TWICE.sub(r"\1", _VOWELS.sub("", name))


_MODEL = re.compile(r"[^\W\d_][-\u2010\u2011](\d{1,3})(?!\d)")


def models(text: str) -> Iterator[str]:
    """Yield the numbers in names of models: the 19 of `Hwasong-19` and of 화성-19."""
    yield from _MODEL.findall(text)


def without_models(text: str) -> str:
    """Return a text without the numbers in names of models."""
    return _MODEL.sub(" ", text)


# ── numbers ───────────────────────────────────────────────────────────────────────────────────

_GROUPED = r"\d{1,3}(?:[.,\u00a0\u202f ]\d{3})+(?!\d)"
_NUMBER = re.compile(rf"({_GROUPED})|\d+(?:[.,]\d+)?")
# Words behind a number that multiply it: at most 12 letters after it, endings may follow.
_THOUSAND = (
    r"thousand|tys\b|tysi[ąę]c|тыс|тис|mil\b|mille|mila\b|tausend|tusen|duizend|tisíc|tisoč|tisuć|hiljad"
    r"|ezer|tuhat|tūkst|mii\b|хил|хиљ|илјад|ribu|nghìn|ngàn|bin\b|ming\b|мың|χιλι|ألف|آلاف|ہزار|هزار"
    r"|אלף|אלפי|हज़?ार|হাজার|હજાર|వేల|వేయి|ஆயிர|ათას|հազար|พัน|천|千"
)
_MILLION = (
    r"million|mln|млн|мільйон|миллион|millones|milh|milion|milió|miljo|milj|milyon|juta|triệu|εκατομ|مليون|ملايين"
    r"|میلیون|מיליון|ล้าน"
)
_TIMES = (
    (1_000, re.compile(rf"\s?(?:{_THOUSAND})")),
    (10_000, re.compile(r"\s?(?:[만万萬]|หมื่น)")),
    (100_000, re.compile(r"\s?(?:लाख|লাখ|لاکھ|แสน|lakh)")),
    (1_000_000, re.compile(rf"\s?(?:{_MILLION})")),
)
LEAST_NUMBER = 4  # smaller numbers are in every text
_YEARS = (1900, 2100)


def numbers(text: str) -> Iterator[str]:
    """Yield the numbers of a text in digits: `8,000`, `8 тыс.` and `8천` are `8000`.

    Years, and numbers below four, say too little and are left out.
    """
    for found in _NUMBER.finditer(text):
        is_grouped = bool(found[1])
        digits = re.sub(r"\D", "", found[0]) if is_grouped else found[0].replace(",", ".")
        value = float(digits)

        following = text[found.end() : found.end() + 12].lower()
        for times, pattern in _TIMES:
            if pattern.match(following):
                value *= times
        if value >= LEAST_NUMBER and not _YEARS[0] <= value <= _YEARS[1]:
            yield f"{value:g}"
