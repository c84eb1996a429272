"""Into which story an article goes. Pure but for the index, which is passed in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

from monitor.stories.scoring import ENOUGH, StoryScorer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from monitor.stories.scoring import IncomingArticle, Profile, Rates, Scored

WINDOW = timedelta(days=8)  # from its last report to one that still continues a story
SAME_TITLE = timedelta(hours=72)  # how long the same headline is the same story
SAME_SURVEY = timedelta(hours=12)  # a live blog or a digest is of its day, and comes back daily
LIVE = timedelta(hours=24)  # how long a story without a report may be meant
MEMORY = timedelta(days=30)  # of how common marks are
CANDIDATES = 10  # stories that are weighed, those that share most


class StoryIndex(Protocol):
    """Where stories are looked up: a database, or memory."""

    def titled(self, new: IncomingArticle, within: timedelta) -> int | None:
        """Return the story with the last article of this headline, if it is so near in time."""
        ...

    def rates(self, new: IncomingArticle) -> Rates:
        """Return how common the article's marks are in its topics, and all term sets."""
        ...

    def live(self, new: IncomingArticle, within: timedelta) -> int:
        """Return how many stories of its topics had a report so near in time."""
        ...

    def sharing(
        self, new: IncomingArticle, marks: Sequence[tuple[str, float]], within: timedelta
    ) -> list[Profile]:
        """Return the CANDIDATES stories near in time that share most.

        `marks` are those of the article with what each is worth, the most telling first.
        """
        ...


@dataclass(frozen=True, slots=True)
class Assignment:
    """The story that an article continues, None where it begins one, and the evidence.

    `same_title` says that the headline decided. `others` are the stories that were weighed, the
    likeliest first.
    """

    story: int | None
    same_title: bool = False
    others: tuple[Scored, ...] = ()


def assign(new: IncomingArticle, index: StoryIndex) -> Assignment:
    """Decide which story an article continues, if any. It is never moved afterwards."""
    roundup = new.story_features.roundup
    titled = index.titled(new, SAME_SURVEY if roundup else SAME_TITLE)
    if titled:
        return Assignment(titled, same_title=True)
    within = SAME_SURVEY if roundup else WINDOW
    scale = StoryScorer(new, index.rates(new), index.live(new, LIVE))
    weighed = [scale(story) for story in index.sharing(new, scale.most_informative(), within)]
    weighed.sort(key=lambda each: (-each.score, each.profile.story))
    continues = bool(weighed) and weighed[0].score > ENOUGH
    return Assignment(weighed[0].profile.story if continues else None, others=tuple(weighed))
