"""`monitor backtest`: topics tried on articles of the past, stored ones or archives.

The lines of `--output` are written to a file beside it first: which story a hit belongs to is known
only once all articles were read.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import asdict
from functools import partial
from pathlib import Path
from tempfile import NamedTemporaryFile, TemporaryFile
from typing import IO, TYPE_CHECKING, Any, NamedTuple

import click

from monitor.cli.filters import Since
from monitor.cli.output import database, emit_json, format_options, progress_bar
from monitor.cli.table import table
from monitor.errors import InputError
from monitor.files import refuse_special
from monitor.text.counts import counted
from monitor.text.spelling import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from monitor.backtest.archive import Batch
    from monitor.backtest.articles import LabelledArticle
    from monitor.backtest.results import Quality
    from monitor.backtest.trial import Outcomes, ReadBatch, TopicTrial, TrialResult
    from monitor.cli import CliOptions
    from monitor.config.load import Config

_EXAMPLES = """\b
Examples:
  monitor backtest                                      all topics on all stored articles
  monitor backtest --topic kursk --since 30d
  monitor backtest --against old.yaml                   hits gained and lost by a change
  monitor backtest --input articles.jsonl               {"id", "title", "summary", …} a line
  monitor backtest --input archive --input '2024-*.parquet' --cluster tcp://10.0.0.5:8786
  monitor backtest --topic new-topic --store            store its hits on stored articles
