"""Places of an article by role: the terms of all sets, found by the matcher that topics use.

A place is a `Span` whose one leaf is the term set found there. Roles are those of `roles`; the
longest of overlapping places is kept.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING

from monitor.matching.compile import pack
from monitor.matching.language.expression import SetRef
from monitor.matching.matcher import Matcher
from monitor.matching.suggest.roles import GUARDS, role_of
from monitor.matching.terms.termsets import METONYMS, terms_of
from monitor.matching.tokenized import Span
from monitor.model import Topic

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from monitor.matching.language.expression import Leaf
    from monitor.matching.terms.termsets import Sets
    from monitor.matching.tokenized import TokenizedField
    from monitor.model import Article, Evidence

EVERY_PLACE = 0.01  # a threshold that every place reaches


def places_by_role(
    article: Article, sets: Sets, fields: Sequence[TokenizedField]
) -> dict[str, list[Span]]:
    """Return {role: places} of an article; a body called by its country's name is a force of it."""
    found: dict[str, list[Span]] = defaultdict(list)
    for place in _places(article, sets, fields):
        found[role_of(set_name(place), sets)].append(place)

    countries = words_of(found["actor"])
    for body in found.pop("body", ()):
        is_alone = countries.isdisjoint(words_of([body]))
        found["actor" if is_alone else "force"].append(body)

    return defaultdict(list, {role: _longest(places, sets) for role, places in found.items()})


def _places(article: Article, sets: Sets, fields: Sequence[TokenizedField]) -> Iterator[Span]:
    """Yield the places of each set."""
    shown = {"", *METONYMS}
    names = [name for name in sets if name.partition(".")[2] in shown and name not in GUARDS]
    topics = [Topic(name, name, any=(f"@{name}",), threshold=EVERY_PLACE) for name in names]
    [matches] = Matcher(pack(topics, _in_language(article.lang, sets))).match([article])
    for evidence in chain.from_iterable(match.evidence for match in matches):
        yield _place(evidence, fields)


def _in_language(lang: str, sets: Sets) -> Sets:
    """Return sets with the terms of an article's language only: other terms take nearly all time.

    An article of unknown language ("") keeps all terms; English terms are always kept.
    """
    if not lang:
        return sets

    wanted = {"", "en", lang}
    reduced = {}
    for name, each in sets.items():
        terms = tuple(term for term in each.terms if term[0] in wanted)
        reduced[name] = replace(each, terms=terms)
    return reduced


def _place(evidence: Evidence, fields: Sequence[TokenizedField]) -> Span:
    """Return the place of a piece of evidence, from offsets to tokens."""
    number = 0 if evidence.field == "title" else 1
    spans = fields[number].spans
    start = next(at for at, span in enumerate(spans) if span[0] == evidence.start)
    end = next(at for at, span in enumerate(spans) if span[1] == evidence.end) + 1

    leaf = SetRef(evidence.term.removeprefix("@"))
    return Span(number, start, end, fields[number].weight(start), ((leaf, number, start, end),))


def _longest(places: Sequence[Span], sets: Sets) -> list[Span]:
    """Return the longest of overlapping places, and of two equal ones that of the smaller set."""
    size = {name: len(terms_of(name, sets)) for name in set(map(set_name, places))}
    ranked = sorted(
        places,
        key=lambda place: (place.start - place.end, size[set_name(place)], set_name(place)),
    )

    kept: list[Span] = []
    taken: set[tuple[int, int]] = set()
    for place in ranked:
        words = words_of([place])
        if taken.isdisjoint(words):
            kept.append(place)
            taken |= words
    return sorted(kept, key=lambda place: place[:3])


def leaf_of(place: Span) -> Leaf:
    """Return the leaf found at a place."""
    return place.found[0][0]


def set_name(place: Span) -> str:
    """Return the name of the term set found at a place."""
    return str(leaf_of(place)).removeprefix("@")


def words_of(places: Iterable[Span]) -> frozenset[tuple[int, int]]:
    """Return the words of places, as (field, token)."""
    return frozenset(
        (place.field, token) for place in places for token in range(place.start, place.end)
    )
