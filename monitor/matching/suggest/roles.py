"""Roles of term sets in a report (actor, force, place, weapon, deed), and their English names.

The role of a set follows from its file in `monitor/terms`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

from monitor.matching.terms.termsets import terms_of

if TYPE_CHECKING:
    from monitor.matching.terms.termsets import Sets

Role = Literal["actor", "body", "force", "place", "weapon", "deed", "own"]
_ROLES: dict[str, Role] = {
    "countries": "actor", "metonyms": "actor", "places": "place", "forces": "force",
    "weapons": "weapon", "actions": "deed", "politics": "deed",
}  # fmt: skip

PLURALS: dict[Role, str] = {
    "actor": "countries", "place": "places", "force": "forces", "weapon": "weapons",
    "deed": "actions",
}  # fmt: skip
# Sets on what else the words of topics may be about; topics exclude them.
GUARDS = frozenset(
    {
        "entertainment", "live_blog", "natural_disaster", "photo_caption", "round_up", "sport",
        "technology_business", "tourism", "video_game", "war_history", "wildlife",
    }
)  # fmt: skip


def role_of(name: str, sets: Sets) -> Role:
    """Return a set's role: a named force is a `body`, a set of the user is `own`.

    Any other set is a deed: it says something about an actor, and too little alone.
    """
    field = sets[name].field
    role = _ROLES.get(field, "deed") if field else "own"
    return "body" if role == "force" and _is_named(name, sets) else role


def is_rare(name: str, sets: Sets) -> bool:
    """Whether a weapon is rare enough for a topic of its own: `@icbm` is, `@missile` is not."""
    return _is_named(name, sets) or len(family(name, sets)) > 1


def _is_named(name: str, sets: Sets) -> bool:
    """Whether a set holds the names of one thing (`@houthis`), not common nouns (`@troops`)."""
    written = _as_written(name, sets)
    if written:
        return any(letter.isupper() for letter in written)
    english = [term.strip('!="') for lang, term in sets[name].terms if lang == "en"]
    return 2 * sum(term[:1].isupper() for term in english) > len(english)


def family(name: str, sets: Sets) -> tuple[str, ...]:
    """Return a set and the set that lists its types: `icbm`, `icbm_types`."""
    stem = name.removesuffix("_types")
    known = tuple(each for each in (stem, f"{stem}_types") if each in sets)
    return known if stem in known else (name,)


def called(name: str, sets: Sets) -> str:
    """Return the English name of a set: `ICBM`, `El Fasher`, `North Korea`, `troops`."""
    words = name.replace("_", " ")
    proper = role_of(name, sets) in {"actor", "body", "place"}
    return _as_written(name, sets) or (words.title() if proper else words)


def _as_written(name: str, sets: Sets) -> str:
    """Return a set's name as one of its English terms writes it, "" if none does."""
    words = re.sub(r"s\b", "['’]?s", name.replace("_", " "))
    wanted = re.compile(rf"\b{words}\b", re.IGNORECASE)
    terms = (term for lang, term in terms_of(name, sets) if lang == "en" and not term.cancels)
    found = (wanted.search(term.text.replace("-", " ")) for term in terms)
    return next((match[0] for match in found if match), "")
