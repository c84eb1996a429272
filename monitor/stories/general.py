"""General term sets that an exact one includes: an ICBM is a missile, Sudzha lies in Kursk. Pure.

Reports of one event name the same thing more or less exactly, so both forms count.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_MISSILE, _BALLISTIC = "weapon:missile", "weapon:ballistic_missile"
_KOREAN_TROOPS = ("actor:troops", "actor:north_korea")
_REGIONS = {
    "kursk": ("sudzha", "rylsk", "korenevo", "glushkovo", "lgov", "kurchatov"),
    "kharkiv": ("vovchansk", "kupiansk"),
    "donetsk": (
        "bakhmut",
        "avdiivka",
        "pokrovsk",
        "toretsk",
        "chasiv_yar",
        "kramatorsk",
        "mariupol",
    ),
    "zaporizhzhia": ("zaporizhzhia_plant",),
    "crimea": ("sevastopol",),
    "gaza": ("rafah", "khan_younis"),
    "west_bank": ("jenin",),
    "south_china_sea": ("scarborough_shoal", "second_thomas_shoal", "spratly_islands"),
    "darfur": ("el_fasher",),
}
GENERAL: Mapping[str, tuple[str, ...]] = {
    "weapon:icbm": (_BALLISTIC, _MISSILE),
    "weapon:slbm": (_BALLISTIC, _MISSILE),
    "weapon:oreshnik": (_BALLISTIC, _MISSILE),
    _BALLISTIC: (_MISSILE,),
    "weapon:cruise_missile": (_MISSILE,),
    "weapon:hypersonic": (_MISSILE,),
    "weapon:long_range_missile": (_MISSILE,),
    "weapon:short_range_missile": (_MISSILE,),
    "actor:korean_peoples_army": _KOREAN_TROOPS,
    "actor:north_korean_units": _KOREAN_TROOPS,
    "actor:units_by_arm": ("actor:troops",),
} | {f"place:{town}": (f"place:{region}",) for region, towns in _REGIONS.items() for town in towns}


def with_general(sets: Mapping[str, float]) -> dict[str, float]:
    """Return term sets by weight, and with the weight of each the general ones that it includes."""
    weights = dict(sets)
    for name, weight in sets.items():
        for general in GENERAL.get(name, ()):
            weights[general] = max(weights.get(general, 0.0), weight)
    return weights


def and_general(sets: Iterable[str]) -> frozenset[str]:
    """Return term sets and the general ones that they include."""
    return frozenset(with_general(dict.fromkeys(sets, 0.0)))
