"""GDELT's DOC 2.0 API: addresses of searches, answers, queries built from topics."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from conftest import NOW
from fakes import topic
from gdelt import PAGE, SOON, TOO_SHORT, answer, seen

from monitor.config.load import load
from monitor.diagnostics.gdelt import ADDRESS, GdeltError, read_answer, search_address
from monitor.diagnostics.gdelt_query import queries_for
from monitor.matching.terms.termsets import TermSet
from monitor.model import Topic

SHIPPED = load(Path(__file__).parents[2] / "config.yaml")


def test_a_search_asks_for_the_newest_articles_of_a_period() -> None:
    address = search_address(ADDRESS, '"north korea" (a OR b)', NOW - timedelta(days=1), NOW)
    parts = urlsplit(address)
    assert f"{parts.scheme}://{parts.netloc}{parts.path}" == ADDRESS
    assert parse_qs(parts.query) == {
        "query": ['"north korea" (a OR b)'],
        "mode": ["artlist"],
        "format": ["json"],
        "maxrecords": ["250"],
        "sort": ["DateDesc"],
        "startdatetime": ["20241030180000"],
        "enddatetime": ["20241031180000"],
    }
    assert search_address("http://own/?key=1", "q", NOW, NOW).startswith("http://own/?key=1&query=")


# ── answers ───────────────────────────────────────────────────────────────────────────────────


def test_articles_of_an_answer_are_read() -> None:
    title = "Misil intercontinental , dice Seúl : “ es nuevo ”"
    row = seen(title, "www.Infobae.com", language="Spanish", sourcecountry="Argentina")
    [article] = read_answer(answer(row).encode())

    assert (article.host, article.country, article.lang) == ("infobae.com", "Argentina", "es")
    assert article.title == "Misil intercontinental, dice Seúl: “ es nuevo ”"
    assert article.url == row["url"]
    assert article.seen_at == datetime(2024, 10, 31, 18, tzinfo=UTC)


@pytest.mark.parametrize("body", ["{}", '{"articles": []}', '{"articles": null}', "\ufeff{}\n"])
def test_an_answer_may_have_no_article(body: str) -> None:
    assert read_answer(body.encode()) == []


def test_rows_that_cannot_be_used_are_left_out() -> None:
    good = seen("An ICBM", "a.example")
    rows = [{**good, "title": ""}, {**good, "url": 7}, {"title": "x"}, good]
    assert len(read_answer(answer(*rows).encode())) == 1  # type: ignore[arg-type]
    odd = {**good, "seendate": "yesterday", "language": "Klingon", "sourcecountry": ""}
    [article] = read_answer(answer(odd).encode())
    assert (article.seen_at, article.country) == (None, "")


def test_backslashes_that_json_does_not_know_do_not_break_an_answer() -> None:
    written = r"The US\' \ICBM \u2013 \u0022new\u0022" + "\t"
    [article] = read_answer(
        answer(seen("A_TITLE", "a.example")).replace("A_TITLE", written).encode()
    )
    assert article.title == r"The US\' \ICBM – " + '"new"'


@pytest.mark.parametrize(
    ("body", "message", "stops"),
    [
        (SOON, "GDELT was asked too often: it takes one request in five seconds", True),
        (TOO_SHORT, "GDELT refuses the query: The specified phrase is too short.", False),
        (PAGE, "GDELT answered with a web page: try again later", True),
        ("  <html><body>Error", "GDELT answered with a web page", True),
        ("", "GDELT answered with nothing", True),
        ('{"articles": [', "GDELT's answer is broken JSON: ask for a shorter time", False),
    ],
)
def test_what_is_no_answer_is_told(body: str, message: str, stops: bool) -> None:  # noqa: FBT001
    with pytest.raises(GdeltError) as told:
        read_answer(body.encode())
    assert str(told.value).startswith(message)
    assert told.value.stops is stops


# ── queries ───────────────────────────────────────────────────────────────────────────────────


def test_terms_become_one_group() -> None:
    wanted = topic("t", "ICBM", "ballistic missile", "Hwasong")
    assert queries_for(wanted, {}) == [
        '(icbm OR "ballistic missile" OR "ballistic missiles" OR hwasong)'
    ]
    assert queries_for(topic("t", "Hwasong"), {}) == ["hwasong"]


def test_what_is_wanted_together_stands_beside_each_other() -> None:
    lists = Topic("t", "T", any=("Kursk",), all=(("drone", "missile"),), none=("submarine",))
    assert queries_for(lists, {}) == ["kursk (drone OR drones OR missile OR missiles)"]
    written = Topic(
        "t", "T", match='Kursk NEAR/5 (drone OR raid) AND NOT title:"a film" AND lang:en'
    )
    assert queries_for(written, {}) == ["kursk (drone OR drones OR raid OR raids)"]


def test_alternatives_become_queries_of_their_own() -> None:
    assert queries_for(Topic("t", "T", match="(Kursk AND drone) OR (Sarmat AND silo)"), {}) == [
        "kursk (drone OR drones)",
        "sarmat (silo OR silos)",
    ]


def test_an_alternative_that_finds_less_than_another_one_is_not_asked() -> None:
    wanted = Topic("t", "T", match="(Kursk AND drone AND Sudzha) OR (Kursk AND drone)")
    assert queries_for(wanted, {}) == ["kursk (drone OR drones)"]
    wanted = Topic("t", "T", match="(Kursk AND silo AND Sudzha) OR (Kursk AND (silo OR Sarmat))")
    assert queries_for(wanted, {}) == ["kursk (silo OR silos OR sarmat)"]
    same = Topic("t", "T", match="(Kursk AND Sarmat) OR (Sarmat AND Kursk)")
    assert queries_for(same, {}) == ["kursk sarmat"]


def test_hyphens_become_spaces_since_gdelt_does_not_know_all_signs() -> None:
    wanted = topic("t", "Hwasong-20", "long-range missile", "pull-out", "pull out", "Ryl'sk")
    assert queries_for(wanted, {}) == [
        '("long range missile" OR "long range missiles" OR "pull out")'
    ]


def test_a_wording_that_holds_another_one_is_left_out() -> None:
    assert queries_for(topic("t", "Kim Jong Un", "leader Kim Jong Un"), {}) == ['"kim jong un"']


@pytest.mark.parametrize("term", ["UN", "북한군", "Су-57", "balli*"])
def test_what_gdelt_cannot_find_gives_no_query(term: str) -> None:
    assert queries_for(topic("t", term), {}) == []
    assert queries_for(topic("t", term, "Kursk"), {}) == ["kursk"]
    assert queries_for(Topic("t", "T", any=(term,), all=(("Kursk",),)), {}) == []


def test_term_sets_of_the_user_are_asked_in_english() -> None:
    own = {"ours": TermSet("ours", (("ko", "북한군"), ("en", "Hwasong"), ("de", "Rakete")))}
    assert queries_for(Topic("t", "T", match="@ours"), own) == ["hwasong"]


@pytest.mark.parametrize("wanted", SHIPPED.topics, ids=lambda each: each.id)
def test_the_shipped_topics_have_a_few_short_queries(wanted: Topic) -> None:
    queries = queries_for(wanted, SHIPPED.sets)
    assert 1 <= len(queries) <= 4
    assert len(set(queries)) == len(queries)
    for query in queries:
        assert len(query) <= 300
        assert query.count("(") == query.count(")") <= 3
        assert "()" not in query
        assert "((" not in query


def test_the_shipped_topics_ask_for_what_they_are_about() -> None:
    queries = {each.id: queries_for(each, SHIPPED.sets) for each in SHIPPED.topics}
    assert queries["icbm"][0].startswith("(icbm OR ")
    assert '"north korea"' in queries["dprk-troops"][0]
    assert "troops" in queries["dprk-troops"][0]
    assert all("kursk" in query for query in queries["kursk"][:1])
