"""Evaluation of an expression on an article: its score, and the places that make it true.

The score (0 to 1; 0 is false) says how much the article is about the found places, not how certain
the hit is. Places in the title weigh most, places in the lead nearly as much, asides little;
several places combine like independent probabilities, `1 - (1 - a)(1 - b)…`. AND takes the lowest
score of its parts, as in the fuzzy logic of Zadeh (1965); OR and NEAR join places.

`Rigour` says how near misses are evaluated: without distances, guards and filters. Below an OR,
filters stay: the Korean branch of a topic makes no near misses of articles in other languages.
"""

from __future__ import annotations

from enum import Enum
from math import prod
from typing import TYPE_CHECKING, NamedTuple

from monitor.matching.language.expression import (
    And,
    Filter,
    Near,
    Not,
    Or,
    SetRef,
    Term,
    Title,
    Unless,
)
from monitor.matching.nearness import is_within
from monitor.matching.neighbours import Neighbours
from monitor.matching.tokenized import Span

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from monitor.matching.language.expression import Node
    from monitor.matching.tokenized import TokenizedArticle


class Rigour(Enum):
    """What an evaluation asks for: everything, words and filters, or words alone."""

    ALL = "all"
    FILTERS = "filters"
    WORDS = "words"


class Found(NamedTuple):
    """The score of an expression (0 for false), and the places that make it true."""

    score: float
    places: tuple[Span, ...] = ()


_MOST = 300  # first places kept of an expression: more add nothing, and cost their square
_NOTHING = Found(0.0)
_TRUE = Found(1.0)


def evaluate(node: Node, tokenized: TokenizedArticle, rigour: Rigour = Rigour.ALL) -> Found:
    """Return the score and the places of an expression in an article."""
    strict = rigour is Rigour.ALL
    match node:
        case Term() | SetRef():
            places = tokenized.places(node)
            return _of(places) if places else _NOTHING
        case And(parts=parts):
            return _all(evaluate(part, tokenized, rigour) for part in parts)
        case Or(parts=parts):
            return _any(parts, [evaluate(part, tokenized, below_or(rigour)) for part in parts])
        case Not(part=part):
            guards = evaluate(part, tokenized)
            is_asked = strict or (rigour is Rigour.FILTERS and isinstance(part, Filter))
            return _NOTHING if is_asked and guards.score else Found(1.0, guards.places)
        case Near(left=left, right=right, words=words):
            sides = (evaluate(side, tokenized, rigour) for side in (left, right))
            return _near(sides, words, tokenized) if strict else _all(sides)
        case Unless(left=left, guard=guard, words=words):
            held = evaluate(left, tokenized, rigour)
            return _unless(held, guard, words, tokenized) if strict else held
        case Title(part=part):
            held = evaluate(part, tokenized, rigour)
            return _in_title(held, tokenized) if strict else held
        case Filter():
            return _TRUE if rigour is Rigour.WORDS or admits(node, tokenized) else _NOTHING


def below_or(rigour: Rigour) -> Rigour:
    """Return the rigour of the parts of an OR."""
    return Rigour.FILTERS if rigour is Rigour.WORDS else rigour


def _of(places: Iterable[Span]) -> Found:
    """Return the joint score of places; a word counts once, even if two leaves found it."""
    distinct = tuple(dict.fromkeys(places))
    if len(distinct) > _MOST:
        distinct = tuple(sorted(distinct, key=lambda place: place[:3])[:_MOST])

    weights = {(place.field, place.start): place.weight for place in distinct}
    return Found(1.0 - prod(1.0 - weight for weight in weights.values()), distinct)


def _all(parts: Iterable[Found]) -> Found:
    """Return the lowest score of all parts; none is evaluated after one that is false."""
    found = []
    for each in parts:
        if not each.score:
            return _NOTHING
        found.append(each)
    places = tuple(place for each in found for place in each.places)
    return Found(min(each.score for each in found), places)


def _any(parts: tuple[Node, ...], found: list[Found]) -> Found:
    """Return the highest of the joint score of all places and the scores of certain parts.

    The places of an AND score only as that AND does; NOT and filters score without places.
    """
    scored = [each for each in zip(parts, found, strict=True) if each[1] is not _NOTHING]
    if not scored:
        return _NOTHING
    joint = _of(
        place for part, each in scored if not isinstance(part, And) for place in each.places
    )
    unplaced = [each.score for part, each in scored if isinstance(part, (And, Not, Filter))]
    places = tuple(dict.fromkeys(place for each in found for place in each.places))
    return Found(max(joint.score, *unplaced, 0.0), places)


def _near(sides: Iterator[Found], words: int, tokenized: TokenizedArticle) -> Found:
    """Join each place of the left side with the nearest place of the right side within `words`."""
    left = next(sides).places
    right = next(sides).places if left else ()
    if not right:
        return _NOTHING
    neighbours = Neighbours(right, words, tokenized)
    pairs = ((place, neighbours.nearest(place)) for place in left)
    return _of(_joined(place, nearest) for place, nearest in pairs if nearest)


def _joined(first: Span, second: Span) -> Span:
    """Return the place from one place to another.

    Over the border between title and text, that is the beginning of the text up to the later place.
    """
    if first.field != second.field:
        later = first if first.field else second
        weight = min(first.weight, second.weight)
        return Span(later.field, 0, later.end, weight, (*first.found, *second.found))
    return Span(
        first.field,
        min(first.start, second.start),
        max(first.end, second.end),
        min(first.weight, second.weight),
        (*first.found, *second.found),
    )


def _unless(found: Found, guard: Node, words: int, tokenized: TokenizedArticle) -> Found:
    """Drop guarded places; drop all places if the guarded ones score higher than the others."""
    guarding = evaluate(guard, tokenized).places if found.places else ()
    if not guarding:
        return _of(found.places)
    free: list[Span] = []
    cancelled: list[Span] = []
    guards = Neighbours(guarding, words, tokenized)
    for place in found.places:
        (cancelled if guards.has_near(place) else free).append(place)
    left = _of(free)
    return left if left.score >= _of(cancelled).score else _NOTHING


def _in_title(found: Found, tokenized: TokenizedArticle) -> Found:
    fields = tokenized.fields
    return _of([place for place in found.places if fields[place.field].name == "title"])


def admits(node: Filter, tokenized: TokenizedArticle) -> bool:
    """Whether a filter admits an article; the case of letters makes no difference."""
    if node.key == "near":
        return any(is_within(each, tokenized.article.point) for each in node.values)
    value: str = getattr(tokenized.article, node.key)
    return value.casefold() in {each.casefold() for each in node.values}
