"""What the tools answer: the desk's own queries, as plain values. Nothing is written.

Each call opens the database for itself, read-only and within the time limit of a page.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from monitor.backtest.articles import stored_article, text_article
from monitor.backtest.effect import Job
from monitor.config.topic_cache import packed_topics
from monitor.errors import InputError
from monitor.matching.language.grammar import read as read_expression
from monitor.matching.language.refusal import ExpressionError
from monitor.matching.matcher import Matcher
from monitor.matching.origins import Origins
from monitor.matching.terms.termsets import all_sets
from monitor.model import Topic, strictest
from monitor.store.queries.hit_filter import filter_of
from monitor.store.queries.subjects import subject_of
from monitor.stories.explain import in_words
from monitor.text.durations import moment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime

    from monitor.config.load import Config
    from monitor.matching.terms.termsets import Sets
    from monitor.store.queries.desk import DeskReader
    from monitor.web.desk import Desk

Answer = dict[str, Any]
_MOST_HITS = 50
_MOST_REPORTS = 25  # of a story
_MOST_ARTICLES = 20_000  # stored articles on which an expression is tried
_LONGEST = 10_000  # characters of what is asked
_FEED = ("id", "title", "url", "state", "reason", "since", "publisher", "country", "lang")


class DeskTools:
    """The tools of a desk. All methods raise MonitorError."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._matcher: tuple[object, Matcher, Origins] | None = None

    def all(self) -> list[Callable[..., Answer]]:
        """Return the tools; the name, the parameters and the text of each are the agent's too."""
        return [
            self.search,
            self.story,
            self.timeline,
            self.coverage,
            self.feed_health,
            self.explain,
            self.backtest,
        ]

    def search(
        self,
        *,
        words: str = "",
        topic: str = "",
        publisher: str = "",
        lang: str = "",
        since: str = "7d",
        near_misses: bool = False,
        limit: int = 20,
    ) -> Answer:
        """Find articles that hit a topic (or nearly did), the newest first.

        All `words` must occur. `topic` is a topic's id, `lang` a code such as `ko`; `since` is
        `24h`, `7d`, `1y` or a date.
        """
        near = "1" if near_misses else ""
        given = {"q": words, "topic": topic, "publisher": publisher, "lang": lang, "since": since}
        given["near"] = near
        wanted = filter_of(given, self._desk.clock(), max(1, min(limit, _MOST_HITS)))
        with self._desk.reader() as reader:
            rows, total, _ = reader.search(wanted)
        return {"total": total, "hits": [{**row, **self._tlp([row["topic"]])} for row in rows]}

    def story(self, story_id: int) -> Answer:
        """Show one event: publishers, figures by speaker, reports with sentences that matched."""
        with self._desk.reader() as reader:
            story = reader.story(story_id)
            if story is None:
                raise InputError(f"there is no story {story_id}: `search` gives the ids of stories")
            reports = story.pop("reports")
            shown = [_report(reader, row) for row in reports[:_MOST_REPORTS]]
            earlier = reader.before(story_id, self._desk.clock())
        return {**story, **self._tlp(story["topics"]), "before": earlier, "reports": shown}

    def timeline(self, *, of: str = "", topic: str = "", since: str = "1y") -> Answer:
        """Show the history of a term set (`@wagner`), of words or of a topic.

        Reports a day or a week as [day, reports, stories], the first report, the longest silence,
        and peaks with headlines.
        """
        subject = subject_of(_short(of), topic, self._sets())
        with self._desk.reader() as reader:
            found = reader.history(subject, self._time(since), self._desk.clock())
        found["steps"] = [
            [step["day"], step["reports"], step["stories"]] for step in found["steps"]
        ]
        return {**found, **self._tlp([topic])}

    def coverage(self) -> Answer:
        """Account for all entries of all feeds: hits, near misses, unread ones and so on."""
        with self._desk.reader() as reader:
            rows = reader.coverage()
        names = ("entries", "hit", "near_miss", "no_match", "duplicate", "unread")
        totals = {name: sum(map(itemgetter(name), rows)) for name in names}
        return {"feeds": len(rows), "totals": totals, "by_feed": rows}

    def feed_health(self, *, all_feeds: bool = False) -> Answer:
        """Count the feeds by state, and list those that need a person, with the reason."""
        now = self._desk.clock()
        with self._desk.reader() as reader:
            states = {str(state): count for state, count in reader.feed_states(now).items()}
            rows = reader.feeds(now, unhealthy=not all_feeds)
        return {"states": states, "feeds": [_chosen(row, _FEED) for row in rows]}

    def explain(self, *, article_id: int = 0, text: str = "", topic: str = "") -> Answer:
        """Explain why an article, or a text, hits a topic or does not.

        Give the id of an article, or a text whose first line is its title.
        """
        config = self._config()
        if bool(article_id) == bool(text.strip()):
            raise InputError("give either the id of an article or a text")
        matcher, origins = self._matching(config)
        known = [each.id for each in config.topics]
        if topic and topic not in known:
            raise InputError(f"there is no topic {topic}; there are: {', '.join(known)}")
        asked = text_article(_short(text)) if text else self._stored(article_id)
        found = matcher.explain(asked, [topic] if topic else known, origins)
        return {"title": asked.title, "topics": [asdict(each) for each in found]}

    def backtest(self, expression: str, since: str = "30d") -> Answer:
        """Try an expression of the topic language on the newest 20,000 stored articles.

        Such as `@north_korea NEAR/6 (troops OR soldiers)`.
        """
        sets = self._sets()
        try:
            read_expression(_short(expression), sets.keys())
        except ExpressionError as error:
            raise InputError(f"line {error.line}, column {error.column}: {error}") from error
        config, topic = self._desk.configured().config, Topic("tried", "tried", match=expression)
        own = config.sets if config else {}
        nothing = Topic("tried", "tried", match='"a text that no article has"')
        start = self._time(since)
        job = Job(self._desk.database, nothing, topic, dict(own), start, _MOST_ARTICLES)
        effect = asdict(self._desk.bench.effect(job))
        named = ("articles", "days", "hits", "stories", "stories_a_day", "near_count", "languages")
        shown = {name: effect[name] for name in named}
        return {**shown, "gained": effect["gained"], "near": effect["near"]}

    # ── what they share ───────────────────────────────────────────────────────────────────────

    def _config(self) -> Config:
        found = self._desk.configured()
        if found.config is None:
            raise InputError(f"the configuration cannot be used: {found.mistakes}")
        return found.config

    def _sets(self) -> Sets:
        config = self._desk.configured().config
        return all_sets(config.sets if config else {})

    def _tlp(self, topics: Iterable[str]) -> dict[str, str]:
        """Return the strictest label of some topics as `tlp`, nothing where none has one."""
        config = self._desk.configured().config
        levels = {topic.id: topic.tlp for topic in config.topics} if config else {}
        level = strictest(levels.get(topic) for topic in topics)
        return {"tlp": level.label} if level else {}

    def _time(self, written: str) -> datetime:
        now = self._desk.clock()
        try:
            return moment(written, now) if written else now - timedelta(days=30)
        except (ValueError, OverflowError) as error:
            message = f"since: {written!r} is no time such as 24h, 7d, 1y or 2024-10-31"
            raise InputError(message) from error

    def _stored(self, article: int) -> Any:
        with self._desk.reader() as reader:
            row = reader.find(str(article))
        if row is None:
            raise InputError(f"there is no article {article}: `search` gives the ids of articles")
        return stored_article(row)

    def _matching(self, config: Config) -> tuple[Matcher, Origins]:
        """Return a matcher of all topics, compiled once for a configuration."""
        if self._matcher is None or self._matcher[0] is not config:
            matcher = Matcher(packed_topics(config.topics, config.sets).packed)
            self._matcher = (config, matcher, Origins(all_sets(config.sets)))
        return self._matcher[1:]


def _short(text: str) -> str:
    if len(text) > _LONGEST:
        raise InputError(f"more than {_LONGEST:,} characters: ask for less")
    return text


def _chosen(row: Mapping[str, Any], names: Iterable[str]) -> Answer:
    return {name: row[name] for name in names}


def _report(reader: DeskReader, row: Mapping[str, Any]) -> Answer:
    article = reader.article(row["id"]) or {"matches": []}
    why = list(in_words(row["why"])) if row["why"] else []
    names = (
        "id",
        "title",
        "url",
        "publisher",
        "kind",
        "country",
        "lang",
        "published_at",
        "seen_at",
    )
    evidence = [_evidence(match) for match in article["matches"] if match["outcome"] == "hit"]
    return {**_chosen(row, names), "copy_of": row["copy_of"], "hits": evidence,
            "belongs": why[:3]}  # fmt: skip


def _evidence(match: Mapping[str, Any]) -> Answer:
    shown = [_words(each) for each in match["evidence"][:5]]
    return {"topic": match["topic"], "score": match["score"], "evidence": shown}


def _words(evidence: Mapping[str, Any]) -> Answer:
    return {"found": evidence["found"], "sentence": evidence["sentence"]}
