"""Collisions of the shipped term sets: forms that are words of another language.

    python scripts/find_collisions.py [--articles FILE.jsonl] [--as-if-unlocked] [--show 40]

Needs simplemma, whose dictionaries (word → lemma) say which words a language has. A form that
counts in articles of other languages (a name as it is written) should be no word there. A form is
compared as the matcher compares words, in small letters.

`--articles` counts the finds in articles (JSON objects with `title`, `summary` and `lang`) in a
language that the term is not written in, where the text has the form in small letters.
`--as-if-unlocked` treats every word as if it counted everywhere: what a lock by language saves.
`tests/matching/terms/test_collisions.py` runs the quick part, the sets against each other.
"""
# ruff: noqa: INP001, T201 - a script that prints

from __future__ import annotations

import argparse
import json
import re
from collections import Counter, defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from simplemma.strategies.dictionaries import DefaultDictionaryFactory

from monitor.matching.terms.expansion import forms_of_terms
from monitor.matching.terms.termsets import library, read_term

if TYPE_CHECKING:
    from collections.abc import Iterator

LANGS = (
    "bg", "cs", "da", "de", "el", "en", "es", "et", "fi", "fr", "hu", "id", "it", "lt", "lv", "nb",
    "nl", "pl", "pt", "ro", "ru", "sk", "sl", "sv", "tr", "uk",
)  # fmt: skip
_SHORTEST = 3  # letters of a form that is looked up


class Origin(NamedTuple):
    """The set and the language of a list that a form comes from."""

    name: str
    lang: str


def crossing_forms(*, unlocked: bool = False) -> dict[str, set[Origin]]:
    """Forms of one word that count in articles of all languages, with the lists they come from."""
    found: dict[str, set[Origin]] = defaultdict(set)
    for term_set in library().values():
        for lang, written in term_set.terms:
            term = read_term(written, lang)
            crossing = (
                form
                for forms in forms_of_terms([(lang, term)])
                if unlocked or not forms.langs
                for form in forms.folded
            )
            for form in crossing:
                if form.isalpha() and len(form) >= _SHORTEST:
                    found[form.lower()].add(Origin(term_set.name, lang))
    return found


def words_of(lang: str) -> set[str]:
    """The common words of a language: no names, which its dictionary writes with a capital."""
    known = DefaultDictionaryFactory().get_dictionary(lang)
    pairs = ((_text(word), _text(lemma)) for word, lemma in known.items())
    return {word for word, lemma in pairs if word.islower() and lemma.islower()}


def _text(word: str | bytes) -> str:
    return word.decode() if isinstance(word, bytes) else word


def collisions(forms: dict[str, set[Origin]]) -> Iterator[tuple[str, str, Origin]]:
    """Yield (form, language that has it as a word, list that it comes from)."""
    for lang in LANGS:
        words = words_of(lang)
        own = {"no", "da", "nn"} if lang in {"nb", "da"} else {lang}
        for form in sorted(words & forms.keys()):
            if not own & {origin.lang for origin in forms[form]}:
                yield from ((form, lang, origin) for origin in sorted(forms[form]))


def finds(forms: dict[str, set[Origin]], path: Path) -> Counter[tuple[str, str]]:
    """Count (form, language of the article) in texts that have a form in small letters."""
    counts: Counter[tuple[str, str]] = Counter()
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        lang = str(row.get("lang") or "").partition("-")[0]
        words = re.findall(r"\w+", f"{row['title']} {row.get('summary') or ''}")
        for word in {word for word in words if word.islower() and word in forms}:
            if lang and lang not in {origin.lang for origin in forms[word]}:
                counts[word, lang] += 1
    return counts


def main() -> None:
    """Print the collisions with dictionaries, and the finds in articles."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--articles", type=Path)
    parser.add_argument("--as-if-unlocked", action="store_true")
    parser.add_argument("--show", type=int, default=40)
    options = parser.parse_args()
    forms = crossing_forms(unlocked=options.as_if_unlocked)
    found = list(collisions(forms))
    print(f"{len(forms)} forms cross, {len({form for form, _, _ in found})} are words elsewhere")
    for form, lang, origin in found[: options.show]:
        print(f"  {form} is a word in {lang}: @{origin.name} ({origin.lang})")
    if options.articles:
        counts = finds(forms, options.articles)
        print(f"{counts.total()} finds of {len(counts)} forms in articles of other languages")
        for (form, lang), count in counts.most_common(options.show):
            names = ", ".join(sorted({f"@{each.name}" for each in forms[form]}))
            print(f"  {count:4} {form} in {lang}: {names}")


if __name__ == "__main__":
    main()
