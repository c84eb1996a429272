"""`monitor feeds add`, `remove`, `pause`, `resume`, `discover`, `import`, `export`."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner
from commands import done, invoke
from conftest import NOW
from copies import store_at
from fakes import FeedServer, feed, feed_server, item, rss
from filled import HOUR, move_into_empty_home

from monitor.cli import main
from monitor.config.load import load
from monitor.store.queries.reader import Reader

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from click.testing import Result

CONFIG = """\
# what we watch
topics:
  - {id: icbm, title: ICBM, any: [ICBM]}

feeds:
  # said to be slow:
  - {url: "https://a.example/rss?key=${KEY}", title: "Alpha", folder: "World/Asia"}   # by hand
  - {url: "https://b.example/rss", title: "Beta",
     lang: en}
  # the end
"""
RELOAD = "A running service reads the change on reload: `systemctl reload monitor`"


@pytest.fixture(autouse=True)
def _clean(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    move_into_empty_home(tmp_path, monkeypatch)
    monkeypatch.setenv("KEY", "a-secret")
    Path("config.yaml").write_text(CONFIG, encoding="utf-8")


def config() -> str:
    return Path("config.yaml").read_text(encoding="utf-8")


def failed(*arguments: str, code: int = 1) -> str:
    """What a command that fails prints to stderr; the configuration is as it was."""
    before = config()
    result = invoke(*arguments)
    assert (result.exit_code, result.stdout) == (code, ""), result.output
    assert config() == before
    assert "a-secret" not in result.stderr
    return result.stderr


# ── add, remove, pause, resume ────────────────────────────────────────────────────────────────


def test_a_feed_is_added_with_its_settings() -> None:
    result = invoke(
        "feeds",
        "add",
        "https://new.example/rss",
        "--title",
        "The News",
        "--country",
        "NO",
        "--lang",
        "no",
        "--kind",
        "wire",
        "--interval",
        "5m",
        "--publisher",
        "Us",
        "--folder",
        "World",
        "--allow-private",
    )

    assert (result.exit_code, result.stdout) == (0, "config.yaml: added The News\n")
    assert result.stderr.startswith(RELOAD)
    feed = load(Path("config.yaml")).feeds[2]
    assert (feed.title, feed.country, feed.lang, feed.kind) == ("The News", "NO", "no", "wire")
    assert (feed.interval, feed.publisher, feed.allow_private) == (300, "Us", True)
    new = config().splitlines()[9:11]
    assert config().replace("\n".join(new) + "\n", "") == CONFIG
    assert max(map(len, new)) <= 120


def test_an_address_alone_is_enough() -> None:
    assert done("feeds", "add", "https://new.example/rss") == (
        "config.yaml: added https://new.example/rss\n"
    )
    assert '  - {url: "https://new.example/rss"}\n' in config()


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["ftp://new.example/"], "url: expected an http or https address"),
        (["https://u:p@new.example/"], "url: a password here would be stored"),
        (["https://new.example/", "--kind", "wier"], "kind: expected one of"),
        (["https://new.example/", "--lang", "English"], "lang: expected a language code"),
        (["https://new.example/", "--interval", "often"], "interval: expected a duration"),
        ([], "Missing argument 'URL'"),
    ],
)
def test_a_feed_with_a_mistake_is_not_added(arguments: list[str], reason: str) -> None:
    assert reason in failed("feeds", "add", *arguments, code=2)


@pytest.mark.parametrize("url", ["https://b.example/rss", "http://www.b.example/rss/"])
def test_a_feed_is_not_added_twice(url: str) -> None:
    assert "has this feed already: Beta" in failed("feeds", "add", url)


def test_a_feed_whose_variable_is_not_set_is_not_added() -> None:
    told = failed("feeds", "add", "https://new.example/?k=${NOT_SET}")
    assert "feeds[2].url: the environment variable NOT_SET is not set" in told


@pytest.mark.parametrize("name", ["beta", "https://b.example/rss"])
def test_a_feed_is_removed(name: str) -> None:
    result = invoke("feeds", "remove", name)

    assert (result.exit_code, result.stdout) == (0, "config.yaml: removed Beta\n")
    assert config() == CONFIG.replace(
        '  - {url: "https://b.example/rss", title: "Beta",\n     lang: en}\n', ""
    )


def test_a_comment_above_a_removed_feed_stays_and_is_told() -> None:
    result = invoke("feeds", "remove", "Alpha")

    assert "comment above it is still there: line 6" in result.stderr
    assert config().splitlines()[5] == "  # said to be slow:"
    assert "a-secret" not in result.output


def test_the_last_feed_is_not_removed() -> None:
    done("feeds", "remove", "Alpha")
    assert "needs one feed at least" in failed("feeds", "remove", "Beta")


def test_a_feed_is_paused_and_resumed() -> None:
    assert done("feeds", "pause", "Beta") == "config.yaml: paused Beta\n"
    assert config() == CONFIG.replace("lang: en}", "lang: en, enabled: false}")
    assert [feed.enabled for feed in load(Path("config.yaml")).feeds] == [True, False]
    assert done("feeds", "pause", "Beta") == "config.yaml: Beta is paused already\n"
    assert done("feeds", "resume", "Beta") == "config.yaml: resumed Beta\n"
    assert config() == CONFIG
    assert done("feeds", "resume", "Beta") == "config.yaml: Beta is not paused\n"


async def test_a_feed_that_its_server_closed_is_resumed(tmp_path: Path) -> None:
    path = tmp_path / "closed.db"
    beta = feed("https://b.example/rss")
    limits: dict[str, Any] = {"at_most": 9, "per_host": 9, "host_delay": 0}
    async with store_at(path) as store:
        await store.write(lambda tx: tx.feeds.sync([beta], NOW))
        [due] = await store.write(lambda tx: tx.feeds.claim(NOW, NOW + HOUR, **limits))
        await store.write(
            lambda tx: tx.feeds.record_poll(due, NOW, NOW + HOUR, error="x", gone=True)
        )
    told = await asyncio.to_thread(done, "feeds", "resume", "Beta", db=path)
    assert told == "Beta was closed by its server; it is polled again.\n"
    with Reader(path) as reader:
        assert [row["state"] for row in reader.feeds(NOW)] == ["failing"]  # until it is read


@pytest.mark.parametrize("command", ["remove", "pause", "resume"])
def test_an_unknown_feed_is_told_with_the_nearest(command: str) -> None:
    assert "`Bета`; " in failed("feeds", command, "Bета")
    assert "did you mean `Alpha`?" in failed("feeds", command, "Alhpa")


@pytest.mark.parametrize("command", ["add", "remove", "pause", "resume"])
def test_without_a_configuration_nothing_is_done(command: str) -> None:
    Path("config.yaml").rename("other.yaml")
    result = invoke("feeds", command, "https://new.example/rss")

    assert (result.exit_code, result.stdout) == (2, "")
    assert "no configuration found" in result.stderr
    assert (
        "config.yaml cannot be read"
        in invoke("--config", "config.yaml", "feeds", command, "https://new.example/rss").stderr
    )


# ── discover ──────────────────────────────────────────────────────────────────────────────────

SITE = """<!doctype html><title>News</title>
<link rel="alternate" type="application/rss+xml" href="/world">
<link rel="alternate" type="application/atom+xml" href="/gone">
<a href="/rss/sport">RSS</a> <a href="/about">About</a>
"""
SITEMAP = """<urlset xmlns:n="http://www.google.com/schemas/sitemap-news/0.9"><url>
<loc>https://news.example/1</loc><n:news><n:title>A title</n:title></n:news></url></urlset>"""


