"""Reads and checks `config.yaml`; all mistakes are reported at once, each with its position.

    YAML tree with positions ─▶ `${VAR}` and `*_file` filled in ─▶ schema ─▶ checks ─▶ Config

`ConfigDocument` (in `document`) holds the tree, its secrets and the mistakes.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError

from monitor.config import schema
from monitor.config.checks import (
    InText,
    check_channels,
    check_feeds,
    check_operations,
    check_terms,
    check_topics,
    check_web,
    own_sets,
)
from monitor.config.convert import as_feeds, as_topic
from monitor.config.delivery import check_delivery, delivery
from monitor.config.document import SECTIONS_WITH_SECRETS, ConfigDocument
from monitor.config.explain_errors import explain
from monitor.config.fields import TermsByLanguage
from monitor.config.paths import chosen_database, is_named_elsewhere, no_database
from monitor.config.topic_cache import are_kept
from monitor.errors import ConfigError, InputError, Mistake
from monitor.matching.terms.termsets import TermSet, all_sets

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from pathlib import Path

    from monitor.alerts import Delivery
    from monitor.config.channels import AnyChannel
    from monitor.model import Feed, Topic

Section = TypeVar("Section", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Example:
    """A text that a topic must hit, or must not (`hits`); its first line is the title.

    `mistake` is the report on an example that fails.
    """

    topic: str
    text: str
    hits: bool
    mistake: Mistake


@dataclass(frozen=True, slots=True)
class Config:
    """A configuration without mistakes.

    `database_at` has the place of the database's path in the file, None if it is named elsewhere.
    `examples` are those of all topics; `sets` the user's own term sets by name; `model` the name
    or folder of a spaCy model, or "". `shown` is the effective configuration, secrets masked.
    `unresolved` are the secrets that a placeholder stands for.
    """

    path: Path
    database: Path
    database_at: Mistake | None
    feeds: tuple[Feed, ...]
    topics: tuple[Topic, ...]
    examples: tuple[Example, ...]
    sets: Mapping[str, TermSet]
    model: str
    channels: Mapping[str, AnyChannel]
    delivery: Delivery
    briefs: Mapping[str, schema.BriefSettings]
    polling: schema.PollingSettings
    retention: schema.RetentionSettings
    service: schema.ServiceSettings
    websub: schema.WebSubSettings | None
    operations: schema.OperationsSettings
    pages: schema.PagesSettings
    gloss: schema.GlossSettings | None
    web: schema.WebSettings
    assist: schema.AssistSettings | None
    shown: Mapping[str, Any]
    unresolved: tuple[Mistake, ...]

    @property
    def records_folder(self) -> Path:
        """The folder of WARC records: the configured one, or `pages` beside the database."""
        folder = self.pages.folder
        chosen = self.path.parent / folder if folder else self.database.parent / "pages"
        return chosen.absolute()


def load(
    path: Path, database: Path | None = None, secrets: Collection[str] = SECTIONS_WITH_SECRETS
) -> Config:
    """Read and check a configuration. Raises ConfigError.

    `database` is the path given on the command line, which goes before the file's. `secrets` names
    the sections whose secrets must be there (`channels`, `feeds`): in the others a placeholder
    stands for one that this user cannot read.
    """
    document = ConfigDocument(path, secrets)
    tree = document.filled()
    settings = _validated(tree, document)
    _check(tree, document)
    if settings:
        _check_database(settings.database, database, document)
    if document.mistakes or settings is None:
        raise ConfigError(document.mistakes)
    return _config(document, settings, database)


def _config(document: ConfigDocument, settings: schema.Settings, option: Path | None) -> Config:
    interval = settings.polling.interval
    return Config(
        path=document.path,
        database=chosen_database(option, settings.database, document.path),
        database_at=_place_of_database(settings.database, option, document),
        feeds=tuple(as_feeds(settings.feeds, document.raw_urls(), interval)),
        topics=tuple(as_topic(topic) for topic in settings.topics),
        examples=tuple(_examples(settings, document)),
        sets=MappingProxyType(own_sets(settings.terms)),
        model=settings.nlp.model,
        channels=MappingProxyType(settings.channels),
        delivery=delivery(settings),
        briefs=MappingProxyType(settings.briefs),
        polling=settings.polling,
        retention=settings.retention,
        service=settings.service,
        websub=settings.websub,
        operations=settings.operations,
        pages=settings.pages,
        gloss=settings.gloss,
        web=settings.web,
        assist=settings.assist,
        shown=document.masked(settings.model_dump(mode="json", by_alias=True)),
        unresolved=tuple(document.unresolved),
    )


def _place_of_database(named: str, option: Path | None, document: ConfigDocument) -> Mistake | None:
    if not named or is_named_elsewhere(option):
        return None
    return document.at(("database",), "")


def _check_database(named: str, option: Path | None, document: ConfigDocument) -> None:
    if not named or is_named_elsewhere(option):
        return
    try:
        wrong = no_database(chosen_database(None, named, document.path))
    except InputError as error:
        wrong = str(error)
    if wrong:
        document.mistake(("database",), wrong)


def _check(tree: Any, document: ConfigDocument) -> None:
    """Run the checks that a schema cannot express, also on a file with mistakes of other kinds."""
    sections = tree if isinstance(tree, dict) else {}
    feeds = _salvaged(schema.FeedSettings, sections.get("feeds"))
    topics = _salvaged(schema.TopicSettings, sections.get("topics"))
    channels = sections.get("channels", {"console": None})
    names = list(channels) if isinstance(channels, dict) else []
    urls = {index: document.written("feeds", index, "url") for index in feeds}
    terms = _salvaged_terms(sections.get("terms", {}))
    own = own_sets(terms)
    compiled = not document.mistakes and are_kept(map(as_topic, topics.values()), own)

    mistakes = (
        *check_feeds(feeds, urls),
        *check_terms(terms),
        *check_topics(topics, names, all_sets(own), compiled=compiled),
        *check_channels(channels),
        *check_web(sections.get("web")),
        *check_operations(sections.get("operations"), names),
        *check_delivery(sections, topics, names),
    )
    for mistake in mistakes:
        if isinstance(mistake, InText):
            document.mistake_in_text(mistake)
        else:
            document.mistake(*mistake)
    _check_comments(topics, document)


def _check_comments(topics: Mapping[int, schema.TopicSettings], document: ConfigDocument) -> None:
    for index, topic in topics.items():
        for name in ("match", "anchor"):
            if getattr(topic, name):
                document.check_comment(("topics", index, name))


def _salvaged_terms(terms: Any) -> dict[str, dict[str, list[str]]]:
    """The user's term sets by name; a set with mistakes is there, but empty."""
    checker = TypeAdapter(TermsByLanguage)
    salvaged: dict[str, dict[str, list[str]]] = {}
    for name, lists in terms.items() if isinstance(terms, dict) else ():
        try:
            salvaged[name] = checker.validate_python(lists)
        except ValidationError:
            salvaged[name] = {}
    return salvaged


