"""`monitor backtest`: topics tried on the past."""

from __future__ import annotations

import asyncio
import json
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from tempfile import NamedTemporaryFile, TemporaryFile
from typing import IO, TYPE_CHECKING, Any, NamedTuple

import click

from monitor.cli.output import Since, database, format_options, progress_bar, table
from monitor.errors import InputError
from monitor.text.counts import counted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from monitor.backtest.archive import Batch
    from monitor.backtest.trial import (
        LabelledArticle,
        Outcomes,
        ReadBatch,
        TopicTrial,
        TrialResult,
    )
    from monitor.cli import CliOptions
    from monitor.config.load import Config

_EXAMPLES = """\b
Examples:
  monitor backtest                                      all topics on all stored articles
  monitor backtest --topic kursk --since 30d
  monitor backtest --against old.yaml                   what a change gains and loses
  monitor backtest --input articles.jsonl               {"id", "title", "summary", …} a line
  monitor backtest --input archive --input '2024-*.parquet' --cluster tcp://10.0.0.5:8786
  monitor backtest --topic new-topic --store            note its hits on what was read before
"""
_SHOWN = 10  # gained and lost articles that are listed for each topic


class _Source(NamedTuple):
    """Articles to try topics on: `total` of `things`, which are `each` as many as sizes tell.

    `compared` says that it is known what they hit before.
    """

    read: ReadBatch
    batches: Iterable[Batch]
    total: int
    things: str
    each: int = 1
    compared: bool = False


@click.command(epilog=_EXAMPLES)
@click.option("--topic", "topics", multiple=True, help="Only this topic (its id); repeatable.")
@click.option("--since", type=Since(), help="Stored articles seen since: 30d, 2024-10-31.")
@click.option(
    "--input",
    "names",
    multiple=True,
    metavar="FILE",
    help="Articles from a file, a folder or a '*.pattern', in place of the stored ones:"
    " one JSON object a line (.jsonl, .jsonl.gz), or .parquet; repeatable.",
)
@click.option(
    "--against",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="OTHER.yaml",
    help="Compare with another configuration [default: with the hits that were stored].",
)
@click.option("--store", is_flag=True, help="Note the hits on stored articles; alerts nothing.")
@click.option(
    "--output",
    type=click.Path(path_type=Path, dir_okay=False, writable=True),
    metavar="FILE",
    help="Write the outcome of each article, one JSON object a line.",
)
@click.option(
    "--cluster",
    metavar="ADDRESS",
    help="Match on the Dask cluster of this scheduler, tcp://HOST:8786, not on this machine.",
)
@format_options()
@click.pass_obj
def backtest(
    places: CliOptions,
    *,
    topics: tuple[str, ...],
    since: datetime | None,
    names: tuple[str, ...],
    against: Path | None,
    store: bool,
    output: Path | None,
    cluster: str | None,
    form: str | None,
) -> None:
    """Try topics on stored articles, or on archives of articles, before they go live."""
    if names and (since or store):
        raise click.UsageError("--since and --store go with stored articles, not with --input")
    from monitor.config.load import load
    from monitor.config.paths import config_path

    config = load(config_path(places.config), places.database)
    chosen = _chosen(config, topics)
    other = load(against) if against else None
    programs = [_packed(each, chosen) for each in (config, other) if each]
    source = _archives(names) if names else _database(places, since)
    with _lines_beside(output) as lines:
        trial = _run(source, programs, cluster, lines)
        if output and lines:
            _write(output, lines, trial)
    if store:
        _store(places, trial.kept.values())
    compared = source.compared or bool(against)
    report = _report(trial, chosen, compared=compared)
    if form:
        click.echo(json.dumps(report, ensure_ascii=False, indent=2))
    else:
        _print(report, compared=compared)


def _chosen(config: Config, topics: tuple[str, ...]) -> list[str]:
    known = [topic.id for topic in config.topics]
    for topic in topics:
        if topic not in known:
            raise click.UsageError(f"there is no topic `{topic}`; there are {', '.join(known)}")
    return list(dict.fromkeys(topics)) or known


def _packed(config: Config, topics: Sequence[str]) -> bytes:
    from monitor.matching.compile import pack

    return pack([topic for topic in config.topics if topic.id in topics], config.sets)


def _archives(names: Iterable[str]) -> _Source:
    from monitor.backtest.archive import batches, files
    from monitor.backtest.trial import archived

    found = files(names)
    return _Source(archived, batches(found), sum(found.values()), "MB", each=1_000_000)


