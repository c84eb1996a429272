"""Topics proposed from an article: who, where, by what weapon, and what they do.

    article ─▶ all term sets ─▶ places by role ─▶ each thing to its nearest actor ─▶ the best few
                 spaCy's rules, and a model if there is one: names that no set has ┘

A proposal weighs what its places weigh together: the title most, the lead nearly as much, each
repetition again. (The score of a match would not do: it saturates.) What is proposed is proven:
it hits the article's own sentence that is its example.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from itertools import chain, count
from typing import TYPE_CHECKING, NamedTuple

from monitor.matching.compile import compiled
from monitor.matching.language.expression import Near, Or, SetRef, Term
from monitor.matching.language.tokens import is_acronym
from monitor.matching.matcher import Matcher
from monitor.matching.suggest.names import Rules, Spot, by_model, quoted, reads
from monitor.matching.suggest.roles import called, family, is_rare, role_of
from monitor.matching.terms.termsets import METONYMS, library, terms_of
from monitor.matching.tokenized import Span, TokenizedArticle, TokenizedField
from monitor.model import Topic
from monitor.text.language import language

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from spacy.language import Language

    from monitor.matching.language.expression import Leaf, Node
    from monitor.matching.terms.termsets import Sets
    from monitor.model import Article, Evidence, Match

    Pairs = list[tuple[Span, Span]]  # where a thing stands, and its actor

_MOST = 6  # proposals
_MOST_NAMES = 1
_MOST_OF_A_KIND = 2
_NEAR = {"force": 6, "weapon": 8, "deed": 8}  # words between an actor and what is joined to it
_COMMA = 4  # words that a comma is worth when the nearest actor is looked for
_LEAST = 0.4  # weight: once in the first half of an article, or more than once
_BY_NAME = 0.6  # a name that no set has counts for less: most are of people who said something
_JOINED = 0.25  # of the heaviest, for a set to be joined to it by OR
_MOST_JOINED = 3
_ALIKE = 0.7  # share of words in common: two proposals are one
_EXAMPLES = 5  # sentences tried as an example
_ANY = 0.01  # a threshold that every place reaches
_TOO_BROAD = frozenset({"military"})  # said of other things as well, as in military aid


@dataclass(frozen=True, slots=True)
class Proposal:
    """A topic proposed. `example` is a sentence that it hits; `words` are what it found.

    `score` is the article's; `same` are topics of the configuration that found the same words.
    """

    id: str
    title: str
    match: str
    example: str
    weight: float
    score: float
    words: tuple[str, ...]
    figures: tuple[str, ...]
    same: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Suggestions:
    """The proposals, the best first; `hits` are the topics that hit the article already.

    `note` says why a model was not used.
    """

    proposals: tuple[Proposal, ...]
    hits: tuple[str, ...]
    note: str = ""


class _TopicDraft(NamedTuple):
    kind: str
    title: str
    node: Node
    weight: float
    words: frozenset[tuple[int, int]]  # (field, token) of what was found


def suggested(
    article: Article,
    own: Sets | None = None,
    topics: Sequence[Topic] = (),
    model: Language | None = None,
) -> Suggestions:
    """Propose topics for an article; `own` are the user's term sets, `topics` those there are."""
    sets = {**library(), **(own or {})}
    # A set of the user's that joins others is a building block of his topics, no subject of one.
    known = {**library(), **{name: each for name, each in (own or {}).items() if not each.sets}}
    usable = model if model and reads(model, article.lang) else None
    found = _Findings(article, known, usable)
    suggestions = _proven(article, sets, topics, _chosen(found.drafts()), found.figures)
    if model and not usable:
        note = f"the model reads {model.lang}, this text is in {article.lang}: names by rules only"
        return replace(suggestions, note=note)
    return suggestions


# ── what is there ─────────────────────────────────────────────────────────────────────────────


