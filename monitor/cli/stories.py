"""`monitor stories`: stories listed, and one shown with the reasons that join its reports."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import click

from monitor.cli import activity
from monitor.cli.belief import belief_lines
from monitor.cli.filters import NameToFind, Since, refuse_unknown
from monitor.cli.follow import follow as follow_rows
from monitor.cli.follow import follow_option
from monitor.cli.gloss import gloss_lines, with_gloss
from monitor.cli.output import (
    ListGroup,
    database,
    emit,
    emit_json,
    examples,
    list_options,
    local,
    say_what_is_cut,
    when,
)
from monitor.cli.table import table
from monitor.service.clock import utc_now
from monitor.store.queries.earlier import in_one_line
from monitor.store.queries.inbox import InboxReader
from monitor.store.queries.stories import STORY_FIELDS, StoryFilter, StoryReader
from monitor.stories.explain import in_words
from monitor.text.counts import counted

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime, tzinfo

    from monitor.cli import CliOptions

_EXAMPLES = """\b
Examples:
  monitor stories                         the last 50, the latest first
  monitor stories --since 24h --publishers 3
  monitor stories --follow                and then each that comes, or grows
  monitor stories show 7                  publishers, figures and reports of a story
  monitor stories show 7 --why            and why each report belongs to the story
  monitor stories merge 7 9               story 9 is the same event as story 7
  monitor stories split 7 41 42           reports 41 and 42 of story 7 are another event
  monitor stories take 7                  story 7 is yours; done, dismiss, note … follow
