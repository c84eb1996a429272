"""`monitor alerts`: the outbox, listed, and what an operator does with it."""

from __future__ import annotations

import asyncio
import json
import platform
import sys
from contextlib import ExitStack, redirect_stdout
from typing import TYPE_CHECKING, Any

import click

from monitor.cli.output import (
    Zone,
    counted,
    database,
    format_options,
    local,
    refuse_options,
    table,
)
from monitor.errors import DeliveryError
from monitor.model import AlertState
from monitor.service.clock import utc_now
from monitor.store.queries.reader import Reader
from monitor.text.spelling import did_you_mean

if TYPE_CHECKING:
    from datetime import tzinfo
    from pathlib import Path

    from monitor.channels import Channel
    from monitor.cli import CliOptions

_EXAMPLES = """\b
Examples:
  monitor alerts                          the last 50, the newest first
  monitor alerts --state failed           what a channel refused, and why
  monitor alerts --state counted          reports that brought nothing new
  monitor alerts --kind reply             what was new to a story
  monitor alerts retry 41 42              send two of them again
  monitor alerts test desk                try a channel
"""
_KINDS = ["first", "reply", "report", "digest", "notice"]
_STATES = [str(state) for state in AlertState]
_LARGEST = 2**63 - 1  # of SQLite's numbers


@click.group(invoke_without_command=True, epilog=_EXAMPLES)
@click.option("--state", type=click.Choice(_STATES), help="Only alerts in this state.")
@click.option("--kind", type=click.Choice(_KINDS), help="Only first messages, replies, …")
@click.option("--channel", default="", help="Only this channel.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1), help="At most.")
@click.option("--tz", type=Zone(), default="UTC", show_default=True, help="Time zone of the table.")
@format_options()
@click.pass_context
def alerts(
    ctx: click.Context,
    *,
    state: str | None,
    kind: str | None,
    channel: str,
    limit: int,
    tz: tzinfo,
    form: str | None,
) -> None:
    """List alerts, the newest first; or send failed ones again, or test a channel."""
    if ctx.invoked_subcommand:
        refuse_options(ctx)
        return
    with Reader(database(ctx.obj)) as reader:
        rows = reader.alerts(state or "", channel, limit, kind=kind or "")
    if form:
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    columns = ["ID", "Kind", "State", "Channel", "Topics", "Title", "Tries", "Due / sent", "Why"]
    rows_shown = [_cells(row, tz) for row in rows]
    table(columns, rows_shown, wide=["Title", "Why"], right=["ID", "Tries"])
    if not rows:
        click.echo("No such alerts. `monitor coverage` counts all of them.", err=True)


def _cells(row: dict[str, Any], tz: tzinfo) -> list[str]:
    when = f"due {local(row['due_at'], tz)}" if row["due_at"] else local(row["sent_at"], tz)
    title = row["title"] or "(its text was pruned)"
    return [
        str(row["id"]),
        row["kind"],
        row["state"],
        row["channel"],
        ", ".join(row["topics"]),
        title,
        str(row["attempts"]),
        when,
        _why(row),
    ]


def _why(row: dict[str, Any]) -> str:
    """Return why an alert is not sent, or is a reply, or goes out in a digest."""
    prior_weight = ["its answer was lost"] if row["in_doubt"] else []
    twice = [f"sent again {row['repeated']}×, unseen"] if row["repeated"] else []
    return "; ".join(
        filter(None, [row["reason"], *prior_weight, *twice, *row["news"], row["digest"]])
    )


_RETRY_EXAMPLES = """\b
Examples:
  monitor alerts retry 41 42     IDs as `monitor alerts` prints them
  monitor alerts retry --all     every failed one, such as after a token was renewed
"""


@alerts.command(epilog=_RETRY_EXAMPLES)
@click.argument("ids", metavar="[ID]...", nargs=-1, type=click.IntRange(1, _LARGEST))
@click.option("--all", "everything", is_flag=True, help="Every failed alert.")
@format_options()
@click.pass_obj
def retry(options: CliOptions, *, ids: tuple[int, ...], everything: bool, form: str | None) -> None:
    """Send failed alerts again, at once; a channel that was stopped is tried again too.

    The service sends them, or the next `monitor run --once`.
    """
    if bool(ids) == everything:
        raise click.UsageError("name the alerts by ID, or all failed ones with --all")
    path = database(options)
    with Reader(path):  # a database that is missing, or another version's, is not to be made here
        pass
    again = asyncio.run(_retry(path, None if everything else ids))
    if form:
        click.echo(json.dumps({"retried": len(again), "ids": again}))
    elif again:
        click.echo(f"{counted(len(again), 'alert')} will be sent again: `monitor alerts` shows how")
    else:
        click.echo("There are no failed alerts that can be sent again.")


async def _retry(path: Path, ids: tuple[int, ...] | None) -> list[int]:
    from monitor.store.database import Store

    async with Store(path) as store:
        return await store.write(lambda tx: tx.maintenance.retry_failed(ids, utc_now()))


@alerts.command(epilog="\b\nExample:\n  monitor alerts test desk     `context` is under `channels`")
@click.argument("channel")
@format_options()
@click.pass_obj
def test(options: CliOptions, *, channel: str, form: str | None) -> None:
    """Send one message, marked as a test, through a channel of the configuration.

    The outbox is left alone. The exit code is 1 if the channel does not take it.
    """
    from monitor.diagnostics.probe import channel_advice, try_channel

    opened = _channel(options, channel)
    with ExitStack() as stack:
        if form:  # a console prints the message to stdout, which is for the JSON
            stack.enter_context(redirect_stdout(sys.stderr))
        try:
            ref = asyncio.run(try_channel(opened, channel, platform.node(), utc_now()))
        except DeliveryError as error:
            message = f"{channel} did not take the message: {error.reason}\n{channel_advice(error)}"
            raise click.ClickException(message) from error
    if form:
        click.echo(json.dumps({"channel": channel, "ref": ref}))
    else:
        click.echo(f"{channel} took the message; its reference there is {ref}")


def _channel(options: CliOptions, name: str) -> Channel:
    from monitor.channels import CHANNELS
    from monitor.config.load import load
    from monitor.config.paths import config_path

    channels = load(config_path(options.config), options.database).channels
    if name not in channels:
        hint = did_you_mean(name, channels, otherwise=f"there are: {', '.join(channels)}")
        raise click.UsageError(f"there is no channel `{name}`{hint}")
    settings = channels[name]
    return CHANNELS[settings.type](**settings.arguments())
