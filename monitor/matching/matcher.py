"""All topics against articles: a presearch decides which topics can match, spaCy finds the words.

text ─▶ presearch (one pass) ─▶ candidate topics ─▶ PhraseMatcher ─▶ evaluate ─▶ matches
          most articles end here ┘
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from monitor.matching.evaluate import evaluate
from monitor.matching.explain import Explanation, explained
from monitor.matching.language.tokens import tokens
from monitor.matching.near_miss import near_miss_of
from monitor.matching.phrases import Beginnings, Phrases
from monitor.matching.prefilter import Prefilter
from monitor.matching.program import Program, load
from monitor.matching.tokenized import Span, TokenizedArticle, TokenizedField
from monitor.matching.topic_index import TopicIndex
from monitor.model import Article, Evidence, Match

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from monitor.matching.language.expression import Leaf
    from monitor.matching.program import CompiledTopic, Forms

_ENOUGH = 200  # places at which one leaf is looked at in one field
_TOLD = 20  # places at which one leaf is evidence in one field
_MOST_TOLD = 500  # pieces of evidence in all


@lru_cache(maxsize=2)
def matcher_for(packed: bytes) -> Matcher:
    """Return the matcher of a packed program; the last two are kept."""
    return Matcher(load(packed))


class _Sought(NamedTuple):
    """What a phrase stands for: a leaf, in articles of `lang` ("" for all).

    Or, with `longer`, for a longer name in which that leaf is not meant.
    """

    leaf: Leaf
    lang: str
    longer: bool = False


class Matcher:
    """A compiled program. Not to be shared between threads."""

    def __init__(self, program: Program) -> None:
        self.plans = {plan.id: plan for plan in program.plans}
        self._candidates = TopicIndex(program)
        self._presearch = Prefilter(_numbered(program))
        self._folded: Phrases[_Sought] = Phrases()
        self._cased: Phrases[_Sought] = Phrases()
        self._begins: Beginnings[_Sought] = Beginnings()
        for leaf, forms in program.leaves.items():
            for each in forms:
                self._add(leaf, each)

    def _add(self, leaf: Leaf, forms: Forms) -> None:
        sought = _Sought(leaf, forms.lang)
        self._folded.add(sought, map(_folded, forms.folded))
        self._folded.add(sought._replace(longer=True), map(_folded, forms.longer))
        self._cased.add(sought, (tokens(each)[0] for each in forms.cased))
        self._begins.add(sought, map(_folded, forms.begins))

    def match(
        self, articles: Iterable[Article], *, presearch: bool = True
    ) -> list[tuple[Match, ...]]:
        """Return the hits and near misses of each article, in the order of the topics.

        `presearch=False` tries every topic on every article, which is slower and gives the same;
        tests compare them.
        """
        return [self._match(article, presearch=presearch) for article in articles]

    def _match(self, article: Article, *, presearch: bool) -> tuple[Match, ...]:
        plans: Iterable[CompiledTopic] = self.plans.values()
        if presearch:
            possible = self._presearch(f"{article.title}\n{article.text}")
            plans = self._candidates(possible)
            if not plans:
                return ()
        reading = self._read(article)
        return tuple(match for plan in plans if (match := _decide(plan, reading)))

    def explain(self, article: Article, topics: Iterable[str]) -> list[Explanation]:
        """Say why an article hits topics (their ids), or does not."""
        reading = self._read(article)
        plans = [self.plans[topic] for topic in topics]
        return [explained(plan, _decide(plan, reading), reading) for plan in plans]

    def _read(self, article: Article) -> TokenizedArticle:
        fields = (TokenizedField("title", article.title), TokenizedField("text", article.text))
        found = (
            (leaf, number, start, end)
            for number, words in enumerate(fields)
            for leaf, start, end in self._find(words, article.lang)
        )
        return TokenizedArticle(article, fields, found)

    def _find(self, words: TokenizedField, lang: str) -> Iterator[tuple[Leaf, int, int]]:
        """Yield what stands where, in the order of the text; the longer of two first."""
        folded = [word.lower() for word in words.words]
        hits = (*self._folded(folded), *self._cased(words.words), *self._begins(folded))
        found = [hit for hit in hits if words.whole(*hit[1:])]
        told = [hit for hit in found if hit[0].lang in {"", lang or hit[0].lang}]
        counts: Counter[Leaf] = Counter()
        for leaf, start, end in sorted(_meant(told), key=lambda hit: (hit[1], -hit[2])):
            counts[leaf] += 1
            if counts[leaf] <= _ENOUGH:
                yield leaf, start, end


def _folded(phrase: str) -> list[str]:
    return [word.lower() for word in tokens(phrase)[0]]


def _meant(found: list[tuple[_Sought, int, int]]) -> Iterator[tuple[Leaf, int, int]]:
    """Leave out what stands in a longer name of something else."""
    longer: defaultdict[Leaf, list[tuple[int, int]]] = defaultdict(list)
    for sought, start, end in sorted(found, key=lambda hit: hit[1]):
        if sought.longer:
            ends = longer[sought.leaf]
            ends.append((start, max(end, ends[-1][1] if ends else end)))
    for sought, start, end in found:
        before = bisect_right(longer.get(sought.leaf, ()), start, key=lambda name: name[0])
        inside = before and end <= longer[sought.leaf][before - 1][1]
        if not sought.longer and not inside:
            yield sought.leaf, start, end


def _numbered(program: Program) -> Iterator[tuple[str, bool, int]]:
    for number, lists in enumerate(program.leaves.values()):
        for forms in lists:
            yield from ((form, False, number) for form in (*forms.folded, *forms.cased))
            yield from ((form, True, number) for form in forms.begins)


def _decide(plan: CompiledTopic, reading: TokenizedArticle) -> Match | None:
    """Say whether a topic is hit, nearly hit, or not at all (None)."""
    found = evaluate(plan.node, reading)
    reason = ""
    if found.score < plan.threshold:
        missed = near_miss_of(plan, found, reading)
        if missed is None:
            return None
        found, reason = missed
    evidence = tuple(islice(_evidence(found.places, reading), _MOST_TOLD))
    return Match(plan.id, plan.digest, evidence, reason, round(found.score, 3))


def _evidence(places: Iterable[Span], reading: TokenizedArticle) -> Iterator[Evidence]:
    """Yield what was found, once, in the order of the article."""
    distinct = {each for place in places for each in place.found}
    told: Counter[tuple[Leaf, int]] = Counter()
    for leaf, field, start, end in sorted(distinct, key=lambda f: (f[1:], str(f[0]))):
        told[leaf, field] += 1
        if told[leaf, field] > _TOLD:
            continue
        words = reading.fields[field]
        first, last = words.spans[start][0], words.spans[end - 1][1]
        yield Evidence(str(leaf), words.name, first, last, *words.sentence(start))
