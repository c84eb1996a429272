"""Stories: what an article leaves behind to be recognised by, and what a story is made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from monitor.model.alert import PublisherReport
    from monitor.model.figure import Approx, Figure


@dataclass(frozen=True, slots=True)
class StoryFeatures:
    """What an article with a hit is recognised by: small, made where it is matched.

    `marks` are (name, weight) of what it speaks of: `@place:kursk` a term set, `day:2024-10-31`,
    `number:8000`, `name:plsk` by its consonants, `word:en:troop` of its language. `asked` are
    those that its topics ask for, which all of their hits are likely to have.
    `signature` and `credited` tell copies (see `copies`). A `roundup` reports many events: a live
    blog, a digest, “what we know”.
    """

    lang: str
    marks: tuple[tuple[str, float], ...] = ()
    asked: frozenset[str] = frozenset()
    figures: tuple[Figure, ...] = ()
    signature: bytes = b""
    credited: str = ""
    roundup: bool = False


@dataclass(frozen=True, slots=True)
class ReportedFigure:
    """A figure as an article of a story told it: `8,000 troops`, said by `Blinken`.

    `unit` is the same in every language (`troops`, `killed`, `km`). `said_by` is empty where the
    text names nobody. `article_id` told it, of `publisher`, seen at `seen_at`. `approx` is as in
    `Figure`.
    """

    value: float
    unit: str
    said_by: str
    article_id: int
    publisher: str
    seen_at: datetime
    approx: Approx = ""


@dataclass(frozen=True, slots=True)
class StoryState:
    """A story as it stands: what its articles have told so far.

    `title` is its best headline. `publisher_reports` are its publishers, the first to report first;
    one whose articles all repeat another's text has its name in `copy_of`. `figures` are in the
    order in which they were told, repetitions included. `actors`, `places`, `weapons` and `actions`
    are names of term sets (`north_korea`, `kursk`, `icbm`, `missile_launch`) that stand in a
    headline or a lead, sorted.
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

    @property
    def independent(self) -> tuple[PublisherReport, ...]:
        """The publishers that do not only repeat another's text."""
        return tuple(voice for voice in self.publisher_reports if not voice.copy_of)
