"""Entities: the shipped term sets that an article names, in any language.

Stories compare reports by the actors, places, weapons and actions that they name (see `stories`),
whether or not a topic asks for them. So all term sets are searched. Beginnings of words propose
terms, which needs little memory; what they propose counts only if the words are a form of the term
(`word_forms`). Only articles with a hit are searched.
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left
from functools import lru_cache
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple

from monitor.extraction.word_forms import is_form, prepare_forms
from monitor.matching.language.tokens import is_acronym, is_cjk, tokens
from monitor.matching.terms.labels import by_word
from monitor.matching.terms.termsets import read_term, shipped

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from monitor.model import Article

# Sets that serve as guards of topics: they say little about the event of an article.
LEFT_OUT = frozenset(
    {"entertainment", "sport", "photo_caption", "video_game", "technology_business", "hijacking"}
    | {"earlier_event"}
)
TITLE, LEAD, LATER = 1.0, 0.7, 0.4  # weight of a place in an article
LEAD_WORDS, MOST_WORDS = 45, 150  # words of the lead; words of a text that are searched
# The kind of a set, by the name of its file in `monitor/terms`.
KINDS = {
    "countries": "actor", "metonyms": "actor", "forces": "actor", "places": "place",
    "weapons": "weapon", "actions": "action",
}  # fmt: skip
OTHER = "other"
PRESS = frozenset({"other:live_blog", "other:round_up"})  # kinds of articles, no events
# parts that stand for the whole set
_PARTS = ("name", "adjective", "inhabitants", "capital", "word")
_EXACT = 3  # letters: shorter words, and words of this length, take no ending
_SHORTEST = 3  # least letters of a stem; one more in Latin letters
_LONGER = 3  # letters by which a form may be longer than the word of the set
_ANY = 99  # letters after a beginning such as `troop*`: any number
_OWN_ENDING = re.compile(
    r"(?:(?:ов|ев|ир)?(?:ать|ять|ить|еть|уть|ти)(?:ся)?|ться|[аяоеёиіїыйьъуюэ]{1,2}"
    r"|ować|[aeiy]ć|ieren|en|[aei]re|[aeiou]r|[aeiouyáéíóúàèìòùąęôâ]{1,2})\Z"
)


def whole(name: str) -> str:
    """Return the set that a part stands for: `russia` for `russia.adjective`.

    The part `leader` stands for itself: a leader is not the country.
    """
    base, _, part = name.rpartition(".")
    return base if part in _PARTS else name


class _SoughtEntity(NamedTuple):
    """A term of a set, as it is searched.

    `stems` are the beginnings of the term's words; `more` are the letters that may follow each stem
    in the term's own language, `exact` those that may follow in any other (the rest of the word).
    `cased`: compared in its own case; `capital`: begins with a capital; `locked`: only in its own
    language; `cancels`: a longer name in which the set is not meant. `written` is the term as
    its set has it.
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
    written: str

    @property
    def most_at_first(self) -> int:
        """The most letters after the first stem, in any language."""
        return max(self.more[0], self.exact[0])

    def stands(self, shown: list[str], folded: list[str], at: int, lang: str) -> bool:
        """Whether the term stands in a text of `lang` at word number `at`."""
        foreign = self.locked and lang not in {"", self.lang}
        if foreign or (self.capital and shown[at][0].islower()):
            return False

        words = tuple((shown if self.cased else folded)[at : at + len(self.stems)])
        if len(words) < len(self.stems) or not words[-1].startswith(self.stems[-1]):
            return False

        own = self.capital or self.lang in {"", lang} or not shown[at].isascii()
        most = self.more if own else self.exact
        if not all(map(_fits, words, self.stems, most)):
            return False
        return self.cased or is_form(self.written, self.lang, self.stems, words)


def _fits(word: str, stem: str, most: int) -> bool:
    """Whether a word begins with a stem and has at most `most` letters after it."""
    return word.startswith(stem) and len(word) - len(stem) <= most


class _Table:
    """All terms by the stem of their first word; packed, because as objects they take 40 MB."""

    def __init__(self, terms: Iterable[_SoughtEntity]) -> None:
        rows = sorted((hash(term.stems[0].lower()), _packed(term)) for term in terms)
        self._keys = array("q", (key for key, _ in rows))
        self._rows = b"".join(row for _, row in rows)
        self._ends = array("I", accumulate(len(row) for _, row in rows))

    def __call__(self, beginning: str) -> Iterator[_SoughtEntity]:
        """Yield the terms whose first stem is `beginning`, and rarely one of the same hash."""
        key = hash(beginning)
        for at in range(bisect_left(self._keys, key), len(self._keys)):
            if self._keys[at] != key:
                return
            yield _unpacked(self._rows[self._ends[at - 1] if at else 0 : self._ends[at]])


def _packed(term: _SoughtEntity) -> bytes:
    flags = "".join("01"[flag] for flag in term[5:-1])
    words = zip(term.stems, term.more, term.exact, strict=True)
    packed = "\t".join(f"{stem} {more} {exact}" for stem, more, exact in words)
    return f"{term.name}\t{term.lang}\t{flags}\t{term.written}\t{packed}".encode()


