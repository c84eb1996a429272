"""`monitor topics`: topics and term sets listed, topics proposed from an article."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from monitor.cli.output import (
    ListGroup,
    database,
    emit,
    emit_json,
    format_options,
    list_options,
    when,
)
from monitor.cli.review import review
from monitor.cli.table import table
from monitor.cli.term_sets import sets
from monitor.errors import InputError, StoreMissingError
from monitor.service.clock import utc_now
from monitor.store.queries.reader import Reader

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import tzinfo
    from pathlib import Path

    from monitor.cli import CliOptions
    from monitor.config.load import Config
    from monitor.matching.suggest.propose import Proposal, Suggestions
    from monitor.model import Article, Topic

_EXAMPLES = """\b
Examples:
  monitor topics                             every topic with its numbers of hits
  monitor topics sets                        all term sets
  monitor topics sets troops --forms         the terms of a set, and all their forms
  monitor topics suggest report.txt          topics proposed from an article
  monitor topics review                      hits that readers marked as not relevant
"""
_NUMBERS = {
    "day": "24 h", "week": "7 d", "hits": "All", "near_misses": "Near", "stories": "Stories",
}  # fmt: skip


@click.group(cls=ListGroup, invoke_without_command=True, epilog=_EXAMPLES)
@list_options(limit=None)
def topics(options: CliOptions, *, tz: tzinfo, form: str | None) -> None:
    """List topics with their volume; list term sets, propose topics, review wrong hits."""
    from monitor.cli.access import configuration

    config = configuration(options)
    volumes = _volumes(config.database)
    rows = [_volume(topic, volumes.get(topic.id, {})) for topic in config.topics]
    if form:
        emit(rows, ["id", "title", *_NUMBERS, "last_hit_at"], form)
        return

    columns = ["Topic", "Title", *_NUMBERS.values(), "Last hit"]
    cells = [_cells(row, tz) for row in rows]
    table(columns, cells, wide="Title", right=list(_NUMBERS.values()))


def _volume(topic: Topic, stored: Mapping[str, Any]) -> dict[str, Any]:
    counts = {name: stored.get(name, 0) for name in _NUMBERS}
    last_hit_at = stored.get("last_hit_at")
    return {"id": topic.id, "title": topic.title, **counts, "last_hit_at": last_hit_at}


def _cells(row: Mapping[str, Any], tz: tzinfo) -> list[str]:
    numbers = [str(row[name]) for name in _NUMBERS]
    return [row["id"], row["title"], *numbers, when(row["last_hit_at"], tz, utc_now())]


def _volumes(path: Path) -> Mapping[str, Mapping[str, Any]]:
    """Numbers of hits by topic ID; none, with a message, before the first poll."""
    try:
        with Reader(path) as reader:
            return reader.topics()
    except StoreMissingError:
        click.echo("Nothing was read yet: `monitor run --once` polls the feeds.", err=True)
        return {}


topics.add_command(review)
topics.add_command(sets)


# ── suggest ───────────────────────────────────────────────────────────────────────────────────

_WITH_SPACY = "pip install 'monitor-desk[suggest]' brings spaCy, which proposes topics"
_SUGGEST_EXAMPLES = """\b
Examples:
  monitor topics suggest report.txt                 a text file; its first line is the title
  monitor topics suggest 42                         42 is the ID that `monitor hits` prints
  monitor topics suggest https://example.org/story  a stored article by its link
  pbpaste | monitor topics suggest -                a text from a pipe
"""


@topics.command(epilog=_SUGGEST_EXAMPLES)
@click.argument("which", metavar="FILE|URL|ID")
@format_options()
@click.pass_obj
def suggest(options: CliOptions, *, which: str, form: str | None) -> None:
    """Suggest topics from an article: its actors, places, weapons and actions.

    The output is YAML to paste under `topics:` in config.yaml. A spaCy model, if the configuration
    has one (nlp.model), adds names that no term set has.
    """
    from monitor.cli.access import config_if_any

    try:
        from monitor.matching.suggest.names import load_model
        from monitor.matching.suggest.propose import suggested
    except ModuleNotFoundError as error:
        raise InputError(f"{error.name} is missing: {_WITH_SPACY}") from error

    config = config_if_any(options)
    article = _article(options, which)
    model = load_model(_model_path(config)) if config and config.model else None
    own, live = (config.sets, config.topics) if config else ({}, ())
    suggestions = suggested(article, own, live, model)
    if form:
        emit_json(asdict(suggestions))
        return

    for line in _as_yaml(suggestions, article):
        click.echo(line)
    if not suggestions.proposals:
        lacking = f" ({suggestions.note})" if suggestions.note else ""
        click.echo(f"Nothing to propose: no term set finds enough here{lacking}.", err=True)


def _model_path(config: Config) -> str:
    """Name of the spaCy model, or its folder, relative to the configuration's folder."""
    folder = config.path.parent / config.model
    return str(folder) if folder.is_dir() else config.model


def _article(options: CliOptions, which: str) -> Article:
    from monitor.backtest.articles import stored_article, text_article
    from monitor.cli.access import text_of

    if not which.isdecimal() and "://" not in which:
        advice = "give a text file, or the URL or ID of a stored article"
        return text_article(text_of(which, advice))
    with Reader(database(options)) as reader:
        row = reader.find(which)
    if row is None:
        advice = "`monitor hits` lists them; or save its text to a file and name that"
        raise InputError(f"there is no stored article {which}: {advice}")
    return stored_article(row)


def _as_yaml(suggestions: Suggestions, article: Article) -> Iterator[str]:
    yield f"# Proposed from “{_short(article.title)}” ({article.lang or 'language unknown'})."
    if suggestions.proposals:
        yield "# Paste what you want under `topics:` in config.yaml, then run `monitor check`."
    if suggestions.hits:
        yield f"# Topics of yours that hit it already: {', '.join(suggestions.hits)}."
    if suggestions.note:
        yield f"# {suggestions.note}"
    for proposal in suggestions.proposals:
        yield ""
        yield from _topic_lines(proposal)


def _topic_lines(proposal: Proposal) -> Iterator[str]:
    """Lines of a topic in YAML; JSON's strings are YAML's as well."""
    words = _short(", ".join(proposal.words))
    yield f"  # weight {proposal.weight:.1f}, score {proposal.score:.2f}; found: {words}"
    if proposal.figures:
        yield f"  # in figures: {_short(', '.join(proposal.figures))}"

    same = ", ".join(proposal.same)
    known = f"  # found by your topic {same} as well" if same else ""
    match = proposal.match.replace("'", "''")
    example = proposal.example.replace("${", "$ {")  # `${` would be filled from the environment
    yield f"  - id: {proposal.id}{known}"
    yield f"    title: {json.dumps(proposal.title, ensure_ascii=False)}"
    yield f"    match: '{match}'"
    yield from ["    examples:", "      match:"]
    yield f"        - {json.dumps(example, ensure_ascii=False)}"


def _short(text: str, most: int = 90) -> str:
    text = " ".join(text.split())
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"
