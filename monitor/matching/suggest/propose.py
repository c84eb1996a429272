"""Proposals: topics made from an article, of actors, places, weapons and deeds.

    article ─▶ all term sets ─▶ places by role ─▶ each thing to its nearest actor ─▶ the best few
                 spaCy's rules, and a model if there is one: names that no set has ┘

The weight of a proposal is the sum of its places' weights: the title most, the lead nearly as much,
each repetition again. (The score of a match would not do, because the score saturates.) Every
proposal is proven: it hits a sentence of the article, which is its example.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from itertools import chain, count
from typing import TYPE_CHECKING, NamedTuple

from monitor.matching.compile import pack
from monitor.matching.language.expression import Near, Or, SetRef, Term
from monitor.matching.language.tokens import is_acronym
from monitor.matching.matcher import Matcher
from monitor.matching.suggest.names import Rules, Spot, by_model, quoted, reads
from monitor.matching.suggest.places import (
    EVERY_PLACE,
    leaf_of,
    places_by_role,
    set_name,
    words_of,
)
from monitor.matching.suggest.roles import PLURALS, called, family, is_rare, role_of
from monitor.matching.terms.termsets import METONYMS, included, library
from monitor.matching.tokenized import PAUSES, Span, TokenizedArticle, TokenizedField
from monitor.model import Topic
from monitor.text.language_names import language_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from spacy.language import Language

    from monitor.matching.language.expression import Leaf, Node
    from monitor.matching.terms.termsets import Sets
    from monitor.model import Article, Match

    Pairs = list[tuple[Span, Span]]  # where a thing stands, and its actor

_MOST = 6  # proposals
_MOST_NAMES = 1
_MOST_OF_A_KIND = 2
_NEAR = {"force": 6, "weapon": 8, "deed": 8}  # words between an actor and what is joined to it
_COMMA = 4  # words that a comma counts for in the search for the nearest actor
_LEAST = 0.4  # weight of a proposal: one place in the first half of an article, or several
_BY_NAME = 0.6  # factor for a name that no set has: most such names are of people quoted
_JOINED = 0.25  # share of the heaviest set's weight, for a set to be joined to it by OR
_MOST_JOINED = 3
_ALIKE = 0.7  # share of common words at which two proposals are one
_EXAMPLES = 5  # sentences tried as an example
_FEW = 0.25  # share of the sets of a role with words in a language, below which a note says so
_TOO_BROAD = frozenset({"military"})  # also about other things, as in military aid


@dataclass(frozen=True, slots=True)
class Proposal:
    """A proposed topic: `example` is a sentence that it hits, `words` the words that it found.

    `weight` ranks proposals; `score` is the match's (0 to 1). `figures` are the figures of a force
    (`8,000 North Korean troops`). `same` are configured topics that found the same words.
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
    """The proposals, best first; `hits` are the configured topics that hit the article already.

    `note` says what the term sets lack in the article's language, or why a model was not used.
    """

    proposals: tuple[Proposal, ...]
    hits: tuple[str, ...]
    note: str = ""


class _TopicDraft(NamedTuple):
    """A topic before it is proven; `kind` limits how many proposals are alike."""

    kind: str
    title: str
    node: Node
    weight: float
    words: frozenset[tuple[int, int]]  # (field, token) of the places


def suggested(
    article: Article,
    own: Sets | None = None,
    topics: Sequence[Topic] = (),
    model: Language | None = None,
) -> Suggestions:
    """Return proposals for an article; `own` are the user's term sets, `topics` the configured."""
    sets = {**library(), **(own or {})}
    # A set of the user that includes others is a building block of topics, no subject of one.
    simple = {name: each for name, each in (own or {}).items() if not each.sets}
    known = {**library(), **simple}
    usable = model if model and reads(model, article.lang) else None
    found = _Findings(article, known, usable)
    suggestions = _proven(article, sets, topics, _chosen(found.drafts()), found.figures)
    if model and not usable:
        note = f"the model reads {model.lang}, this text is in {article.lang}: names by rules only"
        return replace(suggestions, note=note)
    return replace(suggestions, note=_lacking(article.lang, known))


def _lacking(lang: str, sets: Sets) -> str:
    """Return for which roles no set, or hardly one, has words in a language; "" for none."""
    if not lang:
        return ""
    counts: dict[str, Counter[bool]] = defaultdict(Counter)
    for name, term_set in sets.items():
        if term_set.field and "." not in name:
            languages = {each for one in included(name, sets) for each, _ in sets[one].terms}
            counts[role_of(name, sets)][lang in languages] += 1
    few = [role for role in PLURALS if counts[role][True] < _FEW * counts[role].total()]
    if not few:
        return ""
    roles = ", ".join(PLURALS[role] for role in few)
    return f"the term sets have few or no words in {language_name(lang)} for {roles}"


# ── drafts ────────────────────────────────────────────────────────────────────────────────────


