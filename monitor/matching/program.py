"""Programs: compiled topics, and the forms that the leaves of their expressions search.

`compile` makes a program, `tables` packs it for the matcher.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from monitor.matching.language.letters import (
    has_accents,
    has_words,
    may_lose_accents,
    tagged,
    without_accents,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from monitor.matching.language.expression import Leaf, Node


@dataclass(frozen=True, slots=True)
class Forms:
    """The forms of a list of terms, for articles in some languages (`langs`; empty for all).

    `folded` forms are found in any case, `cased` forms as written, `begins` at the beginning of a
    word. A folded form with a sign stands behind a proclitic (see `language.proclitics`).
    `longer` are longer names: a form inside a longer name does not count. `tagged` are the
    `folded` forms that a hashtag has in several words: `MeToo` as `Me Too`; `bare` those whose
    accents may be left out in capitals, without them.
    """

    langs: tuple[str, ...]
    folded: tuple[str, ...]
    cased: tuple[str, ...]
    begins: tuple[str, ...]
    longer: tuple[str, ...]

    tagged: tuple[str, ...] = field(repr=False)
    bare: tuple[str, ...] = field(repr=False)

    @classmethod
    def of(
        cls,
        langs: tuple[str, ...],
        folded: tuple[str, ...],
        cased: tuple[str, ...],
        begins: tuple[str, ...],
        longer: tuple[str, ...],
    ) -> Forms:
        """Return forms of all kinds, `tagged` and `bare` from the `folded` ones."""
        every = "\n".join(folded)
        in_words = filter(None, map(tagged, folded)) if has_words(every) else ()
        bare = map(without_accents, filter(may_lose_accents, folded)) if has_accents(every) else ()
        return cls(langs, folded, cased, begins, longer, tuple(in_words), tuple(bare))


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
    """Compiled topics, and the forms that they search.

    `lists` has the forms of each list of terms: the own terms of a set, or one term of a topic.
    `leaves` has the numbers of the lists in which each leaf of an expression is found: several
    sets may include the same ones, whose forms are searched once. `loose` and `tokens` have each
    form as a prefilter and as phrases search it, spaces between its words.
    """

    topics: tuple[CompiledTopic, ...]
    lists: tuple[tuple[Forms, ...], ...]
    leaves: dict[Leaf, tuple[int, ...]]
    loose: Mapping[str, str]
    tokens: Mapping[str, str]

    def forms(self, leaf: Leaf) -> Iterator[Forms]:
        """Yield the forms in which a leaf is found."""
        for number in self.leaves[leaf]:
            yield from self.lists[number]
