"""Tags are refused with their place, and aliases before they grow."""

from __future__ import annotations

from pathlib import Path

import pytest
from measured import less_than

from monitor.config.load import load
from monitor.config.paths import database_path
from monitor.errors import ConfigError

TOPICS = "topics: [{id: icbm, title: ICBM, any: [ICBM]}]\n"
FEEDS = "feeds: [{url: 'https://a.example/feed?a=1&b=2'}]\n"


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def mistakes(text: str) -> list[str]:
    path = Path("config.yaml")
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load(path)
    return str(caught.value).splitlines()


@pytest.mark.parametrize(
    ("value", "tag"),
    [("!foo [1]", "!foo"), ("!!python/tuple [id]", "!!python/tuple"),
     ("!!binary aGVsbG8=", "!!binary"), ("!!int abc", "!!int"), ("&a !foo {x: 1}", "!foo")],
)  # fmt: skip
def test_a_tag_is_refused_with_its_place(value: str, tag: str) -> None:
    [found] = mistakes(f"{TOPICS}feeds: {value}\n")
    assert found.startswith("config.yaml:2:8: ")
    assert f"the tag {tag} means nothing here" in found


def test_aliases_in_aliases_are_refused_before_they_are_filled_in() -> None:
    rows = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    rows += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)]
    with less_than(1):
        [found] = mistakes("\n".join([*rows, "topics: *a9", FEEDS]))
    assert found.startswith("config.yaml:5:")
    assert "aliases stand for more than 100,000 values" in found


@pytest.mark.parametrize("value", ["&r {x: *r}", "&r [1, *r]"])
def test_a_value_that_contains_itself_is_refused_with_its_place(value: str) -> None:
    [found] = mistakes(f"{TOPICS}feeds: {value}\n")
    assert found.startswith("config.yaml:2:")
    assert "a value cannot contain itself" in found


def test_aliases_within_bounds_are_filled_in() -> None:
    path = Path("config.yaml")
    feeds = (
        "feeds: [&one {url: https://a.example/, kind: blog}, {<<: *one, url: https://b.example/}]\n"
    )
    path.write_text(TOPICS + feeds, encoding="utf-8")
    assert [feed.kind for feed in load(path).feeds] == ["blog", "blog"]


@pytest.mark.parametrize("channel", ["{type: slack, token: ${X}, channel: a}", "[${X}]"])
def test_a_variable_inside_braces_is_to_be_quoted(channel: str) -> None:
    [found] = mistakes(f"{TOPICS}{FEEDS}channels:\n  desk: {channel}\n")
    assert found.endswith('inside braces and brackets, quote a variable: "${X}"')


def test_a_command_that_only_reads_ignores_what_the_file_has_wrong() -> None:
    path = Path("config.yaml")
    path.write_text("title: !!int abc\nsince: 2024-02-30\n", encoding="utf-8")
    assert database_path(None, path).name == "monitor.db"
