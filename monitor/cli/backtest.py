"""`monitor backtest`: topics tried on the past."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from monitor.cli.output import Since, counted, database, format_options, progress_bar, table
from monitor.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from monitor.backtest import Given, Tried
    from monitor.cli import Places
    from monitor.config.load import Config

_EXAMPLES = """\b
Examples:
  monitor backtest                                      all topics on all stored articles
  monitor backtest --topic kursk --since 30d
  monitor backtest --against old.yaml                   what a change gains and loses
  monitor backtest --input articles.jsonl               {"id", "title", "summary", …} a line
  monitor backtest --topic new-topic --store            note its hits on what was read before
"""
_SHOWN = 10  # gained and lost articles that are listed for each topic


@dataclass(frozen=True, slots=True)
class _Trial:
    """What came out: articles with their matches, and the hits to compare with, if any."""

    topics: Sequence[str]
    found: Sequence[Tried]
    before: Mapping[str, frozenset[str]] | None


@click.command(epilog=_EXAMPLES)
@click.option("--topic", "topics", multiple=True, help="Only this topic (its id); repeatable.")
@click.option("--since", type=Since(), help="Stored articles seen since: 30d, 2024-10-31.")
@click.option(
    "--input", "source", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
    help="Articles from a file, one JSON object a line, in place of the stored ones.",
)  # fmt: skip
@click.option(
    "--against", type=click.Path(path_type=Path, dir_okay=False), metavar="OTHER.yaml",
    help="Compare with another configuration [default: with the hits that were stored].",
)  # fmt: skip
@click.option("--store", is_flag=True, help="Note the hits on stored articles; alerts nothing.")
@click.option(
    "--output", type=click.Path(path_type=Path, dir_okay=False, writable=True), metavar="FILE",
    help="Write the outcome of each article, one JSON object a line.",
)  # fmt: skip
@format_options()
@click.pass_obj
def backtest(
    places: Places,
    *,
    topics: tuple[str, ...],
    since: datetime | None,
    source: Path | None,
    against: Path | None,
    store: bool,
    output: Path | None,
    form: str | None,
) -> None:
    """Try topics on stored articles, or on a file of articles, before they go live."""
    if source and (since or store):
        raise click.UsageError("--since and --store go with stored articles, not with --input")
    from monitor.config.load import load
    from monitor.config.places import config_path

    config = load(config_path(places.config), places.database)
    chosen = _chosen(config, topics)
    given, live = _given(places, source, since)
    found = _run(config, chosen, given)
    before = _hits_of(load(against), chosen, given) if against else live
    trial = _Trial(chosen, found, before)
    if output:
        _write(output, found)
    if store:
        _store(places, found)
    if form:
        click.echo(json.dumps(_report(trial), ensure_ascii=False, indent=2))
    else:
        _print(trial)


def _chosen(config: Config, topics: tuple[str, ...]) -> list[str]:
    known = [topic.id for topic in config.topics]
    for topic in topics:
        if topic not in known:
            raise click.UsageError(f"there is no topic `{topic}`; there are {', '.join(known)}")
    return list(dict.fromkeys(topics)) or known


def _given(
    places: Places, source: Path | None, since: datetime | None
) -> tuple[list[Given], Mapping[str, frozenset[str]] | None]:
    """Return the articles, and what the stored ones hit when they came."""
    from monitor.backtest import Given, read_file, stored_article
    from monitor.store.read import Reader

    if source:
        return list(read_file(source)), None
    with Reader(database(places)) as reader:
        articles = ((row, stored_article(row)) for row in reader.texts(since))
        given = [Given(str(row["id"]), each, each.published_at) for row, each in articles]
        return given, reader.hit_ids()


def _run(config: Config, topics: Sequence[str], given: Sequence[Given]) -> list[Tried]:
    from monitor.backtest import tried
    from monitor.executors import match_all
    from monitor.matching.compile import pack

    packed = pack([topic for topic in config.topics if topic.id in topics], config.sets)
    with progress_bar("Matching", "articles") as progress:
        return tried(given, match_all(packed, [each.article for each in given], progress))


def _hits_of(
    config: Config, topics: Sequence[str], given: Sequence[Given]
) -> dict[str, frozenset[str]]:
    from monitor.backtest import hit_ids

    return hit_ids(_run(config, topics, given))


def _write(output: Path, found: Iterable[Tried]) -> None:
    from monitor.backtest import as_line

    try:
        with output.open("w", encoding="utf-8") as lines:
            lines.writelines(f"{as_line(each)}\n" for each in found)
    except OSError as error:
        raise InputError(f"{output} cannot be written: {error.strerror}") from error


def _store(places: Places, found: Sequence[Tried]) -> None:
    from monitor.clock import utc_now
    from monitor.store.database import Store

    async def note() -> int:
        now = utc_now()
        matched = [(int(each.given.id), each.matches) for each in found if each.matches]
        async with Store(database(places)) as store:
            return await store.write(lambda tx: tx.note_matches(matched, now))

    noted = asyncio.run(note())
    click.echo(f"{counted(noted, 'new hit')} noted, none alerted.", err=True)


def _report(trial: _Trial) -> dict[str, Any]:
    """Return everything the table tells, and all that was gained and lost."""
    from dataclasses import asdict

    from monitor.backtest import changes, quality, volume

    topics = {}
    for topic in trial.topics:
        row: dict[str, Any] = asdict(volume(topic, trial.found))
        if trial.before is not None:
            gained, lost = changes(topic, trial.found, trial.before)
            row |= {"gained": list(map(_told, gained)), "lost": list(map(_told, lost))}
        scores = quality(topic, trial.found)
        row["quality"] = {
            lang or "all": {**asdict(q), "precision": q.precision, "recall": q.recall, "f1": q.f1}
            for lang, q in scores.items()
        }
        topics[topic] = row
    return {"articles": len(trial.found), "topics": topics}


def _told(given: Given) -> dict[str, str]:
    article = given.article
    return {"id": given.id, "title": article.title, "url": article.link, "lang": article.lang}


def _print(trial: _Trial) -> None:
    report = _report(trial)
    columns = ["Topic", "Hits", "Near misses", "Stories", "A day"]
    rows = [
        [topic, str(row["hits"]), str(row["near"]), str(row["stories"]), f"{row['a_day']:.1f}"]
        for topic, row in report["topics"].items()
    ]
    if trial.before is not None:
        columns += ["Gained", "Lost"]
        for cells, row in zip(rows, report["topics"].values(), strict=True):
            cells += [str(len(row["gained"])), str(len(row["lost"]))]
    table(columns, rows, wide="Topic", right=columns[1:])
    _print_quality(report["topics"])
    _print_changes(report["topics"])
    if not trial.found:
        click.echo("No articles to try them on.", err=True)


def _print_quality(topics: Mapping[str, Any]) -> None:
    rows = [
        [topic, lang, str(q["right"] + q["missed"]), *(f"{q[n]:.3f}" for n in _QUALITY)]
        for topic, row in topics.items()
        for lang, q in row["quality"].items()
    ]
    if rows:
        columns = ["Topic", "Language", "Labelled", "Precision", "Recall", "F1"]
        table(columns, rows, wide="Topic", right=columns[2:])


_QUALITY = ("precision", "recall", "f1")


def _print_changes(topics: Mapping[str, Any]) -> None:
    for topic, row in topics.items():
        for sign, name in (("+", "gained"), ("-", "lost")):
            articles = row.get(name, [])
            for each in articles[:_SHOWN]:
                click.echo(f"{sign} {topic} [{each['lang'] or '?'}] {each['id']}: {each['title']}")
            if len(articles) > _SHOWN:
                click.echo(f"{sign} {topic}: {len(articles) - _SHOWN} more; --json has them all")
