"""Near misses: articles that nearly hit a topic, and the reason in words.

An article nearly hits a topic if all required words are there and only a distance, a guard, a
filter or the score failed; if the article lacks one of three or more required parts; or if the
article holds the topic's anchor.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitor.matching.evaluate import Found, Rigour, below_or, evaluate
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
from monitor.matching.neighbours import Neighbours

if TYPE_CHECKING:
    from monitor.matching.program import CompiledTopic
    from monitor.matching.tokenized import Span, TokenizedArticle
    from monitor.model import Article

FEW_PARTS = 3  # with three or more required parts, an article that lacks one is a near miss
_COMPARED = 300  # places of each side among which the nearest pair is looked for
_PASSING = 0.5  # share of the topic's threshold that the score of a near miss reaches
_SHORT = 60  # characters of an expression in a reason


def wanted_parts(node: Node) -> tuple[Node, ...]:
    """Return the parts that a hit needs, each of them: the parts of an AND that ask for words."""
    if not isinstance(node, And):
        return (node,)
    return tuple(part for part in node.parts if asks(part))


def near_miss_of(
    topic: CompiledTopic, found: Found, tokenized: TokenizedArticle
) -> tuple[Found, str] | None:
    """Return the places of a near miss and why the article is no hit; None for no near miss."""
    least = topic.threshold * _PASSING
    if found.score >= least:
        reason = f"only in passing: score {found.score:.2f}, the topic asks {topic.threshold:g}"
        return found, reason

    relaxed = evaluate(topic.node, tokenized, Rigour.WORDS)
    if relaxed.score >= least:
        return relaxed, "; ".join(dict.fromkeys(failed(topic.node, tokenized))) or "only in passing"
    return _lacking(topic, least, tokenized) or _anchored(topic, least, tokenized)


def _lacking(
    topic: CompiledTopic, least: float, tokenized: TokenizedArticle
) -> tuple[Found, str] | None:
    """Return the near miss of an article that lacks one of `FEW_PARTS` or more required parts."""
    wanted = wanted_parts(topic.node)
    others = [part for part in parts(topic.node) if part not in wanted]
    if len(wanted) < FEW_PARTS or not all(evaluate(part, tokenized).score for part in others):
        return None

    found = [evaluate(part, tokenized) for part in wanted]
    lacking = [part for part, each in zip(wanted, found, strict=True) if not each.score]
    held = [each for each in found if each.score]
    score = min((each.score for each in held), default=0.0)
    if len(lacking) != 1 or score < least:
        return None

    places = tuple(place for each in held for place in each.places)
    return Found(score, places), f"lacks {short(lacking[0])}"


def _anchored(
    topic: CompiledTopic, least: float, tokenized: TokenizedArticle
) -> tuple[Found, str] | None:
    if topic.anchor is None:
        return None
    found = evaluate(topic.anchor, tokenized)
    return (found, f"only the anchor {short(topic.anchor)}") if found.score >= least else None


def short(node: Node) -> str:
    """Return an expression as text, shortened where it is long."""
    text = str(node)
    return text if len(text) <= _SHORT else f"{text[:_SHORT]}…"


def failed(node: Node, tokenized: TokenizedArticle, rigour: Rigour = Rigour.WORDS) -> list[str]:
    """Return the reasons of an expression that fails only by distances, guards or filters."""
    if evaluate(node, tokenized).score or not evaluate(node, tokenized, rigour).score:
        return []
    match node:
        case Not(part=part):
            words = _words(evaluate(part, tokenized).places, tokenized)
            return [f"cancelled by {words or short(part)}"]
        case Filter(key=key):
            value = _value(tokenized.article, key) or "unknown"
            return [f"{key} is {value}, not {' or '.join(node.values)}"]
        case Near():
            return _too_far(node, tokenized, rigour)
        case Unless():
            return failed(node.left, tokenized, rigour) or [_guarded(node, tokenized)]
        case Title(part=part):
            return failed(part, tokenized, rigour) or [f"{short(part)} is not in the title"]
        case And() | Or():
            inner = below_or(rigour) if isinstance(node, Or) else rigour
            return [reason for part in parts(node) for reason in failed(part, tokenized, inner)]
        case _:
            return []


def _value(article: Article, key: str) -> str:
    if key == "near":
        return f"{article.point[0]},{article.point[1]}" if article.point else ""
    return str(getattr(article, key))


def _too_far(node: Near, tokenized: TokenizedArticle, rigour: Rigour) -> list[str]:
    """Return why a distance failed: the reasons of its sides, or the nearest pair of places."""
    inner = [*failed(node.left, tokenized, rigour), *failed(node.right, tokenized, rigour)]
    if inner:
        return inner

    lefts = evaluate(node.left, tokenized).places[:_COMPARED]
    rights = evaluate(node.right, tokenized).places[:_COMPARED]
    apart = [
        (gap, left, right)
        for left in lefts
        for right in rights
        if (gap := tokenized.apart(left, right)) is not None
    ]
    if not apart:
        pair = f"{_words(lefts, tokenized)} and {_words(rights, tokenized)}"
        return [f"{pair} are in the title and after the first sentence of the text"]

    nearest, left, right = min(apart, key=lambda each: each[0])
    pair = f"{_words((left,), tokenized)} and {_words((right,), tokenized)}"
    if node.words == SENTENCE:
        return [f"{pair} are in two sentences"]
    unit = "word" if nearest == 1 else "words"
    return [f"{pair} stand {nearest:g} {unit} apart ({distance(node.words)})"]


def _guarded(node: Unless, tokenized: TokenizedArticle) -> str:
    places = evaluate(node.left, tokenized).places
    guards = evaluate(node.guard, tokenized).places
    cancelled = Neighbours(places, node.words, tokenized)
    near = tuple(each for each in guards if cancelled.has_near(each))
    return f"cancelled by {_words(near, tokenized)} ({distance(node.words)})"


def _words(places: tuple[Span, ...], tokenized: TokenizedArticle) -> str:
    """Return the first three wordings of places, quoted."""
    quoted = {f"“{text_of(each, tokenized)}”": None for place in places for each in place.found}
    return ", ".join(list(quoted)[:3])


def text_of(found: tuple[object, int, int, int], tokenized: TokenizedArticle) -> str:
    """Return the words of an article at a find: (leaf, field, first token, end)."""
    _, field, start, end = found
    return tokenized.fields[field].text_of(start, end)
