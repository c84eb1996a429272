"""Words of a language that say nothing: spaCy's lists, shipped in `stop_words.txt`."""

from __future__ import annotations

from collections import defaultdict
from functools import cache, lru_cache
from importlib.resources import files


@cache
def stop_words(lang: str) -> frozenset[str]:
    """Return the stop words of a language, by its code; none for a language without a list."""
    return frozenset(word for line in _lines().get(lang, ()) for word in line.split())


@lru_cache(maxsize=1)
def _lines() -> dict[str, list[str]]:
    """The lines of each language, as they are written: only what is asked for becomes words."""
    text = files("monitor.text").joinpath("stop_words.txt").read_text(encoding="utf-8")
    found: dict[str, list[str]] = defaultdict(list)
    for line in text.splitlines():
        lang, _, words = line.partition(" ")
        found[lang].append(words)
    return {lang: words for lang, words in found.items() if lang != "#"}
