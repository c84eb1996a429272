"""The `monitor` command: options of all commands, exit codes, and the list of commands.

Each command stands in a module of its own, which is imported when the command is called: a command
that only reads the database starts without spaCy, pydantic or aiohttp.
"""

from __future__ import annotations

import codecs
import errno
import gc
import os
import sys
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from monitor import __version__
from monitor.cli.terminal import colours
from monitor.errors import ConfigError, MonitorError
from monitor.service import journal

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

# Sections of `monitor --help`, from the first day to the last; of each command its module and its
# line, so that help imports no command.
_SECTIONS = {
    "Begin": {
        "demo": ("demo", "Show the whole path on sample feeds, without a network."),
        "init": ("init", "Write a first configuration: topics, feeds, where alerts go."),
        "check": ("check", "Check and show the configuration."),
        "config": ("config", "Get, set and edit settings of the configuration."),
        "doctor": ("doctor", "Look at all that the program needs, and say what to do."),
        "completion": ("completion", "Print what a shell needs to complete commands."),
    },
    "Run": {
        "run": ("run", "Poll feeds and send alerts, as a service or once."),
        "status": ("status", "Show the state of the service; exit code 1 on a problem."),
        "web": ("web", "Serve the desk as web pages."),
        "mcp": ("mcp", "Serve the desk to an agent (Model Context Protocol), read-only."),
        "db": ("db", "Back up, restore, verify and prune the database."),
    },
    "Read": {
        "hits": ("hits", "List hits and near misses."),
        "show": ("hits", "Show an article with its matches, story and alerts."),
        "open": ("open", "Open an article in the browser."),
        "views": ("views", "List and delete saved views of hits."),
        "inbox": ("inbox", "List the stories that wait for a person."),
        "stories": ("stories", "List and show stories; take, close and note them."),
        "timeline": ("timeline", "Show the history of a term set, a topic or words."),
    },
    "Pass on": {
        "brief": ("brief", "Tell what happened, as Markdown, HTML, PDF or a message."),
        "export": ("export", "Export stories as STIX, MISP events, CSV or lines of JSON."),
        "evidence": ("evidence", "Export what is kept of a story, and verify such a bundle."),
    },
    "Topics": {
        "topics": ("topics", "List topics and term sets, propose topics, review wrong hits."),
        "explain": ("explain", "Explain why an article hits a topic, or does not."),
        "backtest": ("backtest", "Try topics on articles of the past."),
        "feedback": ("stats", "List and add readers' verdicts on alerts."),
        "stats": ("stats", "Show volume and precision of topics and channels."),
    },
    "Feeds": {
        "feeds": ("feeds", "List, check, find, add, pause, import and export feeds."),
        "coverage": ("coverage", "Account for every entry of every feed."),
    },
    "Alerts": {
        "alerts": ("alerts", "List alerts, retry failed ones, test channels."),
        "silence": ("silence", "Create, list and expire silences."),
    },
}
_COMMANDS = {name: of for section in _SECTIONS.values() for name, of in section.items()}

_BUILT_IN = frozenset({"open"})  # also names of Python's own: the functions end in _
_BEFORE_COMMAND = frozenset({"--config", "--db"})


_RARELY = (50_000, 20, 50)  # collections of garbage, which would take an eighth of a start


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
        name = f"{cmd_name}_" if cmd_name in _BUILT_IN else cmd_name
        command: click.Command = getattr(module, name)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find a command; the message for an unknown one names those that it resembles."""
        try:
            return super().resolve_command(ctx, args)
        except click.exceptions.NoSuchCommand as error:
            raise click.exceptions.NoSuchCommand(
                error.command_name, possibilities=_COMMANDS, ctx=ctx
            ) from error

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        del ctx
        longest = max(map(len, _COMMANDS))
        for title, commands in _SECTIONS.items():
            with formatter.section(title):
                rows = [(name.ljust(longest), text) for name, (_, text) in commands.items()]
                formatter.write_dl(rows)

    def main(self, args: Sequence[str] | None = None, *more: Any, **extra: Any) -> Any:
        """Run a command; letters that stdout cannot show are replaced, a reader may leave early.

        A full disk is told in a sentence.
        """
        _replace_what_cannot_be_shown()
        if args is None:  # a program of its own, most of whose objects stay
            gc.set_threshold(*_RARELY)
        written = list(map(_as_utf_8, sys.argv[1:]) if args is None else args)
        if written[:1] == ["help"]:
            written = [*written[1:], "--help"]
        try:
            return _flushed(partial(super().main, written, *more, **extra))
        except OSError as error:
            if error.errno not in _FULL:
                raise
            _drop_output()
            _complain(f"Error: cannot write: {error.strerror}")
            sys.exit(1)

    def invoke(self, ctx: click.Context) -> Any:
        """Print a MonitorError as a message on stderr; exit 2 for a ConfigError, 1 for others."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:  # `monitor hits | head`
            ctx.exit(0)
        except click.NoSuchOption as error:
            if error.option_name in _BEFORE_COMMAND:
                name, command = error.option_name, ctx.invoked_subcommand
                message = f"{name} goes before the command: monitor {name} FILE {command} …"
                raise click.UsageError(message, error.ctx) from error
            raise
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


def _replace_what_cannot_be_shown() -> None:
    """Let a terminal or a pipe in another encoding than UTF-8 show `?` for what it lacks.

    ASCII is nobody's choice, but a locale that is not set: a pipe gets UTF-8 then.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            is_ascii = codecs.lookup(stream.encoding).name == "ascii"
            encoding = "utf-8" if is_ascii and not stream.isatty() else stream.encoding
            stream.reconfigure(encoding=encoding, errors="replace")


def _as_utf_8(argument: str) -> str:
    """An argument as it was written, whatever the locale; bytes that are no UTF-8 stay."""
    try:
        return os.fsencode(argument).decode("utf-8")
    except UnicodeError:
        return argument


def _flushed(command: Callable[[], Any]) -> Any:
    """Run a command, and write what is left for stdout, unless its reader has gone."""
    try:
        return command()
    finally:
        try:
            sys.stdout.flush()
        except (BrokenPipeError, ValueError):  # ValueError: it is closed
            _drop_output()


def _drop_output() -> None:
    """Let what is left for stdout, which cannot be written, go nowhere."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})  # a disk, or one's share of it

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
    ctx.color = colours()
