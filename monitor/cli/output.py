"""Printing of rows, and reading of times, zones and IDs, for all commands.

Light on purpose, so that commands that only read start at once: rich is loaded for a terminal only.
"""

from __future__ import annotations

import codecs
import csv
import json
import re
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta, tzinfo
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar, cast
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import click

from monitor.text.durations import SECONDS

if TYPE_CHECKING:
    from pathlib import Path

    from monitor.cli import CliOptions

Row = dict[str, Any]
Command = TypeVar("Command", bound=Callable[..., Any])
_WIDEST = 20  # characters of a column that is neither `wide` nor `whole`
_LONGEST = 99  # characters of a column that is `whole`
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")  # begins a formula
_NO_COLOURS: Mapping[str, str] = {}
_PATIENCE = 0.5  # seconds before a progress bar appears
ROW_ID = click.IntRange(1, 2**63 - 1)  # the IDs that SQLite gives


def database(options: CliOptions) -> Path:
    """Path of the database, by command line, environment or configuration."""
    from monitor.config.paths import database_path

    return database_path(options.database, options.config)


class Since(click.ParamType[datetime]):
    """A time: `24h` or `7d` before now, or ISO 8601, in UTC unless it names an offset."""

    name = "time"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        """Read a time as an aware datetime in UTC."""
        if isinstance(value, datetime):
            return value
        try:
            if found := re.fullmatch(r"(\d+)([smhdw])", value):
                return datetime.now(UTC) - timedelta(seconds=int(found[1]) * SECONDS[found[2]])
            at = datetime.fromisoformat(value)
            return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
        except (ValueError, OverflowError):
            self.fail(f"{value!r}: expected 24h, 7d, 2024-10-31 or 2024-10-31T18:00", param, ctx)


class Zone(click.ParamType[tzinfo]):
    """A time zone by its IANA name."""

    name = "zone"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tzinfo:
        """Read the name of a zone."""
        try:
            return value if isinstance(value, tzinfo) else ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            self.fail(f"{value!r}: expected a zone such as Europe/Berlin or Asia/Seoul", param, ctx)


def local(at: str | None, zone: tzinfo) -> str:
    """A stored ISO 8601 time in a zone, to the minute; "" for None."""
    return datetime.fromisoformat(at).astimezone(zone).strftime("%Y-%m-%d %H:%M") if at else ""


def iso(at: datetime | None) -> str | None:
    """A UTC time as the JSON of commands has it: `2024-10-31T18:00:00Z`."""
    return at.strftime("%Y-%m-%dT%H:%M:%SZ") if at else None


def format_options(*, lines: bool = False) -> Callable[[Command], Command]:
    """Decorator that adds --json, and with `lines` also --nl and --csv, as the parameter `form`."""

    def add(command: Command) -> Command:
        if lines:
            command = click.option("--csv", "form", flag_value="csv", help="Print CSV.")(command)
            command = click.option(
                "--nl", "form", flag_value="nl", help="Print one JSON object a line."
            )(command)
        return click.option("--json", "form", flag_value="json", help="Print JSON.")(command)

    return add


def list_options(
    *, limit: int | None = 50, zone_of: str = "the table", lines: bool = False
) -> Callable[[Command], Command]:
    """Decorator that adds --limit, --tz and the format options, and passes the CliOptions.

    `limit` is the default of --limit, None for a command without. A group with a subcommand is not
    called itself.
    """
    zone = click.option(
        "--tz", type=Zone(), default="UTC", show_default=True, help=f"Time zone of {zone_of}."
    )
    most = click.option(
        "--limit", default=limit, show_default=True, type=click.IntRange(1), help="At most."
    )

    def add(command: Command) -> Command:
        @wraps(command)
        def listed(**parameters: Any) -> None:
            ctx = click.get_current_context()
            if ctx.invoked_subcommand:
                _refuse_options(ctx)
            else:
                command(ctx.obj, **parameters)

        with_zone = zone(format_options(lines=lines)(listed))
        return cast("Command", with_zone if limit is None else most(with_zone))

    return add


