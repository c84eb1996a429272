"""The tables of a matcher as bytes: compiled topics, and their forms as they are searched.

    head (magic, digest) | topics and leaves (JSON) | prefilters | phrases

The first prefilter knows only the leaves under which topics are filed: most articles hold none.

Everything that depends on the topics alone is worked out once, by `pack_program`: a matcher is
there at once, and its bytes may be a mapped file. The bytes hold no code, as a pickle would.
"""

from __future__ import annotations

import json
from collections import defaultdict
from typing import TYPE_CHECKING, Any, NamedTuple

from monitor.matching.language.expression import Leaf, dumped, loaded
from monitor.matching.language.tokens import tokens
from monitor.matching.packed import HEAD, with_head
from monitor.matching.phrases import pack_phrases
from monitor.matching.prefilter import pack_prefilter
from monitor.matching.program import CompiledTopic
from monitor.matching.string_table import joined, parts_of
from monitor.matching.tokenized import may_have_gaps, own_gaps
from monitor.matching.topic_index import cover, rate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from monitor.matching.program import Program
    from monitor.matching.topic_index import Rates

_FEW = 3  # a prefilter of a third of the forms is worth a search of its own


class Sought(NamedTuple):
    """What a phrase stands for: the leaves with the numbers `leaves`.

    It does so in articles in `langs` (empty for all languages). With `longer`, the phrase is a
    longer name in which the leaves are not meant. `gaps` are those that the phrase itself has (see
    `tokenized.own_gaps`).
    """

    leaves: list[int]
    langs: frozenset[str]
    longer: bool = False
    gaps: frozenset[int] = frozenset()

    def counts_in(self, lang: str) -> bool:
        """Whether the phrase counts in an article in a language, "" for an unknown one."""
        return not self.langs or not lang or lang in self.langs


class Tables(NamedTuple):
    """What a matcher reads.

    `rates` estimates the frequency of each leaf in texts, 0 for a leaf without forms. The numbers
    of the prefilters are those of lists of terms, and `lists` has the numbers of the leaves that
    are found in each; the numbers of the phrases are those of `sought`.
    `cover_prefilter` is empty where it would hardly be smaller than `prefilter`.
    """

    topics: tuple[CompiledTopic, ...]
    rates: dict[Leaf, float]
    lists: list[list[int]]
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
    searched, rates = list(_searched(program)), _rates(program)
    topics = [
        [p.id, p.digest, p.threshold, dumped(p.node), p.anchor and dumped(p.anchor)]
        for p in program.topics
    ]
    values = {
        "topics": topics,
        "leaves": [[dumped(leaf), each] for leaf, each in rates.items()],
        "lists": _leaves_by_list(program),
        "sought": [[number, langs, longer, gaps] for number, langs, longer, gaps, _ in searched],
        "begins": [
            [number, program.tokens[form].split(" ")]
            for number, (*_, forms) in enumerate(searched)
            for form in forms.get("begins", ())
        ],
    }
    parts = [
        json.dumps(values, ensure_ascii=False).encode(),
        *_pack_prefilters(program, rates),
        *(_pack_phrases(searched, kind, program.tokens.__getitem__) for kind in ("folded", "bare")),
        _pack_phrases(searched, "cased", lambda form: " ".join(tokens(form)[0])),
    ]
    return with_head(joined(parts))


def _rates(program: Program) -> Rates:
    return {leaf: sum(map(rate, program.forms(leaf))) for leaf in program.leaves}


def _leaves_by_list(program: Program) -> list[list[int]]:
    found: list[list[int]] = [[] for _ in program.lists]
    for number, lists in enumerate(program.leaves.values()):
        for each in lists:
            found[each].append(number)
    return found


_ByTable = dict[str, list[str]]
_Searched = tuple[int, tuple[str, ...], bool, tuple[int, ...], _ByTable]


def _searched(program: Program) -> Iterator[_Searched]:
    """Yield (number of the list, languages, whether longer names, gaps, {table: forms})."""
    for number, each in enumerate(program.lists):
        for forms in each:
            by_table = {
                "folded": (*forms.folded, *forms.tagged),
                "bare": forms.bare,
                "cased": forms.cased,
                "begins": forms.begins,
            }
            for gaps, found in _by_gaps(by_table):
                yield number, forms.langs, False, gaps, found
            for gaps, found in _by_gaps({"folded": forms.longer}):
                yield number, forms.langs, True, gaps, found


def _by_gaps(by_table: dict[str, tuple[str, ...]]) -> Iterator[tuple[tuple[int, ...], _ByTable]]:
    """Yield the forms by the gaps that they have themselves; most have none."""
    given = {table: list(forms) for table, forms in by_table.items() if forms}
    if not any(may_have_gaps(forms) for forms in given.values()):
        yield from [((), given)] if given else []
        return
    found: defaultdict[tuple[int, ...], _ByTable] = defaultdict(dict)
    for table, forms in given.items():
        for form in forms:
            found[own_gaps(form)].setdefault(table, []).append(form)
    yield from sorted(found.items())


def _pack_phrases(searched: list[_Searched], table: str, tokens_of: Callable[[str], str]) -> bytes:
    return pack_phrases(
        (number, tokens_of(form))
        for number, (*_, by_table) in enumerate(searched)
        for form in by_table.get(table, ())
    )


def _numbered(program: Program) -> Iterator[tuple[str, bool, int]]:
    """Yield (form, whether the form takes any ending, number of its list)."""
    for number, lists in enumerate(program.lists):
        for forms in lists:
            each = (*forms.folded, *forms.cased, *forms.tagged)
            yield from ((form, False, number) for form in each)
            yield from ((form, True, number) for form in forms.begins)


def _pack_prefilters(program: Program, rates: Rates) -> list[bytes]:
    """Return the prefilters: of the cover, of all forms, and of those without their accents.

    The cover has the leaves that topics are filed under; its prefilter is b"" if they are not few.
    """
    filed = set().union(*(cover(topic, rates) for topic in program.topics))
    numbers = set().union(*(program.leaves[leaf] for leaf in filed))
    every = list(_numbered(program))
    few = [each for each in every if each[2] in numbers]
    bare = list(_numbered_bare(program))
    covers = [pack_prefilter(few, program.loose)] if len(few) * _FEW < len(every) else [b""]
    return [*covers, pack_prefilter(every, program.loose), pack_prefilter(bare, program.loose)]


def _numbered_bare(program: Program) -> Iterator[tuple[str, bool, int]]:
    """Yield the forms without their accents, as `_numbered` does."""
    for number, lists in enumerate(program.lists):
        yield from ((form, False, number) for forms in lists for form in forms.bare)


def open_tables(packed: bytes | memoryview) -> Tables:
    """Return the tables that `pack_program` packed. They are read where they lie."""
    head, *tables = parts_of(memoryview(packed)[HEAD:])
    values = json.loads(bytes(head))
    rates = {_leaf(leaf): each for leaf, each in values["leaves"]}
    lists: list[list[int]] = values["lists"]
    sought = [
        Sought(lists[number], frozenset(langs), longer, frozenset(gaps))
        for number, langs, longer, gaps in values["sought"]
    ]
    topics = tuple(_topic(*each) for each in values["topics"])
    return Tables(topics, rates, lists, sought, values["begins"], *tables)


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
