"""`monitor feeds`: the list, and what a feed would bring."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from commands import BROKEN, done, fill, invoke
from conftest import NOW
from copies import store_at
from fakes import FeedServer, feed_server, item, rss
from filled import move_into_empty_home

from monitor.cli import main

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from click.testing import Result


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("feeds") / "monitor.db"
    asyncio.run(fill(path))
    return path


@pytest.fixture(autouse=True)
def _clean(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    move_into_empty_home(tmp_path, monkeypatch)


# ── the list ──────────────────────────────────────────────────────────────────────────────────


COLUMNS = ["Feed", "State", "Last weeks", "Next try", "Why"]


def test_each_feed_is_listed_with_its_state(database: Path) -> None:
    head, *lines = [line.split("\t") for line in done("feeds", db=database).splitlines()]

    assert head == COLUMNS
    assert {line[0]: line[1] for line in lines} == {
        "Broken": "failing",
        "Off": "off",
        "One": "ok",
        "Two": "ok",
        "n": "new",
    }
    assert all(len(line[2]) == 28 for line in lines)


def test_a_failing_feed_tells_since_when_why_and_when_it_is_tried_again(database: Path) -> None:
    [line] = done("feeds", "--failing", "--tz", "Asia/Seoul", db=database).splitlines()[1:]

    cells = line.split("\t")
    assert cells[:2] == ["Broken", "failing"]
    assert cells[3:] == ["2024-11-01T06:10:30+09:00", "http-500, since 2024-11-01 06:00"]


def test_a_feed_that_is_off_is_never_due(database: Path) -> None:
    lines = [line.split("\t") for line in done("feeds", db=database).splitlines()]

    assert [line[3] for line in lines if line[1] == "off"] == [""]


def test_feeds_for_programs(database: Path) -> None:
    [row] = json.loads(done("feeds", "--failing", "--json", db=database))

    assert (row["url"], row["state"], row["failures"]) == (BROKEN.url, "failing", 1)
    assert (row["since"], row["reason"]) == ("2024-10-31T21:00:00Z", "http-500")
    assert (row["failing_since"], row["ok_at"]) == ("2024-10-31T21:00:00Z", None)
    assert len(row["news"]) == 56
    assert len(json.loads(done("feeds", "--json", db=database))) == 5


def test_feeds_as_csv(database: Path) -> None:
    rows = list(csv.DictReader(done("feeds", "--csv", db=database).splitlines()))

    assert [(row["title"], row["state"]) for row in rows if row["state"] == "failing"] == [
        ("Broken", "failing")
    ]
    assert rows[0]["news"].split() == ["0"] * 56
    assert [row["entries"] for row in rows] == ["0", "0", "4", "2", "0"]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("width", "days"), [(80, 14), (140, 28)])
def test_on_a_terminal_the_list_fits_its_width(
    database: Path, monkeypatch: pytest.MonkeyPatch, width: int, days: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr("sys.stdout", terminal := Terminal())
    main(["--db", str(database), "feeds"], standalone_mode=False)

    lines = re.sub(r"\x1b\[[\d;]*m", "", terminal.getvalue()).splitlines()
    assert max(map(len, lines)) <= width
    [broken] = [line for line in lines if line.startswith("Broken")]
    assert f" {'·' * days} " in broken
    assert "10-31 21:10" in broken
    assert "http-500" in broken
    assert "\x1b[31mfailing" in terminal.getvalue()


def test_a_terminal_is_given_so_many_rows_and_told_of_the_others(
    database: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("monitor.cli.feeds._SCREENFUL", 2)
    monkeypatch.setattr("sys.stdout", terminal := Terminal())
    main(["--db", str(database), "feeds"], standalone_mode=False)

    assert "Broken" in terminal.getvalue()
    assert "Two" not in terminal.getvalue()
    assert capsys.readouterr().err.startswith("and 3 more: ")


def test_into_a_pipe_goes_no_colour(database: Path) -> None:
    assert "\x1b" not in done("feeds", db=database)


def test_that_no_feed_needs_a_person_is_said(tmp_path: Path) -> None:
    async def make() -> None:
        async with store_at(tmp_path / "monitor.db"):
            pass

    asyncio.run(make())
    result = invoke("feeds", "--failing", db=tmp_path / "monitor.db")
    assert (result.exit_code, result.stderr) == (0, "No feed needs a person.\n")


# ── what a feed would bring ───────────────────────────────────────────────────────────────────

_CONFIG = """
topics:
  - {{id: icbm, title: ICBM, any: [ICBM], none: [parade]}}
  - {{id: kursk, title: Kursk, any: [Kursk]}}
