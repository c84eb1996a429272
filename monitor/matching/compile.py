"""Topics → program: every term is expanded into its forms once, when topics are compiled.

The matcher of a worker knows only forms, so a worker loads no grammar and no dictionary.
"""

from __future__ import annotations

import gc
from contextlib import contextmanager
from hashlib import blake2b
from itertools import chain
from typing import TYPE_CHECKING

from monitor.matching.language.expression import And, Leaf, Node, Not, Or, SetRef, leaves
from monitor.matching.language.grammar import read
from monitor.matching.program import CompiledTopic, Program
from monitor.matching.searched_forms import SearchedForms
from monitor.matching.tables import pack_program
from monitor.matching.terms.expansion import forget_forms, forms_of_terms
from monitor.matching.terms.termsets import all_sets, included, library, read_term

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator

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
    lists_of = {leaf: tuple(_lists(leaf, sets)) for leaf in found}
    searched = SearchedForms()
    forms_of = _forms_of_each(dict.fromkeys(chain(*lists_of.values())), sets, searched, progress)

    digests = {each: _digest(forms) for each, forms in forms_of.items()}
    by_leaf = {leaf: list(map(digests.__getitem__, lists)) for leaf, lists in lists_of.items()}
    numbers = {each: number for number, each in enumerate(forms_of)}
    return Program(
        tuple(_compiled(*each, by_leaf) for each in read_topics),
        tuple(forms_of.values()),
        {leaf: tuple(map(numbers.__getitem__, lists)) for leaf, lists in lists_of.items()},
        searched.loose,
        searched.tokens,
    )


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
    topic: Topic, node: Node, anchor: Node | None, by_leaf: dict[Leaf, list[str]]
) -> CompiledTopic:
    """Return a topic with its digest, which changes with the expression and with its term sets.

    `by_leaf` has the digests of the lists in which each leaf is found.
    """
    lists = [by_leaf[leaf] for leaf in leaves(node)]
    digest = _digest((str(node), str(anchor), topic.threshold, lists))
    return CompiledTopic(topic.id, digest, topic.threshold, node, anchor)


def _digest(value: object) -> str:
    return blake2b(repr(value).encode(), digest_size=6).hexdigest()


def _lists(leaf: Leaf, sets: Sets) -> Iterator[Leaf]:
    """Yield the lists of terms in which a leaf is found: a set's own and those it includes."""
    if isinstance(leaf, SetRef):
        yield from map(SetRef, included(leaf.name, sets))
    else:
        yield leaf


def _forms_of_each(
    lists: Collection[Leaf],
    sets: Sets,
    searched: SearchedForms,
    progress: Callable[[int, int], None] | None,
) -> dict[Leaf, tuple[Forms, ...]]:
    """Return the forms of lists of terms; `searched` has all of them then."""
    found: dict[Leaf, tuple[Forms, ...]] = {}
    for number, each in enumerate(lists, 1):
        found[each] = _forms(each, sets, searched)
        if progress:
            progress(number, len(lists) + 1)  # packing is the last step
    forget_forms()
    searched.add(found.values())
    searched.keep()
    return found


def _forms(each: Leaf, sets: Sets, searched: SearchedForms) -> tuple[Forms, ...]:
    """Return the forms of a list of terms by the languages of the articles in which they count."""
    if not isinstance(each, SetRef):
        return tuple(forms_of_terms((("", each),)))
    found = sets[each.name]
    terms = ((lang, read_term(term, lang)) for lang, term in found.terms)
    if found == library().get(each.name):
        return searched.of_shipped(each.name, lambda: forms_of_terms(terms))
    return tuple(forms_of_terms(terms))
