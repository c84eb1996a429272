"""The story of a hit: load what it is compared with, decide which it continues, write that.

One hit after the other, since a hit may continue the story that an earlier one began.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from monitor.stories import added_features, assign_story, continued, same_event

if TYPE_CHECKING:
    from datetime import datetime

    from monitor.model import StoryFeatures
    from monitor.store.transaction import Transaction
    from monitor.stories import Headline, IncomingArticle


class Placed(NamedTuple):
    """The story that an article is in, and another that it shows to be the same event, if any."""

    story: int
    same_as: int | None


def continue_story(
    tx: Transaction, article_id: int, headline: Headline, new: IncomingArticle, now: datetime
) -> Placed:
    """Put an article into the story that it continues, or begins."""
    assignment = assign_story(new, tx.stories.index)
    before = tx.stories.before(assignment.story, new.story_features)
    continuation = continued(new, headline, assignment, before)
    tx.stories.continue_with(article_id, continuation, now)
    tx.gloss.put(article_id, new.story_features.gloss)
    tx.belief.put_sides(new.story_features.speakers)
    return Placed(before.story, same_event(new, assignment))


def add_features(tx: Transaction, article_id: int, features: StoryFeatures) -> None:
    """Add what an article tells since it was edited; it stays in its story."""
    before = tx.stories.features_of(article_id)
    if before:
        tx.gloss.put(article_id, features.gloss)
        sets, figures = added_features(features, before)
        tx.stories.add_features(article_id, sets, figures)
