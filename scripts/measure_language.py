"""How often the language of an article is told right, and what that costs.

    python scripts/measure_language.py labelled.jsonl
    python scripts/measure_language.py labelled.jsonl --against py3langid lingua simplemma eldc
    python scripts/measure_language.py stream.jsonl --show 40

A file holds one article a line: `{"title": ..., "summary": ..., "lang": ...}`. `monitor` is asked
with the file's word as declared, with none, and with a wrong one (`en`, or `pl` for English). The
libraries it is measured against, which must be installed, see the text alone. Each is measured in a
process of its own, so that memory and start are its own.
"""
# ruff: noqa: INP001, T201 - a script that prints

from __future__ import annotations

import argparse
import json
import multiprocessing
import resource
import statistics
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Tell = Callable[[str, str, str], str]  # title, summary, declared: language

WORDS = ("as in the file", "none", "wrong")


def _monitor() -> Tell:
    tell: Tell = import_module("monitor.text.normalize.language").language
    return tell


def _py3langid() -> Tell:
    py3langid = import_module("py3langid")
    return lambda title, text, _: str(py3langid.classify(f"{title} {text}")[0])


def _lingua() -> Tell:
    lingua = import_module("lingua")
    detector = lingua.LanguageDetectorBuilder.from_all_languages().build()

    def tell(title: str, text: str, _: str) -> str:
        found = detector.detect_language_of(f"{title} {text}")
        return found.iso_code_639_1.name.lower() if found else ""

    return tell


def _simplemma() -> Tell:
    langdetect = import_module("simplemma").langdetect
    known = ("de", "en", "es", "fr", "pl", "pt", "ru", "uk")  # it keeps eight dictionaries
    return lambda title, text, _: str(langdetect(f"{title} {text}", lang=known)[0][0])


def _eldc() -> Tell:
    eldc = import_module("eldc")
    eldc.init()
    return lambda title, text, _: str(eldc.detect(f"{title} {text}"))


TOLD_BY: dict[str, Callable[[], Tell]] = {
    "monitor": _monitor,
    "py3langid": _py3langid,
    "lingua": _lingua,
    "simplemma": _simplemma,
    "eldc": _eldc,
}


@dataclass
class Figures:
    """What one way of asking gave over a file."""

    all: Counter[str] = field(default_factory=Counter)
    right: Counter[str] = field(default_factory=Counter)
    wrong: list[tuple[str, str, str]] = field(default_factory=list)
    microseconds: list[float] = field(default_factory=list)

    def add(self, article: dict[str, Any], told: str, microseconds: float) -> None:
        """Count one answer."""
        gold = _primary(article)
        self.all[gold] += 1
        self.right[gold] += told == gold
        self.microseconds.append(microseconds)
        if told != gold:
            self.wrong.append((gold, told, article["title"]))

    def line(self) -> str:
        """Return the share told right, the cost, and the languages not wholly right."""
        share = self.right.total() / max(1, self.all.total())
        part = [
            f"{code} {self.right[code]}/{number}"
            for code, number in self.all.most_common()
            if self.right[code] < number
        ]
        cost = statistics.median(self.microseconds or [0.0])
        return f"{share:8.2%} {cost:8.1f} µs  {', '.join(part) or 'all right'}"


def _primary(article: dict[str, Any]) -> str:
    return str(article["lang"] or "").split("-")[0].lower()


def _declared(article: dict[str, Any], word: str) -> str:
    gold = str(article["lang"] or "")
    wrong = "pl" if gold.startswith("en") else "en"
    return {"none": "", "wrong": wrong}.get(word, gold)


def _figures(articles: list[dict[str, Any]], tell: Tell, word: str, *, summary: bool) -> Figures:
    figures = Figures()
    for article in articles:
        asked = (
            article["title"],
            (article.get("summary") or "") if summary else "",
            _declared(article, word),
        )
        began = time.perf_counter()
        told = tell(*asked)
        figures.add(article, told, (time.perf_counter() - began) * 1e6)
    return figures


def _read(path: Path) -> list[dict[str, Any]]:
    with path.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines if line.strip()]


def _measure(name: str, paths: list[Path], show: int) -> list[str]:
    """Return the lines of one library's table."""
    files = {path.name: _read(path) for path in paths}
    before, began = _resident(), time.perf_counter()
    tell = TOLD_BY[name]()
    tell("One title to load the model", "", "")
    start = time.perf_counter() - began
    lines = [
        line
        for file, articles in files.items()
        for line in _table(name, tell, file, articles, show)
    ]
    # After the articles: some libraries load what they need as they go.
    return [f"{name}: start {start:.2f} s, memory +{_resident() - before:.0f} MB", *lines]


def _table(
    name: str, tell: Tell, file: str, articles: list[dict[str, Any]], show: int
) -> Iterator[str]:
    words = WORDS if name == "monitor" else ("not asked",)
    for word in words:
        for summary in (False, True):
            figures = _figures(articles, tell, word, summary=summary)
            texts = "title, summary" if summary else "title only"
            yield f"  {file:20} {texts:15} declared {word:15} {figures.line()}"
            if summary and word == words[0]:
                yield from (
                    f"    {was}, told {told}: {of}" for was, told, of in figures.wrong[:show]
                )


def _resident() -> float:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() / 2**20


def main() -> None:
    """Print a table for every library named."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("paths", nargs="+", type=Path, help="JSONL files")
    parser.add_argument("--against", nargs="*", default=[], choices=sorted(TOLD_BY), metavar="NAME")
    parser.add_argument("--show", type=int, default=0, help="print that many disagreements")
    given = parser.parse_args()
    spawn = multiprocessing.get_context("spawn")
    for name in ["monitor", *given.against]:
        with ProcessPoolExecutor(1, mp_context=spawn) as process:
            print("\n".join(process.submit(_measure, name, given.paths, given.show).result()))


if __name__ == "__main__":
    main()
