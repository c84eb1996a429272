"""The demo: the sample feeds hold what they promise, and the program finds it."""

from __future__ import annotations

import asyncio
import re
import tempfile
import urllib.error
import urllib.request
from datetime import UTC, datetime
from importlib.resources import as_file
from pathlib import Path

import pytest
from click.testing import CliRunner
from fakes import Recorder

from monitor.cli import main
from monitor.config.load import load
from monitor.diagnostics.sample_server import SAMPLE, sample_server
from monitor.service.once import run_once
from monitor.store.queries.hit_filter import HitFilter
from monitor.store.queries.reader import Reader

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo") / "kept"


@pytest.fixture(scope="module")
def output(kept: Path) -> str:
    result = CliRunner().invoke(main, ["demo", "--keep", str(kept)], catch_exceptions=False)
    assert result.exit_code == 0
    return result.stdout


def test_what_the_demo_keeps_can_be_looked_at_afterwards(output: str, kept: Path) -> None:
    [command] = [line for line in output.splitlines() if line.startswith("Kept: ")]
    listed = CliRunner().invoke(main, command.split()[2:], catch_exceptions=False)
    assert (listed.exit_code, "Ukraine captures first" in listed.stdout) == (0, True)
    again = CliRunner().invoke(main, ["demo", "--keep", str(kept)])
    assert (again.exit_code, "name a new folder" in again.stderr) == (1, True)


def test_the_demo_shows_alerts_and_a_thread_reply(output: str) -> None:
    words = " ".join(output.split())
    assert "[DPRK troops, Kursk] Ukraine captures first North Korean soldiers" in words, output
    assert "↳ [DPRK troops, Kursk] North Korean contingent in Kursk region has grown" in words
    assert "8,000 → about 15,000 (South Korea's intelligence service)" in words


def test_the_demo_alerts_an_article_whose_headline_was_edited(output: str) -> None:
    assert "North Korea fires intercontinental ballistic missile off east coast" in output


def test_the_demo_shows_a_304_and_a_broken_feed(output: str) -> None:
    assert "1 unchanged" in output
    assert "html: a web page came instead of a feed" in output


@pytest.mark.parametrize(
    "headline",
    [
        "Prokhorovka, July 1943",
        "ICBM: Silent Dawn",
        "подлодки «Курск»",
        "was short-range",
        "de-escalation",
    ],
)
def test_the_demo_alerts_no_near_miss(output: str, headline: str) -> None:
    assert headline not in output


def test_the_demo_says_what_to_do_next(output: str) -> None:
    assert "monitor check" in output[output.index("6. Next") :]


def test_the_demo_counts_articles_alike_everywhere(output: str) -> None:
    polled = sum(map(int, re.findall(r"articles with a new hit: (\d+)", output)))
    total = next(line for line in output.splitlines() if line.strip().startswith("Total"))
    listed = output[output.index("4. monitor hits") : output.index("5. monitor coverage")]
    rows = [line for line in listed.splitlines() if re.match(r"\s*\d+\s", line)]
    assert polled == int(total.split()[2]) == len(rows), output


@pytest.mark.unmeasured
def test_three_runs_of_the_demo_print_the_same() -> None:
    """Times, ports and the retry of the broken feed vary, what is told does not."""
    varying = r"1 html, |\d{4}-\d\d-\d\d|\d\d:\d\d(?::\d\d)?|127\.0\.0\.1:\d+"
    runs = [CliRunner().invoke(main, ["demo"]).stdout for _ in range(3)]
    assert len({re.sub(varying, "", run) for run in runs}) == 1


def test_the_demo_leaves_nothing_behind(output: str) -> None:
    assert output
    assert not list(Path(tempfile.gettempdir()).glob("monitor-demo-*"))


def test_the_ledger_of_the_samples_counts_every_entry_and_every_language(tmp_path: Path) -> None:
    with (
        as_file(SAMPLE / "config.yaml") as config_file,
        sample_server(datetime.now(UTC)) as server,
    ):
        asyncio.run(run_once(load(config_file, tmp_path / "demo.db"), {"console": Recorder()}))
        served = [server.document(path.name) or "" for path in (SAMPLE / "first").iterdir()]
    entries = sum(len(re.findall(r"<(?:item|entry)[ >]", document)) for document in served)
    with Reader(tmp_path / "demo.db") as reader:
        rows = reader.coverage()
        languages = {hit["lang"] for hit in reader.hits(HitFilter(limit=500))}
    outcomes = ("hit", "near_miss", "no_match", "duplicate", "unread")
    assert entries >= 60
    assert sum(row["entries"] for row in rows) == entries
    assert sum(row[name] for row in rows for name in outcomes) == entries
    assert languages == {"en", "ko", "ru", "uk", "de"}


def test_the_sample_server_answers_304_and_404() -> None:
    with sample_server(datetime.now(UTC)) as server:
        url = f"{server.url}/wire.en.xml"
        with urllib.request.urlopen(url) as answer:  # noqa: S310 - our own server
            tag = answer.headers["ETag"]
        request = urllib.request.Request(url, headers={"If-None-Match": tag})  # noqa: S310 - likewise
        with pytest.raises(urllib.error.HTTPError, match="304"):
            urllib.request.urlopen(request)  # noqa: S310 - likewise
        with pytest.raises(urllib.error.HTTPError, match="404"):
            urllib.request.urlopen(f"{server.url}/nothing.xml")  # noqa: S310 - likewise
