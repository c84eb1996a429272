"""Inflection by the rules in `suffix_rules.toml`: every language but Russian and Ukrainian.

A word is inflected into *cells* (combinations of case and number), each with its forms. Words that
agree stand in the same cell; a word of a single cell agrees with all. A rule may make a form that
does not exist: such a form costs nothing, because no text holds it.
"""

from __future__ import annotations

import re
import tomllib
from functools import cache
from itertools import chain, product
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from monitor.matching.language.proclitics import ARTICLE, PARTICLE
from monitor.matching.language.tokens import is_cjk

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

Words: TypeAlias = tuple[str, ...]
Cells: TypeAlias = tuple[Words, ...]

_TITLED = {"ja", "zh", "ko"}  # languages in which a title stands behind a surname
_SIGN = re.compile(r"[^\w]")  # of a pattern
_EQUAL = re.compile("[\u0130\u0131\u017f\u212a]")  # i, s and k, where case does not matter
_HARD = frozenset("çfhkpsşt")  # consonants after which a Turkish D is a t
_SHORTEST_WORD = 3  # letters; shorter words with an ending are too often other words


def agreeing(words: Sequence[Cells]) -> Iterator[Words]:
    """Yield the phrases of several words, each word in the same cell as the others."""
    width = max(len(cells) for cells in words)
    rows = [cells if len(cells) == width else (flat(cells),) * width for cells in words]
    return chain.from_iterable(product(*column) for column in zip(*rows, strict=True))


def flat(cells: Iterable[Words]) -> Words:
    """Return the forms of all cells, each once."""
    return tuple(dict.fromkeys(chain.from_iterable(cells)))


def joined(paradigms: Sequence[Cells]) -> Cells:
    """Merge several paradigms of one word into one, cell by cell."""
    if len({len(cells) for cells in paradigms}) > 1:
        return (flat(chain.from_iterable(paradigms)),)
    return tuple(flat(column) for column in zip(*paradigms, strict=True))


def variants(words: Words, lang: str) -> Iterator[Words]:
    """Yield the forms of a term, word by word; those that take proclitics begin with a sign."""
    language = _language(lang)
    if language is None:
        return iter(())
    if lang == "ar":
        return _arabic(words, language)
    return _hebrew(words, language) if lang == "he" else _ruled(words, language)


def titled(term: str, lang: str) -> tuple[str, ...]:
    """Return a Japanese, Chinese or Korean name without its spaces, and its surname with titles.

    `石破 茂` is a surname of several characters and a given name: `石破首相`, `石破氏`. A surname
    of one character is too common for that; its titles stand in the term: `習 近平 国家主席 主席`.
    Korean puts a space before the title: `윤 석열 대통령` is found as `윤 대통령`, too.
    """
    surname, *rest = term.split() or [""]
    language = _language(lang) if lang in _TITLED else None
    if not language or not rest or not all(map(is_cjk, "".join(rest))):
        return ()
    common = language.words("titles")
    if lang == "ko":
        titles = [title for title in rest[1:] if title in common]
        return (f"{surname}{rest[0]}", *(f"{surname} {each}" for each in titles)) if titles else ()
    titles = rest[1:] or (common if len(surname) > 1 else [])
    return (f"{surname}{rest[0]}", *(f"{surname}{title}" for title in titles)) if titles else ()


def inflected(word: str, lang: str, table: str) -> Cells:
    """Return the cells of a word by the first rule of a table that fits; none if no rule fits."""
    language = _language(lang)
    return _inflected(word, table, language) if language else ()


class _Rule(NamedTuple):
    """A rule: patterns of the end of the stem and of the ending behind it, and its cells.

    `letters` is an ending that is no pattern, which most words are seen not to have.
    """

    kept: str
    ending: str
    letters: str
    cells: Cells

    def ending_of(self, word: str, small: str) -> re.Match[str] | None:
        """Return the ending of a word, None where the rule does not fit; `small` is `_small`."""
        if small and not small.endswith(self.letters):
            return None
        found = _at_the_end(self.ending).search(word)
        return found if found and _at_the_end(self.kept).search(word, 0, found.start()) else None


class _Language:
    """The settings and tables of a language; `harmony` has the vowels that follow each vowel."""

    def __init__(self, settings: dict[str, Any], tables: dict[str, list[_Rule]]) -> None:
        self.settings = settings
        self.tables = tables
        self._words = {name: str(setting).split() for name, setting in settings.items()}
        self.harmony = {
            vowel: (low, high) for vowel, low, high in map(tuple, self.words("harmony"))
        }

    def words(self, setting: str) -> list[str]:
        return self._words.get(setting, [])


@cache
def _written() -> dict[str, dict[str, Any]]:
    return tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))


@cache
def _language(lang: str) -> _Language | None:
    entries = _written().get(lang)
    if entries is None:
        return None
    tables: dict[str, list[_Rule]] = {}
    settings: dict[str, Any] = {}
    for name, entry in entries.items():
        if isinstance(entry, dict):
            tables[name] = [_rule(*line) for line in entry.items()]
        else:
            settings[name] = entry
    return _Language(settings, tables)


def _rule(pattern: str, endings: str) -> _Rule:
    """Return the rule of a line `kept~ending = "endings of cell 1|endings of cell 2|…"`."""
    kept, _, ending = pattern.rpartition("~")
    cells = tuple(tuple(cell.split()) for cell in endings.split("|"))
    return _Rule(kept, ending, "" if _SIGN.search(ending) else ending.lower(), cells)


