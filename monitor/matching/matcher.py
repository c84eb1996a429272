"""All topics in one pass over an article, by spaCy's PhraseMatcher over our own words."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict
from functools import lru_cache
from hashlib import blake2b
from typing import TYPE_CHECKING, NamedTuple

import spacy
from spacy.matcher import PhraseMatcher
from spacy.tokens import Doc

from monitor.matching.tokens import is_acronym, tokens
from monitor.model import Article, Evidence, FieldName, Match, Topic

if TYPE_CHECKING:
    from collections.abc import Iterable

_ENOUGH = 20  # places at which one term is noted in one field
_FEW_PARTS = 3  # with three or more required parts, an article that lacks one is a near miss


def pack(topics: Iterable[Topic]) -> bytes:
    """Return topics as bytes: equal topics give equal bytes."""
    return json.dumps([asdict(topic) for topic in topics], ensure_ascii=False).encode()


@lru_cache(maxsize=2)
def matcher_for(packed: bytes) -> Matcher:
    """Return the compiled matcher of packed topics; the last two are kept."""
    return Matcher([_unpack(settings) for settings in json.loads(packed)])


def _unpack(settings: dict[str, object]) -> Topic:
    lists = {name: _frozen(value) for name, value in settings.items()}
    return Topic(**lists)  # type: ignore[arg-type] # the fields of a Topic, by `pack`


def _frozen(value: object) -> object:
    return tuple(map(_frozen, value)) if isinstance(value, list) else value


def topic_digest(topic: Topic) -> str:
    """Return the version of a topic: it changes whenever what the topic matches may change."""
    parts = json.dumps([topic.any, topic.all, topic.none], ensure_ascii=False).encode()
    return blake2b(parts, digest_size=6).hexdigest()


class _Compiled(NamedTuple):
    """A topic with the parts that a hit needs (each met by any of its terms)."""

    id: str
    digest: str
    parts: tuple[frozenset[str], ...]
    none: frozenset[str]


class Matcher:
    """Compiled topics. Not to be shared between threads."""

    def __init__(self, topics: Iterable[Topic]) -> None:
        self._topics = [_compile(topic) for topic in topics]
        self._vocab = spacy.blank("xx").vocab
        self._folded = PhraseMatcher(self._vocab, attr="LOWER")
        self._cased = PhraseMatcher(self._vocab, attr="ORTH")
        for term in sorted(frozenset().union(*(_terms(topic) for topic in self._topics))):
            words, _ = tokens(term)
            matcher = self._cased if is_acronym(term) else self._folded
            matcher.add(term, [Doc(self._vocab, words=words)])

    def match(self, articles: Iterable[Article]) -> list[tuple[Match, ...]]:
        """Return the hits and near misses of each article, in the order of the topics.

        The words of articles are forgotten afterwards: a vocabulary that keeps them grows
        for ever in a long-running process.
        """
        with self._vocab.memory_zone():
            return [self._match(article) for article in articles]

    def _match(self, article: Article) -> tuple[Match, ...]:
        found = [*self._find("title", article.title), *self._find("text", article.text)]
        if not found:
            return ()
        present = frozenset(evidence.term for evidence in found)
        decided = (_decide(topic, found, present) for topic in self._topics)
        return tuple(match for match in decided if match)

    def _find(self, field: FieldName, text: str) -> Iterable[Evidence]:
        words, spans = tokens(text)
        doc = Doc(self._vocab, words=words)
        hits = [*self._folded(doc), *self._cased(doc)]
        counts: Counter[int] = Counter()
        for key, start, end in sorted(hits, key=lambda hit: (hit[1], -hit[2])):
            counts[key] += 1
            if counts[key] > _ENOUGH:
                continue
            yield Evidence(self._vocab.strings[key], field, spans[start][0], spans[end - 1][1])


def _compile(topic: Topic) -> _Compiled:
    parts = [frozenset(group) for group in (topic.any, *topic.all) if group]
    return _Compiled(topic.id, topic_digest(topic), tuple(parts), frozenset(topic.none))


def _terms(topic: _Compiled) -> frozenset[str]:
    return topic.none.union(*topic.parts)


def _decide(topic: _Compiled, found: list[Evidence], present: frozenset[str]) -> Match | None:
    """Say whether a topic is hit, nearly hit, or not at all (None)."""
    lacking = [part for part in topic.parts if not part & present]
    guards = sorted(topic.none & present)
    if lacking and (len(lacking) > 1 or len(topic.parts) < _FEW_PARTS or guards):
        return None
    reason = ""
    if lacking:
        reason = "lacks " + " or ".join(sorted(lacking[0])[:5])
    elif guards:
        reason = "cancelled by " + ", ".join(f"“{term}”" for term in guards)
    wanted = frozenset().union(*topic.parts) | topic.none
    evidence = tuple(each for each in found if each.term in wanted)
    return Match(topic.id, topic.digest, evidence, reason)