class _Findings:
    """What an article holds, and the topics to be made of it."""

    def __init__(self, article: Article, sets: Sets, model: Language | None) -> None:
        self._sets = sets
        self._fields = (
            TokenizedField("title", article.title),
            TokenizedField("text", article.text),
        )
        self._reading = TokenizedArticle(article, self._fields, ())
        self._roles = _by_role(_places(article, sets, self._fields), sets)
        known = [(Spot(*p[:3]), role) for role, each in self._roles.items() for p in each]
        self._taken = _words(chain.from_iterable(self._roles.values()))
        rules = Rules(self._fields, known)
        self.figures = [quoted(self._fields, spot) for spot in rules.figures()]
        for name in rules.counted():
            term = Term(name.texts[0], exact=True)
            self._roles["force"] += [self._place(term, spot) for spot in name.spots]
        self._names = [*rules.abbreviations(), *rules.names(article.lang)]
        self._names += by_model(model, self._fields) if model else []

    def _place(self, leaf: Leaf, spot: Spot) -> Span:
        weight = self._fields[spot.field].weight(spot.start)
        return Span(*spot, weight, ((leaf, *spot),))

    def drafts(self) -> Iterator[_TopicDraft]:
        """Yield a draft for everything that was found."""
        for kind in _NEAR:
            for actor, things in self._joined(kind).items():
                groups = [[p] for p in things.values()] if kind == "deed" else [_heaviest(things)]
                yield from (self._pair(kind, actor, group) for group in groups)
        yield from self._alone()
        yield from self._of_names()

    def _joined(self, kind: str) -> dict[str, dict[Leaf, Pairs]]:
        """Give each thing to its nearest actor: {actor: {thing: where they stand}}.

        What stands near a capital or a leader may be a country's deed, but is no force of it.
        """
        found: dict[str, dict[Leaf, Pairs]] = defaultdict(dict)
        for place in self._roles[kind]:
            actor = self._actor_of(place, _NEAR[kind])
            if actor is None or _name(place) in _TOO_BROAD or self._stands_alone(kind, place):
                continue
            country, _, part = _name(actor).partition(".")
            if kind == "deed" or part not in METONYMS:
                found[country].setdefault(_leaf(place), []).append((place, actor))
        return found

    def _stands_alone(self, role: str, place: Span) -> bool:
        rare = role == "weapon" and is_rare(_name(place), self._sets)
        return rare or role in {"place", "own"}

    def _actor_of(self, thing: Span, most: int) -> Span | None:
        """Return the nearest actor in the same clause, rather one before than one after."""
        near = []
        for actor in self._roles["actor"]:
            apart = self._reading.apart(actor, thing)
            if apart is not None and apart <= most and self._reading.together(actor, thing):
                commas = sum(not word[0].isalnum() for word in self._between(actor, thing))
                near.append((apart + _COMMA * commas + (actor.start > thing.start), actor))
        distance, nearest = min(near, default=(0, None), key=lambda each: each[0])
        return nearest if distance <= most else None

    def _between(self, first: Span, second: Span) -> list[str]:
        start, end = min(first.end, second.end), max(first.start, second.start)
        return self._fields[first.field].words[start:end]

    def _pair(self, kind: str, actor: str, group: Sequence[Pairs]) -> _TopicDraft:
        pairs = list(chain.from_iterable(group))
        actors = sorted({_leaf(by) for _, by in pairs}, key=str)
        things = [_leaf(each[0][0]) for each in group]
        node = Near(_any(actors), _any(things), _NEAR[kind])
        weight = sum(min(place.weight, by.weight) for place, by in pairs)
        mark = " " if kind == "force" else ": "
        title = f"{called(actor, self._sets)}{mark}{self._called(things)}"
        return _TopicDraft(f"actor and {kind}", title, node, weight, _words(p for p, _ in pairs))

    def _called(self, things: Iterable[Leaf]) -> str:
        """Return the name of the heaviest thing that is not named after its country."""
        for thing in things:
            if isinstance(thing, Term):
                return thing.text
            if role_of(thing.name, self._sets) != "body":
                return called(thing.name, self._sets)
        return "forces"

    def _alone(self) -> Iterator[_TopicDraft]:
        """Draft what is a topic by itself: a place, a rare weapon, a set of the user's own."""
        found: dict[tuple[str, tuple[str, ...]], list[Span]] = defaultdict(list)
        for role, places in self._roles.items():
            for place in filter(lambda each: self._stands_alone(role, each), places):
                found[role, family(_name(place), self._sets)].append(place)
        for (role, names), places in found.items():
            weight = sum(place.weight for place in places)
            title = called(names[0], self._sets)
            yield _TopicDraft(role, title, _any(list(map(SetRef, names))), weight, _words(places))

    def _of_names(self) -> Iterator[_TopicDraft]:
        for name in self._names:
            places = [self._place(Term(name.texts[0]), spot) for spot in name.spots]
            if self._taken.isdisjoint(_words(places)):
                terms: list[Leaf] = [Term(text, exact=not is_acronym(text)) for text in name.texts]
                weight = _BY_NAME * sum(place.weight for place in places)
                yield _TopicDraft("name", name.texts[0], _any(terms), weight, _words(places))