@pytest.fixture
async def server() -> AsyncIterator[FeedServer]:
    async with feed_server() as server:
        server.documents |= {
            "page": SITE,
            "world": rss(item("An ICBM"), item("Weather"), title="World"),
            "rss/sport": "<html>not here</html>",
        }
        yield server


async def discover(url: str, *options: str) -> Result:
    return await asyncio.to_thread(invoke, "feeds", "discover", url, *options)


async def test_the_feeds_of_a_page_are_tried_and_listed(server: FeedServer) -> None:
    result = await discover(f"{server.url}/page", "--allow-private")

    assert result.exit_code == 0, result.output
    assert [line.split("\t") for line in result.stdout.splitlines()] == [
        ["Title", "Entries", "Known", "Address"],
        ["World", "2", "", f"{server.url}/world"],
    ]
    assert result.stderr.splitlines() == [
        f"No feed: {server.url}/gone: http-404: Not Found",
        f"No feed: {server.url}/rss/sport: html: a web page came instead of a feed",
    ]


async def test_discovered_feeds_for_programs(server: FeedServer) -> None:
    done("feeds", "add", f"{server.url}/world")
    result = await discover(f"{server.url}/page", "--allow-private", "--json")

    assert json.loads(result.stdout) == [
        {
            "title": "World",
            "lang": "",
            "entries": 2,
            "configured": True,
            "url": f"{server.url}/world",
        }
    ]


