"""The matcher: all topics against articles. A prefilter chooses topics, then forms are searched.

text ─▶ prefilter (one pass) ─▶ topic index ─▶ phrases ─▶ evaluate ─▶ hits, near misses
                   most articles end here ┘
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from functools import lru_cache
from itertools import islice
from operator import attrgetter, itemgetter
from typing import TYPE_CHECKING, NamedTuple

from monitor.matching.capitals import is_common_word
from monitor.matching.evaluate import evaluate
from monitor.matching.explain import Explanation, explained
from monitor.matching.language.letters import is_shouted, without_accents
from monitor.matching.near_miss import near_miss_of
from monitor.matching.phrases import Beginnings, Phrases
from monitor.matching.prefilter import Prefilter, loose_words
from monitor.matching.tables import open_tables
from monitor.matching.tokenized import Span, TokenizedArticle, TokenizedField
from monitor.matching.topic_index import TopicIndex
from monitor.model import Article, Evidence, Match

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from monitor.matching.explain import Origin
    from monitor.matching.language.expression import Leaf
    from monitor.matching.program import CompiledTopic

_MOST_PLACES = 200  # places of one leaf in one field that count
_MOST_EVIDENCE = 20  # pieces of evidence of one leaf in one field
_MOST_IN_ALL = 500  # pieces of evidence of one match


@lru_cache(maxsize=2)
def matcher_for(packed: bytes) -> Matcher:
    """Return the matcher of packed topics; the last two matchers are cached."""
    return Matcher(packed)


class _Found(NamedTuple):
    """A form of the leaf with number `leaf`, at tokens `start` to `end` (exclusive).

    With `longer`, a longer name in which the leaf is not meant.
    """

    leaf: int
    longer: bool
    start: int
    end: int


class Matcher:
    """Packed topics (see `compile.pack`) ready to match articles; not for several threads."""

    def __init__(self, packed: bytes | memoryview) -> None:
        tables = open_tables(packed)
        self.topics = {topic.id: topic for topic in tables.topics}
        self._rates = tables.rates
        self._leaves = list(tables.rates)
        self._lists = tables.lists
        self._sought = tables.sought
        self._topic_index = TopicIndex(tables.topics, tables.rates)
        self._cover = Prefilter(tables.cover_prefilter) if tables.cover_prefilter else None
        self._prefilter = Prefilter(tables.prefilter)
        self._bare_prefilter = Prefilter(tables.bare_prefilter)
        self._folded = Phrases(tables.folded)
        self._bare = Phrases(tables.bare)  # without their accents, as in capitals
        self._cased = Phrases(tables.cased)
        self._begins: Beginnings[int] = Beginnings()
        for number, words in tables.begins:
            self._begins.add(number, [words])

    def has_forms(self, leaf: Leaf) -> bool:
        """Whether a leaf of the topics searches any form; a term set may be empty."""
        return self._rates[leaf] > 0

    def match(
        self, articles: Iterable[Article], *, prefilter: bool = True
    ) -> list[tuple[Match, ...]]:
        """Return the hits and near misses of each article, in the order of the topics.

        `prefilter=False` evaluates every topic on every article: slower, with the same result
        (tests compare the two).
        """
        return [self._match(article, prefilter=prefilter) for article in articles]

    def _match(self, article: Article, *, prefilter: bool) -> tuple[Match, ...]:
        topics: Iterable[CompiledTopic] = self.topics.values()
        if prefilter:
            possible = self._possible(article)
            topics = self._topic_index(possible) if possible else ()
            if not topics:
                return ()

        tokenized = self._read(article)
        return tuple(match for topic in topics if (match := _decide(topic, tokenized)))

    def _possible(self, article: Article) -> set[int]:
        """Return the numbers of the leaves that an article may hold."""
        text = f"{article.title}\n{article.text}"
        shouted = is_shouted(article.title) or is_shouted(article.text)
        words = loose_words(text)
        if self._cover and not shouted and not self._cover.of(words):
            return set()  # no topic is filed under any of its leaves
        possible = self._prefilter.of(words)
        if shouted:
            possible |= self._bare_prefilter(without_accents(text))
        return set().union(*(self._lists[number] for number in possible))

    def explain(
        self, article: Article, topics: Iterable[str], origin: Origin | None = None
    ) -> list[Explanation]:
        """Return why an article hits topics or does not; `topics` are ids.

        With `origin`, words say which included set has them (`monitor.matching.origins`).
        """
        tokenized = self._read(article)
        chosen = [self.topics[topic_id] for topic_id in topics]
        return [explained(each, _decide(each, tokenized), tokenized, origin) for each in chosen]

    def _read(self, article: Article) -> TokenizedArticle:
        fields = (TokenizedField("title", article.title), TokenizedField("text", article.text))
        found = (
            (leaf, number, start, end)
            for number, field in enumerate(fields)
            for leaf, start, end in self._find(field, article.lang)
        )
        return TokenizedArticle(article, fields, found)

    def _find(self, field: TokenizedField, lang: str) -> Iterator[tuple[Leaf, int, int]]:
        """Yield (leaf, first token, end) in the order of the text, longer finds first.

        A text of unknown language (`lang` is "") is searched for forms of all languages.
        """
        folded = [word.lower() for word in field.words]
        places = [*self._folded(folded), *self._cased(field.words), *self._begins(folded)]
        if field.is_shouted:
            places = [each for each in places if not _is_word(each, field, lang)]
            places += self._bare([without_accents(word) for word in folded])
        whole = [
            (sought, start, end)
            for number, start, end in places
            if field.whole(start, end, (sought := self._sought[number]).gaps)
        ]
        found = dict.fromkeys(
            _Found(leaf, sought.longer, start, end)
            for sought, start, end in whole
            if sought.counts_in(lang)
            for leaf in sought.leaves
        )

        counts: Counter[int] = Counter()
        for leaf, _, start, end in sorted(_meant(found), key=lambda each: (each.start, -each.end)):
            counts[leaf] += 1
            if counts[leaf] <= _MOST_PLACES:
                yield self._leaves[leaf], start, end


def _is_word(found: tuple[int, int, int], field: TokenizedField, lang: str) -> bool:
    """Whether a find in a text of capitals is a common word, and not the acronym."""
    _, start, end = found
    return end - start == 1 and is_common_word(field.words, start, lang)


def _meant(found: Collection[_Found]) -> Iterator[_Found]:
    """Drop finds inside a longer, unrelated name (`Korea` in `Korea University Press`)."""
    longer: defaultdict[int, list[tuple[int, int]]] = defaultdict(list)
    for each in sorted((each for each in found if each.longer), key=attrgetter("start")):
        ends = longer[each.leaf]
        ends.append((each.start, max(each.end, ends[-1][1] if ends else each.end)))

    for each in found:
        names = longer.get(each.leaf, ())
        before = bisect_right(names, each.start, key=itemgetter(0))
        inside = before and each.end <= names[before - 1][1]
        if not each.longer and not inside:
            yield each


def _decide(topic: CompiledTopic, tokenized: TokenizedArticle) -> Match | None:
    """Return the hit or near miss of a topic, None for neither."""
    found = evaluate(topic.node, tokenized)
    reason = ""
    if found.score < topic.threshold:
        missed = near_miss_of(topic, found, tokenized)
        if missed is None:
            return None
        found, reason = missed

    evidence = tuple(islice(_evidence(found.places, tokenized), _MOST_IN_ALL))
    return Match(topic.id, topic.digest, evidence, reason, round(found.score, 3))


def _evidence(places: Iterable[Span], tokenized: TokenizedArticle) -> Iterator[Evidence]:
    """Yield the evidence of places, each piece once, in the order of the article."""
    distinct = {each for place in places for each in place.found}
    counts: Counter[tuple[Leaf, int]] = Counter()
    for leaf, number, start, end in sorted(distinct, key=lambda each: (each[1:], str(each[0]))):
        counts[leaf, number] += 1
        if counts[leaf, number] > _MOST_EVIDENCE:
            continue
        field = tokenized.fields[number]
        offsets = field.offsets(start, end)
        yield Evidence(str(leaf), field.name, *offsets, *field.sentence(start))
