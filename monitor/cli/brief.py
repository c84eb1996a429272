"""`monitor brief`: what happened in a time, for people who were not there."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from monitor.cli.filters import Since, zone_option
from monitor.cli.output import database, write_output
from monitor.service.clock import utc_now

if TYPE_CHECKING:
    from datetime import datetime, tzinfo

    from monitor.brief.brief import Brief
    from monitor.cli import CliOptions

_EXAMPLES = """\b
Examples:
  monitor brief                                     the last 24 hours, in Markdown
  monitor brief --since 7d --topic kursk            a week of one topic
  monitor brief --format pdf --output brief.pdf     for print
  monitor brief --send desk                         through a channel of the configuration
"""
_PATIENCE = 300.0  # seconds for all drafts


@click.command(epilog=_EXAMPLES)
@click.option("--since", type=Since(), default="24h", show_default=True, help="From then on.")
@click.option("--until", type=Since(), help="Until then  [default: now].")
@click.option("--topic", "topics", multiple=True, help="Only this topic (its id); repeatable.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["md", "html", "pdf"]),
    default="md",
    show_default=True,
    help="Markdown, a page, or PDF (extra `pdf`).",
)
@click.option(
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write to this file.",
)
@click.option("--draft", is_flag=True, help="With drafts of the assistant (`assist`), checked.")
@click.option("--send", metavar="CHANNEL", help="Send it through this channel instead.")
@zone_option
@click.pass_obj
def brief(
    options: CliOptions,
    *,
    since: datetime,
    until: datetime | None,
    topics: tuple[str, ...],
    form: str,
    output: Path | None,
    draft: bool,
    send: str | None,
    tz: tzinfo,
) -> None:
    """Tell what happened: stories by topic, what changed, figures by speaker, reports cited.

    The same time gives the same brief. `briefs` in the configuration sends them by schedule.
    """
    del tz  # the zone of --since and --until
    made = _made(options, topics, since, until or utc_now())
    made = _drafted(options, made) if draft else made
    if send:
        _send(options, made, send)
    elif form == "pdf" and output is None and sys.stdout.isatty():
        raise click.UsageError("a PDF is nothing for a terminal: name a file by --output")
    else:
        write_output(_rendered(made, form), output)


def _made(options: CliOptions, topics: tuple[str, ...], since: datetime, until: datetime) -> Brief:
    from monitor.brief.make import make
    from monitor.cli.access import check_name, configuration

    config = configuration(options)
    for name in topics:
        check_name("topic", name, [topic.id for topic in config.topics])
    if since >= until:
        raise click.UsageError("--until must come after --since")
    chosen = [topic for topic in config.topics if not topics or topic.id in topics]
    return make(database(options), chosen, since, until)


def _drafted(options: CliOptions, made: Brief) -> Brief:
    """The brief with the sentences of the assistant that stand the check."""
    from monitor.cli.access import configuration, existing_database
    from monitor.service.drafts import with_drafts
    from monitor.service.loop import run
    from monitor.store.database import Store

    settings = configuration(options, "assist").assist
    if settings is None:
        raise click.UsageError("--draft needs the section `assist` in the configuration")
    path = existing_database(options)

    async def drafted() -> Brief:
        async with Store(path) as store:
            return await with_drafts(made, settings, store.write, utc_now(), within=_PATIENCE)

    return run(drafted())


def _rendered(made: Brief, form: str) -> bytes:
    if form == "pdf":
        from monitor.brief.pdf import pdf

        return pdf(made)
    if form == "html":
        from monitor.brief.html import html

        return html(made).encode("utf-8", "replace")
    from monitor.brief.markdown import markdown

    return markdown(made).encode("utf-8", "replace")


def _send(options: CliOptions, made: Brief, channel: str) -> None:
    """Put a brief into the outbox, from where the service sends it."""
    from monitor.brief.make import as_notice
    from monitor.cli.access import check_name, configuration, existing_database, write

    check_name("channel", channel, list(configuration(options).channels))
    notice = as_notice(made, "")
    path = existing_database(options)
    if write(path, lambda tx: tx.alerts.add_notice(notice, channel, utc_now())):
        click.echo(f"The brief goes to {channel} as soon as the service sends: `monitor alerts`.")
    else:
        click.echo(f"{channel} has this brief already.")
