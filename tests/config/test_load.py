"""`config.yaml`: what is refused, and where."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from conftest import ROOT
from filled import SMALL, move_into_empty_home

from monitor.config.load import Config, load
from monitor.errors import ConfigError


@pytest.fixture(autouse=True)
def _clean(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    move_into_empty_home(tmp_path, monkeypatch)


def read(text: str, **options: Any) -> Config:
    """Load `config.yaml` in the working directory with this content."""
    path = Path("config.yaml")
    path.write_text(dedent(text), encoding="utf-8")
    return load(path, **options)


def mistakes(text: str) -> list[str]:
    """Each mistake as `line:column: field: message`."""
    with pytest.raises(ConfigError) as caught:
        read(text)
    return [str(mistake).removeprefix("config.yaml:") for mistake in caught.value.mistakes]


def changed(old: str, new: str) -> str:
    assert old in SMALL
    return SMALL.replace(old, new)


# ── what is refused ───────────────────────────────────────────────────────────────────────────


def test_a_small_configuration_is_enough() -> None:
    config = read(SMALL)

    [feed], [topic] = config.feeds, config.topics
    assert (feed.url, feed.address) == ("https://a.example/feed", "https://a.example/feed")
    assert (feed.title, feed.publisher) == ("a.example", "a.example")
    assert (topic.id, topic.any, topic.max_age) == ("icbm", ("ICBM",), 86_400)
    assert [channel.type for channel in config.channels.values()] == ["console"]


@pytest.mark.parametrize(
    "url", ["https://a.example/북한?q=[1]&x=a%20b", "https://xn--bcher-kva.example:8080/~x'(1)*"]
)
def test_letters_of_all_scripts_and_brackets_may_stand_in_an_address(url: str) -> None:
    assert read(changed("https://a.example/feed", url)).feeds[0].url == url


def test_a_variable_in_an_address_is_no_character_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEY", "a^b")
    assert read(changed("/feed", "/feed?key=${KEY}")).feeds[0].address.endswith("key=a^b")


@pytest.mark.parametrize("path", ["?id=1|2", "a^b`c", "tag/\u0646\u06cc\u0645\u200c\u0641/feed"])
def test_what_browsers_copy_behind_a_host_may_stand_in_an_address(path: str) -> None:
    assert read(changed("a.example/feed", f"a.example/{path}")).feeds[0].url.endswith(path)


def test_a_mistake_in_a_variable_of_an_address_is_told_once() -> None:
    [mistake] = mistakes(changed("/feed", "/feed?key=${KEY:-a}"))
    assert "${ begins a name" in mistake


@pytest.mark.parametrize(
    ("url", "advice"),
    [
        ("a|b.example", "delete it"),
        ("a.example/a feed", "write %20"),
        ("a.example?q=<x", "write %3C"),
        ("a b.example", "delete it"),
    ],
)
def test_a_character_that_no_address_can_have_is_told_what_to_write(url: str, advice: str) -> None:
    assert mistakes(changed("a.example/feed", url))[0].endswith(f"in an address: {advice}")


def test_every_mistake_is_reported_at_once_in_the_order_of_the_file() -> None:
    wrong = """\
        feeds:
          - url: ftp://a.example/feed
          - {url: https://b.example/feed, kind: newspapr}
          - {url: https://b.example/feed, intervall: 10m}
        topics:
          - {id: ICBM, title: ICBM, any: [ICBM]}
        polling:
          timeout: 20
    """
    found = mistakes(wrong)

    assert [line.partition(": ")[0] for line in found] == [
        "2:10",
        "3:41",
        "4:11",
        "4:35",
        "6:10",
        "8:12",
    ]


def test_what_needs_the_whole_file_is_reported_at_once_too() -> None:
    wrong = """\
        feeds:
          - url: ftp://a.example/feed
          - url: https://b.example/feed
          - url: https://b.example/feed
        topics:
          - {id: icbm, title: ICBM}
          - {id: icbm, title: ICBM, any: [ICBM], channels: [desk]}
    """
    found = mistakes(wrong)

    fields = ["feeds[0].url", "feeds[2].url", "topics[0]", "topics[1].id", "topics[1].channels"]
    assert [line.split(": ")[1] for line in found] == fields


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("pollin: {}\n", "7:1: pollin: unknown key; did you mean `polling`?"),
        ("polling:\n  timeot: 5s\n", "8:3: polling.timeot: unknown key; did you mean `timeout`?"),
        ("retention: {hit: 5d}\n", "7:13: retention.hit: unknown key; did you mean `hits`?"),
        (
            "channels:\n  desk: {type: console, colour: red}\n",
            "8:25: channels.desk.colour: unknown key; known here: type",
        ),
        (
            "channels:\n  slack: {type: slack, channel: c, token: xoxb-1, chanel: d}\n",
            "8:51: channels.slack.chanel: unknown key; did you mean `channel`?",
        ),
        (
            "channels:\n  desk: {type: slack, channel: c, tokenfile: t, token: xoxb-1}\n",
            "8:35: channels.desk.tokenfile: unknown key; did you mean `token_file`?",
        ),
    ],
)
def test_an_unknown_key_gets_the_nearest_one(text: str, expected: str) -> None:
    assert mistakes(SMALL + text) == [expected]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("url:", "titel: x\n    url:", "2:5: feeds[0].titel: unknown key; did you mean `title`?"),
        ("any:", "al: []\n    any:", "6:5: topics[0].al: unknown key; did you mean `all`?"),
        ("url:", "url_file: x\n    url:", "2:5: feeds[0].url_file: unknown key"),
        ("    any: [ICBM]\n", "", "4:5: topics[0]: an empty topic"),
        ("[ICBM]", "[]", "4:5: topics[0]: an empty topic"),
        ("[ICBM]", "['…']", "6:11: topics[0].any[0]: "),
        ("[ICBM]", "'!!'", "6:10: topics[0].any[0]: "),
        ("any: [ICBM]", "all: [ICBM, []]", "6:17: topics[0].all[1]: an empty group"),
        ("any: [ICBM]", "all: [[a, '?']]", "6:15: topics[0].all[0][1]: "),
        ("[ICBM]", "[a, b]\n    none: [c, b]", "7:15: topics[0].none[1]: `b` is wanted and excl"),
        ("[ICBM]", "[a]\n    all: [[b]]\n    none: b", "8:11: topics[0].none[0]: `b` is wanted"),
        ("[ICBM]", "[a]\n    none: [1943]", "7:12: topics[0].none[0]: expected text: YAML reads"),
        ("[ICBM]", "{ICBM: 1}", "6:10: topics[0].any: expected a list"),
        ("id: icbm", "id: ICBM!", "4:9: topics[0].id: expected small letters, digits"),
        ("    title: ICBM\n", "", "4:5: topics[0].title: is required"),
        ("[ICBM]", "[a]\n    max_age: 24", "7:14: topics[0].max_age: expected a duration such as"),
        ("[ICBM]", "[a]\n    max_age: 0h", "7:14: topics[0].max_age: should be greater than 0"),
        ("[ICBM]", "[a]\n    max_age: 1y", "7:14: topics[0].max_age: expected a duration"),
        ("https://a", "ftp://a", "2:10: feeds[0].url: expected an http or https address"),
        ("https://a.example/feed", "https:///feed", "2:10: feeds[0].url: expected an http"),
        ("https://a.example/feed", "'http://[::1'", "2:10: feeds[0].url: expected an http"),
        ("https://a", "https://me:pw@a", "2:10: feeds[0].url: a password here would be stored"),
        ("a.example/feed", "a.example/a feed", "2:10: feeds[0].url: a space cannot stand in"),
        ("a.example", "a b.example", "2:10: feeds[0].url: a space cannot stand in an address: del"),
        ("a.example/feed", "a.example/<x>", "2:10: feeds[0].url: `<` cannot stand in an"),
        ("feed\n", "fe\u200bed\n", "2:10: feeds[0].url: an invisible character (U+200B) cannot"),
        ("a.example", "a.example:http", "2:10: feeds[0].url: expected a port from 1 to 65535"),
        ("feed\n", "feed\n    country: kr\n", "3:14: feeds[0].country: expected KR (South Korea)"),
        ("feed\n", "feed\n    country: UK\n", "3:14: feeds[0].country: expected GB (United King"),
        ("feed\n", "feed\n    country: Italy\n", "3:14: feeds[0].country: expected IT (Italy)"),
        ("feed\n", "feed\n    country: JM, JP\n", "3:14: feeds[0].country: expected the two"),
        ("feed\n", "feed\n    country: SW\n", "3:14: feeds[0].country: expected CH (Switzerland)"),
        ("feed\n", "feed\n    country: QQ\n", "3:14: feeds[0].country: expected the two letters"),
        ("feed\n", "feed\n    lang: Korean\n", "3:11: feeds[0].lang: expected a language code"),
        ("feed\n", "feed\n    kind: blogs\n", "3:11: feeds[0].kind: expected one of 'wire',"),
        ("feed\n", "feed\n    enabled: yes\n", "3:14: feeds[0].enabled: expected true or false"),
        ("feed\n", "feed\n    interval: 10 min\n", "3:15: feeds[0].interval: expected a duration"),
        ("feeds:\n  - url: https://a.example/feed\n", "feeds: []\n", "1:8: feeds: is empty: write"),
        ("feeds:\n  - url: https://a.example/feed\n", "", "1:1: feeds: is required"),
        ("\n    any", "\n    channels: desk\n    any", "6:15: topics[0].channels: there is no"),
    ],
)  # fmt: skip
def test_a_mistake_is_reported_where_it_stands(old: str, new: str, expected: str) -> None:
    [found] = mistakes(changed(old, new))

    assert found.startswith(expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("polling: {max_body: 10MB}\n", "7:21: polling.max_body: expected a size such as 512KiB"),
        ("polling: {max_body: 10}\n", "7:21: polling.max_body: expected a size"),
        ("polling: {per_host: two}\n", "7:21: polling.per_host: expected a whole number"),
        ("polling: {workers: 0}\n", "7:20: polling.workers: should be greater than or equal to 1"),
        ("polling: 10m\n", "7:10: polling: expected keys with values below it"),
        ("channels: {desk: {typ: slack}}\n", "7:18: channels.desk: a channel needs a type"),
        ("channels: {desk: {type: slak}}\n", "7:18: channels.desk: expected one of "),
        ("channels: {desk: 5}\n", "7:18: channels.desk: expected keys with values below it"),
        ("channels: {}\n", "7:11: channels: "),
        ("channels: {slack: {type: slack, channel: c}}\n", "7:19: channels.slack.token: is req"),
        ("channels: {7: {type: slack, channel: c, token: ''}}\n", "7:11: channels.7.token: "),
        ("channels: {d: {type: slack, channel: c, token: t, api_url: slack.com}}\n",
         "7:60: channels.d.api_url: expected an http or https address"),
    ],
)  # fmt: skip
def test_a_mistake_in_a_section_is_reported_where_it_stands(text: str, expected: str) -> None:
    [found] = mistakes(SMALL + text)

    assert found.startswith(expected)


@pytest.mark.parametrize(
    ("title", "read"),
    [("5", "a number"), ("1.5", "a number"), ("2026-11-30", "a date"), ("true", "true or false")],
)
def test_what_yaml_reads_as_no_text_is_to_be_put_in_quotes(title: str, read: str) -> None:
    [found] = mistakes(changed("title: ICBM", f"title: {title}"))

    advice = f"expected text: YAML reads {read} here, put it in quotes"
    assert found == f"5:12: topics[0].title: {advice}"


def test_a_number_that_may_be_a_secret_is_not_repeated() -> None:
    [found] = mistakes(f"{SMALL}channels: {{d: {{type: slack, channel: c, token: 7391}}}}\n")

    assert "put it in quotes" in found
    assert "7391" not in found


def test_a_feed_that_is_only_an_address_is_told_how_to_write_one() -> None:
    [found] = mistakes(changed("url: https://a.example/feed", "https://a.example/feed"))

    assert found.startswith("2:5: feeds[0]: ")
    assert found.endswith("write the address as `url: https://…`")


def test_an_empty_address_is_empty() -> None:
    assert mistakes(changed("https://a.example/feed", "''")) == ["2:10: feeds[0].url: is empty"]


def test_a_topic_without_a_title_is_told_of_its_expression_too() -> None:
    text = changed("    title: ICBM\n    any: [ICBM]", "    match: '(ICBM OR IRBM'")
    assert [found.split(": ")[1] for found in mistakes(text)] == [
        "topics[0].title",
        "topics[0].match",
    ]


def test_a_channel_of_an_unknown_type_gets_the_nearest_one() -> None:
    [found] = mistakes(f"{SMALL}channels: {{desk: {{type: slak}}}}\n")

    assert found.endswith("; did you mean `slack`?")


def test_a_name_of_a_channel_that_yaml_takes_for_a_comment_is_to_be_put_in_quotes() -> None:
    text = "channels:\n  d:\n    type: slack\n    token: xoxb-1\n    channel: #alerts\n"

    advice = 'is empty; # begins a comment: put the name in quotes, "#alerts"'
    assert mistakes(SMALL + text) == [f"11:5: channels.d.channel: {advice}"]


def test_an_unknown_channel_gets_the_nearest_one() -> None:
    text = changed("[ICBM]", "[ICBM]\n    channels: [dekt]")

    [found] = mistakes(f"{text}channels: {{desk: {{type: console}}}}\n")
    assert found == "7:15: topics[0].channels: there is no channel `dekt`; did you mean `desk`?"


@pytest.mark.parametrize(
    "same",
    ["https://a.example/feed", "https://a.example/feed/", "http://www.a.example/feed",
     "https://a.example/feed?utm_source=x"],
)  # fmt: skip
def test_a_feed_that_is_there_twice_is_refused(same: str) -> None:
    [found] = mistakes(changed("topics:", f"  - url: {same}\ntopics:"))

    assert found == "3:10: feeds[1].url: the same feed as feeds[0]"


def test_feeds_that_differ_in_a_parameter_are_two() -> None:
    text = changed("topics:", "  - url: https://a.example/feed?id=2\ntopics:")

    assert len(read(text).feeds) == 2


def test_a_mistake_in_a_merged_mapping_is_reported() -> None:
    text = """\
        feeds:
          - &usual {url: https://a.example/feed, kind: blogs}
          - {<<: *usual, url: https://b.example/feed}
        topics: [{id: icbm, title: ICBM, any: [ICBM]}]
    """

    fields = [line.split(": ")[:2] for line in mistakes(text)]
    assert fields == [["2:48", "feeds[0].kind"], ["3:5", "feeds[1].kind"]]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("feeds: [\ntopics: }", "2:9: not valid YAML: "),
        (SMALL + "topics: []\n", '7:1: not valid YAML: found duplicate key "topics"'),
        ("only words\n", "1:1: expected keys with values below it"),
        ("a: \x07\n", "1:4: not valid YAML: a control character (U+0007): delete it"),
    ],
    ids=["bracket", "duplicate key", "no mapping", "control character"],
)
def test_what_is_no_yaml_is_reported_with_its_place(text: str, expected: str) -> None:
    [found] = mistakes(text)

    assert found.startswith(expected)


@pytest.mark.parametrize(
    ("old", "new", "advice"),
    [
        ("feeds:\n  -", "feeds:\n\t-", "indent with spaces, YAML takes no tabs"),
        ("topics:", "feeds: []\ntopics:", "write each key once, with all that belongs to it below"),
        ("topics:", "---\ntopics:", "there is one in a file, remove them"),
        ("title: ICBM", "title: Kursk: the front", "in quotes: title: '…'"),
    ],
)
def test_what_is_no_yaml_is_told_what_to_write(old: str, new: str, advice: str) -> None:
    [found] = mistakes(changed(old, new))

    assert found.endswith(advice)


def test_an_empty_file_lacks_what_is_required() -> None:
    assert mistakes("") == ["1:1: feeds: is required", "1:1: topics: is required"]


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"a: 1\nb: K\xe4bel", "2:5: not UTF-8 here: save the file"), (None, "1:1: cannot be read")],
)
def test_a_file_that_cannot_be_read_is_a_mistake(content: bytes | None, message: str) -> None:
    path = Path("config.yaml")
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(ConfigError, match=rf"^config.yaml:{message}"):
        load(path)


@pytest.mark.parametrize(("key", "value"), [("country", "NO"), ("lang", "no")])
def test_norway_is_no_boolean(key: str, value: str) -> None:
    [feed] = read(changed("feed\n", f"feed\n    {key}: {value}\n")).feeds

    assert getattr(feed, key) == value


@pytest.mark.parametrize(
    ("written", "seconds"),
    [("30s", 30), ("10m", 600), ("1.5h", 5_400), ("7d", 604_800), ("2w", 1_209_600)],
)
def test_durations_are_read_as_seconds(written: str, seconds: float) -> None:
    assert read(f"{SMALL}polling: {{interval: {written}}}\n").polling.interval == seconds


@pytest.mark.parametrize(
    ("written", "size"), [("512KiB", 524_288), ("10 MiB", 10_485_760), ('"9"', 9)]
)
def test_sizes_are_read_as_bytes(written: str, size: int) -> None:
    assert read(f"{SMALL}polling: {{max_body: {written}}}\n").polling.max_body == size


def test_a_feed_without_an_interval_has_the_usual_one() -> None:
    config = read(
        changed("topics:", "  - {url: https://b.example/, interval: 1h}\ntopics:")
        + "polling: {interval: 5m}\n"
    )

    assert [feed.interval for feed in config.feeds] == [300, 3_600]


def test_a_feed_with_an_interval_keeps_it_and_any_other_follows_its_news() -> None:
    config = read(changed("topics:", "  - {url: https://b.example/, interval: 1h}\ntopics:"))

    assert [feed.adapts for feed in config.feeds] == [True, False]


def test_the_configuration_that_comes_with_it_is_valid() -> None:
    config = load(ROOT / "config.yaml")

    assert {topic.id for topic in config.topics} == {"dprk-troops", "kursk", "icbm"}
    assert len(config.feeds) >= 30


@pytest.mark.parametrize("value", ["2024-02-30", "2024-10-31T25:00:00Z"])
def test_a_value_that_yaml_cannot_read_is_a_mistake(value: str) -> None:
    [found] = mistakes(changed("title: ICBM", f"title: {value}"))
    assert "not what its form promises" in found


@pytest.mark.parametrize(
    "value",
    [
        "[" * 600 + "]" * 600,
        pytest.param("[" * 3_000 + "]" * 3_000, marks=pytest.mark.slow),
        "&r {x: *r}",
    ],
    ids=["deep", "deeper", "itself"],
)
@pytest.mark.unmeasured
def test_a_value_without_end_is_a_mistake_and_no_crash(value: str) -> None:
    assert len(mistakes(SMALL + f"database: {value}\n")) == 1


def test_feeds_of_a_host_without_titles_are_told_apart_and_share_a_publisher() -> None:
    urls = ["https://a.example/asia", "https://a.example/rss?of=iran", "https://b.example/rss"]
    feeds = "".join(f"  - url: {url}\n" for url in urls)
    config = read(changed("  - url: https://a.example/feed\n", feeds))

    titles = ["a.example/asia", "a.example/rss?of=iran", "b.example"]
    assert [feed.title for feed in config.feeds] == titles
    assert {feed.publisher for feed in config.feeds} == {"a.example", "b.example"}
