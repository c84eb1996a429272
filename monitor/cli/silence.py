"""`monitor silence`: silences created, listed and expired.

A silence holds back the alerts that meet all of its conditions, until it ends; their hits stay in
the ledger. The name and the idea are those of Prometheus's Alertmanager.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import click

from monitor.alerts.silences import Silence, silenced
from monitor.cli.filters import refuse_unknown
from monitor.cli.output import (
    ROW_ID,
    age,
    database,
    emit,
    emit_json,
    examples,
    format_options,
    iso,
    list_options,
    when,
)
from monitor.cli.table import table
from monitor.errors import ConfigError, StoreError
from monitor.model import AlertItem, Excerpt
from monitor.service.clock import utc_now
from monitor.store.queries.hit_filter import HitFilter
from monitor.store.queries.reader import SILENCE_FIELDS, Reader
from monitor.text.counts import counted
from monitor.text.durations import SECONDS

if TYPE_CHECKING:
    from datetime import tzinfo
    from pathlib import Path

    from monitor.cli import CliOptions

_LOOK_BACK, _LOOKED_AT = timedelta(days=7), 10_000  # time and articles of a dry run
_LONGEST = timedelta(days=366)
_EXAMPLES = """\b
Examples:
  monitor silence add --topic icbm --duration 8h
  monitor silence add --topic icbm --duration 8h --dry-run    what it would have held
  monitor silence add --term parade --publisher TASS --duration 3d --comment "the parade"
  monitor silence list
  monitor silence expire 4
