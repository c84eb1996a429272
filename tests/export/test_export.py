"""Exports: what other systems import, valid by their own rules, with the label of TLP."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any

import pytest
from commands import done, invoke
from conftest import NOW
from copies import store_at
from fakes import article, feed
from fakes import topic as watch
from filled import HOUR, bring, move_into_empty_home

if TYPE_CHECKING:
    from pathlib import Path

CONFIG = """\
feeds: [{url: https://one.example/feed}]
topics:
  - {id: kursk, title: Kursk, any: [Kursk], tlp: amber+strict}
  - {id: dprk, title: North Korea, any: [North Korea], tlp: green}
"""
FEED = feed("https://one.example/feed", title="One")
TITLES = ["=North Korea sends troops to Kursk", "Penguins seen in North Korea"]
TOPICS = [watch("kursk", "Kursk"), watch("dprk", "North Korea")]


@pytest.fixture
async def filled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    move_into_empty_home(tmp_path, monkeypatch)
    (tmp_path / "work" / "config.yaml").write_text(CONFIG, encoding="utf-8")
    path = tmp_path / "monitor.db"
    async with store_at(path) as store:
        await store.write(lambda tx: tx.feeds.sync([FEED], NOW - 2 * HOUR))
        await bring(store, FEED, [], NOW - HOUR, topics=TOPICS)
        new = [
            article(title, "", id=title, publisher="One", link=f"https://x.example/{number}")
            for number, title in enumerate(TITLES)
        ]
        await bring(store, FEED, new, NOW, topics=TOPICS)
    return path


def _exported(path: Path, form: str) -> str:
    return done("export", "--format", form, db=path)


def _stix(path: Path, kind: str) -> list[dict[str, Any]]:
    pytest.importorskip("stix2")
    objects = json.loads(_exported(path, "stix"))["objects"]
    return [each for each in objects if each["type"] == kind]


@pytest.mark.slow
def test_the_bundle_is_valid_stix(filled: Path) -> None:
    validator = pytest.importorskip("stix2validator")
    options = validator.ValidationOptions(version="2.1")
    found = validator.validate_string(_exported(filled, "stix"), options)
    assert list(map(str, found.errors)) == []
    assert found.is_valid


def test_a_story_is_a_report_on_its_places_with_its_articles(filled: Path) -> None:
    report = next(each for each in _stix(filled, "report") if each["name"] == TITLES[0])
    names = {each["id"]: each["name"] for each in _stix(filled, "location")}
    assert {names[ref] for ref in report["object_refs"] if ref in names} == {"Kursk", "North Korea"}
    assert report["external_references"][0]["url"] == "https://x.example/0"


def test_a_topic_is_a_grouping_of_its_stories(filled: Path) -> None:
    groups = {each["name"]: len(each["object_refs"]) for each in _stix(filled, "grouping")}
    assert groups == {"Kursk": 1, "North Korea": 2}


def test_every_export_bears_the_strictest_label_of_the_topics(filled: Path) -> None:
    names = {each["id"]: each["name"] for each in _stix(filled, "marking-definition")}
    labels = {
        each["name"]: [names[ref] for ref in each["object_marking_refs"]]
        for each in _stix(filled, "report")
    }
    assert labels == {TITLES[0]: ["TLP:AMBER+STRICT"], TITLES[1]: ["TLP:GREEN"]}
    events = [each["Event"] for each in json.loads(_exported(filled, "misp"))["response"]]
    assert {"name": "tlp:amber+strict"} in next(
        event["Tag"] for event in events if event["info"] == TITLES[0]
    )
    rows = list(csv.DictReader(io.StringIO(_exported(filled, "csv"))))
    lines = [json.loads(line) for line in _exported(filled, "ndjson").splitlines()]
    assert {row["tlp"] for row in rows} == {line["tlp"] for line in lines}
    assert {row["tlp"] for row in rows} == {"TLP:AMBER+STRICT", "TLP:GREEN"}


def test_an_export_made_again_has_the_same_identifiers(filled: Path) -> None:
    pytest.importorskip("stix2")
    for form in ("stix", "misp"):
        assert _exported(filled, form) == _exported(filled, form)


def test_a_headline_is_no_formula_in_csv(filled: Path) -> None:
    rows = list(csv.DictReader(io.StringIO(_exported(filled, "csv"))))
    assert f"'{TITLES[0]}" in {row["title"] for row in rows}
    assert "north_korea; troops" in {row["actors"] for row in rows}


def test_a_misp_event_has_an_attribute_for_each_article(filled: Path) -> None:
    events = [each["Event"] for each in json.loads(_exported(filled, "misp"))["response"]]
    [attribute] = next(e["Attribute"] for e in events if e["info"] == TITLES[0])
    assert (attribute["type"], attribute["value"]) == ("link", "https://x.example/0")
    assert [event["published"] for event in events] == [False, False]


def test_a_bundle_without_stories_has_the_desk_alone(filled: Path) -> None:
    pytest.importorskip("stix2")
    text = done("export", "--format", "stix", "--publishers", "9", db=filled)
    assert [each["name"] for each in json.loads(text)["objects"]] == ["monitor"]
    assert (
        "no topic `kurks`"
        in invoke("export", "--format", "csv", "--topic", "kurks", db=filled).stderr
    )
