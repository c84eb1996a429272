"""Commands on a large database: seconds by the clock, and of the processor, imports included.

    python benchmarks/queries.py --database build/big/monitor.db
    python benchmarks/queries.py --database build/month/monitor.db --prune 7
    python benchmarks/queries.py --only hits --runs 9

Without a database one is made: a million articles, of which 100,000 are hits, with near misses.
With `--prune` a copy of the database is pruned of what is older than so many days. The processor's
time tells more on a busy machine.
"""

from __future__ import annotations

import argparse
import resource
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path
from statistics import median
from typing import NamedTuple

from web import config_beside, fill

_ARTICLES, _HITS, _STORIES = 1_000_000, 100_000, 20_000
_COMMANDS = (
    "hits",
    "hits --since 7d",
    "hits --topic kursk",
    "hits --near",
    "hits missile",
    "stories",
    "stories --topic kursk",
    "inbox",
    "timeline --topic kursk",
    "topics list",
    "coverage",
    "coverage --missed",
    "alerts",
    "stats",
    "feeds",
    "status",
    "show {article}",
    "stories show {story}",
    "db verify",
)
_NEAR = """
INSERT INTO matches (article_id, version_id, topic, topic_digest, score, reason, evidence, seen_at)
SELECT id, id, 'kursk', 'd', 0.4, 'the anchor alone', '[]', seen_at FROM articles WHERE id % 16 = 5
"""


class Seconds(NamedTuple):
    """What a command took."""

    clock: float
    processor: float


def taken(command: list[str], runs: int) -> Seconds:
    """Return the medians of a command's runs."""
    clock, processor = zip(*(_once(command) for _ in range(runs)), strict=True)
    return Seconds(median(clock), median(processor))


def _once(command: list[str]) -> Seconds:
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    ran = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False)
    if b"Error" in ran.stderr:
        sys.exit(ran.stderr.decode())
    seconds, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    return Seconds(seconds, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def made(folder: Path) -> Path:
    """Make a large database with its configuration beside it, and return its path."""
    path = folder / "monitor.db"
    fill(path, _ARTICLES, _HITS, _STORIES)
    with closing(sqlite3.connect(path)) as db, db:
        db.execute(_NEAR)
        db.execute("ANALYZE")
    config_beside(path)
    return path


def measure(path: Path, only: str, runs: int) -> None:
    """Print what each command takes on a database."""
    monitor = [sys.executable, "-m", "monitor", "--config", str(path.with_name("config.yaml"))]
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as db:
        sql = "SELECT max(id), max(story_id), count(*) FROM articles"
        article, story, articles = db.execute(sql).fetchone()
    print(f"{articles:,} articles, {path.stat().st_size / 1e6:,.1f} MB")
    print(f"{'':28}{'clock':>9}{'processor':>11}")
    for each in _COMMANDS:
        if each.startswith(only):
            command = each.format(article=article, story=story).split()
            seconds = taken([*monitor, "--db", str(path), *command], runs)
            print(f"{each:28}{seconds.clock:>7.2f} s{seconds.processor:>9.2f} s", flush=True)


def prune(path: Path, days: int, folder: Path) -> None:
    """Print what it takes to prune a copy of a database."""
    copy = Path(shutil.copy(path, folder / "pruned.db"))
    command = [sys.executable, "-m", "monitor", "--db", str(copy), "db", "prune"]
    ages = ["--articles", f"{days}d", "--hits", f"{days}d"]
    seconds = taken([*command, *ages], 1)
    with closing(sqlite3.connect(copy)) as db:
        left = db.execute("SELECT count(*) FROM articles").fetchone()[0]
    name = f"db prune, {left:,} stay"
    print(f"{name:28}{seconds.clock:>7.2f} s{seconds.processor:>9.2f} s")


def main() -> None:
    """Make the database, or take one that was made before, and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", type=Path, help="with its configuration beside it")
    parser.add_argument("--only", default="", help="commands that begin so")
    parser.add_argument("--prune", type=int, metavar="DAYS", help="prune a copy, too")
    parser.add_argument("--runs", type=int, default=5)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = given.database or made(Path(folder))
        measure(path, given.only, given.runs)
        if given.prune:
            prune(path, given.prune, Path(folder))


if __name__ == "__main__":
    main()
