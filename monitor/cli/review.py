"""`monitor topics review`: hits that readers marked as not relevant, with the words that hit.

Each is printed as an example that its topic must not hit (`no_match`): pasted into config.yaml, it
fails in `monitor check` until the topic is corrected.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from monitor.cli.filters import NameToFind, Since, refuse_unknown
from monitor.cli.output import database, emit_json, list_options, local
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
_LONGEST = 1_000  # characters of an example's text


@click.command(epilog=_EXAMPLES)
@click.option("--topic", type=NameToFind(), default="", help="Only this topic (its id).")
@click.option("--since", type=Since(), help="Judged since: 24h, 7d, 2024-10-31.")
@list_options(limit=20, lines=False)
def review(
    options: CliOptions,
    *,
    topic: str,
    since: datetime | None,
    limit: int,
    tz: tzinfo,
    form: str | None,
) -> None:
    """Review the hits that readers marked as not relevant, with the words that made them hit.

    Each hit is followed by lines for config.yaml that make it an example which its topic must not
    hit. Paste the lines, and correct the topic until `monitor check` finds no mistake.
    """
    with StatsReader(database(options)) as reader:
        rows = [{**row, "no_match": example(row)} for row in reader.wrong(topic, since, limit)]
        if not rows:
            refuse_unknown(reader, options, topic=topic)
    if form:
        emit_json(rows)
        return

    for row in rows:
        for line in _lines(row, tz):
            click.echo(line)
    if not rows:
        click.echo("Nothing was marked as not relevant. `monitor stats` counts it.", err=True)


def example(row: dict[str, Any]) -> str:
    """Text of an example: an article's title, and its text up to the last word that hit."""
    title, text = row["title"], row["text"]
    if not title:
        return ""
    evidence = [each for each in row["evidence"] if each["field"] == "text"]
    words = [each["end"] for each in evidence]
    sentences = [text.find(each["sentence"]) + len(each["sentence"]) for each in evidence]
    end = max([*words, *sentences, min(len(text), _LONGEST)])
    return f"{title}\n{text[:end]}".strip()


def _lines(row: dict[str, Any], tz: tzinfo) -> Iterator[str]:
    yield click.style(f"{row['title'] or '(its text was pruned)'}", bold=True)
    good = f", {row['good']} × good" if row["good"] else ""
    verdicts = f"{row['wrong']} × not relevant{good}"
    yield f"{row['topic']} · {verdicts} · {local(row['at'], tz)} · article {row['article']}"
    if origin := " · ".join(filter(None, [row["publisher"], row["url"]])):
        yield origin
    for each in row["evidence"]:
        yield f"  {each['found']} ({each['term']}): {each['sentence'] or row['title']}"
    if row["no_match"]:
        # JSON's strings are YAML's as well; `${` would be filled from the environment.
        text = json.dumps(row["no_match"].replace("${", "$ {"), ensure_ascii=False)
        yield f"  # under the topic {row['topic']}:"
        yield from ["    examples:", "      no_match:", f"        - {text}"]
    yield ""
