"""`monitor demo`: the real path on sample feeds, from a server on this machine."""

from __future__ import annotations

import logging
import shutil
import time
from contextlib import contextmanager
from datetime import UTC
from importlib.resources import as_file
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import click

from monitor.cli import CliOptions
from monitor.cli.coverage import coverage
from monitor.cli.hits import hits
from monitor.cli.run import describe
from monitor.cli.web import serve_pages
from monitor.config.load import load
from monitor.diagnostics.sample_server import SAMPLE, sample_server
from monitor.errors import InputError
from monitor.service import logs
from monitor.service.clock import utc_now
from monitor.service.loop import run
from monitor.service.once import run_once

if TYPE_CHECKING:
    from collections.abc import Iterator

    from monitor.config.load import Config
    from monitor.diagnostics.sample_server import SampleServer

_ALL = 1_000  # more hits than the samples have
_NEXT = """\
That was the whole path: fetch, parse, match, group into stories, store, alert. Next commands:
  monitor init             write a configuration of your own, where there is none
  monitor check            check the configuration
  monitor run --once       poll its feeds once, alerts on this terminal
  monitor hits --since 1d  list the hits
  monitor demo --web       the same, and then its stories as web pages
Slack: `monitor init` asks for it; docs/slack.md says how to get the token."""


@click.command(epilog="\b\nExamples:\n  monitor demo\n  monitor demo --web\n  monitor demo --keep")
@click.option("--web", is_flag=True, help="At the end, serve its database as web pages.")
@click.option("--port", default=8710, show_default=True, help="Port of --web.")
@click.option(
    "--keep",
    type=click.Path(path_type=Path, file_okay=False),
    is_flag=False,
    flag_value="monitor-demo",
    metavar="[FOLDER]",
    help="Keep its database and configuration in a new folder, ./monitor-demo.",
)
@click.pass_context
def demo(ctx: click.Context, *, web: bool, port: int, keep: Path | None) -> None:
    """Show the whole path on sample feeds, without a network and without Slack.

    Eight invented feeds in five languages are served on this machine and polled three times: first
    all of them; then with new entries, an edited headline and unchanged feeds; then with an update
    of a story that was alerted. The database is temporary, but for --keep.
    """
    logs.configure(logging.ERROR)  # the broken feed is there on purpose
    with (
        _folder(keep) as folder,
        as_file(SAMPLE / "config.yaml") as sample,
        sample_server(utc_now()) as server,
    ):
        database, config_file = folder / "demo.db", folder / "config.yaml"
        shutil.copy(sample, config_file)  # pages may edit it
        config = load(config_file, database)
        _poll_thrice(config, server)
        ctx.obj = CliOptions(config_file, database)
        _heading("4. monitor hits: each article that hit a topic, once")
        ctx.invoke(hits, limit=_ALL, tz=UTC)
        _heading("5. monitor coverage: every entry of every feed, accounted for")
        ctx.invoke(coverage)
        _heading("6. Next")
        click.echo(_NEXT)
        if keep:
            _keep(config_file, server.url)
        if web:
            click.echo()
            run(serve_pages(database, config_file, config.web, "127.0.0.1", port))


@contextmanager
def _folder(keep: Path | None) -> Iterator[Path]:
    """Yield a new folder: the one to keep, or one that is removed. Raises InputError."""
    if keep is None:
        with TemporaryDirectory(prefix="monitor-demo-") as folder:
            yield Path(folder)
        return
    try:
        keep.mkdir(parents=True)
    except FileExistsError as error:
        raise InputError(f"{keep} exists: name a new folder, or remove it") from error
    except OSError as error:
        raise InputError(f"{keep} cannot be made: {error.strerror}") from error
    yield keep


def _keep(config: Path, address: str) -> None:
    """Write the address of the sample feeds into the configuration, and say what is kept."""
    text = config.read_text(encoding="utf-8").replace("${MONITOR_DEMO}", address)
    config.write_text(text, encoding="utf-8")
    click.echo(f"\nKept: monitor --config {config} --db {config.with_name('demo.db')} hits")


def _poll_thrice(config: Config, server: SampleServer) -> None:
    _heading("1. The first poll: what is new and recent comes as one digest")
    click.echo(describe(run(run_once(config))))
    for edition, heading in (
        ("second", "2. Later: new reports, one alert a story; its publishers are counted"),
        ("third", "3. Later still: a figure that grows is news, a reply in the thread (↳)"),
    ):
        server.publish(edition)
        time.sleep(2.2)  # seconds until the feeds are due again
        _heading(heading)
        click.echo(describe(run(run_once(config))))


def _heading(text: str) -> None:
    click.secho(f"\n── {text} " + "─" * max(0, 92 - len(text)) + "\n", bold=True)
