"""`monitor export`: stories for other systems."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from monitor.cli.filters import NameToFind, Since, refuse_unknown, zone_option
from monitor.cli.output import csv_text, database, write_output
from monitor.store.queries.stories import STORY_FIELDS, StoryFilter, StoryReader

if TYPE_CHECKING:
    from datetime import datetime, tzinfo

    from monitor.cli import CliOptions
    from monitor.export.stories import StoryExport

_EXAMPLES = """\b
Examples:
  monitor export --format stix --since 7d --output week.json
  monitor export --format misp --topic kursk
  monitor export --format csv > stories.csv
  monitor export --format ndjson | jq .title
"""
_COLUMNS = ("tlp", *STORY_FIELDS, "places", "actors", "weapons", "actions", "urls")


@click.command(epilog=_EXAMPLES)
@click.option(
    "--format",
    "form",
    type=click.Choice(["stix", "misp", "csv", "ndjson"]),
    required=True,
    help="STIX 2.1 (extra `stix`), MISP events, CSV, or a JSON object a line.",
)
@click.option("--topic", type=NameToFind(), default="", help="Only this topic (its id).")
@click.option("--since", type=Since(), help="Only with a report seen since: 24h, 7d, 2024-10-31.")
@click.option("--until", type=Since(future=True), help="Only begun before.")
@click.option("--publishers", default=1, type=click.IntRange(1), help="Least number of publishers.")
@click.option("--limit", default=1_000, show_default=True, type=click.IntRange(1), help="At most.")
@click.option(
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write to this file.",
)
@zone_option
@click.pass_obj
def export(
    options: CliOptions,
    *,
    form: str,
    topic: str,
    since: datetime | None,
    until: datetime | None,
    publishers: int,
    limit: int,
    output: Path | None,
    tz: tzinfo,
) -> None:
    """Export stories: as STIX 2.1, MISP events, CSV, or JSON a line.

    Each bears the strictest TLP label of its topics. The same story has the same identifier in each
    export of this database.
    """
    del tz  # the zone of --since and --until
    from monitor.cli.access import config_if_any
    from monitor.export.stories import stories_of

    config, path = config_if_any(options), database(options)
    wanted = StoryFilter(topic, since, until, publishers, limit)
    found = stories_of(path, wanted, config.topics if config else ())
    if not found:
        with StoryReader(path) as reader:
            refuse_unknown(reader, options, topic=topic)
    write_output(_rendered(found, form, str(path.resolve())), output)


def _rendered(found: list[StoryExport], form: str, desk: str) -> bytes:
    if form == "stix":
        from monitor.export.stix import stix

        return stix(found, desk).encode("utf-8", "replace")
    if form == "misp":
        from monitor.export.misp import misp

        return misp(found, desk).encode("utf-8", "replace")
    if form == "ndjson":
        lines = [f"{json.dumps(story.row(), ensure_ascii=False)}\n" for story in found]
        return "".join(lines).encode("utf-8", "replace")
    return csv_text([_flat(story) for story in found], _COLUMNS).encode("utf-8", "replace")


def _flat(story: StoryExport) -> dict[str, Any]:
    """A story as one row of CSV: its places and addresses as lists."""
    row = {name: value for name, value in story.row().items() if name in _COLUMNS}
    return {
        **row,
        "places": [place.name for place in story.places],
        "urls": [report["url"] for report in story.reports],
    }
