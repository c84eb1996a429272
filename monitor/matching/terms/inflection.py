"""Inflection: all forms of a term, from its dictionary form.

`forms` expands a term once, when topics are compiled; matching then compares words as they stand.
pymorphy3 inflects Russian and Ukrainian words by dictionaries, and guesses unknown words; the rules
of `suffix_rules` inflect the other languages.

- A word with a capital is a noun or a name; a word all in capitals takes at most a plural.
- Of several words, those before the first preposition or article vary: `prisoner of war` →
  `prisoners of war`. In English and Turkish only the last of these words varies; in idioms such as
  `take prisoner` the verb varies (`suffix_rules.toml` lists such verbs).
- A Russian or Ukrainian compound is one word, whose parts change together or in part:
  `ракеты-носителя`, `пресс-секретаря`. So is a word with an apostrophe: `об'єкта`.
- Words agree in case and number: `Курская область` → `Курской области`. A Russian name agrees
  (`Владимира Путина`), or varies in its last word (`Ким Чен Ына`).
- German separable verbs are found only joined (`angegriffen`). Compounds (`Raketentest`) are not
  found: write `begin*`.
"""

from __future__ import annotations

import re
from functools import cache
from itertools import chain, product, starmap
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from monitor.matching.language.proclitics import spelled_out
from monitor.matching.terms.spelling import signed_by_rules, spelled
from monitor.matching.terms.suffix_rules import agreeing, flat, inflected, joined

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from monitor.matching.terms.suffix_rules import Cells, Words


def forms(term: str, lang: str) -> frozenset[str]:
    """Return the forms of a term in a language (ISO 639-1), including the term itself."""
    return frozenset(spelled_out(signed_forms(term, lang)))


def signed_forms(term: str, lang: str) -> frozenset[str]:
    """Return the forms of a term, with a sign for all proclitics (see `language.proclitics`)."""
    if lang in {"ru", "uk"}:
        return spelled(term, lambda words: _cyrillic(words, lang), _PIECE)
    return signed_by_rules(term, lang)


# -------------------------------------------------------------------- Russian and Ukrainian

# The names of grammemes are those of OpenCorpora, which pymorphy3 uses.
_CASES = ("nomn", "gent", "datv", "accs", "ablt", "loct")
_ALSO = {"gen1": "gent", "gen2": "gent", "acc2": "accs", "loc1": "loct", "loc2": "loct"}
_RARE = {"V-oy", "V-ey", "V-sh", "V-be", "impr", "2per", "Arch", "Infr", "Slng", "Dist", "Erro"}
_SANE = 0.05  # least probability of a parse
_LETTERS = r"[^\W\d_]+"
# A hyphen before a capital joins names (`Порт-Судан`), whose last word is declined alone; behind an
# о it joins adjectives (`Южно-Китайское`).
_PIECE = re.compile(rf"{_LETTERS}(?:(?:['’ʼ]|-(?=[а-яёіїєґ])|(?<=о)-){_LETTERS})+|\w+|\W+")
_JOINS = str.maketrans("", "", "-'")
_APOSTROPHES = str.maketrans("’ʼ", "''")  # to the one of the dictionaries


class _Reading(NamedTuple):
    """One parse of a word that stands in its dictionary form or in the nominative."""

    kind: Literal["noun", "adjective", "verb"]
    gender: str  # masc, femn, neut, or plur
    cells: Cells
    others: Words = ()  # forms of an adjective in all genders


class _Tag(NamedTuple):
    """What a form's tag says; `rare` for forms that texts hardly show."""

    kind: str | None
    series: tuple[str | None, ...]  # distinguishes the participles of a verb
    gender: str
    case: str
    rare: bool
    short: bool  # an abbreviation


_tags: dict[str, _Tag] = {}


def _tag(form: Any) -> _Tag:
    """Return the tag of a pymorphy3 form, read once: each question to its own object is slow."""
    tag = form.tag
    known = _tags.get(str(tag))
    if known is None:
        grammemes, kind = tag.grammemes, tag.POS
        series = (kind, tag.voice, tag.tense, tag.aspect)
        gender = "plur" if "plur" in grammemes else str(tag.gender)
        is_rare = not _RARE.isdisjoint(grammemes)
        known = _Tag(kind, series, gender, str(tag.case or "nomn"), is_rare, "Abbr" in grammemes)
        _tags[str(tag)] = known
    return known


@cache
def _analyzer(lang: str) -> Any:
    import pymorphy3  # noqa: PLC0415  # its dictionaries are loaded when a term asks for them

    return pymorphy3.MorphAnalyzer(lang=lang)


def _cyrillic(words: Words, lang: str) -> Iterator[Words]:
    """Yield the forms of a Russian or Ukrainian term, word by word."""
    readings = [_readings(word, lang) for word in words]
    if len(words) == 1:
        return ((form,) for each in readings[0] for form in (*flat(each.cells), *each.others))

    verbs = [form for verb in _kind(readings[0], "verb") for form in flat(verb.cells)]
    if verbs:
        return ((form, *words[1:]) for form in verbs)

    phrases = _phrases(words, readings)
    is_name = all(word[0].isupper() or word[0].isdecimal() for word in words)
    return chain(phrases, _names(words, readings)) if is_name else phrases


def _phrases(words: Words, readings: Sequence[list[_Reading]]) -> Iterator[Words]:
    """Yield a phrase with its last noun and the adjectives before the noun declined."""
    for at in reversed(range(len(words))):
        found = [
            (*variant, *words[at + 1 :])
            for noun in _kind(readings[at], "noun")
            for variant in _with_adjectives(words[:at], readings, noun)
        ]
        if found:
            return iter(found)
    return iter(())


