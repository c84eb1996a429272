"""Programs: compiled topics, and the forms that each leaf of their expressions searches.

`compile` makes a program, `tables` packs it for the matcher.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from monitor.matching.language.letters import may_lose_accents, tagged, without_accents

if TYPE_CHECKING:
    from monitor.matching.language.expression import Leaf, Node


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
