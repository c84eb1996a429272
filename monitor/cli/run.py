"""`monitor run`: the service, or one run of it for cron."""

from __future__ import annotations

import logging
import signal
import sys
from collections import Counter
from typing import TYPE_CHECKING

import click

from monitor import cache
from monitor.cli.access import configuration_to_run
from monitor.cli.output import progress_bar
from monitor.config.topic_cache import kept_topics, packed_topics
from monitor.errors import MonitorError
from monitor.scan.processes import run_apart
from monitor.service import logs
from monitor.service.loop import run as run_to_end

if TYPE_CHECKING:
    from collections.abc import Sequence

    from monitor.cli import CliOptions
    from monitor.config.load import Config
    from monitor.matching.terms.termsets import Sets
    from monitor.model import Topic
    from monitor.service.once import Summary

_EXAMPLES = """\b
Examples:
  monitor run                    run the service until SIGTERM or Ctrl-C
  monitor run --once             poll the feeds and send the alerts that are due: for cron
  monitor run --once --dry-run   poll and store, but only print the alerts
"""


@click.command(epilog=_EXAMPLES)
@click.option("--once", is_flag=True, help="Poll and deliver once, then exit.")
@click.option("--dry-run", is_flag=True, help="With --once: print alerts instead of sending them.")
@click.option(
    "--verbose", "-v", is_flag=True, help="Log every poll, also those that brought nothing new."
)
@click.pass_obj
def run(options: CliOptions, *, once: bool, dry_run: bool, verbose: bool) -> None:
    """Poll feeds and send alerts, as a service or once.

    With --once the exit code is 1 if alerts could not be sent. Feeds that fail are logged, listed
    by `monitor coverage`, and polled again later.
    """
    if dry_run and not once:
        raise click.UsageError("--dry-run goes with --once")
    usual = logging.WARNING if once else logging.INFO
    logs.configure(logging.DEBUG if verbose else usual)
    if not once:
        _serve(options)
        return

    from monitor.service.once import run_once

    config = configuration_to_run(options)
    if sys.stderr.isatty():
        _compile(config)
    with progress_bar("Polling", "feeds") as progress:
        summary = run_to_end(run_once(config, dry_run=dry_run, progress=progress))
    click.echo(describe(summary), err=True)
    if summary.failed:
        click.echo("Some alerts failed: `monitor coverage` shows why.", err=True)
        sys.exit(1)


def _compile(config: Config) -> None:
    """Show on a terminal how far topics are compiled, which takes seconds the first time.

    A process of its own compiles: the memory would stay with this one.
    """
    if cache.folder() and not kept_topics(config.topics, config.sets):
        run_apart(_compiled, config.topics, dict(config.sets))


def _compiled(topics: Sequence[Topic], sets: Sets) -> None:
    with progress_bar("Compiling topics", "steps") as progress:
        packed_topics(topics, sets, progress)


def _serve(options: CliOptions) -> None:
    """Run the service; an unexpected error that ends it is the log event `crashed`."""
    from monitor.service.service import serve

    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # until the service installs its own handler
    try:
        if sys.stderr.isatty():
            _compile(configuration_to_run(options))
        run_to_end(serve(lambda: configuration_to_run(options)))
    except MonitorError:
        raise
    except Exception:  # noqa: BLE001 - any unexpected error becomes an event
        import structlog

        structlog.get_logger().exception("crashed")
        sys.exit(1)


def describe(summary: Summary) -> str:
    """A single run in one line: polls by outcome, new articles, those with a hit, messages."""
    outcomes = Counter(poll.outcome for poll in summary.polled)
    polls = ", ".join(f"{count} {outcome}" for outcome, count in sorted(outcomes.items()))
    articles = sum(poll.articles for poll in summary.polled)
    hit = sum(poll.articles_hit for poll in summary.polled)

    sent = Counter(summary.delivered)["sent"]
    waiting = f"; alerts waiting: {summary.waiting}" if summary.waiting else ""
    found = f"New articles: {articles}; articles with a new hit: {hit}"
    return f"Feeds: {polls or 'none due'}. {found}. Messages sent: {sent}{waiting}."