def _unpacked(row: bytes) -> _SoughtEntity:
    name, lang, flags, written, *words = row.decode().split("\t")
    stems, more, exact = zip(*(word.split(" ") for word in words), strict=True)
    cased, capital, locked, cancels = map("1".__eq__, flags)
    return _SoughtEntity(
        name,
        lang,
        stems,
        tuple(map(int, more)),
        tuple(map(int, exact)),
        cased,
        capital,
        locked,
        cancels,
        written,
    )


@lru_cache(maxsize=1)
def _table() -> _Table:
    return _Table(_all())


@lru_cache(maxsize=4096)
def _terms(beginning: str) -> tuple[_SoughtEntity, ...]:
    return tuple(_table()(beginning))


@lru_cache(maxsize=4096)  # words come again and again, and few of them begin a term
def _begun(word: str) -> tuple[_SoughtEntity, ...]:
    """Return the terms that a word in small letters may begin."""
    lengths = range(1, len(word) + 1)
    found = ((term, len(word) - length) for length in lengths for term in _terms(word[:length]))
    return tuple(term for term, more in found if term.cased or more <= term.most_at_first)


def prepare() -> None:
    """Load term sets and rules, so that the first article does not wait for them."""
    _table()
    by_word("")
    prepare_forms()


def _all() -> Iterator[_SoughtEntity]:
    for terms in shipped():
        name = whole(terms.name)
        if name in LEFT_OUT:
            continue
        entity = f"{KINDS.get(terms.field, OTHER)}:{name}"
        for lang, written in terms.terms:
            yield _sought(entity, lang, written)


def _sought(name: str, lang: str, written: str) -> _SoughtEntity:
    term = read_term(written, lang)
    shown = tokens(term.text)[0]
    cased = term.cased or (is_acronym(term.text) and not term.exact)
    words = [word if cased else word.lower() for word in shown]
    loose = [(word, 0) for word in words] if cased or term.exact else list(map(_loose, words))
    if term.begins:
        loose[-1] = words[-1], _ANY
    stems, more = zip(*loose, strict=True)

    # In another language the whole word has to stand there: the stem and the letters cut off it.
    exact = [len(word) - len(stem) for word, stem in zip(words, stems, strict=True)]
    if term.begins:
        exact[-1] = _ANY

    flags = (cased, not cased and shown[0][0].isupper(), bool(term.lang), term.cancels)
    return _SoughtEntity(name, lang, stems, more, tuple(exact), *flags, written)


def _loose(word: str) -> tuple[str, int]:
    """Return the stem of a word, and the number of letters that may follow the stem."""
    if is_cjk(word) or len(word) <= _EXACT or word.isdigit():
        return word, 0
    stem = _OWN_ENDING.sub("", word)
    if len(stem) < max(_SHORTEST + stem.isascii(), 2 * len(word) / 5):
        stem = word
    return stem, len(word) - len(stem) + (_LONGER if len(stem) > _EXACT else 1)


def article_entities(article: Article) -> dict[str, float]:
    """Return the entities of an article: {name: weight of its best place, 0.4 to 1}.

    The name of an entity is its kind and its term set: `actor:russia`, `place:kursk`,
    `weapon:icbm`, `action:attack`, `other:talks`.
    """
    found: dict[str, float] = {}
    for at, name in _find(article.text, article.lang):
        found[name] = max(found.get(name, 0.0), LEAD if at < LEAD_WORDS else LATER)
    return found | {name: TITLE for _, name in _find(article.title, article.lang)}


def entities_in(words: str, lang: str) -> frozenset[str]:
    """Return the entities of a short text, named as in `article_entities`."""
    return frozenset(name for _, name in _find(words, lang))


def entities_in_order(words: str, lang: str) -> list[str]:
    """Return the entities of a text in the order of their words, each once.

    Where a set's words have labels of their own, the word follows: `actor:…services@국정원`.
    """
    found = sorted(_standing(words, lang), key=lambda each: each[0])
    named = (
        f"{term.name}@{term.written}" if by_word(term.name) else term.name for _, term in found
    )
    return list(dict.fromkeys(named))


def _find(text: str, lang: str) -> list[tuple[int, str]]:
    """Return (number of the first word, entity), without what a longer name cancels."""
    return [(start, term.name) for start, term in _standing(text, lang)]


@lru_cache(maxsize=4)  # a headline is asked for more than once
def _standing(text: str, lang: str) -> list[tuple[int, _SoughtEntity]]:
    shown = tokens(text)[0][:MOST_WORDS]
    folded = [word.lower() for word in shown]
    found = [
        (at, at + len(term.stems), term)
        for at, word in enumerate(folded)
        for term in _begun(word)
        if term.stands(shown, folded, at, lang)
    ]

    longer = [(start, end, term.name) for start, end, term in found if term.cancels]
    return [
        (start, term)
        for start, end, term in found
        if not term.cancels and not _is_inside(start, end, term.name, longer)
    ]


def _is_inside(start: int, end: int, name: str, longer: list[tuple[int, int, str]]) -> bool:
    """Whether words `start` to `end` stand in a longer name that cancels the entity `name`."""
    return any(
        name == cancelled and first <= start and end <= last for first, last, cancelled in longer
    )
