"""Programs: compiled topics, and the forms that each leaf of their expressions searches.

`compile` makes a program; `dump` and `load` carry it to a worker as bytes (JSON).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from monitor.matching.language.expression import Leaf, Node, dumped, loaded
from monitor.matching.language.letters import may_lose_accents, tagged, without_accents


@dataclass(frozen=True, slots=True)
class Forms:
    """The forms of a leaf, for articles in some languages (`langs`; empty for all).

    `folded` forms are found in any case, `cased` forms as written, `begins` at the beginning of a
    word. `longer` are longer names: a form inside a longer name does not count.
    """

    langs: tuple[str, ...]
    folded: tuple[str, ...]
    cased: tuple[str, ...]
    begins: tuple[str, ...]
    longer: tuple[str, ...]

    @property
    def tagged(self) -> tuple[str, ...]:
        """The `folded` forms that a hashtag has in several words: `MeToo` as `Me Too`."""
        return tuple(filter(None, map(tagged, self.folded)))

    @property
    def bare(self) -> tuple[str, ...]:
        """The `folded` forms whose accents may be left out in capitals, without them."""
        return tuple(without_accents(form) for form in self.folded if may_lose_accents(form))


@dataclass(frozen=True, slots=True)
class CompiledTopic:
    """A topic ready for matching; `digest` is the version of the topic."""

    id: str
    digest: str
    threshold: float
    node: Node
    anchor: Node | None


@dataclass(frozen=True, slots=True)
class Program:
    """Compiled topics, and the forms of each leaf of their expressions."""

    topics: tuple[CompiledTopic, ...]
    leaves: dict[Leaf, tuple[Forms, ...]]


def dump(program: Program) -> bytes:
    """Return a program as bytes; equal programs give equal bytes."""
    topics = [
        [p.id, p.digest, p.threshold, dumped(p.node), p.anchor and dumped(p.anchor)]
        for p in program.topics
    ]
    found = [[dumped(leaf), list(map(_packed, forms))] for leaf, forms in program.leaves.items()]
    return json.dumps([topics, found], ensure_ascii=False).encode()


def _packed(forms: Forms) -> list[Any]:
    return [forms.langs, forms.folded, forms.cased, forms.begins, forms.longer]


def load(packed: bytes) -> Program:
    """Return the program that `dump` packed."""
    topics, found = json.loads(packed)
    leaves = {_leaf(leaf): tuple(map(_unpacked, lists)) for leaf, lists in found}
    return Program(tuple(_topic(*each) for each in topics), leaves)


def _topic(
    topic_id: str,
    digest: str,
    threshold: float,
    node: dict[str, Any],
    anchor: dict[str, Any] | None,
) -> CompiledTopic:
    return CompiledTopic(
        topic_id, digest, threshold, loaded(node), loaded(anchor) if anchor else None
    )


def _leaf(values: dict[str, Any]) -> Leaf:
    leaf = loaded(values)
    assert isinstance(leaf, Leaf)  # noqa: S101 - by `dump`
    return leaf


def _unpacked(lists: list[Any]) -> Forms:
    return Forms(*map(tuple, lists))
