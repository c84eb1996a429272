"""`monitor run`."""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
from collections import Counter
from typing import TYPE_CHECKING

import click
import structlog

from monitor.cli.output import progress_bar
from monitor.config.load import load
from monitor.config.paths import config_path
from monitor.errors import MonitorError
from monitor.service import logs
from monitor.service.once import Summary, run_once
from monitor.service.service import serve

if TYPE_CHECKING:
    from monitor.cli import CliOptions

_EXAMPLES = """\b
Examples:
  monitor run                    until it is stopped (SIGTERM or Ctrl-C)
  monitor run --once             poll what is due, send what is due, exit: for cron
  monitor run --once --dry-run   poll and store, but only show what would be sent
"""


@click.command(epilog=_EXAMPLES)
@click.option("--once", is_flag=True, help="Poll and deliver what is due, then exit.")
@click.option("--dry-run", is_flag=True, help="With --once: send nothing, show what would be sent.")
@click.option(
    "--verbose", "-v", is_flag=True, help="With --once: log every poll, not only failures."
)
@click.pass_obj
def run(options: CliOptions, *, once: bool, dry_run: bool, verbose: bool) -> None:
    """Poll feeds and send alerts, for ever or once.

    The exit code of a single run is 1 when alerts could not be sent; feeds that fail are logged,
    shown by `monitor coverage`, and tried again later.
    """
    if dry_run and not once:
        raise click.UsageError("--dry-run goes with --once")
    logs.configure(logging.INFO if verbose or not once else logging.WARNING)
    if not once:
        _serve(options)
        return
    config = load(config_path(options.config), options.database)
    with progress_bar("Polling", "feeds") as progress:
        summary = asyncio.run(run_once(config, dry_run=dry_run, progress=progress))
    click.echo(describe(summary), err=True)
    if summary.failed:
        click.echo("Some alerts failed: `monitor coverage` shows why.", err=True)
        sys.exit(1)


def _serve(options: CliOptions) -> None:
    """Run the service; what ends it against expectation is one event in the log."""
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # until it can be answered
    try:
        asyncio.run(serve(lambda: load(config_path(options.config), options.database)))
    except MonitorError:
        raise
    except Exception:  # noqa: BLE001 - whatever it is, it is told as an event
        structlog.get_logger().exception("crashed")
        sys.exit(1)


def describe(summary: Summary) -> str:
    """Return a single run in one line."""
    outcomes = Counter(polled.outcome for polled in summary.polled)
    articles = sum(polled.articles for polled in summary.polled)
    hits = sum(len(polled.hits) for polled in summary.polled)
    sent = Counter(summary.delivered)
    polls = (
        ", ".join(f"{count} {outcome}" for outcome, count in sorted(outcomes.items())) or "none due"
    )
    line = f"Feeds: {polls}. New articles: {articles}, hits: {hits}. Messages sent: {sent['sent']}"
    return line + (f"; alerts waiting: {summary.waiting}." if summary.waiting else ".")
