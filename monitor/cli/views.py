"""`monitor views`: saved views of hits listed and deleted; `monitor hits --save` saves one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from monitor.cli.output import database, emit, emit_json, format_options, list_options, stamp
from monitor.cli.table import table
from monitor.errors import StoreError
from monitor.service.clock import utc_now
from monitor.store.queries.hit_filter import saved_parameters
from monitor.store.queries.reader import Reader
from monitor.text.spelling import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import tzinfo

    from monitor.cli import CliOptions

_EXAMPLES = """\b
Examples:
  monitor hits --topic kursk --since 7d --save "Kursk, a week"
  monitor views list
  monitor hits --view "Kursk, a week"
  monitor views delete "Kursk, a week"
"""


def with_view(options: CliOptions, view: str, given: Mapping[str, str]) -> dict[str, str]:
    """Return the parameters of a view, if one is named, under those that are given.

    Raises UsageError for a name that no view has.
    """
    own = {name: value for name, value in given.items() if value}
    if not view:
        return own
    with Reader(database(options)) as reader:
        views = {row["name"]: row["query"] for row in reader.saved_views()}
    by_folded = {name.casefold(): query for name, query in views.items()}
    if view.casefold() not in by_folded:
        there_are = f"there are: {', '.join(views)}" if views else "there is none yet: --save NAME"
        hint = did_you_mean(view, views, otherwise=there_are)
        raise click.UsageError(f"there is no saved view `{view}`{hint}")
    return {**by_folded[view.casefold()], **own}


def save_view(options: CliOptions, name: str, parameters: Mapping[str, str]) -> None:
    """Save a search under a name, in place of a view of the same name."""
    from monitor.cli.access import existing_database, login, write

    path, now = existing_database(options), utc_now()
    kept = saved_parameters(parameters)
    saved = write(path, lambda tx: tx.saved_views.save(name, kept, login(""), now))
    click.echo(f"Saved as the view {saved!r}.", err=True)


@click.group(epilog=_EXAMPLES)
def views() -> None:
    """List and delete saved views: searches of hits that have a name.

    Everybody who uses the database has them; the page Search shows them, too.
    """


@views.command("list", epilog=_EXAMPLES)
@list_options(limit=None)
def list_views(options: CliOptions, *, tz: tzinfo, form: str | None) -> None:
    """List saved views by name."""
    with Reader(database(options)) as reader:
        rows = reader.saved_views()
    if form:
        emit(rows, ["name", "query", "by", "saved_at"], form)
        return
    cells = [
        [row["name"], _in_words(row["query"]), row["by"], stamp(row["saved_at"], tz)]
        for row in rows
    ]
    table(["Name", "Search", "By", "Saved"], cells, wide="Search")
    if not rows:
        click.echo("There are no saved views. `monitor hits --save NAME` makes one.", err=True)


def _in_words(query: Mapping[str, str]) -> str:
    return ", ".join(value if name == "q" else f"{name} {value}" for name, value in query.items())


@views.command(epilog=_EXAMPLES)
@click.argument("name")
@format_options()
@click.pass_obj
def delete(options: CliOptions, *, name: str, form: str | None) -> None:
    """Delete a saved view."""
    from monitor.cli.access import existing_database, write

    path = existing_database(options)
    if not write(path, lambda tx: tx.saved_views.delete(name)):
        raise StoreError(f"there is no saved view {name!r}: `monitor views list` shows them")
    if form:
        emit_json({"deleted": name})
    else:
        click.echo(f"The view {name!r} is deleted.")