"""


class Duration(click.ParamType[timedelta]):
    """A span of time: `30m`, `8h`, `3d`, `2w`; 366 days at most."""

    name = "duration"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> timedelta:
        """Read a span of time."""
        if isinstance(value, timedelta):
            return value
        found = re.fullmatch(r"(\d{1,6})([mhdw])", value)
        span = timedelta(seconds=int(found[1]) * SECONDS[found[2]]) if found else timedelta()
        if not timedelta() < span <= _LONGEST:
            self.fail(f"{value!r}: expected 30m, 8h, 3d or 2w, and 366d at most", param, ctx)
        return span


@click.group(epilog=_EXAMPLES)
def silence() -> None:
    """Create, list and expire silences.

    A silence holds alerts back for a time. Their hits stay in the ledger, their alerts are kept in
    the state `silenced`.
    """


@silence.command(epilog=_EXAMPLES)
@click.option("--topic", default="", help="Alerts on this topic, by its id.")
@click.option("--term", default="", help="Alerts with these whole words in title or excerpt.")
@click.option("--publisher", default="", help="Alerts on articles of this publisher.")
@click.option("--story", type=click.IntRange(1), help="Alerts on this story, by its ID.")
@click.option("--duration", required=True, type=Duration(), help="Length: 30m, 8h, 3d, 2w.")
@click.option("--comment", default="", help="Reason; repeated in the reminder at the end.")
@click.option("--dry-run", is_flag=True, help="List what it would have held in the last 7 days.")
@format_options()
@click.pass_obj
def add(
    options: CliOptions,
    *,
    topic: str,
    term: str,
    publisher: str,
    story: int | None,
    duration: timedelta,
    comment: str,
    dry_run: bool,
    form: str | None,
) -> None:
    """Create a silence of the alerts that meet all conditions, waiting ones included."""
    from monitor.cli.access import existing_database, login, write

    if not any((topic, term.strip(), publisher.strip(), story)):
        raise click.UsageError("name what to silence: --topic, --term, --publisher or --story")
    if term and not re.search(r"\w", term):
        raise click.UsageError("--term needs a letter or a digit")

    path = existing_database(options)
    if topic:
        _check_topic(options, topic)
    _warn_of_publisher(options, path, publisher.strip())

    now = utc_now()
    new = Silence(
        topic, term.strip(), publisher.strip(), now, now + duration, comment, story or 0, login("")
    )
    if dry_run:
        _preview(path, new, form)
        return
    silence_id = write(path, lambda tx: tx.silences.add(new))
    until = iso(new.ends_at)
    if form:
        emit_json({"id": silence_id, "ends_at": until})
    else:
        click.echo(f"Silence {silence_id} holds until {until}.")


def _preview(path: Path, new: Silence, form: str | None) -> None:
    """List the articles of the last week that a silence would have held back."""
    now = new.starts_at
    with Reader(path) as reader:
        rows = reader.hits(HitFilter(since=now - _LOOK_BACK, limit=_LOOKED_AT))
    reports: dict[int, list[dict[str, Any]]] = {}
    for row in rows:
        reports.setdefault(row["id"], []).append(row)
    held = [each for each in reports.values() if silenced(_item(each), [new], now)]
    if form:
        ids = [report[0]["id"] for report in held]
        emit_json({"dry_run": True, "articles": len(reports), "held": len(held), "ids": ids})
        return
    if held:
        cells = [_held_cells(report, now) for report in held]
        table(["ID", "Age", "Topics", "Publisher", "Title"], cells, wide="Title", right=["ID"])
    articles = f"{len(held)} of {counted(len(reports), 'article')} with a hit in the last 7 days"
    click.echo(f"{articles} would have been held back. Nothing was stored.")


def _item(report: list[dict[str, Any]]) -> AlertItem:
    """A report as alerts have it, of the rows of its hits."""
    first = report[0]
    return AlertItem(
        tuple(row["topic"] for row in report),
        first["title"],
        first["url"],
        first["publisher"],
        datetime.fromisoformat(first["seen_at"]),
        Excerpt(first["excerpt"], ()),
        story=first["story"] or 0,
    )


def _held_cells(report: list[dict[str, Any]], now: datetime) -> list[str]:
    row, topics = report[0], ", ".join(each["topic"] for each in report)
    return [str(row["id"]), age(row["seen_at"], now), topics, row["publisher"], row["title"]]


@silence.command("list", epilog=_EXAMPLES)
@click.option("--all", "everything", is_flag=True, help="Also silences that have ended.")
@list_options(limit=None)
def list_silences(options: CliOptions, *, everything: bool, tz: tzinfo, form: str | None) -> None:
    """List silences, the newest first, each with the number of alerts held back."""
    with Reader(database(options)) as reader:
        rows = reader.silences(None if everything else utc_now())
    if form:
        emit(rows, SILENCE_FIELDS, form)
        return

    columns = ["ID", "Topic", "Term", "Publisher", "Story", "Until", "By", "Held", "Comment"]
    table(columns, [_cells(row, tz) for row in rows], wide="Comment", right=["ID", "Held"])
    if not rows:
        click.echo("There are no silences. `monitor silence add --help` shows how.", err=True)


def _cells(row: dict[str, Any], tz: tzinfo) -> list[str]:
    story = f"{row['story']} {row['story_title'] or ''}".strip() if row["story"] else ""
    return [
        str(row["id"]),
        row["topic"],
        row["term"],
        row["publisher"],
        story,
        when(row["ends_at"], tz, utc_now()),
        row["by"],
        str(row["held"]),
        row["comment"],
    ]


@silence.command(
    epilog=examples(
        "monitor silence expire 4         IDs as `monitor silence list` prints them",
        "monitor silence expire 4 --json",
    )
)
@click.argument("silence_id", metavar="ID", type=ROW_ID)
@format_options()
@click.pass_obj
def expire(options: CliOptions, *, silence_id: int, form: str | None) -> None:
    """Expire a silence now. The alerts that it held back stay silenced."""
    from monitor.cli.access import existing_database, write

    path, now = existing_database(options), utc_now()
    ended = write(path, lambda tx: tx.silences.expire(silence_id, now))
    if not ended:
        advice = "`monitor silence list` shows those in force"
        raise StoreError(f"there is no silence {silence_id} in force; {advice}")
    if form:
        emit_json({"expired": silence_id})
    else:
        click.echo(f"Silence {silence_id} has ended.")


def _warn_of_publisher(options: CliOptions, path: Path, publisher: str) -> None:
    """Warn of a publisher that was not heard of: it may come, or be misspelt."""
    with Reader(path) as reader:
        try:
            refuse_unknown(reader, options, publisher=publisher)
        except click.UsageError as error:
            click.echo(f"warning: {error.message}", err=True)


def _check_topic(options: CliOptions, topic: str) -> None:
    """Refuse a topic that the configuration lacks; without a valid one, any topic is accepted."""
    from monitor.cli.access import check_name, configuration

    try:
        topics = configuration(options).topics
    except ConfigError:
        return
    check_name("topic", topic, [each.id for each in topics])
