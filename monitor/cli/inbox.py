"""`monitor inbox`: the stories that wait for a person."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import click

from monitor.cli.filters import Since
from monitor.cli.gloss import with_gloss
from monitor.cli.output import database, emit, list_options, local
from monitor.cli.table import table
from monitor.service.clock import utc_now
from monitor.store.queries.inbox import INBOX_FIELDS, InboxFilter, InboxReader

if TYPE_CHECKING:
    from datetime import datetime, tzinfo

    from monitor.cli import CliOptions

_WEEK = timedelta(days=7)
_EXAMPLES = """\b
Examples:
  monitor inbox                  what nobody took, news of closed stories, who has taken what
  monitor inbox --as nina        what nina has taken, follows or has closed
  monitor stories take 7         7 is an ID that the inbox prints
"""


@click.command(epilog=_EXAMPLES)
@click.option(
    "--since", type=Since(), help="New stories with a report seen since [default: 7d]: 24h, 30d."
)
@click.option("--as", "name", default="", metavar="NAME", help="Only the stories of this person.")
@list_options()
def inbox(
    options: CliOptions,
    *,
    since: datetime | None,
    name: str,
    limit: int,
    tz: tzinfo,
    form: str | None,
) -> None:
    """List stories that wait: new ones, closed ones with news since, taken ones; urgent first."""
    with InboxReader(database(options)) as reader:
        rows = reader.inbox(InboxFilter(since or utc_now() - _WEEK, name, limit))
    if form:
        emit(rows, INBOX_FIELDS, form)
        return
    columns = ["ID", "Inbox", "State", "By", "Last", "Topics", "Reports", "Title"]
    columns, cells = with_gloss(columns, [_cells(row, tz) for row in rows], rows)
    table(columns, cells, wide="Title", right=["ID", "Reports"], below="Gloss")
    if not rows:
        click.echo("Nothing waits. `monitor stories` lists all stories.", err=True)


def _cells(row: dict[str, Any], tz: tzinfo) -> list[str]:
    news = f": {'; '.join(row['news'])}" if row["news"] else ""
    section = f"{row['section']}!" if row["severity"] == "critical" else row["section"]
    last, topics = local(row["last_at"], tz), ", ".join(row["topics"])
    return [str(row["id"]), section, row["state"], row["by"] or "", last, topics,
            str(row["articles"]), f"{row['title']}{news}"]  # fmt: skip