@cache
def _at_the_end(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"(?:{pattern})\Z", re.IGNORECASE)


def _ruled(words: Words, language: _Language) -> Iterator[Words]:
    """Yield the forms of a term: its body inflected as a whole, then its first word alone."""
    body = _body(words, language)
    roles = ["alone"] if body == 1 else ["begin"] * (body - 1) + ["end"]
    cells = [_cells(word, role, language) for word, role in zip(words, roles, strict=False)]
    yield from ((*variant, *words[body:]) for variant in agreeing(cells))
    yield from ((form, *words[1:]) for form in flat(cells[0]))


def _body(words: Words, language: _Language) -> int:
    """Return the number of words that vary: those before the first stop word, or the verb."""
    if words[0].lower() in language.words("verbs"):
        return 1
    stops = language.words("stops")
    return next((at for at, word in enumerate(words) if at and word.lower() in stops), len(words))


def _cells(word: str, role: str, language: _Language) -> Cells:
    """Return the cells of a word with the role `alone`, `begin` or `end` in its term."""
    if (word.isupper() and len(word) > 1) or word.isdecimal():  # `F-16s`
        endings = language.words("acronym")
        return ((word, *(word + ending for ending in endings)),)
    if len(word) < _SHORTEST_WORD or word.lower() in language.words("fixed"):
        return ((word,),)

    if word[0].isupper() and role.capitalize() in language.settings:
        role = role.capitalize()
    paradigms = [_inflected(word, table, language) for table in language.words(role)]
    cells = joined([cells for cells in paradigms if cells] or [((),)])
    return ((word, *cells[0]), *cells[1:])


def _inflected(word: str, table: str, language: _Language) -> Cells:
    small = _small(word)
    for rule in language.tables[table]:
        if found := rule.ending_of(word, small):
            return tuple(_cell(found, endings, language) for endings in rule.cells)
    return ()


def _small(word: str) -> str:
    """Return a word in small letters; "" where another letter equals one of them for a pattern."""
    return "" if _EQUAL.search(word) else word.lower()


def _cell(found: re.Match[str], endings: Words, language: _Language) -> Words:
    """Return the forms of one cell; `found` is the word's own ending."""
    forms = [_ended(found, ending, language) for ending in endings]
    return tuple(chain.from_iterable(forms))


def _ended(found: re.Match[str], ending: str, language: _Language) -> Words:
    """Return the forms with one ending: `-x` replaces the word's own, `+x` is added to it.

    An ending without a sign is the name of a table by which the stem is inflected further.
    """
    stem = found.string if ending[0] == "+" else found.string[: found.start()]
    if ending[0] not in "+-":
        return flat(_inflected(stem, ending, language))

    letters = found.expand(ending[1:]) if "\\" in ending else ending[1:]  # expanding is slow
    harmony = language.harmony
    return (_harmonious(stem, letters, harmony) if harmony else stem + letters,)


def _harmonious(stem: str, ending: str, harmony: dict[str, tuple[str, str]]) -> str:
    """Return a stem with a Turkish ending, whose A, I and D depend on the letters before them."""
    for letter in ending:
        if letter in "AI":
            vowel = next((each for each in reversed(stem.lower()) if each in harmony), "e")
            stem += harmony[vowel][letter == "I"]
        elif letter == "D":
            stem += "t" if stem[-1:].lower() in _HARD else "d"
        else:
            stem += letter
    return stem


def _arabic(words: Words, language: _Language) -> Iterator[Words]:
    """Yield the forms of an Arabic term: with particles, the article and endings joined to it."""
    first, *others = words
    if first.startswith("ال"):
        yield (ARTICLE + first.removeprefix("ال"), *others)
        return

    has_plural = not others or first.endswith("ة")
    cells = _cells(first, "alone", language) if has_plural else ((first,),)
    bases = cells[0] if others else flat(cells)
    yield from ((sign + base, *others) for base in bases for sign in ("", PARTICLE))
    if _body(words, language) < len(words) or any(word.startswith("ال") for word in others):
        return

    definite = [f"ال{word}" for word in others]
    yield from ((ARTICLE + base, *definite) for base in cells[0])
    if others:
        last = (*others[:-1], definite[-1])
        yield from ((sign + base, *last) for base in cells[0] for sign in ("", PARTICLE))


def _hebrew(words: Words, language: _Language) -> Iterator[Words]:
    """Yield the forms of a Hebrew term: with prefixes joined to it, and its plural.

    The article of two words stands at the second one as well: `הטיל הבליסטי`, `ספינת המלחמה`.
    """
    roles = ["begin"] * (len(words) - 1) + ["end"] if len(words) > 1 else ["alone"]
    cells = [_cells(word, role, language) for word, role in zip(words, roles, strict=True)]
    if any(len(word) < _SHORTEST_WORD for word in words):  # an abbreviation: צה״ל
        cells = [((word,),) for word in words]
    for first, *others in agreeing(cells):
        yield from ((sign + first, *others) for sign in ("", PARTICLE))
        if others and len(others[-1]) >= _SHORTEST_WORD:
            definite = [*others[:-1], f"ה{others[-1]}"]
            yield from ((sign + first, *definite) for sign in ("", PARTICLE))
