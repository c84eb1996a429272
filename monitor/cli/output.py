"""Printing of rows, times and progress, for all commands.

Light on purpose, so that commands that only read start at once: rich is loaded for a terminal only.
"""

from __future__ import annotations

import codecs
import csv
import io
import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta, tzinfo
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar, cast

import click

from monitor.cli.filters import zone_option
from monitor.cli.list_style import choose, list_style

if TYPE_CHECKING:
    from pathlib import Path

    from monitor.cli import CliOptions

Row = dict[str, Any]
Command = TypeVar("Command", bound=Callable[..., Any])
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")  # begins a formula
_RELATIVE = timedelta(days=14)  # between a time and now; beyond it, a date says more
_PATIENCE = 0.5  # seconds before a progress bar appears
ROW_ID = click.IntRange(1, 2**63 - 1)  # the IDs that SQLite gives


def database(options: CliOptions) -> Path:
    """Path of the database, by command line, environment or configuration."""
    from monitor.config.paths import database_path

    return database_path(options.database, options.config)


def local(at: str | None, zone: tzinfo) -> str:
    """A stored ISO 8601 time in a zone, to the minute; "" for None."""
    return datetime.fromisoformat(at).astimezone(zone).strftime("%Y-%m-%d %H:%M") if at else ""


def stamp(at: str | None, zone: tzinfo) -> str:
    """A stored time for a cell: to the minute for people, ISO 8601 into a pipe; "" for None."""
    if not at or sys.stdout.isatty() or list_style().markdown:
        return local(at, zone)
    return datetime.fromisoformat(at).astimezone(zone).isoformat().replace("+00:00", "Z")


def when(at: str | None, zone: tzinfo, now: datetime) -> str:
    """A stored time for a cell: `3h ago` or `in 12m` on a terminal, else as `stamp`."""
    if not at or not sys.stdout.isatty() or list_style().markdown:
        return stamp(at, zone)
    moment = datetime.fromisoformat(at)
    if abs(now - moment) > _RELATIVE:
        return local(at, zone)
    span = _span(abs((now - moment).total_seconds()))
    return f"{span} ago" if moment <= now else f"in {span}"


def age(at: str, now: datetime) -> str:
    """How long ago a stored ISO 8601 time was: `7m`, `3h`, `12d`."""
    return _span(max(0.0, (now - datetime.fromisoformat(at)).total_seconds()))


def _span(seconds: float) -> str:
    for unit, size in (("d", 86_400), ("h", 3_600)):
        if seconds >= 2 * size or (unit == "h" and seconds >= size):
            return f"{seconds // size:.0f}{unit}"
    return f"{seconds // 60:.0f}m"


def iso(at: datetime | None) -> str | None:
    """A UTC time as the JSON of commands has it: `2024-10-31T18:00:00Z`."""
    return at.strftime("%Y-%m-%dT%H:%M:%SZ") if at else None


def examples(*lines: str) -> str:
    """Return the epilog of a help text: examples, a command and what it does a line."""
    return "\n".join(["\b", "Examples:", *(f"  {line}" for line in lines)])


class ListGroup(click.Group):
    """A list with subcommands: `monitor feeds list` is `monitor feeds`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the arguments without a `list` before them."""
        return super().parse_args(ctx, args[1:] if args[:1] == ["list"] else args)


def format_options(*, lines: bool = False, **more: str) -> Callable[[Command], Command]:
    """Decorator that adds --json, passed as the parameter `form`; with `lines` all forms of lists.

    --md and --no-headers change the style of tables (see `list_style`), and `form` is then None.
    `more` are further forms, with their help.
    """
    forms = (_FORMS if lines else {"json": _FORMS["json"]}) | more

    def add(command: Command) -> Command:
        @wraps(command)
        def formed(*arguments: Any, **parameters: Any) -> Any:  # also when called by another one
            form = parameters.pop("form", None)
            return command(*arguments, form=None if form == "md" else form, **parameters)

        options: Any = _template_options(formed) if lines else formed
        for form, told in reversed(forms.items()):
            options = click.option(
                f"--{form}",
                f"as_{form}",
                flag_value=form,
                help=told,
                expose_value=False,
                callback=_set_form,
            )(options)
        return cast("Command", options)

    return add


_FORMS = {
    "json": "Print JSON.",
    "nl": "Print one JSON object a line.",
    "csv": "Print CSV.",
    "md": "Print tables in Markdown.",
}


