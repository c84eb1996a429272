"""What a story becomes with an article, and what is kept of the article. Pure.

    assigned ─▶ what is stored of that story ─▶ continued ─▶ what is to be written

A text that is a near-copy of an earlier one is kept with the article that it repeats. It has no say
in the headline of the story, nor has a round-up.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from monitor.stories.explain import record
from monitor.stories.features import LEADING
from monitor.stories.near_duplicates import is_copy
from monitor.stories.profile import new_profile
from monitor.stories.titles import Headline, best_title

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from monitor.model import Figure, StoryFeatures
    from monitor.stories.assign import Assignment
    from monitor.stories.profile import IncomingArticle, Profile

_IN_HEADLINE = 1.0  # what a term set weighs that stands in a headline
_NO_TURN = {"actor", "place", "target"}  # kinds of term sets that are no acts


@dataclass(frozen=True, slots=True)
class StoryBefore:
    """What is stored of the story that an article goes into; `story` is free where it `begins`.

    `headlines` are those of its first report and of its last ones, in their order. `originals` are
    the (id, signature) of its texts that repeat none, the newest first. `profile` is None where it
    is compared no more.
    """

    story: int
    begins: bool = False
    title: str | None = None
    headlines: Sequence[Headline] = ()
    originals: Sequence[tuple[int, bytes]] = ()
    profile: Profile | None = None


@dataclass(frozen=True, slots=True)
class Continuation:
    """What is to be written of a story that an article begins or continues, and of the article.

    `title` is the headline of the story from now on. `sets` are the term sets of the article's
    headline and lead, `copy_of` is the article whose text it repeats, `why` says why it is here.
    """

    before: StoryBefore
    title: str
    new: IncomingArticle
    sets: tuple[str, ...]
    copy_of: int | None
    why: Mapping[str, Any]
    profile: Profile


def continued(
    new: IncomingArticle, headline: Headline, assignment: Assignment, before: StoryBefore
) -> Continuation:
    """Return what a story becomes with an article, its `headline` without sets, assigned to it."""
    features = new.story_features
    sets = tuple(sorted(_leading_sets(features)))
    copy_of = _original(features.signature, before.originals)
    reports = before.headlines
    if copy_of is None and not features.roundup:
        reports = (*reports, replace(headline, sets=sets))
    return Continuation(
        before=before,
        title=best_title(before.title, reports) or headline.title,
        new=new,
        sets=sets,
        copy_of=copy_of,
        why=record(assignment),
        profile=before.profile.with_article(new)
        if before.profile
        else new_profile(before.story, new),
    )


@dataclass(frozen=True, slots=True)
class StoredFeatures:
    """The stored features of an article: its term sets, and its figures as (value, unit)."""

    sets: frozenset[str]
    figures: frozenset[tuple[float, str]]


def added_features(
    features: StoryFeatures, before: StoredFeatures
) -> tuple[tuple[str, ...], tuple[Figure, ...]]:
    """Return the term sets that an article told so far, and the figures that it had not told.

    What it told before is kept, so that a text which flips back and forth tells nothing new.
    """
    figures: dict[tuple[float, str], Figure] = {}
    for figure in features.figures:
        if (figure.value, figure.unit) not in before.figures:
            figures.setdefault((figure.value, figure.unit), figure)
    return tuple(sorted(before.sets | _leading_sets(features))), tuple(figures.values())


def _leading_sets(features: StoryFeatures) -> set[str]:
    """Return the term sets of the headline and the lead; `turn:` again the acts of the headline.

    General sets that an exact one only implies make reports alike, but none of them says so: a
    report of Sudzha names no Kursk, and the map has its city there. A round-up tells no turn of the
    story: its headline names several events.
    """
    sets = [
        (mark[1:], weight)
        for mark, weight in features.features
        if mark[0] == "@" and mark not in features.implied
    ]
    leading = {name for name, weight in sets if weight >= LEADING}
    if features.roundup:
        return leading
    acts = (name.partition(":") for name, weight in sets if weight >= _IN_HEADLINE)
    return leading | {f"turn:{name}" for kind, _, name in acts if kind not in _NO_TURN}


def _original(signature: bytes, originals: Sequence[tuple[int, bytes]]) -> int | None:
    if not signature:
        return None
    return next((article for article, other in originals if is_copy(signature, other)), None)
