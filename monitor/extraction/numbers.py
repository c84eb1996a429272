"""A text as a list of items: numbers, words with a role, and other words.

Numbers are read as each language writes them: `8,000`, `8.000`, `8 000`, `8 тыс.`, `1만1000`,
`10k`, `two thousand`. Dates, times, names of weapons and digits next to letters are no numbers.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

from monitor.extraction.lexicon import lexicon, setting
from monitor.extraction.models import model_names
from monitor.matching.language.tokens import tokens_of
from monitor.text.scripts import CJK

if TYPE_CHECKING:
    from collections.abc import Iterator

_LETTER = rf"[^\W\d_{CJK}]"
_NO_NAME = rf"(?<!{_LETTER})(?<![^\W_][-‐‑/])(?<!{_LETTER}[‒–−])(?<!\d[.,:])(?<!\d)"  # S-300, F16
_DATE = r"\d{1,4}(?P<d>[./-])\d{1,2}(?P=d)\d{2,4}|\d{1,2}:\d\d|\d++(?:/\d++)++"
_GROUPS = r"\d{1,3}(?:(?P<s>[.,'’\u00a0\u202f\u2009 ])\d{3})(?:(?P=s)\d{3}){0,6}+"
_TIGHT = _GROUPS.replace(" ]", "]")
_PLAIN = r"\d++(?:[.,]\d++)?"
_SUFFIX = (
    rf"(?P<scale>(?:k|K|m|M|bn|tn|mila)(?!{_LETTER}|\d))"
    rf"|(?P<nth>(?:st|nd|rd|th|e|ème|[ºª]|-?(?:й|го|ый|ий|ого|ої))(?!{_LETTER}))"
)
# Stretches whose numbers count nothing: addresses (`%D0%A5` is a letter there), telephone numbers,
# and the number of a wire's update (`UPDATE 2-North Korea …`).
_ADDRESS = r"(?:https?://|www\.)[^\s<>\"]+|(?<=[^\W\d])(?:%[0-9A-Fa-f]{2})+|(?:%[0-9A-Fa-f]{2}){2,}"
_TELEPHONE = r"(?<![\d+])\+\d{1,3}[ \u00a0(-]{1,2}\d[\d \u00a0()-]{5,18}\d"
_UPDATE = rf"(?<!\w)[A-Z]{{2,12}} \d{{1,2}}(?=[-‐‑–—:] ?{_LETTER})"
_GLUED = rf"(?=(?:km|км|mi)(?!{_LETTER}))"
# Lengths are bounded, or a long row of digits would be read again from each of its groups.
_ATOM = r"(?:\d[\d,.]{0,24}+|[一二三四五六七八九两兩])?\s?[十百千万萬億亿십백천만억조]"
_CHARACTERS = rf"(?<![\d수數数几幾])(?:{_ATOM})(?:\s?{_ATOM})*+(?:\d[\d,]*+|[一二三四五六七八九])?"
_MULTIPLIERS = {
    **dict.fromkeys("十십", 1e1), **dict.fromkeys("百백", 1e2), **dict.fromkeys("千천", 1e3),
    **dict.fromkeys("万萬만", 1e4), **dict.fromkeys("億亿억", 1e8), "조": 1e12,
}  # fmt: skip
_SCALES = {"k": 1e3, "mila": 1e3, "m": 1e6, "bn": 1e9, "tn": 1e12}
_ONES = {each: value for value, each in enumerate("一二三四五六七八九", 1)} | {"两": 2, "兩": 2}
_ABBREVIATIONS = frozenset(
    ("тыс", "тис", "млн", "млрд", "tys", "mln", "mld", "tsd", "mio", "mrd", "mil")
)
_PART = re.compile(r"\d[\d,.]*|[^\s\d]")
_RANGE = r"\s?[-–—~〜～]\s?"
_THOUSAND, _GROUP = 1000, 4  # a group of thousands is its separator and three digits


def _number(digits: str) -> re.Pattern[str]:
    """Compile a date, a number or a range of two numbers; `digits` matches grouped thousands."""
    one = rf"(?:{digits}|{_PLAIN})"
    many = re.sub(r"\?P<s>", "?P<s2>", one).replace("(?P=s)", "(?P=s2)")
    return re.compile(
        rf"{_NO_NAME}(?:(?P<date>{_DATE})(?!\d)|(?:(?P<low>{many}){_RANGE})?(?P<value>{one})"
        rf"(?:{_SUFFIX}|{_GLUED}|(?!\d|{_LETTER}|[.,:]\d)))"
    )


_SPACED, _UNSPACED = _number(_GROUPS), _number(_TIGHT)
_CJK = re.compile(rf"(?P<characters>{_CHARACTERS})|{_UNSPACED.pattern}")


@cache
def _uncounted() -> str:
    """Return the pattern of stretches whose numbers count nothing."""
    return rf"(?P<uncounted>{_ADDRESS}|{_TELEPHONE}|{_UPDATE}|{model_names()})"


@cache
def _numbers(lang: str) -> re.Pattern[str]:
    return re.compile(f"{_uncounted()}|{_pattern(lang).pattern}")


@dataclass(slots=True)
class Item:
    """A number (role `N`; `R` for an ordinal), a word with its roles, or a word without any.

    `start` and `end` are offsets in the text, in code points.
    """

    start: int
    end: int
    word: str
    roles: list[str] = field(default_factory=list)
    value: float = 0.0
    is_range: bool = False
    in_digits: bool = False

    @property
    def is_number(self) -> bool:
        """Whether the item is a number that may count something."""
        return "N" in self.roles


def items(text: str, lang: str) -> list[Item]:
    """Return the items of a text; a number of several words (`8 тыс.`) is one item."""
    words = list(_words(text, lang))
    folded = [each.word for each in words]
    merged: list[Item] = []
    last = 0
    for start, end, roles in lexicon(lang, "words")(folded):
        merged += words[last:start]
        joined = " ".join(folded[start:end])
        merged.append(Item(words[start].start, words[end - 1].end, joined, roles))
        last = end
    merged += words[last:]

    return _ranges(_scaled(merged))


def _words(text: str, lang: str) -> Iterator[Item]:
    """Yield the words of a text in lower case, and its numbers in digits or characters."""
    last = 0
    for found in _numbers(lang).finditer(text):
        yield from _between(text, last, found.start())
        last = found.end()
        yield _read(found, lang)
    yield from _between(text, last, len(text))


def _pattern(lang: str) -> re.Pattern[str]:
    if setting(lang, "close"):
        return _CJK
    return _SPACED if setting(lang, "spaced") else _UNSPACED


def _between(text: str, start: int, end: int) -> Iterator[Item]:
    """Yield the words between two numbers."""
    words, spans = tokens_of(text[start:end])
    placed = list(zip(words, spans, strict=True))
    if start > 0 and re.match(r"[-‐‑]\w", text[start:end]):  # the hyphen of `12-year-old`
        placed = placed[1:]
    for word, (first, last) in placed:
        yield Item(start + first, start + last, word.lower())


def _read(found: re.Match[str], lang: str) -> Item:
    """Return the item of a date (role `t`), a number or a range, with its value.

    Of what counts nothing it is a plain word.
    """
    groups = found.groupdict()
    item = Item(found.start(), found.end(), "0", in_digits=True)
    if groups["uncounted"]:
        item.in_digits, item.roles = False, ["uncounted"]
        return item
    if groups["date"]:
        item.roles.append("t")
    elif groups.get("characters"):
        item.roles.append("N")
        item.value = _characters(found[0])
    else:
        item.roles.append("R" if groups["nth"] else "N")
        scale = _SCALES.get((groups["scale"] or "").lower(), 1)
        item.value = _digits(groups["value"], lang) * scale
        item.is_range = groups["low"] is not None
        if item.is_range and _digits(groups["low"], lang) >= item.value:
            item.roles = ["t"]  # a range that does not rise: a season, a score
    return item


def _digits(written: str, lang: str) -> float:
    """Return the value of a number in digits, by the decimal separator of the language."""
    plain = re.sub(r"['’\s]", "", written)
    separators = re.findall(r"[.,]", plain)
    if not separators:
        return float(plain)

    ends_in_group = len(plain) - plain.rindex(separators[-1]) == _GROUP
    is_grouped = ends_in_group and not plain.startswith("0")
    is_decimal = separators[0] == "." == setting(lang, "decimal")
    if len(separators) > 1 or (is_grouped and not is_decimal):
        return float(re.sub(r"[.,]", "", plain))
    return float(plain.replace(",", "."))


def _characters(written: str) -> float:
    """Return the value of `1만1000`, `3万`, `8千` or `二十五`."""
    total = below = part = 0.0
    for each in _PART.findall(written):
        if each not in _MULTIPLIERS:
            part = float(_ONES.get(each) or each.replace(",", "").rstrip(".") or 0)
        elif (by := _MULTIPLIERS[each]) > _THOUSAND:
            total, below, part = total + ((below + part) or 1) * by, 0.0, 0.0
        else:
            below, part = below + (part or 1) * by, 0.0
    return total + below + part


def _word_value(item: Item, role: str) -> float:
    """Return the value of a number word (role n), of a multiplier (s), or of an ordinal (o)."""
    return next((float(each[2:]) for each in item.roles if each.startswith(f"{role}=")), 0.0)


def _scaled(words: list[Item]) -> list[Item]:
    """Merge number words and multipliers into the number that they belong to."""
    merged: list[Item] = []
    for item in words:
        last = merged[-1] if merged else None
        counted = last is not None and last.is_number
        if not item.roles and not counted:  # most words
            merged.append(item)
        elif (ordinal := _word_value(item, "o")) > 0:
            merged.append(Item(item.start, item.end, "0", ["R"], ordinal))
        elif last and counted and (by := _word_value(item, "s")) > 0:
            last.value, last.end, last.word = last.value * by, item.end, item.word
        elif last and counted and _ends_abbreviation(item, last):
            last.end = item.end
        elif (value := _word_value(item, "n")) > 0:
            if last and counted and not last.in_digits and last.value > value:
                last.value, last.end = last.value + value, item.end
            else:
                merged.append(Item(item.start, item.end, "0", ["N"], value))
        else:
            merged.append(item)
    return merged


def _ends_abbreviation(item: Item, last: Item) -> bool:
    """Whether an item is the full stop of `8 тыс.`; `last.word` is then the multiplier."""
    return item.word == "." and item.start == last.end and last.word in _ABBREVIATIONS


def _ranges(words: list[Item]) -> list[Item]:
    """Merge `8,000 to 10,000` into one item with the value of the upper end."""
    merged: list[Item] = []
    for item in words:
        low = merged[-2] if len(merged) > 1 and "r" in merged[-1].roles else None
        if item.is_number and low and low.is_number and low.value < item.value:
            del merged[-2:]
            item.start, item.is_range = low.start, True
        merged.append(item)
    return merged
