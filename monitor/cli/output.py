"""How commands print rows, and read times. Light: rich is loaded for a terminal only."""

from __future__ import annotations

import csv
import json
import re
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta, tzinfo
from typing import TYPE_CHECKING, Any, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import click

if TYPE_CHECKING:
    from pathlib import Path

    from monitor.cli import CliOptions

Row = dict[str, Any]
Command = TypeVar("Command", bound=Callable[..., Any])
_WIDEST = 20  # characters of a column that is not the wide one
_LONGEST = 99  # and of one that is whole
_NO_COLOURS: Mapping[str, str] = {}
_PATIENCE = 0.5  # seconds before a bar is worth showing
_UNITS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}


def database(options: CliOptions) -> Path:
    """Return the database that the command line, the environment or the configuration names."""
    from monitor.config.paths import database_path

    return database_path(options.database, options.config)


class Since(click.ParamType[datetime]):
    """A time: `24h` and `7d` ago, or ISO 8601, UTC where no zone is given."""

    name = "time"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        """Return an aware UTC datetime."""
        if isinstance(value, datetime):
            return value
        try:
            if found := re.fullmatch(r"(\d+)([smhdw])", value):
                return datetime.now(UTC) - timedelta(seconds=int(found[1]) * _UNITS[found[2]])
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
        """Return the zone."""
        try:
            return value if isinstance(value, tzinfo) else ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            self.fail(f"{value!r}: expected a zone such as Europe/Berlin or Asia/Seoul", param, ctx)


def counted(count: int, what: str) -> str:
    """Return `1 feed`, `2 feeds`, `2 entries`, `2 misses`."""
    if count == 1:
        return f"1 {what}"
    if what.endswith("y"):
        return f"{count} {what[:-1]}ies"
    return f"{count} {what}{'es' if what.endswith('s') else 's'}"


def local(at: str | None, zone: tzinfo) -> str:
    """Return a stored ISO time in a zone, to the minute."""
    return datetime.fromisoformat(at).astimezone(zone).strftime("%Y-%m-%d %H:%M") if at else ""


def format_options(*, lines: bool = False) -> Callable[[Command], Command]:
    """Add --json, and with `lines` --nl and --csv."""

    def add(command: Command) -> Command:
        if lines:
            command = click.option("--csv", "form", flag_value="csv", help="Print CSV.")(command)
            command = click.option(
                "--nl", "form", flag_value="nl", help="Print one JSON object a line."
            )(command)
        return click.option("--json", "form", flag_value="json", help="Print JSON.")(command)

    return add


def refuse_options(ctx: click.Context) -> None:
    """Refuse options of the list before a subcommand, which would not heed them."""
    given = [
        f"--{name}"
        for name in ctx.params
        if ctx.get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE
    ]
    if given:
        option = given[0].replace("--form", "--json")
        raise click.UsageError(f"{option} goes with the list, not before a subcommand", ctx)


def emit(rows: Sequence[Row], names: Sequence[str], form: str) -> None:
    """Print rows with these names as `json`, `nl` or `csv`."""
    if form == "json":
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2))
    elif form == "nl":
        for row in rows:
            click.echo(json.dumps(row, ensure_ascii=False))
    else:
        writer = csv.DictWriter(sys.stdout, names, lineterminator="\n")
        writer.writeheader()
        for row in rows:
            joined = {k: "; ".join(v) if isinstance(v, list) else v for k, v in row.items()}
            writer.writerow(joined)


@contextmanager
def progress_bar(verb: str, things: str) -> Iterator[Callable[[int, int], None]]:
    """Yield what shows (done, total): a bar on a terminal if it takes long, nothing elsewhere."""
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

    The column `wide`, or each of them, takes what room is left and is cut there; those in `right`
    hold numbers, those in `whole` are never cut. `colours` are for cells with just these texts.
    """
    wide = [wide] if isinstance(wide, str) else wide
    if not sys.stdout.isatty():
        for line in (columns, *rows):
            click.echo("\t".join(cell.replace("\t", " ") for cell in line))
        return
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