# ── where it stands ───────────────────────────────────────────────────────────────────────────


def _places(article: Article, sets: Sets, fields: Sequence[TokenizedField]) -> Iterator[Span]:
    """Yield where terms of each set stand, by the matcher that topics go by."""
    names = [name for name in sets if name.partition(".")[2] in {"", *METONYMS}]
    asked = [Topic(name, name, any=(f"@{name}",), threshold=_ANY) for name in names]
    [matches] = Matcher(compiled(asked, _read_in(article.lang, sets))).match([article])
    for evidence in chain.from_iterable(match.evidence for match in matches):
        yield _place(evidence, fields)


def _read_in(lang: str, sets: Sets) -> Sets:
    """Leave out the terms of other languages than the article's: nearly all the time goes there."""
    wanted = {"", "en", lang}
    if not lang:
        return sets
    return {
        name: replace(each, terms=tuple(term for term in each.terms if term[0] in wanted))
        for name, each in sets.items()
    }


def _place(evidence: Evidence, fields: Sequence[TokenizedField]) -> Span:
    number = 0 if evidence.field == "title" else 1
    spans = fields[number].spans
    start = next(at for at, span in enumerate(spans) if span[0] == evidence.start)
    end = next(at for at, span in enumerate(spans) if span[1] == evidence.end) + 1
    leaf = SetRef(evidence.term.removeprefix("@"))
    return Span(number, start, end, fields[number].weight(start), ((leaf, number, start, end),))


def _by_role(places: Iterable[Span], sets: Sets) -> dict[str, list[Span]]:
    """Sort places by role; a body that is called by its country's name is a force of it."""
    found: dict[str, list[Span]] = defaultdict(list)
    for place in places:
        found[role_of(_name(place), sets)].append(place)
    countries = _words(found["actor"])
    for body in found.pop("body", ()):
        alone = countries.isdisjoint(_words([body]))
        found["actor" if alone else "force"].append(body)
    return defaultdict(list, {role: _longest(each, sets) for role, each in found.items()})


def _longest(places: Sequence[Span], sets: Sets) -> list[Span]:
    """Keep the longest of overlapping places, and of two alike that of the narrower set."""
    kept: list[Span] = []
    taken: set[tuple[int, int]] = set()
    size = {name: len(terms_of(name, sets)) for name in set(map(_name, places))}
    for place in sorted(places, key=lambda p: (p.start - p.end, size[_name(p)], _name(p))):
        if taken.isdisjoint(_words([place])):
            kept.append(place)
            taken |= _words([place])
    return sorted(kept, key=lambda p: p[:3])


def _leaf(place: Span) -> Leaf:
    return place.found[0][0]


def _name(place: Span) -> str:
    return str(_leaf(place)).removeprefix("@")


def _words(places: Iterable[Span]) -> frozenset[tuple[int, int]]:
    return frozenset((p.field, at) for p in places for at in range(p.start, p.end))


def _any(leaves: Sequence[Leaf]) -> Node:
    return leaves[0] if len(leaves) == 1 else Or(tuple(leaves))


def _heaviest(things: Mapping[Leaf, Pairs]) -> list[Pairs]:
    """Return the things that belong into one topic, the heaviest first."""
    weights = {leaf: sum(place.weight for place, _ in each) for leaf, each in things.items()}
    order = sorted(weights, key=lambda leaf: -weights[leaf])
    kept = [leaf for leaf in order if weights[leaf] >= _JOINED * weights[order[0]]]
    return [things[leaf] for leaf in kept[:_MOST_JOINED]]


