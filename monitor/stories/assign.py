"""The story that an article goes into: by its headline, else by the score of its features.

Pure but for the `StoryIndex`, which is passed in.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

from monitor.stories.features import IN_HEADLINE, WORD
from monitor.stories.scoring import ENOUGH, StoryScorer

if TYPE_CHECKING:
    from collections.abc import Container, Sequence

    from monitor.stories.profile import IncomingArticle, Profile
    from monitor.stories.rates import Rates
    from monitor.stories.scoring import Scored

WINDOW = timedelta(days=8)  # from a story's last article to one that still continues it
SAME_TITLE = timedelta(hours=72)  # how long the same headline is the same story
SAME_ROUNDUP = timedelta(hours=12)  # a live blog or a digest is of its day, and comes back daily
LIVE = timedelta(hours=24)  # how long a story without a new article may be the one reported on
MEMORY = timedelta(days=30)  # how long hits count for the rates of features
_TELLING = 5  # words of a headline that is not used for two events
_COLUMN = 3  # texts of one publisher under a headline that means no event
_FEWEST = 5  # words of a text that can speak against a short headline
_SAME_TEXT = 0.5  # share of these that the story has, if the headline means the same event
CANDIDATES = 10  # stories that are scored: those that share most


class StoryIndex(Protocol):
    """Where stories are looked up: a database, or memory.

    All stories returned have an article published at most `within` before or after the new one.
    """

    def titled(self, new: IncomingArticle, within: timedelta) -> int | None:
        """Return the story of the last article with this headline, None for none."""
        ...

    def texts(self, new: IncomingArticle, within: timedelta) -> int:
        """Return over how many other texts a publisher used this headline, the most of any."""
        ...

    def profile(self, story_id: int, /) -> Profile | None:
        """Return the profile of a story, None where it cannot go on."""
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
    is_column = index.texts(new, MEMORY) >= _COLUMN - 1
    if titled and _is_telling(new, index.profile(titled), is_column=is_column):
        return Assignment(titled, same_title=True)
    if titled:  # its words were used for another event: they say nothing of this one
        new = _without_headline(new)

    score = StoryScorer(new, index.rates(new), index.live(new, LIVE))
    within = SAME_ROUNDUP if roundup else WINDOW
    candidates = index.sharing(new, score.most_informative(), within)
    scored = [score(story) for story in candidates]
    scored.sort(key=lambda each: (-each.score, each.profile.story))

    continues = bool(scored) and scored[0].score > ENOUGH
    story = scored[0].profile.story if continues else None
    return Assignment(story, others=tuple(scored))


def _is_telling(new: IncomingArticle, story: Profile | None, *, is_column: bool) -> bool:
    """Whether the headline that an article shares with a story means the same event.

    A headline of several words does, unless it is that of a column: one publisher's over text after
    text. So does not one of a few words (`KURSK ALERT`). There the text must not speak against it.
    """
    headline, text = _words(new)
    is_long = len(headline) >= _TELLING and not is_column
    if is_long or len(text) < _FEWEST or story is None:
        return True
    return sum(word in story.features for word in text) >= _SAME_TEXT * len(text)


def _without_headline(new: IncomingArticle) -> IncomingArticle:
    """Return an article without the words and term sets of its headline, but what is asked for."""
    features = new.story_features
    rest = tuple(each for each in features.features if not _is_headline(*each, features.asked))
    return replace(new, story_features=replace(features, features=rest))


def _is_headline(name: str, weight: float, asked: Container[str]) -> bool:
    is_located = name.startswith(WORD) or (name.startswith("@") and name not in asked)
    return is_located and weight >= IN_HEADLINE


def _words(new: IncomingArticle) -> tuple[list[str], list[str]]:
    """Return the words of an article's headline, and those that stand in its text only."""
    words = [each for each in new.story_features.features if each[0].startswith(WORD)]
    headline = [name for name, weight in words if weight >= IN_HEADLINE]
    return headline, [name for name, weight in words if weight < IN_HEADLINE]
