"""Expressions: what a topic asks for, as a tree of frozen values.

`grammar` reads expressions, `evaluate` evaluates them. The docstring of each node says which
*places* of an article make the node true; a place is a stretch of words in the title or the text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator

FilterKey = Literal["lang", "publisher", "kind", "severity", "near"]
_OPERATORS = frozenset({"AND", "OR", "NOT", "SENTENCE"})
_WORD = re.compile(r"[^\W_](?:[\w.-]*[^\W_])?")  # a word that needs no quotes
SENTENCE = -1  # as a distance: both places are in one sentence


@dataclass(frozen=True, slots=True)
class Term:
    """A word or phrase: each place where one of its forms stands.

    `exact`: as written, without inflection; `cased`: in its own case, too; `begins`: with any
    ending of the last word. `lang` (ISO 639-1, "" for all) limits the term to articles of that
    language and of unknown language. `cancels`: a longer name in which no other term of the set is
    meant.
    """

    text: str
    exact: bool = False
    cased: bool = False
    begins: bool = False
    lang: str = ""
    cancels: bool = False

    def __str__(self) -> str:
        """Return the text of the node in the topic language."""
        plain = not self.exact or (self.cased and _WORD.fullmatch(self.text))
        text = f"{self.text}{'*' * self.begins}"
        return "=" * self.cased + (text if plain else _quoted(text))


@dataclass(frozen=True, slots=True)
class SetRef:
    """A term set: the places of all its terms."""

    name: str

    def __str__(self) -> str:
        """Return the text of the node in the topic language."""
        return f"@{self.name}"


@dataclass(frozen=True, slots=True)
class And:
    """All parts are true: the places of all."""

    parts: tuple[Node, ...]

    def __str__(self) -> str:
        """Return the text of the node in the topic language."""
        return " AND ".join(_inner(part, (Or,)) for part in self.parts)


@dataclass(frozen=True, slots=True)
class Or:
    """One part is true: the places of the true parts."""

    parts: tuple[Node, ...]

    def __str__(self) -> str:
        """Return the text of the node in the topic language."""
        return " OR ".join(_inner(part, ()) for part in self.parts)


@dataclass(frozen=True, slots=True)
class Not:
    """The part is false everywhere in the article."""

    part: Node

    def __str__(self) -> str:
        """Return the text of the node in the topic language."""
        return f"NOT {_inner(self.part, (And, Or))}"


@dataclass(frozen=True, slots=True)
class Near:
    """Places of both sides with at most `words` words between them, or in one sentence."""

    left: Node
    right: Node
    words: int

    def __str__(self) -> str:
        """Return the text of the node in the topic language."""
        sides = [_inner(side, (And, Or, Not, Near, Unless)) for side in (self.left, self.right)]
        return f" {distance(self.words)} ".join(sides)


@dataclass(frozen=True, slots=True)
class Unless:
    """A guard: the places of `left` without a place of `guard` within `words` words.

    False also if the cancelled places score higher than the remaining ones: a passing mention
    cancels only itself, an article about the guard is cancelled as a whole.
    """

    left: Node
    guard: Node
    words: int

    def __str__(self) -> str:
        """Return the text of the node in the topic language."""
        sides = [_inner(side, (And, Or, Not, Near, Unless)) for side in (self.left, self.guard)]
        return f" NOT {distance(self.words)} ".join(sides)


@dataclass(frozen=True, slots=True)
class Title:
    """The places of the part that stand in the title."""

    part: Node

    def __str__(self) -> str:
        """Return the text of the node in the topic language."""
        return f"title:({self.part})"


@dataclass(frozen=True, slots=True)
class Filter:
    """The article's language, publisher, kind or severity is one of `values`; no places.

    Values of `near` are circles, see `matching.nearness`.
    """

    key: FilterKey
    values: tuple[str, ...]

    def __str__(self) -> str:
        """Return the text of the node in the topic language."""
        quoted = [each if _is_plain(each) else _quoted(each) for each in self.values]
        values = quoted[0] if len(quoted) == 1 else f"({' OR '.join(quoted)})"
        return f"{self.key}:{values}"


Leaf = Term | SetRef
Node = Term | SetRef | And | Or | Not | Near | Unless | Title | Filter
_KINDS = {kind.__name__: kind for kind in (Term, SetRef, And, Or, Not, Near, Unless, Title, Filter)}


def distance(words: int) -> str:
    """Return the operator of a distance: `NEAR/5`, `SENTENCE`."""
    return "SENTENCE" if words == SENTENCE else f"NEAR/{words}"


def _is_plain(text: str) -> bool:
    return bool(_WORD.fullmatch(text)) and text not in _OPERATORS


def _quoted(text: str) -> str:
    return f"“{text}”" if '"' in text else f'"{text}"'


def _inner(node: Node, bracketed: tuple[type, ...]) -> str:
    return f"({node})" if isinstance(node, bracketed) else str(node)


def parts(node: Node) -> tuple[Node, ...]:
    """Return the nodes directly below a node."""
    match node:
        case And(parts=below) | Or(parts=below):
            return below
        case Not(part=part) | Title(part=part):
            return (part,)
        case Near(left=left, right=right) | Unless(left=left, guard=right):
            return (left, right)
        case _:
            return ()


def leaves(node: Node) -> Iterator[Leaf]:
    """Yield the terms and term sets of a tree, from left to right."""
    if isinstance(node, Leaf):
        yield node
    for part in parts(node):
        yield from leaves(part)


def asks(node: Node) -> bool:
    """Whether only articles with certain words make an expression true."""
    match node:
        case Not() | Filter():
            return False
        case And(parts=below):
            return any(map(asks, below))
        case Or(parts=below):
            return all(map(asks, below))
        case Unless(left=part):
            return asks(part)
        case _:
            return True


def dumped(node: Node) -> dict[str, Any]:
    """Return a node as plain values, for JSON."""
    return {type(node).__name__: [_dumped(getattr(node, each.name)) for each in fields(node)]}


def _dumped(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_dumped(each) for each in value]
    return dumped(value) if isinstance(value, Node) else value


def loaded(values: dict[str, Any]) -> Node:
    """Return the node that `dumped` gave."""
    [(kind, arguments)] = values.items()
    node: Node = _KINDS[kind](*map(_loaded, arguments))
    return node


def _loaded(value: Any) -> Any:
    if isinstance(value, dict):
        return loaded(value)
    return tuple(map(_loaded, value)) if isinstance(value, list) else value
