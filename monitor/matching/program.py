"""Topics ready for matching: expressions, and the forms that each of their leaves looks for.

Values and their way to a worker as bytes; `compile` makes them. Nothing here knows a dictionary.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from monitor.matching.language.expression import Leaf, Node, dumped, loaded


@dataclass(frozen=True, slots=True)
class Forms:
    """What a leaf of an expression looks for, in one language (`lang`; "" for all).

    `folded` are found in any case, `cased` as written, `begins` at the beginning of a word. Inside
    of one of `longer` none of them counts.
    """

    lang: str
    folded: tuple[str, ...]
    cased: tuple[str, ...]
    begins: tuple[str, ...]
    longer: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CompiledTopic:
    """A topic ready for matching; `digest` is its version."""

    id: str
    digest: str
    threshold: float
    node: Node
    anchor: Node | None


@dataclass(frozen=True, slots=True)
class Program:
    """Topics and, for each leaf of their expressions, its forms."""

    plans: tuple[CompiledTopic, ...]
    leaves: dict[Leaf, tuple[Forms, ...]]


def dump(program: Program) -> bytes:
    """Return a program as bytes: equal programs give equal bytes."""
    plans = [
        [p.id, p.digest, p.threshold, dumped(p.node), p.anchor and dumped(p.anchor)]
        for p in program.plans
    ]
    found = [
        [dumped(leaf), [[f.lang, f.folded, f.cased, f.begins, f.longer] for f in each]]
        for leaf, each in program.leaves.items()
    ]
    return json.dumps([plans, found], ensure_ascii=False).encode()


def load(packed: bytes) -> Program:
    """Return the program that `dump` wrote."""
    plans, found = json.loads(packed)
    return Program(
        tuple(
            CompiledTopic(
                topic, digest, threshold, loaded(node), loaded(anchor) if anchor else None
            )
            for topic, digest, threshold, node, anchor in plans
        ),
        {_leaf(leaf): tuple(_unpacked(each) for each in lists) for leaf, lists in found},
    )


def _leaf(values: dict[str, Any]) -> Leaf:
    leaf = loaded(values)
    assert isinstance(leaf, Leaf)  # noqa: S101 - by `dump`
    return leaf


def _unpacked(lists: list[Any]) -> Forms:
    lang, *forms = lists
    return Forms(lang, *map(tuple, forms))
