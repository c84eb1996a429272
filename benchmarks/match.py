"""Speed of matching: the shipped topics, thousands of topics, a million articles.

    python benchmarks/match.py --articles articles.jsonl
    python benchmarks/match.py --million

`--articles` is a file of JSON objects, one a line, with `title` and `summary`; without it, articles
are generated. Times are processor times, so other programs do not count. Prints three things:

- Articles a second with the topics of a configuration, beside spaCy's PhraseMatcher alone with the
  same forms, which finds their positions only: no distances, guards, filters, cases or languages.
- Cost of an article with 10, 100, 1,000 and 10,000 topics of ten terms. Each topic hits about one
  article in a thousand, and each of its terms occurs in an article; every other topic also requires
  one of the 50 commonest words. Topics are made from every second article only, so the others hit
  nothing: their cost is the price of the topics, and the rest is the cost of real hits.
- With `--million`, memory (RSS) over a million articles, each with a word of its own.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import random
from collections import Counter, defaultdict
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from itertools import chain, cycle, islice, pairwise
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from time import process_time
from typing import TYPE_CHECKING, NamedTuple

import spacy
from rich.console import Console
from rich.progress import track
from rich.table import Table
from spacy.matcher import PhraseMatcher
from spacy.tokens import Doc

from monitor.config.load import load
from monitor.matching.compile import compiled, pack
from monitor.matching.language.tokens import tokens
from monitor.matching.matcher import Matcher
from monitor.model import Article, Match, Topic

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

BATCH = 500  # articles matched at once
MADE_UP = 10_000  # articles
ONE_IN = 1000  # articles is hit by each made topic
TERMS = 10  # of each made topic
COMMON = 50  # words, one of which every other made topic asks for
COUNTS = (10, 100, 1_000, 10_000)
COLUMNS = (
    "topics", "µs an article", "hits an article", "of real hits", "without a hit",
    "pack", "matcher", "memory",
)  # fmt: skip
MILLION = 1_000_000
EARLY = 100_000  # articles after which memory has to stay as it is
OUT = Console()


def main() -> None:
    """Measure, on one core."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--articles", type=Path, help="JSON lines with title and summary")
    parser.add_argument("--config", type=Path, default=Path(__file__).parents[1] / "config.yaml")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--million", action="store_true", help="only the memory of a long run")
    options = parser.parse_args()
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    articles = read(options.articles) if options.articles else made_up(MADE_UP)
    length = sum(len(each.title) + len(each.text) for each in articles) / len(articles)
    OUT.print(f"{len(articles):,} articles of {length:.0f} characters, one core")
    if options.million:
        long_run(articles)
        return
    compare(articles, options.config, options.rounds)
    scale(articles, options.rounds)


# --- Articles ---------------------------------------------------------------------------------


def article(title: str, text: str, lang: str = "") -> Article:
    """An article with this title and text."""
    return Article(
        id="",
        link="",
        title=title,
        text=text,
        lang=lang,
        publisher="",
        kind="",
        published_at=None,
        id_key=None,
        link_key=None,
        content_key=None,
        title_key=b"",
        digest=b"",
    )


def read(path: Path) -> list[Article]:
    """Articles of a file."""
    rows = map(json.loads, path.read_text(encoding="utf-8").splitlines())
    return [article(row["title"], row["summary"], row.get("lang", "")) for row in rows]


def made_up(count: int) -> list[Article]:
    """Generated articles of words with Zipf's frequencies: the n-th word in proportion to 1/n."""
    chance = random.Random(1)  # noqa: S311 - the same articles in each run
    syllables = [f"{c}{v}" for c in "bdfgklmnprstvz" for v in "aeiouyéö"]
    ranks = range(1, 30_001)  # the commoner a word, the shorter
    words = ["".join(chance.choices(syllables, k=len(str(rank)))) for rank in ranks]
    weights = [1 / rank for rank in ranks]
    drawn = iter(chance.choices(words, weights, k=count * 55))
    lines = (" ".join(islice(drawn, 11)).capitalize() for _ in range(count * 5))
    return [article(title, ". ".join(islice(lines, 4)) + "’.") for title in islice(lines, count)]


# --- The topics of a configuration, beside PhraseMatcher ---------------------------------------


