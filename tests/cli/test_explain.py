"""`monitor explain`: why an article hits a topic, or does not."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from commands import LAUNCH, done, fill, invoke
from filled import move_into_empty_home

CONFIG = """\
feeds: [{url: https://one.example/feed, title: One}]
topics:
  - {id: launch, title: Launches, match: '(missile OR ICBM) NEAR/2 launch AND NOT parade'}
  - {id: wires, title: Wires, match: 'kind:wire AND ICBM'}
  - {id: army, title: Armies, match: '@my_army'}
terms:
  my_army: {en: [troop]}
  my_forces: {sets: [my_army], en: [fleet]}
"""


@pytest.fixture(autouse=True)
def _configured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    move_into_empty_home(tmp_path, monkeypatch)
    Path("config.yaml").write_text(CONFIG, encoding="utf-8")


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The stored articles: 1 KOREAN, 2 ICBM parade, 3 Weather, 4 LAUNCH, which was edited."""
    path = tmp_path_factory.mktemp("explain") / "monitor.db"
    asyncio.run(fill(path))
    return path


def explained(*arguments: str, db: Path | None = None) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(done("explain", "--json", *arguments, db=db))
    return found


# ── a text ────────────────────────────────────────────────────────────────────────────────────


def test_a_text_is_explained_as_a_tree() -> None:
    text = "A missile and the launch of it\nIt came after the parade."
    assert done("explain", "--topic", "launch", "--text", text).splitlines() == [
        "A missile and the launch of it",
        "language en",
        "",
        "launch: near-miss, score 1.00 of 0.5 — cancelled by “parade”",
        "  ✗ AND",
        "    ✓ NEAR/2",
        "      ✓ OR",
        "        ✓ missile: missile (title)",
        "        ✗ ICBM",
        "      ✓ launch: launch (title)",
        "    ✗ NOT (cancelled by “parade”)",
        "      ✓ parade: parade (text)",
    ]


def test_all_topics_are_explained_in_their_order() -> None:
    found = explained("--text", "Missile launch; troops watch")
    assert [(each["topic"], each["outcome"]) for each in found] == [
        ("launch", "hit"),
        ("wires", "no-match"),
        ("army", "hit"),
    ]


def test_topics_are_explained_as_asked_for() -> None:
    found = explained("--text", "Missile launch", "--topic", "army", "--topic", "launch")
    assert [each["topic"] for each in found] == ["army", "launch"]


def test_an_explanation_as_json_has_the_tree() -> None:
    [found] = explained("--text", "Missile launch", "--topic", "launch")
    assert set(found) == {"topic", "digest", "outcome", "score", "threshold", "reason", "tree"}
    assert (found["outcome"], found["score"], found["threshold"]) == ("hit", 1.0, 0.5)
    tree = found["tree"]
    assert set(tree) == {"text", "score", "found", "note", "parts"}
    assert [part["text"] for part in tree["parts"]] == ["NEAR/2", "NOT"]
    assert tree["parts"][0]["parts"][1]["found"] == ["launch (title)"]


def test_letters_of_all_scripts_are_written_as_they_are() -> None:
    assert done("explain", "--text", "북한의 발사").startswith("북한의 발사\nlanguage ko\n")
    assert "북한" not in done("explain", "--json", "--text", "Missile")


def test_a_text_of_which_the_language_is_not_known_says_so() -> None:
    assert "language unknown\n" in done("explain", "--text", "42")


def test_own_term_sets_are_looked_up() -> None:
    [found] = explained("--text", "Troops arrive", "--topic", "army")
    assert found["tree"]["found"] == ["Troops (title)"]


# ── many texts ────────────────────────────────────────────────────────────────────────────────

MANY = """\
Missile launch

{"id": 7, "title": "Parade", "summary": "Troops march", "lang": "en"}
"""


def test_the_lines_of_a_file_are_explained_with_outcomes_and_words() -> None:
    Path("many.txt").write_text(MANY, encoding="utf-8")
    assert done("explain", "--file", "many.txt", "--topic", "army").splitlines() == [
        "Missile launch",
        "language en",
        "army: no-match, score 0.00 of 0.5 — false: @my_army",
        "",
        "Parade",
        "language en",
        "army: hit, score 0.70 of 0.5 — @my_army: Troops (text)",
        "",
    ]


def test_the_lines_of_a_pipe_are_explained() -> None:
    result = invoke("explain", "-", "--json", "--topic", "army", given=MANY)
    found = json.loads(result.stdout)
    assert [(each["title"], each["topics"][0]["outcome"]) for each in found] == [
        ("Missile launch", "no-match"),
        ("Parade", "hit"),
    ]


def test_a_line_that_is_no_json_is_named() -> None:
    result = invoke("explain", "-", given='Missile\n{"id": 7\n')
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: -:2: not JSON: ")


def test_a_file_that_is_not_there_is_named() -> None:
    result = invoke("explain", "--file", "none.txt")
    assert result.stderr.startswith("Error: none.txt cannot be read (No such file or directory): ")


def test_a_word_says_which_included_set_has_it() -> None:
    config = CONFIG.replace("match: '@my_army'", "match: '@my_forces'")
    Path("config.yaml").write_text(config, encoding="utf-8")
    [found] = explained("--text", "Troops and the fleet", "--topic", "army")
    assert found["tree"]["found"] == ["Troops (title, of @my_army)", "fleet (title)"]


# ── what is stored ────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("which", "outcomes"),
    [("2", ["no-match", "hit", "no-match"]), ("4", ["no-match", "hit", "hit"])],
)
def test_a_stored_article_is_explained_by_its_id(
    database: Path, which: str, outcomes: list[str]
) -> None:
    assert [each["outcome"] for each in explained(which, db=database)] == outcomes


def test_a_stored_article_is_explained_by_its_link(database: Path) -> None:
    assert explained(LAUNCH.link, db=database) == explained("4", db=database)


def test_the_article_is_explained_as_it_is_now(database: Path) -> None:
    assert done("explain", "4", db=database).startswith("Edited: the ICBM\nlanguage en\n")


def test_a_filter_sees_the_kind_of_the_feed(database: Path) -> None:
    [found] = explained("4", "--topic", "wires", db=database)
    assert [part["score"] for part in found["tree"]["parts"]] == [1.0, 1.0]


# ── mistakes ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "which",
    ["99", "0", "9" * 18, "9" * 30, "9" * 5_000, "https://a.example/none", "ICBM", "٣٣", "%"],
)
def test_an_article_that_is_not_there_is_named(database: Path, which: str) -> None:
    result = invoke("explain", which, db=database)
    assert (result.exit_code, result.exception.__class__) == (1, SystemExit)
    assert result.stderr == f"Error: there is no article {which}; `monitor hits` lists them\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], 'give an ID or a URL, --text "…", or --file'),
        (["--text", " \n"], 'give an ID or a URL, --text "…", or --file'),
        (["4", "--text", "Missile"], 'give an ID or a URL, --text "…", or --file'),
        (["--text", "Missile", "--topic", "lunch"],
         "there is no topic `lunch`; did you mean `launch`?"),
    ],
)  # fmt: skip
def test_a_mistaken_command_line_says_what_is_wrong(arguments: list[str], message: str) -> None:
    result = invoke("explain", *arguments)
    assert result.exit_code == 2
    assert message in result.stderr


def test_without_a_database_only_texts_are_explained(tmp_path: Path) -> None:
    missing = tmp_path / "none.db"
    assert invoke("explain", "4", db=missing).exit_code == 1
    assert "launch: hit" in done("explain", "--text", "Missile launch", db=missing)
    assert not missing.exists()


def test_a_mistake_in_the_configuration_is_reported() -> None:
    Path("config.yaml").write_text(CONFIG.replace("NEAR/2", "NEAR"), encoding="utf-8")
    result = invoke("explain", "--text", "Missile")
    assert result.exit_code == 2
    assert "“NEAR” is unexpected here" in result.stderr


@pytest.mark.parametrize(
    "text", ["<b>Missile</b> launch", "Missile &amp; launch", "\ud800 x", "\x00 x", "a" * 9_999]
)
def test_any_text_is_explained(text: str) -> None:
    assert len(explained("--text", text)) == 3
