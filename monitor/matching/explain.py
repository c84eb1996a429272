"""Explanations: a topic's expression as a tree, with the score of each branch for one article."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from monitor.matching.evaluate import evaluate
from monitor.matching.language.expression import (
    And,
    Near,
    Not,
    Or,
    SetRef,
    Title,
    Unless,
    distance,
    parts,
)
from monitor.matching.near_miss import failed, short, text_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from monitor.matching.language.expression import Node
    from monitor.matching.program import CompiledTopic
    from monitor.matching.tokenized import Span, TokenizedArticle
    from monitor.model import Match

    # (name of a term set, wording, language) → the included set that has the wording
    Origin = Callable[[str, str, str], str]


@dataclass(frozen=True, slots=True)
class Branch:
    """A part of an expression: true if `score` is above 0; `found` are the words that make it so.

    `note` says why a branch is false although its words are there.
    """

    text: str
    score: float
    found: tuple[str, ...]
    note: str
    parts: tuple[Branch, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """A topic's decision: `outcome` is `hit`, `near-miss` or `no-match`, `reason` why no hit."""

    topic: str
    digest: str
    outcome: str
    score: float
    threshold: float
    reason: str
    tree: Branch


def explained(
    topic: CompiledTopic,
    match: Match | None,
    tokenized: TokenizedArticle,
    origin: Origin | None = None,
) -> Explanation:
    """Return the explanation of a topic's decision about an article (`match`).

    With `origin`, words say which included set has them.
    """
    tree = _branch(topic.node, tokenized, origin or _unknown)
    if match is None:
        outcome, reason = "no-match", _missing(topic, tree)
    else:
        outcome, reason = ("hit" if match.is_hit else "near-miss"), match.reason
    score = match.score if match else tree.score
    return Explanation(topic.id, topic.digest, outcome, score, topic.threshold, reason, tree)


def _missing(topic: CompiledTopic, tree: Branch) -> str:
    """Return why an article neither hits nor nearly hits a topic."""
    if tree.score:
        return f"score {tree.score:.2f}, the topic asks {topic.threshold:g}"
    below = zip(parts(topic.node), tree.parts, strict=True)
    lacking = [short(node) for node, part in below if not part.score] or [tree.text]
    if tree.text == "OR":
        return "none of the alternatives is there"
    return f"false: {'; '.join(lacking)}"


def hit_by(tree: Branch) -> list[str]:
    """Return the terms and term sets that make an expression true, each with its words."""
    if not tree.score or tree.text == "NOT":
        return []
    if not tree.parts:
        return [f"{tree.text}: {', '.join(tree.found)}"] if tree.found else []
    asked = tree.parts[:1] if tree.text.startswith("NOT ") else tree.parts
    return list(dict.fromkeys(each for part in asked for each in hit_by(part)))


def _branch(node: Node, tokenized: TokenizedArticle, origin: Origin) -> Branch:
    found = evaluate(node, tokenized)
    reasons = () if found.score else failed(node, tokenized)
    below = tuple(_branch(part, tokenized, origin) for part in parts(node))

    return Branch(
        _label(node),
        round(found.score, 3),
        tuple(_words(found.places, tokenized, origin)) if not below else (),
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


def _words(places: Iterable[Span], tokenized: TokenizedArticle, origin: Origin) -> Iterator[str]:
    """Return the wordings of places, each once, with the field of its first place and its set."""
    seen: dict[str, str] = {}
    for leaf, field, start, end in (each for place in places for each in place.found):
        words = text_of((leaf, field, start, end), tokenized)
        if words in seen:
            continue
        name = leaf.name if isinstance(leaf, SetRef) else ""
        of_set = origin(name, words, tokenized.article.lang) if name else ""
        of_other = f", of @{of_set}" if of_set and of_set != name else ""
        seen[words] = f"{words} ({tokenized.fields[field].name}{of_other})"
    return iter(seen.values())


def _unknown(*_: str) -> str:
    return ""
