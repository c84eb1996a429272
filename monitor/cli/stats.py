"""`monitor stats` and `monitor feedback`: volume and precision of topics, verdicts of readers.

Precision is estimated from the judged alerts alone, with the 95 % interval of Wilson (1927), which
`monitor.store.queries.stats` computes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from monitor.cli.filters import Since
from monitor.cli.output import (
    ROW_ID,
    ListGroup,
    database,
    emit,
    emit_json,
    format_options,
    list_options,
    say_what_is_cut,
    when,
)
from monitor.cli.table import table
from monitor.service.clock import utc_now
from monitor.store.queries.stats import (
    CHANNEL_FIELDS,
    FEEDBACK_FIELDS,
    STATES,
    TOPIC_FIELDS,
    StatsReader,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime, tzinfo

    from monitor.cli import CliOptions
    from monitor.model import FeedbackResult
    from monitor.store.transaction import Transaction

_EXAMPLES = """\b
Examples:
  monitor stats                          all days
  monitor stats --since 30d              the last month
  monitor stats --by channel --csv       one table only, for a spreadsheet
"""


@click.command(epilog=_EXAMPLES)
@click.option("--since", type=Since(), help="Only events since: 24h, 7d, 2024-10-31.")
@click.option("--by", type=click.Choice(["topic", "channel"]), help="Only one of the two tables.")
@format_options(lines=True)
@click.pass_obj
def stats(options: CliOptions, *, since: datetime | None, by: str | None, form: str | None) -> None:
    """Show hits, alerts and precision of each topic, and the alerts of each channel.

    Precision is the share of good alerts among the judged ones (by buttons or thumbs in Slack, or
    `monitor feedback add`), whose number stands beside it. The true share is inside the range in 95
    of 100 cases, if the judged alerts are like the others.
    """
    with StatsReader(database(options)) as reader:
        topics, channels = reader.topic_stats(since), reader.channel_stats(since)
    if form == "json" and by is None:
        emit_json({"topics": topics, "channels": channels})
    elif form:
        rows, names = (channels, CHANNEL_FIELDS) if by == "channel" else (topics, TOPIC_FIELDS)
        emit(rows, names, form)
    else:
        _print(topics if by != "channel" else None, channels if by != "topic" else None)


def _print(topics: list[dict[str, Any]] | None, channels: list[dict[str, Any]] | None) -> None:
    if topics is not None:
        numbers = ["Hits", "Stories", "Alerts", "Good", "Wrong", "Precision", "Judged"]
        cells = [_topic_cells(row) for row in topics]
        table(["Topic", *numbers, "95 %"], cells, wide="Topic", right=numbers)
    if topics is not None and channels is not None:
        click.echo()
    if channels is not None:
        states = [state.capitalize() for state in STATES]
        cells = [_channel_cells(row) for row in channels]
        table(["Channel", "Alerts", *states], cells, wide="Channel", right=["Alerts", *states])
    if not topics and not channels:
        click.echo("Nothing yet: `monitor run --once` polls the feeds.", err=True)


def _channel_cells(row: Mapping[str, Any]) -> list[str]:
    return [row["channel"], *(str(row[name]) for name in ("alerts", *STATES))]


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
  monitor feedback                         verdicts of readers, the newest first
  monitor feedback add 42 wrong            42 is the ID that `monitor hits` prints
  monitor feedback add --alert 7 good      7 is the ID that `monitor alerts` prints
"""


@click.group(cls=ListGroup, invoke_without_command=True, epilog=_FEEDBACK_EXAMPLES)
@click.option("--since", type=Since(), help="Only verdicts since: 24h, 7d, 2024-10-31.")
@list_options()
def feedback(
    options: CliOptions, *, since: datetime | None, limit: int, tz: tzinfo, form: str | None
) -> None:
    """List readers' verdicts on alerts, the newest first; add a verdict without Slack."""
    with StatsReader(database(options)) as reader:
        rows = reader.feedback(since, limit)
        say_what_is_cut(len(rows), limit, "verdicts", lambda: reader.feedback_count(since))
    if form:
        emit(rows, FEEDBACK_FIELDS, form)
        return

    columns = ["When", "Who", "Verdict", "Topics", "ID", "Title"]
    table(columns, [_verdict_cells(row, tz) for row in rows], wide="Title", right=["ID"])
    if not rows:
        advice = "press a button in Slack, or `monitor feedback add ID good`"
        click.echo(f"No verdicts yet: {advice}.", err=True)


def _verdict_cells(row: Mapping[str, Any], tz: tzinfo) -> list[str]:
    topics, title = ", ".join(row["topics"]), row["title"] or "(its text was pruned)"
    return [
        when(row["at"], tz, utc_now()),
        row["name"],
        row["said"],
        topics,
        str(row["article"]),
        title,
    ]


@feedback.command(epilog=_FEEDBACK_EXAMPLES)
@click.argument("which", metavar="ID", type=ROW_ID)
@click.argument("verdict", metavar="good|wrong|none", type=click.Choice(["good", "wrong", "none"]))
@click.option("--alert", is_flag=True, help="ID is an alert's, as `monitor alerts` prints it.")
@click.option("--by", default="", metavar="NAME", help="Name of the reader [default: your login].")
@click.pass_obj
def add(options: CliOptions, *, which: int, verdict: str, alert: bool, by: str) -> None:
    """Add a verdict on an article that hit, or on an alert. `none` takes your verdict back.

    The verdict counts for each topic that the article hits. A reader's last verdict replaces the
    earlier ones.
    """
    from monitor.channels.formatting import ANSWERS, verdict_lines
    from monitor.cli.access import existing_database, login, write
    from monitor.errors import StoreError
    from monitor.model import Feedback, FeedbackKind, NotJudged

    path = existing_database(options)
    name = by or login("unknown")
    feedback = Feedback(FeedbackKind(verdict), f"cli:{name}", name, utc_now())

    def judge(tx: Transaction) -> FeedbackResult:
        judge_one = tx.feedback.judge_alert if alert else tx.feedback.judge_article
        return judge_one(which, feedback, feedback.at)

    result = write(path, judge)
    judged = f"{'alert' if alert else 'article'} {which}"
    if isinstance(result.answer, NotJudged):
        raise StoreError(f"{judged} cannot be judged: {ANSWERS[result.answer]}")
    click.echo(f"{judged}: {', '.join(verdict_lines(result.verdicts)) or 'nobody has judged it'}")
