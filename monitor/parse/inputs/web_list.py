"""A page without a feed: its list of articles, found by CSS selectors. Pure.

    list: {item: "li.news", title: "h3", link: "a", date: "time@datetime", text: "p"}

`item` is looked for on the page, the others inside each item (`.` is the item itself); `@name`
takes an attribute. Without them, the title is the text of the link, and the link the first one of
the item.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from selectolax.lexbor import LexborHTMLParser

from monitor.errors import ParseError, PollReason
from monitor.parse.inputs.built import Built, built_entry, built_feed
from monitor.parse.inputs.word_dates import WordDates

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

    from monitor.model import Source


def read(document: bytes, source: Source) -> Built:
    """Return the entries of a page. Raises ParseError (`empty`) where a selector finds nothing."""
    tree = LexborHTMLParser(document.decode("utf-8", "replace"))
    parts = dict(source.input.parts)
    items = tree.css(parts["item"])
    if not items:
        raise ParseError(PollReason.EMPTY, f"`item: {parts['item']}` finds nothing on the page")
    dates = WordDates(source)
    entries = [_entry(item, parts, dates) for item in items]
    _check_titles(entries, parts)
    title = tree.css_first("title")
    html = tree.css_first("html")
    return built_feed(
        "list",
        [each for each in entries if each["title"]],
        title=title.text(strip=True) if title else "",
        lang=(html.attributes.get("lang") or "") if html else "",
    )


def _check_titles(entries: list[Built], parts: dict[str, str]) -> None:
    """Raise ParseError where not one item has a title: the page has changed, or the selector."""
    if not any(each["title"] for each in entries):
        selector = parts.get("title") or parts.get("link") or "a"
        which = "title" if parts.get("title") else "link"
        detail = f"`{which}: {selector}` finds nothing in {len(entries)} items"
        raise ParseError(PollReason.EMPTY, detail)


def _entry(item: LexborNode, parts: dict[str, str], dates: WordDates) -> Built:
    link = parts.get("link") or ("." if item.tag == "a" else "a")
    title = _value(item, parts["title"]) if parts.get("title") else _value(item, link)
    return built_entry(
        link=_value(item, link if "@" in link else f"{link}@href"),
        title=title,
        text=_value(item, parts.get("text", "")),
        published=dates.read(_value(item, parts.get("date", ""))),
    )


def _value(item: LexborNode, selector: str) -> str:
    """Return the text or attribute that a selector names in an item, or of the item itself."""
    path, _, attribute = selector.partition("@")
    if not selector:
        return ""
    node = _first(item, path.strip())
    if node is None:
        return ""
    if attribute:
        return (node.attributes.get(attribute.strip()) or "").strip()
    return " ".join(node.text(separator=" ").split())


def _first(item: LexborNode, path: str) -> LexborNode | None:
    return item if path in {"", "."} else item.css_first(path)
