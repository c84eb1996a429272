"""How far stories can be believed: reliability of publishers, sides of speakers, and denials."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from monitor.matching.terms.labels import SPEAKER, country, label
from monitor.model import ActivityKind
from monitor.store.tables.base import Table
from monitor.store.times import iso, moment
from monitor.stories.contested import contested
from monitor.stories.credibility import UNKNOWN, WORDS, credibility

if TYPE_CHECKING:
    from collections.abc import Iterable

    from monitor.store.tables.stories import Reads
    from monitor.stories.contested import ContestedFigure
    from monitor.stories.state import StoryState

    Row = dict[str, Any]

_RELIABILITY = """
SELECT publisher, min(reliability) FROM feeds
WHERE publisher IN (SELECT value FROM json_each(?)) GROUP BY publisher
"""
_OVERRULED = """
SELECT text, name, at FROM story_activity WHERE story_id = ? AND kind = ? ORDER BY id DESC LIMIT 1
"""
_DENIALS = """
SELECT g.terms FROM articles a JOIN article_gloss g ON g.article_id = a.id
WHERE a.story_id = ? AND g.terms LIKE '%"other:denial"%'
"""
_SIDES = "SELECT speaker, side FROM speaker_sides WHERE speaker IN (SELECT value FROM json_each(?))"


class BeliefTable(Table):
    """The part of a transaction that concerns for whom speakers speak."""

    def put_sides(self, speakers: Iterable[tuple[str, str]]) -> None:
        """Keep the country that each speaker speaks for, by an actor that the name holds."""
        sides = [(speaker, side) for speaker, actor in speakers if (side := country(actor))]
        self.db.conn.executemany("INSERT OR REPLACE INTO speaker_sides VALUES (?, ?)", sides)


def belief(db: Reads, state: StoryState, lang: str = "en") -> Row:
    """Return what tells how far a story can be believed.

    `reliability` is by publisher; `credibility` has the computed `value` and its `reason`, and what
    a person says instead; `contested` are the figures on which speakers differ.
    """
    reliability = _reliability(db, [report.publisher for report in state.publisher_reports])
    denials = _denied_by(db, state.id, lang)
    return {
        "reliability": reliability,
        "credibility": _credibility(db, state, reliability),
        "contested": _contested(db, state, denials, lang),
    }


def _reliability(db: Reads, publishers: list[str]) -> dict[str, str]:
    found = {row[0]: row[1] for row in db.execute(_RELIABILITY, (json.dumps(publishers),))}
    return {publisher: found.get(publisher, UNKNOWN) for publisher in publishers}


def _credibility(db: Reads, state: StoryState, reliability: dict[str, str]) -> Row:
    denied = "denial" in state.turns or "denial" in state.others
    computed = credibility(state.publisher_reports, reliability, denied=denied)
    row = db.execute(_OVERRULED, (state.id, str(ActivityKind.CREDIBILITY))).fetchone()
    value, _, note = row[0].partition(" ") if row else ("", "", "")
    overruled = {
        "value": int(value), "words": WORDS[int(value)], "by": row[1], "at": iso(moment(row[2])),
        "note": note,
    } if row else None  # fmt: skip
    words = WORDS[computed.value]
    return {"value": computed.value, "words": words, "reason": computed.reason,
            "overruled": overruled}  # fmt: skip


def _denied_by(db: Reads, story: int, lang: str) -> list[str]:
    """Return the sides that deny, by reports that are a denial and name who says so."""
    sides: Counter[str] = Counter()
    for (terms,) in db.execute(_DENIALS, (story,)):
        said = [term for term in json.loads(terms) if term.startswith(f"{SPEAKER}:")]
        sides.update(name for term in said for name in term.partition(":")[2].split(","))
    return [_side(name, lang) for name, _ in sides.most_common()]


def _contested(db: Reads, state: StoryState, denials: list[str], lang: str) -> list[Row]:
    names = json.dumps([figure.said_by for figure in state.figures if figure.said_by])
    sides = {row[0]: _side(row[1], lang) for row in db.execute(_SIDES, (names,))}
    return [_as_row(each) for each in contested(state.figures, sides, denials)]


def _as_row(figure: ContestedFigure) -> Row:
    positions = [{**asdict(position), "range": position.range} for position in figure.positions]
    return {"kind": figure.kind, "denied_by": list(figure.denied_by), "positions": positions}


def _side(name: str, lang: str) -> str:
    """Return a country as readers call it; a leader speaks for the country."""
    return label(country(name) or name, lang)
