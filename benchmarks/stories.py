"""Time to assign a hit to its story, with many hits in the window.

    python benchmarks/stories.py --hits 100000
    python benchmarks/stories.py --input articles.jsonl

Hits are generated: each report of an event has some of the event's term sets, names, numbers and
words, in one of five languages. `--input` is a file of JSON objects, one a line, with `title`,
`summary`, `lang` and `published`, whose hits of the shipped topics are assigned instead.
Prints for each tenth of the hits the median, the 99th percentile and the longest time to assign one
(processor milliseconds, so other programs do not count; on a database file, without the commit),
and the number of stories; at the end, the times of a peer for the last hits: TF-IDF of the words,
compared with every hit in the window (an inverted index in memory, cosine similarity).
"""

from __future__ import annotations

import argparse
import gc
import math
import random
import tempfile
import time
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from itertools import chain
from pathlib import Path
from statistics import median, quantiles
from typing import TYPE_CHECKING

from monitor.backtest.articles import archived
from monitor.config.load import load
from monitor.matching.compile import pack
from monitor.matching.matcher import matcher_for
from monitor.model import Feed, StoryFeatures
from monitor.pipeline.continue_story import continue_story
from monitor.scan.scan import story_features
from monitor.store.database import open_database
from monitor.store.transaction import Transaction
from monitor.stories import Headline, IncomingArticle, TimeSpan
from monitor.text.normalize import digest

if TYPE_CHECKING:
    from collections.abc import Iterator


START = datetime(2024, 10, 1, tzinfo=UTC)
WINDOW = timedelta(days=8)
REPORTS = 5  # of an event, on average
TOPICS = tuple(f"topic-{number}" for number in range(10))
LANGUAGES = ("en", "ru", "ko", "de", "es")
SETS, NAMES, WORDS = 300, 20_000, 30_000
SPREAD = timedelta(hours=18)  # from the first report of an event to its last
URL = "https://bench.example/feed"
PEERS = 50  # hits that the peer assigns


