"""`monitor status`."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from monitor.cli.output import database, format_options
from monitor.service.clock import utc_now
from monitor.store.queries.status import Status, problems, span
from monitor.store.queries.status import status as look

if TYPE_CHECKING:
    from monitor.cli import CliOptions
    from monitor.model import Queue

_EPILOG = """\b
Examples:
  monitor status
  monitor status --json | jq .problems
  monitor status >/dev/null || echo "look after monitor"     for a monitoring system

\b
Exit codes: 0 all is well; 1 not running, no heartbeat for 60 s, a channel stopped, a queue
overdue by more than 10 minutes, or an internal error in the last day.
"""


@click.command(epilog=_EPILOG)
@format_options()
@click.pass_context
def status(ctx: click.Context, form: str | None) -> None:
    """Say whether the service runs, and how it does; the exit code is 1 if something is wrong."""
    places: CliOptions = ctx.obj
    now = utc_now()
    found = look(database(places), now)
    wrong = problems(found, now)
    if form:
        report = {"ok": not wrong, "problems": wrong, "running": found.is_running, **asdict(found)}
        click.echo(json.dumps(report, ensure_ascii=False, indent=2, default=datetime.isoformat))
    else:
        for line in [_summary(found), *(f"PROBLEM: {each}" for each in wrong)]:
            click.echo(line)
        for name, value in _facts(found, now).items():
            click.echo(f"{name:<14} {value}")
    ctx.exit(1 if wrong else 0)


def _summary(found: Status) -> str:
    if not found.is_running:
        return "not running" + (f" since {_moment(found.beat_at)}" if found.beat_at else "")
    process = f"process {found.pid or 'unknown'}"
    if not found.is_serving:
        return f"running ({process})"
    return f"running ({process}, since {_moment(found.started_at)}, version {found.version})"


def _facts(found: Status, now: datetime) -> dict[str, str]:
    stopped = [f"{each.channel} since {each.stopped_at}: {each.reason}" for each in found.stopped]
    failed = f", {found.alerts_failed} failed" if found.alerts_failed else ""
    states = [f"{count} {state}" for state, count in sorted(found.feed_states.items())]
    return {
        "heartbeat": _ago(found.beat_at, now),
        "feeds": ", ".join([str(found.feeds), *states]),
        "polls": _due(found.polls),
        "alerts": f"{found.alerts_waiting} waiting, {_due(found.alerts)}{failed}",
        "stopped": "; ".join(stopped) or "no channel",
        "last poll": _ago(found.polled_at, now),
        "last message": _ago(found.sent_at, now),
    }


def _due(queue: Queue) -> str:
    late = f", overdue by {span(queue.overdue)}" if queue.due else ""
    return f"{queue.due} due{late}"


def _ago(at: Any, now: datetime) -> str:
    return f"{_moment(at)}, {span(max(0.0, (now - at).total_seconds()))} ago" if at else "never"


def _moment(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC" if at else "unknown"
