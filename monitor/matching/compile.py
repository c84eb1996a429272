"""Topics → program: every term is expanded into its forms once, when topics are compiled.

The matcher of a worker knows only forms, so a worker loads no grammar and no dictionary.
"""

from __future__ import annotations

import gc
from contextlib import contextmanager
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from monitor.matching.language.expression import And, Leaf, Node, Not, Or, SetRef, leaves
from monitor.matching.language.grammar import read
from monitor.matching.program import CompiledTopic, Program
from monitor.matching.tables import pack_program
from monitor.matching.terms.expansion import forget_forms, forms_of_terms
from monitor.matching.terms.termsets import all_sets, read_term, terms_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from monitor.matching.program import Forms
    from monitor.matching.terms.termsets import Sets
    from monitor.model import Topic


def compiled(
    topics: Iterable[Topic],
    own: Sets | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Program:
    """Return the program of topics; `own` are the user's term sets. Raises ExpressionError.

    `progress` gets the number of steps that are done, and of all.
    """
    sets = all_sets(own or {})
    read_topics = [(topic, node_of(topic, sets), _anchor(topic, sets)) for topic in topics]

    found = dict.fromkeys(
        leaf
        for _, node, anchor in read_topics
        for leaf in (*leaves(node), *(leaves(anchor) if anchor else ()))
    )
    forms_of: dict[Leaf, tuple[Forms, ...]] = {}
    for number, leaf in enumerate(found, 1):
        forms_of[leaf] = tuple(_forms(leaf, sets))
        if progress:
            progress(number, len(found) + 1)  # packing is the last step
    forget_forms()

    return Program(tuple(_compiled(*each, forms_of) for each in read_topics), forms_of)


def pack(
    topics: Iterable[Topic],
    own: Sets | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> bytes:
    """Return topics as bytes for `Matcher`, compiled; equal topics give equal bytes.

    Raises ExpressionError.
    """
    with _no_collections():
        packed = pack_program(compiled(topics, own, progress))
    if progress:
        progress(1, 1)
    return packed


@contextmanager
def _no_collections() -> Iterator[None]:
    """Collect no garbage meanwhile: nearly all objects stay to the end, and are many."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def node_of(topic: Topic, sets: Sets) -> Node:
    """Return a topic's expression: that of `match`, or that of the lists `any`, `all` and `none`.

    Raises ExpressionError.
    """
    if topic.match:
        return read(topic.match, sets.keys())

    groups = [group for group in (topic.any, *topic.all) if group]
    asked: list[Node] = [_one(Or, map(_listed, group)) for group in groups]
    guards = [Not(_listed(term)) for term in topic.none]
    return _one(And, (*asked, *guards))


def _one(kind: type[And | Or], nodes: Iterable[Node]) -> Node:
    parts = tuple(nodes)
    return parts[0] if len(parts) == 1 else kind(parts)


def _listed(written: str) -> Node:
    """Return the node of a list's entry: a term, or a term set such as `@troops`."""
    return SetRef(written[1:]) if written.startswith("@") else read_term(written)


def _anchor(topic: Topic, sets: Sets) -> Node | None:
    return read(topic.anchor, sets.keys()) if topic.anchor else None


def _compiled(
    topic: Topic, node: Node, anchor: Node | None, forms_of: dict[Leaf, Any]
) -> CompiledTopic:
    """Return a topic with its digest, which changes with the expression and with its term sets."""
    node_forms = [forms_of[leaf] for leaf in leaves(node)]
    parts = repr((str(node), str(anchor), topic.threshold, node_forms)).encode()
    digest = blake2b(parts, digest_size=6).hexdigest()
    return CompiledTopic(topic.id, digest, topic.threshold, node, anchor)


def _forms(leaf: Leaf, sets: Sets) -> Iterator[Forms]:
    """Return a leaf's forms by the languages of the articles in which they count."""
    return forms_of_terms(terms_of(leaf.name, sets) if isinstance(leaf, SetRef) else (("", leaf),))
