"""`monitor status`: the state of the service, for people and, by its exit code, for monitoring."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from monitor.cli.output import database, emit_json, format_options
from monitor.service.clock import utc_now
from monitor.store.queries.status import Status, problems, span
from monitor.store.queries.status import status as read_status

if TYPE_CHECKING:
    from datetime import datetime

    from monitor.cli import CliOptions
    from monitor.store.tables.heartbeat import Queue

_EPILOG = """\b
Examples:
  monitor status
  monitor status --json | jq .problems
  monitor status >/dev/null || echo "monitor has a problem"     for a monitoring system

\b
Exit codes: 0 all is well; 1 not running, no heartbeat for 60 s, waiting for the database (a full
disk, for one), the last reload refused, a channel stopped, a queue overdue by more than 10
minutes, or an internal error in the last day.
"""


@click.command(epilog=_EPILOG)
@format_options()
@click.pass_context
def status(ctx: click.Context, form: str | None) -> None:
    """Show the state of the service and of its queues; the exit code is 1 on a problem."""
    options: CliOptions = ctx.obj
    now = utc_now()
    status = read_status(database(options), now)
    wrong = problems(status, now)
    if form:
        state = {"ok": not wrong, "problems": wrong, "running": status.is_running}
        emit_json({**state, **asdict(status)})
    else:
        _print(status, wrong, now)
    ctx.exit(1 if wrong else 0)


def _print(status: Status, wrong: list[str], now: datetime) -> None:
    click.echo(_summary(status))
    for problem in wrong:
        click.echo(f"PROBLEM: {problem}")
    for name, value in _facts(status, now).items():
        click.echo(f"{name:<14} {value}")


def _summary(status: Status) -> str:
    if not status.is_running:
        return "not running" + (f" since {_moment(status.beat_at)}" if status.beat_at else "")
    process = f"process {status.pid or 'unknown'}"
    if not status.is_serving:
        return f"running ({process})"
    return f"running ({process}, since {_moment(status.started_at)}, version {status.version})"


def _facts(status: Status, now: datetime) -> dict[str, str]:
    stopped = [f"{each.channel} since {each.stopped_at}: {each.reason}" for each in status.stopped]
    failed = f", {status.alerts_failed} failed" if status.alerts_failed else ""
    states = [f"{count} {state}" for state, count in sorted(status.feed_states.items())]
    return {
        "heartbeat": _ago(status.beat_at, now),
        "feeds": ", ".join([str(status.feeds), *states]),
        "polls": _due(status.polls),
        "alerts": f"{status.alerts_waiting} waiting, {_due(status.alerts)}{failed}",
        "stopped": "; ".join(stopped) or "no channel",
        "last poll": _ago(status.polled_at, now),
        "last message": _ago(status.sent_at, now),
        **({"pages": status.pages} if status.pages else {}),
    }


def _due(queue: Queue) -> str:
    late = f", overdue by {span(queue.overdue)}" if queue.due else ""
    return f"{queue.due} due{late}"


def _ago(at: Any, now: datetime) -> str:
    return f"{_moment(at)}, {span(max(0.0, (now - at).total_seconds()))} ago" if at else "never"


def _moment(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC" if at else "unknown"