"""

_FOLLOWED = ("last_at", "id", "topics", "articles", "independent", "title")


@click.group(cls=ListGroup, invoke_without_command=True, epilog=_EXAMPLES)
@click.option("--topic", type=NameToFind(), default="", help="Only this topic (its id).")
@click.option("--since", type=Since(), help="Only with a report seen since: 24h, 7d, 2024-10-31.")
@click.option("--until", type=Since(future=True), help="Only begun before.")
@click.option("--publishers", default=1, type=click.IntRange(1), help="Least number of publishers.")
@follow_option
@list_options()
def stories(
    options: CliOptions,
    *,
    topic: str,
    since: datetime | None,
    until: datetime | None,
    publishers: int,
    follow: bool,
    limit: int,
    tz: tzinfo,
    form: str | None,
) -> None:
    """List stories, the latest first: reports of one event in any outlet and language."""
    with StoryReader(database(options)) as reader:
        wanted = StoryFilter(topic, since, until, publishers, limit)
        rows = reader.stories(wanted)
        if not rows:
            refuse_unknown(reader, options, topic=topic)
        say_what_is_cut(len(rows), limit, "stories", lambda: reader.story_count(wanted))
    if form:
        emit(rows, STORY_FIELDS, form)
    else:
        _print(rows, tz)
    if follow:
        follow_rows(partial(_read, options, wanted), _FOLLOWED, form, key=("id", "articles"))


def _read(options: CliOptions, wanted: StoryFilter) -> list[dict[str, Any]]:
    with StoryReader(database(options)) as reader:
        return reader.stories(wanted)


def _print(rows: list[dict[str, Any]], tz: tzinfo) -> None:
    columns = ["ID", "Last", "Topics", "Reports", "Publishers", "Independent", "Title"]
    right = ["ID", *columns[3:6]]
    columns, cells = with_gloss(columns, [_cells(row, tz) for row in rows], rows)
    table(columns, cells, wide="Title", right=right, below="Gloss")
    if not rows:
        click.echo("No such stories. `monitor hits` lists what was found.", err=True)


def _cells(row: dict[str, Any], tz: tzinfo) -> list[str]:
    counts = [str(row[name]) for name in ("articles", "publishers", "independent")]
    topics = ", ".join(row["topics"])
    return [str(row["id"]), when(row["last_at"], tz, utc_now()), topics, *counts, row["title"]]


@stories.command(
    epilog=examples(
        "monitor stories show 7           7 is an ID that `monitor stories` prints",
        "monitor stories show 7 --why     and why each report belongs to it",
    )
)
@click.argument("story_id", metavar="ID", type=int)
@click.option("--why", is_flag=True, help="Say with what each report was compared, and how.")
@list_options(limit=None, lines=False)
def show(options: CliOptions, story_id: int, *, why: bool, tz: tzinfo, form: str | None) -> None:
    """Show a story: its publishers, figures and reports."""
    with InboxReader(database(options)) as reader:
        story = reader.story(story_id)
        status, activities = reader.status(story_id), reader.activities(story_id)
        into = reader.merged_into(story_id) if story and not story["articles"] else None
        earlier = reader.before(story_id, utc_now()) if story else None
    if into:
        raise click.ClickException(f"story {story_id} was merged into story {into}")
    if story is None:
        raise click.ClickException(f"there is no story {story_id}; `monitor stories` lists IDs")
    if form:
        emit_json({**story, "before": earlier, "status": status, "activity": activities})
        return

    told = (*_before(earlier), *activity.lines(activities, tz))
    for line in (*_about(story, tz), *told, *_reports(story, tz, why=why)):
        click.echo(line)


@stories.command(
    epilog=examples(
        "monitor stories merge 7 9        9's reports become those of 7",
        "monitor stories                  lists the IDs",
    )
)
@click.argument("into", metavar="ID", type=int)
@click.argument("other", metavar="OTHER", type=int)
@click.pass_obj
def merge(options: CliOptions, into: int, other: int) -> None:
    """Join story OTHER to story ID: the same event. Nothing is alerted again."""
    from monitor.cli.access import existing_database, login, write

    path, reader = existing_database(options), f"cli:{login('unknown')}"
    moved = write(path, lambda tx: tx.story_edits.merge(into, other, reader, utc_now()))
    click.echo(f"{counted(moved, 'report')} of story {other} moved to story {into}.")


@stories.command(
    epilog=examples(
        "monitor stories split 7 41 42    reports 41 and 42 of story 7 are another event",
        "monitor stories show 7           lists its reports",
    )
)
@click.argument("story_id", metavar="ID", type=int)
@click.argument("reports", metavar="REPORT...", type=int, nargs=-1, required=True)
@click.pass_obj
def split(options: CliOptions, story_id: int, reports: tuple[int, ...]) -> None:
    """Make a story of reports of story ID: another event. Nothing is alerted again."""
    from monitor.cli.access import existing_database, login, write

    path, reader = existing_database(options), f"cli:{login('unknown')}"
    new = write(path, lambda tx: tx.story_edits.split(story_id, reports, reader, utc_now()))
    click.echo(f"{counted(len(set(reports)), 'report')} of story {story_id} moved to story {new}.")


for _work in activity.COMMANDS:
    stories.add_command(_work)


def _about(story: dict[str, Any], tz: tzinfo) -> Iterator[str]:
    yield click.style(story["title"], bold=True)
    yield from gloss_lines(story)
    times = f"{local(story['started_at'], tz)} to {local(story['last_at'], tz)}"
    yield " · ".join([", ".join(story["topics"]), counted(story["articles"], "report"), times])
    for kind in ("actors", "places", "weapons", "actions"):
        if story[kind]:
            yield f"{kind}: {', '.join(story[kind])}"
    yield from belief_lines(story)
    for report in story["publisher_reports"]:
        state = " (state)" if report["kind"] in {"state", "official"} else ""
        copy = f", repeats {report['copy_of']}" if report["copy_of"] else ""
        since = local(report["first_seen_at"], tz)
        letter = story["reliability"][report["publisher"]]
        judged = "" if letter == "F" else f", reliability {letter}"
        yield f"publisher: {report['publisher']}{state}{judged}, since {since}{copy}"
    for figure in story["figures"]:
        speaker = f", {figure['said_by']}" if figure["said_by"] else ""
        what = figure["label"] or figure["unit"]
        yield f"figure: {figure['value']:,g} {what}{speaker} ({figure['publisher']})"


def _before(earlier: dict[str, Any] | None) -> Iterator[str]:
    """Line on earlier stories of the same place and act, none where the story names neither."""
    if earlier:
        yield f"before: {in_one_line(earlier)}"
        for row in earlier["latest"][:3]:
            yield f"    story {row['id']}, {row['last_at'][:10]}: {row['title']}"


def _reports(story: dict[str, Any], tz: tzinfo, *, why: bool) -> Iterator[str]:
    for report in story["reports"]:
        copy = f", a copy of {report['copy_of']}" if report["copy_of"] else ""
        roundup = ", of many events" if report["roundup"] else ""
        origin = f"{report['publisher']}, {report['lang'] or '?'}{copy}{roundup}"
        yield f"{report['id']} {local(report['seen_at'], tz)} {report['title']} ({origin})"
        for line in gloss_lines(report):
            yield f"    {line}"
        if why:
            for line in in_words(report["why"]):
                yield f"    {line}"
