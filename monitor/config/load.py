"""Reads and checks `config.yaml`; all mistakes are reported at once, each with its position.

    YAML tree with positions ─▶ `${VAR}` and `*_file` filled in ─▶ schema ─▶ checks ─▶ Config

`_Document` holds the tree and the mistakes; a path in it is a tuple of keys and list indexes.
"""

from __future__ import annotations

import os
import re
import unicodedata
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from monitor.config import schema
from monitor.config.checks import (
    InText,
    check_feeds,
    check_operations,
    check_terms,
    check_topics,
    own_sets,
)
from monitor.config.convert import as_feed, as_topic
from monitor.config.delivery import check_delivery, delivery
from monitor.config.explain_errors import explain
from monitor.config.fields import TermsByLanguage
from monitor.config.paths import chosen_database
from monitor.config.yaml_limits import refusal
from monitor.config.yaml_positions import cut_by_comment, place_in_text, with_caret, yaml_advice
from monitor.errors import ConfigError, Mistake
from monitor.matching.terms.termsets import TermSet, library

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from monitor.alerts import Delivery
    from monitor.model import Feed, Topic

Section = TypeVar("Section", bound=BaseModel)
Path_ = tuple[str | int, ...]
_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
# Keys whose value names a file that holds the secret.
_SECRET_FILES = frozenset(
    {"token_file", "app_token_file", "url_file", "password_file", "secret_file"}
)


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

    `examples` are those of all topics; `sets` the user's own term sets by name; `model` the name
    or folder of a spaCy model, or "". `shown` is the effective configuration, secrets masked.
    """

    path: Path
    database: Path
    feeds: tuple[Feed, ...]
    topics: tuple[Topic, ...]
    examples: tuple[Example, ...]
    sets: Mapping[str, TermSet]
    model: str
    channels: Mapping[str, schema.AnyChannel]
    delivery: Delivery
    polling: schema.PollingSettings
    retention: schema.RetentionSettings
    service: schema.ServiceSettings
    websub: schema.WebSubSettings | None
    operations: schema.OperationsSettings
    web: schema.WebSettings
    shown: Mapping[str, Any]


def load(path: Path, database: Path | None = None) -> Config:
    """Read and check a configuration. Raises ConfigError.

    `database` is the path given on the command line, which goes before the file's.
    """
    document = _Document(path)
    tree = document.filled()
    settings = _validated(tree, document)
    _check(tree, document)
    if document.mistakes or settings is None:
        raise ConfigError(document.mistakes)
    return _config(document, settings, chosen_database(database, settings.database, path))


def _config(document: _Document, settings: schema.Settings, database: Path) -> Config:
    interval = settings.polling.interval
    feeds = zip(settings.feeds, document.raw_urls(), strict=True)
    return Config(
        path=document.path,
        database=database,
        feeds=tuple(as_feed(feed, url, interval) for feed, url in feeds),
        topics=tuple(as_topic(topic) for topic in settings.topics),
        examples=tuple(_examples(settings, document)),
        sets=MappingProxyType(own_sets(settings.terms)),
        model=settings.nlp.model,
        channels=MappingProxyType(settings.channels),
        delivery=delivery(settings),
        polling=settings.polling,
        retention=settings.retention,
        service=settings.service,
        websub=settings.websub,
        operations=settings.operations,
        web=settings.web,
        shown=document.masked(settings.model_dump(mode="json")),
    )


def _check(tree: Any, document: _Document) -> None:
    """Run the checks that a schema cannot express, also on a file with mistakes of other kinds."""
    sections = tree if isinstance(tree, dict) else {}
    feeds = _salvaged(schema.FeedSettings, sections.get("feeds"))
    topics = _salvaged(schema.TopicSettings, sections.get("topics"))
    channels = sections.get("channels", {"console": None})
    names = list(channels) if isinstance(channels, dict) else []
    urls = {index: document.written("feeds", index, "url") for index in feeds}
    terms = _salvaged_terms(sections.get("terms", {}))
    sets = {**library(), **own_sets(terms)}

    mistakes = (
        *check_feeds(feeds, urls),
        *check_terms(terms),
        *check_topics(topics, names, sets),
        *check_operations(sections.get("operations"), names),
        *check_delivery(sections, topics, names),
    )
    for mistake in mistakes:
        if isinstance(mistake, InText):
            document.mistake_in_text(mistake)
        else:
            document.mistake(*mistake)
    _check_comments(topics, document)


def _check_comments(topics: Mapping[int, schema.TopicSettings], document: _Document) -> None:
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
    """Items of a list by index, each without the keys whose values are wrong."""
    salvaged: dict[int, Section] = {}
    for index, item in enumerate(items if isinstance(items, list) else ()):
        values = dict(item) if isinstance(item, dict) else {}
        for _ in range(2):
            try:
                salvaged[index] = model.model_validate(values)
                break
            except ValidationError as error:
                wrong = {str(problem["loc"][0]) for problem in error.errors(include_url=False)}
                if wrong & _DECISIVE:
                    break
                values = {key: value for key, value in values.items() if key not in wrong}
    return salvaged


def _examples(settings: schema.Settings, document: _Document) -> Iterator[Example]:
    for index, topic in enumerate(settings.topics):
        for name, hits in (("match", True), ("no_match", False)):
            for number, text in enumerate(getattr(topic.examples, name)):
                where = ("topics", index, "examples", name, number)
                message = f"this example should {'' if hits else 'not '}hit `{topic.id}`"
                yield Example(topic.id, text, hits, document.at(where, message))


class _Document:
    """The YAML tree of a file with the position of each node, and the mistakes found in it.

    `_as_written` has the text of the file, by path, for each value that was filled in.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.mistakes: list[Mistake] = []
        self._as_written: dict[Path_, str] = {}
        self._lines: list[str] = []
        self._root = self._parse()

    def _parse(self) -> Any:
        """Read the file as YAML 1.2, in which `NO` is Norway. Raises ConfigError."""
        yaml = YAML(typ="rt", pure=True)
        try:
            # NFC, as articles are: some editors write й and é as two characters.
            text = unicodedata.normalize("NFC", self.path.read_text(encoding="utf-8"))
            self._lines = text.splitlines()
            if found := refusal(text):
                raise ConfigError([self._at(found.line, found.column, "", found.message)])
            return yaml.load(text) or CommentedMap()
        except MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
            problem = f"{error.problem or error.context}".split("\n", maxsplit=1)[0]
            message = re.sub(" with value .*", "", problem)  # the value may be a secret
            message += yaml_advice(self._lines, line)
            raise ConfigError([self._at(line, column, "", f"not valid YAML: {message}")]) from error
        except (YAMLError, UnicodeDecodeError) as error:
            raise ConfigError([self._at(1, 1, "", f"not valid YAML: {error}")]) from error
        except (ValueError, KeyError, AttributeError, TypeError, RecursionError) as error:
            # ruamel.yaml raises these on a date such as 2024-02-30, or on `!!int abc`
            message = f"a value is not what its form promises ({type(error).__name__}); quote it"
            raise ConfigError([self._at(1, 1, "", message)]) from error
        except OSError as error:
            message = f"cannot be read: {error.strerror}"
            raise ConfigError([self._at(1, 1, "", message)]) from error

    def filled(self) -> Any:
        """The tree as plain values, `${VAR}` and `*_file` filled in. Raises ConfigError."""
        try:
            return self._fill(self._root, ())
        except RecursionError as error:
            message = "a value contains itself, or too many others"
            raise ConfigError([self._at(1, 1, "", message)]) from error

    def written(self, *path: str | int) -> str:
        """Text of a value as it stands in the file; the path must exist."""
        node = self._root
        for step in path:
            node = node[step]
        return str(node)

    def raw_urls(self) -> list[str]:
        """Addresses of the feeds as written, with `${VAR}` unfilled."""
        return [str(feed["url"]) for feed in self._root["feeds"]]

    def masked(self, dumped: dict[str, Any]) -> dict[str, Any]:
        """Put the text of the file back where a variable or a secret's file was filled in."""
        for path, written in self._as_written.items():
            node: Any = dumped
            for step in path[:-1]:
                node = node[step]
            node[path[-1]] = written
        return dumped

    def mistake(self, where: Path_, message: str, *, of_key: bool = False) -> None:
        """Record a mistake at the value (or the key) that `where` leads to."""
        self.mistakes.append(self.at(where, message, of_key=of_key))

    def at(self, where: Path_, message: str, *, of_key: bool = False) -> Mistake:
        """A mistake at the value (or the key) that `where` leads to."""
        line, column = self._position(where, of_key=of_key)
        return self._at(line, column, _field(where), message)

    def check_comment(self, where: Path_) -> None:
        """Record a mistake if YAML took the rest of an expression for a comment."""
        line, column = self._position(where, of_key=False)
        if cut_by_comment(self._lines[line - 1][column - 1 :]):
            advice = f"what follows # is a comment to YAML: write `{where[-1]}: |`"
            self.mistake(where, f"{advice} and the expression indented on the next line")

    def mistake_in_text(self, found: InText) -> None:
        """Record a mistake inside an expression at its position in the file, with a caret."""
        begin = self._position(found.where, of_key=False)
        line, column = place_in_text(self._lines, begin, found.text, found.error)
        mistake = self._at(line, column, _field(found.where), found.error.message)
        shown = with_caret(self._lines[line - 1], column)
        self.mistakes.append(replace(mistake, shown=shown))

    def _at(self, line: int, column: int, field: str, message: str) -> Mistake:
        return Mistake(str(self.path), line, column, field, message)

    def _fill(self, node: Any, path: Path_) -> Any:
        if isinstance(node, CommentedMap):
            return dict(self._fill_entry(node, key, path) for key in node)
        if isinstance(node, CommentedSeq):
            return [self._fill(value, (*path, index)) for index, value in enumerate(node)]
        if isinstance(node, str):
            return self._fill_text(str(node), path)
        return node

    def _fill_entry(self, node: CommentedMap, written: Any, path: Path_) -> tuple[str, Any]:
        key = str(written)
        where = (*path, key)
        value = self._fill(node[written], where)
        holds_secrets = path[:1] in {("channels",), ("web",)} or path[-1:] == ("auth",)
        if not holds_secrets or key not in _SECRET_FILES or not isinstance(value, str):
            return key, value
        name = key.removesuffix("_file")
        if name in node:
            self.mistake(where, f"give either {name} or {key}, not both")
        self._as_written[(*path, name)] = f"(from {key}: {node[key]})"
        self._as_written.pop(where, None)
        return name, self._read_secret(value, where)

    def _read_secret(self, name: str, where: Path_) -> str:
        """Read a secret's file, from systemd's $CREDENTIALS_DIRECTORY or the file's own folder."""
        folders = [os.getenv("CREDENTIALS_DIRECTORY", ""), str(self.path.parent)]
        candidates = [Path(folder) / name for folder in folders if folder]
        for candidate in candidates:
            try:
                return candidate.read_text(encoding="utf-8").strip()
            except FileNotFoundError:
                continue
            except (OSError, ValueError) as error:
                self.mistake(where, f"{candidate} cannot be read: {type(error).__name__}")
                return "unreadable"
        self.mistake(where, f"there is no file {' or '.join(map(str, candidates))}")
        return "missing"

    def _fill_text(self, text: str, path: Path_) -> str:
        def value(found: re.Match[str]) -> str:
            if found[1] not in os.environ:
                self.mistake(path, f"the environment variable {found[1]} is not set")
            return os.environ.get(found[1], found[0])

        filled = _VARIABLE.sub(value, text)
        if filled != text or _VARIABLE.search(text):
            self._as_written[path] = text
        return filled

    def _position(self, where: Path_, *, of_key: bool) -> tuple[int, int]:
        """Line and column, from 1, of a node, or of the nearest node above it that exists."""
        node, position = self._root, (0, 0)
        for number, step in enumerate(where):
            last = number == len(where) - 1
            if isinstance(node, CommentedMap):
                key = f"{step}_file" if step not in node else step  # the key of a filled secret
                if key not in (node.lc.data or {}):  # absent, or merged in (`<<`)
                    break
                position = node.lc.key(key) if last and of_key else node.lc.value(key)
                node = node[key]
            elif isinstance(node, CommentedSeq) and isinstance(step, int) and step < len(node):
                position, node = node.lc.item(step), node[step]
            else:
                break
        return position[0] + 1, position[1] + 1


def _validated(tree: Any, document: _Document) -> schema.Settings | None:
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


def _field(where: Path_) -> str:
    """A path as messages write it: `feeds[3].url`."""
    return "".join(_steps(where)).removeprefix(".")


def _steps(where: Path_) -> Iterator[str]:
    for step in where:
        yield f"[{step}]" if isinstance(step, int) else f".{step}"