def compare(articles: Sequence[Article], config: Path, rounds: int) -> None:
    """Print articles a second of the program and of spaCy's PhraseMatcher."""
    settings = load(config)
    packed = pack(settings.topics, settings.sets)
    lists = compiled(settings.topics, settings.sets).lists
    forms = [[*f.folded, *f.cased, *f.begins] for each in lists for f in each]
    matcher = Matcher(packed)
    ways: dict[str, Callable[[], object]] = {
        "monitor": lambda: matched(matcher, articles),
        "PhraseMatcher": phrase_matcher(articles, forms),
        "PhraseMatcher, larger cache": phrase_matcher(articles, forms, cache=1_000_000),
        "PhraseMatcher, our words": phrase_matcher(articles, forms, own_words=True),
    }
    speeds = {name: len(articles) / seconds for name, seconds in timed(ways, rounds).items()}
    title = f"{len(settings.topics)} topics of {config.name}, {sum(map(len, forms)):,} forms"
    ours = speeds["monitor"]
    rows = [(name, f"{speed:,.0f}", f"{ours / speed:.1f} ×") for name, speed in speeds.items()]
    show(title, ("", "articles/s", "monitor is faster by"), rows)
    found = matched(matcher, articles)
    hits = sum(map(has_hit, found))
    OUT.print(f"{hits} articles hit, {sum(map(bool, found)) - hits} only near misses\n")


def has_hit(matches: Iterable[Match]) -> bool:
    """Whether one of an article's matches is a hit."""
    return any(match.is_hit for match in matches)


def phrase_matcher(
    articles: Sequence[Article],
    forms: Iterable[list[str]],
    *,
    cache: int = 10_000,
    own_words: bool = False,
) -> Callable[[], object]:
    """A function that finds all forms in all articles with spaCy alone.

    `cache` is the number of words that its tokenizer keeps: 10,000 by default, fewer than the forms
    have. `own_words` uses the program's tokenizer instead.
    """
    nlp = spacy.blank("xx")
    nlp.tokenizer.max_cache_size = cache  # type: ignore[union-attr] # a Tokenizer, here
    finder = PhraseMatcher(nlp.vocab, attr="LOWER")

    def doc(text: str) -> Doc:
        return Doc(nlp.vocab, words=tokens(text)[0]) if own_words else nlp.make_doc(text)

    for number, each in enumerate(forms):
        finder.add(str(number), list(map(doc, each)))
    return lambda: [finder(doc(f"{each.title}\n{each.text}")) for each in articles]


def matched(matcher: Matcher, articles: Sequence[Article]) -> list[tuple[Match, ...]]:
    """Matches of each article, in batches as large as a large feed's."""
    batches = (articles[at : at + BATCH] for at in range(0, len(articles), BATCH))
    return list(chain.from_iterable(map(matcher.match, batches)))