class _Findings:
    """The places and names of an article, and the drafts made of them."""

    def __init__(self, article: Article, sets: Sets, model: Language | None) -> None:
        self._sets = sets
        self._fields = (
            TokenizedField("title", article.title),
            TokenizedField("text", article.text),
        )
        self._tokenized = TokenizedArticle(article, self._fields, ())
        self._roles = places_by_role(article, sets, self._fields)
        known = [
            (Spot(*place[:3]), role) for role, places in self._roles.items() for place in places
        ]
        self._taken = words_of(chain.from_iterable(self._roles.values()))

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
        """Yield the drafts of all places and names."""
        for kind in _NEAR:
            for actor, things in self._joined(kind).items():
                each_alone = [[pairs] for pairs in things.values()]
                groups = each_alone if kind == "deed" else [_heaviest(things)]
                yield from (self._pair(kind, actor, group) for group in groups)
        yield from self._alone()
        yield from self._of_names()

    def _joined(self, kind: str) -> dict[str, dict[Leaf, Pairs]]:
        """Return {actor: {thing: pairs of places}}, each thing with its nearest actor.

        A deed near a capital or a leader is the country's; a force or weapon there is not.
        """
        found: dict[str, dict[Leaf, Pairs]] = defaultdict(dict)
        for place in self._roles[kind]:
            actor = self._actor_of(place, _NEAR[kind])
            if actor is None or set_name(place) in _TOO_BROAD or self._stands_alone(kind, place):
                continue
            country, _, part = set_name(actor).partition(".")
            if kind == "deed" or part not in METONYMS:
                found[country].setdefault(leaf_of(place), []).append((place, actor))
        return found

    def _stands_alone(self, role: str, place: Span) -> bool:
        """Whether a place is the subject of a topic without an actor."""
        rare = role == "weapon" and is_rare(set_name(place), self._sets)
        return rare or role in {"place", "own"}

    def _actor_of(self, thing: Span, most: int) -> Span | None:
        """Return the nearest actor of the sentence within `most` words; one before is preferred."""
        near = []
        in_field = (each for each in self._roles["actor"] if each.field == thing.field)
        for actor in in_field:
            apart = self._tokenized.apart(actor, thing)
            if apart is not None and apart <= most and self._tokenized.together(actor, thing):
                commas = sum(map(PAUSES.__contains__, self._between(actor, thing)))
                near.append((apart + _COMMA * commas + (actor.start > thing.start), actor))

        distance, nearest = min(near, default=(0, None), key=lambda each: each[0])
        return nearest if distance <= most else None

    def _between(self, first: Span, second: Span) -> list[str]:
        start, end = min(first.end, second.end), max(first.start, second.start)
        return self._fields[first.field].words[start:end]

    def _pair(self, kind: str, actor: str, group: Sequence[Pairs]) -> _TopicDraft:
        """Return the draft `actor NEAR/n things` of one actor and a group of things."""
        pairs = list(chain.from_iterable(group))
        actors = sorted({leaf_of(by) for _, by in pairs}, key=str)
        things = [leaf_of(each[0][0]) for each in group]
        node = Near(_any(actors), _any(things), _NEAR[kind])
        weight = sum(min(place.weight, by.weight) for place, by in pairs)
        separator = " " if kind == "force" else ": "
        title = f"{called(actor, self._sets)}{separator}{self._called(things)}"
        words = words_of(place for place, _ in pairs)
        return _TopicDraft(f"actor and {kind}", title, node, weight, words)

    def _called(self, things: Iterable[Leaf]) -> str:
        """Return the name of the heaviest thing that is not named after its country."""
        for thing in things:
            if isinstance(thing, Term):
                return thing.text
            if role_of(thing.name, self._sets) != "body":
                return called(thing.name, self._sets)
        return "forces"

    def _alone(self) -> Iterator[_TopicDraft]:
        """Yield drafts of single subjects: a location, a rare weapon, a set of the user."""
        found: dict[tuple[str, tuple[str, ...]], list[Span]] = defaultdict(list)
        for role, places in self._roles.items():
            alone = [place for place in places if self._stands_alone(role, place)]
            for place in alone:
                found[role, family(set_name(place), self._sets)].append(place)

        for (role, names), places in found.items():
            weight = sum(place.weight for place in places)
            title = called(names[0], self._sets)
            yield _TopicDraft(role, title, _any(list(map(SetRef, names))), weight, words_of(places))

    def _of_names(self) -> Iterator[_TopicDraft]:
        """Yield drafts of names that stand where no term set does."""
        for name in self._names:
            places = [self._place(Term(name.texts[0]), spot) for spot in name.spots]
            words = words_of(places)
            if not self._taken.isdisjoint(words):
                continue
            terms: list[Leaf] = [Term(text, exact=not is_acronym(text)) for text in name.texts]
            weight = _BY_NAME * sum(place.weight for place in places)
            yield _TopicDraft("name", name.texts[0], _any(terms), weight, words)


