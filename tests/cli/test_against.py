"""`monitor coverage --against gdelt`: outlets that had hits and are not polled."""

from __future__ import annotations

import asyncio
import csv
import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from commands import invoke
from filled import move_into_empty_home
from gdelt import PAGE, SOON, TOO_SHORT, answer, gdelt_server, seen

from monitor.diagnostics import unpolled

if TYPE_CHECKING:
    from click.testing import Result
    from gdelt import GdeltServer

CONFIG = """\
topics:
  - {id: icbm, title: ICBM, any: [ICBM], none: [parade]}
  - {id: kursk, title: Kursk, match: "(Kursk AND drone) OR (Sudzha AND raid)"}
  - {id: korean, title: Korean, any: [북한군]}

feeds:
  - {url: "https://feeds.bbci.co.uk/rss.xml", publisher: BBC}
  - {url: "https://en.yna.co.kr/rss", publisher: Yonhap}
"""
ICBM = [
    seen("North Korea fires an ICBM , Seoul says", "infobae.com", url="https://infobae.com/1"),
    seen("북 ICBM 발사", "daily.kr", language="Korean", sourcecountry="South Korea"),
    seen("Another ICBM test", "infobae.com", seendate="20241031T120000Z"),
    seen("ICBM shown at a parade", "parade.example"),
    seen("Missiles and politics", "weather.example"),
    seen("An ICBM again", "bbc.com"),
    seen("ICBM over Japan", "en.yna.co.kr"),
]


@pytest.fixture(autouse=True)
def _clean(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    move_into_empty_home(tmp_path, monkeypatch)
    monkeypatch.setattr(unpolled, "PAUSE", 0.0)
    Path("config.yaml").write_text(CONFIG, encoding="utf-8")


async def asked(server: GdeltServer, *arguments: str) -> Result:
    command = ("coverage", "--against", "gdelt", "--api", server.url, *arguments)
    return await asyncio.to_thread(invoke, *command)


async def report(*answers: str, topic: str = "icbm") -> Any:
    async with gdelt_server(*answers) as server:
        result = await asked(server, "--topic", topic, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


async def test_outlets_that_are_not_polled_are_listed_with_a_headline() -> None:
    async with gdelt_server(answer(*ICBM)) as server:
        result = await asked(server, "--topic", "icbm")

    assert result.exit_code == 0, result.output
    first, columns, *lines, last = result.stdout.splitlines()
    assert first == ("icbm: GDELT saw 7 articles, 5 with a title that hits. 2 outlets not polled")
    assert columns.split("\t") == ["Outlet", "From", "Lang", "Articles", "Newest headline", "Link"]
    headline = "North Korea fires an ICBM, Seoul says"
    infobae = ["infobae.com", "United States", "en", "2", headline, "https://infobae.com/1"]
    assert lines[0].split("\t") == infobae
    assert lines[1].split("\t")[:4] == ["daily.kr", "South Korea", "ko", "1"]
    assert last == ""


async def test_a_report_for_programs() -> None:
    found = await report(answer(*ICBM))
    assert (found["against"], found["stopped"]) == ("gdelt", "")
    [icbm] = found["topics"]
    outlets = icbm.pop("outlets")
    assert icbm == {"topic": "icbm", "queries": ["icbm"], "refused": [], "seen": 7, "hits": 5}
    assert outlets[0] == {
        "outlet": "infobae.com",
        "country": "United States",
        "langs": ["en"],
        "articles": 2,
        "headline": "North Korea fires an ICBM, Seoul says",
        "seen_at": "2024-10-31T18:00:00Z",
        "url": "https://infobae.com/1",
    }


async def test_csv_has_a_row_for_each_outlet_of_each_topic() -> None:
    drones = answer(seen("Drone over Kursk", "kurier.at"))
    async with gdelt_server(answer(*ICBM), drones) as server:
        result = await asked(server, "--csv")
    rows = list(csv.DictReader(result.stdout.splitlines()))
    assert [(row["topic"], row["outlet"], row["articles"]) for row in rows] == [
        ("icbm", "infobae.com", "2"),
        ("icbm", "daily.kr", "1"),
        ("kursk", "kurier.at", "1"),
    ]
    assert "korean has no English word to ask for: give it a --query" in result.stderr


async def test_every_alternative_of_a_topic_is_asked_and_counts_once() -> None:
    both = seen("Drone raid on Kursk and Sudzha", "kurier.at")
    async with gdelt_server(answer(both), answer(both)) as server:
        result = await asked(server, "--topic", "kursk", "--json")
    [kursk] = json.loads(result.stdout)["topics"]
    queries = [each["query"] for each in server.asked]
    assert queries == kursk["queries"] == ["kursk (drone OR drones)", "sudzha (raid OR raids)"]
    assert (kursk["seen"], kursk["outlets"][0]["articles"]) == (1, 1)


async def test_the_period_and_the_query_can_be_chosen() -> None:
    async with gdelt_server() as server:
        result = await asked(
            server, "--topic", "korean", "--query", '"north korea" soldiers', "--since", "24h"
        )
    assert result.exit_code == 0, result.output
    [parameters] = server.asked
    begin, end = (
        datetime.strptime(parameters[name], "%Y%m%d%H%M%S")  # noqa: DTZ007 - both are UTC
        for name in ("startdatetime", "enddatetime")
    )
    assert end - begin == timedelta(hours=24)
    assert parameters["query"] == '"north korea" soldiers'
    assert (parameters["mode"], parameters["format"]) == ("artlist", "json")
    assert result.stdout.startswith("korean: GDELT saw 0 articles, 0 with a title that hits.")


async def test_the_address_may_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    async with gdelt_server() as server:
        monkeypatch.setenv("MONITOR_GDELT", server.url)
        command = ("coverage", "--against", "gdelt", "--topic", "icbm")
        result = await asyncio.to_thread(invoke, *command)
    assert result.exit_code == 0, result.output
    assert len(server.asked) == 1


async def test_there_is_one_request_in_five_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []
    sleep = asyncio.sleep

    async def slept(seconds: float, *_: object) -> None:
        pauses.append(seconds)
        await sleep(0)

    monkeypatch.setattr(unpolled, "PAUSE", 5.0)
    async with gdelt_server() as server:
        monkeypatch.setattr("monitor.diagnostics.unpolled.asyncio.sleep", slept)
        await asked(server)
        monkeypatch.undo()
    assert len(server.asked) == 3
    assert pauses.count(5.0) == 2


# ── what goes wrong ───────────────────────────────────────────────────────────────────────────

TOO_OFTEN = (
    "GDELT was asked too often: it takes one request in five seconds, and when it is busy turns"
    " others away, too. Try again in some minutes"
)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (SOON, TOO_OFTEN),
        ((429, SOON), TOO_OFTEN),
        ((429, PAGE), TOO_OFTEN),
        (PAGE, "GDELT answered with a web page: try again later"),
        ((503, PAGE), "GDELT cannot be asked: http-503: Service Unavailable"),
        ("", "GDELT answered with nothing: try again later"),
    ],
)
async def test_it_is_asked_no_further_and_what_was_found_is_shown(
    wrong: str | tuple[int, str], message: str
) -> None:
    async with gdelt_server(answer(*ICBM), wrong) as server:
        result = await asked(server, "--json")
    assert result.exit_code == 1
    assert f"Error: {message}\n" in result.stderr
    found = json.loads(result.stdout)
    assert found["stopped"] == message
    assert [(each["topic"], each["hits"]) for each in found["topics"]] == [
        ("icbm", 5),
        ("kursk", 0),
    ]
    assert len(server.asked) == 2


