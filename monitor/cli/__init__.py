"""The `monitor` command. Each command lives in its own file and is imported when it is used."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import click

from monitor import __version__
from monitor.errors import ConfigError, MonitorError

# command: module, and what `monitor --help` says, so that help needs no import
_COMMANDS = {
    "run": ("run", "Poll feeds and send alerts, for ever or once."),
    "demo": ("demo", "Show the whole path on sample feeds; needs no network."),
    "check": ("check", "Check the configuration, and show it."),
    "hits": ("hits", "List hits, the newest first."),
    "show": ("hits", "Show one article with everything known of it."),
    "stories": ("stories", "List stories, and why their reports belong together."),
    "topics": ("topics", "List topics and term sets; propose new topics."),
    "explain": ("explain", "Say why an article hits a topic, or does not."),
    "backtest": ("backtest", "Try topics on articles of the past."),
    "coverage": ("coverage", "Account for every entry of every feed."),
    "feeds": ("feeds", "List feeds; try, find, add, pause, import and export them."),
    "stats": ("stats", "Say how good each topic is, by what readers said."),
    "feedback": ("stats", "List what readers said of alerts; judge one."),
    "alerts": ("alerts", "List alerts; send failed ones again; test a channel."),
    "silence": ("silence", "Hold alerts back for a time; list and end that."),
    "status": ("status", "Say whether the service runs, and how it does."),
    "db": ("db", "Back up, verify and prune the database."),
}


@dataclass(frozen=True, slots=True)
class CliOptions:
    """The configuration and the database as named on the command line, if they were."""

    config: Path | None
    database: Path | None


class _Commands(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        del ctx
        if cmd_name not in _COMMANDS:
            return None
        module = import_module(f"monitor.cli.{_COMMANDS[cmd_name][0]}")
        command: click.Command = getattr(module, cmd_name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in _COMMANDS.items()])

    def invoke(self, ctx: click.Context) -> Any:
        """Turn errors that are meant for the operator into a message and an exit code."""
        try:
            return super().invoke(ctx)
        except ConfigError as error:
            click.echo(str(error), err=True)
            count = len(error.mistakes)
            click.echo(f"{count} mistake{'s' if count > 1 else ''}; nothing was started.", err=True)
            ctx.exit(2)
        except MonitorError as error:
            click.echo(f"Error: {error}", err=True)
            ctx.exit(1)


_EPILOG = """\b
Examples:
  monitor demo                           see it work, without network or Slack
  monitor check                          check config.yaml
  monitor run --once                     poll what is due, send what is due
  monitor hits --topic icbm --since 24h  what was found

\b
Exit codes: 0 done, 1 something failed, 2 mistaken configuration or command line.
"""


@click.group(
    cls=_Commands, epilog=_EPILOG, context_settings={"help_option_names": ["-h", "--help"]}
)
@click.version_option(__version__, prog_name="monitor")
@click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Configuration [default: $MONITOR_CONFIG, ./config.yaml, ~/.config/monitor/config.yaml].",
)
@click.option(
    "--db",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Database [default: $MONITOR_DB, the configuration's, ~/.local/state/monitor/monitor.db].",
)
@click.pass_context
def main(ctx: click.Context, config: Path | None, db: Path | None) -> None:
    """Watch news feeds for topics, store what hits, and alert once for each story."""
    ctx.obj = CliOptions(config, db)
