"""Fills databases as the path does: polls that bring articles, and single rows of the store.

Also an empty home for tests of the configuration and of commands.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from fakes import Recorder, context

from monitor.alerts.plan import Alert
from monitor.matching.compile import pack
from monitor.matching.matcher import matcher_for
from monitor.model import (
    AlertState,
    Article,
    DigestKind,
    Evidence,
    Feed,
    Fetched,
    Match,
    MatchedArticle,
    Scan,
    Topic,
    Unread,
)
from monitor.pipeline.decide import NewArticle, TextIntent
from monitor.pipeline.identity import keys_of
from monitor.pipeline.ingest import apply, ingest
from monitor.scan.scan import story_features
from monitor.store.ledger import LedgerEntry, Outcome, StoredArticle, StoredText

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import pytest

    from monitor.store.database import Store
    from monitor.store.transaction import Transaction

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


async def bring(
    store: Store,
    feed: Feed,
    articles: Sequence[Article],
    now: datetime,
    *,
    topics: Sequence[Topic] = (),
    channels: Sequence[str] = ("desk",),
    unread: Sequence[Unread] = (),
) -> None:
    """Poll a synced feed: it brings these articles, which are matched and stored."""
    found = matcher_for(pack(topics)).match(articles)
    known = frozenset(each.digest for each in articles)
    scan = Scan("", "", known, tuple(map(scanned, articles, found)), tuple(unread))
    recorders = {name: Recorder() for name in channels}
    ours = context(store, [feed], list(topics), recorders, fetch=None, scan_one=None)

    def poll(tx: Transaction) -> None:
        claimed = tx.feeds.claim(now, now + MINUTE, at_most=99, per_host=99, host_delay=0)
        [due] = [each for each in claimed if each.url == feed.url]
        ingest(tx, ours, due, Fetched(b"", b""), scan)
        tx.feeds.release_leases(now)

    await store.write(poll)


def scanned(article: Article, matches: tuple[Match, ...]) -> MatchedArticle:
    """An article as a worker sends it back."""
    return MatchedArticle(article, matches, story_features(article, matches))


def found(
    article: Article, topic: str = "icbm", *, term: str = "", field: str = "title", reason: str = ""
) -> Match:
    """A match of an article; by default its whole title is the evidence."""
    words = article.title if field == "title" else article.text
    term = term or words
    start = words.index(term)
    spot = Evidence(term, "title" if field == "title" else "text", start, start + len(term))
    return Match(topic, "digest", (spot,), reason)


def enter(
    tx: Transaction,
    feed_id: int,
    article: Article,
    now: datetime,
    *matches: Match,
    story: int | None = None,
) -> int:
    """Store a new article with its entry and matches, as an only entry; returns its id."""
    ids = tx.articles.known(()).next_ids
    outcome = Outcome.HIT if matches else Outcome.NO_MATCH
    text = StoredText(ids.version, ids.article, article, now)
    new = NewArticle(
        LedgerEntry(ids.entry, feed_id, ids.article, article.publisher, outcome, now),
        keys=tuple(keys_of(scan_of(article))),
        scanned=MatchedArticle(article, matches),
        article=StoredArticle(ids.article, ids.version, {article.digest: ids.version}),
        text=TextIntent(text, matches, ()),
    )
    apply(tx, [new])
    if story is not None:
        tx.stories.put(ids.article, story)
    return ids.article


def scan_of(*articles: Article, unread: Sequence[Unread] = ()) -> Scan:
    """A scan that brought these articles, which match nothing."""
    known = frozenset(each.digest for each in articles)
    return Scan("", "", known, tuple(map(MatchedArticle, articles)), tuple(unread))


def alert(
    channel: str = "desk",
    *topics: str,
    digest: bool | DigestKind = False,
    state: AlertState = AlertState.PENDING,
    **more: Any,
) -> Alert:
    """An alert on `icbm`, if no other topics are named; a digest is one of catching up."""
    kind = (DigestKind.CATCHING_UP if digest else None) if isinstance(digest, bool) else digest
    return Alert(channel, topics or ("icbm",), state, kind, **more)


def move_into_empty_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in `tmp_path/work`, with an empty home and nothing of ours in the environment."""
    for name in (
        "MONITOR_CONFIG",
        "MONITOR_DB",
        "MONITOR_GDELT",
        "CREDENTIALS_DIRECTORY",
        "SLACK_TOKEN",
    ):
        monkeypatch.delenv(name, raising=False)
    for name, folder in (("HOME", "home"), ("XDG_CONFIG_HOME", "etc"), ("XDG_STATE_HOME", "var")):
        monkeypatch.setenv(name, str(tmp_path / folder))
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")


SMALL = """\
feeds:
  - url: https://a.example/feed
topics:
  - id: icbm
    title: ICBM
    any: [ICBM]
"""