async def test_a_query_that_is_refused_does_not_stop_the_others() -> None:
    async with gdelt_server(TOO_SHORT, answer(seen("Raid on Sudzha", "kurier.at"))) as server:
        result = await asked(server, "--topic", "kursk", "--json")
    assert result.exit_code == 0
    refused = (
        "GDELT refuses the query: The specified phrase is too short. (kursk (drone OR drones))"
    )
    assert result.stderr == f"{refused}\n"
    [kursk] = json.loads(result.stdout)["topics"]
    assert (kursk["refused"], kursk["hits"]) == ([refused], 1)


async def test_an_answer_that_is_full_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpolled, "MOST_ARTICLES", 7)
    async with gdelt_server(answer(*ICBM)) as server:
        result = await asked(server, "--topic", "icbm")
    assert "; more than an answer holds: --since 24h sees more of them. 2 outlets" in result.stdout


def test_a_server_that_is_not_there_is_told() -> None:
    result = invoke("coverage", "--against", "gdelt", "--api", "http://127.0.0.1:9/", "--csv")
    assert result.exit_code == 1
    assert "Error: GDELT cannot be asked: connection" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--against", "gdelt", "--topic", "icbmm"], "no topic `icbmm`; did you mean `icbm`?"),
        (["--against", "gdelt", "--query", "x"], "--query goes with one --topic"),
        (["--against", "gdelt", "--since", "91d"], "GDELT searches 90 days at most"),
        (["--against", "gdelt", "--missed"], "--missed or --against, not both"),
        (["--against", "bing"], "'bing' is not 'gdelt'"),
        (["--topic", "icbm"], "--topic, --query and --api go with --against"),
        (["--missed", "--query", "x"], "--topic, --query and --api go with --against"),
        (["--since", "24h"], "--since goes with --missed or --against"),
        (["--against", "gdelt", "--publishers", "4"], "--publishers and --tz go with --missed"),
    ],
)
def test_options_that_do_not_fit_are_refused(arguments: list[str], message: str) -> None:
    result = invoke("coverage", *arguments)
    assert result.exit_code == 2, result.output
    assert message in result.stderr


async def test_an_address_that_is_none_is_refused() -> None:
    result = await asyncio.to_thread(
        invoke, "coverage", "--against", "gdelt", "--api", "ftp://x", "--topic", "icbm"
    )
    assert result.exit_code == 1
    assert "Error: `ftp://x` is no http or https address" in result.stderr
