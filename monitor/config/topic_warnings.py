"""Warnings on topics that are no mistakes: filters for nothing, words of every text, languages.

Each warning is a sentence that names the topic, the part, and what to write.
"""

from __future__ import annotations

import tomllib
from collections import defaultdict
from functools import cache
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from monitor.matching.language.expression import (
    And,
    Filter,
    Near,
    Not,
    Or,
    SetRef,
    Term,
    Title,
    Unless,
    parts,
)
from monitor.matching.language.tokens import is_unspaced
from monitor.matching.terms.termsets import included, read_term, terms_of
from monitor.text.counts import counted
from monitor.text.language_names import language_names, named
from monitor.text.spelling import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from monitor.matching.language.expression import Node
    from monitor.matching.terms.termsets import Sets

    _Nodes = Mapping[str, Node]  # by topic id

_SHORTEST_BEGINNING = 3  # letters before a `*`
_MOST_NAMED = 3  # sets


def topic_warnings(
    topics: _Nodes, sets: Sets, publishers: Collection[str], languages: Mapping[str, int]
) -> Iterator[str]:
    """Yield the warnings on topics.

    `publishers` are all that feeds or stored articles have, `languages` the numbers of the feeds by
    their language.
    """
    for topic, node in topics.items():
        below = list(_all(node))
        yield from _filters(topic, below, publishers)
        yield from _common(topic, (each for each in below if isinstance(each, Term)))
        yield from _languages(topic, node, sets, languages)


def set_warnings(sets: Sets) -> Iterator[str]:
    """Yield the warnings on the terms of the user's own sets."""
    for name in sets:
        yield from _common(f"@{name}", (term for _, term in terms_of(name, {name: sets[name]})))


def _all(node: Node) -> Iterator[Node]:
    yield node
    for part in parts(node):
        yield from _all(part)


def _filters(topic: str, below: Iterable[Node], publishers: Collection[str]) -> Iterator[str]:
    known = {publisher.casefold() for publisher in publishers}
    for node in below:
        if not isinstance(node, Filter):
            continue
        for value in node.values:
            if node.key == "lang" and value.casefold() not in language_names():
                advice = "write its ISO 639 code, such as ko"
                yield f"topic {topic}: lang:{value} is no language: {advice}"
            if node.key == "publisher" and known and value.casefold() not in known:
                hint = did_you_mean(value, publishers, written='publisher:"{}"')
                where = "no feed and no stored article has it"
                yield f'topic {topic}: publisher:"{value}": {where}{hint}'


@cache
def _everywhere() -> frozenset[str]:
    """Return the words that stand in nearly every text."""
    text = Path(__file__).with_suffix(".toml").read_text(encoding="utf-8")
    return frozenset(" ".join(tomllib.loads(text).values()).split())


def _common(where: str, terms: Iterable[Term]) -> Iterator[str]:
    """Yield a warning for each word that stands in nearly every text."""
    where = where if where.startswith("@") else f"topic {where}"
    for term in dict.fromkeys(terms):
        if term.begins and len(term.text) < _SHORTEST_BEGINNING and not is_unspaced(term.text[:1]):
            advice = f"write at least {_SHORTEST_BEGINNING} letters before the *"
            yield f"{where}: {term.text}* finds every word that begins so: {advice}"
        elif term.text in _everywhere() and not term.cased and not term.cancels:
            advice = "leave it out, or write a phrase"
            yield f"{where}: `{term.text}` stands in nearly every text: {advice}"


# ── languages ─────────────────────────────────────────────────────────────────────────────────


def _languages(topic: str, node: Node, sets: Sets, feeds: Mapping[str, int]) -> Iterator[str]:
    """Yield what sets lack in the languages of the feeds: all that is asked for, or guards."""
    silent: defaultdict[tuple[str, ...], list[str]] = defaultdict(list)
    unguarded: defaultdict[tuple[str, ...], list[str]] = defaultdict(list)
    for lang in feeds:
        lacking = _lacking(node, lang, sets)
        if lacking:
            silent[lacking].append(lang)
        elif lacking is not None and (guards := _unguarded(node, lang, sets)):
            unguarded[guards].append(lang)

    for names, langs in silent.items():
        number = counted(sum(feeds[lang] for lang in langs), "feed")
        yield f"topic {topic} hits nothing in {named(langs)} ({number}): {_no_words(names)}"
    for names, langs in unguarded.items():
        yield f"topic {topic} is without a guard in {named(langs)}: {_no_words(names)}"


def _no_words(names: tuple[str, ...]) -> str:
    shown = ", ".join(f"@{name}" for name in names[:_MOST_NAMED])
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return f"no words there in {shown}{more}"


def _lacking(node: Node, lang: str, sets: Sets) -> tuple[str, ...] | None:
    """Return the sets for want of which an expression is false in a language.

    None for an expression that is not meant for the language, by its filters.
    """
    match node:
        case SetRef(name=name):
            return () if _covers(name, lang, sets) else (name,)
        case Filter(key="lang", values=values):
            return () if lang in map(str.casefold, values) else None
        case Or():
            found = [_lacking(part, lang, sets) for part in parts(node)]
            meant = [each for each in found if each is not None]
            return None if not meant else () if () in meant else _joined(meant)
        case Unless(left=part) | Title(part=part):
            return _lacking(part, lang, sets)
        case And() | Near():
            both = [_lacking(part, lang, sets) for part in parts(node)]
            return None if None in both else _joined(filter(None, both))
        case _:
            return ()


def _unguarded(node: Node, lang: str, sets: Sets) -> tuple[str, ...]:
    """Return the guards of an expression that have no words in a language."""
    guards = (
        each.part if isinstance(each, Not) else each.guard
        for each in _all(node)
        if isinstance(each, (Not, Unless))
    )
    inside = chain.from_iterable(map(_all, guards))
    names = dict.fromkeys(each.name for each in inside if isinstance(each, SetRef))
    return tuple(name for name in names if not _covers(name, lang, sets))


def _covers(name: str, lang: str, sets: Sets) -> bool:
    """Whether a set has a term in a language, or one for all."""
    return any(
        each in {lang, ""} and not read_term(written).cancels
        for inner in included(name, sets)
        for each, written in sets[inner].terms
    )


def _joined(names: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(chain.from_iterable(names)))
