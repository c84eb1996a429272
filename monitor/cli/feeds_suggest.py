"""`monitor feeds suggest`: feeds to choose from, by region, from the shipped catalogue."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from monitor.cli.output import emit, format_options
from monitor.cli.table import table
from monitor.errors import ConfigError
from monitor.text.counts import counted

if TYPE_CHECKING:
    from monitor.cli import CliOptions
    from monitor.feeds.catalogue import SuggestedFeed

Row = dict[str, Any]
_FIELDS = (
    "title", "publisher", "country", "lang", "kind", "state", "regions", "folder", "configured",
    "source", "url",
)  # fmt: skip
_NOT_POLLED = "not polled by us: `monitor feeds check URL` shows whether a feed answers you"
_EXAMPLES = """\b
Regions:
  korea, japan, china-taiwan, ukraine, russia, middle-east, iran, israel,
  africa-sahel (West and Central Africa too), horn (Sudan too), south-asia,
  southeast-asia, europe, balkans, caucasus (Central Asia too),
  latin-america, venezuela, arctic, world-agencies, defence, think-tanks,
  official

\b
Examples:
  monitor feeds suggest --region korea,ukraine,middle-east
  monitor feeds suggest --region iran --lang fa --yaml
  monitor feeds suggest --region horn --opml | monitor feeds import -
"""


def _split(ctx: click.Context, param: click.Parameter, given: tuple[str, ...]) -> list[str]:
    """Names of an option that may be repeated, and take several with commas between."""
    del ctx, param
    names = [name.strip().casefold() for each in given for name in each.split(",")]
    return list(filter(None, names))


@click.command(epilog=_EXAMPLES)
@click.option(
    "--region", "regions", multiple=True, callback=_split, help="Only of these: korea,iran …"
)
@click.option("--lang", "langs", multiple=True, callback=_split, help="Only in these: en,ko …")
@format_options(
    lines=True,
    yaml="Print the new ones as YAML, to paste into the configuration.",
    opml="Print the new ones as OPML, for `monitor feeds import -`.",
)
@click.pass_obj
def suggest(options: CliOptions, *, regions: list[str], langs: list[str], form: str | None) -> None:
    """Suggest feeds to add, by region, from the list that comes with the program.

    The addresses are copied from public lists, and not polled by us: `monitor feeds check URL`
    shows whether a feed answers you. Nothing is fetched or changed.
    """
    rows = _rows(options, regions, langs)
    if form in {"yaml", "opml"}:
        new = [row for row in rows if not row["configured"]]
        click.echo(_yaml(new) if form == "yaml" else _opml(new), nl=False)
    elif form:
        emit(rows, _FIELDS, form)
    else:
        columns = ["Title", "Publisher", "From", "Lang", "Kind", "Known", "Address"]
        table(columns, [_cells(row) for row in rows], wide="Title", below="Address")
    click.echo(f"{counted(len(rows), 'feed')}, {_NOT_POLLED}", err=True)


def _rows(options: CliOptions, regions: list[str], langs: list[str]) -> list[Row]:
    from monitor.cli.access import check_name
    from monitor.config.edit_feeds import address_key
    from monitor.feeds.catalogue import REGIONS, catalogue, suggested

    for name in regions:
        check_name("region", name, REGIONS)
    feeds = catalogue()
    for name in langs:
        check_name("feed in the language", name, sorted({feed.lang for feed in feeds}))

    known = _known(options)
    return [
        _row(feed, REGIONS[region], known=address_key(feed.url) in known)
        for region, feed in suggested(feeds, regions, langs)
    ]


def _known(options: CliOptions) -> set[str]:
    """Address keys of the configured feeds; none before there is a configuration."""
    from monitor.config.edit_feeds import read_feeds
    from monitor.config.paths import config_path

    try:
        path = config_path(options.config)
    except ConfigError:
        return set()
    return set(read_feeds(path).keys)


def _row(feed: SuggestedFeed, folder: str, *, known: bool) -> Row:
    listed: Row = {name: getattr(feed, name, "") for name in _FIELDS}
    return {**listed, "regions": list(feed.regions), "folder": folder, "configured": known}


def _cells(row: Row) -> list[str]:
    kind = f"{row['kind']} (state)" if row["state"] else row["kind"]
    known = "yes" if row["configured"] else ""
    return [row["title"], row["publisher"], row["country"], row["lang"], kind, known, row["url"]]


def _yaml(rows: list[Row]) -> str:
    """Items of the configuration's `feeds`, written as `monitor feeds add` writes them."""
    from monitor.config.change_feeds import ordered
    from monitor.config.edit_feeds import FeedList

    entries = [ordered({**row, "kind": "state" if row["state"] else row["kind"]}) for row in rows]
    written = FeedList(Path("feeds.yaml"), "").added(entries) if entries else "feeds:"
    items = written.partition("feeds:")[2].lstrip("\n")
    return f"  # For `feeds` in config.yaml; {_NOT_POLLED}.\n{items}\n"


def _opml(rows: list[Row]) -> str:
    from monitor.feeds.opml import Outline, write_opml

    outlines = [Outline(row["url"], row["title"], row["folder"], row["lang"]) for row in rows]
    return write_opml(outlines, "Feeds suggested by monitor, not polled by us")