# ── the best few ──────────────────────────────────────────────────────────────────────────────


def _chosen(drafts: Iterable[_TopicDraft]) -> list[_TopicDraft]:
    """Return the heaviest of each kind, then the heaviest of the rest; in order of weight."""
    distinct: list[_TopicDraft] = []
    for draft in sorted(drafts, key=lambda d: -d.weight):
        if draft.weight >= _LEAST and not any(_alike(draft, other) for other in distinct):
            distinct.append(draft)
    seen: Counter[str] = Counter()
    ranked = []
    for place, draft in enumerate(distinct):
        if seen[draft.kind] < (_MOST_NAMES if draft.kind == "name" else _MOST_OF_A_KIND):
            ranked.append((seen[draft.kind] > 0, place))
        seen[draft.kind] += 1
    best = sorted(place for _, place in sorted(ranked)[:_MOST])
    return [distinct[place] for place in best]


def _alike(draft: _TopicDraft, other: _TopicDraft) -> bool:
    fewer = min(len(draft.words), len(other.words))
    return draft.kind == other.kind and len(draft.words & other.words) >= _ALIKE * fewer


def _proven(
    article: Article,
    sets: Sets,
    topics: Sequence[Topic],
    chosen: Sequence[_TopicDraft],
    figures: Sequence[str],
) -> Suggestions:
    """Match the article, and examples of it, by the drafts and by the topics there are."""
    ids = _ids([draft.title for draft in chosen], {topic.id for topic in topics})
    drafted = [
        Topic(name, draft.title, match=str(draft.node), threshold=_ANY)
        for name, draft in zip(ids, chosen, strict=True)
    ]
    matcher = Matcher(compiled([*drafted, *topics], sets))
    [matches] = matcher.match([article])
    hits = {match.topic: match for match in matches if match.is_hit}
    live = [hits[topic.id] for topic in topics if topic.id in hits]
    proposals = []
    for topic, draft in zip(drafted, chosen, strict=True):
        match = hits.get(topic.id)
        if match and (example := _example(article, match, matcher)):
            told = figures if draft.kind == "actor and force" else ()
            proposals.append(_proposal(article, topic, draft.weight, match, example, told, live))
    return Suggestions(tuple(proposals), tuple(match.topic for match in live))


def _ids(titles: Iterable[str], taken: set[str]) -> list[str]:
    ids: list[str] = []
    for title in titles:
        letters = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode()
        stem = re.sub(r"[^a-z0-9]+", "-", letters.lower()).strip("-") or "topic"
        numbered = (f"{stem}-{number}" for number in count(2))
        ids.append(next(each for each in chain((stem,), numbered) if each not in {*taken, *ids}))
    return ids


def _example(article: Article, match: Match, matcher: Matcher) -> str:
    """Return the article's sentence that holds most of what a topic found and hits it alone."""
    sentences = Counter(
        " ".join(getattr(article, e.field)[e.sentence_start : e.sentence_end].split())
        for e in match.evidence
    )
    for sentence, _ in sentences.most_common(_EXAMPLES):  # the first of those with as much
        alone = replace(article, title=sentence, text="", lang=language(sentence, "", ""))
        [matches] = matcher.match([alone])
        if any(each.topic == match.topic and each.is_hit for each in matches):
            return sentence
    return ""


def _proposal(  # noqa: PLR0917 - each is another thing known of it
    article: Article,
    topic: Topic,
    weight: float,
    match: Match,
    example: str,
    figures: Iterable[str],
    live: Iterable[Match],
) -> Proposal:
    spots = {(e.field, e.start) for e in match.evidence}
    words = dict.fromkeys(getattr(article, e.field)[e.start : e.end] for e in match.evidence)
    told = [each for each in figures if sum(word in each for word in words) > 1]  # names its actor
    same = [each.topic for each in live if spots & {(e.field, e.start) for e in each.evidence}]
    return Proposal(
        topic.id,
        topic.title,
        topic.match,
        example,
        round(weight, 2),
        match.score,
        tuple(words),
        tuple(dict.fromkeys(told)),
        tuple(same),
    )