def _template_options(command: Command) -> Command:
    template = click.option(
        "--template",
        metavar="TEXT",
        help="Print a line of each row, such as '{{ title }} {{ url }}' (Jinja2).",
        expose_value=False,
        callback=_set_template,
    )
    headers = click.option(
        "--no-headers",
        is_flag=True,
        help="Leave out the names of columns.",
        expose_value=False,
        callback=lambda ctx, _, given: choose(ctx, headers=False) if given else None,
    )
    return template(headers(command))


def _set_form(ctx: click.Context, _: click.Parameter, form: str | None) -> None:
    """Keep the form that was chosen as the parameter `form`. Raises UsageError for a second one."""
    before = ctx.params.setdefault("form", None)
    if form and before:
        raise click.UsageError(f"--{before} or --{form}, not both", ctx)
    ctx.params["form"] = before or form
    if form == "md":
        choose(ctx, markdown=True)


def _set_template(ctx: click.Context, param: click.Parameter, written: str | None) -> None:
    _set_form(ctx, param, written and "template")
    if written:
        from monitor.cli.row_template import renderer

        choose(ctx, render=renderer(written))


def list_options(*, limit: int | None = 50, lines: bool = True) -> Callable[[Command], Command]:
    """Decorator that adds --limit, --tz and the format options, and passes the CliOptions.

    `limit` is the default of --limit, None for a command without. A group with a subcommand is not
    called itself.
    """
    most = click.option(
        "--limit", default=limit, show_default=True, type=click.IntRange(1), help="At most."
    )

    def add(command: Command) -> Command:
        @wraps(command)
        def listed(**parameters: Any) -> None:
            ctx = click.get_current_context()
            if ctx.invoked_subcommand:
                _refuse_options(ctx)
            elif parameters.get("follow") and (
                list_style().markdown or parameters.get("form") in {"json", "csv"}
            ):
                raise click.UsageError("--follow prints lines: plain, --nl or --template", ctx)
            else:
                command(ctx.obj, **parameters)

        with_zone = zone_option(format_options(lines=lines)(listed))
        return cast("Command", with_zone if limit is None else most(with_zone))

    return add


def _refuse_options(ctx: click.Context) -> None:
    """Refuse options of a list that stand before a subcommand, which would ignore them."""
    given = [
        f"--{name}"
        for name in ctx.params
        if ctx.get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE
    ]
    given += [f"--{form}"] if (form := ctx.params.get("form")) else []
    if given:
        raise click.UsageError(f"{given[0]} goes with the list, not before a subcommand", ctx)


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
    """Print rows as `json`, `nl` (one JSON object a line), `csv` with the columns `names`.

    `template` prints the line that --template makes of each row.
    """
    style = list_style()
    if form == "json":
        emit_json(rows)
    elif form == "template" and style.render:
        for row in rows:
            click.echo(style.render(row))
    elif form == "nl":
        for row in rows:
            click.echo(as_json(row))
    else:
        click.echo(csv_text(rows, names, headers=style.headers), nl=False)


def csv_text(rows: Sequence[Row], names: Sequence[str], *, headers: bool = True) -> str:
    """Rows as CSV with the columns `names`."""
    text = io.StringIO()
    writer = csv.DictWriter(text, names, lineterminator="\n")
    if headers:
        writer.writeheader()
    for row in rows:
        writer.writerow({name: _cell(value) for name, value in row.items()})
    return text.getvalue()


def write_output(text: bytes, output: Path | None) -> None:
    """Write a document to a file, to stdout without one. Raises ClickException."""
    if output is None:
        click.echo(text, nl=False)
        return
    try:
        output.write_bytes(text)
    except OSError as error:
        raise click.ClickException(f"{output} cannot be written: {error.strerror}") from error


def _cell(value: Any) -> Any:
    """A value for CSV: a list joined, and a text that a spreadsheet would compute made harmless.

    The apostrophe before it is the advice of OWASP (CSV Injection).
    """
    text = "; ".join(value) if isinstance(value, list) else value
    return f"'{text}" if isinstance(text, str) and text.startswith(_FORMULA) else text


def say_what_is_cut(shown: int, limit: int, things: str, count: Callable[[], int]) -> None:
    """Say on stderr of how many rows a list is a part, where its limit cut it."""
    found = count() if shown == limit else shown
    if found > shown:
        click.echo(f"{shown} of {found:,} {things}: --limit {found} lists all", err=True)


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
            if done >= total:  # cleared before anything is printed
                stack.close()
                show = _nothing

        yield progress


def _nothing(done: int, total: int) -> None:
    """Draw no progress."""
    del done, total


@contextmanager
def _bar(verb: str, things: str) -> Iterator[Callable[[int, int], None]]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (TextColumn(verb), BarColumn(), MofNCompleteColumn(), TextColumn(things))
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
