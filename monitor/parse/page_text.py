"""The page of an article: its headline and its full text. Pure.

JSON-LD's `articleBody` (schema.org) is what the publisher itself calls the text; else trafilatura
finds it in the page, where the extra `pages` is installed. A program of its own
(`python -m monitor.parse.page_text`), since a page can hold a parser up: it is killed then.
"""

from __future__ import annotations

import json
import sys
from contextlib import suppress
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from selectolax.lexbor import LexborHTMLParser

from monitor.parse.encoding import decoded
from monitor.text.normalize import clean, plain

if TYPE_CHECKING:
    from collections.abc import Iterator

_MOST_TEXT = 200_000  # characters
_MOST_DATA = 1_000_000  # characters of one script of JSON-LD
_DEEPEST = 6  # levels of JSON-LD


def page_text(body: bytes, content_type: str) -> dict[str, str]:
    """Return the `title` and the `text` of a page, and `by` what they were found."""
    markup = decoded(body, content_type).decode("utf-8", "replace")
    tree = LexborHTMLParser(markup)
    title, text, by = _headline(tree), "", ""
    for data in _linked_data(tree):
        if len(body_of := str(data.get("articleBody") or "")) > len(text):
            text, by = plain(body_of), "JSON-LD"
            title = clean(str(data.get("headline") or "")) or title
    if not text and find_spec("trafilatura"):
        text, by = _extracted(markup), "trafilatura"
    return {"title": title[:1_000], "text": text[:_MOST_TEXT], "by": by if text else ""}


def _headline(tree: LexborHTMLParser) -> str:
    for selector in ('meta[property="og:title"]', "title"):
        node = tree.css_first(selector)
        found = node and (node.attributes.get("content") or node.text())
        if found and clean(found):
            return clean(found)
    return ""


def _linked_data(tree: LexborHTMLParser) -> Iterator[dict[str, Any]]:
    for script in tree.css('script[type="application/ld+json"]'):
        written = script.text()
        if written and len(written) <= _MOST_DATA:
            with suppress(ValueError, RecursionError):
                yield from _objects(json.loads(written, strict=False), _DEEPEST)


def _objects(value: Any, levels: int) -> Iterator[dict[str, Any]]:
    """Yield the objects with a text, wherever they stand: alone, in a list, in a `@graph`."""
    if isinstance(value, dict):
        if isinstance(value.get("articleBody"), str):
            yield value
        inner = list(value.values())
    else:
        inner = value if isinstance(value, list) else []
    for each in inner if levels else ():
        yield from _objects(each, levels - 1)


def _extracted(markup: str) -> str:
    from trafilatura import extract  # noqa: PLC0415 - an extra, which loads lxml

    return clean(extract(markup, include_comments=False, include_tables=False) or "")


def main() -> None:
    """Read a page from stdin, after a line with its content type; write the result as JSON."""
    content_type, _, body = sys.stdin.buffer.read().partition(b"\n")
    found = page_text(body, content_type.decode("latin-1"))
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main()
