"""`monitor timeline`: the history of a term set, a topic or words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from monitor.cli.filters import NameToFind, Since, refuse_unknown
from monitor.cli.output import database, emit, emit_json, list_options, local
from monitor.cli.table import table
from monitor.errors import InputError
from monitor.service.clock import utc_now
from monitor.text.counts import counted, sparkline

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime, tzinfo

    from monitor.cli import CliOptions
    from monitor.matching.terms.termsets import Sets
    from monitor.store.queries.timeline import Subject

_EXAMPLES = """\b
Examples:
  monitor timeline @wagner --since 1y        a term set: all names of it, in any language
  monitor timeline --topic kursk             a topic
  monitor timeline "oil depot" --since 90d   words
  monitor timeline @kursk --csv              reports and stories a week, for a spreadsheet
"""
_STEPS = {1: "day", 7: "week"}


@click.command(epilog=_EXAMPLES)
@click.argument("words", nargs=-1)
@click.option("--topic", type=NameToFind(), default="", help="Only hits of this topic (its id).")
@click.option("--since", type=Since(), default="1y", show_default=True, help="From then on.")
@click.option("--until", type=Since(future=True), help="Until then  [default: now].")
@list_options(limit=None)
def timeline(
    options: CliOptions,
    *,
    words: tuple[str, ...],
    topic: str,
    since: datetime,
    until: datetime | None,
    tz: tzinfo,
    form: str | None,
) -> None:
    """Show the history of a term set (@wagner), a topic or words: volume, silences and peaks.

    It is made of hits, which are kept for two years. A day is one of UTC.
    """
    from monitor.store.queries.stories import StoryReader
    from monitor.store.queries.timeline import STEP_FIELDS

    subject = _subject(options, words, topic)
    with StoryReader(database(options)) as reader:
        found = reader.history(subject, since, until or utc_now())
        if not found["reports"]:
            refuse_unknown(reader, options, topic=topic)
    if form == "json":
        emit_json(found)
    elif form:
        emit(found["steps"], STEP_FIELDS, form)
    else:
        _print(found, tz)


def _subject(options: CliOptions, words: tuple[str, ...], topic: str) -> Subject:
    """What the history is of. Raises UsageError for what no history can be of."""
    from monitor.store.queries.subjects import subject_of

    try:
        return subject_of(" ".join(words), topic, _sets(options, words))
    except InputError as error:
        raise click.UsageError(str(error)) from error


def _sets(options: CliOptions, words: tuple[str, ...]) -> Sets:
    """All term sets; none, without reading them, where no set is asked for."""
    if not words or not words[0].startswith("@"):
        return {}
    from monitor.cli.access import config_if_any
    from monitor.matching.terms.termsets import all_sets

    config = config_if_any(options)
    return all_sets(config.sets if config else {})


def _print(found: dict[str, Any], tz: tzinfo) -> None:
    for line in _lines(found, tz):
        click.echo(line)
    if found["peaks"]:
        columns = ["Peak", "Reports", "Stories", "Story", "Headline"]
        cells = [_cells(peak) for peak in found["peaks"]]
        click.echo()
        table(columns, cells, wide="Headline", right=columns[1:4], whole=["Peak"])


def _lines(found: dict[str, Any], tz: tzinfo) -> Iterator[str]:
    counts = f"{counted(found['reports'], 'report')} of {counted(found['stories'], 'story')}"
    times = f"{local(found['since'], tz)[:10]} to {local(found['until'], tz)[:10]}"
    yield f"{click.style(found['of'], bold=True)}: {counts}, {times}"
    steps = found["steps"]
    bars = sparkline([step["reports"] for step in steps])
    most = max(step["reports"] for step in steps)
    unit = _STEPS[steps[0]["days"]]
    yield f"{bars}  a {unit}, {counted(most, 'report')} at most"
    if found["first_at"]:
        first, last = local(found["first_at"], tz), local(found["last_at"], tz)
        yield f"first seen {first}, last {last}"
    if silence := found["silence"]:
        since, until = local(silence["since"], tz), local(silence["until"], tz)
        end = "and still silent" if silence["lasts"] else f"to {until}"
        yield f"longest silence {silence['days']:g} days, {since} {end}"


def _cells(peak: dict[str, Any]) -> list[str]:
    numbers = [str(peak[name]) for name in ("reports", "stories", "story")]
    return [peak["day"], *numbers, peak["headline"]]
