"""`monitor hits` and `monitor show`."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import click

from monitor.cli.output import Since, Zone, database, emit, format_options, local, table
from monitor.store.fulltext import query
from monitor.store.queries.reader import HIT_FIELDS, HitFilter, Reader
from monitor.text.excerpt import Change, changes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime, tzinfo

    from monitor.cli import CliOptions

_EXAMPLES = """\b
Examples:
  monitor hits                            the last 50
  monitor hits 북한 --lang ko --since 7d    words are searched in title and text
  monitor hits --near                     what a topic nearly hit, and why it did not
  monitor hits --topic kursk --json | jq '.[].url'
"""


@click.command(epilog=_EXAMPLES)
@click.argument("words", nargs=-1)
@click.option("--topic", default="", help="Only this topic (its id).")
@click.option("--near", is_flag=True, help="List near misses in their place, each with its reason.")
@click.option("--publisher", default="", help="Only this publisher.")
@click.option("--lang", default="", help="Only this language, such as ko.")
@click.option("--since", type=Since(), help="Seen since: 24h, 7d, 2024-10-31, 2024-10-31T18:00.")
@click.option("--until", type=Since(), help="Seen before.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1), help="At most.")
@click.option("--tz", type=Zone(), default="UTC", show_default=True, help="Time zone of the table.")
@format_options(lines=True)
@click.pass_obj
def hits(
    options: CliOptions,
    *,
    words: tuple[str, ...],
    topic: str,
    near: bool,
    publisher: str,
    lang: str,
    since: datetime | None,
    until: datetime | None,
    limit: int,
    tz: tzinfo,
    form: str | None,
) -> None:
    """List hits, the newest first; WORDS must all occur in title or text."""
    if words and not query(" ".join(words)):
        raise click.UsageError("WORDS need a letter or a digit")
    wanted = HitFilter(" ".join(words), topic, publisher, lang, since, until, limit, near)
    with Reader(database(options)) as reader:
        rows = reader.hits(wanted)
    if form:
        emit(rows, HIT_FIELDS, form)
        return
    columns = ["ID", "Seen", "Topic", "Lang", "Publisher", "Title", *["Reason"] * near]
    cells = [
        [
            str(r["id"]),
            local(r["seen_at"], tz),
            topics,
            r["lang"],
            r["publisher"],
            r["title"],
            *[r["reason"]] * near,
        ]
        for r, topics in (((row, row["topic"]) for row in rows) if near else _by_article(rows))
    ]
    table(columns, cells, wide=["Title", *["Reason"] * near], right=["ID"])
    if not rows:
        what = "near misses" if near else "hits"
        click.echo(f"No {what}. `monitor coverage` shows what was read.", err=True)


def _by_article(rows: list[dict[str, Any]]) -> list[tuple[dict[str, Any], str]]:
    """Return each article once, with the topics that it hits."""
    articles: dict[int, list[dict[str, Any]]] = {}
    for row in rows:
        articles.setdefault(row["id"], []).append(row)
    return [(hits[0], ", ".join(hit["topic"] for hit in hits)) for hits in articles.values()]


@click.command(
    epilog="\b\nExample:\n  monitor show 42      42 is the ID that `monitor hits` prints"
)
@click.argument("article_id", metavar="ID", type=int)
@click.option("--tz", type=Zone(), default="UTC", show_default=True, help="Time zone of times.")
@format_options()
@click.pass_obj
def show(options: CliOptions, article_id: int, tz: tzinfo, form: str | None) -> None:
    """Show one article: its texts, what it matches and why, its story and its alerts."""
    with Reader(database(options)) as reader:
        article = reader.article(article_id)
    if article is None:
        raise click.ClickException(f"there is no article {article_id}; `monitor hits` lists IDs")
    if form:
        click.echo(json.dumps(article, ensure_ascii=False, indent=2))
        return
    for line in _lines(article, tz):
        click.echo(line)


def _lines(article: dict[str, Any], tz: tzinfo) -> list[str]:
    published = local(article["published_at"], tz) or "not dated"
    seen = f"seen {local(article['seen_at'], tz)}"
    lines = [
        click.style(article["title"], bold=True),
        " · ".join([article["publisher"], article["lang"] or "?", f"published {published}", seen]),
        article["url"],
        "",
        article["text"],
        "",
    ]
    for match in article["matches"]:
        words = ", ".join(f"{e['found']} ({e['field']} {e['start']})" for e in match["evidence"])
        why = f": {match['reason']}" if match["reason"] else ""
        score = f" {match['score']:.2f}"
        lines.append(f"{match['outcome']} {match['topic']}{score}{why} — {words}")
    if article["story"]:
        lines.append(f"story {article['story']}")
    lines += [
        f"entry of {e['feed']} ({e['publisher']}): {e['outcome']}, {local(e['seen_at'], tz)}"
        for e in article["entries"]
    ]
    lines += [
        f"alert to {a['channel']}: {a['state']}"
        + (f" ({a['reason']})" if a["reason"] else "")
        + (f", {local(a['sent_at'], tz)}" if a["sent_at"] else "")
        for a in article["alerts"]
    ]
    return [*lines, *_edits(article["versions"], tz)]


def _edits(versions: list[dict[str, Any]], tz: tzinfo) -> Iterator[str]:
    """Yield what changed from each text that an article had to the next one."""
    for old, new in pairwise(versions):
        yield f"edited {local(new['seen_at'], tz)}:"
        for field in ("title", "text"):
            if old[field] != new[field]:
                yield f"  {field}: " + " ".join(map(_marked, changes(old[field], new[field])))


def _marked(change: Change) -> str:
    kind, words = change
    if kind == "same":
        return words
    if kind == "gone":
        return click.style(f"[-{words}-]", fg="red")
    return click.style(f"{{+{words}+}}", fg="green")
