"""How far an article and a story agree: in topics, the headline's term sets, figures. Pure.

A story is what `articles` of its reports have: topics or features by the number that have them.

Features are weighed one by one (`scoring`). What this module looks at are sets of them: a headline
whose term sets few reports have tells another event, and so do other numbers of the same unit.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from monitor.stories.features import FIGURE, IN_HEADLINE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from collections.abc import Set as AbstractSet

    from monitor.model import StoryFeatures

_USUAL = 0.5  # share of a story's articles from which on a topic or a term set is the story's
_ACTOR, _TARGET = "@actor:", "@target:"
_IN_LEAD = 0.7  # weight from which on a term set stands in the headline or in the lead
# Term sets of services and armies, and the set of their country.
COUNTRY_OF = {
    "south_korean_services": "south_korea", "korean_peoples_army": "north_korea",
    "north_korean_units": "north_korea", "chinese_army": "china", "israeli_army": "israel",
    "us_commands": "united_states",
}  # fmt: skip
# Term sets that tell nobody apart.
OF_ANY_COUNTRY = frozenset(
    {"troops", "army", "military", "officers", "fighters", "prisoners_of_war", "casualties"}
    | {"navy", "air_force", "border_guards", "military_losses", "fortification", "units_by_arm"}
    | {"guard_post", "intelligence"}
)


def of_topics(topics: AbstractSet[str], story: Mapping[str, int], articles: int) -> float:
    """Return the share of topics in common, of the fewer ones of the two (overlap coefficient).

    A report that names only a part of what the story has does not disagree.
    """
    usual = {topic for topic, count in story.items() if count >= _USUAL * articles}
    return len(topics & usual) / max(min(len(topics), len(usual)), 1)


def of_headline(features: StoryFeatures, story: Mapping[str, int], articles: int) -> float | None:
    """Return the share of a story's articles that have a term set of the headline, on average.

    What the topics ask for does not count; None where the headline names nothing else.
    """
    named = [
        story.get(name, 0) / articles
        for name, weight in features.features
        if name[0] == "@" and weight >= IN_HEADLINE and name not in features.asked
    ]
    return sum(named) / len(named) if named else None


def of_figures(features: Iterable[str], story: Iterable[str]) -> float | None:
    """Return the share of units in which both have a number in common, None for no common unit.

    `figure:soldier 2` and `figure:soldier 3` have the unit in common and not the number.
    """
    ours = _by_unit(features)
    theirs = _by_unit(story) if ours else {}
    units = ours.keys() & theirs.keys()
    return sum(bool(ours[unit] & theirs[unit]) for unit in units) / len(units) if units else None


def tell_the_same(features: StoryFeatures, story: Mapping[str, int], articles: int) -> bool:
    """Whether article and story have term sets of two kinds in common, however common these are.

    Reports of one event may have nothing rarer in common than an act and an actor, or a place and a
    weapon. Something must be in common that the topics do not ask for: all of their hits have that.
    """
    names = [name for name, _ in features.features]
    usual = {name for name in names if story.get(name, 0) >= _USUAL * articles}
    kinds = {name.partition(":")[0] for name in usual if name[0] == "@"}
    return len(kinds) > 1 and any(name in story for name in names if name not in features.asked)


def parties(features: Iterable[str]) -> frozenset[str]:
    """Return the countries and groups that features name.

    A country's leader and its services stand for the country. Soldiers, officers or casualties are
    of any country, and tell nobody apart.
    """
    named = (_party(name) for name in features if name.startswith(_ACTOR))
    return frozenset(name for name in named if name)


def differ_in_parties(ours: AbstractSet[str], story: Iterable[str]) -> bool:
    """Whether both name countries or groups, but none in common; `story` are its features."""
    if not ours:
        return False
    theirs = parties(story)
    return bool(theirs) and not ours & theirs


def differ_in_targets(features: StoryFeatures, story: Mapping[str, int], articles: int) -> bool:
    """Whether both name what is struck (an airfield, a depot), but nothing in common.

    Of an article the headline and the lead count, of a story what half of its reports name: later
    in a text stand the strikes of other days.
    """
    named = [name for name, weight in features.features if weight >= _IN_LEAD]
    ours = {name for name in named if name.startswith(_TARGET)}
    if not ours:
        return False
    usual = (name for name, count in story.items() if count >= _USUAL * articles)
    theirs = {name for name in usual if name.startswith(_TARGET)}
    return bool(theirs) and not ours & theirs


@cache
def _party(actor: str) -> str:
    """Return the country or group of an actor, "" for one of any country."""
    name = actor.removeprefix(_ACTOR)
    party = COUNTRY_OF.get(name, name.removesuffix(".leader"))
    return "" if party in OF_ANY_COUNTRY else party


def _by_unit(features: Iterable[str]) -> dict[str, set[str]]:
    """Return the values of figures by unit."""
    values: dict[str, set[str]] = {}
    for name in features:
        if name.startswith(f"{FIGURE}:"):
            unit, _, value = name.rpartition(" ")
            values.setdefault(unit, set()).add(value)
    return values
