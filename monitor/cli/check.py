"""`monitor check`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click
from ruamel.yaml import YAML

from monitor.cli.output import counted
from monitor.config.load import load
from monitor.config.places import config_path

if TYPE_CHECKING:
    from monitor.cli import Places


_BOT = "later reports of a story come as messages of their own (a bot token would thread them)"


@click.command(epilog="\b\nExamples:\n  monitor check\n  monitor --config new.yaml check --show")
@click.option("--show", is_flag=True, help="Print the effective configuration, secrets masked.")
@click.pass_obj
def check(places: Places, *, show: bool) -> None:
    """Check the configuration; every mistake is reported, with file, line and column."""
    config = load(config_path(places.config), places.database)
    if show:
        yaml = YAML()
        yaml.default_flow_style = False
        yaml.dump({**config.shown, "database": str(config.database)}, sys.stdout)
        return
    sizes = {"feed": config.feeds, "topic": config.topics, "channel": config.channels}
    counts = ", ".join(counted(len(values), what) for what, values in sizes.items())
    click.echo(f"{config.path}: {counts}; no mistakes")
    for name, channel in config.channels.items():
        if channel.type == "slack-webhook":
            click.echo(f"channel {name}: an incoming webhook knows no threads and no edits; {_BOT}")
