"""Topics → program: every term is expanded into its forms once, when topics are compiled.

The matcher of a worker knows only forms, so a worker loads no grammar and no dictionary.
"""

from __future__ import annotations

from collections import defaultdict
from functools import lru_cache
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from monitor.matching.language.expression import And, Leaf, Node, Not, Or, SetRef, Term, leaves
from monitor.matching.language.grammar import read
from monitor.matching.language.tokens import is_acronym
from monitor.matching.program import CompiledTopic, Forms, Program
from monitor.matching.tables import pack_program
from monitor.matching.terms.belonging import joined, languages_for
from monitor.matching.terms.inflection import forms
from monitor.matching.terms.spelling import languages_of
from monitor.matching.terms.termsets import all_sets, read_term, terms_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from monitor.matching.terms.termsets import Sets
    from monitor.model import Topic

_LONGEST_DOTTED = 4  # letters
_forms_of_term = lru_cache(maxsize=50_000)(forms)  # a third of the terms stand in several sets


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
    _forms_of_term.cache_clear()

    return Program(tuple(_compiled(*each, forms_of) for each in read_topics), forms_of)


def pack(
    topics: Iterable[Topic],
    own: Sets | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> bytes:
    """Return topics as bytes for `Matcher`, compiled; equal topics give equal bytes.

    Raises ExpressionError.
    """
    packed = pack_program(compiled(topics, own, progress))
    if progress:
        progress(1, 1)
    return packed


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


def forms_of_terms(terms: Iterable[tuple[str, Term]]) -> Iterator[Forms]:
    """Yield the forms of terms by the languages of the articles in which they count.

    `terms` are (language of the list that the term stands in or "", term).
    """
    langs_of: dict[tuple[str, str], frozenset[str]] = {}
    for written_in, term in terms:
        for each in _expanded(term, written_in):
            langs = languages_for(term, each[1], written_in)
            langs_of[each] = joined(langs, langs_of.get(each, langs))

    by_langs: defaultdict[tuple[str, ...], dict[str, list[str]]] = defaultdict(_no_forms)
    for (kind, form), langs in langs_of.items():
        by_langs[tuple(sorted(langs))][kind].append(form)
    for group, found in sorted(by_langs.items()):
        yield Forms(group, **{kind: tuple(each) for kind, each in found.items()})


def _no_forms() -> dict[str, list[str]]:
    return {kind: [] for kind in ("folded", "cased", "begins", "longer")}


def _expanded(term: Term, written_in: str) -> Iterator[tuple[str, str]]:
    """Yield (kind, form) of a term; `written_in` is the language that it is written in or ""."""
    if term.cancels:
        return (("longer", form) for form in _inflected(term, written_in))
    if term.begins:
        return iter([("begins", term.text)])
    if term.cased:
        return iter([("cased", term.text)])
    if is_acronym(term.text) and not term.exact:
        forms = (term.text, f"{term.text}s", *_dotted(term.text))
        return (("cased", form) for form in forms)
    return (("folded", form) for form in _inflected(term, written_in))


def _dotted(acronym: str) -> tuple[str, ...]:
    """Return an acronym as headlines abbreviate names: `U.N.`, `P.L.A.`; longer ones never are."""
    is_short = 1 < len(acronym) <= _LONGEST_DOTTED and acronym.isalpha()
    return (f"{'.'.join(acronym)}.",) if is_short else ()


def _inflected(term: Term, lang: str) -> dict[str, None]:
    """Return the forms of a term, in order and each once."""
    if term.exact:
        return {term.text: None}
    langs = (lang,) if lang else languages_of(term.text)
    return dict.fromkeys(form for each in langs for form in sorted(_forms_of_term(term.text, each)))
