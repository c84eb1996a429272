"""Topic index: the topics that may match an article, from the leaves that its text may hold.

Each topic is filed under its cover: a few leaves of which every matching article holds at least
one, the rarest that will do. Only topics filed under a found leaf are evaluated. Source: the
presearcher of Lucene's Monitor (`org.apache.lucene.monitor.TermFilteredPresearcher`).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from monitor.matching.language.expression import (
    And,
    Filter,
    Leaf,
    Near,
    Node,
    Not,
    Or,
    Title,
    Unless,
)
from monitor.matching.near_miss import FEW_PARTS, wanted_parts

if TYPE_CHECKING:
    from collections.abc import Iterable

    from monitor.matching.program import CompiledTopic, Forms

_Test = Callable[[set[int]], bool]
Rates = Mapping[Leaf, float]  # estimated frequency of a leaf in texts


class TopicIndex:
    """Topics, filed under the numbers of their cover's leaves."""

    def __init__(self, topics: Iterable[CompiledTopic], rates: Rates) -> None:
        """File topics; `rates` has all leaves in the order of their numbers (see `rate`)."""
        numbers = {leaf: number for number, leaf in enumerate(rates)}
        self._topics = [(topic, _test(topic, numbers)) for topic in topics]
        self._filed: defaultdict[int, list[int]] = defaultdict(list)
        for index, (topic, _) in enumerate(self._topics):
            for leaf in cover(topic, rates):
                self._filed[numbers[leaf]].append(index)

    def __call__(self, found: set[int]) -> list[CompiledTopic]:
        """Return the topics that may match a text, from the numbers of the leaves found in it."""
        filed = {index for number in found for index in self._filed.get(number, ())}
        topics = (self._topics[index] for index in sorted(filed))
        return [topic for topic, may_match in topics if may_match(found)]


def rate(forms: Forms) -> float:
    """Estimate the frequency of forms in texts: longer words are rarer. 0 for no forms."""
    each = (*forms.folded, *forms.cased, *forms.begins)
    lengths = Counter(map(len, map(str.encode, each)))  # in bytes: 북 is rarer than `b`
    return sum(count * 2.0**-length for length, count in lengths.items())


def _test(topic: CompiledTopic, numbers: Mapping[Leaf, int]) -> _Test:
    """Return a test whether a topic may match or nearly match a text with the leaves found."""
    parts = [_holds(part, numbers) for part in wanted_parts(topic.node)]
    enough = len(parts) - (len(parts) >= FEW_PARTS)
    anchor = _holds(topic.anchor, numbers) if topic.anchor else _never
    return lambda found: sum(holds(found) for holds in parts) >= enough or anchor(found)


def _holds(node: Node, numbers: Mapping[Leaf, int]) -> _Test:
    """Return a test whether an expression may be true, without distances, guards and filters."""
    match node:
        case And(parts=parts):
            tests = [_holds(part, numbers) for part in parts]
            return lambda found: all(test(found) for test in tests)
        case Or(parts=parts):
            single = frozenset(numbers[part] for part in parts if isinstance(part, Leaf))
            tests = [_holds(part, numbers) for part in parts if not isinstance(part, Leaf)]
            return lambda found: not single.isdisjoint(found) or any(test(found) for test in tests)
        case Near(left=left, right=right):
            return _holds(And((left, right)), numbers)
        case Unless(left=part) | Title(part=part):
            return _holds(part, numbers)
        case Not() | Filter():
            return _always
        case _:
            number = numbers[node]
            return lambda found: number in found


def _always(_: set[int]) -> bool:
    return True


def _never(_: set[int]) -> bool:
    return False


def cover(topic: CompiledTopic, rates: Rates) -> set[Leaf]:
    """Return leaves of which every hit and every near miss of a topic holds at least one."""
    covers = [_covering(part, rates) for part in wanted_parts(topic.node)]
    # A near miss may lack one part, so the cover holds the leaves of two parts.
    needed = 2 if len(covers) >= FEW_PARTS else 1
    rarest = sorted(covers, key=_total(rates))[:needed]
    anchor = _covering(topic.anchor, rates) if topic.anchor else set()
    return set().union(*rarest, anchor)


def _covering(node: Node, rates: Rates) -> set[Leaf]:
    """Return leaves of which an article that makes `node` true holds one; none if it needs none."""
    match node:
        case And(parts=parts):
            found = filter(None, (_covering(part, rates) for part in parts))
            return min(found, key=_total(rates), default=set())
        case Or(parts=parts):
            covers = [_covering(part, rates) for part in parts]
            return set().union(*covers) if all(covers) else set()
        case Near(left=left, right=right):
            return _covering(And((left, right)), rates)
        case Unless(left=part) | Title(part=part):
            return _covering(part, rates)
        case Not() | Filter():
            return set()
        case _:
            return {node}


def _total(rates: Rates) -> Callable[[set[Leaf]], float]:
    return lambda cover: sum(rates[leaf] for leaf in cover)
