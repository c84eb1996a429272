"""`monitor coverage`: the ledger."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from monitor.cli.output import database, format_options, table
from monitor.store.read import Reader

if TYPE_CHECKING:
    from monitor.cli import Places

_COUNTS = ("entries", "hit", "near_miss", "no_match", "duplicate", "unread")


@click.command(epilog="\b\nExample:\n  monitor coverage --json | jq .total")
@format_options()
@click.pass_obj
def coverage(places: Places, form: str | None) -> None:
    """Account for every entry of every feed.

    Each distinct entry has one outcome, the best over all topics: hit, near miss, no match,
    duplicate (another feed brought the same article) or unread. Alerts are counted by state.
    """
    with Reader(database(places)) as reader:
        feeds, alerts = reader.coverage(), reader.alert_states()
    total = {name: sum(feed[name] for feed in feeds) for name in _COUNTS}
    if form:
        report = {"feeds": feeds, "total": total, "alerts": alerts}
        click.echo(json.dumps(report, ensure_ascii=False, indent=2))
        return
    rows = [_row(feed["title"], feed, _state(feed)) for feed in feeds]
    columns = ["Feed", "Entries", "Hits", "Near", "None", "Dup.", "Unread", "State"]
    table(columns, [*rows, _row("Total", total, "")], wide="Feed", right=columns[1:7])
    states: dict[str, int] = {}
    for row in alerts:
        key = f"{row['channel']}: {row['state']}" + (f" ({row['reason']})" if row["reason"] else "")
        states[key] = states.get(key, 0) + row["alerts"]
    click.echo("Alerts: " + (", ".join(f"{n} {state}" for state, n in states.items()) or "none"))


def _row(title: str, counts: dict[str, Any], state: str) -> list[str]:
    return [title, *(str(counts[name]) for name in _COUNTS), state]


def _state(feed: dict[str, Any]) -> str:
    if not feed["enabled"]:
        return "off"
    if feed["error"]:
        return str(feed["error"])
    return "ok" if feed["ok_at"] else "not polled yet"
