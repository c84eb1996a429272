"""Which sentences of a draft may stand: those whose figures, places and names the cited texts have.

A sentence must cite a report. In a report that it cites must stand: each number; each place and
country of the term sets; each other word that begins with a capital, or is not in Latin letters.
Numbers and places are read in the report's own language. Links and markup do not survive.
What the check cannot see is whether the sentence says of them what the report says. Pure.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from monitor.assist.sources import CheckedDraft
from monitor.extraction.entities import entities_in
from monitor.extraction.numbers import items
from monitor.matching.coordinates import coordinates
from monitor.matching.terms.termsets import library, read_term

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from monitor.assist.sources import CitedReport, Completion

_LOOKED_AT = 10  # sentences of an answer, for each one that was asked for
_LONGEST, _LEAST = 500, 4  # characters, and words, of a sentence
_CITED = re.compile(r"\[(\d{1,4})\]")
_CITED_AFTER = re.compile(r"([.!?])\s*((?:\[\d{1,4}\][,\s]*)+)")
_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[^\s\[a-z])")
_WORD = re.compile(r"[^\W\d_](?:[\w'’]|[-\u2010\u2011](?=\w))*")
_DIGITS = re.compile(r"\d(?:[\d.,\u00a0\u202f\u2009 ]*\d)?")
_SEPARATORS = re.compile(r"[.,\u00a0\u202f\u2009 ]")
_LINK = re.compile(r"https?:|www\.|\w\.(?:com|org|net|ru|cn|io)\b|javascript:|data:|[<>{}|@]|\]\(")
_MARKUP = re.compile(r"[*_#`~]+|^\s*(?:[-•]|\d{1,2}[.)])\s+", re.MULTILINE)
_FENCED = re.compile(r"```.*?(?:```|\Z)", re.DOTALL)
_WIDEST = 4  # words of a name that a term set knows
# Words that may begin a sentence without being a name.
_BEGINNINGS = frozenset(
    re.findall(
        r"\w+",
        """
a about according after all also although among an and another as at because before both but by
despite during each earlier either for from further he her his if in it its later meanwhile more
most near no none of officials on one only other others over reports she since so some state that
the their there these they this those though to under until when where which while with
""",
    )
)
_AMOUNTS = frozenset(
    re.findall(
        r"\w+",
        """
