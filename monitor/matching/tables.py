"""The tables of a matcher as bytes: compiled topics, and their forms as they are searched.

    head (magic, digest) | topics and leaves (JSON) | prefilters | phrases

The first prefilter knows only the leaves under which topics are filed: most articles hold none.

Everything that depends on the topics alone is worked out once, by `pack_program`: a matcher is
there at once, and its bytes may be a mapped file. The bytes hold no code, as a pickle would.
"""

from __future__ import annotations

import json
from collections import defaultdict
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from monitor.matching.language.expression import Leaf, dumped, loaded
from monitor.matching.language.tokens import tokens
from monitor.matching.packed import HEAD, with_head
from monitor.matching.phrases import pack_phrases
from monitor.matching.prefilter import pack_prefilter
from monitor.matching.program import CompiledTopic
from monitor.matching.string_table import joined, parts_of
from monitor.matching.tokenized import own_gaps
from monitor.matching.topic_index import cover, rate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from monitor.matching.program import Program

_FEW = 3  # a prefilter of a third of the forms is worth a search of its own


class Sought(NamedTuple):
    """The leaf that a phrase belongs to, in articles in `langs` (empty for all languages).

    With `longer`, the phrase is a longer name in which the leaf is not meant. `gaps` are those that
    the phrase itself has (see `tokenized.own_gaps`).
    """

    leaf: Leaf
    langs: frozenset[str]
    longer: bool = False
    gaps: frozenset[int] = frozenset()

    def counts_in(self, lang: str) -> bool:
        """Whether the phrase counts in an article in a language, "" for an unknown one."""
        return not self.langs or not lang or lang in self.langs


class Tables(NamedTuple):
    """What a matcher reads.

    `rates` estimates the frequency of each leaf in texts, 0 for a leaf without forms. The numbers
    of the prefilters are those of the leaves, the numbers of the phrases those of `sought`.
    `cover_prefilter` is empty where it would hardly be smaller than `prefilter`.
    """

    topics: tuple[CompiledTopic, ...]
    rates: dict[Leaf, float]
    sought: list[Sought]
    begins: list[tuple[int, list[str]]]
    cover_prefilter: memoryview
    prefilter: memoryview
    bare_prefilter: memoryview
    folded: memoryview
    bare: memoryview
    cased: memoryview


def pack_program(program: Program) -> bytes:
    """Return the tables of a program as bytes; equal programs give equal bytes."""
    searched = list(_searched(program))
    topics = [
        [p.id, p.digest, p.threshold, dumped(p.node), p.anchor and dumped(p.anchor)]
        for p in program.topics
    ]
    values = {
        "topics": topics,
        "leaves": [[dumped(leaf), sum(map(rate, f))] for leaf, f in program.leaves.items()],
        "sought": [[number, langs, longer, gaps] for number, langs, longer, gaps, _ in searched],
        "begins": [
            [number, _folded(form)]
            for number, (*_, forms) in enumerate(searched)
            for form in forms.get("begins", ())
        ],
    }
    parts = [
        json.dumps(values, ensure_ascii=False).encode(),
        _pack_cover(program),
        pack_prefilter(_numbered(program)),
        pack_prefilter(_numbered_bare(program)),
        *(_pack_phrases(searched, kind) for kind in ("folded", "bare", "cased")),
    ]
    return with_head(joined(parts))


_ByTable = dict[str, list[str]]
_Searched = tuple[int, tuple[str, ...], bool, tuple[int, ...], _ByTable]


def _searched(program: Program) -> Iterator[_Searched]:
    """Yield (number of the leaf, languages, whether longer names, gaps, {table: forms})."""
    for number, lists in enumerate(program.leaves.values()):
        for forms in lists:
            by_table = {
                "folded": (*forms.folded, *forms.tagged),
                "bare": forms.bare,
                "cased": forms.cased,
                "begins": forms.begins,
            }
            for gaps, each in _by_gaps(by_table):
                yield number, forms.langs, False, gaps, each
            for gaps, each in _by_gaps({"folded": forms.longer}):
                yield number, forms.langs, True, gaps, each


def _by_gaps(by_table: dict[str, tuple[str, ...]]) -> Iterator[tuple[tuple[int, ...], _ByTable]]:
    """Yield the forms by the gaps that they have themselves; most have none."""
    found: defaultdict[tuple[int, ...], _ByTable] = defaultdict(dict)
    for table, forms in by_table.items():
        for form in forms:
            found[own_gaps(form)].setdefault(table, []).append(form)
    yield from sorted(found.items())


def _pack_phrases(searched: list[_Searched], table: str) -> bytes:
    of_word = cache(_as_written if table == "cased" else _folded)
    words = cache(lambda form: _words(form, of_word))  # sets share many forms
    return pack_phrases(
        (number, words(form))
        for number, (*_, by_table) in enumerate(searched)
        for form in by_table.get(table, ())
    )


def _words(form: str, of_word: Callable[[str], list[str]]) -> list[str]:
    """Return the tokens of a form, word by word: forms share many words, and nothing joins two."""
    return [token for word in form.split(" ") for token in of_word(word)]


def _as_written(word: str) -> list[str]:
    return tokens(word)[0]


def _folded(word: str) -> list[str]:
    return [token.lower() for token in tokens(word)[0]]


def _numbered(program: Program) -> Iterator[tuple[str, bool, int]]:
    """Yield (form, whether the form takes any ending, number of its leaf)."""
    for number, lists in enumerate(program.leaves.values()):
        for forms in lists:
            each = (*forms.folded, *forms.cased, *forms.tagged)
            yield from ((form, False, number) for form in each)
            yield from ((form, True, number) for form in forms.begins)


def _pack_cover(program: Program) -> bytes:
    """Return the prefilter of the leaves that topics are filed under, b"" if they are not few."""
    rates = {leaf: sum(map(rate, forms)) for leaf, forms in program.leaves.items()}
    covers = [cover(topic, rates) for topic in program.topics]
    filed = {leaf for leaves in covers for leaf in leaves}
    numbers = {number for number, leaf in enumerate(rates) if leaf in filed}
    every = list(_numbered(program))
    few = [each for each in every if each[2] in numbers]
    return pack_prefilter(few) if len(few) * _FEW < len(every) else b""


def _numbered_bare(program: Program) -> Iterator[tuple[str, bool, int]]:
    """Yield the forms without their accents, as `_numbered` does."""
    for number, lists in enumerate(program.leaves.values()):
        yield from ((form, False, number) for forms in lists for form in forms.bare)


def open_tables(packed: bytes | memoryview) -> Tables:
    """Return the tables that `pack_program` packed. They are read where they lie."""
    head, *tables = parts_of(memoryview(packed)[HEAD:])
    values = json.loads(bytes(head))
    rates = {_leaf(leaf): each for leaf, each in values["leaves"]}
    leaves = list(rates)
    sought = [
        Sought(leaves[number], frozenset(langs), longer, frozenset(gaps))
        for number, langs, longer, gaps in values["sought"]
    ]
    topics = tuple(_topic(*each) for each in values["topics"])
    return Tables(topics, rates, sought, values["begins"], *tables)


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
    assert isinstance(leaf, Leaf)  # noqa: S101 - by `pack_program`
    return leaf
