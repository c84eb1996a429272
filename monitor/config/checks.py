"""Checks that a schema cannot express: duplicates, references, empty topics, expressions. Pure.

Each check yields `(where, message)`: `where` is the path of keys and list indexes (from 0) that
leads to the mistake in the YAML tree, `message` a sentence for the operator.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from monitor.config.fields import (
    PASSWORD_HASH,
    WANTS_LOGIN,
    can_be_reached,
    is_http_address,
    is_loopback,
    misplaced_in,
)
from monitor.matching.language.refusal import ExpressionError, nearest
from monitor.matching.terms.listed import misread
from monitor.matching.terms.termsets import TermSet, library, read_term
from monitor.text.normalize import canonical_link
from monitor.text.spelling import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from monitor.config.schema import FeedSettings, TopicSettings

Where = tuple[str | int, ...]
Found = Iterator[tuple[Where, str]]
_OF_SLACK = re.compile(r"(.+\.)?slack(-gov)?\.com")
# How tokens begin by their key, and what stands for one that is not filled in.
_BEGIN = {
    "token": re.compile(r"(xoxe\.)?xox[bp]-|unresolved-|[$][{]"),
    "app_token": re.compile(r"xapp-|unresolved-|[$][{]"),
}
_NO_TOKEN = {
    "token": "no bot token, which begins with xoxb-: copy the Bot User OAuth Token from OAuth &"
    " Permissions on the app's page at api.slack.com/apps",
    "app_token": "no app-level token, which begins with xapp-: make one under Basic Information,"
    " App-Level Tokens, on the app's page at api.slack.com/apps",
}
_SET_NAME = re.compile(r"[a-z][a-z0-9_]*")
# Its value may be a secret, and a mistake in its name is told as one: no message is about either.
_VARIABLE = re.compile(r"\$\{[^}]*\}?")
_LANGUAGE = re.compile(r"[a-z]{2,3}|")
_NO_LANGUAGE = frozenset({"sets", "about"})


def check_feeds(feeds: Mapping[int, FeedSettings], urls: Mapping[int, str]) -> Found:
    """Check addresses, authentication and duplicates of feeds, by their index in the file.

    `urls` are the feeds' addresses as written, with `${VARIABLES}` unfilled.
    """
    first_index: dict[str, int] = {}
    for index, feed in feeds.items():
        where = ("feeds", index, "url")
        yield from ((where, wrong) for wrong in _wrong_in_address(feed.url, urls[index].strip()))
        if not is_http_address(feed.url):
            continue
        if feed.auth and "authorization" in map(str.lower, feed.headers):
            yield ("feeds", index, "auth"), "give either auth or a header Authorization, not both"
        first = first_index.setdefault(canonical_link(feed.url) or feed.url, index)
        if first != index:
            yield where, f"the same feed as feeds[{first}]"


def _wrong_in_address(address: str, written: str) -> Iterator[str]:
    """Yield what is wrong with an address of a feed, and with how it is `written` in the file."""
    if not is_http_address(address):
        yield "expected an http or https address"
        return
    if not can_be_reached(address):
        yield "expected a port from 1 to 65535, or none"
    if misplaced := misplaced_in(_VARIABLE.sub("", written)):
        yield misplaced
    host = urlsplit(written).netloc
    if "@" in host and "${" not in host:
        yield "a password here would be stored and logged; put it in ${A_VARIABLE}"


def check_operations(operations: object, channels: list[str]) -> Found:
    """Check the channel of operator notices; `channels` are the names of the configured ones."""
    channel = operations.get("channel") if isinstance(operations, dict) else None
    if isinstance(channel, str) and channel and channel not in channels:
        yield ("operations", "channel"), no_such("channel", channel, channels)


def check_channels(channels: object) -> Found:
    """Check that the tokens of Slack channels are of the kind that is asked for.

    Another address than Slack's own may have tokens of its own.
    """
    for name, channel in channels.items() if isinstance(channels, dict) else ():
        if not isinstance(channel, dict) or channel.get("type") != "slack":
            continue
        if not _OF_SLACK.fullmatch(_host_of(channel.get("api_url", "https://slack.com/"))):
            continue
        for key, begin in _BEGIN.items():
            token = channel.get(key)
            if isinstance(token, str) and token and not begin.match(token.strip()):
                yield ("channels", name, key), _NO_TOKEN[key]


def _host_of(address: object) -> str:
    try:
        return urlsplit(str(address)).hostname or ""
    except ValueError:
        return ""


def check_web(web: object) -> Found:
    """Check that a desk which others can reach has a login, and the form of its password."""
    if not isinstance(web, dict):
        return
    password, proxy = str(web.get("password") or ""), web.get("trusted_proxy")
    if password and not (PASSWORD_HASH.fullmatch(password) or password.startswith("unresolved-")):
        yield ("web", "password"), "expected what `monitor web password` prints"
    names_people = isinstance(proxy, dict) and bool(proxy.get("header"))
    host = str(web.get("host") or "localhost")
    exposed = [
        key
        for key, given in (("host", not is_loopback(host)), ("names", bool(web.get("names"))))
        if given
    ]
    if exposed and not password and not names_people:
        yield ("web", exposed[0]), WANTS_LOGIN


def no_such(kind: str, name: str, names: Iterable[str]) -> str:
    """Message on a reference to a `kind` of thing that the file does not define."""
    return f"there is no {kind} `{name}`{did_you_mean(name, names)}"


def check_terms(terms: Mapping[str, Mapping[str, list[str]]]) -> Found:
    """Check the user's own term sets: their names, included sets, languages and terms."""
    known = {*library(), *terms}
    for name, lists in terms.items():
        where = ("terms", name)
        if not _SET_NAME.fullmatch(name):
            yield where, "a term set is named in small letters, digits and _, such as wagner_group"
        if name in library():
            yield where, f"@{name} comes with the program: take another name and include it (sets)"
        for key, values in lists.items():
            if key == "sets":
                yield from _included((*where, key), values, known)
            elif key != "about":
                yield from _terms_by_language((*where, key) if key else where, key, values)


