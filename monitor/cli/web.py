"""`monitor web`: the desk in a browser, in a process of its own."""

from __future__ import annotations

import asyncio
import logging
import signal
from typing import TYPE_CHECKING

import click

from monitor.cli.output import database, examples
from monitor.service import logs

if TYPE_CHECKING:
    from pathlib import Path

    from monitor.cli import CliOptions
    from monitor.config.schema import WebSettings

_EXAMPLES = """\b
Examples:
  monitor web                            http://127.0.0.1:8710, until Ctrl-C
  monitor web --port 8000
  monitor web --host 10.0.0.5            needs web.password_file or web.trusted_proxy
  monitor web password > web-password    the hash of a password, for web.password_file
"""


@click.group(invoke_without_command=True, epilog=_EXAMPLES)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to serve on.")
@click.option("--port", default=8710, show_default=True, type=click.IntRange(0, 65_535))
@click.pass_context
def web(ctx: click.Context, *, host: str, port: int) -> None:
    """Serve the desk as web pages: stories, search, feeds, alerts, topics.

    On loopback the pages are open; anywhere else they want a login, which the section `web` of the
    configuration sets up. Pages read the database beside the running service.
    """
    if ctx.invoked_subcommand:
        return
    logs.configure(logging.WARNING)
    options: CliOptions = ctx.obj
    config, settings = _settings(options)
    asyncio.run(serve_pages(database(options), config, settings, host, port))


def _settings(options: CliOptions) -> tuple[Path | None, WebSettings]:
    """Path of the configuration, and its section `web`; defaults where there is no file.

    A file with mistakes is refused: its access rules are not known.
    """
    from monitor.config.load import load
    from monitor.config.paths import config_path
    from monitor.config.schema import WebSettings
    from monitor.errors import ConfigError

    try:
        path = config_path(options.config)
    except ConfigError:
        return None, WebSettings()
    return path, load(path, options.database, {"web"}).web


async def serve_pages(
    path: Path, config: Path | None, settings: WebSettings, host: str, port: int
) -> None:
    """Serve the desk until SIGTERM or Ctrl-C. Raises ConfigError, and MonitorError for its port."""
    from monitor.web.app import serving_desk
    from monitor.web.desk import Desk

    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with serving_desk(Desk(path, config), settings, host, port) as address:
        click.echo(f"The desk is at {address} (Ctrl-C ends it)", err=True)
        await stop.wait()


@web.command(
    epilog=examples(
        "monitor web password > web-password    asks for it twice",
        "sudo monitor web password | sudo tee /etc/monitor/web-password",
    )
)
@click.password_option(help="The password; asked for if it is not given.")
def password(*, password: str) -> None:
    """Print the hash of a password, for the file that `web.password_file` names."""
    from monitor.web.access import hashed

    click.echo(hashed(password))
