"""What a configuration's topics do on its own examples and on what was stored: `monitor check`."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, get_args

from monitor.config.fields import Kind
from monitor.matching.compile import compiled
from monitor.matching.language.contradictions import unsatisfiable
from monitor.matching.language.expression import Filter
from monitor.matching.matcher import Matcher

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from monitor.config.load import Config
    from monitor.errors import Mistake
    from monitor.matching.language.expression import Leaf
    from monitor.model import Article

_MUCH = 0.05  # of all articles: a topic that hits more is hardly a watch topic
_FEW = 200  # articles from which such a share says something
# What a filter may ask for.
_VALUES = {
    "lang": re.compile("[a-z]{2,3}"),
    "kind": re.compile("|".join(get_args(Kind))),
    "publisher": re.compile(".*"),
}


class ExampleCheck:
    """A configuration's topics, compiled, to be tried; `article` makes an article of a text."""

    def __init__(self, config: Config, article: Callable[[str], Article]) -> None:
        self._config = config
        self._article = article
        self._program = compiled(config.topics, config.sets)
        self._matcher = Matcher(self._program)

    def failing_examples(self) -> list[Mistake]:
        """Return a mistake for each example that does otherwise than it should."""
        return list(self._failing())

    def _failing(self) -> Iterator[Mistake]:
        for example in self._config.examples:
            article = self._article(example.text)
            [matches] = self._matcher.match([article])
            found = {match.topic: match for match in matches}.get(example.topic)
            if (found is not None and found.is_hit) is example.hits:
                continue
            [why] = self._matcher.explain(article, [example.topic])
            reason = why.reason or f"score {why.score:.2f}"
            yield replace(example.mistake, message=f"{example.mistake.message}: {reason}")

    def warnings(self, stored: Sequence[Article]) -> list[str]:
        """Return a sentence for each topic that can never match, or that matches far too much."""
        found = [
            f"topic {plan.id} can never match: {why}"
            for plan in self._program.plans
            if (why := unsatisfiable(plan.node, self._may_find))
        ]
        hits = Counter(m.topic for each in self._matcher.match(stored) for m in each if m.is_hit)
        much = [
            f"topic {topic} hits {count / len(stored):.0%} of the last {len(stored)} stored "
            f"articles: narrow it down, or it will not be read"
            for topic, count in hits.items()
            if len(stored) >= _FEW and count > _MUCH * len(stored)
        ]
        return found + much

    def _may_find(self, node: Leaf | Filter) -> bool:
        """Whether a set holds terms, and a filter languages or kinds that there are."""
        if isinstance(node, Filter):
            return any(_VALUES[node.key].fullmatch(value.casefold()) for value in node.values)
        return any(each.folded or each.cased or each.begins for each in self._program.leaves[node])