async def test_a_site_that_names_no_feed_is_asked_for_its_news_sitemap(server: FeedServer) -> None:
    server.documents |= {
        "page": "<!doctype html><title>News</title>",
        "robots.txt": "Sitemap: /news.xml",
        "news.xml": SITEMAP,
    }
    result = await discover(f"{server.url}/page", "--allow-private", "--json")

    [row] = json.loads(result.stdout)
    assert (row["url"], row["entries"]) == (f"{server.url}/news.xml", 1)


async def test_an_address_that_is_a_feed_itself_is_found(server: FeedServer) -> None:
    result = await discover(f"{server.url}/world", "--allow-private", "--json")

    rows: list[dict[str, Any]] = json.loads(result.stdout)
    assert [row["url"] for row in rows] == [f"{server.url}/world"]
    assert server.requests == [("/world", 200)]


async def test_a_page_at_a_private_address_is_refused(server: FeedServer) -> None:
    result = await discover(f"{server.url}/page")

    assert (result.exit_code, result.stdout) == (1, "")
    assert "refused-address" in result.stderr
    assert "--allow-private" in result.stderr
    assert server.requests == []


async def test_a_page_without_feeds_is_told(server: FeedServer) -> None:
    server.documents["page"] = "<html><p>Nothing here</html>"
    result = await discover(f"{server.url}/page", "--allow-private")

    assert (result.exit_code, result.stdout) == (1, "")
    assert "names no feed that can be read" in result.stderr


def test_what_is_no_address_is_a_mistake() -> None:
    assert "`news.example` is no http or https address" in failed(
        "feeds", "discover", "news.example", code=2
    )


# ── import and export ─────────────────────────────────────────────────────────────────────────

OPML = """<?xml version="1.0"?>
<opml version="1.0"><body>
  <outline text="World"><outline text="Asia">
    <outline text="Beta again" xmlUrl="https://www.b.example/rss/"/>
    <outline text="Gamma" xmlUrl="https://c.example/rss" language="ko-KR"/>
    <outline text="Gamma too" xmlUrl="https://c.example/rss"/>
  </outline></outline>
  <outline text="Delta" xmlUrl="https://d.example/rss"/>
</body></opml>
"""
WRONG = """
  <outline text="A file" xmlUrl="file:///etc/passwd"/>
  <outline text="Password" xmlUrl="https://user:hidden@e.example/"/>
  <outline text="Steals ${KEY}" xmlUrl="https://f.example/"/>
  <outline xmlUrl="https://g.example/?k=${KEY}"/>
</body>"""


def write(text: str) -> str:
    Path("feeds.opml").write_text(text, encoding="utf-8")
    return "feeds.opml"


def test_new_feeds_of_a_file_are_added_with_their_folders() -> None:
    result = invoke("feeds", "import", write(OPML))

    assert (result.exit_code, result.stdout) == (
        0,
        "config.yaml: 2 added, 2 skipped, 0 wrong\n",
    )
    assert result.stderr.startswith(RELOAD)
    assert config() == CONFIG.replace(
        "  # the end",
        '  - {url: "https://c.example/rss", title: "Gamma", lang: ko, folder: "World/Asia"}\n'
        '  - {url: "https://d.example/rss", title: "Delta"}\n'
        "  # the end",
    )
    again = invoke("feeds", "import", "feeds.opml")
    assert again.stdout == "config.yaml: 0 added, 4 skipped, 0 wrong\n"
    assert again.stderr == ""


