"""`monitor silence`: hold alerts back for a time."""

from __future__ import annotations

import asyncio
import json
import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeVar

import click

from monitor.cli.output import Zone, database, format_options, local, table
from monitor.errors import StoreError
from monitor.model import Silence
from monitor.service.clock import utc_now
from monitor.store.queries.reader import Reader
from monitor.text.spelling import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import tzinfo
    from pathlib import Path

    from monitor.cli import CliOptions
    from monitor.store.transaction import Transaction

T = TypeVar("T")
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_LONGEST = timedelta(days=366)
_EXAMPLES = """\b
Examples:
  monitor silence add --topic icbm --duration 8h
  monitor silence add --term parade --publisher TASS --duration 3d --comment "the parade"
  monitor silence list
  monitor silence expire 4
"""


class Duration(click.ParamType[timedelta]):
    """A span of time: `30m`, `8h`, `3d`, `2w`; a year at most."""

    name = "duration"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> timedelta:
        """Return the span."""
        if isinstance(value, timedelta):
            return value
        found = re.fullmatch(r"(\d{1,6})([mhdw])", value)
        span = timedelta(**{_UNITS[found[2]]: int(found[1])}) if found else timedelta()
        if not timedelta() < span <= _LONGEST:
            self.fail(f"{value!r}: expected 30m, 8h, 3d or 2w, and 366d at most", param, ctx)
        return span


@click.group(epilog=_EXAMPLES)
def silence() -> None:
    """Hold alerts back for a time; their hits stay in the ledger, their alerts as `silenced`."""


@silence.command(epilog=_EXAMPLES)
@click.option("--topic", default="", help="Alerts on this topic, by its id.")
@click.option(
    "--term", default="", help="Alerts with these words, whole ones, in title or excerpt."
)
@click.option("--publisher", default="", help="Alerts on what this publisher writes.")
@click.option("--story", type=click.IntRange(1), help="Alerts on this story, by its ID.")
@click.option("--duration", required=True, type=Duration(), help="For how long: 30m, 8h, 3d, 2w.")
@click.option("--comment", default="", help="Why; the reminder at its end says so.")
@format_options()
@click.pass_obj
def add(
    options: CliOptions,
    *,
    topic: str,
    term: str,
    publisher: str,
    story: int | None,
    duration: timedelta,
    comment: str,
    form: str | None,
) -> None:
    """Hold back alerts that meet all that is named; from now on, also those that wait."""
    if not any((topic, term.strip(), publisher.strip(), story)):
        raise click.UsageError("name what to silence: --topic, --term, --publisher or --story")
    if term and not re.search(r"\w", term):
        raise click.UsageError("--term needs a letter or a digit")
    path = _existing(options)
    if topic:
        _check_topic(options, topic)
    now = utc_now()
    wanted = Silence(
        topic, term.strip(), publisher.strip(), now, now + duration, comment, story or 0, _author()
    )
    silence_id = asyncio.run(_write(path, lambda tx: _added(tx, wanted)))
    until = f"{wanted.ends_at:%Y-%m-%dT%H:%M:%SZ}"
    if form:
        click.echo(json.dumps({"id": silence_id, "ends_at": until}))
    else:
        click.echo(f"Silence {silence_id} holds until {until}.")


@silence.command("list", epilog=_EXAMPLES)
@click.option("--all", "everything", is_flag=True, help="Also those that have ended.")
@click.option("--tz", type=Zone(), default="UTC", show_default=True, help="Time zone of the table.")
@format_options()
@click.pass_obj
def list_silences(options: CliOptions, *, everything: bool, tz: tzinfo, form: str | None) -> None:
    """List silences with how many alerts each has held back, the newest first."""
    with Reader(database(options)) as reader:
        rows = reader.silences(None if everything else utc_now())
    if form:
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    columns = ["ID", "Topic", "Term", "Publisher", "Story", "Until", "By", "Held", "Comment"]
    table(columns, [_cells(row, tz) for row in rows], wide="Comment", right=["ID", "Held"])
    if not rows:
        click.echo("There are no silences. `monitor silence add --help` shows how.", err=True)


def _cells(row: dict[str, Any], tz: tzinfo) -> list[str]:
    story = f"{row['story']} {row['story_title'] or ''}".strip() if row["story"] else ""
    return [
        str(row["id"]),
        row["topic"],
        row["term"],
        row["publisher"],
        story,
        local(row["ends_at"], tz),
        row["by"],
        str(row["held"]),
        row["comment"],
    ]


@silence.command(
    epilog="\b\nExample:\n  monitor silence expire 4     IDs as `monitor silence list` prints them"
)
@click.argument("silence_id", metavar="ID", type=click.IntRange(1, 2**63 - 1))
@format_options()
@click.pass_obj
def expire(options: CliOptions, *, silence_id: int, form: str | None) -> None:
    """End a silence now. What it has held back stays held back."""
    now = utc_now()
    ended = asyncio.run(_write(_existing(options), lambda tx: tx.silences.expire(silence_id, now)))
    if not ended:
        advice = "`monitor silence list` shows those in force"
        raise StoreError(f"there is no silence {silence_id} in force; {advice}")
    click.echo(json.dumps({"expired": silence_id}) if form else f"Silence {silence_id} has ended.")


def _added(tx: Transaction, wanted: Silence) -> int:
    """Store a silence. Raises StoreError for a story that does not exist."""
    if wanted.story:
        try:
            tx.stories.state(wanted.story)
        except LookupError:
            raise StoreError(f"there is no story {wanted.story}") from None
    return tx.silences.add(wanted)


def _existing(options: CliOptions) -> Path:
    path = database(options)
    with Reader(path):  # a database that is missing, or another version's, is not to be made here
        pass
    return path


def _check_topic(options: CliOptions, topic: str) -> None:
    """Refuse a topic that the configuration does not have; without one, any is taken."""
    from monitor.config.load import load
    from monitor.config.paths import config_path
    from monitor.errors import ConfigError

    try:
        known = [each.id for each in load(config_path(options.config), options.database).topics]
    except ConfigError:
        return
    if topic not in known:
        hint = did_you_mean(topic, known, otherwise=f"there are: {', '.join(known)}")
        raise click.UsageError(f"there is no topic `{topic}`{hint}")


def _author() -> str:
    from getpass import getuser

    try:
        return getuser()
    except (OSError, KeyError):
        return ""


async def _write(path: Path, change: Callable[[Transaction], T]) -> T:
    from monitor.store.database import Store

    async with Store(path) as store:
        return await store.write(change)
