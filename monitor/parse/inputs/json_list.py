"""A JSON document, or one in a script element of a page: its list of articles by paths. Pure.

    json: {items: data.articles, title: headline, link: path, date: at, text: lead}
    json: {script: "#__NEXT_DATA__", items: props.pageProps.items, title: name, link: url}

A path names keys with dots between them; a number is a place in a list.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from selectolax.lexbor import LexborHTMLParser

from monitor.errors import ParseError, PollReason
from monitor.parse.inputs.built import Built, built_entry, built_feed
from monitor.parse.inputs.json_feed import loads
from monitor.parse.inputs.word_dates import WordDates

if TYPE_CHECKING:
    from monitor.model import Source


def read(document: bytes, source: Source) -> Built:
    """Return the entries of a document. Raises ParseError (`not-a-feed`, `empty`)."""
    parts = dict(source.input.parts)
    value = loads(_script(document, parts["script"]) if parts.get("script") else document)
    if value is None:
        raise ParseError(PollReason.NOT_A_FEED, "the answer is no JSON")
    path = parts.get("items", "")
    items = _at(value, path)
    if not isinstance(items, list) or not items:
        raise ParseError(PollReason.EMPTY, f"`items: {path}` finds no list with articles")
    dates = WordDates(source)
    entries = [_entry(each, parts, dates) for each in items]
    if not any(each["title"] for each in entries):
        detail = f"`title: {parts['title']}` finds nothing in {len(entries)} items"
        raise ParseError(PollReason.EMPTY, detail)
    return built_feed("json", [each for each in entries if each["title"]])


def _script(document: bytes, selector: str) -> bytes:
    """Return the text of a script element. Raises ParseError (`empty`) without one."""
    node = LexborHTMLParser(document.decode("utf-8", "replace")).css_first(selector)
    if node is None:
        raise ParseError(PollReason.EMPTY, f"`script: {selector}` finds nothing on the page")
    return node.text().encode()


def _entry(item: Any, parts: dict[str, str], dates: WordDates) -> Built:
    values = {name: _as_text(_at(item, parts[name])) for name in _PARTS if parts.get(name)}
    return built_entry(
        link=values.get("link", ""),
        title=values.get("title", ""),
        text=values.get("text", ""),
        published=dates.read(values.get("date", "")),
    )


_PARTS = ("link", "title", "text", "date")


def _at(value: Any, path: str) -> Any:
    """Return what stands at a path of keys and places; None where a key is missing."""
    for key in filter(None, path.split(".")):
        if isinstance(value, dict):
            value = value.get(key)
        elif isinstance(value, list) and key.isdecimal() and int(key) < len(value):
            value = value[int(key)]
        else:
            return None
    return value


def _as_text(value: Any) -> str:
    return str(value) if isinstance(value, str | int | float) and value is not True else ""