"""
_MEASURES = ("precision", "recall", "f1")
_SHOWN = 10  # gained and lost articles listed for each topic


class _Source(NamedTuple):
    """Articles to try topics on, as `batches` that `read` turns into articles.

    `total` is the sum of the batches' sizes; progress is shown in `things`, of `each` sizes.
    `compared`: the articles know which topics they hit before.
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
@click.option("--store", is_flag=True, help="Store the hits, without alerts.")
@click.option(
    "--output",
    type=click.Path(path_type=Path, dir_okay=False, writable=True),
    metavar="FILE",
    help="Write the outcome of each article, one JSON object a line.",
)
@click.option(
    "--cluster",
    metavar="ADDRESS",
    help="Match on a Dask cluster, not on this machine: its scheduler, tcp://HOST:8786.",
)
@format_options()
@click.pass_obj
def backtest(
    options: CliOptions,
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
    from monitor.cli.access import configuration
    from monitor.config.load import load

    config = configuration(options)
    chosen = _chosen(config, topics)
    other = load(against, secrets=()) if against else None
    programs = [_packed(each, chosen) for each in (config, other) if each]
    source = _archives(names) if names else _database(options, since)

    with _lines_beside(output) as lines:
        trial = _run(source, programs, cluster, lines)
        _check_labels(trial, [topic.id for topic in config.topics])
        if output and lines:
            _write(output, lines, trial)
    if store:
        _store(options, trial.kept.values())

    compared = source.compared or bool(against)
    report = _report(trial, chosen, compared=compared)
    if form:
        emit_json(report)
    else:
        _print(report, compared=compared)


def _chosen(config: Config, topics: tuple[str, ...]) -> list[str]:
    """IDs of the topics to try, all by default. Raises UsageError for an unknown one."""
    from monitor.cli.access import check_name

    known = [topic.id for topic in config.topics]
    for topic in topics:
        check_name("topic", topic, known)
    return list(dict.fromkeys(topics)) or known


def _packed(config: Config, topics: Sequence[str]) -> bytes:
    from monitor.config.topic_cache import packed_topics

    chosen = [topic for topic in config.topics if topic.id in topics]
    with progress_bar("Compiling topics", "steps") as progress:
        return bytes(packed_topics(chosen, config.sets, progress).packed)


def _archives(names: Iterable[str]) -> _Source:
    from monitor.backtest.archive import batches, files
    from monitor.backtest.articles import archived

    found = files(names)
    return _Source(archived, batches(found), sum(found.values()), "MB", each=1_000_000)


def _database(options: CliOptions, since: datetime | None) -> _Source:
    from monitor.backtest.archive import in_batches
    from monitor.backtest.articles import stored
    from monitor.store.queries.reader import Reader

    with Reader(database(options)) as reader:
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
    """Yield a temporary file for lines without stories, in the folder of `output`; None without."""
    if output is None:
        yield None
        return
    refuse_special(output, stream=True)
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
            hit = found and found.story and as_line(found.labelled.id, found.matches, found.story)
            file.write(hit or line)


@contextmanager
def _writing(name: object) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise InputError(f"{name} cannot be written: {error.strerror}") from error


def _store(options: CliOptions, results: Iterable[TrialResult]) -> None:
    from monitor.cli.access import write
    from monitor.service.clock import utc_now

    matched = [(int(each.labelled.id), each.matches) for each in results if each.matches]
    now = utc_now()
    count = write(database(options), lambda tx: tx.articles.note_matches(matched, now))
    click.echo(f"{counted(count, 'new hit')} stored, none alerted.", err=True)


def _check_labels(trial: TopicTrial, known: Sequence[str]) -> None:
    """Warn of labels for topics that the configuration lacks. Raises InputError if it has none."""
    from monitor.backtest.results import labelled_topics

    labelled = labelled_topics(trial.kept.values())
    unknown = {topic: number for topic, number in labelled.items() if topic not in known}
    if unknown and len(unknown) == len(labelled):
        hint = did_you_mean(next(iter(unknown)), known, otherwise=f"there are: {', '.join(known)}")
        named = ", ".join(f"`{topic}`" for topic in unknown)
        raise InputError(f"labels are for no topic of the configuration: {named}{hint}")
    for topic, number in unknown.items():
        hint = did_you_mean(topic, known)
        labels = f"{counted(number, 'label')} for `{topic}`"
        click.echo(f"warning: {labels}, which is no topic of the configuration{hint}", err=True)


def _report(trial: TopicTrial, chosen: Iterable[str], *, compared: bool) -> dict[str, Any]:
    """Volume and quality of each topic, with all articles gained and lost, as --json prints it."""
    from monitor.backtest.results import changes, mistakes, quality, volume

    topics, results = {}, trial.kept.values()
    for topic in chosen:
        row: dict[str, Any] = asdict(volume(topic, results, len(trial.days)))
        if compared:
            gained, lost = changes(topic, results)
            row["gained"] = [_article_row(each) for each in gained]
            row["lost"] = [_article_row(each) for each in lost]
        scores = quality(topic, results)
        row["quality"] = {lang or "all": _scores(each) for lang, each in scores.items()}
        if scores:
            missed, wrong = mistakes(topic, results)
            row["missed"] = [_mistake_row(each, topic) for each in missed]
            row["false"] = [_mistake_row(each, topic) for each in wrong]
        topics[topic] = row
    return {"articles": trial.articles, "topics": topics}


def _scores(quality: Quality) -> dict[str, Any]:
    measures = {name: getattr(quality, name) for name in _MEASURES}
    counts = {"positives": quality.positives, "negatives": quality.negatives}
    return {**asdict(quality), **counts, **measures}


def _mistake_row(result: TrialResult, topic: str) -> dict[str, str]:
    """A mistake's article; `reason` says why a near miss is no hit."""
    reasons = [match.reason for match in result.matches if match.topic == topic]
    return {**_article_row(result.labelled), "reason": "; ".join(reasons)}


def _article_row(labelled: LabelledArticle) -> dict[str, str]:
    article = labelled.article
    return {"id": labelled.id, "title": article.title, "url": article.link, "lang": article.lang}


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
        [topic, lang, *_quality_cells(scores)]
        for topic, row in topics.items()
        for lang, scores in row["quality"].items()
    ]
    if rows:
        columns = ["Topic", "Language", "Positive", "Negative", "Precision", "Recall", "F1"]
        table(columns, rows, wide="Topic", right=columns[2:])


def _quality_cells(scores: Mapping[str, Any]) -> list[str]:
    labelled = [str(scores[name]) for name in ("positives", "negatives")]
    return [*labelled, *(f"{scores[name]:.3f}" for name in _MEASURES)]


def _print_changes(topics: Mapping[str, Any]) -> None:
    for topic, row in topics.items():
        for sign, name in (
            ("+", "gained"),
            ("-", "lost"),
            ("missed", "missed"),
            ("false", "false"),
        ):
            articles = row.get(name, [])
            for each in articles[:_SHOWN]:
                reason = f" ({each['reason']})" if each.get("reason") else ""
                shown = f"[{each['lang'] or '?'}] {each['id']}: {each['title']}{reason}"
                click.echo(f"{sign} {topic} {shown}")
            if len(articles) > _SHOWN:
                click.echo(f"{sign} {topic}: {len(articles) - _SHOWN} more; --json has them all")
