"""`monitor feeds suggest`: feeds to choose from, by region."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from commands import done, invoke
from filled import move_into_empty_home
from ruamel.yaml import YAML

from monitor.config.load import load
from monitor.feeds.catalogue import REGIONS, catalogue

if TYPE_CHECKING:
    from click.testing import Result

CONFIG = """\
topics:
  - {id: icbm, title: ICBM, any: [ICBM]}

feeds:
  - {url: "https://en.irna.ir/rss/", title: "Our name", lang: en}
"""
NOT_POLLED = "not polled by us: `monitor feeds check URL` shows whether a feed answers you"


@pytest.fixture(autouse=True)
def _clean(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    move_into_empty_home(tmp_path, monkeypatch)
    Path("config.yaml").write_text(CONFIG, encoding="utf-8")


def suggested(*arguments: str) -> Any:
    return json.loads(done("feeds", "suggest", *arguments, "--json"))


def refused(*arguments: str) -> str:
    result = invoke("feeds", "suggest", *arguments)
    assert (result.exit_code, result.stdout) == (2, ""), result.output
    return result.stderr


def test_the_table_says_that_nobody_polled_them() -> None:
    result = invoke("feeds", "suggest", "--region", "iran")
    lines = [line.split("\t") for line in result.stdout.splitlines()]
    assert lines[0] == ["Title", "Publisher", "From", "Lang", "Kind", "Known", "Address"]
    irna = ["IRNA (English)", "IRNA", "IR", "en", "wire (state)", "yes", "https://en.irna.ir/rss"]
    assert irna in lines
    assert result.stderr == f"{len(lines) - 1} feeds, {NOT_POLLED}\n"


def test_regions_and_languages_may_be_several() -> None:
    rows = suggested("--region", "korea, Iran", "--region", "horn", "--lang", "ko,fa")
    assert {row["folder"] for row in rows} == {"Korea", "Iran"}
    assert {row["lang"] for row in rows} == {"ko", "fa"}
    assert suggested("--region", "korea,korea") == suggested("--region", "korea")


def test_without_a_region_the_whole_list_comes() -> None:
    assert len(suggested()) == len(catalogue())


@pytest.mark.parametrize("region", REGIONS)
def test_the_help_names_each_region(region: str) -> None:
    told = " ".join(done("feeds", "suggest", "--help").split())
    listed = told.partition("Regions: ")[2].partition(" Examples:")[0]
    assert region in [each.partition(" ")[0] for each in listed.split(", ")]


def test_json_has_all_facts_and_the_source() -> None:
    [row] = [row for row in suggested("--region", "iran") if row["publisher"] == "IRNA"]
    repository, _, rest = row.pop("source").partition("@")
    assert repository.count("/") == 1
    assert len(rest.partition(":")[0]) == 40
    assert row == {
        "title": "IRNA (English)",
        "publisher": "IRNA",
        "country": "IR",
        "lang": "en",
        "kind": "wire",
        "state": True,
        "regions": ["iran"],
        "folder": "Iran",
        "configured": True,
        "url": "https://en.irna.ir/rss",
    }


def test_csv_and_lines_have_the_same_rows() -> None:
    rows = suggested("--region", "venezuela")
    lines = done("feeds", "suggest", "--region", "venezuela", "--nl").splitlines()
    assert [json.loads(line) for line in lines] == rows
    table = csv.DictReader(done("feeds", "suggest", "--region", "venezuela", "--csv").splitlines())
    assert [row["url"] for row in table] == [row["url"] for row in rows]


def test_yaml_can_be_pasted_below_the_feeds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KEY", raising=False)
    written = done("feeds", "suggest", "--yaml")
    assert written.startswith(f"  # For `feeds` in config.yaml; {NOT_POLLED}.\n  - {{url: ")
    Path("config.yaml").write_text(CONFIG + written, encoding="utf-8")

    feeds = load(Path("config.yaml")).feeds
    assert len(feeds) == len(catalogue())  # IRNA was there, and is not written again
    by_url = {feed.url: feed for feed in feeds}
    tasnim = next(feed for url, feed in by_url.items() if "tasnimnews" in url)
    assert (tasnim.publisher, tasnim.country, tasnim.lang) == ("Tasnim", "IR", "fa")
    assert (tasnim.kind, tasnim.title) == ("state", "تسنیم")
    assert by_url["https://www.nrk.no/nyheter/siste.rss"].lang == "no"


def test_yaml_of_nothing_new_is_a_comment() -> None:
    Path("config.yaml").write_text(
        CONFIG + done("feeds", "suggest", "--region", "iran", "--yaml"), encoding="utf-8"
    )
    again = done("feeds", "suggest", "--region", "iran", "--yaml")
    assert YAML(typ="safe").load(again) is None
    assert YAML(typ="safe").load(CONFIG + again) == YAML(typ="safe").load(CONFIG)


def imported(given: str) -> Result:
    return invoke("feeds", "import", "-", given=given)


def test_opml_can_be_imported() -> None:
    rows = [row for row in suggested("--region", "iran,arctic") if not row["configured"]]
    opml = done("feeds", "suggest", "--region", "iran,arctic", "--opml")
    result = imported(opml)
    assert result.exit_code == 0
    assert f"{len(rows)} added, 0 skipped, 0 wrong" in result.stdout
    assert {feed.url for feed in load(Path("config.yaml")).feeds} >= {row["url"] for row in rows}
    assert {row["configured"] for row in suggested("--region", "iran,arctic")} == {True}
    assert "<outline type" not in done("feeds", "suggest", "--region", "iran", "--opml")


def test_a_configuration_is_not_needed() -> None:
    Path("config.yaml").unlink()
    assert {row["configured"] for row in suggested("--region", "korea")} == {False}


def test_a_configuration_that_is_named_must_be_there() -> None:
    result = invoke("--config", "gone.yaml", "feeds", "suggest")
    assert result.exit_code == 1
    assert "gone.yaml cannot be read" in result.stderr


def test_an_unknown_region_is_refused_with_the_nearest_one() -> None:
    assert "there is no region `irann`; did you mean `iran`?" in refused("--region", "korea,irann")
    assert "there is no region `x`; there are: korea, japan, " in refused("--region", "x")


def test_a_language_that_no_feed_has_is_refused() -> None:
    assert "there is no feed in the language `xx`; there are: ar, " in refused("--lang", "xx")


def test_two_forms_are_refused() -> None:
    assert "--yaml or --opml, not both" in refused("--yaml", "--opml")
