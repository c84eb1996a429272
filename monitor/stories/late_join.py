"""Two stories that a later report shows to be one event. Pure.

Reports of one event in two languages may begin two stories, until one comes that names what both
do. An assignment is likely at best; a join must be certain, since both stories have been told.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitor.stories.features import DAY, MODEL, ORDINAL

if TYPE_CHECKING:
    from monitor.stories.assign import Assignment
    from monitor.stories.profile import IncomingArticle, Profile
    from monitor.stories.scoring import Scored

# Score that a report needs with both stories: 2 more than an assignment needs, 7 times the odds.
# Of 282 reports of labelled events none has it with two events; the first wrong pair comes at 0.
CERTAIN = 1.0
# Reasons that, where they speak against a story, keep a report from joining it to another.
_CONTRADICTIONS = frozenset(
    {"@actors", "@actions", "@targets", "models", "ordinals", "acts", "days", "figures"}
)
_KINDS = (DAY, MODEL, ORDINAL, "@actor", "@place")  # two stories that have any share one of them
_USUAL = 0.5  # share of a story's articles from which on a feature is the story's


def same_event(new: IncomingArticle, assignment: Assignment) -> int | None:
    """Return the other story that reports the event of an article's own one; None for none.

    The article must be certain to continue both, and neither it nor the other story may
    contradict. A round-up reports many events, and shows of none that it is another.
    """
    if new.story_features.roundup:
        return None
    certain = [each for each in assignment.others if _is_certain(each)]
    own = [each for each in certain if each.profile.story == assignment.story]
    others = [each for each in certain if each not in own]
    if own and others and not _contradict(own[0].profile, others[0].profile):
        return others[0].profile.story
    return None


def _is_certain(scored: Scored) -> bool:
    against = (reason.weight < 0 for reason in scored.reasons if reason.what in _CONTRADICTIONS)
    return scored.score > CERTAIN and not any(against)


def _contradict(one: Profile, other: Profile) -> bool:
    """Whether both stories have features of a kind, but share none."""
    ours, theirs = _usual(one), _usual(other)
    pairs = ((_of_kind(ours, kind), _of_kind(theirs, kind)) for kind in _KINDS)
    return any(mine and yours and not mine & yours for mine, yours in pairs)


def _usual(story: Profile) -> set[str]:
    return {name for name, count in story.features.items() if count >= _USUAL * story.articles}


def _of_kind(features: set[str], kind: str) -> set[str]:
    return {name for name in features if name.startswith(f"{kind}:")}
