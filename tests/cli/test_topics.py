"""`monitor topics`: the list, the term sets, and topics proposed from an article."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

import pytest
import spacy
from click.testing import CliRunner
from commands import KOREAN, done, fill, invoke
from filled import SMALL, move_into_empty_home

from monitor.cli import main

CONFIG = """\
feeds:
  - url: https://a.example/feed
terms:
  river_names: {en: [Hentzau], about: Rivers of Ruritania}
topics:
  - {id: icbm, title: Missiles, any: [ICBM]}
  - {id: quiet, title: Nothing yet, any: [Zenda]}
"""
REPORT = """\
North Korean soldiers reach Kursk
North Korea has moved 3,000 soldiers to Kursk, "the spies" say. It's the Hentzau, they say.
"""


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("topics") / "monitor.db"
    asyncio.run(fill(path))
    return path


@pytest.fixture(autouse=True)
def _clean(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    move_into_empty_home(tmp_path, monkeypatch)


@pytest.fixture
def config() -> Path:
    path = Path("config.yaml")
    path.write_text(CONFIG)
    return path


@pytest.fixture
def report() -> str:
    Path("report.txt").write_text(REPORT)
    return "report.txt"


# ── the list ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.usefixtures("config")
def test_topics_lists_the_configuration_with_volumes(database: Path) -> None:
    head, icbm, quiet = done("topics", "--tz", "Asia/Seoul", db=database).splitlines()

    assert head.split("\t") == [
        "Topic",
        "Title",
        "24 h",
        "7 d",
        "All",
        "Near",
        "Stories",
        "Last hit",
    ]
    assert icbm.split("\t") == [
        "icbm",
        "Missiles",
        "0",
        "0",
        "1",
        "1",
        "1",
        "2024-11-01T04:00:00+09:00",
    ]
    assert quiet.split("\t") == ["quiet", "Nothing yet", "0", "0", "0", "0", "0", ""]


@pytest.mark.usefixtures("config")
def test_topics_as_json(database: Path) -> None:
    icbm, quiet = json.loads(done("topics", "--json", db=database))

    assert icbm == {
        "id": "icbm",
        "title": "Missiles",
        "day": 0,
        "week": 0,
        "hits": 1,
        "near_misses": 1,
        "stories": 1,
        "last_hit_at": "2024-10-31T19:00:00Z",
    }
    assert quiet["last_hit_at"] is None


@pytest.mark.usefixtures("config")
def test_topics_need_no_database() -> None:
    result = invoke("topics")

    assert result.exit_code == 0
    assert "icbm\tMissiles\t0\t0\t0\t0\t0" in result.stdout
    assert result.stderr == "Nothing was read yet: `monitor run --once` polls the feeds.\n"


def test_topics_need_a_configuration() -> None:
    result = invoke("topics")

    assert result.exit_code == 2
    assert "no configuration found" in result.stderr


def test_options_of_the_list_do_not_go_before_a_subcommand() -> None:
    result = invoke("topics", "--json", "sets")

    assert result.exit_code == 2
    assert "--json goes with the list" in result.stderr


@pytest.mark.parametrize("command", [[], ["sets"], ["suggest"]])
def test_help_has_examples(command: list[str]) -> None:
    assert "Examples:\n    monitor topics" in done("topics", *command, "--help")


# ── sets ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.usefixtures("config")
def test_sets_lists_shipped_ones_and_the_users_own() -> None:
    rows = {
        row[0]: row for row in (line.split("\t") for line in done("topics", "sets").splitlines())
    }

    assert rows["@river_names"] == ["@river_names", "yours", "1", "Rivers of Ruritania", "English"]
    assert rows["@north_korea"][1] == "countries"
    assert int(rows["@troops"][2]) > 100
    assert "Korean" in rows["@troops"][4].split(", ")


def test_sets_lists_the_capital_and_the_leader_of_a_country() -> None:
    rows = done("topics", "sets").splitlines()
    parts = {row.split("\t")[0].partition(".")[2] for row in rows}
    assert {"", "capital", "leader"} <= parts
    assert any("@russia, named by its leader" in row for row in rows)


@pytest.mark.usefixtures("config")
def test_find_tells_which_sets_hold_a_word_and_by_which_form() -> None:
    assert done("topics", "sets", "--find", "Hentzaus").splitlines() == [
        "Set\tLanguage\tTerm\tForm",
        "@river_names\tEnglish\tHentzau\tHentzaus",
    ]
    found = json.loads(done("topics", "sets", "--find", "солдатами", "--json"))
    assert {"name": "troops", "lang": "ru", "term": "солдат", "form": "солдатами"} in found


def test_find_says_that_no_set_holds_a_word() -> None:
    result = invoke("topics", "sets", "--find", "zzzzzz")
    assert (result.exit_code, result.stderr) == (0, "no term set holds “zzzzzz”\n")


def test_sets_as_json_need_no_configuration() -> None:
    rows = {row["name"]: row for row in json.loads(done("topics", "sets", "--json"))}

    assert rows["troops"]["field"] == "forces"
    assert {"en", "ko", "ru"} <= set(rows["troops"]["languages"])
    assert "north_korea.name" in rows["north_korea"]["sets"]


@pytest.mark.usefixtures("config")
def test_a_set_is_shown_with_its_terms_by_language() -> None:
    assert done("topics", "sets", "@river_names") == (
        "@river_names\nRivers of Ruritania (yours, 1 term)\nin English\n\nEnglish (en)\n  Hentzau\n"
    )
    assert "includes @north_korea.name" in done("topics", "sets", "north_korea")


def test_a_set_is_shown_with_the_forms_of_its_terms() -> None:
    printed = done("topics", "sets", "troops", "--forms")
    shown = json.loads(done("topics", "sets", "troops", "--forms", "--json"))

    soldiers = shown["terms"]["en"]["soldier"]

    assert f"  soldier: {', '.join(soldiers)}\n" in printed
    assert {"soldier", "soldiers"} <= set(soldiers)
    assert "солдатами" in shown["terms"]["ru"]["солдат"]


def test_terms_of_a_set_as_json() -> None:
    assert "soldier" in json.loads(done("topics", "sets", "troops", "--json"))["terms"]["en"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["trops"], "there is no term set @trops; did you mean @troops?"),
        (["@zzzzzz"], "there is no term set @zzzzzz; `monitor topics sets` lists them"),
        (["--forms"], "--forms needs the NAME of a set"),
        (["troops", "--find", "x"], "--find looks into all sets: leave out NAME and --forms"),
    ],
)
def test_a_wrong_set_is_said_with_the_next_step(arguments: list[str], message: str) -> None:
    result = invoke("topics", "sets", *arguments)

    assert (result.exit_code, message in result.stderr) == (2, True)


# ── suggest ───────────────────────────────────────────────────────────────────────────────────


def test_suggestions_pass_the_check_as_they_are(report: str) -> None:
    printed = done("topics", "suggest", report)
    Path("config.yaml").write_text(f"feeds:\n  - url: https://a.example/feed\ntopics:\n{printed}")

    assert "@north_korea NEAR/6" in printed
    assert "match: '@kursk'" in printed
    assert "no mistakes" in done("check")


def test_suggestions_stand_below_the_topics_that_there_are(config: Path, report: str) -> None:
    config.write_text(CONFIG.replace("id: quiet", "id: kursk").replace("Zenda", "Kursk"))
    printed = done("topics", "suggest", report)
    config.write_text(f"{config.read_text()}{printed}")

    assert "# Topics of yours that hit it already: kursk." in printed
    assert "- id: kursk-2  # found by your topic kursk as well" in printed
    assert "no mistakes" in done("check")


@pytest.mark.usefixtures("config")
def test_suggestions_use_the_users_own_sets(report: str) -> None:
    assert "match: '@river_names'" in done("topics", "suggest", report)


def test_suggestions_as_json(report: str) -> None:
    found = json.loads(done("topics", "suggest", report, "--json"))

    assert "@kursk" in [each["match"] for each in found["proposals"]]
    assert found["hits"] == []


def test_a_stored_article_is_read_by_id_and_by_link(database: Path) -> None:
    by_id = done("topics", "suggest", "1", db=database)
    by_link = done("topics", "suggest", KOREAN.link, db=database)

    assert by_id == by_link
    assert "match: '@kursk'" in by_id
    assert f"“{KOREAN.title}” (ko)" in by_id


def test_a_long_title_is_cut_in_the_comment() -> None:
    Path("long.txt").write_text(f"Fighting round Kursk goes on{' and on' * 20}\n")

    assert done("topics", "suggest", "long.txt").splitlines()[0].endswith("…” (en).")


def test_an_article_may_come_through_a_pipe() -> None:
    result = CliRunner().invoke(main, ["topics", "suggest", "-"], input=REPORT)

    assert "match: '@kursk'" in result.stdout


def test_where_nothing_is_found_it_says_so() -> None:
    Path("fine.txt").write_text("Sun in the south\n")
    result = invoke("topics", "suggest", "fine.txt")

    assert result.exit_code == 0
    assert result.stderr == "Nothing to propose: no term set finds enough here.\n"


def test_what_cannot_be_read_is_said_with_the_next_step(database: Path) -> None:
    Path("empty.txt").write_text("\n")
    Path("picture.png").write_bytes(b"\x89PNG")
    messages = {
        "none.txt": "give a text file, or the URL or ID of a stored article",
        "empty.txt": "its first line is the title",
        "picture.png": "is no text in UTF-8",
        "99": "there is no stored article 99",
        "https://news.example/none": "save its text to a file and name that",
    }
    for which, message in messages.items():
        result = invoke("topics", "suggest", which, db=database)
        assert (result.exit_code, message in result.stderr) == (1, True), which


def test_a_model_of_the_configuration_adds_names(report: str) -> None:
    model = spacy.blank("en")
    ruler = model.add_pipe("entity_ruler")
    ruler.add_patterns([{"label": "LOC", "pattern": "the Hentzau"}])  # type: ignore[attr-defined]
    model.to_disk("tiny")
    Path("config.yaml").write_text(f"{SMALL}nlp: {{model: tiny}}\n")

    assert "match: '\"Hentzau\"'" in done("topics", "suggest", report)


def test_a_model_that_is_not_installed_is_an_error(report: str) -> None:
    Path("config.yaml").write_text(f"{SMALL}nlp: {{model: en_none}}\n")
    result = invoke("topics", "suggest", report)

    assert result.exit_code == 1
    assert "`python -m spacy download en_none` installs it" in result.stderr


def test_without_spacy_the_extra_that_brings_it_is_named(
    report: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [each for each in sys.modules if each.startswith("monitor.matching.suggest.")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "spacy", None)
    result = invoke("topics", "suggest", report)

    assert result.exit_code == 1
    assert "spacy is missing: pip install 'monitor-desk[suggest]'" in result.stderr


def test_a_drill_is_suggested_though_its_name_stands_in_quotes() -> None:
    Path("drill.txt").write_text(
        "Chinese military holds 'Strait Thunder' exercises\nTaipei condemned the war games.\n",
        encoding="utf-8",
    )
    assert "match: '@china NEAR/8 @exercise'" in done("topics", "suggest", "drill.txt")


def test_suggest_says_which_sets_lack_the_language_of_an_article() -> None:
    Path("amharic.txt").write_text("ቻይና በታይዋን ዙሪያ ወታደራዊ ልምምድ ጀመረች\n", encoding="utf-8")
    result = invoke("topics", "suggest", "amharic.txt")
    assert "few or no words in Amharic for countries, places, forces, weapons, actions" in (
        result.stderr
    )
