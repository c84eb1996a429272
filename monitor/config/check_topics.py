"""Topics tried on their own examples and on stored articles, for `monitor check`."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from itertools import chain
from random import Random
from typing import TYPE_CHECKING, Any, get_args

from monitor.config.fields import Kind
from monitor.config.topic_cache import packed_topics
from monitor.config.topic_warnings import set_warnings, topic_warnings
from monitor.matching.explain import hit_by
from monitor.matching.language.contradictions import unsatisfiable
from monitor.matching.language.expression import Filter
from monitor.matching.matcher import Matcher
from monitor.matching.origins import Origins
from monitor.matching.terms.termsets import all_sets

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from monitor.config.load import Config
    from monitor.errors import Mistake
    from monitor.matching.language.expression import Leaf
    from monitor.model import Article

    Row = Mapping[str, Any]

_TOO_BROAD = 0.05  # share of the stored articles above which a topic is hardly a watch topic
_ENOUGH = 200  # articles from which that share says something
_SAMPLE = 2_000  # of more articles, those that are tried first
# A share of the sample between these leaves open on which side of _TOO_BROAD the share of all is:
# each is five standard deviations of such a sample away.
_UNDECIDED = (0.025, 0.075)
# Values that a filter of an expression may ask for.
_VALUES = {
    "lang": re.compile("[a-z]{2,3}"),
    "kind": re.compile("|".join(get_args(Kind))),
    "publisher": re.compile(".*"),
    "severity": re.compile("minor|moderate|severe|extreme"),
    "near": re.compile(".*"),
}


class ExampleCheck:
    """The topics of a configuration, packed. `article` makes an article of an example's text."""

    def __init__(
        self,
        config: Config,
        article: Callable[[str], Article],
        progress: Callable[[int, int], None] | None = None,
    ) -> None:
        self._config = config
        self._article = article
        self._matcher = Matcher(packed_topics(config.topics, config.sets, progress).packed)
        self._origins = Origins(all_sets(config.sets))

    def failing_examples(self) -> list[Mistake]:
        """A mistake for each example that should hit and does not, or the other way round."""
        return list(self._failing())

    def _failing(self) -> Iterator[Mistake]:
        for example in self._config.examples:
            article = self._article(example.text)
            if (example.topic in self._hits(article)) is example.hits:
                continue

            [explanation] = self._matcher.explain(article, [example.topic], self._origins)
            hit = f"score {explanation.score:.2f}, by {'; '.join(hit_by(explanation.tree))}"
            reason = explanation.reason or hit
            yield replace(example.mistake, message=f"{example.mistake.message}: {reason}")

    def _hits(self, article: Article) -> set[str]:
        [matches] = self._matcher.match([article])
        return {match.topic for match in matches if match.is_hit}

    def warnings(self, stored: Sequence[Row], article: Callable[[Row], Article]) -> list[str]:
        """A sentence for each topic that can never match, or hits too much, or lacks words.

        `stored` are rows of the database, of which `article` makes articles to try topics on.
        """
        return [*self._never(), *self._of_parts(stored), *self._too_broad(stored, article)]

    def _of_parts(self, stored: Sequence[Row]) -> Iterator[str]:
        nodes = {plan.id: plan.node for plan in self._matcher.topics.values()}
        feeds = self._config.feeds
        publishers = dict.fromkeys([each.publisher for each in feeds])
        publishers |= dict.fromkeys(row["publisher"] for row in stored)
        languages = Counter(feed.lang for feed in feeds if feed.lang)
        sets = all_sets(self._config.sets)
        yield from topic_warnings(nodes, sets, list(publishers), languages)
        yield from set_warnings(self._config.sets)

    def _never(self) -> Iterator[str]:
        for plan in self._matcher.topics.values():
            if why := unsatisfiable(plan.node, self._may_find):
                yield f"topic {plan.id} can never match: {why}"

    def _too_broad(self, stored: Sequence[Row], article: Callable[[Row], Article]) -> Iterator[str]:
        if len(stored) < _ENOUGH:
            return
        is_sample = len(stored) >= 2 * _SAMPLE
        # chosen at random, as feeds may come in turns, and the same ones each time
        tried = Random(0).sample(stored, _SAMPLE) if is_sample else stored  # noqa: S311
        shares, about = self._shares(map(article, tried)), "about " if is_sample else ""
        least, most = _UNDECIDED
        if is_sample and any(least < share < most for share in shares.values()):
            shares, about = self._shares(map(article, stored)), ""
        for topic, share in shares.items():
            if share > _TOO_BROAD:
                found = f"{about}{share:.0%} of the last {len(stored)} stored articles"
                yield f"topic {topic} hits {found}: narrow it down, or it will not be read"

    def _shares(self, articles: Iterable[Article]) -> dict[str, float]:
        """Return the share of the articles that each topic hits."""
        tried = list(articles)
        matches = chain.from_iterable(self._matcher.match(tried))
        hits = Counter(match.topic for match in matches if match.is_hit)
        return {topic: count / len(tried) for topic, count in hits.items()}

    def _may_find(self, node: Leaf | Filter) -> bool:
        """Whether a set holds terms, or a filter asks for a language or kind that exists."""
        if isinstance(node, Filter):
            return any(_VALUES[node.key].fullmatch(value.casefold()) for value in node.values)
        return self._matcher.has_forms(node)
