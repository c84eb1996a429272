"""What term sets are called in the reader's language, and a foreign headline's gloss of them. Pure.

A gloss needs no model: it is what the shipped sets found in a headline, in other words:
`[ko] North Korea · troops · Kursk · 2 captured · South Korea's intelligence service`.
"""

from __future__ import annotations

import tomllib
from functools import cache, lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from monitor.matching.terms.termsets import library, read_term

if TYPE_CHECKING:
    from collections.abc import Sequence

FIGURE, SPEAKER = "figure", "said"  # kinds of gloss terms that are no term sets
_ENGLISH = "en"
_NAMES = frozenset({"places", "countries"})  # files of sets that are called by their first term
_BOUNDS = {"about": "≈ ", "least": "≥ ", "most": "≤ "}
_MOST = 8  # parts of a gloss


def gloss_line(lang: str, terms: Sequence[str], readers: Sequence[str]) -> str:
    """Return the gloss of a headline in `lang`, "" where readers know the language, or of nothing.

    `terms` are those of `extraction.gloss_terms`. `readers` are the languages that readers know;
    the gloss is in the first.
    """
    if not lang or lang in readers or not readers:
        return ""
    parts = dict.fromkeys(filter(None, (_part(term, readers[0]) for term in terms)))
    shown = list(parts)[:_MOST]
    return f"[{lang}] {' · '.join(shown)}" if shown else ""


def _part(term: str, reader: str) -> str:
    kind, _, value = term.partition(":")
    if kind == FIGURE:
        return _figure(value, reader)
    if kind == SPEAKER:
        names = dict.fromkeys(label(each, reader) for each in value.split(","))
        return ", ".join(names)
    return label(value, reader)


def _figure(value: str, reader: str) -> str:
    """Return a figure: its term is `value approx label-or-unit`, joined by `|`."""
    number, approx, unit = value.split("|", 2)
    units = _written().get("units", {}).get(reader, {})
    return f"{_BOUNDS.get(approx, '')}{float(number):,.10g} {units.get(unit, unit)}"


@lru_cache(maxsize=4096)
def label(name: str, lang: str) -> str:
    """Return what a term set is called in a language, in English where it has no term there.

    `name@word`: that word of the set was found.
    """
    name, _, word = name.partition("@")
    if word and any(part in word for part in _written()["words"][name]["parts"]):
        labels = _written()["words"][name]
        return str(labels.get(lang, labels[_ENGLISH]))
    base, _, part = name.rpartition(".")
    if part == "leader":
        leaders = _written()["leader"]
        return str(leaders.get(lang, leaders[_ENGLISH])).format(label(base, lang))
    written = _written().get(lang, {})
    if name in written:
        return str(written[name])
    return _first_term(name, lang) or (label(name, _ENGLISH) if lang != _ENGLISH else _words(name))


def country(name: str) -> str:
    """Return the country that an actor's set speaks for, "" for none: `ukraine` of its leaders."""
    base = name.partition("@")[0].removesuffix(".leader")
    base = str(_written()["sides"].get(base, base))
    found = library().get(base)
    return base if found is not None and found.field == "countries" else ""


def by_word(entity: str) -> bool:
    """Whether an entity (`actor:south_korean_services`) is called by the word that was found."""
    return entity.partition(":")[2] in _written()["words"]


def _first_term(name: str, lang: str) -> str:
    """Return the first term of a set, "" where English has a better word: the set's name."""
    sets = library()
    found = next((sets[each] for each in (f"{name}.name", name) if each in sets), None)
    terms = [read_term(term, of) for of, term in found.terms if of == lang] if found else []
    first = next((term.text for term in terms if not (term.cancels or term.begins)), "")
    is_name = found is not None and (found.field in _NAMES or first == _words(name).upper())
    is_same = first.casefold().replace("-", " ") == _words(name)
    return first if lang != _ENGLISH or is_name or is_same else ""


def _words(name: str) -> str:
    return name.replace("_", " ")


@cache
def _written() -> dict[str, Any]:
    text = files("monitor.matching.terms").joinpath("labels.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)
