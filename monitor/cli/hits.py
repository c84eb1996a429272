"""`monitor hits` and `monitor show`: hits and near misses listed, and one article shown whole."""

from __future__ import annotations

from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import click

from monitor.cli.filters import NameToFind, Since, as_written, refuse_unknown
from monitor.cli.follow import follow as follow_rows
from monitor.cli.follow import follow_option
from monitor.cli.gloss import gloss_lines, with_gloss
from monitor.cli.output import (
    ROW_ID,
    age,
    database,
    emit,
    emit_json,
    examples,
    list_options,
    local,
    say_what_is_cut,
    stamp,
)
from monitor.cli.table import table
from monitor.cli.views import save_view, with_view
from monitor.service.clock import utc_now
from monitor.store.fulltext import query
from monitor.store.queries.hit_filter import filter_of
from monitor.store.queries.reader import HIT_FIELDS, Reader
from monitor.store.queries.stories import StoryReader
from monitor.text.excerpt import Change, changes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime, tzinfo

    from monitor.cli import CliOptions
    from monitor.store.queries.hit_filter import HitFilter

_EXAMPLES = """\b
Examples:
  monitor hits                            the last 50
  monitor hits 북한 --lang ko --since 7d    hits with this word in title or text
  monitor hits --near                     near misses, each with its reason
  monitor hits --topic kursk --json | jq '.[].url'
  monitor hits --topic kursk --since 7d --save "Kursk, a week"
  monitor hits --topic kursk --follow     and then each new one as it comes
  monitor hits --country KR --md          a table to paste into a report
  monitor hits --template '{{ topic }}: {{ title }} <{{ url }}>'
  monitor hits --view "Kursk, a week" --lang ru
"""


_FOLLOWED = ("seen_at", "id", "topic", "publisher", "title", "url")
_RIGHT = ("ID", "Age")
_FIRST_TO_GO = ("Lang", "Published")


@click.command(epilog=_EXAMPLES)
@click.argument("words", nargs=-1)
@click.option("--topic", type=NameToFind(), default="", help="Only this topic (its id).")
@click.option("--near", is_flag=True, help="List near misses instead, each with its reason.")
@click.option("--publisher", type=NameToFind(), default="", help="Only this publisher.")
@click.option("--feed", type=NameToFind(), default="", help="Only this feed (title or address).")
@click.option("--country", default="", help="Only publishers of this country, such as KR.")
@click.option("--lang", type=NameToFind(), default="", help="Only this language, such as ko.")
@click.option("--story", type=ROW_ID, help="Only this story, by its ID.")
@click.option("--since", type=Since(), help="Seen since: 24h, 7d, 2024-10-31, 2024-10-31T18:00.")
@click.option("--until", type=Since(future=True), help="Seen before.")
@click.option("--view", default="", help="Begin with a saved view; what is given beside it counts.")
@click.option("--save", default="", metavar="NAME", help="Save this search as a view, and list it.")
@follow_option
@list_options()
def hits(
    options: CliOptions,
    *,
    words: tuple[str, ...],
    topic: str,
    near: bool,
    publisher: str,
    feed: str,
    country: str,
    lang: str,
    story: int | None,
    since: datetime | None,
    until: datetime | None,
    view: str,
    save: str,
    follow: bool,
    limit: int,
    tz: tzinfo,
    form: str | None,
) -> None:
    """List hits, or near misses, the newest first. All WORDS must occur in title or text."""
    if words and not query(" ".join(words)):
        raise click.UsageError("WORDS need a letter or a digit")

    times = {"since": as_written("since", since), "until": as_written("until", until)}
    given = {"q": " ".join(words), "topic": topic, "publisher": publisher, "feed": feed, **times}
    given |= {"country": country.upper(), "lang": lang, "story": str(story or "")}
    given["near"] = "1" if near else ""
    parameters = with_view(options, view, given)
    if save:
        save_view(options, save, parameters)
    wanted = filter_of(parameters, utc_now(), limit)
    rows = _found(options, wanted)
    if form:
        emit(rows, HIT_FIELDS, form)
    else:
        _print(rows, tz, near=wanted.near)
    if follow:
        follow_rows(partial(_read, options, wanted), _FOLLOWED, form, key=("id", "topic"))


def _read(options: CliOptions, wanted: HitFilter) -> list[dict[str, Any]]:
    with Reader(database(options)) as reader:
        return reader.hits(wanted)


def _found(options: CliOptions, wanted: HitFilter) -> list[dict[str, Any]]:
    """The rows of a filter; says how many there are where the limit cuts them."""
    kinds = ("topic", "publisher", "feed", "country", "lang")
    names = {kind: getattr(wanted, kind) for kind in kinds}
    with StoryReader(database(options)) as reader:
        rows = reader.hits(wanted)
        if not rows:
            refuse_unknown(reader, options, **names)
            if wanted.story and reader.story(int(wanted.story)) is None:
                message = f"there is no story {wanted.story}; `monitor stories` lists IDs"
                raise click.UsageError(message)
        shown = len({row["id"] for row in rows})
        say_what_is_cut(shown, wanted.limit, "articles", lambda: reader.hit_count(wanted))
    return rows


