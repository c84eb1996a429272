"""A topic and its workbench: the expression, and what a change of it does before it is saved."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from monitor.backtest.effect import Effect, Job
from monitor.config.edit_topics import digest
from monitor.config.yaml_positions import with_caret
from monitor.errors import InputError
from monitor.matching.language.expression import SetRef, Term
from monitor.matching.language.grammar import read as read_expression
from monitor.matching.language.refusal import ExpressionError
from monitor.matching.terms.termsets import all_sets
from monitor.web.page import Asked, NoPageError, Page

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from monitor.config.load import Config
    from monitor.matching.terms.termsets import TermSet
    from monitor.model import Topic
    from monitor.store.queries.desk import DeskReader

WINDOW = timedelta(days=30)
MOST = 20_000  # stored articles that a change is tried on, the newest
_DAYS = 28


@dataclass(frozen=True, slots=True)
class TopicDraft:
    """What is in the workbench: an expression and a pasted text, and what came of trying them.

    `mistake` is that of the expression, with its place; `digest` that of the file it was written
    for.
    """

    expression: str
    pasted: str = ""
    digest: str = ""
    mistake: str = ""
    effect: Effect | None = None


def read(reader: DeskReader, asked: Asked) -> Page:
    """Return the page of a topic, with its live expression in the workbench."""
    topic = topic_of(asked.config, asked.path["topic"])
    article = reader.find(asked.text("article")) if asked.text("article") else None
    pasted = f"{article['title']}\n{article['text']}" if article else ""
    seen = digest(asked.config.path) if asked.config else ""
    draft = TopicDraft(expression_of(topic, sets_of(asked.config)), pasted, seen)
    return page(reader, asked, draft)


def page(reader: DeskReader, asked: Asked, draft: TopicDraft) -> Page:
    """Return the page of a topic with a draft in its workbench."""
    topic = topic_of(asked.config, asked.path["topic"])
    volume = reader.topics().get(topic.id, {})
    judged = next((row for row in reader.topic_stats() if row["topic"] == topic.id), {})
    days = reader.days_of_topics(asked.now, _DAYS).get(topic.id, [0] * _DAYS)
    data = {
        "topic": {**asdict(topic), "expression": expression_of(topic, sets_of(asked.config))},
        "volume": dict(volume),
        "days": days,
        "judged": judged,
        "effect": asdict(draft.effect) if draft.effect else None,
    }
    extra = {"draft": draft, "effect": draft.effect, "is_of_lists": not topic.match, "most": MOST,
             "window": WINDOW.days}  # fmt: skip
    return Page("topic.html", topic.title, data, extra)


def topic_of(config: Config | None, name: str) -> Topic:
    """Return a configured topic. Raises NoPageError."""
    for topic in config.topics if config else ():
        if topic.id == name:
            return topic
    raise NoPageError(f"the configuration has no topic {name}, or cannot be used: see /about")


def sets_of(config: Config | None) -> Mapping[str, TermSet]:
    """Return all term sets, the program's and the configuration's own."""
    return all_sets(config.sets if config else {})


def expression_of(topic: Topic, sets: Mapping[str, TermSet]) -> str:
    """Return a topic's expression as it is written; of lists the expression that they mean.

    A term that the language would read otherwise is quoted, which finds it as it stands only.
    """
    if topic.match:
        return topic.match
    groups = [_any_of(group, sets) for group in (topic.any, *topic.all) if group]
    guards = [f"NOT {_term(written, sets)}" for written in topic.none]
    return "\nAND ".join([*groups, *guards])


def _any_of(group: Sequence[str], sets: Mapping[str, TermSet]) -> str:
    terms = " OR ".join(_term(written, sets) for written in group)
    return f"({terms})" if len(group) > 1 else terms


def _term(written: str, sets: Mapping[str, TermSet]) -> str:
    try:
        node = read_expression(written, sets.keys())
    except ExpressionError:
        node = None
    plain = isinstance(node, (Term, SetRef)) and "(" not in written
    return written if plain else '"' + written.replace('"', " ") + '"'


def mistake_in(expression: str, sets: Mapping[str, TermSet]) -> str:
    """Return the mistake in an expression with its line and a caret, "" for none."""
    if not expression.strip():
        return "an empty expression hits nothing"
    try:
        read_expression(expression, sets.keys())
    except ExpressionError as error:
        lines = expression.split("\n")
        line = lines[min(error.line, len(lines)) - 1]
        shown = with_caret(line, error.column)
        return f"line {error.line}, column {error.column}: {error.message}\n{shown}"
    return ""


def job(database: Path, config: Config, topic: Topic, draft: TopicDraft, asked: Asked) -> Job:
    """Return what the workbench is to try."""
    changed = replace(topic, match=draft.expression, any=(), all=(), none=())
    if draft.expression == expression_of(topic, sets_of(config)):
        changed = topic
    examples = tuple((each.text, each.hits) for each in config.examples if each.topic == topic.id)
    since = asked.now - WINDOW
    return Job(database, topic, changed, dict(config.sets), since, MOST, examples, draft.pasted)


def refuse_mistake(draft: TopicDraft) -> None:
    """Raise InputError for a draft with a mistake."""
    if draft.mistake:
        raise InputError(f"the topic was not saved: {draft.mistake}")
