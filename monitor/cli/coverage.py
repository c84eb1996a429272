"""`monitor coverage`: the ledger of entries and alerts, and what feeds may have missed.

The ledger has one outcome for each distinct entry of a feed, and its counts add up. Stories that a
feed lacked are estimated from what other publishers carried (`monitor.feeds.missed_stories`).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from operator import itemgetter
from typing import TYPE_CHECKING, Any

import click

from monitor.cli.filters import Since, zone_option
from monitor.cli.output import database, emit, emit_json, format_options, iso, stamp
from monitor.cli.table import paragraph, table
from monitor.feeds.missed_stories import misses
from monitor.service.clock import utc_now
from monitor.store.queries.reader import Reader
from monitor.store.queries.status import span
from monitor.text.counts import counted

if TYPE_CHECKING:
    from datetime import datetime, tzinfo

    from monitor.feeds.health import Outage
    from monitor.feeds.missed_stories import FeedCoverage, MissedStory, WidelyCarriedStory

Row = dict[str, Any]
_COUNTS = ("entries", "hit", "near_miss", "no_match", "duplicate", "unread")
_FEED_FIELDS = ("feed", "title", "enabled", *_COUNTS, "ok_at", "failing_since", "error")
_STORY_FIELDS = ("story", "title", "started_at", "topics", "publishers", "missed_by")
_A_WEEK = timedelta(days=7)
_NEAR_MISSES = 20  # rows of the table
_EXAMPLES = """\b
Examples:
  monitor coverage --json | jq .total
  monitor coverage --missed                 stories of the last week that some feeds lacked
  monitor coverage --missed --since 24h --csv
  monitor coverage --against gdelt          outlets that had hits and are not polled
  monitor coverage --against gdelt --topic icbm --since 24h