def _refuse_options(ctx: click.Context) -> None:
    """Refuse options of a list that stand before a subcommand, which would ignore them."""
    given = [
        f"--{name}"
        for name in ctx.params
        if ctx.get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE
    ]
    if given:
        option = given[0].replace("--form", "--json")
        raise click.UsageError(f"{option} goes with the list, not before a subcommand", ctx)


def as_json(value: Any, indent: int | None = None) -> str:
    """A value as JSON, with escapes for letters where stdout cannot show them all."""
    shows_all = codecs.lookup(sys.stdout.encoding or "ascii").name.startswith("utf")
    return json.dumps(value, ensure_ascii=not shows_all, indent=indent, default=_as_text)


def emit_json(value: Any) -> None:
    """Print a value as indented JSON; times are ISO 8601."""
    click.echo(as_json(value, indent=2))


def _as_text(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def emit(rows: Sequence[Row], names: Sequence[str], form: str) -> None:
    """Print rows as `json`, `nl` (one JSON object a line) or `csv` with the columns `names`."""
    if form == "json":
        emit_json(rows)
    elif form == "nl":
        for row in rows:
            click.echo(as_json(row))
    else:
        writer = csv.DictWriter(sys.stdout, names, lineterminator="\n")
        writer.writeheader()
        for row in rows:
            writer.writerow({name: _cell(value) for name, value in row.items()})


def _cell(value: Any) -> Any:
    """A value for CSV: a list joined, and a text that a spreadsheet would compute made harmless.

    The apostrophe before it is the advice of OWASP (CSV Injection).
    """
    text = "; ".join(value) if isinstance(value, list) else value
    return f"'{text}" if isinstance(text, str) and text.startswith(_FORMULA) else text


@contextmanager
def progress_bar(verb: str, things: str) -> Iterator[Callable[[int, int], None]]:
    """Yield a function of (done, total) that draws a progress bar on a terminal, after 0.5 s."""
    if not sys.stderr.isatty():
        yield lambda *_: None
        return
    with ExitStack() as stack:
        started = time.monotonic()
        show: Callable[[int, int], None] | None = None

        def progress(done: int, total: int) -> None:
            nonlocal show
            if show is None and time.monotonic() - started > _PATIENCE:
                show = stack.enter_context(_bar(verb, things))
            if show:
                show(done, total)

        yield progress


@contextmanager
def _bar(verb: str, things: str) -> Iterator[Callable[[int, int], None]]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (TextColumn(verb), BarColumn(), MofNCompleteColumn(), TextColumn(things))
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def table(
    columns: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    wide: str | Sequence[str],
    right: Sequence[str] = (),
    whole: Sequence[str] = (),
    colours: Mapping[str, str] = _NO_COLOURS,
) -> None:
    """Print a table that fits the terminal, or tab-separated lines into a pipe.

    Columns in `wide` share the room that is left and are cut there; columns in `right` hold
    numbers; columns in `whole` are not cut. `colours` maps the whole text of a cell to its style.
    """
    if not sys.stdout.isatty():
        for line in (columns, *rows):
            click.echo("\t".join(cell.replace("\t", " ") for cell in line))
        return

    wide = [wide] if isinstance(wide, str) else wide
    _draw(columns, rows, wide=wide, right=right, whole=whole, colours=colours)


def _draw(
    columns: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    wide: Sequence[str],
    right: Sequence[str],
    whole: Sequence[str],
    colours: Mapping[str, str],
) -> None:
    """Draw a table with rich: as wide as the terminal, each row on one line."""
    from rich.box import SIMPLE_HEAD
    from rich.cells import cell_len
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    drawn = Table(box=SIMPLE_HEAD, pad_edge=False, expand=True)
    for name, cells in zip(columns, zip(columns, *rows, strict=True), strict=True):
        width = min(max(map(cell_len, cells)), _LONGEST if name in whole else _WIDEST)
        drawn.add_column(
            name,
            justify="right" if name in right else "left",
            no_wrap=True,
            overflow="ellipsis",
            ratio=1 if name in wide else None,
            min_width=None if name in wide else width,
            max_width=None if name in wide else width,
        )
    for row in rows:
        drawn.add_row(*(Text(cell, style=colours.get(cell, "")) for cell in row))
    Console().print(drawn)