def test_wrong_entries_are_told_without_their_addresses_and_the_others_are_added() -> None:
    result = invoke("feeds", "import", write(OPML.replace("</body>", WRONG)))

    assert result.exit_code == 1
    assert result.stdout == "config.yaml: 2 added, 2 skipped, 4 wrong\n"
    told = result.stderr.splitlines()[:4]
    assert told[0] == "Wrong: line 10: A file: url: expected an http or https address"
    assert told[1].startswith("Wrong: line 11: Password: url: a password here")
    assert told[2].startswith("Wrong: line 12: Steals ${KEY}: ${…} would be filled")
    assert told[3].startswith("Wrong: line 13: ${…} would be filled")
    assert "hidden" not in result.output
    assert "a-secret" not in result.output
    assert [feed.title for feed in load(Path("config.yaml")).feeds] == [
        "Alpha",
        "Beta",
        "Gamma",
        "Delta",
    ]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("<html/>", "feeds.opml cannot be imported: this is no OPML"),
        ("<opml><body>\n<outline", "feeds.opml cannot be imported: line 2"),
        ('<!DOCTYPE opml [<!ENTITY a "b">]><opml/>', "a document type (<!DOCTYPE) is refused"),
    ],
)
def test_a_file_that_cannot_be_imported_is_told(text: str, reason: str) -> None:
    assert reason in failed("feeds", "import", write(text))


def test_a_file_that_is_missing_is_a_mistake() -> None:
    assert "No such file" in failed("feeds", "import", "none.opml", code=2)


def test_a_list_is_imported_from_a_pipe() -> None:
    result = CliRunner().invoke(main, ["feeds", "import", "-"], input=OPML)
    assert result.stdout == "config.yaml: 2 added, 2 skipped, 0 wrong\n"


def test_the_feeds_are_exported_by_folder_and_without_secrets() -> None:
    text = done("feeds", "export")

    assert "a-secret" not in text
    assert text.splitlines()[4:9] == [
        (
            '    <outline type="rss" text="Beta" title="Beta" xmlUrl="https://b.example/rss"'
            ' language="en"/>'
        ),
        '    <outline text="World">',
        '      <outline text="Asia">',
        (
            '        <outline type="rss" text="Alpha" title="Alpha"'
            ' xmlUrl="https://a.example/rss?key=${KEY}"/>'
        ),
        "      </outline>",
    ]
    assert done("feeds", "export", "out.opml") == "out.opml: 2 feeds\n"
    assert Path("out.opml").read_text(encoding="utf-8") == text


def test_an_export_replaces_no_file_unless_told_to() -> None:
    assert "config.yaml exists: name another file" in failed("feeds", "export", "config.yaml")
    assert "cannot be written: No such file" in failed("feeds", "export", "none/out.opml")
    Path("out.opml").write_text("old", encoding="utf-8")
    done("feeds", "export", "--force", "out.opml")
    assert "<opml" in Path("out.opml").read_text(encoding="utf-8")


def test_what_is_exported_is_imported_into_an_empty_list() -> None:
    done("feeds", "import", write(OPML))
    exported = done("feeds", "export").replace("${KEY}", "k")
    Path("config.yaml").write_text(
        "topics: [{id: a, title: A, any: [b]}]\nfeeds:\n", encoding="utf-8"
    )
    assert done("feeds", "import", write(exported)).endswith("4 added, 0 skipped, 0 wrong\n")
    assert done("feeds", "export").replace("${KEY}", "k") == exported


# ── help, and what is loaded ──────────────────────────────────────────────────────────────────

COMMANDS = ["add", "remove", "pause", "resume", "discover", "import", "export"]


@pytest.mark.parametrize("command", COMMANDS)
def test_the_help_of_each_has_an_example(command: str) -> None:
    text = done("feeds", command, "--help")
    assert f"monitor feeds {command}" in text[text.rindex("Example") :]
    assert f"\n  {command} " in done("feeds", "--help")


@pytest.mark.parametrize("arguments", [["feeds", "--help"], ["feeds", "export"]], ids=" ".join)
def test_what_changes_nothing_loads_nothing_heavy(arguments: list[str]) -> None:
    program = (
        "import sys; from monitor.cli import main; main(sys.argv[1:], standalone_mode=False)\n"
        "print(set(sys.modules) & {'spacy', 'aiohttp', 'pydantic', 'lark', 'sqlite_utils'})"
    )
    command = [sys.executable, "-c", program, *arguments]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert printed.splitlines()[-1] == "set()"
