"""Entities: the shipped term sets that an article names, in any language.

Stories compare reports by the actors, places, weapons and actions that they name (see `stories`),
whether or not a topic asks for them. So all term sets are searched. Beginnings of words propose
terms (`entity_rows`); what they propose counts only if the words are a form of the term
(`word_forms`). Only articles with a hit are searched.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from monitor.extraction.entity_rows import SoughtEntity, behind_proclitics, rows
from monitor.extraction.entity_table import EntityTable, kept_table
from monitor.extraction.word_forms import prepare_forms
from monitor.matching.language.tokens import tokens_of
from monitor.matching.terms.labels import by_word
from monitor.matching.terms.termsets import shipped

if TYPE_CHECKING:
    from collections.abc import Iterator

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
    "weapons": "weapon", "actions": "action", "targets": "target",
}  # fmt: skip
OTHER = "other"
PRESS = frozenset({"other:live_blog", "other:round_up"})  # kinds of articles, no events
# parts that stand for the whole set
_PARTS = ("name", "adjective", "inhabitants", "capital", "word")


def whole(name: str) -> str:
    """Return the set that a part stands for: `russia` for `russia.adjective`.

    The part `leader` stands for itself: a leader is not the country.
    """
    base, _, part = name.rpartition(".")
    return base if part in _PARTS else name


@lru_cache(maxsize=1)
def _table() -> EntityTable:
    return kept_table(_all())


def _all() -> Iterator[SoughtEntity]:
    for terms in shipped():
        name = whole(terms.name)
        if name in LEFT_OUT:
            continue
        entity = f"{KINDS.get(terms.field, OTHER)}:{name}"
        for lang, written in terms.terms:
            yield from rows(entity, lang, written)


@lru_cache(maxsize=4096)
def _terms(beginning: str) -> tuple[SoughtEntity, ...]:
    return tuple(_table()(beginning))


@lru_cache(maxsize=4096)  # words come again and again, and few of them begin a term
def _begun(word: str) -> tuple[SoughtEntity, ...]:
    """Return the terms that a word in small letters may begin."""
    found = (
        (term, len(word) - end)
        for start in (0, *behind_proclitics(word))
        for end in range(start + 1, len(word) + 1)
        for term in _terms(word[start:end])
    )
    return tuple(term for term, more in found if term.cased or more <= term.most_at_first)


@lru_cache(maxsize=8192)
def _begun_before(word: str, following: str) -> tuple[SoughtEntity, ...]:
    """Return the terms that a word may begin before a word with a first letter, "" for none.

    Of the hundreds of names that begin with `north`, few go on with that letter.
    """
    return tuple(term for term in _begun(word) if term.may_go_on(following))


def prepare() -> None:
    """Load term sets and rules, so that the first article does not wait for them."""
    _table()
    by_word("")
    prepare_forms()


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
def _standing(text: str, lang: str) -> list[tuple[int, SoughtEntity]]:
    shown = tokens_of(text)[0][:MOST_WORDS]
    folded = [word.lower() for word in shown]
    found = [
        (at, at + len(term.stems), term)
        for at, word in enumerate(folded)
        for term in _begun_before(word, folded[at + 1][0] if at + 1 < len(folded) else "")
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