dozen dozens hundred hundreds thousand thousands million millions billion billions half twice double
doubled triple tripled majority
""",
    )
)


def checked(answer: Completion, sources: Sequence[CitedReport], most: int) -> CheckedDraft:
    """Return the first `most` sentences that stand the check, and count those that do not.

    An answer of thousands of sentences is none that was asked for: its beginning is looked at.
    """
    found = _sentences(answer.text)[: most * _LOOKED_AT]
    good = [each for each in found if _stands(each, sources)]
    dropped = len(found) - len(good)
    return CheckedDraft(tuple(good[:most]), dropped, answer.tokens)


def _sentences(text: str) -> list[str]:
    """Return the sentences of an answer without markup, citations inside of each."""
    plain = _MARKUP.sub("", _FENCED.sub(" ", unicodedata.normalize("NFC", text)))
    plain = "".join(each if each.isprintable() or each.isspace() else "" for each in plain)
    inside = _CITED_AFTER.sub(lambda at: f" {at[2].strip()}{at[1]} ", plain)
    return [" ".join(each.split()) for each in _SENTENCE.split(inside) if _WORD.search(each)]


def _stands(sentence: str, sources: Sequence[CitedReport]) -> bool:
    cited = set(map(int, _CITED.findall(sentence)))
    known = {source.number: source for source in sources}
    words = _CITED.sub(" ", sentence)
    if not cited or not cited <= known.keys() or _LINK.search(words):
        return False
    if len(sentence) > _LONGEST or len(_WORD.findall(words)) < _LEAST:
        return False
    texts = [known[number] for number in cited]
    return _has_figures(words, texts) and _has_names(words, texts)


# ── figures ───────────────────────────────────────────────────────────────────────────────────


def _has_figures(sentence: str, sources: Sequence[CitedReport]) -> bool:
    values, digits = set[float](), set[str]()
    for source in sources:
        for text in (source.title, source.text):
            values |= _values(text, source.lang)
            digits |= set(_digits(text))
    return (
        _values(sentence, "en") <= values
        and all(each in digits or _is_value(each, values) for each in _digits(sentence))
        and _amounts(sentence) <= _words(sources)
    )


def _values(text: str, lang: str) -> set[float]:
    return {item.value for item in items(text, lang) if item.is_number}


def _amounts(sentence: str) -> set[str]:
    """Return words of amounts such as `dozens`, but for those of a number: `eight thousand`."""
    left = list(sentence)
    for item in items(sentence, "en"):
        if item.is_number:
            left[item.start : item.end] = " " * (item.end - item.start)
    return {word.casefold() for word in _WORD.findall("".join(left))} & _AMOUNTS


def _digits(text: str) -> Iterable[str]:
    """Yield the digits of each number without separators: `8,000` and `8 000` are `8000`."""
    for found in _DIGITS.findall(text):
        yield _SEPARATORS.sub("", found)


def _is_value(digits: str, values: set[float]) -> bool:
    return len(digits) < 16 and float(digits) in values  # noqa: PLR2004 - exact as a float


# ── places and names ──────────────────────────────────────────────────────────────────────────


def _places(text: str, lang: str) -> set[str]:
    """Return the term sets of the places and countries that a text names."""
    named = (name.partition(":")[2] for name in entities_in(text, lang))
    return coordinates().keys() & set(named)


def _told(sources: Sequence[CitedReport]) -> set[str]:
    told: set[str] = set()
    for source in sources:
        told |= _places(source.title, source.lang) | _places(source.text, source.lang)
    return told


def _has_names(sentence: str, sources: Sequence[CitedReport]) -> bool:
    """Whether each place and name stands in the texts, a place in any language."""
    words, known = _WORD.findall(sentence), _words(sources)
    if not _places(sentence, "en") <= _told(sources):
        return False
    placed = _named_as_places(words, sources)
    for number, word in enumerate(words):
        is_beginning = number == 0 and word.casefold() in _BEGINNINGS
        if is_beginning or number in placed or not _is_name(word):
            continue
        if not _parts(word) <= known:
            return False
    return True


def _named_as_places(words: Sequence[str], sources: Sequence[CitedReport]) -> set[int]:
    """Return the numbers of words that are, together and no fewer, the name of a told place."""
    found: set[int] = set()
    texts = " ".join(f"{source.title} {source.text}" for source in sources).casefold()
    for width in range(1, _WIDEST + 1):
        for start in range(len(words) - width + 1):
            places, name = range(start, start + width), " ".join(words[start : start + width])
            named = _places(name, "en") if found.isdisjoint(places) else set()
            if named and not any(_is_other_capital(name, each, texts) for each in named):
                found.update(places)
    return found


def _is_other_capital(name: str, country: str, texts: str) -> bool:
    """Whether a name is that of a capital which the texts name in no language.

    A text about North Korea does not say that something happened in Pyongyang.
    """
    capital = library().get(f"{country}.capital")
    terms = [read_term(term).text.casefold() for _, term in capital.terms] if capital else []
    return name.casefold() in terms and not any(term in texts for term in terms)


def _is_name(word: str) -> bool:
    return not word[0].islower() or not unicodedata.name(word[0], "").startswith("LATIN")


def _words(sources: Iterable[CitedReport]) -> set[str]:
    found: set[str] = set()
    for source in sources:
        for text in (source.publisher, source.title, source.text):
            for word in _WORD.findall(unicodedata.normalize("NFC", text)):
                found |= _parts(word) | {word.casefold()}
    return found


def _parts(word: str) -> set[str]:
    """Return the parts of a word without a possessive: `Kim`, `Jong`, `Un` of `Kim Jong-Un's`."""
    parts = re.split(r"[-\u2010\u2011]", re.sub(r"['’]s?\Z", "", word.casefold()))
    return set(filter(None, parts))