def _print(rows: list[dict[str, Any]], tz: tzinfo, *, near: bool) -> None:
    columns = ["ID", "Published", "Age", "Topic", "Lang", "Publisher", "Title"]
    if near:
        shown = [(row, row["topic"]) for row in rows]
        cells = [[*_cells(*each, tz), each[0]["reason"]] for each in shown]
        columns, wide = [*columns, "Reason"], ["Title", "Reason"]
    else:
        shown, wide = _by_article(rows), ["Title"]
        cells = [_cells(*each, tz) for each in shown]
    links = [row["url"] for row, _ in shown]
    columns, cells = with_gloss(columns, cells, [row for row, _ in shown])
    table(
        columns,
        cells,
        wide=wide,
        right=_RIGHT,
        first_to_go=_FIRST_TO_GO,
        below="Gloss",
        links=links,
    )
    if not rows:
        what = "near misses" if near else "hits"
        click.echo(f"No {what}. `monitor coverage` shows what was read.", err=True)


def _cells(row: dict[str, Any], topics: str, tz: tzinfo) -> list[str]:
    at = row["published_at"] or row["seen_at"]
    published, old = stamp(row["published_at"], tz) or "not dated", age(at, utc_now())
    return [str(row["id"]), published, old, topics, row["lang"], row["publisher"], row["title"]]


def _by_article(rows: list[dict[str, Any]]) -> list[tuple[dict[str, Any], str]]:
    """The first row of each article, with the topics that the article hits."""
    first: dict[int, dict[str, Any]] = {}
    topics: dict[int, list[str]] = {}
    for row in rows:
        first.setdefault(row["id"], row)
        topics.setdefault(row["id"], []).append(row["topic"])
    return [(row, ", ".join(topics[article])) for article, row in first.items()]


@click.command(
    epilog=examples(
        "monitor show 42                  42 is the ID that `monitor hits` prints",
        "monitor show 42 --tz Asia/Seoul  its times in another zone",
    )
)
@click.argument("article_id", metavar="ID", type=int)
@list_options(limit=None, lines=False)
def show(options: CliOptions, article_id: int, tz: tzinfo, form: str | None) -> None:
    """Show an article: texts, matches with their evidence, story, entries and alerts."""
    with Reader(database(options)) as reader:
        article = reader.article(article_id)
    if article is None:
        raise click.ClickException(f"there is no article {article_id}; `monitor hits` lists IDs")
    if form:
        emit_json(article)
        return
    for line in _lines(article, tz):
        click.echo(line)


def _lines(article: dict[str, Any], tz: tzinfo) -> Iterator[str]:
    yield from _head(article, tz)
    yield from map(_match, article["matches"])
    if article["story"]:
        yield f"story {article['story']}"
    for entry in article["entries"]:
        seen = local(entry["seen_at"], tz)
        reason = f" ({entry['reason']})" if entry["reason"] else ""
        yield f"entry of {entry['feed']} ({entry['publisher']}): {entry['outcome']}{reason}, {seen}"
    for look in article["page"]:
        yield f"its page {look['words']}"
    for alert in article["alerts"]:
        yield _alert(alert, tz)
    yield from _edits(article["versions"], tz)


def _head(article: dict[str, Any], tz: tzinfo) -> Iterator[str]:
    yield click.style(article["title"], bold=True)
    published = f"published {local(article['published_at'], tz) or 'not dated'}"
    seen = f"seen {local(article['seen_at'], tz)}"
    yield from gloss_lines(article)
    yield " · ".join([article["publisher"], article["lang"] or "?", published, seen])
    if article["severity"] or article["latitude"] is not None:
        yield f"event: {_event(article)}"
    yield from [article["url"], "", article["text"], ""]


def _event(article: dict[str, Any]) -> str:
    """Return how severe the article's event is, and where, as its feed says."""
    place = f"at {article['latitude']}, {article['longitude']}"
    return ", ".join(filter(None, [article["severity"], place * (article["latitude"] is not None)]))


def _match(match: dict[str, Any]) -> str:
    evidence = [f"{each['found']} ({each['field']} {each['start']})" for each in match["evidence"]]
    outcome = f"{match['outcome']} {match['topic']} {match['score']:.2f}"
    reason = f": {match['reason']}" if match["reason"] else ""
    return f"{outcome}{reason} — {', '.join(evidence)}"


def _alert(alert: dict[str, Any], tz: tzinfo) -> str:
    reason = f" ({alert['reason']})" if alert["reason"] else ""
    sent = f", {local(alert['sent_at'], tz)}" if alert["sent_at"] else ""
    return f"alert to {alert['channel']}: {alert['state']}{reason}{sent}"


def _edits(versions: list[dict[str, Any]], tz: tzinfo) -> Iterator[str]:
    """Lines on each edit of an article: the words that went and the words that came."""
    for old, new in pairwise(each for each in versions if not each["of_page"]):
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
