"""`monitor alerts`: the outbox listed, failed alerts retried, channels tested."""

from __future__ import annotations

import platform
import sys
from contextlib import ExitStack, redirect_stdout
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from monitor.cli.filters import NameToFind, refuse_unknown
from monitor.cli.follow import follow as follow_rows
from monitor.cli.follow import follow_option
from monitor.cli.output import (
    ROW_ID,
    ListGroup,
    database,
    emit,
    emit_json,
    examples,
    format_options,
    list_options,
    local,
    say_what_is_cut,
    when,
)
from monitor.cli.table import table
from monitor.errors import DeliveryError
from monitor.model import AlertState, Mode
from monitor.service.clock import utc_now
from monitor.service.loop import run
from monitor.store.queries.reader import ALERT_FIELDS, Reader
from monitor.text.counts import counted

if TYPE_CHECKING:
    from datetime import tzinfo

    from monitor.channels import Channel
    from monitor.cli import CliOptions
    from monitor.config.load import Config

_EXAMPLES = """\b
Examples:
  monitor alerts                          the last 50, the newest first
  monitor alerts --state failed           alerts that a channel refused, and why
  monitor alerts --state counted          reports that brought nothing new
  monitor alerts --kind reply             updates of stories
  monitor alerts --follow                 and then each as it comes, or changes its state
  monitor alerts show 41                  one alert, with all that is known of it
  monitor alerts routes                   the channels that each topic reaches
  monitor alerts retry 41 42              send two failed alerts again
  monitor alerts test desk                send a test message to a channel
"""
_FOLLOWED = ("created_at", "id", "kind", "state", "channel", "topics", "title")
_KINDS = ["first", "reply", "report", "digest", "notice"]
_STATES = [str(state) for state in AlertState]


@click.group(cls=ListGroup, invoke_without_command=True, epilog=_EXAMPLES)
@click.option("--state", type=click.Choice(_STATES), help="Only alerts in this state.")
@click.option("--kind", type=click.Choice(_KINDS), help="Only first messages, replies, …")
@click.option("--channel", type=NameToFind(), default="", help="Only this channel.")
@follow_option
@list_options()
def alerts(
    options: CliOptions,
    *,
    state: str | None,
    kind: str | None,
    channel: str,
    follow: bool,
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
        emit(rows, ALERT_FIELDS, form)
    else:
        _print(rows, tz)
    if follow:
        read = partial(_read, options, state or "", channel, limit, kind=kind or "")
        follow_rows(read, _FOLLOWED, form, key=("id", "state"))


def _read(options: CliOptions, *wanted: Any, kind: str) -> list[dict[str, Any]]:
    with Reader(database(options)) as reader:
        return reader.alerts(*wanted, kind=kind)


def _print(rows: list[dict[str, Any]], tz: tzinfo) -> None:
    columns = ["ID", "Kind", "State", "Channel", "Topics", "Title", "Tries", "Due / sent", "Why"]
    cells, links = [_cells(row, tz) for row in rows], [row["url"] for row in rows]
    table(columns, cells, wide=["Title", "Why"], right=["ID", "Tries"], links=links)
    if not rows:
        click.echo("No such alerts. `monitor coverage` counts all of them.", err=True)


def _cells(row: dict[str, Any], tz: tzinfo) -> list[str]:
    at = when(row["due_at"] or row["sent_at"], tz, utc_now())
    title = row["title"] or "(its text was pruned)"
    return [
        str(row["id"]),
        row["kind"],
        row["state"],
        row["channel"],
        ", ".join(row["topics"]),
        title,
        str(row["attempts"]),
        f"due {at}" if row["due_at"] else at,
        _why(row),
    ]


def _why(row: dict[str, Any]) -> str:
    """Reasons why an alert is not sent, is a reply, or goes out in a digest."""
    in_doubt = "its answer was lost" if row["in_doubt"] else ""
    repeated = f"sent again {row['repeated']}×, unseen" if row["repeated"] else ""
    reasons = [row["reason"], in_doubt, repeated, *row["news"], row["digest"]]
    return "; ".join(filter(None, reasons))


@alerts.command(
    epilog=examples(
        "monitor alerts show 41           IDs as `monitor alerts` prints them",
        "monitor alerts show 41 --json    with all fields",
    )
)
@click.argument("alert_id", metavar="ID", type=ROW_ID)
@list_options(limit=None, lines=False)
def show(options: CliOptions, alert_id: int, *, tz: tzinfo, form: str | None) -> None:
    """Show an alert: what it reports, where and when it goes or went, and why."""
    with Reader(database(options)) as reader:
        row = reader.alert(alert_id)
    if row is None:
        raise click.ClickException(f"there is no alert {alert_id}; `monitor alerts` lists IDs")
    if form:
        emit_json(row)
        return
    click.secho(row["title"] or "(its text was pruned)", bold=True)
    for name, value in _facts(row, tz).items():
        if value:
            click.echo(f"{name:<10} {value}")


def _facts(row: dict[str, Any], tz: tzinfo) -> dict[str, Any]:
    return {
        "alert": f"{row['kind']}, {row['state']}, {row['severity']}",
        "topics": ", ".join(row["topics"]),
        "channel": row["channel"],
        "story": row["story"],
        "article": row["article"] and f"{row['article']} (monitor show {row['article']})",
        "address": row["url"],
        "queued": local(row["created_at"], tz),
        "due": local(row["due_at"], tz),
        "sent": local(row["sent_at"], tz),
        "attempts": row["attempts"],
        "reference": row["ref"],
        "reply to": row["thread"],
        "why": _why(row),
    }


@alerts.command(
    epilog="\b\nExamples:\n  monitor alerts routes\n  monitor alerts routes icbm --csv > routes.csv"
)
@click.argument("topic", required=False)
@format_options(lines=True)
@click.pass_obj
def routes(options: CliOptions, *, topic: str | None, form: str | None) -> None:
    """List the channels that each topic, or TOPIC, reaches, and whether at once or in a digest."""
    from monitor.cli.access import check_name, configuration

    rows = _ways(configuration(options))
    if topic:
        check_name("topic", topic, list(dict.fromkeys(row["topic"] for row in rows)))
        rows = [row for row in rows if row["topic"] == topic]
    if form:
        emit(rows, ["topic", "severity", "channel", "mode"], form)
        return
    cells = [list(map(str, row.values())) for row in rows]
    table(["Topic", "Severity", "Channel", "Mode"], cells, wide="Topic")


def _ways(config: Config) -> list[dict[str, Any]]:
    """A row for each topic and channel that it reaches; one without a channel for no channel."""
    from monitor.alerts import ways

    news = [name for name in config.channels if name != config.delivery.operations]
    usual = news or list(config.channels)
    rows: list[dict[str, Any]] = []
    for topic in config.topics:
        about = {"topic": topic.id, "severity": topic.severity}
        modes = ways(topic, config.delivery.routes, usual) or {"": Mode.OFF}
        rows += [{**about, "channel": channel, "mode": mode} for channel, mode in modes.items()]
    return rows


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


@alerts.command(
    epilog=examples(
        "monitor alerts test desk         `desk` is under `channels`",
        "monitor alerts test desk --json  with its reference there",
    )
)
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
    from monitor.channels import channel_class
    from monitor.cli.access import check_name, configuration

    channels = configuration(options, "channels").channels
    check_name("channel", name, channels)
    settings = channels[name]
    return channel_class(settings.type)(**settings.arguments())