def _included(where: Where, names: list[str], known: set[str]) -> Found:
    for number, written in enumerate(names):
        name = written.removeprefix("@")
        if name not in known:
            yield (*where, number), f"there is no term set @{name}{nearest(name, known)}"


def _terms_by_language(where: Where, lang: str, terms: list[str]) -> Found:
    if not _LANGUAGE.fullmatch(lang):
        yield where, "expected languages (ISO 639: en, ru, ko …), sets or about"
    for number, term in enumerate(terms):
        if wrong := misread(term):
            yield (*where, number), wrong
        elif not lang and read_term(term, "?").lang:
            yield (*where, number), "! needs a language: list the term under it (en: …)"


def own_sets(terms: Mapping[str, Mapping[str, list[str]]]) -> dict[str, TermSet]:
    """The user's own term sets, by name."""
    return {name: _own_set(name, lists) for name, lists in terms.items()}


def _own_set(name: str, lists: Mapping[str, list[str]]) -> TermSet:
    languages = [lang for lang in lists if lang not in _NO_LANGUAGE]
    terms = tuple((lang, term) for lang in languages for term in lists[lang])
    sets = tuple(written.removeprefix("@") for written in lists.get("sets", ()))
    return TermSet(name, terms, sets, " ".join(lists.get("about", ())))


class InText(NamedTuple):
    """A mistake inside an expression; `error` has its line and column within `text`, from 1."""

    where: Where
    text: str
    error: ExpressionError


def check_topics(
    topics: Mapping[int, TopicSettings],
    channels: list[str],
    sets: Mapping[str, TermSet],
    *,
    compiled: bool = False,
) -> Iterator[tuple[Where, str] | InText]:
    """Check ids, channels, expressions and lists of topics, by their index in the file.

    `channels` are the names of the configured channels, `sets` all term sets by name. Topics that
    were `compiled` before have no mistake in an expression: the grammar is not loaded for them.
    """
    first_index: dict[str, int] = {}
    for index, topic in topics.items():
        where = ("topics", index)
        first = first_index.setdefault(topic.id, index)
        if first != index:
            yield (*where, "id"), f"the same id as topics[{first}]"
        lists = [name for name in ("any", "all", "none") if getattr(topic, name)]
        if topic.match and lists:
            yield (*where, lists[0]), "give either match or lists (any, all, none), not both"
        if not topic.match and not topic.any and not topic.all:
            yield where, "an empty topic: give it an expression (match), or terms (any, all)"
        for channel in topic.channels:
            if channel not in channels:
                yield (*where, "channels"), no_such("channel", channel, channels)
        if not compiled:
            yield from _expressions(topic, where, sets)
        yield from _lists(topic, where, sets)


def _expressions(
    topic: TopicSettings, where: Where, sets: Mapping[str, TermSet]
) -> Iterator[InText]:
    from monitor.matching.language.grammar import read  # noqa: PLC0415 - a tenth of a start

    for name in ("match", "anchor"):
        if text := getattr(topic, name):
            try:
                read(text, sets.keys())
            except ExpressionError as error:
                yield InText((*where, name), text, error)


def _lists(topic: TopicSettings, where: Where, sets: Mapping[str, TermSet]) -> Found:
    for name, terms in (("any", topic.any), ("none", topic.none)):
        yield from _listed((*where, name), terms, sets)
    for group, terms in enumerate(topic.all):
        if not terms:
            yield (*where, "all", group), "an empty group can never be met"
        yield from _listed((*where, "all", group), terms, sets)

    wanted = {*topic.any, *chain.from_iterable(topic.all)}
    for number, term in enumerate(topic.none):
        if term in wanted:
            yield (*where, "none", number), f"`{term}` is wanted and excluded: it can never hit"


def _listed(where: Where, terms: list[str], sets: Mapping[str, TermSet]) -> Found:
    for number, term in enumerate(terms):
        if term.startswith("@"):
            if term[1:] not in sets:
                hint = nearest(term[1:], sets.keys())
                yield (*where, number), f"there is no term set {term}{hint}"
        elif wrong := misread(term, of_topic=True):
            yield (*where, number), wrong
        elif term.startswith(("!", "-")):
            yield (*where, number), f"{term[0]} means something in a term set only"
