"""`monitor alerts`: the outbox listed, failed alerts retried, channels tested."""

from __future__ import annotations

import platform
import sys
from contextlib import ExitStack, redirect_stdout
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from monitor.cli.filters import NameToFind, refuse_unknown
from monitor.cli.output import (
    ROW_ID,
    ListGroup,
    database,
    emit,
    emit_json,
    format_options,
    list_options,
    local,
    say_what_is_cut,
)
from monitor.cli.table import table
from monitor.errors import DeliveryError
from monitor.model import AlertState
from monitor.service.clock import utc_now
from monitor.service.loop import run
from monitor.store.queries.reader import Reader
from monitor.text.counts import counted

if TYPE_CHECKING:
    from datetime import tzinfo

    from monitor.channels import Channel
    from monitor.cli import CliOptions

_EXAMPLES = """\b
Examples:
  monitor alerts                          the last 50, the newest first
  monitor alerts --state failed           alerts that a channel refused, and why
  monitor alerts --state counted          reports that brought nothing new
  monitor alerts --kind reply             updates of stories
  monitor alerts retry 41 42              send two failed alerts again
  monitor alerts test desk                send a test message to a channel
"""
_KINDS = ["first", "reply", "report", "digest", "notice"]
_STATES = [str(state) for state in AlertState]


@click.group(cls=ListGroup, invoke_without_command=True, epilog=_EXAMPLES)
@click.option("--state", type=click.Choice(_STATES), help="Only alerts in this state.")
@click.option("--kind", type=click.Choice(_KINDS), help="Only first messages, replies, …")
@click.option("--channel", type=NameToFind(), default="", help="Only this channel.")
@list_options()
def alerts(
    options: CliOptions,
    *,
    state: str | None,
    kind: str | None,
    channel: str,
    limit: int,
    tz: tzinfo,
    form: str | None,
) -> None:
    """List alerts, the newest first; retry failed ones; test channels."""
    with Reader(database(options)) as reader:
        rows = reader.alerts(state or "", channel, limit, kind=kind or "")
        if not rows:
            refuse_unknown(reader, options, channel=channel)
        all_of_them = partial(reader.alert_count, state or "", channel, kind=kind or "")
        say_what_is_cut(len(rows), limit, "alerts", all_of_them)
    if form:
        emit(rows, None, form)
        return

    columns = ["ID", "Kind", "State", "Channel", "Topics", "Title", "Tries", "Due / sent", "Why"]
    table(columns, [_cells(row, tz) for row in rows], wide=["Title", "Why"], right=["ID", "Tries"])
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
    """Reasons why an alert is not sent, is a reply, or goes out in a digest."""
    in_doubt = "its answer was lost" if row["in_doubt"] else ""
    repeated = f"sent again {row['repeated']}×, unseen" if row["repeated"] else ""
    reasons = [row["reason"], in_doubt, repeated, *row["news"], row["digest"]]
    return "; ".join(filter(None, reasons))


_RETRY_EXAMPLES = """\b
Examples:
  monitor alerts retry 41 42     IDs as `monitor alerts` prints them
  monitor alerts retry --all     all failed alerts, such as after a token was renewed
"""


@alerts.command(epilog=_RETRY_EXAMPLES)
@click.argument("ids", metavar="[ID]...", nargs=-1, type=ROW_ID)
@click.option("--all", "everything", is_flag=True, help="All failed alerts.")
@format_options()
@click.pass_obj
def retry(options: CliOptions, *, ids: tuple[int, ...], everything: bool, form: str | None) -> None:
    """Retry failed alerts at once; their channels, if stopped, are started again.

    The alerts are sent by the service, or by the next `monitor run --once`.
    """
    from monitor.cli.access import existing_database, write

    if bool(ids) == everything:
        raise click.UsageError("name the alerts by ID, or all failed ones with --all")
    wanted = None if everything else ids
    path = existing_database(options)
    retried = write(path, lambda tx: tx.maintenance.retry_failed(wanted, utc_now()))
    if form:
        emit_json({"retried": len(retried), "ids": retried})
    elif retried:
        alerts_due = counted(len(retried), "alert")
        click.echo(f"{alerts_due} will be sent again: `monitor alerts` shows how")
    else:
        click.echo("There are no failed alerts that can be sent again.")


@alerts.command(epilog="\b\nExample:\n  monitor alerts test desk     `desk` is under `channels`")
@click.argument("channel")
@format_options()
@click.pass_obj
def test(options: CliOptions, *, channel: str, form: str | None) -> None:
    """Test a channel of the configuration with one message, marked as a test.

    The outbox is not used. The exit code is 1 if the channel does not take the message.
    """
    from monitor.diagnostics.probe import channel_advice, try_channel

    opened = _channel(options, channel)
    with ExitStack() as stack:
        if form:  # a console channel prints to stdout, which is for the JSON
            stack.enter_context(redirect_stdout(sys.stderr))
        try:
            ref = run(try_channel(opened, channel, platform.node(), utc_now()))
        except DeliveryError as error:
            message = f"{channel} did not take the message: {error.reason}\n{channel_advice(error)}"
            raise click.ClickException(message) from error
    if form:
        emit_json({"channel": channel, "ref": ref})
    else:
        click.echo(f"{channel} took the message; its reference there is {ref}")


def _channel(options: CliOptions, name: str) -> Channel:
    from monitor.channels import CHANNELS
    from monitor.cli.access import check_name, configuration

    channels = configuration(options, "channels").channels
    check_name("channel", name, channels)
    settings = channels[name]
    return CHANNELS[settings.type](**settings.arguments())
