"""Near misses: what an article came short of, and the reason in words.

An article nearly hits a topic if all it asks for is there and only a distance, a guard, a filter
or the score failed; if it lacks one of three or more required parts; or if it holds the topic's
anchor.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitor.matching.evaluate import Found, evaluate, is_near
from monitor.matching.language.expression import (
    SENTENCE,
    And,
    Filter,
    Near,
    Node,
    Not,
    Or,
    Title,
    Unless,
    asks,
    distance,
    parts,
)

if TYPE_CHECKING:
    from monitor.matching.program import CompiledTopic
    from monitor.matching.tokenized import Span, TokenizedArticle

FEW_PARTS = 3  # with three or more required parts, an article that lacks one is a near miss
_PASSING = 0.5  # of its threshold an article must reach with what is there, or it is only an aside


def wanted_parts(node: Node) -> tuple[Node, ...]:
    """Return the parts of which a hit needs each one: those of an AND that ask for words."""
    if not isinstance(node, And):
        return (node,)
    return tuple(part for part in node.parts if asks(part))


def near_miss_of(
    plan: CompiledTopic, found: Found, reading: TokenizedArticle
) -> tuple[Found, str] | None:
    """Return what a near miss holds and why it is no hit; None if it is none."""
    least = plan.threshold * _PASSING
    if found.score >= least:
        return found, f"only in passing: score {found.score:.2f}, the topic asks {plan.threshold:g}"
    relaxed = evaluate(plan.node, reading, strict=False)
    if relaxed.score >= least:
        return relaxed, "; ".join(dict.fromkeys(failed(plan.node, reading))) or "only in passing"
    return _lacking(plan, least, reading) or _anchored(plan, least, reading)


def _lacking(
    plan: CompiledTopic, least: float, reading: TokenizedArticle
) -> tuple[Found, str] | None:
    wanted = wanted_parts(plan.node)
    others = [part for part in parts(plan.node) if part not in wanted]
    if len(wanted) < FEW_PARTS or not all(evaluate(part, reading).score for part in others):
        return None
    found = [evaluate(part, reading) for part in wanted]
    lacking = [part for part, each in zip(wanted, found, strict=True) if not each.score]
    held = [each for each in found if each.score]
    if len(lacking) != 1 or min(each.score for each in held) < least:
        return None
    places = tuple(place for each in held for place in each.places)
    return Found(min(each.score for each in held), places), f"lacks {short(lacking[0])}"


def _anchored(
    plan: CompiledTopic, least: float, reading: TokenizedArticle
) -> tuple[Found, str] | None:
    if plan.anchor is None:
        return None
    found = evaluate(plan.anchor, reading)
    return (found, f"only its anchor {short(plan.anchor)}") if found.score >= least else None


def short(node: Node, most: int = 60) -> str:
    """Return an expression as it is written, cut at `most` characters."""
    text = str(node)
    return text if len(text) <= most else f"{text[:most]}…"


def failed(node: Node, reading: TokenizedArticle) -> list[str]:
    """Say which distances, guards and filters failed where the words were there."""
    if evaluate(node, reading).score or not evaluate(node, reading, strict=False).score:
        return []
    match node:
        case Not(part=part):
            words = _words(evaluate(part, reading).places, reading)
            return [f"cancelled by {words or short(part)}"]
        case Filter(key=key):
            value = getattr(reading.article, key) or "unknown"
            return [f"{key} is {value}, not {' or '.join(node.values)}"]
        case Near(words=words):
            return _too_far(node, words, reading)
        case Unless():
            return failed(node.left, reading) or [_guarded(node, reading)]
        case Title(part=part):
            return failed(part, reading) or [f"{short(part)} is not in the title"]
        case And() | Or():
            return [reason for part in parts(node) for reason in failed(part, reading)]
        case _:
            return []


def _too_far(node: Near, words: int, reading: TokenizedArticle) -> list[str]:
    inner = [*failed(node.left, reading), *failed(node.right, reading)]
    if inner:
        return inner
    sides = [evaluate(side, reading).places for side in (node.left, node.right)]
    apart = [
        (d, a, b) for a in sides[0] for b in sides[1] if (d := reading.apart(a, b)) is not None
    ]
    if not apart:
        first, second = (_words(side, reading) for side in sides)
        return [f"{first} and {second} are in title and text"]
    nearest, left, right = min(apart, key=lambda each: each[0])
    pair = f"{_words((left,), reading)} and {_words((right,), reading)}"
    if words == SENTENCE:
        return [f"{pair} are in two sentences"]
    unit = "word" if nearest == 1 else "words"
    return [f"{pair} stand {nearest:g} {unit} apart ({distance(words)})"]


def _guarded(node: Unless, reading: TokenizedArticle) -> str:
    places = evaluate(node.left, reading).places
    guards = evaluate(node.guard, reading).places
    near = [g for g in guards if any(is_near(p, g, node.words, reading) for p in places)]
    return f"cancelled by {_words(tuple(near), reading)} ({distance(node.words)})"


def _words(places: tuple[Span, ...], reading: TokenizedArticle) -> str:
    """Quote the first few of what was found."""
    quoted = {f"“{text_of(each, reading)}”": None for place in places for each in place.found}
    return ", ".join(list(quoted)[:3])


def text_of(found: tuple[object, int, int, int], reading: TokenizedArticle) -> str:
    """Return the words of the article that a leaf found."""
    _, field, start, end = found
    words = reading.fields[field]
    return words.text[words.spans[start][0] : words.spans[end - 1][1]]
