"""`monitor coverage`: the ledger, and what may have been missed."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import click

from monitor.cli.output import (
    Since,
    Zone,
    database,
    emit,
    format_options,
    local,
    table,
)
from monitor.feeds.missed_stories import misses
from monitor.service.clock import utc_now
from monitor.store.queries.reader import Reader
from monitor.store.queries.status import span
from monitor.text.counts import counted

if TYPE_CHECKING:
    from datetime import datetime, tzinfo

    from monitor.feeds.missed_stories import FeedCoverage, MissedStory, WidelyCarriedStory
    from monitor.model import Outage

Row = dict[str, Any]
_COUNTS = ("entries", "hit", "near_miss", "no_match", "duplicate", "unread")
_FEED_FIELDS = ("feed", "title", "enabled", *_COUNTS, "ok_at", "failing_since", "error")
_STORY_FIELDS = ("story", "title", "started_at", "topics", "publishers", "missed_by")
_A_WEEK = timedelta(days=7)
_NEAR_MISSES = 20
_EXAMPLES = """\b
Examples:
  monitor coverage --json | jq .total
  monitor coverage --missed                 stories of the last week that some feeds did not have
  monitor coverage --missed --since 24h --csv
"""


@click.command(epilog=_EXAMPLES)
@click.option("--missed", is_flag=True, help="What may have been missed, and by which feeds.")
@click.option("--since", type=Since(), help="With --missed: since when.  [default: 7d]")
@click.option(
    "--publishers",
    type=click.IntRange(2),
    default=3,
    show_default=True,
    help="With --missed: stories that at least so many carried.",
)
@click.option("--tz", type=Zone(), default="UTC", show_default=True, help="Time zone of tables.")
@format_options(lines=True)
@click.pass_context
def coverage(
    ctx: click.Context,
    *,
    missed: bool,
    since: datetime | None,
    publishers: int,
    tz: tzinfo,
    form: str | None,
) -> None:
    """Account for every entry of every feed; or tell what may have been missed.

    Each distinct entry has one outcome, the best over all topics: hit, near miss, no match,
    duplicate (another feed brought the same article) or unread. Alerts are counted by state.

    With --missed: the stories that several publishers carried, and the feeds that did not, though
    they are of the same language or kind and usually carry such topics; the near misses that came
    nearest to a hit; and when feeds, or the service itself, could not be relied on.
    """
    if not missed and (since or _given(ctx, "publishers") or _given(ctx, "tz")):
        raise click.UsageError("--since, --publishers and --tz go with --missed")
    with Reader(database(ctx.obj)) as reader:
        if missed:
            now = utc_now()
            report = _missed(reader, since or now - _A_WEEK, publishers, now)
            _print_missed(report, form, tz)
        else:
            _ledger(reader, form)


def _given(ctx: click.Context, name: str) -> bool:
    return ctx.get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE


# ── the ledger ────────────────────────────────────────────────────────────────────────────────


def _ledger(reader: Reader, form: str | None) -> None:
    feeds, alerts = reader.coverage(), reader.alert_states()
    total = {name: sum(feed[name] for feed in feeds) for name in _COUNTS}
    if form == "json":
        report = {"feeds": feeds, "total": total, "alerts": alerts}
        click.echo(json.dumps(report, ensure_ascii=False, indent=2))
        return
    if form:
        emit(feeds, _FEED_FIELDS, form)
        return
    rows = [_row(feed["title"], feed, _state(feed)) for feed in feeds]
    columns = ["Feed", "Entries", "Hits", "Near", "None", "Dup.", "Unread", "State"]
    table(columns, [*rows, _row("Total", total, "")], wide="Feed", right=columns[1:7])
    states: dict[str, int] = {}
    for row in alerts:
        key = f"{row['channel']}: {row['state']}" + (f" ({row['reason']})" if row["reason"] else "")
        states[key] = states.get(key, 0) + row["alerts"]
    click.echo("Alerts: " + (", ".join(f"{n} {state}" for state, n in states.items()) or "none"))


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
    """What may have been missed from `since` until `now`."""

    since: datetime
    now: datetime
    stories: list[tuple[WidelyCarriedStory, list[MissedStory]]]
    near: list[Row]
    outages: list[Outage]


def _missed(reader: Reader, since: datetime, publishers: int, now: datetime) -> _Report:
    outages = reader.outages(since, now)
    feeds = reader.carriers(outages, now)
    return _Report(
        since=since,
        now=now,
        stories=[
            (story, misses(story, feeds)) for story in reader.carried_stories(since, publishers)
        ],
        near=reader.best_near_misses(since, _NEAR_MISSES),
        outages=outages,
    )


def _print_missed(report: _Report, form: str | None, tz: tzinfo) -> None:
    stories = [_story(*each) for each in report.stories]
    if form == "json":
        everything = {
            "since": _iso(report.since),
            "stories": stories,
            "near_misses": report.near,
            "outages": [_outage(each, report.now) for each in report.outages],
        }
        click.echo(json.dumps(everything, ensure_ascii=False, indent=2))
    elif form:
        emit([_flat(each) for each in stories], _STORY_FIELDS, form)
    else:
        _show_stories(report.stories, tz)
        _show_near_misses(report.near)
        _show_outages(report.outages, tz, report.now)


def _show_stories(stories: list[tuple[WidelyCarriedStory, list[MissedStory]]], tz: tzinfo) -> None:
    click.echo(f"{counted(len(stories), 'story')} that several publishers carried")
    rows = [
        [
            local(_iso(story.started_at), tz),
            str(len(story.publishers)),
            story.title,
            ", ".join(_told(each) for each in missed) or "nobody",
        ]
        for story, missed in stories
    ]
    columns = ["Began", "Publ.", "Story", "Missed by"]
    table(columns, rows, wide=["Story", "Missed by"], right=["Publ."])


def _told(miss: MissedStory) -> str:
    return f"{miss.feed.title} ({miss.why})" if miss.why else miss.feed.title


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
    rows = [
        [
            each.feed or "the service",
            local(_iso(each.since), tz),
            local(_iso(each.until), tz) if each.until else "goes on",
            span(each.length(now).total_seconds()),
            each.reason,
        ]
        for each in outages
    ]
    columns = ["Feed", "From", "To", "For", "Why"]
    table(columns, rows, wide=["Feed", "Why"], right=["For"])


def _story(story: WidelyCarriedStory, missed: list[MissedStory]) -> Row:
    return {
        "story": story.id,
        "title": story.title,
        "started_at": _iso(story.started_at),
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
        "since": _iso(outage.since),
        "until": _iso(outage.until),
        "seconds": round(outage.length(now).total_seconds()),
    }


def _iso(at: datetime | None) -> str | None:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ") if at else None