def _with_adjectives(
    words: Words, readings: Sequence[list[_Reading]], noun: _Reading
) -> Iterator[Words]:
    """Yield a noun declined with the adjectives before it; nothing if one does not agree."""
    before = []
    for word, known in zip(words, readings, strict=False):
        agree = [each.cells for each in _kind(known, "adjective") if each.gender == noun.gender]
        if not agree and not word.isupper():  # an acronym agrees with any noun
            return iter(())
        before.append(joined(agree or [((word,),)]))
    return agreeing([*before, noun.cells])


def _names(words: Words, readings: Sequence[list[_Reading]]) -> Iterator[Words]:
    """Yield a name with all its words declined, then with its last word declined alone."""
    cells = []
    for word, known in zip(words, readings, strict=True):
        nouns = [noun.cells for noun in _kind(known, "noun")]
        cells.append(joined(nouns or [((word,),)]))

    yield from agreeing(cells)
    yield from ((*words[:-1], form) for form in flat(cells[-1]))


def _kind(readings: list[_Reading], kind: str) -> list[_Reading]:
    return [reading for reading in readings if reading.kind == kind]


def _readings(word: str, lang: str) -> list[_Reading]:
    """Return the readings of a word, capitalised as the word is; none for an acronym."""
    word = word.translate(_APOSTROPHES)
    if (word.isupper() and len(word) > 1) or not word.translate(_JOINS).isalpha():
        return []

    parses = _analyzer(lang).parse(word)
    probable = (parse for parse in parses if parse.score >= _SANE)
    known = [*filter(None, map(_reading, probable)), *_compounds(word, lang)]
    if not known and (cells := inflected(word.lower(), lang, "unknown")):
        known = [_Reading("noun", "", cells)]
    known += filter(None, map(_reading, _rare_nominatives(parses)))
    if word[0].islower():
        return known
    capitals = [part[0].isupper() for part in word.split("-")]
    return [_with_capitals(each, capitals) for each in known]


def _rare_nominatives(parses: Sequence[Any]) -> list[Any]:
    """Return improbable nominatives of probable words.

    A term stands in the nominative, which of `боевой` or `высоты` is rarer than other cases.
    """
    shares: dict[tuple[str, str | None], float] = {}
    for parse in parses:
        word = parse.normal_form, _tag(parse).kind
        shares[word] = shares.get(word, 0.0) + parse.score
    return [
        parse
        for parse in parses
        if parse.score < _SANE <= shares[parse.normal_form, _tag(parse).kind]
        and parse.tag.case == "nomn"
    ]


def _compounds(word: str, lang: str) -> Iterator[_Reading]:
    """Yield a compound of two nouns with both declined, which dictionaries seldom have."""
    parts = word.split("-")
    if len(parts) != 2:  # noqa: PLR2004 - two nouns
        return
    first, last = (_kind(_readings(part, lang), "noun") for part in parts)
    for head, tail in product(first, last):
        if len(head.cells) == len(tail.cells):
            pairs = map(product, head.cells, tail.cells)
            yield head._replace(cells=tuple(tuple(map("-".join, pair)) for pair in pairs))


def _with_capitals(reading: _Reading, capitals: Sequence[bool]) -> _Reading:
    """Return a reading with a capital at those parts of a compound that shall have one."""
    cells = tuple(_capitalised(cell, capitals) for cell in reading.cells)
    return reading._replace(cells=cells, others=_capitalised(reading.others, capitals))


def _capitalised(words: Words, capitals: Sequence[bool]) -> Words:
    compounds = (zip(word.split("-"), capitals, strict=False) for word in words)
    return tuple("-".join(starmap(_written, parts)) for parts in compounds)


def _written(part: str, capital: bool) -> str:  # noqa: FBT001 - what zip yields
    return part.capitalize() if capital else part


def _reading(parse: Any) -> _Reading | None:
    """Return the reading of a pymorphy3 parse; None for other kinds of words and other cases."""
    tag, is_lemma = _tag(parse), parse.word == parse.normal_form
    kind = tag.kind
    if kind == "INFN" or (kind == "VERB" and is_lemma):
        words = (form.word for form in _shown(parse) if not _tag(form).short)
        return _Reading("verb", "", (tuple(words),))
    if kind not in {"NOUN", "ADJF", "PRTF"} or not (is_lemma or parse.tag.case == "nomn"):
        return None

    shown = [form for form in _shown(parse) if _tag(form).series == tag.series]
    gender = tag.gender
    if kind == "NOUN":
        return _Reading("noun", gender, _declension(shown, gender))
    others = tuple(form.word for form in shown)
    return _Reading("adjective", gender, _declension(shown, gender), others)


def _shown(parse: Any) -> Iterator[Any]:
    """Yield the forms of a parse's word that texts show."""
    return (form for form in parse.lexeme if not _tag(form).rare)


def _declension(shown: Sequence[Any], gender: str) -> Cells:
    """Return the cells of a noun, or of an adjective in one gender, by number and case."""
    cells: dict[tuple[bool, str], list[str]] = {
        (plural, case): [] for plural in (False, True) for case in _CASES
    }
    for form in shown:
        tag = _tag(form)
        plural = tag.gender == "plur"
        cell = cells.get((plural, _ALSO.get(tag.case, tag.case)))
        if cell is not None and (plural or tag.gender == gender):
            cell.append(form.word)
    return tuple(map(tuple, cells.values()))
