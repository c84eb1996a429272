"""Languages of the shipped term sets, as the table of docs/term-sets.md.

python scripts/term_set_table.py > docs/term-sets.md
"""
# ruff: noqa: INP001, T201 - a script that prints

from __future__ import annotations

from collections import defaultdict
from itertools import chain

from monitor.matching.terms.termsets import APART, included, library

# The languages of the default feeds, of their neighbours, and of the largest presses.
MAIN = (
    "en", "zh", "ko", "ru", "uk", "ja", "de", "fr", "es", "pt", "it", "pl", "ar", "tr", "nl", "sv",
    "cs", "ro", "bg", "sr", "fa", "he", "hi", "id", "vi", "da", "no", "fi", "sk", "hr", "hu", "el",
    "th",
)  # fmt: skip
HEAD = """# Languages of the term sets

The term sets that come with the program, and how many languages each has words in. The last column
lists what it lacks of the main languages: {main}.

A set with parts (`china.name`, `china.adjective`), or with other sets in it (`infrastructure`),
counts the languages of all of them. Where a set lacks a language, a topic finds there only names
and abbreviations that count everywhere ([Writing topics](topics.md#term-sets)): a set of your own
that includes it (`sets: [warship]`) may add the missing words. `python scripts/term_set_table.py`
writes this page.

| set | what it finds | languages | main languages that it lacks |
|---|---|---|---|"""


def languages() -> dict[str, tuple[str, set[str]]]:
    """What each set is about, and its languages: of its terms, its parts and what it includes."""
    found: dict[str, tuple[str, set[str]]] = {}
    langs: dict[str, set[str]] = defaultdict(set)
    for name, term_set in sorted(library().items()):
        root, _, part = name.partition(".")
        shown = name if part in APART else root
        own = (library()[each].terms for each in included(name, library()))
        langs[shown].update(lang for lang, _ in chain.from_iterable(own))
        found[shown] = (found.get(shown, ("", set()))[0] or term_set.about, langs[shown])
    return found


def page() -> str:
    """The page, with a row for each set."""
    rows = [HEAD.format(main=", ".join(MAIN))]
    for name, (about, langs) in languages().items():
        lacks = [lang for lang in MAIN if lang not in langs]
        rows.append(f"| `@{name}` | {about} | {len(langs)} | {', '.join(lacks) or 'none'} |")
    return "\n".join(rows)


if __name__ == "__main__":
    print(page())
