"""`monitor feeds`: feeds listed with their state, and one feed fetched to check it.

The subcommands that edit the feeds of the configuration are in `feeds_edit`, the list of feeds to
choose from in `feeds_suggest`.
"""

from __future__ import annotations

import sys
from collections import Counter
from shutil import get_terminal_size
from typing import TYPE_CHECKING, Any

import click

from monitor.cli.output import (
    ListGroup,
    database,
    emit,
    emit_json,
    iso,
    list_options,
    local,
    progress_bar,
    stamp,
    when,
)
from monitor.cli.table import table
from monitor.errors import PollError
from monitor.service.clock import utc_now
from monitor.service.loop import run
from monitor.store.queries.reader import FEED_FIELDS, Reader
from monitor.text.counts import counted, sparkline
from monitor.text.spelling import did_you_mean

if TYPE_CHECKING:
    from datetime import tzinfo

    from monitor.cli import CliOptions
    from monitor.diagnostics.probe import TriedFeed
    from monitor.model import Feed, Match, MatchedArticle, Scan

_EXAMPLES = """\b
Examples:
  monitor feeds                                 every feed with its state
  monitor feeds --failing                       feeds that need a person: since when, and why
  monitor feeds check https://news.example/rss  entries and hits of a feed, nothing stored
  monitor feeds discover https://news.example/  feeds that a site names
  monitor feeds suggest --region korea,iran     feeds to choose from, by region
  monitor feeds add https://news.example/rss    add a feed to config.yaml
"""


class _Feeds(ListGroup):
    """The subcommands; those about the list of feeds are imported when they are needed."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [*super().list_commands(ctx), *_edit_commands()]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        return super().get_command(ctx, cmd_name) or _edit_commands().get(cmd_name)


def _edit_commands() -> dict[str, click.Command]:
    from monitor.cli.feeds_edit import COMMANDS
    from monitor.cli.feeds_suggest import suggest

    return {**COMMANDS, "suggest": suggest}


@click.group(cls=_Feeds, invoke_without_command=True, epilog=_EXAMPLES)
@click.option("--failing", is_flag=True, help="Only feeds that need a person.")
@list_options(limit=None)
def feeds(options: CliOptions, *, failing: bool, tz: tzinfo, form: str | None) -> None:
    """List feeds with their state; check, find and edit feeds.

    States: ok, new (not polled yet), failing, poisonous (froze a parser), blocked (a page or a bot
    wall in its place, or no entry), empty, stale (silent against its own usual rate), gapped
    (entries may have been missed in the last week, or the last answer was cut off), closed (by its
    publisher; polled no more), off (disabled, or not in the configuration). Bars are new entries a
    day, today last.
    """
    with Reader(database(options)) as reader:
        rows = reader.feeds(utc_now(), unhealthy=failing)
    if form:
        emit([_plain(row) for row in rows] if form == "csv" else rows, FEED_FIELDS, form)
        return

    shown = rows[:_SCREENFUL] if sys.stdout.isatty() else rows
    cells = [_cells(row, tz, *_shape()) for row in shown]
    columns = ["Feed", "State", "Last weeks", "Next try", "Why"]
    whole, links = ["Last weeks"], [row["url"] for row in shown]
    table(columns, cells, wide=["Feed", "Why"], whole=whole, colours=_COLOURS, links=links)
    if len(shown) < len(rows):
        advice = "--failing lists what needs a person, a pipe has all"
        click.echo(f"and {len(rows) - len(shown)} more: {advice}", err=True)
    if not rows:
        click.echo("No feed needs a person." if failing else "No feeds yet.", err=True)


_COLOURS = {
    **dict.fromkeys(("failing", "poisonous", "blocked", "closed"), "red"),
    **dict.fromkeys(("empty", "stale", "gapped"), "yellow"),
    **dict.fromkeys(("off", "new"), "dim"),
    "ok": "green",
}


def _shape() -> tuple[int, int]:
    """Days of the bars, and offset at which times are shown: on a terminal without the year."""
    if not sys.stdout.isatty():
        return 28, 0
    return (28 if get_terminal_size().columns >= _ROOMY else 14), len("2024-")


_ROOMY = 110  # characters of a line from which bars have four weeks
_SCREENFUL = 1_000  # rows drawn on a terminal; more take seconds


def _cells(row: dict[str, Any], tz: tzinfo, days: int, begin: int) -> list[str]:
    bars = sparkline(row["news"][-days:])
    since = f", since {local(row['since'], tz)[begin:]}" if row["since"] else ""
    return [
        row["title"],
        row["state"],
        bars,
        when(row["next_at"], tz, utc_now()),
        row["reason"] + since,
    ]


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, "news": " ".join(map(str, row["news"]))}


_CHECK_EXAMPLES = """\b
Examples:
  monitor feeds check https://news.example/rss
  monitor feeds check "Pacific Wire"                a feed of the configuration, by its title
  monitor feeds check http://10.0.0.7/rss --allow-private
  monitor feeds check --all                         every feed of the configuration: which answer