"""


@click.command(epilog=_EXAMPLES)
@click.option("--missed", is_flag=True, help="List stories that feeds may have missed.")
@click.option(
    "--against",
    type=click.Choice(["gdelt"]),
    help="Ask GDELT which outlets had the topics' news and are not polled.",
)
@click.option(
    "--since",
    type=Since(),
    help="With --missed or --against: begin of the period.  [default: 7d]",
)
@click.option(
    "--publishers",
    type=click.IntRange(2),
    default=3,
    show_default=True,
    help="With --missed: least number of publishers that carried a story.",
)
@click.option("--topic", "topics", multiple=True, help="With --against: only this topic.")
@click.option("--query", default="", help="With --against and one --topic: what to ask GDELT.")
@click.option(
    "--api",
    default="",
    envvar="MONITOR_GDELT",
    help="With --against: address of GDELT's DOC API.  [default: $MONITOR_GDELT, GDELT's own]",
)
@zone_option
@format_options(lines=True)
@click.pass_context
def coverage(
    ctx: click.Context,
    /,
    *,
    missed: bool,
    against: str | None,
    since: datetime | None,
    publishers: int,
    tz: tzinfo,
    form: str | None,
    **asked: Any,
) -> None:
    """Account for every entry of every feed; list what may have been missed.

    Each distinct entry has one outcome, the best over all topics: hit, near miss, no match,
    duplicate (another feed brought the same article) or unread. Alerts are counted by state.

    With --missed: the stories that several publishers carried, with the feeds that lacked them,
    though these feeds have the same language or kind and usually carry such topics; the near misses
    nearest to a hit; and the times when feeds, or the service itself, failed.

    With --against gdelt: the outlets that GDELT saw on each topic and that no feed of the
    configuration is of, by the number of articles whose title hits the topic. By hand: it is one
    request in five seconds, a few for each topic.
    """
    _check_options(ctx, missed=missed, against=against)
    now = utc_now()
    if against:
        from monitor.cli.against import against as ask

        ask(ctx.obj, (since or now - _A_WEEK, now), form, **asked)
        return
    with Reader(database(ctx.obj)) as reader:
        if missed:
            report = _missed(reader, since or now - _A_WEEK, publishers, now)
            _print_missed(report, form, tz)
        else:
            _ledger(reader, form)


def _check_options(ctx: click.Context, *, missed: bool, against: str | None) -> None:
    if missed and against:
        raise click.UsageError("--missed or --against, not both")
    if not (missed or against) and _given(ctx, "since"):
        raise click.UsageError("--since goes with --missed or --against")
    if not missed and (_given(ctx, "publishers") or _given(ctx, "tz")):
        raise click.UsageError("--publishers and --tz go with --missed")
    if not against and any(_given(ctx, name) for name in ("topics", "query", "api")):
        raise click.UsageError("--topic, --query and --api go with --against")


def _given(ctx: click.Context, name: str) -> bool:
    return ctx.get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE


# ── the ledger ────────────────────────────────────────────────────────────────────────────────


def _ledger(reader: Reader, form: str | None) -> None:
    feeds, alerts = reader.coverage(), reader.alert_states()
    total = {name: sum(map(itemgetter(name), feeds)) for name in _COUNTS}
    if form == "json":
        report = {"feeds": feeds, "total": total, "alerts": alerts}
        emit_json(report)
        return
    if form:
        emit(feeds, _FEED_FIELDS, form)
        return

    rows = [_row(feed["title"], feed, _state(feed)) for feed in feeds]
    columns = ["Feed", "Entries", "Hits", "Near", "None", "Dup.", "Unread", "State"]
    table(columns, [*rows, _row("Total", total, "")], wide="Feed", right=columns[1:7])
    paragraph("Each entry of a feed counts once, by its best outcome over all topics.")
    paragraph(f"Alerts, one for an article in a channel: {_alert_counts(alerts)}")


def _alert_counts(alerts: list[Row]) -> str:
    counts: Counter[str] = Counter()
    for row in alerts:
        reason = f" ({row['reason']})" if row["reason"] else ""
        counts[f"{row['channel']}: {row['state']}{reason}"] += row["alerts"]
    return ", ".join(f"{count} {state}" for state, count in counts.items()) or "none"


def _row(title: str, counts: Row, state: str) -> list[str]:
    return [title, *(str(counts[name]) for name in _COUNTS), state]


def _state(feed: Row) -> str:
    if not feed["enabled"]:
        return "off"
    if feed["error"]:
        return str(feed["error"])
    return "ok" if feed["ok_at"] else "not polled yet"


# ── what may have been missed ─────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class _Report:
    """What may have been missed from `since` to `now`: near misses best first, outages."""

    since: datetime
    now: datetime
    stories: list[tuple[WidelyCarriedStory, list[MissedStory]]]
    near: list[Row]
    outages: list[Outage]


def _missed(reader: Reader, since: datetime, publishers: int, now: datetime) -> _Report:
    outages = reader.outages(since, now)
    feeds = reader.carriers(outages, now)
    stories = reader.carried_stories(since, publishers)
    return _Report(
        since=since,
        now=now,
        stories=[(story, misses(story, feeds)) for story in stories],
        near=reader.best_near_misses(since, _NEAR_MISSES),
        outages=outages,
    )


def _print_missed(report: _Report, form: str | None, tz: tzinfo) -> None:
    if form == "json":
        everything = {
            "since": iso(report.since),
            "stories": [_story(*each) for each in report.stories],
            "near_misses": report.near,
            "outages": [_outage(each, report.now) for each in report.outages],
        }
        emit_json(everything)
    elif form:
        emit([_flat(_story(*each)) for each in report.stories], _STORY_FIELDS, form)
    else:
        _show_stories(report.stories, tz)
        _show_near_misses(report.near)
        _show_outages(report.outages, tz, report.now)


def _show_stories(stories: list[tuple[WidelyCarriedStory, list[MissedStory]]], tz: tzinfo) -> None:
    click.echo(f"{counted(len(stories), 'story')} that several publishers carried")
    rows = [_story_cells(*each, tz) for each in stories]
    columns = ["Began", "Publ.", "Story", "Missed by"]
    table(columns, rows, wide=["Story", "Missed by"], right=["Publ."])


def _story_cells(story: WidelyCarriedStory, missed: list[MissedStory], tz: tzinfo) -> list[str]:
    feeds = [f"{each.feed.title} ({each.why})" if each.why else each.feed.title for each in missed]
    began = stamp(iso(story.started_at), tz)
    return [began, str(len(story.publishers)), story.title, ", ".join(feeds) or "nobody"]


def _show_near_misses(near: list[Row]) -> None:
    click.echo(f"\n{counted(len(near), 'near miss')}, the nearest to a hit first")
    rows = [
        [str(row["id"]), row["topic"], f"{row['score']:.2f}", row["title"], row["reason"]]
        for row in near
    ]
    columns = ["ID", "Topic", "Score", "Title", "Why not"]
    table(columns, rows, wide=["Title", "Why not"], right=["ID", "Score"])


def _show_outages(outages: list[Outage], tz: tzinfo, now: datetime) -> None:
    click.echo(
        f"\n{counted(len(outages), 'time')} when a feed, or the service, was not to be relied on"
    )
    rows = [_outage_cells(each, tz, now) for each in outages]
    columns = ["Feed", "From", "To", "For", "Why"]
    table(columns, rows, wide=["Feed", "Why"], right=["For"])


def _outage_cells(outage: Outage, tz: tzinfo, now: datetime) -> list[str]:
    begin = stamp(iso(outage.since), tz)
    end = stamp(iso(outage.until), tz) if outage.until else "goes on"
    length = span(outage.length(now).total_seconds())
    return [outage.feed or "the service", begin, end, length, outage.reason]


def _story(story: WidelyCarriedStory, missed: list[MissedStory]) -> Row:
    return {
        "story": story.id,
        "title": story.title,
        "started_at": iso(story.started_at),
        "topics": sorted(story.topics),
        "publishers": list(story.publishers),
        "missed_by": [_missing(each.feed, each.why) for each in missed],
    }


def _missing(feed: FeedCoverage, why: str) -> Row:
    return {"title": feed.title, "url": feed.url, "publisher": feed.publisher, "why": why}


def _flat(story: Row) -> Row:
    return {**story, "missed_by": [each["title"] for each in story["missed_by"]]}


def _outage(outage: Outage, now: datetime) -> Row:
    return {
        "feed": outage.feed,
        "url": outage.url,
        "reason": outage.reason,
        "since": iso(outage.since),
        "until": iso(outage.until),
        "seconds": round(outage.length(now).total_seconds()),
    }
