# /// script
# requires-python = ">=3.11"
# dependencies = ["babel"]
# ///
"""Print the `[country.name]` tables of `monitor/terms/countries.toml`, as a starting point.

The names come from CLDR, by way of Babel, which is needed for development only:

    python scripts/country_names.py > names.toml

CLDR has one name for each language, as on a map. It has no adjectives, no short names of newsrooms
(`DPRK`, `N. Korea`, `США`), and no word on names that are also common words (`Turkey`, Spanish
`irán`); so the tables in use are completed and checked by hand. This script overwrites nothing.
"""

from __future__ import annotations

import re
import sys

from babel import Locale

# Portuguese and Chinese are written in two standards, and a newsroom keeps to one of them.
LOCALES = {
    "en": ["en"],
    "ko": ["ko"],
    "ru": ["ru"],
    "uk": ["uk"],
    "de": ["de"],
    "fr": ["fr"],
    "es": ["es"],
    "pt": ["pt", "pt_PT"],
    "it": ["it"],
    "pl": ["pl"],
    "ja": ["ja"],
    "zh": ["zh_Hans", "zh_Hant"],
    "ar": ["ar"],
    "tr": ["tr"],
}
COUNTRIES = {
    "north_korea": "KP",
    "south_korea": "KR",
    "russia": "RU",
    "ukraine": "UA",
    "belarus": "BY",
    "united_states": "US",
    "china": "CN",
    "taiwan": "TW",
    "japan": "JP",
    "iran": "IR",
    "israel": "IL",
    "palestine": "PS",
    "lebanon": "LB",
    "syria": "SY",
    "yemen": "YE",
    "iraq": "IQ",
    "turkey": "TR",
    "saudi_arabia": "SA",
    "qatar": "QA",
    "united_arab_emirates": "AE",
    "egypt": "EG",
    "jordan": "JO",
    "india": "IN",
    "pakistan": "PK",
    "afghanistan": "AF",
    "armenia": "AM",
    "azerbaijan": "AZ",
    "georgia": "GE",
    "moldova": "MD",
    "poland": "PL",
    "romania": "RO",
    "germany": "DE",
    "france": "FR",
    "united_kingdom": "GB",
    "finland": "FI",
    "sweden": "SE",
    "norway": "NO",
    "lithuania": "LT",
    "latvia": "LV",
    "estonia": "EE",
    "serbia": "RS",
    "kosovo": "XK",
    "sudan": "SD",
    "south_sudan": "SS",
    "ethiopia": "ET",
    "eritrea": "ER",
    "somalia": "SO",
    "libya": "LY",
    "mali": "ML",
    "niger": "NE",
    "burkina_faso": "BF",
    "congo": "CD",
    "rwanda": "RW",
    "venezuela": "VE",
    "cuba": "CU",
    "philippines": "PH",
    "vietnam": "VN",
    "myanmar": "MM",
    "thailand": "TH",
    "cambodia": "KH",
}


def names(code: str, locales: list[str]) -> list[str]:
    """Names of a country in some locales, each once."""
    found: list[str] = []
    for locale in locales:
        found += spellings(Locale.parse(locale).territories[code])
    return list(dict.fromkeys(found))


def spellings(name: str) -> list[str]:
    """Split `Myanmar (Burma)`: the brackets hold another name of the same country."""
    return [part.strip() for part in re.split(r"[()（）]", name) if part.strip()]  # noqa: RUF001


def table(country: str, code: str) -> str:
    """Table of one country in TOML."""
    lines = [f"[{country}.name]"]
    for language, locales in LOCALES.items():
        quoted = ", ".join(f'"{name}"' for name in names(code, locales))
        lines.append(f"{language} = [{quoted}]")
    return "\n".join(lines)


def main() -> None:
    """Print the tables of all countries."""
    sys.stdout.write("\n\n".join(table(*country) for country in COUNTRIES.items()) + "\n")


if __name__ == "__main__":
    main()