"""
_TRIED_FIELDS = ("title", "url", "ok", "entries", "error", "advice")
_ENTRY_FIELDS = (
    "published_at", "date_doubt", "title", "url", "publisher", "lang", "hits", "near_misses",
)  # fmt: skip


@feeds.command(epilog=_CHECK_EXAMPLES)
@click.argument("url", required=False)
@click.option("--all", "everything", is_flag=True, help="Check every feed of the configuration.")
@click.option("--allow-private", is_flag=True, help="Allow private addresses.")
@list_options(limit=None)
def check(
    options: CliOptions,
    *,
    url: str | None,
    everything: bool,
    allow_private: bool,
    tz: tzinfo,
    form: str | None,
) -> None:
    """Check a feed: fetch it now, and show its entries and their matches. Nothing is stored.

    URL is any address, or the address or title of a feed of the configuration, which is fetched
    with its settings. The exit code is 1 if the feed, or with --all any feed, cannot be read.
    """
    if everything is bool(url):
        raise click.UsageError("name a URL, or check every feed with --all")
    if url is None:
        _check_all(options, form)
        return
    feed, scan = _scan(options, url, allow_private=allow_private)
    if form == "json":
        emit_json(_report(feed, scan))
    elif form:
        emit([_entry(each) for each in scan.scanned], _ENTRY_FIELDS, form)
    else:
        _print_check(feed, scan, tz)


def _print_check(feed: Feed, scan: Scan, tz: tzinfo) -> None:

    click.echo(_heading(feed, scan))
    rows = [_entry_cells(each, tz) for each in scan.scanned]
    table(["Published", "Topics", "Title", "Link"], rows, wide=["Title", "Topics"], below="Link")
    for reason, count in Counter(each.reason for each in scan.unread).items():
        click.echo(f"Unread: {counted(count, 'entry')}: {reason}")
    for article in (each.article for each in scan.scanned if each.article.date_doubt):
        click.echo(f"{article.title}: {article.date_doubt}")


def _check_all(options: CliOptions, form: str | None) -> None:
    from monitor.cli.access import configuration
    from monitor.diagnostics import probe

    config = configuration(options, "feeds")
    with progress_bar("Checking", "feeds") as progress:
        tried = run(probe.try_feeds(config, progress))
    rows = sorted(map(_tried_row, tried), key=lambda row: bool(row["ok"]))
    wrong = sum(not row["ok"] for row in rows)
    if form:
        emit(rows, _TRIED_FIELDS, form)
    else:
        cells = [
            [row["title"], row["error"] or "ok", str(row["entries"]), row["advice"]] for row in rows
        ]
        columns = ["Feed", "State", "Entries", "What to do"]
        table(columns, cells, wide=["State", "What to do"], right=["Entries"], colours=_COLOURS)
    click.echo(f"{len(rows) - wrong} of {counted(len(rows), 'feed')} can be read", err=True)
    click.get_current_context().exit(1 if wrong else 0)


def _tried_row(tried: TriedFeed) -> dict[str, Any]:
    from monitor.diagnostics.probe import feed_advice

    error = tried.error
    return {
        "title": tried.feed.title or tried.feed.url,
        "url": tried.feed.url,
        "ok": error is None,
        "entries": tried.entries,
        "error": str(error) if error else "",
        "advice": feed_advice(error) if error else "",
    }


def _scan(options: CliOptions, url: str, *, allow_private: bool) -> tuple[Feed, Scan]:
    from monitor.cli.access import configuration
    from monitor.diagnostics import probe

    config = configuration(options, "feeds")
    feed = probe.chosen_feed(config.feeds, url, allow_private=allow_private)
    if feed is None:
        hint = did_you_mean(url, [feed.title for feed in config.feeds])
        message = f"`{url}` is neither an http or https address nor a feed's title{hint}"
        raise click.UsageError(message)

    try:
        return feed, run(probe.try_feed(config, feed))
    except PollError as error:
        message = f"{feed.url} cannot be read: {error}\n{probe.feed_advice(error)}"
        raise click.ClickException(message) from error


def _heading(feed: Feed, scan: Scan) -> str:
    matches = [match for each in scan.scanned for match in each.matches]
    hits = sum(match.is_hit for match in matches)
    entries = counted(len(scan.scanned) + len(scan.unread), "entry")
    near_misses = counted(len(matches) - hits, "near miss")
    counts = f"{entries}, {counted(hits, 'hit')}, {near_misses}, {len(scan.unread)} unread"

    title, lang = scan.title or "Without a title", scan.lang or "no language"
    known = "a feed of the configuration" if feed.title else "not in the configuration"
    return f"{title} ({lang}), {known}: {counts}. Nothing was stored."


def _entry_cells(scanned: MatchedArticle, tz: tzinfo) -> list[str]:
    article = scanned.article
    published = stamp(iso(article.published_at), tz)
    matches = "; ".join(map(_match, scanned.matches))
    return [published, matches, article.title, article.link]


def _match(match: Match) -> str:
    return match.topic if match.is_hit else f"nearly {match.topic} ({match.reason})"


def _report(feed: Feed, scan: Scan) -> dict[str, Any]:
    return {
        "url": feed.url,
        "configured": bool(feed.title),
        "title": scan.title,
        "lang": scan.lang,
        "entries": [_entry(each) for each in scan.scanned],
        "unread": [each.reason for each in scan.unread],
    }


def _entry(scanned: MatchedArticle) -> dict[str, Any]:
    article, matches = scanned.article, scanned.matches
    return {
        "published_at": iso(article.published_at),
        "date_doubt": article.date_doubt,
        "title": article.title,
        "url": article.link,
        "publisher": article.publisher,
        "lang": article.lang,
        "hits": [match.topic for match in matches if match.is_hit],
        "near_misses": {match.topic: match.reason for match in matches if not match.is_hit},
    }
