"""`monitor topics review`: what readers marked as not relevant, and why it was sent."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from monitor.cli.output import Since, Zone, database, format_options, local
from monitor.store.queries.stats import StatsReader

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime, tzinfo

    from monitor.cli import CliOptions

_EXAMPLES = """\b
Examples:
  monitor topics review                   all topics, the newest first
  monitor topics review --topic icbm      one topic
"""
_LONGEST = 1_000  # characters of an example


@click.command(epilog=_EXAMPLES)
@click.option("--topic", default="", help="Only this topic (its id).")
@click.option("--since", type=Since(), help="Judged since: 24h, 7d, 2024-10-31.")
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1), help="At most.")
@click.option("--tz", type=Zone(), default="UTC", show_default=True, help="Time zone of times.")
@format_options()
@click.pass_obj
def review(
    options: CliOptions,
    *,
    topic: str,
    since: datetime | None,
    limit: int,
    tz: tzinfo,
    form: str | None,
) -> None:
    """List what readers marked as not relevant, with the words that made it hit.

    Each comes with the lines that make it an example of its topic which must not hit: paste them
    into config.yaml, mend the topic until `monitor check` is content.
    """
    with StatsReader(database(options)) as reader:
        rows = [{**row, "no_match": example(row)} for row in reader.wrong(topic, since, limit)]
    if form:
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    for row in rows:
        for line in _lines(row, tz):
            click.echo(line)
    if not rows:
        click.echo("Nothing was marked as not relevant. `monitor stats` counts it.", err=True)


def example(row: dict[str, Any]) -> str:
    """Return an article as an example's text: its title, then its text as far as it made it hit."""
    if not row["title"]:
        return ""
    ends = [each["end"] for each in row["evidence"] if each["field"] == "text"]
    sentences = [
        row["text"].find(each["sentence"]) + len(each["sentence"])
        for each in row["evidence"]
        if each["field"] == "text"
    ]
    end = max([*ends, *sentences], default=0)
    text = row["text"][: max(end, min(len(row["text"]), _LONGEST))]
    return f"{row['title']}\n{text}".strip()


def _lines(row: dict[str, Any], tz: tzinfo) -> Iterator[str]:
    yield click.style(f"{row['title'] or '(its text was pruned)'}", bold=True)
    said = f"{row['wrong']} × not relevant" + (f", {row['good']} × good" if row["good"] else "")
    where = " · ".join(filter(None, [row["publisher"], row["url"]]))
    yield f"{row['topic']} · {said} · {local(row['at'], tz)} · article {row['article']}"
    yield from [where] if where else []
    for each in row["evidence"]:
        yield f"  {each['found']} ({each['term']}): {each['sentence'] or row['title']}"
    if row["no_match"]:
        # JSON's strings are YAML's as well; ${ would be filled from the environment
        text = json.dumps(row["no_match"].replace("${", "$ {"), ensure_ascii=False)
        yield f"  # under the topic {row['topic']}:"
        yield from ["    examples:", "      no_match:", f"        - {text}"]
    yield ""