# Keys without which an item cannot be checked at all.
_DECISIVE = frozenset({"url", "id", "any", "all", "none", "match"})


def _salvaged(model: type[Section], items: Any) -> dict[int, Section]:
    """Items of a list by index, each without the keys whose values are wrong.

    What is missing beside those keys (a topic's title) is stood in for: it hides no other mistake.
    """
    salvaged: dict[int, Section] = {}
    for index, item in enumerate(items if isinstance(items, list) else ()):
        values = dict(item) if isinstance(item, dict) else {}
        for _ in range(2):
            try:
                salvaged[index] = model.model_validate(values)
                break
            except ValidationError as error:
                problems = error.errors(include_url=False)
                wrong = {str(problem["loc"][0]) for problem in problems}
                if wrong & _DECISIVE:
                    break
                values = {key: value for key, value in values.items() if key not in wrong}
                values |= {str(each["loc"][0]): "-" for each in problems if _is_missing(each)}
    return salvaged


def _is_missing(problem: Any) -> bool:
    """Whether a key of the item itself, not of what stands below its keys, is missing."""
    return problem["type"] == "missing" and len(problem["loc"]) == 1


def _examples(settings: schema.Settings, document: ConfigDocument) -> Iterator[Example]:
    for index, topic in enumerate(settings.topics):
        for name, hits in (("match", True), ("no_match", False)):
            for number, text in enumerate(getattr(topic.examples, name)):
                where = ("topics", index, "examples", name, number)
                message = f"this example should {'' if hits else 'not '}hit `{topic.id}`"
                yield Example(topic.id, text, hits, document.at(where, message))


def _validated(tree: Any, document: ConfigDocument) -> schema.Settings | None:
    try:
        return schema.Settings.model_validate(tree)
    except ValidationError as error:
        for problem in error.errors(include_url=False):
            where = problem["loc"]
            if where[:1] == ("channels",):  # pydantic puts the channel's type after its name
                where = where[:2] + where[3:]
            of_key = problem["type"] == "extra_forbidden" or problem["input"] is None
            document.mistake(where, explain(problem, tree, where), of_key=of_key)
        return None