polling: {{timeout: 5s, max_body: 256KiB, parse_deadline: 3s}}
feeds:
  - {{url: "{url}/known?key=${{KEY}}", title: Known, publisher: Us, lang: ko, allow_private: true}}
  - {{url: "{url}/guarded", title: Guarded}}
"""


def write_config(url: str) -> None:
    Path("config.yaml").write_text(_CONFIG.format(url=url), encoding="utf-8")


def files(folder: Path) -> list[str]:
    return [path.name for path in folder.rglob("*") if path.is_file()]


@pytest.fixture
async def server(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[FeedServer]:
    """A server of feeds, two of which the configuration beside it has."""
    monkeypatch.setenv("KEY", "a-secret")
    async with feed_server() as server:
        write_config(server.url)
        yield server


async def check(url: str, *options: str) -> Result:
    """Run the command beside the server, which is served by this thread."""
    return await asyncio.to_thread(invoke, "feeds", "check", url, *options)


async def report(url: str, *options: str) -> Any:
    result = await check(url, "--json", *options)
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


NEWS = rss(
    item("An ICBM over Kursk", NOW, link="https://news.example/1"),
    item("ICBM parade", NOW),
    item("Weather"),
    "<item><link>https://news.example/4</link></item>",
    title="The News",
)


async def test_a_check_shows_what_each_entry_would_be(server: FeedServer) -> None:
    server.documents["new"] = NEWS
    result = await check(f"{server.url}/new", "--allow-private", "--tz", "Asia/Seoul")

    assert result.exit_code == 0, result.output
    heading, columns, first, second, third, unread = result.stdout.splitlines()
    assert heading == (
        "The News (no language), not in the configuration:"
        " 4 entries, 2 hits, 1 near miss, 1 unread. Nothing was stored."
    )
    assert columns == "Published\tTopics\tTitle\tLink"
    line = [
        "2024-11-01T03:00:00+09:00",
        "icbm; kursk",
        "An ICBM over Kursk",
        "https://news.example/1",
    ]
    assert first.split("\t") == line
    assert second.split("\t")[1] == "nearly icbm (cancelled by “parade”)"
    assert third.split("\t")[:3] == ["", "", "Weather"]
    assert unread == "Unread: 1 entry: no title and no text"


async def test_all_feeds_are_checked_and_those_that_do_not_answer_come_first(
    server: FeedServer,
) -> None:
    server.documents["known"] = NEWS
    result = await asyncio.to_thread(invoke, "feeds", "check", "--all", "--json")
    guarded, known = json.loads(result.stdout)

    assert (result.exit_code, result.stderr) == (1, "1 of 2 feeds can be read\n")
    assert (known["title"], known["ok"], known["entries"]) == ("Known", True, 4)
    assert (guarded["title"], guarded["ok"]) == ("Guarded", False)
    assert "allow_private: true" in guarded["advice"]


async def test_a_feed_or_all_of_them_are_checked() -> None:
    assert invoke("feeds", "check").exit_code == 2
    assert "check every feed with --all" in invoke("feeds", "check", "x", "--all").stderr


async def test_a_check_is_a_list_of_entries_in_the_forms_of_lists(server: FeedServer) -> None:
    server.documents["known"] = NEWS
    result = await check("Known", "--template", "{{ title }}: {{ hits | join(', ') }}")
    assert result.stdout.splitlines()[0] == "An ICBM over Kursk: icbm, kursk"


async def test_a_check_for_programs(server: FeedServer) -> None:
    server.documents["new"] = NEWS
    found = await report(f"{server.url}/new", "--allow-private")

    assert (found["configured"], found["title"], found["lang"]) == (False, "The News", "")
    first, second, _ = found["entries"]
    assert (first["hits"], first["published_at"]) == (["icbm", "kursk"], "2024-10-31T18:00:00Z")
    assert second["near_misses"] == {"icbm": "cancelled by “parade”"}
    assert found["unread"] == ["no title and no text"]


@pytest.mark.parametrize("name", ["{url}/known?key=a-secret", "{url}/known?key=${{KEY}}", "known"])
async def test_a_feed_of_the_configuration_is_checked_with_its_settings(
    server: FeedServer, name: str
) -> None:
    server.documents["known"] = NEWS
    found = await report(name.format(url=server.url))

    assert (found["configured"], found["lang"]) == (True, "ko")
    assert found["entries"][0]["publisher"] == "Us"
    assert "a-secret" not in json.dumps(found)


async def test_a_check_stores_nothing(server: FeedServer, tmp_path: Path) -> None:
    server.documents["known"] = NEWS
    await check("Known")

    assert files(tmp_path) == ["config.yaml"]


async def test_a_check_asks_the_server_once(server: FeedServer) -> None:
    server.documents["known"] = NEWS
    await check("Known")

    assert server.requests == [("/known", 200)]


@pytest.mark.parametrize(
    ("document", "reason", "advice"),
    [
        (404, "http-404: Not Found", "the feed has moved"),
        (403, "http-403: Forbidden", "`polling.contact`"),
        (500, "http-500: Internal Server Error", "its server has a fault"),
        ("<!doctype html><title>Hello</title>", "html: ", "rel=alternate"),
        ("<urlset/>", "not-a-feed: ", "no RSS or Atom document"),
        ("", "empty: ", "try again later"),
        (rss(title="x" * 300_000), "too-large: more than 262144 bytes", "`polling.max_body`"),
    ],
    ids=["404", "403", "500", "a page", "a sitemap", "nothing", "too much"],
)
async def test_a_feed_that_cannot_be_read_is_told_with_what_to_do(
    server: FeedServer, document: str | int, reason: str, advice: str
) -> None:
    server.documents["known"] = document
    result = await check("Known")

    assert (result.exit_code, result.stdout) == (1, "")
    told, what_to_do = result.stderr.splitlines()
    assert told.startswith(f"Error: {server.url}/known?key=${{KEY}} cannot be read: {reason}")
    assert advice in what_to_do
    assert "a-secret" not in result.output


@pytest.mark.parametrize("name", ["{url}/new", "Guarded"])
async def test_a_private_address_is_refused_unless_it_is_allowed(
    server: FeedServer, name: str
) -> None:
    server.documents |= {"new": NEWS, "guarded": NEWS}
    result = await check(name.format(url=server.url))

    assert result.exit_code == 1
    assert "refused-address" in result.stderr
    assert "--allow-private" in result.stderr
    assert server.requests == []
    assert (await check(name.format(url=server.url), "--allow-private")).exit_code == 0


@pytest.mark.slow
async def test_a_feed_that_holds_the_parser_is_given_up(server: FeedServer) -> None:
    author = f"<author>{'a' * 120_000}</author><svg/></item>"  # feedparser takes 30 seconds over it
    server.documents["known"] = rss(item("A").replace("</item>", author))
    result = await check("Known")

    assert result.exit_code == 1
    assert "parse-timeout: parsing took longer than 3 s" in result.stderr


@pytest.mark.usefixtures("server")
@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("Knwon", "; did you mean `Known`?"),
        ("ftp://news.example/rss", ""),
        ("https://[::1", ""),
        ("https://", ""),
    ],
)
async def test_what_is_neither_an_address_nor_a_title_is_a_mistake(name: str, hint: str) -> None:
    result = await check(name)

    assert (result.exit_code, result.stdout) == (2, "")
    assert f"`{name}` is neither an http or https address nor a feed's title{hint}\n" in (
        result.stderr
    )


def test_a_check_needs_a_configuration() -> None:
    result = invoke("feeds", "check", "https://news.example/rss")

    assert (result.exit_code, result.stdout) == (2, "")
    assert "no configuration found" in result.stderr


def test_the_help_of_the_subcommand_has_an_example() -> None:
    text = done("feeds", "check", "--help")

    assert "monitor feeds check" in text[text.rindex("Example") :]
