"""`monitor check`: the configuration checked, and its topics tried on examples and articles."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import click
from ruamel.yaml import YAML

from monitor.cli.access import configuration, no_new_database
from monitor.cli.output import progress_bar
from monitor.errors import ConfigError, StoreError, StoreMissingError
from monitor.text.counts import counted

if TYPE_CHECKING:
    from monitor.cli import CliOptions
    from monitor.config.load import Config


_STORED = 10_000  # stored articles on which topics are tried, the latest
_LATER = "later reports of a story come as messages of their own"
_BOT = f"{_LATER} (a bot token would thread them)"
_NOTES = {
    "slack-webhook": f"an incoming webhook knows no threads and no edits; {_BOT}",
    "apprise": f"Apprise knows no threads and no edits; {_LATER}",
}
_NO_APPRISE = "can send nothing yet: pip install 'monitor-desk[apprise]'"


def _try(config: Config) -> None:
    """Try topics on their examples, and warn of topics that can never hit or that hit too much.

    Raises ConfigError for failing examples.
    """
    from monitor.backtest.articles import stored_article, text_article
    from monitor.config.check_topics import ExampleCheck
    from monitor.store.queries.reader import Reader

    with progress_bar("Compiling topics", "steps") as progress:
        trial = ExampleCheck(config, text_article, progress)
    if failing := trial.failing_examples():
        raise ConfigError(failing)
    stored: list[dict[str, Any]] = []
    try:
        with Reader(config.database) as reader:
            stored = reader.texts(limit=_STORED)
    except StoreMissingError:
        pass
    except StoreError as error:
        click.echo(f"warning: topics were not tried on stored articles: {error}", err=True)
    for warning in trial.warnings(stored, stored_article):
        click.echo(f"warning: {warning}", err=True)


@click.command(epilog="\b\nExamples:\n  monitor check\n  monitor --config new.yaml check --show")
@click.option("--show", is_flag=True, help="Print the effective configuration, secrets masked.")
@click.pass_obj
def check(options: CliOptions, *, show: bool) -> None:
    """Check the configuration, and report every mistake with file, line and column.

    Topics are tried on their examples. Warnings name the topics that can never match, or that hit
    more than 5 % of the stored articles.
    """
    config = configuration(options)
    if show:
        yaml = YAML()
        yaml.default_flow_style = False
        yaml.dump({**config.shown, "database": str(config.database)}, sys.stdout)
        return

    sizes = {"feed": config.feeds, "topic": config.topics, "channel": config.channels}
    counts = ", ".join(counted(len(values), what) for what, values in sizes.items())
    _try(config)
    if why := no_new_database(config):
        click.echo(f"warning: {why}", err=True)
    for secret in config.unresolved:
        click.echo(f"warning: {secret}: needed to send and to fetch only", err=True)

    examples = f", {counted(len(config.examples), 'example')}" if config.examples else ""
    click.echo(f"{config.path}: {counts}{examples}; no mistakes")
    for name, channel in config.channels.items():
        if note := _NOTES.get(channel.type):
            click.echo(f"channel {name}: {note}")
        if channel.type == "apprise" and not find_spec("apprise"):
            click.echo(f"warning: channel {name} {_NO_APPRISE}", err=True)
