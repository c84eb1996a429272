"""`monitor stats` and `monitor feedback`: what was brought, and how readers judge it."""

from __future__ import annotations

import asyncio
import getpass
import json
from typing import TYPE_CHECKING, Any

import click

from monitor.cli.output import (
    Since,
    Zone,
    database,
    emit,
    format_options,
    local,
    refuse_options,
    table,
)
from monitor.service.clock import utc_now
from monitor.store.queries.stats import CHANNEL_FIELDS, STATES, TOPIC_FIELDS, StatsReader

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime, tzinfo
    from pathlib import Path

    from monitor.cli import CliOptions
    from monitor.model import Feedback, FeedbackResult

_EXAMPLES = """\b
Examples:
  monitor stats                          since the first day
  monitor stats --since 30d              of the last month
  monitor stats --by channel --csv       one table only, for a spreadsheet
"""
_LARGEST = 2**63 - 1  # of SQLite's numbers


@click.command(epilog=_EXAMPLES)
@click.option("--since", type=Since(), help="Only what happened since: 24h, 7d, 2024-10-31.")
@click.option("--by", type=click.Choice(["topic", "channel"]), help="Only one of the two tables.")
@format_options(lines=True)
@click.pass_obj
def stats(places: CliOptions, *, since: datetime | None, by: str | None, form: str | None) -> None:
    """Say what each topic brought, how readers judged it, and what went to which channel.

    Precision is the share of good alerts among those that were judged (by buttons or thumbs in
    Slack, or `monitor feedback add`). It rests on as many judgements as stand beside it, and lies
    in the range given 95 times in 100, if what was judged is like what was not.
    """
    with StatsReader(database(places)) as reader:
        topics, channels = reader.topic_stats(since), reader.channel_stats(since)
    if form == "json" and by is None:
        click.echo(
            json.dumps({"topics": topics, "channels": channels}, ensure_ascii=False, indent=2)
        )
    elif form:
        rows, names = (channels, CHANNEL_FIELDS) if by == "channel" else (topics, TOPIC_FIELDS)
        emit(rows, names, form)
    else:
        _print(topics if by != "channel" else None, channels if by != "topic" else None)


def _print(topics: list[dict[str, Any]] | None, channels: list[dict[str, Any]] | None) -> None:
    if topics is not None:
        numbers = ["Hits", "Stories", "Alerts", "Good", "Wrong", "Precision", "FeedbackResult"]
        cells = [_topic_cells(row) for row in topics]
        table(["Topic", *numbers, "95 %"], cells, wide="Topic", right=numbers)
    if topics is not None and channels is not None:
        click.echo()
    if channels is not None:
        states = [state.capitalize() for state in STATES]
        cells = [
            [row["channel"], *(str(row[name]) for name in ("alerts", *STATES))] for row in channels
        ]
        table(["Channel", "Alerts", *states], cells, wide="Channel", right=["Alerts", *states])
    if not topics and not channels:
        click.echo("Nothing yet: `monitor run --once` polls the feeds.", err=True)


def _topic_cells(row: Mapping[str, Any]) -> list[str]:
    precision = interval = ""
    if row["judged"]:
        precision = f"{row['precision']:.0%}"
        interval = f"{row['low']:.0%} to {row['high']:.0%}"
    counts = [str(row[name]) for name in ("hits", "stories", "alerts", "good", "wrong")]
    return [row["topic"], *counts, precision, str(row["judged"]), interval]


# ── feedback ──────────────────────────────────────────────────────────────────────────────────

_FEEDBACK_EXAMPLES = """\b
Examples:
  monitor feedback                         what readers said, the newest first
  monitor feedback add 42 wrong            42 is the ID that `monitor hits` prints
  monitor feedback add --alert 7 good      7 is the ID that `monitor alerts` prints
"""


@click.group(invoke_without_command=True, epilog=_FEEDBACK_EXAMPLES)
@click.option("--since", type=Since(), help="Only since: 24h, 7d, 2024-10-31.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1), help="At most.")
@click.option("--tz", type=Zone(), default="UTC", show_default=True, help="Time zone of the table.")
@format_options()
@click.pass_context
def feedback(
    ctx: click.Context, *, since: datetime | None, limit: int, tz: tzinfo, form: str | None
) -> None:
    """List what readers said of alerts, the newest first; or add to it without Slack."""
    if ctx.invoked_subcommand:
        refuse_options(ctx)
        return
    with StatsReader(database(ctx.obj)) as reader:
        rows = reader.feedback(since, limit=limit)
    if form:
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    cells = [
        [local(row["at"], tz), row["name"], row["said"], ", ".join(row["topics"]),
         str(row["article"]), row["title"] or "(its text was pruned)"]
        for row in rows
    ]  # fmt: skip
    table(
        ["When", "Who", "FeedbackKind", "Topics", "ID", "Title"], cells, wide="Title", right=["ID"]
    )
    if not rows:
        advice = "press a button in Slack, or `monitor feedback add ID good`"
        click.echo(f"Nobody has said anything yet: {advice}.", err=True)


@feedback.command(epilog=_FEEDBACK_EXAMPLES)
@click.argument("which", metavar="ID", type=click.IntRange(1, _LARGEST))
@click.argument("said", metavar="good|wrong|none", type=click.Choice(["good", "wrong", "none"]))
@click.option("--alert", is_flag=True, help="ID is an alert's, as `monitor alerts` prints it.")
@click.option("--by", default="", metavar="NAME", help="Who says so [default: your login].")
@click.pass_obj
def add(places: CliOptions, *, which: int, said: str, alert: bool, by: str) -> None:
    """Judge an article that hit, by its ID; or an alert. `none` takes your verdict back.

    It counts for each topic that it hit, and as one reader's last word.
    """
    from monitor.channels.formatting import ANSWERS, verdict_lines
    from monitor.errors import StoreError
    from monitor.model import Feedback, FeedbackKind, NotJudged

    path = database(places)
    with StatsReader(path):  # a database that is missing is not to be made here
        pass
    name = by or _login()
    word = Feedback(FeedbackKind(said), f"cli:{name}", name, utc_now())
    judged = asyncio.run(_judge(path, which, word, alert=alert))
    what = f"{'alert' if alert else 'article'} {which}"
    if isinstance(judged.answer, NotJudged):
        raise StoreError(f"{what} cannot be judged: {ANSWERS[judged.answer]}")
    click.echo(f"{what}: {', '.join(verdict_lines(judged.verdicts)) or 'nobody has judged it'}")


async def _judge(path: Path, which: int, word: Feedback, *, alert: bool) -> FeedbackResult:
    from monitor.store.database import Store

    async with Store(path) as store:
        return await store.write(
            lambda tx: (tx.feedback.judge_alert if alert else tx.feedback.judge_article)(
                which, word, word.at
            )
        )


def _login() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a user without a name, as in some containers
        return "unknown"
