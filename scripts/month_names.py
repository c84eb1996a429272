# /// script
# requires-python = ">=3.11"
# dependencies = ["babel"]
# ///
"""Print `monitor/parse/months.toml`: the names of the twelve months by language.

The names come from CLDR, by way of Babel, which is needed for development only:

    python scripts/month_names.py > monitor/parse/months.toml

Languages that write months as numbers (Chinese, Japanese, Korean, Vietnamese) need none.
"""

from __future__ import annotations

import sys

from babel import Locale, localedata

LANGUAGES = [
    "ar", "az", "be", "bg", "bn", "bs", "ca", "cs", "cy", "da", "de", "el", "en", "es", "et", "eu",
    "fa", "fi", "fr", "ga", "gl", "he", "hi", "hr", "hu", "hy", "id", "is", "it", "ka", "kk", "lt",
    "lv", "mk", "mn", "mr", "ms", "mt", "nb", "ne", "nl", "pl", "pt", "ro", "ru", "sk", "sl", "sq",
    "sr", "sv", "sw", "ta", "te", "th", "tr", "uk", "ur", "uz",
]  # fmt: skip
# Serbian in both scripts; Arabic also with the names of Syria, Iraq and Lebanon.
MORE = {"sr": ["sr_Latn"], "ar": ["ar_SY", "ar_MA"], "no": ["nb"]}

HEAD = """\
# The names of months (CLDR, by scripts/month_names.py): twelve lists for each language, casefolded,
# long and short, with and without the ending of the genitive.
"""


def names(locale: str) -> list[set[str]]:
    """Return the names of each month, folded, without full stops."""
    localedata._cache.clear()  # noqa: SLF001 - Babel 2.18 mixes up the aliases of loaded locales
    months = Locale.parse(locale).months
    found: list[set[str]] = []
    for number in range(1, 13):
        written = {
            months[context][width][number]
            for context in ("format", "stand-alone")
            for width in ("wide", "abbreviated")
        }
        folded = (name.casefold().removesuffix(".").strip() for name in written)
        found.append({name for name in folded if not name.isdigit()})
    return found


def main() -> None:
    """Print a table of twelve lists for each language."""
    sys.stdout.write(HEAD)
    for lang in sorted({*LANGUAGES, *MORE}):
        months: list[set[str]] = [set() for _ in range(12)]
        for locale in (*([lang] if lang in LANGUAGES else []), *MORE.get(lang, [])):
            for number, each in enumerate(names(locale)):
                months[number] |= each
        lists = ", ".join('"' + "|".join(sorted(each)) + '"' for each in months)
        sys.stdout.write(f"{lang} = [{lists}]\n")


if __name__ == "__main__":
    main()
