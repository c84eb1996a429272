"""A brief as values: topics, their stories, what changed, and the reports it cites. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from monitor.feeds.health import Outage
    from monitor.model import Tlp


@dataclass(frozen=True, slots=True)
class Citation:
    """A report that a brief cites by its `number`; `kind` and `country` are its feed's.

    No form of a brief shows the `text`: drafts are checked against it.
    """

    number: int
    title: str
    publisher: str
    kind: str
    country: str
    url: str
    lang: str
    seen_at: datetime
    text: str = ""


@dataclass(frozen=True, slots=True)
class FigureLine:
    """What a speaker says of one kind of figure, as `8,000 → 11,000`, and the report that has it.

    `speaker` is the publisher where its text names nobody.
    """

    kind: str
    amount: str
    speaker: str
    cited: int


@dataclass(frozen=True, slots=True)
class BriefStory:
    """A story of a brief: its reports in all, `new_reports` in the time of the brief.

    `independent` counts publishers with a text of their own, `states` those of them that are a
    state's; `was_independent` is the count before. `changes` says what is new since then, in words.
    `also` are the titles of further topics that it hits. `draft` are sentences of an assistant.
    `credibility` is in words, `glosses` tell a headline in the readers' language, and `notes` are
    what people wrote for the brief.
    """

    id: int
    title: str
    lang: str
    begun: bool
    reports: int
    new_reports: int
    independent: int
    states: int
    was_independent: int
    changes: tuple[str, ...]
    figures: tuple[FigureLine, ...]
    cited: tuple[int, ...]
    also: tuple[str, ...] = ()
    draft: tuple[str, ...] = ()
    credibility: str = ""
    glosses: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def standing(self) -> str:
        """The publishers in words: `new, 4 independent publishers (1 state)`."""
        plural = "" if self.independent == 1 else "s"
        states = f" ({self.states} state)" if self.states else ""
        grown = self.was_independent and self.was_independent < self.independent
        before = f", {self.was_independent} before" if grown else ""
        new = "new, " if self.begun else ""
        return f"{new}{self.independent} independent publisher{plural}{states}{before}"


@dataclass(frozen=True, slots=True)
class BriefTopic:
    """The stories of a topic, the most widely carried first; `omitted` further ones are counted."""

    id: str
    title: str
    tlp: Tlp | None
    stories: tuple[BriefStory, ...]
    omitted: int = 0


@dataclass(frozen=True, slots=True)
class Brief:
    """What happened from `since` to before `until`, by topic.

    `quiet` are the titles of topics without a story. `tlp` is the strictest label of the topics.
    `summary` are sentences of an assistant, `dropped` is how many more did not stand the check.
    """

    since: datetime
    until: datetime
    topics: tuple[BriefTopic, ...]
    quiet: tuple[str, ...]
    citations: tuple[Citation, ...]
    feeds_down: tuple[Outage, ...]
    tlp: Tlp | None
    summary: tuple[str, ...] = ()
    dropped: int = 0

    @property
    def stories(self) -> int:
        """The number of stories, also of those that are only counted."""
        return sum(len(topic.stories) + topic.omitted for topic in self.topics)

    @property
    def title(self) -> str:
        """The heading: `Brief, 2024-10-31 18:00 to 2024-11-01 18:00 UTC`."""
        return f"Brief, {self.since:%Y-%m-%d %H:%M} to {self.until:%Y-%m-%d %H:%M} UTC"
