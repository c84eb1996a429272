"""An article: its text with the words that were found, its versions, matches, story and alerts."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

from monitor.text.excerpt import changes
from monitor.web.page import Asked, NoPageError, Page

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from monitor.store.queries.desk import DeskReader
    from monitor.web.page import Row

Piece = tuple[str, str]  # words, and the terms that they were found by: "" for none


def read(reader: DeskReader, asked: Asked) -> Page:
    """Return the page of an article."""
    article = reader.article(asked.id())
    if article is None:
        raise NoPageError(f"there is no article {asked.id()}: it may have been pruned")
    verdicts = reader.verdicts_of([article["id"]])
    current = {each["version"] for each in article["versions"] if each["current"]}
    shown = [match for match in article["matches"] if match["version"] in current]
    evidence = [each for match in shown for each in match["evidence"]]
    extra = {
        "headline": marked(article["title"], _spans(evidence, "title")),
        "paragraphs": marked(article["text"], _spans(evidence, "text")),
        "current": current,
        "edits": _edits(article["versions"]),
        "verdict": verdicts.get(article["id"], ""),
        "raw": {name: value for name, value in article.items() if isinstance(value, (str, int))},
        "is_hit": any(match["outcome"] == "hit" for match in article["matches"]),
    }
    return Page("article.html", article["title"], {"article": article}, extra)


def marked(text: str, spans: Iterable[tuple[int, int, str]]) -> list[Piece]:
    """Return a text in pieces; where spans overlap, the words belong to the first of them."""
    pieces: list[Piece] = []
    at = 0
    for start, end, term in sorted(spans):
        begin = max(start, at)
        if begin >= end or begin > len(text):
            continue
        pieces += [(text[at:begin], ""), (text[begin:end], term)]
        at = end
    pieces.append((text[at:], ""))
    return [piece for piece in pieces if piece[0]]


def _spans(evidence: Sequence[Row], field: str) -> list[tuple[int, int, str]]:
    return [
        (each["start"], each["end"], each["term"]) for each in evidence if each["field"] == field
    ]


def _edits(versions: Sequence[Row]) -> list[dict[str, Any]]:
    """Return each edit with the words that went and came, the newest first."""
    of_feed = [each for each in versions if not each["of_page"]]
    edits = [
        {
            "at": new["seen_at"],
            "title": changes(old["title"], new["title"]) if old["title"] != new["title"] else [],
            "text": changes(old["text"], new["text"]) if old["text"] != new["text"] else [],
        }
        for old, new in pairwise(of_feed)
    ]
    return edits[::-1]
