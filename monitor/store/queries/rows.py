"""Rows of the views as plain values: JSON columns decoded, evidence with the words it marks."""

from __future__ import annotations

import json
from typing import Any

from monitor.model import Evidence
from monitor.text.excerpt import excerpt

Row = dict[str, Any]
HIT_COLUMNS = (
    "id", "topic", "score", "title", "url", "publisher", "feed", "feed_title", "lang",
    "published_at", "seen_at", "story", "reason",
)  # fmt: skip


def alert_row(row: Row) -> Row:
    """Return an alert with its topics and its news as lists."""
    return {**row, "topics": json.loads(row["topics"]), "news": json.loads(row["news"])}


def hit_row(row: Row) -> Row:
    """Return a hit or a near miss with its matched words (`terms`) and an excerpt."""
    evidence = [Evidence(*each) for each in json.loads(row["evidence"])]
    piece = excerpt(row["title"], row["text"], evidence)
    return {
        **{name: row[name] for name in HIT_COLUMNS},
        "terms": list(dict.fromkeys(row[e.field][e.start : e.end] for e in evidence)),
        "excerpt": piece.text,
    }


def _evidence(row: Row, term: str, field: str, start: int, end: int, *sentence: int) -> Row:
    """Return a piece of evidence with its words; `sentence` is its span, absent in old rows."""
    text = row[field]
    begin, stop = sentence or (0, 0)
    return {
        "term": term,
        "field": field,
        "start": start,
        "end": end,
        "found": text[start:end],
        "sentence": text[begin:stop].strip(),
    }


def match_row(row: Row) -> Row:
    """Return a match, hit or near miss, with the words and the sentence of each evidence."""
    evidence = [_evidence(row, *values) for values in json.loads(row["evidence"])]
    kind = "near-miss" if row["reason"] else "hit"
    names = ("topic", "topic_digest", "score", "reason", "version")
    return {"outcome": kind, **{name: row[name] for name in names}, "evidence": evidence}
