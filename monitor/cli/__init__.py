"""The `monitor` command: options of all commands, exit codes, and the list of commands.

Each command stands in a module of its own, which is imported when the command is called: a command
that only reads the database starts without spaCy, pydantic or aiohttp.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import click

from monitor import __version__
from monitor.errors import ConfigError, MonitorError
from monitor.service import journal

# command: (module, line in `monitor --help`), so that help imports no command
_COMMANDS = {
    "run": ("run", "Poll feeds and send alerts, as a service or once."),
    "demo": ("demo", "Show the whole path on sample feeds, without a network."),
    "check": ("check", "Check and show the configuration."),
    "hits": ("hits", "List hits and near misses."),
    "show": ("hits", "Show an article with its matches, story and alerts."),
    "stories": ("stories", "List and show stories."),
    "topics": ("topics", "List topics and term sets, propose topics, review wrong hits."),
    "explain": ("explain", "Explain why an article hits a topic, or does not."),
    "backtest": ("backtest", "Try topics on articles of the past."),
    "coverage": ("coverage", "Account for every entry of every feed."),
    "feeds": ("feeds", "List, check, find, add, pause, import and export feeds."),
    "stats": ("stats", "Show volume and precision of topics and channels."),
    "feedback": ("stats", "List and add readers' verdicts on alerts."),
    "alerts": ("alerts", "List alerts, retry failed ones, test channels."),
    "silence": ("silence", "Create, list and expire silences."),
    "web": ("web", "Serve the desk as web pages."),
    "status": ("status", "Show the state of the service; exit code 1 on a problem."),
    "db": ("db", "Back up, verify and prune the database."),
}


@dataclass(frozen=True, slots=True)
class CliOptions:
    """Paths of the configuration and the database given on the command line; None if not given."""

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
        """Print a MonitorError as a message on stderr; exit 2 for a ConfigError, 1 for others."""
        try:
            return super().invoke(ctx)
        except ConfigError as error:
            count = len(error.mistakes)
            mistakes = f"{count} mistake{'s' if count > 1 else ''}"
            _complain(f"{error}\n{mistakes}; nothing was started.")
            ctx.exit(2)
        except MonitorError as error:
            _complain(f"Error: {error}")
            ctx.exit(1)


def _complain(text: str) -> None:
    """Print an error on stderr; in the journal each line is an error, too."""
    click.echo(journal.prefixed(text, "error") if journal.takes_stderr() else text, err=True)


_EPILOG = """\b
Examples:
  monitor demo                           the whole path, without network or Slack
  monitor check                          check config.yaml
  monitor run --once                     poll the feeds and send the alerts that are due
  monitor hits --topic icbm --since 24h  hits of one topic

\b
Exit codes: 0 done, 1 something failed, 2 a mistake in the configuration or command line.
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
    """Poll news feeds, match their articles against topics, and alert once for each story."""
    ctx.obj = CliOptions(config, db)
