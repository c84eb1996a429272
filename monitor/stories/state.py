"""The state of a story: what its articles have reported so far."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from monitor.model import Approx, PublisherReport


@dataclass(frozen=True, slots=True)
class ReportedFigure:
    """A figure of a story: `8,000 troops`, said by `Blinken`.

    `unit` is one of `UNITS`, `approx` is as in `Figure`. `said_by` is empty where the text names
    nobody. `article_id`, `publisher` and `seen_at` are those of the article with the figure. Only
    figures with the same unit and `label` are compared.
    """

    value: float
    unit: str
    said_by: str
    article_id: int
    publisher: str
    seen_at: datetime
    approx: Approx = ""
    label: str = ""


@dataclass(frozen=True, slots=True)
class StoryState:
    """A story at a moment: what its articles have reported so far.

    `title` is its best headline, `articles` their number. `publisher_reports` are its publishers,
    the first to report first; `copy_of` names the publisher whose text all articles of another
    repeat. `figures` are in the order of the articles, repetitions included. `actors`, `places`,
    `weapons` and `actions` are the names of term sets (`north_korea`, `kursk`, `icbm`,
    `missile_launch`) in headlines and leads, sorted; `others` are those of other kinds, and `turns`
    the acts that stand in headlines.
    """

    id: int
    title: str
    started_at: datetime
    last_at: datetime
    topics: tuple[str, ...]
    articles: int
    publisher_reports: tuple[PublisherReport, ...]
    figures: tuple[ReportedFigure, ...]
    actors: tuple[str, ...]
    places: tuple[str, ...]
    weapons: tuple[str, ...]
    actions: tuple[str, ...]
    others: tuple[str, ...] = ()
    turns: tuple[str, ...] = ()

    @property
    def independent(self) -> tuple[PublisherReport, ...]:
        """The publishers with a text of their own."""
        return tuple(report for report in self.publisher_reports if not report.copy_of)
