"""Settings of feeds that are no RSS and no Atom: where on a page or in JSON the articles stand.

Selectors are CSS, as selectolax reads them; `@name` behind one takes an attribute.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from selectolax.lexbor import LexborHTMLParser, SelectolaxError

from monitor.model import Input

InputKind = Literal["", "feed", "json-feed", "sitemap", "telegram", "geojson", "cap"]


def _selector(value: str) -> str:
    path = value.partition("@")[0].strip()
    try:
        LexborHTMLParser("").css(path or "a")
    except SelectolaxError:
        raise ValueError("expected a CSS selector such as li.news, or time@datetime") from None
    return value


Selector = Annotated[str, AfterValidator(_selector)]


class _Selectors(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, str_strip_whitespace=True)


class ListSettings(_Selectors):
    """A page's list of articles: `item` on the page, the others inside each item."""

    item: Selector = Field(min_length=1)
    title: Selector = ""
    link: Selector = ""
    date: Selector = ""
    text: Selector = ""


class JsonSettings(_Selectors):
    """A list in JSON: `items` in the document (or in a `script` of a page), the others in each."""

    items: str = ""
    title: str = Field(min_length=1)
    link: str = ""
    date: str = ""
    text: str = ""
    script: Selector = ""


class WatchSettings(_Selectors):
    """A page whose text is the news: the part to watch, and what to ignore in it."""

    select: Selector = ""
    ignore: Selector = ""


def as_input(kind: str, sections: dict[str, _Selectors | None]) -> Input:
    """Return how a feed is read; at most one of its `sections` is given."""
    for name, section in sections.items():
        if section:
            parts = section.model_dump().items()
            return Input(name, tuple((part, value) for part, value in parts if value))
    return Input(kind)