def timed(ways: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """Median seconds of each way; the ways take turns, and the first round is not counted."""
    seconds: dict[str, list[float]] = defaultdict(list)
    for number in watched(range(rounds + 1), "comparing"):
        for name, way in ways.items():
            began = process_time()
            way()
            if number:
                seconds[name].append(process_time() - began)
    return {name: median(each) for name, each in seconds.items()}


# --- Many topics -------------------------------------------------------------------------------


class Cost(NamedTuple):
    """Cost of matching: seconds an article (all, and without a hit), to start; MB; hits."""

    all: float
    idle: float
    hits: float
    start: float
    memory: float


def scale(articles: Sequence[Article], rounds: int) -> None:
    """Print the cost of an article with more and more topics."""
    articles = articles[: TERMS * ONE_IN]
    costs: list[Cost] = []
    rows = []
    for count in watched(COUNTS, "more topics"):
        topics = made_topics(articles, count)
        began = process_time()
        packed = pack(topics)
        packing = process_time() - began
        with ProcessPoolExecutor(1, get_context("spawn")) as fresh:
            cost = fresh.submit(measure, packed, articles, rounds).result()
        costs.append(cost)
        rows.append(row(count, cost, packing))
    show(f"topics of {TERMS} terms, each hits about one article in {ONE_IN:,}", COLUMNS, rows)
    for cost, count in zip(costs[1:], COUNTS[1:], strict=True):
        growth = cost.idle / costs[0].idle
        OUT.print(f"an article without a hit: {growth:.2f} × from {COUNTS[0]} to {count:,} topics")
    OUT.print("of real hits: µs an article, less the µs of those from which no topic is made")


def row(count: int, cost: Cost, packing: float) -> tuple[str, ...]:
    """Cells of a row of the table."""
    micro = (cost.all, cost.all - cost.idle, cost.idle)
    total, real, idle = (f"{seconds * 1e6:.1f}" for seconds in micro)
    ready = (f"{packing:.2f} s", f"{cost.start:.2f} s", f"{cost.memory:.0f} MB")
    return (f"{count:,}", total, f"{cost.hits:.2f}", real, idle, *ready)


def made_topics(articles: Sequence[Article], count: int) -> list[Topic]:
    """Topics of pairs of words that occur in one article only, and of common words."""
    texts = [" ".join(tokens(f"{each.title}. {each.text}")[0]).lower() for each in articles]
    words = [list(filter(str.isalpha, text.split())) for text in texts]
    pairs = list(map(word_pairs, texts))
    articles_with = Counter(chain.from_iterable(pairs))
    unique = {pair for pair, number in articles_with.items() if number == 1}
    single = [sorted(each & unique) for each in pairs]

    chosen = [n for n in range(0, len(articles), 2) if len(single[n]) >= TERMS]
    frequencies = Counter(chain.from_iterable(map(set, words)))
    common = cycle(word for word, _ in frequencies.most_common(COMMON))
    return [made_topic(n, chosen, single, words, next(common)) for n in range(count)]


def word_pairs(text: str) -> set[str]:
    """Pairs of adjacent words of letters."""
    return {f"{a} {b}" for a, b in pairwise(text.split()) if f"{a}{b}".isalpha()}


def made_topic(
    number: int, chosen: list[int], single: list[list[str]], words: list[list[str]], common: str
) -> Topic:
    """A topic that hits about one article in a thousand; `single` are each article's own pairs."""
    chance = random.Random(number)  # noqa: S311 - the same topics in each run
    needs_common = number % 2 == 1
    fitting = [n for n in chosen if common in words[n]] if needs_common else chosen
    hit = chance.sample(fitting, max(len(words) // ONE_IN, 1))
    drawn = [chance.sample(single[n], TERMS) for n in hit]
    terms = list(islice(chain.from_iterable(zip(*drawn, strict=True)), TERMS - needs_common))
    quoted = tuple(f'"{term}"' for term in terms)
    groups = ((f'"{common}"',),) if needs_common else ()
    return Topic(f"t{number}", f"t{number}", any=quoted, all=groups, threshold=0.1)


def measure(packed: bytes, articles: Sequence[Article], rounds: int) -> Cost:
    """Measure compiled topics; called in a process of its own."""
    Matcher(pack([Topic("t", "t", any=("word",))])).match(articles[:1])
    gc.collect()
    before = rss()
    began = process_time()
    matcher = Matcher(packed)
    start = process_time() - began
    hits = sum(len(each) for each in matched(matcher, articles))
    memory = rss() - before
    idle = articles[1::2]
    ways = {"all": lambda: matched(matcher, articles), "idle": lambda: matched(matcher, idle)}
    seconds = timed(ways, rounds)
    share = len(articles)
    return Cost(seconds["all"] / share, seconds["idle"] / len(idle), hits / share, start, memory)


# --- A million articles --------------------------------------------------------------------------


def long_run(articles: Sequence[Article]) -> None:
    """Print the memory after a hundred thousand articles and after a million."""
    matcher = Matcher(pack(made_topics(articles[: TERMS * ONE_IN], ONE_IN)))
    stream = cycle(articles)
    early, hits = 0.0, 0
    for done in watched(range(BATCH, MILLION + BATCH, BATCH), "a million articles"):
        batch = [
            replace(each, text=f"{each.text} novel{done + number}")
            for number, each in enumerate(islice(stream, BATCH))
        ]
        hits += sum(map(len, matcher.match(batch)))
        if done == EARLY:
            early = rss()
    late = rss()
    OUT.print(
        f"{hits:,} hits; RSS after {EARLY:,} articles {early:.1f} MB, after {MILLION:,} "
        f"{late:.1f} MB: {late / early:.3f} ×",
        soft_wrap=True,
    )


def rss() -> float:
    """Resident memory of this process in MB."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    raise LookupError("VmRSS")


# --- Output --------------------------------------------------------------------------------------


def show(title: str, columns: Iterable[str], rows: Iterable[tuple[str, ...]]) -> None:
    """Print a table."""
    table = Table(*columns, title=title, title_justify="left")
    for column in table.columns[1:]:
        column.justify = "right"
    for each in rows:
        table.add_row(*each)
    OUT.print(table)


def watched(items: Sequence[int], what: str) -> Iterable[int]:
    """Show a progress bar on a terminal."""
    return track(items, what, console=OUT, transient=True, disable=not OUT.is_terminal)


if __name__ == "__main__":
    main()