def _database(places: CliOptions, since: datetime | None) -> _Source:
    from monitor.backtest.archive import in_batches
    from monitor.backtest.trial import stored
    from monitor.store.queries.reader import Reader

    with Reader(database(places)) as reader:
        rows, hits = reader.texts(since), reader.hit_ids()
    for row in rows:
        row["before"] = frozenset(topic for topic, ids in hits.items() if str(row["id"]) in ids)
    return _Source(stored, in_batches(rows), len(rows), "articles", compared=True)


def _run(
    source: _Source, programs: Sequence[bytes], cluster: str | None, lines: IO[str] | None
) -> TopicTrial:
    from monitor.backtest.spread import run_locally, run_on_dask
    from monitor.backtest.trial import TopicTrial, try_batch

    spread = run_on_dask(cluster) if cluster else run_locally
    work = partial(try_batch, source.read)
    done = 0
    with TemporaryFile() as waiting, progress_bar("Matching", source.things) as progress:
        trial = TopicTrial(waiting)
        for outcomes in spread(work, programs, source.batches):
            trial.add(outcomes)
            if lines:
                _append(lines, outcomes)
            done += outcomes.size
            progress(done // source.each, source.total // source.each)
        trial.end()
    return trial


@contextmanager
def _lines_beside(output: Path | None) -> Iterator[IO[str] | None]:
    """Yield a file beside the output, for lines until the stories of all hits are known."""
    if output is None:
        yield None
        return
    folder = None if output.exists() and not output.is_file() else output.parent  # /dev/stdout
    with _writing(output):
        lines = NamedTemporaryFile(  # noqa: SIM115 - entered below
            "w+", encoding="utf-8", dir=folder, prefix=f"{output.name}.", suffix=".part"
        )
    with lines:
        yield lines


def _append(lines: IO[str], outcomes: Outcomes) -> None:
    from monitor.backtest.results import as_line

    with _writing(lines.name):
        for number, article in enumerate(outcomes.ids):
            found = outcomes.kept.get(number)
            lines.write(as_line(article, found.matches if found else ()))


def _write(output: Path, lines: IO[str], trial: TopicTrial) -> None:
    from monitor.backtest.results import as_line

    with _writing(output), output.open("w", encoding="utf-8") as file:
        lines.seek(0)
        for number, line in enumerate(lines):
            found = trial.kept.get(number)
            hit = found and found.story and as_line(found.given.id, found.matches, found.story)
            file.write(hit or line)


@contextmanager
def _writing(name: object) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise InputError(f"{name} cannot be written: {error.strerror}") from error


def _store(places: CliOptions, found: Iterable[TrialResult]) -> None:
    from monitor.service.clock import utc_now
    from monitor.store.database import Store

    async def note() -> int:
        now = utc_now()
        matched = [(int(each.given.id), each.matches) for each in found if each.matches]
        async with Store(database(places)) as store:
            return await store.write(lambda tx: tx.articles.note_matches(matched, now))

    noted = asyncio.run(note())
    click.echo(f"{counted(noted, 'new hit')} noted, none alerted.", err=True)


def _report(trial: TopicTrial, chosen: Iterable[str], *, compared: bool) -> dict[str, Any]:
    """Return everything the table tells, and all that was gained and lost."""
    from dataclasses import asdict

    from monitor.backtest.results import changes, quality, volume

    topics, found = {}, trial.kept.values()
    for topic in chosen:
        row: dict[str, Any] = asdict(volume(topic, found, len(trial.days)))
        if compared:
            gained, lost = changes(topic, found)
            row |= {"gained": list(map(_told, gained)), "lost": list(map(_told, lost))}
        scores = quality(topic, found)
        row["quality"] = {
            lang or "all": {**asdict(q), "precision": q.precision, "recall": q.recall, "f1": q.f1}
            for lang, q in scores.items()
        }
        topics[topic] = row
    return {"articles": trial.articles, "topics": topics}


def _told(given: LabelledArticle) -> dict[str, str]:
    article = given.article
    return {"id": given.id, "title": article.title, "url": article.link, "lang": article.lang}


def _print(report: Mapping[str, Any], *, compared: bool) -> None:
    columns = ["Topic", "Hits", "Near misses", "Stories", "A day"]
    rows = [
        [topic, str(row["hits"]), str(row["near"]), str(row["stories"]), f"{row['a_day']:.1f}"]
        for topic, row in report["topics"].items()
    ]
    if compared:
        columns += ["Gained", "Lost"]
        for cells, row in zip(rows, report["topics"].values(), strict=True):
            cells += [str(len(row["gained"])), str(len(row["lost"]))]
    table(columns, rows, wide="Topic", right=columns[1:])
    _print_quality(report["topics"])
    _print_changes(report["topics"])
    if not report["articles"]:
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
