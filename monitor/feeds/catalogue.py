"""Feeds to choose from, by region: the shipped list (`catalogue.toml`), which nobody polls. Pure.

Its addresses are copied from public repositories; each feed names its source.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

REGIONS: Mapping[str, str] = {
    "korea": "Korea",
    "japan": "Japan",
    "china-taiwan": "China and Taiwan",
    "ukraine": "Ukraine",
    "russia": "Russia",
    "middle-east": "Middle East",
    "iran": "Iran",
    "israel": "Israel",
    "africa-sahel": "Sahel, West and Central Africa",
    "horn": "Sudan and Horn of Africa",
    "south-asia": "South Asia",
    "southeast-asia": "Southeast Asia",
    "europe": "Europe",
    "balkans": "Balkans",
    "caucasus": "Caucasus and Central Asia",
    "latin-america": "Latin America",
    "venezuela": "Venezuela",
    "arctic": "Arctic",
    "world-agencies": "World",
    "defence": "Defence",
    "think-tanks": "Think tanks",
    "official": "Official",
}


@dataclass(frozen=True, slots=True)
class SuggestedFeed:
    """A feed of the catalogue; `state` for media of a state, `source` is `owner/name@commit:path`.

    `regions` are keys of REGIONS, the nearest first.
    """

    url: str
    title: str
    publisher: str
    country: str
    lang: str
    kind: str
    regions: tuple[str, ...]
    source: str
    state: bool = False


def catalogue() -> list[SuggestedFeed]:
    """Read the shipped list, in the order of its file."""
    text = Path(__file__).with_suffix(".toml").read_text(encoding="utf-8")
    sources = tomllib.loads(text)["sources"]
    return [_feed(feed, source) for source in sources for feed in source["feeds"]]


def _feed(feed: dict[str, Any], source: dict[str, Any]) -> SuggestedFeed:
    origin = f"{source['repository']}@{source['commit']}:{source['path']}"
    return SuggestedFeed(**{**feed, "regions": tuple(feed["regions"])}, source=origin)


def suggested(
    feeds: Iterable[SuggestedFeed], regions: Collection[str] = (), langs: Collection[str] = ()
) -> list[tuple[str, SuggestedFeed]]:
    """Choose feeds by region and language, in the order of REGIONS; all of them without a choice.

    A feed comes once, beside the nearest of its regions that is wanted.
    """
    wanted = list(regions or REGIONS)
    chosen = [
        (near[0], feed)
        for feed in feeds
        if (near := _nearest(feed, wanted)) and (not langs or feed.lang in langs)
    ]
    order = list(REGIONS)
    return sorted(chosen, key=lambda pair: (order.index(pair[0]), pair[1].title.casefold()))


def _nearest(feed: SuggestedFeed, wanted: Collection[str]) -> list[str]:
    return [name for name in feed.regions if name in wanted]
