"""Why an article hits a topic, or does not: its expression as a tree, each branch true or false."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from monitor.matching.evaluate import evaluate
from monitor.matching.language.expression import And, Near, Not, Or, Title, Unless, distance, parts
from monitor.matching.near_miss import failed, short, text_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from monitor.matching.language.expression import Node
    from monitor.matching.program import CompiledTopic
    from monitor.matching.tokenized import Span, TokenizedArticle
    from monitor.model import Match


@dataclass(frozen=True, slots=True)
class Branch:
    """A part of an expression: true where its `score` is above 0, by the words `found`.

    `note` says why it is false although its words are there.
    """

    text: str
    score: float
    found: tuple[str, ...]
    note: str
    parts: tuple[Branch, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """How a topic decided: `outcome` is `hit`, `near-miss` or `no-match`, `reason` why no hit."""

    topic: str
    digest: str
    outcome: str
    score: float
    threshold: float
    reason: str
    tree: Branch


def explained(plan: CompiledTopic, match: Match | None, reading: TokenizedArticle) -> Explanation:
    """Explain what a topic decided about an article."""
    tree = _branch(plan.node, reading)
    if match is None:
        outcome, reason = "no-match", _missing(plan, tree)
    else:
        outcome, reason = ("hit" if match.is_hit else "near-miss"), match.reason
    score = match.score if match else tree.score
    return Explanation(plan.id, plan.digest, outcome, score, plan.threshold, reason, tree)


def _missing(plan: CompiledTopic, tree: Branch) -> str:
    if tree.score:
        return f"score {tree.score:.2f}, the topic asks {plan.threshold:g}"
    below = zip(parts(plan.node), tree.parts, strict=True)
    lacking = [short(node) for node, part in below if not part.score] or [tree.text]
    return "what it asks for is not there" if tree.text == "OR" else f"false: {'; '.join(lacking)}"


def _branch(node: Node, reading: TokenizedArticle) -> Branch:
    found = evaluate(node, reading)
    reasons = () if found.score else failed(node, reading)
    below = tuple(_branch(part, reading) for part in parts(node))
    return Branch(
        _label(node),
        round(found.score, 3),
        tuple(_words(found.places, reading)) if not below else (),
        "; ".join(reasons) if not any(part.note for part in below) else "",
        below,
    )


def _label(node: Node) -> str:
    match node:
        case And():
            return "AND"
        case Or():
            return "OR"
        case Not():
            return "NOT"
        case Near(words=words):
            return distance(words)
        case Unless(words=words):
            return f"NOT {distance(words)}"
        case Title():
            return "title:"
        case _:
            return str(node)


def _words(places: Iterable[Span], reading: TokenizedArticle) -> Iterable[str]:
    """Return what was found, each wording once, with the field of its first place."""
    seen: dict[str, str] = {}
    for place in places:
        for each in place.found:
            seen.setdefault(text_of(each, reading), reading.fields[each[1]].name)
    return (f"{words} ({field})" for words, field in seen.items())
