"""Work on stories: `monitor stories take`, `done`, `dismiss`, `reopen`, `note`, `follow`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from monitor.cli.output import ROW_ID, local
from monitor.model import Activity, ActivityKind, status_in_words
from monitor.service.clock import utc_now

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import tzinfo

    from monitor.cli import CliOptions

_SAID = {
    ActivityKind.TAKE: "taken by",
    ActivityKind.DONE: "done by",
    ActivityKind.DISMISS: "dismissed by",
    ActivityKind.REOPEN: "reopened by",
    ActivityKind.NOTE: "noted by",
    ActivityKind.FOLLOW: "followed by",
    ActivityKind.UNFOLLOW: "no longer followed by",
    ActivityKind.ESCALATE: "escalated by",
    ActivityKind.CREDIBILITY: "credibility judged by",
    ActivityKind.JOIN: "joined by",
}
_NOTES = """\b
Examples:
  monitor stories note 7 "Seoul confirms by phone"
  monitor stories note 7 "no answer from Kyiv" --as nina
"""
_ASSIGNMENTS = """\b
Examples:
  monitor stories assign 7 nina
  monitor stories assign 7 nina --as tom       tom gives it to nina
"""
_JUDGEMENTS = """\b
Examples:
  monitor stories credibility 7 2 "a second outlet by phone"
  monitor stories credibility 7 5 "the photo is of 2014" --as nina
"""
_CHANGES = frozenset(
    {ActivityKind.TAKE, ActivityKind.ASSIGN, ActivityKind.DONE, ActivityKind.DISMISS}
)
_author = click.option(
    "--as", "author", default="", metavar="NAME", help="Who does it [default: your login]."
)


def _command(kind: ActivityKind, name: str, told: str) -> click.Command:
    example = (
        f"\b\nExamples:\n  monitor stories {name} 7              7 is an ID of `monitor stories`"
        f"\n  monitor stories {name} 7 --as nina    in the name of nina"
    )

    @click.command(name, help=told, epilog=example)
    @click.argument("story_id", metavar="ID", type=ROW_ID)
    @_author
    @click.pass_obj
    def work(options: CliOptions, story_id: int, author: str) -> None:
        _add(options, story_id, kind, author)

    return work


@click.command(epilog=_NOTES)
@click.argument("story_id", metavar="ID", type=ROW_ID)
@click.argument("text", metavar="TEXT")
@_author
@click.pass_obj
def note(options: CliOptions, story_id: int, text: str, author: str) -> None:
    """Note something about story ID. Notes are never changed or deleted."""
    _add(options, story_id, ActivityKind.NOTE, author, text)


@click.command(epilog=_ASSIGNMENTS)
@click.argument("story_id", metavar="ID", type=ROW_ID)
@click.argument("person", metavar="NAME")
@_author
@click.pass_obj
def assign(options: CliOptions, story_id: int, person: str, author: str) -> None:
    """Give story ID to a person, who then has taken it."""
    _add(options, story_id, ActivityKind.ASSIGN, author, person)


@click.command(epilog=_JUDGEMENTS)
@click.argument("story_id", metavar="ID", type=ROW_ID)
@click.argument("value", metavar="1-6", type=click.IntRange(1, 6))
@click.argument("note", metavar="NOTE")
@_author
@click.pass_obj
def credibility(options: CliOptions, story_id: int, value: int, note: str, author: str) -> None:
    """Overrule the computed credibility of story ID, with a note that says why.

    1 confirmed, 2 probably true, 3 possibly true, 4 doubtful, 5 improbable, 6 cannot be judged.
    """
    _add(options, story_id, ActivityKind.CREDIBILITY, author, f"{value} {note}")


COMMANDS = (
    credibility,
    _command(ActivityKind.TAKE, "take", "Take story ID: you look after it, and others see that."),
    _command(ActivityKind.DONE, "done", "Close story ID. Big news reopens it."),
    _command(ActivityKind.DISMISS, "dismiss", "Close story ID as nothing. Big news reopens it."),
    _command(ActivityKind.REOPEN, "reopen", "Open story ID again: it is in the inbox as new."),
    note,
    assign,
    _command(ActivityKind.FOLLOW, "follow", "Follow story ID: your inbox shows each later report."),
    _command(ActivityKind.UNFOLLOW, "unfollow", "No longer follow story ID."),
)


def _add(
    options: CliOptions, story_id: int, kind: ActivityKind, author: str, text: str = ""
) -> None:
    from monitor.cli.access import existing_database, login, write

    path, name = existing_database(options), author or login("unknown")
    activity = Activity(kind, f"cli:{name}", name, utc_now(), text)
    before = write(path, lambda tx: tx.activity.add(story_id, activity, activity.at))
    said = f"assigned to {text}" if kind is ActivityKind.ASSIGN else f"{_SAID[kind]} {name}"
    was = f"; it was {status_in_words(before)}" if before and kind in _CHANGES else ""
    click.echo(f"story {story_id}: {said}{was}")


def lines(activities: list[dict[str, Any]], tz: tzinfo) -> Iterator[str]:
    """Yield who did what about a story, a line each."""
    for each in activities:
        kind = ActivityKind(each["kind"])
        said = f"{_SAID.get(kind, 'assigned by')} {each['by']}"
        text = f": {each['text']}" if each["text"] else ""
        yield f"{local(each['at'], tz)} {said}{text}"
