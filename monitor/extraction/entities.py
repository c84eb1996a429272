"""Which of the shipped term sets stand in an article: what tells one event from another.

Reports of hits are compared, in any language, by the actors, places, weapons and actions that they
name (see `stories`), also by those for which no topic asks. So all term sets are looked for, and
more loosely than topics do it: a word counts with any short ending. That takes no dictionary and
little memory; of 2,860 sets that full matching finds in real hits, it misses 30. Only articles
with a hit are looked at.
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left
from functools import lru_cache
from itertools import accumulate
from pathlib import Path
from runpy import run_path
from typing import TYPE_CHECKING, NamedTuple

import spacy

from monitor.matching.language.tokens import is_acronym, is_cjk, tokens
from monitor.matching.terms.termsets import read_term, shipped

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from monitor.matching.language.expression import Term
    from monitor.model import Article

# Guards of topics: what an article is not about says little of its event.
LEFT_OUT = frozenset(
    {"entertainment", "sport", "photo_caption", "video_game", "technology_business", "hijacking"}
)
TITLE, LEAD, LATER = 1.0, 0.7, 0.4  # what a place weighs
LEAD_WORDS, MOST_WORDS = 45, 150
# What a set says, by the file that it stands in.
KINDS = {
    "countries": "actor", "metonyms": "actor", "forces": "actor", "places": "place",
    "weapons": "weapon", "actions": "action",
}  # fmt: skip
OTHER = "other"
_PARTS = ("name", "adjective", "inhabitants", "capital")  # each stands for the whole
_EXACT = 3  # letters of a word that takes no ending
_SHORTEST = 3  # letters left of a word without its ending; one more of Latin ones
_LONGER = 3  # letters by which a word may outgrow its dictionary form
_ANY = 99
_OWN_ENDING = re.compile(
    r"(?:(?:ов|ев|ир)?(?:ать|ять|ить|еть|уть|ти)(?:ся)?|ться|[аяоеёиіїыйьъуюэ]{1,2}"
    r"|ować|[aeiy]ć|ieren|en|[aei]re|[aeiou]r|[aeiouyáéíóúàèìòùąęôâ]{1,2})\Z"
)


def whole(name: str) -> str:
    """Return the set that a part stands for: `russia` for `russia.adjective`.

    A leader is not his country.
    """
    base, _, part = name.rpartition(".")
    return base if part in _PARTS else name


class _SoughtEntity(NamedTuple):
    """A term: how its words begin, and how many letters each may have after that.

    In other languages than its own it stands only as it is written: `exact`.
    """

    name: str
    lang: str
    stems: tuple[str, ...]
    more: tuple[int, ...]
    exact: tuple[int, ...]
    cased: bool
    capital: bool
    locked: bool
    cancels: bool

    def stands(self, shown: list[str], folded: list[str], at: int, lang: str) -> bool:
        """Whether the term stands in the words of a text at a place."""
        if (self.locked and lang not in {"", self.lang}) or (
            self.capital and shown[at][0].islower()
        ):
            return False
        own = self.capital or self.lang in {"", lang} or not shown[at].isascii()
        run_locally = (shown if self.cased else folded)[at : at + len(self.stems)]
        return len(run_locally) == len(self.stems) and all(
            word.startswith(stem) and len(word) - len(stem) <= most
            for word, stem, most in zip(
                run_locally, self.stems, self.more if own else self.exact, strict=True
            )
        )


class _Table:
    """All terms by how their first word begins; packed, since as objects they take 40 MB."""

    def __init__(self, terms: Iterable[_SoughtEntity]) -> None:
        rows = sorted((hash(term.stems[0].lower()), _packed(term)) for term in terms)
        self._keys = array("q", (key for key, _ in rows))
        self._rows = b"".join(row for _, row in rows)
        self._ends = array("I", accumulate(len(row) for _, row in rows))

    def __call__(self, beginning: str) -> Iterator[_SoughtEntity]:
        """Yield the terms of which the first word begins so, and at times another."""
        key = hash(beginning)
        for at in range(bisect_left(self._keys, key), len(self._keys)):
            if self._keys[at] != key:
                return
            yield _unpacked(self._rows[self._ends[at - 1] if at else 0 : self._ends[at]])


def _packed(term: _SoughtEntity) -> bytes:
    flags = "".join("01"[flag] for flag in term[5:])
    words = zip(term.stems, term.more, term.exact, strict=True)
    said = "\t".join(f"{stem} {more} {exact}" for stem, more, exact in words)
    return f"{term.name}\t{term.lang}\t{flags}\t{said}".encode()


def _unpacked(row: bytes) -> _SoughtEntity:
    name, lang, flags, *words = row.decode().split("\t")
    stems, more, exact = zip(*(word.split(" ") for word in words), strict=True)
    return _SoughtEntity(
        name, lang, stems, tuple(map(int, more)), tuple(map(int, exact)), *map("1".__eq__, flags)
    )


@lru_cache(maxsize=1)
def _table() -> _Table:
    return _Table(_all())


@lru_cache(maxsize=4096)
def _terms(beginning: str) -> tuple[_SoughtEntity, ...]:
    return tuple(_table()(beginning))


def prepare() -> None:
    """Read the term sets and lists of words, for which the first article would have to wait."""
    _table()
    _empty()


def _all() -> Iterator[_SoughtEntity]:
    for terms in shipped():
        name = whole(terms.name)
        if name not in LEFT_OUT:
            mark = f"{KINDS.get(terms.field, OTHER)}:{name}"
            for lang, written in terms.terms:
                yield _sought(mark, lang, read_term(written, lang))


def _sought(name: str, lang: str, term: Term) -> _SoughtEntity:
    shown = tokens(term.text)[0]
    cased = term.cased or (is_acronym(term.text) and not term.exact)
    words = [word if cased else word.lower() for word in shown]
    exact = [0] * len(words)
    loose = [(word, 0) for word in words] if cased or term.exact else list(map(_loose, words))
    if term.begins:
        loose[-1], exact[-1] = (words[-1], _ANY), _ANY
    stems, more = zip(*loose, strict=True)
    # in another language the whole word has to stand there
    gone = tuple(len(word) - len(stem) for word, stem in zip(words, stems, strict=True))
    capital = not cased and shown[0][0].isupper()
    return _SoughtEntity(
        name,
        lang,
        stems,
        more,
        tuple(map(max, exact, gone)),
        cased,
        capital,
        bool(term.lang),
        term.cancels,
    )


def _loose(word: str) -> tuple[str, int]:
    """Return how a word begins, and how many letters it may have after that."""
    if is_cjk(word) or len(word) <= _EXACT or word.isdigit():
        return word, 0
    stem = _OWN_ENDING.sub("", word)
    if len(stem) < max(_SHORTEST + stem.isascii(), 2 * len(word) / 5):
        stem = word
    return stem, len(word) - len(stem) + (_LONGER if len(stem) > _EXACT else 1)


def marks(article: Article) -> dict[str, float]:
    """Return the term sets that stand in an article, each with what its best place weighs.

    They are named with what they are: `actor:russia`, `place:kursk`, `weapon:icbm`,
    `action:attack`, `other:talks`.
    """
    found: dict[str, float] = {}
    for at, name in _find(article.text, article.lang):
        found[name] = max(found.get(name, 0.0), LEAD if at < LEAD_WORDS else LATER)
    return found | {name: TITLE for _, name in _find(article.title, article.lang)}


def empty_words(lang: str) -> frozenset[str]:
    """Return the words of a language that say nothing (stop words), as far as spaCy lists them."""
    return _empty().get(lang, frozenset())


@lru_cache(maxsize=1)
def _empty() -> dict[str, frozenset[str]]:
    """Read the lists by themselves: the languages that they belong to would take 40 MB more."""
    lists = (Path(folder) / "lang" for folder in spacy.__path__)
    return {
        path.parent.name: frozenset(run_path(str(path))["STOP_WORDS"])
        for folder in lists
        for path in folder.glob("*/stop_words.py")
    }


def marks_of(words: str, lang: str) -> frozenset[str]:
    """Return the term sets that stand in a few words, named as `marks` does."""
    return frozenset(name for _, name in _find(words, lang))


def _find(text: str, lang: str) -> list[tuple[int, str]]:
    """Return where which set stands, but for what stands in a longer name of something else."""
    shown = tokens(text)[0][:MOST_WORDS]
    folded = [word.lower() for word in shown]
    found = [
        (at, at + len(each.stems), each)
        for at, word in enumerate(folded)
        for length in range(1, len(word) + 1)
        for each in _terms(word[:length])
        if each.stands(shown, folded, at, lang)
    ]
    longer = [(start, end, each.name) for start, end, each in found if each.cancels]
    return [
        (start, each.name)
        for start, end, each in found
        if not each.cancels
        and not any(name == each.name and s <= start and end <= e for s, e, name in longer)
    ]
