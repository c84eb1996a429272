"""Polls made up by hypothesis, and what is known after what was decided about one."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from fakes import article
from filled import HOUR, MINUTE, found
from hypothesis import strategies as st

from monitor.model import MatchedArticle, Unread
from monitor.pipeline.decide import (
    ArticleIntent,
)
from monitor.store.ledger import Known, NextIds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from monitor.pipeline.decide import Intent


def after(known: Known, intents: Sequence[Intent]) -> Known:
    """What is known once intents are applied: what the tables hold, in a few dicts."""
    identities = {key: dict(feeds) for key, feeds in known.identities.items()}
    entries, articles, texts = dict(known.entries), dict(known.articles), dict(known.texts)
    for intent in intents:
        entries[intent.entry.id] = intent.entry
        for key in intent.keys:
            identities.setdefault(key, {}).setdefault(intent.entry.feed_id, intent.entry.id)
        for key in intent.taken:
            identities[key][intent.entry.feed_id] = intent.entry.id
        if isinstance(intent, ArticleIntent):
            articles[intent.article.id] = intent.article
            if intent.text and intent.is_current:
                text = intent.text.text.article
                texts[intent.article.id] = (text.title, text.text)
    versions = [id_ for each in articles.values() for id_ in each.versions.values()]
    free = NextIds(*(max(ids, default=0) + 1 for ids in (articles, versions, entries)))
    return Known(free, identities, entries, articles, texts)


def reachable(known: Known) -> Known:
    """Leave out the entries whose keys all went to others: no question leads to them."""
    ids = {entry_id for feeds in known.identities.values() for entry_id in feeds.values()}
    entries = {id_: entry for id_, entry in known.entries.items() if id_ in ids}
    kept = {entry.article_id for entry in entries.values()}
    articles = {id_: each for id_, each in known.articles.items() if id_ in kept}
    texts = {id_: text for id_, text in known.texts.items() if id_ in kept}
    return replace(known, entries=entries, articles=articles, texts=texts)


ONE, TWO = 1, 2  # feeds
KEYS = st.none() | st.sampled_from([bytes([number]) * 8 for number in range(4)])


TITLES = ["ICBM test", "Kursk falls", "Weather"]


@st.composite
def entries(draw: st.DrawFn) -> MatchedArticle:
    """An entry that shares its id, its link or its words with some others."""
    each = article(draw(st.sampled_from(TITLES)), draw(st.sampled_from(["", "long " * 30])))
    each = replace(each, id_key=draw(KEYS), link_key=draw(KEYS),
                   publisher=draw(st.sampled_from(["One", "Two"])))  # fmt: skip
    topics = draw(st.sets(st.sampled_from(["icbm", "kursk"])))
    reason = draw(st.sampled_from(["", "", "not quite"]))
    return MatchedArticle(each, tuple(found(each, topic, reason=reason) for topic in topics))


Poll = tuple[int, list[MatchedArticle], list[Unread], timedelta]


POLLS = st.lists(
    st.tuples(
        st.sampled_from([ONE, TWO]),
        st.lists(entries(), max_size=6),
        st.lists(st.builds(Unread, st.tuples(KEYS.filter(bool)), st.just("why")), max_size=2),
        st.sampled_from([MINUTE, 13 * HOUR, timedelta(days=15)]),
    ),
    max_size=5,
)
