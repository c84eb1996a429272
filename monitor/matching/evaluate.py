"""Is an expression true of an article, where, and by how much? Pure functions on a reading.

The score (0 to 1) says how much the article is about what was found, not how sure we are: places
in the title weigh most, the lead nearly as much, asides little, and several places add up as
independent chances do, `1 - (1 - a)(1 - b)…`. AND takes the lower score of its parts, as in the
usual fuzzy logic (Zadeh 1965); OR and NEAR join places. 0 is false.

`strict=False` asks what a near miss asks: distances are of no matter, nor guards, nor filters.
"""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, NamedTuple

from monitor.matching.language.expression import (
    SENTENCE,
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
from monitor.matching.tokenized import Span

if TYPE_CHECKING:
    from collections.abc import Iterable

    from monitor.matching.language.expression import Node
    from monitor.matching.tokenized import TokenizedArticle


class Found(NamedTuple):
    """How an expression holds: a score, 0 where it does not, and the places that make it true."""

    score: float
    places: tuple[Span, ...] = ()


_MOST = 300  # places of one expression, the first ones: more say nothing new, and cost the square
_NOTHING = Found(0.0)
_TRUE = Found(1.0)


def evaluate(node: Node, reading: TokenizedArticle, *, strict: bool = True) -> Found:
    """Return how an expression holds in an article."""
    match node:
        case Term() | SetRef():
            return _of(reading.places(node))
        case And(parts=parts):
            return _all([evaluate(part, reading, strict=strict) for part in parts])
        case Or(parts=parts):
            return _any(parts, [evaluate(part, reading, strict=strict) for part in parts])
        case Not(part=part):
            guards = evaluate(part, reading)
            return _NOTHING if strict and guards.score else Found(1.0, guards.places)
        case Near(left=left, right=right, words=words):
            first, second = (evaluate(side, reading, strict=strict) for side in (left, right))
            return _near(first, second, words, reading) if strict else _all([first, second])
        case Unless(left=left, guard=guard, words=words):
            found_ = evaluate(left, reading, strict=strict)
            return _unless(found_, evaluate(guard, reading), words, reading) if strict else found_
        case Title(part=part):
            found_ = evaluate(part, reading, strict=strict)
            return _of([p for p in found_.places if _in_title(p, reading)]) if strict else found_
        case Filter():
            return _TRUE if not strict or admits(node, reading) else _NOTHING


def _of(places: Iterable[Span]) -> Found:
    distinct = tuple(dict.fromkeys(places))
    if len(distinct) > _MOST:
        distinct = tuple(sorted(distinct, key=lambda place: place[:3])[:_MOST])
    spots = {(p.field, p.start): p.weight for p in distinct}  # a word counts once, in two sets too
    return Found(1.0 - prod(1.0 - weight for weight in spots.values()), distinct)


def _all(found: list[Found]) -> Found:
    score = min(each.score for each in found)
    return Found(score, tuple(p for each in found for p in each.places)) if score else _NOTHING


def _any(parts: tuple[Node, ...], found: list[Found]) -> Found:
    """Count the places of all parts together, but those of an AND only as that AND scores."""
    joint = _of(
        p
        for part, each in zip(parts, found, strict=True)
        if not isinstance(part, And)
        for p in each.places
    )
    places = tuple(dict.fromkeys(place for each in found for place in each.places))
    unplaced = [
        each.score
        for part, each in zip(parts, found, strict=True)
        if isinstance(part, (And, Not, Filter))
    ]
    return Found(max(joint.score, *unplaced, 0.0), places)


def _near(left: Found, right: Found, words: int, reading: TokenizedArticle) -> Found:
    """Join each place of the left with its nearest on the right that is near enough."""
    joined = []
    for place in left.places:
        near = [
            other
            for other in right.places
            if other[:3] != place[:3] and is_near(place, other, words, reading)
        ]  # a word is not near itself
        if near:
            joined.append(_joined(place, min(near, key=lambda o: abs(o.start - place.start))))
    return _of(joined)


def is_near(place: Span, other: Span, words: int, reading: TokenizedArticle) -> bool:
    """Whether two places are in one sentence, or have at most so many words between them."""
    if words == SENTENCE:
        return reading.together(place, other)
    apart = reading.apart(place, other)
    return apart is not None and apart <= words


def _joined(first: Span, second: Span) -> Span:
    return Span(
        first.field,
        min(first.start, second.start),
        max(first.end, second.end),
        min(first.weight, second.weight),
        (*first.found, *second.found),
    )


def _unless(found: Found, guard: Found, words: int, reading: TokenizedArticle) -> Found:
    """Leave out guarded places; all of them where the guard has the greater weight."""
    free: list[Span] = []
    cancelled: list[Span] = []
    for place in found.places:
        guarded = any(is_near(place, other, words, reading) for other in guard.places)
        (cancelled if guarded else free).append(place)
    left = _of(free)
    return left if left.score >= _of(cancelled).score else _NOTHING


def _in_title(place: Span, reading: TokenizedArticle) -> bool:
    return reading.fields[place.field].name == "title"


def admits(node: Filter, reading: TokenizedArticle) -> bool:
    """Whether a filter lets an article through, in any case of letters."""
    value: str = getattr(reading.article, node.key)
    return value.casefold() in {each.casefold() for each in node.values}
