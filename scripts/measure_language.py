"""Accuracy and cost of the detection of an article's language.

    python scripts/measure_language.py labelled.jsonl
    python scripts/measure_language.py labelled.jsonl --against py3langid lingua simplemma eldc
    python scripts/measure_language.py stream.jsonl --show 40

A file holds one article a line: `{"title": ..., "summary": ..., "lang": ...}`. `monitor` is given
the right language as the declared one, none, and a wrong one (`en`, or `pl` for English). The other
libraries, which must be installed, see the text alone. Each is measured in a process of its own,
which makes start and memory its own.
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

    Detect = Callable[[str, str, str], str]  # (title, summary, declared language) → language

WORDS = ("as in the file", "none", "wrong")


def _monitor() -> Detect:
    detect: Detect = import_module("monitor.text.language").language
    return detect


def _py3langid() -> Detect:
    py3langid = import_module("py3langid")
    return lambda title, text, _: str(py3langid.classify(f"{title} {text}")[0])


def _lingua() -> Detect:
    lingua = import_module("lingua")
    detector = lingua.LanguageDetectorBuilder.from_all_languages().build()

    def detect(title: str, text: str, _: str) -> str:
        found = detector.detect_language_of(f"{title} {text}")
        return found.iso_code_639_1.name.lower() if found else ""

    return detect


def _simplemma() -> Detect:
    langdetect = import_module("simplemma").langdetect
    known = ("de", "en", "es", "fr", "pl", "pt", "ru", "uk")  # simplemma keeps eight dictionaries
    return lambda title, text, _: str(langdetect(f"{title} {text}", lang=known)[0][0])


def _eldc() -> Detect:
    eldc = import_module("eldc")
    eldc.init()
    return lambda title, text, _: str(eldc.detect(f"{title} {text}"))


DETECTORS: dict[str, Callable[[], Detect]] = {
    "monitor": _monitor,
    "py3langid": _py3langid,
    "lingua": _lingua,
    "simplemma": _simplemma,
    "eldc": _eldc,
}


@dataclass
class Figures:
    """Results of one detector on a file, by the right language.

    `wrong` has (right language, detected language, title) of each mistake.
    """

    all: Counter[str] = field(default_factory=Counter)
    right: Counter[str] = field(default_factory=Counter)
    wrong: list[tuple[str, str, str]] = field(default_factory=list)
    microseconds: list[float] = field(default_factory=list)

    def add(self, article: dict[str, Any], found: str, microseconds: float) -> None:
        """Count one detection."""
        right = _primary(article)
        self.all[right] += 1
        self.right[right] += found == right
        self.microseconds.append(microseconds)
        if found != right:
            self.wrong.append((right, found, article["title"]))

    def line(self) -> str:
        """Share of right detections, median cost, and the languages with mistakes."""
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
    right = str(article["lang"] or "")
    wrong = "pl" if right.startswith("en") else "en"
    return {"none": "", "wrong": wrong}.get(word, right)


def _figures(
    articles: list[dict[str, Any]], detect: Detect, word: str, *, summary: bool
) -> Figures:
    figures = Figures()
    for article in articles:
        text = (article.get("summary") or "") if summary else ""
        declared = _declared(article, word)
        began = time.perf_counter()
        found = detect(article["title"], text, declared)
        figures.add(article, found, (time.perf_counter() - began) * 1e6)
    return figures


def _read(path: Path) -> list[dict[str, Any]]:
    with path.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines if line.strip()]


def _measure(name: str, paths: list[Path], show: int) -> list[str]:
    """Lines of the table of one library."""
    files = {path.name: _read(path) for path in paths}
    before, began = _resident(), time.perf_counter()
    detect = DETECTORS[name]()
    detect("One title to load the model", "", "")
    start = time.perf_counter() - began
    lines = [
        line
        for file, articles in files.items()
        for line in _table(name, detect, file, articles, show)
    ]
    # Memory is read after the articles: some libraries load their data as they go.
    return [f"{name}: start {start:.2f} s, memory +{_resident() - before:.0f} MB", *lines]


def _table(
    name: str, detect: Detect, file: str, articles: list[dict[str, Any]], show: int
) -> Iterator[str]:
    words = WORDS if name == "monitor" else ("not asked",)
    for word in words:
        for summary in (False, True):
            figures = _figures(articles, detect, word, summary=summary)
            texts = "title, summary" if summary else "title only"
            yield f"  {file:20} {texts:15} declared {word:15} {figures.line()}"
            if summary and word == words[0]:
                for right, found, title in figures.wrong[:show]:
                    yield f"    {right}, detected {found}: {title}"


def _resident() -> float:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() / 2**20


def main() -> None:
    """Print a table for every library named."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("paths", nargs="+", type=Path, help="JSONL files")
    parser.add_argument(
        "--against", nargs="*", default=[], choices=sorted(DETECTORS), metavar="NAME"
    )
    parser.add_argument("--show", type=int, default=0, help="print that many disagreements")
    options = parser.parse_args()
    spawn = multiprocessing.get_context("spawn")
    for name in ["monitor", *options.against]:
        with ProcessPoolExecutor(1, mp_context=spawn) as process:
            lines = process.submit(_measure, name, options.paths, options.show).result()
            print("\n".join(lines))


if __name__ == "__main__":
    main()
