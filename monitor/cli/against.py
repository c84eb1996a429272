"""`monitor coverage --against gdelt`: outlets that had the topics' news and are not polled."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from monitor.cli.output import emit, emit_json, iso, progress_bar
from monitor.cli.table import table
from monitor.text.counts import counted

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from monitor.cli import CliOptions
    from monitor.config.load import Config
    from monitor.diagnostics.unpolled import Outlet, Search, SeenTopic

Row = dict[str, Any]
_FIELDS = (
    "topic", "outlet", "country", "langs", "articles", "headline", "seen_at", "url",
)  # fmt: skip
_SHOWN = 20  # outlets of a topic in the table


def against(
    options: CliOptions,
    period: tuple[datetime, datetime],
    form: str | None,
    *,
    topics: Sequence[str],
    query: str,
    api: str,
) -> None:
    """Ask GDELT, and print outlets by topic. Raises ClickException if it was asked no further."""
    from monitor.cli.access import configuration
    from monitor.diagnostics.unpolled import against_gdelt
    from monitor.service.loop import run

    config = configuration(options)
    queries = _queries(config, topics, query)
    search = _search(period, api)
    with progress_bar("Asking GDELT", "queries") as progress:
        reports, stopped = run(against_gdelt(config, queries, search, progress))
    if form == "json":
        emit_json(_report(reports, search, stopped))
    elif form:
        emit([row for report in reports for row in _rows(report)], _FIELDS, form)
    else:
        for report in reports:
            _show(report)
    for each in (text for report in reports for text in report.refused):
        click.echo(each, err=True)
    if stopped:
        raise click.ClickException(stopped)


def _queries(config: Config, names: Sequence[str], query: str) -> dict[str, list[str]]:
    """Queries of the topics, those that were named or all."""
    from monitor.cli.access import check_name
    from monitor.diagnostics.gdelt_query import queries_for

    known = {topic.id: topic for topic in config.topics}
    for name in names:
        check_name("topic", name, known)
    if query and len(names) != 1:
        raise click.UsageError("--query goes with one --topic")
    if query:
        return {names[0]: [query]}
    found = {name: queries_for(known[name], config.sets) for name in names or known}
    for name in (name for name, queries in found.items() if not queries):
        click.echo(f"{name} has no English word to ask for: give it a --query", err=True)
    return {name: queries for name, queries in found.items() if queries}


def _search(period: tuple[datetime, datetime], api: str) -> Search:
    from monitor.diagnostics.gdelt import ADDRESS, WINDOW
    from monitor.diagnostics.unpolled import Search

    since, until = period
    if until - since > WINDOW:
        raise click.UsageError(f"GDELT searches {WINDOW.days} days at most: give a later --since")
    return Search(api or ADDRESS, since, until, allow_private=bool(api))


def _show(report: SeenTopic) -> None:
    seen = f"GDELT saw {counted(report.seen, 'article')}, {report.hits} with a title that hits"
    cut = "; more than an answer holds: --since 24h sees more of them" if report.cut else ""
    shown = report.outlets[:_SHOWN]
    click.echo(f"{report.topic}: {seen}{cut}. {counted(len(report.outlets), 'outlet')} not polled")
    if shown:
        columns = ["Outlet", "From", "Lang", "Articles", "Newest headline", "Link"]
        cells = [_cells(outlet) for outlet in shown]
        table(columns, cells, wide=["Newest headline", "Outlet"], right=["Articles"], below="Link")
    if len(shown) < len(report.outlets):
        click.echo(f"and {len(report.outlets) - len(shown)} more: --csv and --json have all")
    click.echo()


def _cells(outlet: Outlet) -> list[str]:
    row = _row(outlet)
    langs = ", ".join(row["langs"])
    count = str(row["articles"])
    return [row["outlet"], row["country"], langs, count, row["headline"], row["url"]]


def _rows(report: SeenTopic) -> list[Row]:
    return [{"topic": report.topic, **_row(outlet)} for outlet in report.outlets]


def _row(outlet: Outlet) -> Row:
    newest = outlet.articles[0]
    return {
        "outlet": outlet.host,
        "country": newest.country,
        "langs": list(dict.fromkeys(each.lang for each in outlet.articles if each.lang)),
        "articles": len(outlet.articles),
        "headline": newest.title,
        "seen_at": iso(newest.seen_at),
        "url": newest.url,
    }


def _report(reports: list[SeenTopic], search: Search, stopped: str) -> Row:
    return {
        "against": "gdelt",
        "since": iso(search.since),
        "topics": [_topic(report) for report in reports],
        "stopped": stopped,
    }


def _topic(report: SeenTopic) -> Row:
    return {
        "topic": report.topic,
        "queries": list(report.queries),
        "refused": list(report.refused),
        "seen": report.seen,
        "hits": report.hits,
        "outlets": [_row(outlet) for outlet in report.outlets],
    }
