"""Every command as a man page (`make man`); the site's list of commands comes from the same values.

    python scripts/manual.py FOLDER          writes FOLDER/monitor.1, FOLDER/monitor-hits.1, …

click-man asks a group for the commands that it has loaded, and here a command is loaded when it is
called. It also leaves out the examples, and troff takes a line with a full stop first as a request.
"""

# ruff: noqa: INP001 - a script
from __future__ import annotations

import re
import sys
import textwrap
from dataclasses import dataclass
from datetime import UTC, datetime
from inspect import cleandoc
from os import environ
from pathlib import Path
from typing import TYPE_CHECKING

import click

from monitor import __version__
from monitor.cli import main

if TYPE_CHECKING:
    from collections.abc import Iterator

Rows = list[tuple[str, str]]
_ENVIRONMENT: Rows = [
    ("MONITOR_CONFIG", "Configuration, where --config is not given."),
    ("MONITOR_DB", "Database, where --db is not given."),
    ("MONITOR_TZ", "Time zone of lists, where --tz is not given: Europe/Berlin."),
    ("NO_COLOR, FORCE_COLOR", "No colours on a terminal; colours in a pipe."),
    ("HTTP_PROXY, HTTPS_PROXY, NO_PROXY", "Proxies of feeds."),
]
_FILES: Rows = [
    ("~/.config/monitor/config.yaml", "The configuration, where ./config.yaml is not there."),
    ("~/.local/state/monitor/monitor.db", "The database."),
    ("~/.cache/monitor", "Compiled topics; may be emptied."),
    ("/etc/monitor/config.yaml", "The configuration of the system's service."),
]
_EXITS: Rows = [
    ("0", "Done."),
    ("1", "Something failed."),
    ("2", "A mistake in the configuration or the command line; nothing was started."),
]


@dataclass(frozen=True, slots=True)
class Entry:
    """What the manual says of one command; `examples` are lines as they are typed."""

    path: str
    usage: str
    summary: str
    text: str
    options: Rows
    commands: Rows
    examples: str


def entries(
    command: click.Command = main, name: str = "monitor", parent: click.Context | None = None
) -> Iterator[Entry]:
    """Yield a command, and then all that are below it."""
    ctx = click.Context(command, info_name=name, parent=parent, **command.context_settings)
    below = subcommands(command, ctx)
    yield _entry(ctx, below)
    for each, subcommand in below.items():
        yield from entries(subcommand, each, ctx)


def subcommands(command: click.Command, ctx: click.Context) -> dict[str, click.Command]:
    """The commands of a group, which loads them only when they are asked for."""
    if not isinstance(command, click.Group):
        return {}
    found = {name: command.get_command(ctx, name) for name in command.list_commands(ctx)}
    return {name: each for name, each in found.items() if each and not each.hidden}


def _entry(ctx: click.Context, below: dict[str, click.Command]) -> Entry:
    command = ctx.command
    options = [each for each in command.get_params(ctx) if isinstance(each, click.Option)]
    records = [each.get_help_record(ctx) for each in options]
    paragraphs = cleandoc(command.help or "").replace("\b\n", "")
    return Entry(
        path=ctx.command_path,
        usage=" ".join(command.collect_usage_pieces(ctx)),
        summary=re.split(r"\.(?=\s|$)", paragraphs, maxsplit=1)[0].replace("\n", " "),
        text=paragraphs,
        options=[record for record in records if record],
        commands=[(name, each.get_short_help_str(200)) for name, each in below.items()],
        examples=_examples(command.epilog or ""),
    )


def _examples(epilog: str) -> str:
    """The lines below `Examples:`; the exit codes that follow at times stand in their own place."""
    found = re.search(r"Examples?:\n(.*?)(?=\n\s*\n|\Z)", epilog, re.DOTALL)
    return textwrap.dedent(found[1]).strip() if found else ""


# ── troff ─────────────────────────────────────────────────────────────────────────────────────


def man_page(entry: Entry, version: str, date: str) -> str:
    """A page for man(1)."""
    name = entry.path.replace(" ", "-")
    parts = [
        f'.TH "{name.upper()}" 1 {date} "monitor {version}" "monitor"',
        f".SH NAME\n{_troff(name)} \\- {_troff(entry.summary)}",
        f".SH SYNOPSIS\n.B {_troff(entry.path)}\n{_troff(entry.usage)}",
        f".SH DESCRIPTION\n{_troff(entry.text)}",
        _list("OPTIONS", entry.options),
        _list("COMMANDS", entry.commands),
        f".SH EXAMPLES\n.nf\n{_troff(entry.examples)}\n.fi" if entry.examples else "",
        _list("EXIT STATUS", _EXITS),
        _list("ENVIRONMENT", [] if " " in entry.path else _ENVIRONMENT),
        _list("FILES", [] if " " in entry.path else _FILES),
        _see_also(entry),
    ]
    return "\n".join(part for part in parts if part) + "\n"


def _troff(text: str) -> str:
    """A text for troff: no letter of it is a request or an escape."""
    escaped = text.replace("\\", "\\e").replace("-", "\\-")
    lines = [f"\\&{line}" if line[:1] in {".", "'"} else line for line in escaped.split("\n")]
    return "\n".join(line or ".PP" for line in lines)


def _list(heading: str, rows: Rows) -> str:
    shown = [f".TP\n.B {_troff(name)}\n{_troff(text)}" for name, text in rows]
    return "\n".join([f".SH {heading}", *shown]) if rows else ""


def _see_also(entry: Entry) -> str:
    """The command above, and those below."""
    above = entry.path.split()[:-1]
    names = ["-".join(above)] if above else []
    names += [f"{entry.path.replace(' ', '-')}-{name}" for name, _ in entry.commands]
    shown = ",\n".join(f".BR {_troff(name)} (1)" for name in names)
    return f".SH SEE ALSO\n{shown.replace('(1),', '(1),')}" if names else ""


def _day() -> str:
    """The day of the pages: that of $SOURCE_DATE_EPOCH, so that a build can be repeated."""
    epoch = environ.get("SOURCE_DATE_EPOCH")
    now = datetime.now(UTC)
    return (datetime.fromtimestamp(int(epoch), UTC) if epoch else now).date().isoformat()


def write_pages(folder: Path) -> None:
    """Write a man page for each command."""
    folder.mkdir(parents=True, exist_ok=True)
    for entry in entries():
        page = man_page(entry, __version__, _day())
        (folder / f"{entry.path.replace(' ', '-')}.1").write_text(page, encoding="utf-8")


if __name__ == "__main__":
    write_pages(Path(sys.argv[1]))