def _any(leaves: Sequence[Leaf]) -> Node:
    return leaves[0] if len(leaves) == 1 else Or(tuple(leaves))


def _heaviest(things: Mapping[Leaf, Pairs]) -> list[Pairs]:
    """Return the pairs of the things that belong into one topic, the heaviest thing first."""
    weights = {leaf: _weight(pairs) for leaf, pairs in things.items()}
    order = sorted(weights, key=lambda leaf: -weights[leaf])
    kept = [leaf for leaf in order if weights[leaf] >= _JOINED * weights[order[0]]]
    return [things[leaf] for leaf in kept[:_MOST_JOINED]]


def _weight(pairs: Pairs) -> float:
    return sum(thing.weight for thing, _ in pairs)


# ── the best few ──────────────────────────────────────────────────────────────────────────────


def _chosen(drafts: Iterable[_TopicDraft]) -> list[_TopicDraft]:
    """Return the drafts to propose, heaviest first; one of each kind comes before a second."""
    distinct: list[_TopicDraft] = []
    for draft in sorted(drafts, key=lambda draft: -draft.weight):
        if draft.weight >= _LEAST and not any(_alike(draft, other) for other in distinct):
            distinct.append(draft)

    seen: Counter[str] = Counter()
    ranked = []
    for number, draft in enumerate(distinct):
        if seen[draft.kind] < (_MOST_NAMES if draft.kind == "name" else _MOST_OF_A_KIND):
            ranked.append((seen[draft.kind] > 0, number))
        seen[draft.kind] += 1

    best = sorted(number for _, number in sorted(ranked)[:_MOST])
    return [distinct[number] for number in best]


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
    """Return the drafts that hit the article and an example sentence of it, as proposals."""
    ids = _ids([draft.title for draft in chosen], {topic.id for topic in topics})
    drafted = [
        Topic(name, draft.title, match=str(draft.node), threshold=EVERY_PLACE)
        for name, draft in zip(ids, chosen, strict=True)
    ]

    matcher = Matcher(pack([*drafted, *topics], sets))
    [matches] = matcher.match([article])
    hits = {match.topic: match for match in matches if match.is_hit}
    configured = [hits[topic.id] for topic in topics if topic.id in hits]

    proposals = []
    for topic, draft in zip(drafted, chosen, strict=True):
        match = hits.get(topic.id)
        if match and (example := _example(article, match, matcher)):
            shown = figures if draft.kind == "actor and force" else ()
            proposal = _proposal(article, topic, draft.weight, match, example, shown, configured)
            proposals.append(proposal)
    return Suggestions(tuple(proposals), tuple(match.topic for match in configured))


def _ids(titles: Iterable[str], taken: set[str]) -> list[str]:
    """Return an unused topic id for each title: ASCII letters, digits and hyphens."""
    ids: list[str] = []
    for title in titles:
        letters = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode()
        stem = re.sub(r"[^a-z0-9]+", "-", letters.lower()).strip("-") or "topic"
        numbered = (f"{stem}-{number}" for number in count(2))
        ids.append(next(each for each in chain((stem,), numbered) if each not in {*taken, *ids}))
    return ids


def _example(article: Article, match: Match, matcher: Matcher) -> str:
    """Return the sentence with most of a match's evidence that alone hits the topic, or ""."""
    sentences: Counter[str] = Counter()
    for each in match.evidence:
        field: str = getattr(article, each.field)
        sentence = field[each.sentence_start : each.sentence_end]
        sentences[" ".join(sentence.split())] += 1

    for sentence, _ in sentences.most_common(_EXAMPLES):  # equal counts: in order
        alone = replace(article, title=sentence, text="")
        [matches] = matcher.match([alone])
        if any(each.topic == match.topic and each.is_hit for each in matches):
            return sentence
    return ""


def _proposal(  # noqa: PLR0917 - each argument is another fact of the proposal
    article: Article,
    topic: Topic,
    weight: float,
    match: Match,
    example: str,
    figures: Iterable[str],
    configured: Iterable[Match],
) -> Proposal:
    spots = _spots(match)
    same = [each.topic for each in configured if spots & _spots(each)]
    words = dict.fromkeys(
        getattr(article, each.field)[each.start : each.end] for each in match.evidence
    )
    # A figure of this proposal holds two of its words, the force and the actor.
    shown = [figure for figure in figures if _count_in(figure, words) > 1]

    return Proposal(
        topic.id,
        topic.title,
        topic.match,
        example,
        round(weight, 2),
        match.score,
        tuple(words),
        tuple(dict.fromkeys(shown)),
        tuple(same),
    )


def _spots(match: Match) -> set[tuple[str, int]]:
    """Return (field, offset) of each piece of a match's evidence."""
    return {(each.field, each.start) for each in match.evidence}


def _count_in(figure: str, words: Iterable[str]) -> int:
    return sum(word in figure for word in words)
