"""Inputs besides RSS and Atom: a file each, and a line each in `INPUTS`. Pure.

An input returns None for a document that is not its own. Those in `BY_THEMSELVES` are recognised
from the document; the others need the feed's settings.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from monitor.errors import ParseError, PollReason
from monitor.parse.inputs import cap, geojson, json_feed, json_list, sitemap, telegram, web_list

if TYPE_CHECKING:
    from collections.abc import Callable

    from monitor.model import Source
    from monitor.parse.inputs.built import Built

INPUTS: dict[str, Callable[[bytes, Source], Built | None]] = {
    "json-feed": json_feed.read,
    "sitemap": sitemap.read,
    "telegram": telegram.read,
    "geojson": geojson.read,
    "cap": cap.read,
    "list": web_list.read,
    "json": json_list.read,
}
BY_THEMSELVES = ("json-feed", "sitemap", "telegram", "geojson", "cap")
WATCH = "watch"  # the one input that is no list of entries, see `page_watch`
_BEGINNING = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:\{|<(?:!doctype\s+html|html)\b)", re.IGNORECASE)


def may_be_input(body: bytes, source: Source) -> bool:
    """Whether a document needs to be looked at by the inputs: most show that they are RSS."""
    if source.input.kind:
        return source.input.kind != "feed"
    return bool(_BEGINNING.match(body)) or sitemap.is_sitemap(body) or cap.is_alert(body)


def read_input(document: bytes, source: Source) -> Built | None:
    """Return the entries of a document by its input; None for what feedparser has to read.

    Raises ParseError where the document is not what the feed's settings say.
    """
    kind = source.input.kind
    if kind:
        built = INPUTS[kind](document, source)
        if built is None:
            raise ParseError(PollReason.NOT_A_FEED, f"the answer is no {kind}")
        return built
    found = (INPUTS[each](document, source) for each in BY_THEMSELVES)
    return next((built for built in found if built is not None), None)