def made_up(count: int) -> Iterator[tuple[str, IncomingArticle]]:
    """Yield headlines and generated hits in the order of time."""
    chance = random.Random(6)  # noqa: S311 - the same hits each time
    reports: list[tuple[datetime, int]] = []
    for event in range(count // REPORTS):
        begins = START + chance.random() * WINDOW
        reports += [(begins + chance.random() * SPREAD, event) for _ in range(REPORTS)]
    reports.sort()

    facts = {}
    for number, (at, event) in enumerate(reports):
        if event not in facts:
            facts[event] = _event(chance, at)
        topic, of_event, day = facts[event]
        lang = chance.choice(LANGUAGES)
        kept = [each for each in of_event if chance.random() < 0.6]  # noqa: PLR2004 - most of them
        words = [f"word:{lang}:{_common(chance, WORDS)}" for _ in range(40)]
        own = [f"word:{lang}:{each}" for each in of_event if chance.random() < 0.4]  # noqa: PLR2004
        features = dict.fromkeys((*kept, f"day:{day}", *own, *words), 1.0)
        topic_feature = f"@weapon:{topic}"
        pairs = ((topic_feature, 1.0), *features.items())
        new = StoryFeatures(lang, pairs, frozenset({topic_feature}))
        title = f"Event {event}, report {number}"
        yield (
            title,
            IncomingArticle(new, digest("title", title), frozenset({topic}), TimeSpan(at, at)),
        )


def _event(chance: random.Random, at: datetime) -> tuple[str, list[str], str]:
    sets = [f"@place:{_common(chance, SETS)}" for _ in range(5)]
    names = [f"name:{_common(chance, NAMES)}" for _ in range(4)]
    numbers = [f"number:{chance.randint(4, 5000)}" for _ in range(2)]
    return chance.choice(TOPICS), [*sets, *names, *numbers], at.date().isoformat()


def _common(chance: random.Random, size: int) -> int:
    """A number below `size`, small ones more often, as ranks of words are (Zipf)."""
    return int(size ** chance.random())


def read(path: Path) -> Iterator[tuple[str, IncomingArticle]]:
    """Yield the hits of a file of articles in the order of time."""
    from monitor.backtest.archive import batches  # noqa: PLC0415 - reads files

    config = load(Path("config.yaml"))
    matcher = matcher_for(pack(config.topics, config.sets))
    found = []
    for given in chain.from_iterable(map(archived, batches([path]))):
        [matches] = matcher.match([given.article])
        hits = frozenset(match.topic for match in matches if match.is_hit)
        new = story_features(given.article, matches)
        if new and given.at:
            key, span = given.article.title_key, TimeSpan(given.at, given.until or given.at)
            found.append((given.article.title, IncomingArticle(new, key, hits, span)))
    yield from sorted(found, key=lambda each: each[1].span.last)


class Peer:
    """TF-IDF over all hits: an inverted index in memory, every document that shares a word."""

    def __init__(self) -> None:
        self._having: defaultdict[str, list[int]] = defaultdict(list)
        self._lengths: list[float] = []

    def add(self, words: list[str]) -> None:
        """Remember a hit."""
        for word in set(words):
            self._having[word].append(len(self._lengths))
        self._lengths.append(math.sqrt(len(set(words))))

    def nearest(self, words: list[str]) -> int | None:
        """Index of the most similar hit; None for the first one."""
        scores: defaultdict[int, float] = defaultdict(float)
        for word in set(words):
            rarity = math.log((1 + len(self._lengths)) / (1 + len(self._having[word]))) ** 2
            for other in self._having[word]:
                scores[other] += rarity
        return max(scores, key=lambda other: scores[other] / self._lengths[other], default=None)


def main() -> None:
    """Measure the assignment, then the peer."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--hits", type=int, default=10_000)
    parser.add_argument("--input", type=Path)
    options = parser.parse_args()
    hits = list(read(options.input) if options.input else made_up(options.hits))
    gc.freeze()  # the hits are the benchmark's, not the program's
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "stories.db"
        assign_all(Transaction(open_database(path)), hits)
        print(f"database: {path.stat().st_size / 1e6:.0f} MB")
    peer(hits)


def assign_all(tx: Transaction, hits: list[tuple[str, IncomingArticle]]) -> None:
    """Assign all hits in transactions of 100, and print the times of each tenth."""
    feed = Feed(URL, URL, "Bench", "Bench", "", "", "wire", 600.0)
    tx.db.execute("BEGIN IMMEDIATE")
    tx.feeds.sync([feed], START)
    feed_id = tx.db.execute("SELECT id FROM feeds").fetchone()[0]

    times: list[float] = []
    print(f"{'hits':>8} {'stories':>8} {'median':>8} {'99 %':>8} {'longest':>8}  ms")
    for number, (title, new) in enumerate(hits, 1):
        article_id = _article(tx, feed_id, new)
        headline = Headline(title, new.story_features.lang, "Bench")
        began = time.process_time()
        continue_story(tx, article_id, headline, new, new.span.last)
        times.append(1000 * (time.process_time() - began))
        if number % 100 == 0:
            tx.db.execute("COMMIT")
            tx.db.execute("BEGIN IMMEDIATE")
        if number % max(len(hits) // 10, 1) == 0:
            _print_times(tx, number, times)
            times = []
    tx.db.execute("COMMIT")


def _print_times(tx: Transaction, number: int, times: list[float]) -> None:
    stories = tx.db.execute("SELECT count(*) FROM stories").fetchone()[0]
    worst = quantiles(times, n=100)[98]
    cells = f"{number:>8} {stories:>8} {median(times):>8.2f} {worst:>8.2f} {max(times):>8.2f}"
    print(cells, flush=True)


def _article(tx: Transaction, feed_id: int, new: IncomingArticle) -> int:
    at = new.span.last.timestamp()
    row = tx.db.execute(
        "INSERT INTO articles (feed_id, link, publisher, lang, published_at, seen_at, title_key)"
        " VALUES (?, '', 'Bench', ?, ?, ?, ?)",
        (feed_id, new.story_features.lang, at, at, new.title_key),
    )
    assert row.lastrowid  # noqa: S101
    return row.lastrowid


def _words(new: IncomingArticle) -> list[str]:
    return [name for name, _ in new.story_features.features]


def peer(hits: list[tuple[str, IncomingArticle]]) -> None:
    """Print the times of the peer for the last hits."""
    other, times = Peer(), []
    texts = [_words(new) for _, new in hits]
    for words in texts[:-PEERS]:
        other.add(words)
    for words in texts[-PEERS:]:
        began = time.process_time()
        other.nearest(words)
        times.append(1000 * (time.process_time() - began))
        other.add(words)
    print(f"TF-IDF over all of them: median {median(times):.2f} ms, longest {max(times):.2f} ms")


if __name__ == "__main__":
    main()
