"""`monitor check`: examples are tried; topics that hit nothing or everything are told."""

from __future__ import annotations

import asyncio
import io
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from commands import invoke
from conftest import DATA, NOW, ROOT
from copies import store_at
from fakes import article, feed, topic
from filled import SMALL, bring, move_into_empty_home

from monitor.cli import main

if TYPE_CHECKING:
    from click.testing import Result

DATABASE = Path("monitor.db")


@pytest.fixture(autouse=True)
def _clean(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    move_into_empty_home(tmp_path, monkeypatch)


def check(match: str, rest: str = "") -> Result:
    """`monitor check` of a configuration whose only topic, `t`, has this expression."""
    text = f"""feeds: [{{url: https://a.example/feed, publisher: A}}]
topics:
  - id: t
    title: T
    match: |
      {match}
{rest}
terms: {{nothing: []}}
"""
    Path("config.yaml").write_text(text, encoding="utf-8")
    return invoke("check", db=DATABASE)


def stored(*titles: str) -> None:
    """Let a database hold articles with these titles."""

    async def fill() -> None:
        one = feed("https://one.example/feed")
        async with store_at(DATABASE) as store:
            await store.write(lambda tx: tx.feeds.sync([one], NOW))
            await bring(store, one, [article(title) for title in titles], NOW, topics=[topic()])

    asyncio.run(fill())


def test_examples_that_do_as_they_should_are_counted() -> None:
    rest = "    examples: {match: [Floods in Asia, Flood], no_match: [Fire]}"
    result = check("flood", rest)
    assert (result.exit_code, result.stderr) == (0, "")
    assert "3 examples; no mistakes" in result.stdout


def test_an_example_that_fails_is_a_mistake_at_its_place_with_the_reason() -> None:
    rest = "    examples:\n      match:\n        - Flood\n        - The dry north\n"
    result = check("flood AND north", rest.replace("- Flood", "- Flood in the north"))
    assert result.exit_code == 2
    assert result.stderr.startswith(
        "config.yaml:10:11: topics[0].examples.match[1]: this example should hit `t`: false: flood"
    )


def test_an_example_that_hits_and_should_not_is_a_mistake() -> None:
    result = check("flood", "    examples: {no_match: [A flood of letters]}")
    assert result.exit_code == 2
    assert "examples.no_match[0]: this example should not hit `t`: score 1.00, by " in result.stderr


def test_the_first_line_of_an_example_is_its_title() -> None:
    rest = '    examples: {match: ["Flood\\nin Asia"], no_match: ["Asia\\nFlood"]}'
    assert check("title:flood", rest).exit_code == 0


@pytest.mark.parametrize(
    ("match", "why"),
    [
        ("flood AND NOT flood", "it asks for flood and excludes it"),
        ("flood AND NOT (flood OR fire)", "it asks for flood and excludes it"),
        ("flood NEAR/3 fire AND NOT fire", "it asks for flood NEAR/3 fire and excludes it"),
        ("(a AND b) NOT b", "it asks for b and excludes it"),
        ("flood NOT NEAR/3 flood", "flood always cancels itself"),
        ("flood AND lang:ru AND lang:(uk OR pl)", "lang:ru and lang:(uk OR pl) exclude each other"),
        ("flood AND title:(fire) AND NOT fire", "it asks for title:(fire) and excludes it"),
        ("flood AND kind:paper", "nothing can be kind:paper"),
        ("flood AND (lang:english OR lang:ko-KR)", "nothing can be lang:english"),
        ("flood NEAR/3 @nothing", "nothing can be @nothing"),
    ],
)
def test_a_topic_that_can_never_match_gets_a_warning(match: str, why: str) -> None:
    result = check(match)
    assert result.exit_code == 0
    assert f"topic t can never match: {why}" in result.stderr


@pytest.mark.parametrize(
    "match",
    [
        "flood AND NOT title:flood",
        "flood AND NOT (flood NEAR/3 fire)",
        "flood OR (fire AND NOT fire)",
        "flood AND lang:(ru OR uk) AND lang:ru",
        "flood AND lang:RU AND lang:ru AND kind:State",
        "flood AND kind:(state OR paper)",
        "flood AND NOT @nothing",
        "flood NOT NEAR/3 fire",
    ],
)
def test_a_topic_that_may_match_gets_none(match: str) -> None:
    assert check(match).stderr == ""


@pytest.mark.parametrize(
    ("match", "warning"),
    [
        ("flood OR lang:xx AND fire", "lang:xx is no language: write its ISO 639 code, such as ko"),
        ("flood OR the", "`the` stands in nearly every text: leave it out, or write a phrase"),
        (
            "flood OR h*",
            "h* finds every word that begins so: write at least 3 letters before the *",
        ),
    ],
)
def test_a_part_of_a_topic_that_says_nothing_gets_a_warning(match: str, warning: str) -> None:
    result = check(match)
    assert (result.exit_code, result.stderr) == (0, f"warning: topic t: {warning}\n")


def test_a_publisher_of_no_feed_gets_a_warning_with_the_nearest_one() -> None:
    [told] = warnings_of('flood OR publisher:"Repter" AND fire', "publisher: The Reporter")
    assert 'publisher:"Repter": no feed and no stored article has it' in told
    assert told.endswith('did you mean publisher:"The Reporter"?')


def test_a_topic_whose_sets_lack_the_language_of_a_feed_gets_a_warning() -> None:
    assert warnings_of("@rivers AND flood", "lang: ka") == [
        "warning: topic t hits nothing in Georgian (1 feed): no words there in @rivers"
    ]
    assert warnings_of("@rivers OR @everywhere", "lang: ka") == []
    assert warnings_of("lang:en AND @rivers", "lang: ka") == []


def test_a_topic_whose_guards_lack_the_language_of_a_feed_gets_a_warning() -> None:
    warning = "warning: topic t is without a guard in Georgian: no words there in @rivers"
    assert warnings_of("@everywhere AND NOT @rivers", "lang: ka") == [warning]
    assert warnings_of("@everywhere NOT NEAR/3 @rivers", "lang: ka") == [warning]
    assert warnings_of("@everywhere AND NOT @rivers", "lang: en") == []


def warnings_of(match: str, feed: str) -> list[str]:
    """The warnings on a topic with two sets of the user's, and a feed with some keys more."""
    Path("config.yaml").write_text(
        f"feeds: [{{url: https://a.example/feed, {feed}}}]\n"
        f"topics: [{{id: t, title: T, match: '{match}'}}]\n"
        "terms: {rivers: {en: [Zenda]}, everywhere: [ICBM]}\n",
        encoding="utf-8",
    )
    return invoke("check").stderr.splitlines()


def test_a_topic_that_hits_more_than_a_twentieth_of_what_is_stored_gets_a_warning() -> None:
    stored(*(f"Flood {n}" if n % 10 == 0 else f"Fire {n}" for n in range(200)))
    result = check("flood")
    assert result.exit_code == 0
    assert "topic t hits 10% of the last 200 stored articles" in result.stderr


def test_a_share_of_a_few_articles_says_nothing() -> None:
    stored(*(f"Flood {n}" for n in range(199)))
    assert check("flood").stderr == ""


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_on_a_terminal_the_steps_of_compiling_topics_are_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CACHE_DIRECTORY", str(tmp_path / "cache"))
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr("monitor.cli.output._PATIENCE", -1.0)
    monkeypatch.setattr("sys.stderr", terminal := _Terminal())
    Path("config.yaml").write_text(SMALL, encoding="utf-8")
    main(["check"], standalone_mode=False)

    shown = re.sub(r"\x1b\[[\d;?]*[a-zA-Z]", "", terminal.getvalue())
    assert re.search(r"Compiling topics \S+ 1/1 steps", shown)


def test_a_database_that_cannot_be_read_is_no_mistake_of_the_configuration() -> None:
    DATABASE.write_bytes(b"no database at all, and long enough to be looked at" * 99)
    result = check("flood")
    assert result.exit_code == 0
    assert "topics were not tried on stored articles" in result.stderr


def test_the_shipped_topics_have_a_dozen_examples_each() -> None:
    from monitor.config.load import load  # noqa: PLC0415 - loading it costs what only this test needs

    config = load(ROOT / "config.yaml")
    counts = [sum(each.topic == one.id for each in config.examples) for one in config.topics]
    assert len(counts) == 3
    assert min(counts) >= 12


@pytest.mark.unmeasured
def test_the_shipped_configuration_holds_what_its_examples_say() -> None:
    shipped = ROOT / "config.yaml"
    result = invoke("--config", str(shipped), "check", db=DATABASE)
    assert (result.exit_code, result.stderr) == (0, "")


def test_the_term_sets_carry_topics_on_other_conflicts() -> None:
    """Precision 1 and recall 0.8 on sentences in 14 languages, from shipped term sets alone."""
    data = DATA
    given = ["--input", str(data / "other_conflicts.jsonl"), "--json"]
    config = str(data / "other_conflicts.yaml")
    result = invoke("--config", config, "backtest", *given, db=DATABASE)
    quality = {t: row["quality"]["all"] for t, row in json.loads(result.stdout)["topics"].items()}
    assert set(quality) == {"red-sea", "el-fasher"}
    assert min(each["precision"] for each in quality.values()) == 1
    assert min(each["recall"] for each in quality.values()) >= 0.8


SECRETS = """channels:
  desk: {type: slack, token_file: not-mine, channel: "#a"}
  mail: {type: email, host: mail.example, user: a, password: "${NO_PASSWORD}",
         sender: "${NO_SENDER}", to: a@example.org}
  hook: {type: webhook, url: "${NO_URL}"}
"""


def test_a_user_without_the_secrets_checks_and_explains() -> None:
    result = check("Kursk", SECRETS)
    assert result.exit_code == 0
    assert "channels.desk.token_file: there is no file not-mine: needed to send" in result.stderr
    assert "variable NO_PASSWORD is not set: needed to send and to fetch only" in result.stderr
    for command in (["explain", "--text", "Kursk"], ["topics"], ["backtest", "--since", "1d"]):
        assert invoke("--db", "new.db", *command).exit_code in {0, 1}, command
        assert "NO_URL" not in invoke("--db", "new.db", *command).output


@pytest.mark.parametrize("command", ["run --once", "alerts test desk"])
def test_what_sends_asks_for_the_secrets(command: str) -> None:
    check("Kursk", SECRETS)
    result = invoke(*command.split())
    assert result.exit_code == 2
    assert "channels.desk.token_file: there is no file not-mine" in result.stderr
