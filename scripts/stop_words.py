"""Write `monitor/text/stop_words.txt` from the lists of the installed spaCy.

    python scripts/stop_words.py

Needs spaCy (`pip install -e '.[suggest]'`). spaCy's files are run alone: its languages would take
40 MB. Entries of several words are left out, since the program looks up single words.
"""
# ruff: noqa: INP001, T201 - a script that prints

from __future__ import annotations

import textwrap
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from runpy import run_path

TARGET = Path(__file__).parent.parent / "monitor" / "text" / "stop_words.txt"
WIDTH = 100  # characters of a line
HEAD = """\
# Stop words by language, a code and words of it a line. From spaCy {version}, by
# scripts/stop_words.py; their licence is in stop_words-LICENSE.txt.
"""


def lists() -> dict[str, set[str]]:
    """Return the single words of each list, by the code of its language."""
    spec = find_spec("spacy")
    if spec is None or not spec.submodule_search_locations:
        raise SystemExit("spaCy is not installed: pip install -e '.[suggest]'")
    folder = Path(spec.submodule_search_locations[0]) / "lang"
    found = {path.parent.name: path for path in sorted(folder.glob("*/stop_words.py"))}
    return {lang: set(map(str, run_path(str(path))["STOP_WORDS"])) for lang, path in found.items()}


def lines(words_of: dict[str, set[str]]) -> list[str]:
    """Return the lines of the file."""
    written = []
    for lang, words in words_of.items():
        single = sorted(word for word in words if len(word.split()) == 1)
        written += textwrap.wrap(
            " ".join(single),
            WIDTH,
            initial_indent=f"{lang} ",
            subsequent_indent=f"{lang} ",
            break_long_words=False,
            break_on_hyphens=False,
        )
    return written


if __name__ == "__main__":
    found = lines(lists())
    text = HEAD.format(version=version("spacy")) + "\n".join(found) + "\n"
    TARGET.write_text(text, encoding="utf-8")
    print(f"{TARGET}: {len(found)} lines, {len(text.encode()) / 1000:.0f} kB")
