"""Acts that are not of one event: force by air, by land, and arrests or resignations. Pure.

A strike on a region and the arrest of its governor share the region, the country and the day. What
tells them apart is the kind of act, where nothing rarer is shared.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitor.stories.features import IN_HEADLINE, MODEL, NAME, NUMBER, ORDINAL

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from monitor.model import StoryFeatures

# Weapons that stand for an act: “a drone hits a refinery” has no other word for it.
WEAPONS = frozenset(
    {"@weapon:drone", "@weapon:missile", "@weapon:artillery", "@weapon:shells", "@weapon:tank"}
)
_FORCE = frozenset({"@action:attack", "@action:explosion", "@action:sabotage", "@weapon:shells"})
_BY_AIR = _FORCE | {
    "@action:missile_launch", "@action:shootdown", "@action:airspace_violation", "@weapon:drone",
    "@weapon:missile",
}  # fmt: skip
_BY_LAND = _FORCE | {
    "@action:combat", "@action:incursion", "@action:cross_border_raid", "@action:advance",
    "@weapon:artillery", "@weapon:tank",
}  # fmt: skip
# Actions by which reports of one event name it in other words, or an earlier or later step of it.
_ALIKE = (
    {"@action:attack", "@action:explosion", "@action:sabotage", "@action:shootdown"},
    {
        "@action:attack", "@action:combat", "@action:incursion", "@action:cross_border_raid",
        "@action:advance", "@action:occupation", "@action:capture",
    },
    {
        "@action:mobilisation", "@action:training", "@action:deployment",
        "@action:troop_deployment", "@action:combat",
    },
)  # fmt: skip
_OFFICE = frozenset({"@other:arrest", "@other:resignation", "@other:appointment"})
_KINDS = {"air": _BY_AIR, "land": _BY_LAND, "office": _OFFICE}
_OTHER_PEOPLE, _OTHER_FORCE = 2.5, 1.0  # subtracted for an arrest and an attack; for two attacks
_USUAL = 0.5  # share of a story's articles above which an act is the story's
_SPECIFIC = (NAME, NUMBER, MODEL, ORDINAL)


def weight_against(
    new: StoryFeatures,
    story: Mapping[str, int],
    articles: int,
) -> float:
    """Return what to subtract for acts of another kind than those of a story, 0 for the same.

    `story` are the story's features by the number of its `articles` that have them. The headline's
    acts decide, and where it names none those of the text. A name, a number, a model or an ordinal
    in common outweighs them, and so does a place; but not what the topics ask for.
    """
    weights = dict(new.features)
    headline = {name for name, weight in weights.items() if weight >= IN_HEADLINE}
    ours = _kinds(headline) or _kinds(weights)
    usual = [name for name, count in story.items() if count > _USUAL * articles]
    theirs = _kinds(story)
    if not ours or not theirs or ours & theirs or not _kinds(usual):
        return 0.0
    if any(_is_specific(name) for name in weights if name in story and name not in new.asked):
        return 0.0
    if "office" in ours | theirs:
        return _OTHER_PEOPLE
    return _OTHER_FORCE if _kinds(headline) else 0.0  # texts name weapons of all kinds


def are_alike(ours: set[str], theirs: set[str]) -> bool:
    """Whether actions of one kind are among the features of both."""
    return any(actions & ours and actions & theirs for actions in _ALIKE)


def _kinds(features: Iterable[str]) -> set[str]:
    """Return which kinds of acts are among features."""
    names = set(features)
    return {kind for kind, acts in _KINDS.items() if acts & names}


def _is_specific(feature: str) -> bool:
    kind = feature.partition(":")[0]
    return kind in _SPECIFIC or kind == "@place"
