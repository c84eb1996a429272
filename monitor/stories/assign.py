"""The story that an article goes into: by its headline, else by the score of its features.

Pure but for the `StoryIndex`, which is passed in.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

from monitor.stories.scoring import ENOUGH, StoryScorer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from monitor.stories.scoring import IncomingArticle, Profile, Rates, Scored

WINDOW = timedelta(days=8)  # from a story's last article to one that still continues it
SAME_TITLE = timedelta(hours=72)  # how long the same headline is the same story
SAME_ROUNDUP = timedelta(hours=12)  # a live blog or a digest is of its day, and comes back daily
LIVE = timedelta(hours=24)  # how long a story without a new article may be the one reported on
MEMORY = timedelta(days=30)  # how long hits count for the rates of features
CANDIDATES = 10  # stories that are scored: those that share most


class StoryIndex(Protocol):
    """Where stories are looked up: a database, or memory.

    All stories returned have an article published at most `within` before or after the new one.
    """

    def titled(self, new: IncomingArticle, within: timedelta) -> int | None:
        """Return the story of the last article with this headline, None for none."""
        ...

    def rates(self, new: IncomingArticle) -> Rates:
        """Return how common the article's features, and all term sets, are in its topics."""
        ...

    def live(self, new: IncomingArticle, within: timedelta) -> int:
        """Return the number of stories of the article's topics."""
        ...

    def sharing(
        self, new: IncomingArticle, features: Sequence[tuple[str, float]], within: timedelta
    ) -> list[Profile]:
        """Return the CANDIDATES stories that share most.

        `features` are the article's (name, weight) pairs, the most informative first.
        """
        ...


@dataclass(frozen=True, slots=True)
class Assignment:
    """The story that an article continues, None where it begins one, and the evidence.

    `same_title` says that the headline decided. `others` are the stories that were scored, the
    likeliest first.
    """

    story: int | None
    same_title: bool = False
    others: tuple[Scored, ...] = ()


def assign_story(new: IncomingArticle, index: StoryIndex) -> Assignment:
    """Decide which story an article continues, if any."""
    roundup = new.story_features.roundup
    titled = index.titled(new, SAME_ROUNDUP if roundup else SAME_TITLE)
    if titled:
        return Assignment(titled, same_title=True)

    score = StoryScorer(new, index.rates(new), index.live(new, LIVE))
    within = SAME_ROUNDUP if roundup else WINDOW
    candidates = index.sharing(new, score.most_informative(), within)
    scored = [score(story) for story in candidates]
    scored.sort(key=lambda each: (-each.score, each.profile.story))

    continues = bool(scored) and scored[0].score > ENOUGH
    story = scored[0].profile.story if continues else None
    return Assignment(story, others=tuple(scored))
