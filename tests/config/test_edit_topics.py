"""The expression of a topic is replaced in the file, and nothing else."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from ruamel.yaml import YAML

from monitor.config.edit_topics import digest, save_expression, with_expression
from monitor.config.load import load
from monitor.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

FILE = """\
# the desk
feeds: [{url: https://a.example/feed}]   # one feed

topics:
  # the first topic
  - id: a
    title: A
    match: |
      # soldiers of the North
      (troops OR soldiers) NEAR/3 Kursk

      OR 북한군
    severity: critical   # loud
  - {id: b, title: B, match: 'missile OR "X" ', labels: [x]}   # the second
  - id: c
    title: C
    match: plain AND words
  # what comes last
  - id: d
    match: >-
      folded OR
      text
    title: D

  - id: lists
    title: L
    any: [one, two]
polling: {interval: 10m}   # often
"""
NEW = "missile\n# why\nOR rocket AND NOT title:\"a 'b'\""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "config.yaml"
    path.write_text(FILE, "utf-8")
    return path


@pytest.mark.parametrize("topic", ["a", "b", "c", "d"])
def test_an_expression_is_replaced_and_every_other_line_stays(topic: str, file: Path) -> None:
    save_expression(file, topic, NEW, digest(file))
    before, after = FILE.splitlines(), file.read_text("utf-8").splitlines()
    config = load(file)
    assert {each.id: each.match for each in config.topics}[topic] == NEW
    others = [line for line in before if "#" in line and "soldiers of" not in line]
    assert [line for line in others if line not in after and "id: b" not in line] == []
    assert "# the second" in file.read_text("utf-8")
    assert file.with_name("config.yaml.old").read_text("utf-8") == FILE


@pytest.mark.parametrize("topic", ["a", "b", "c", "d"])
def test_an_expression_may_come_and_go_again(topic: str, file: Path) -> None:
    before = {each.id: each.match for each in load(file).topics}
    save_expression(file, topic, NEW, digest(file))
    save_expression(file, topic, before[topic], digest(file))
    assert {each.id: each.match for each in load(file).topics} == before


def test_lines_end_as_they_did(file: Path) -> None:
    text = FILE.replace("\n", "\r\n")
    new = with_expression(file, text, "a", NEW)
    assert new.count("\n") == new.count("\r\n")


def test_a_file_that_was_changed_meanwhile_is_refused(file: Path) -> None:
    seen = digest(file)
    file.write_text(FILE + "# more\n", "utf-8")
    with pytest.raises(InputError, match="was changed meanwhile"):
        save_expression(file, "a", NEW, seen)
    assert file.read_text("utf-8") == FILE + "# more\n"


@pytest.mark.parametrize(
    "expression", ["(troops", "troops NEAR/x Kursk", "@no_such_set", "a ${HOME}"]
)
def test_a_mistake_changes_nothing(expression: str, file: Path) -> None:
    with pytest.raises(InputError):
        save_expression(file, "a", expression, digest(file))
    assert file.read_text("utf-8") == FILE
    assert sorted(each.name for each in file.parent.iterdir()) == ["config.yaml"]


LISTS = """\
feeds: [{url: https://a.example/feed}]
terms: {more: &more [rocket]}
topics:
  - id: block   # of lines
    title: B
    # what is looked for
    any:   # soldiers
      - troops   # of any army
      # and those of the North
      - "북한군 # not a comment"
    severity: critical
    all:
      - [Kursk, Курск]
      -
        - attack
    # what is not meant
    none: [game]   # on a screen

  - any: [first, "key"]   # on the line of the dash
    id: dash
    title: D
  - {id: braces, title: B, any: [one, "two"], labels: [x], none: [three]}   # braces
  - {id: only, any: [one], title: O}
  - id: alias
    title: A
    any: *more
  - id: within
    title: W
    any: {a: b}
# what comes last
polling: {interval: 10m}   # often
"""


@pytest.mark.parametrize("topic", ["block", "dash", "braces", "only"])
def test_lists_give_way_to_an_expression_and_comments_stay(topic: str, file: Path) -> None:
    new = with_expression(file, LISTS, topic, NEW)
    root = YAML(typ="safe", pure=True).load(new)
    [found] = [each for each in root["topics"] if each["id"] == topic]
    assert found["match"].strip() == NEW
    assert not {"any", "all", "none"} & found.keys()
    comments = re.findall(r"# (?!not|why)[\w ]+", LISTS)
    assert sorted(re.findall(r"# (?!not|why)[\w ]+", new)) == sorted(comments)
    others = [
        line for line in LISTS.splitlines() if line.startswith(("feeds", "polling", "# what"))
    ]
    assert [line for line in others if line not in new.splitlines()] == []


def test_an_expression_stands_where_the_lists_stood(file: Path) -> None:
    new = with_expression(file, LISTS, "block", "troops\nOR attack")
    assert (
        new.partition("    title: B\n")[2].partition("  - any: [first")[0]
        == """\
    # what is looked for
    # soldiers
    # of any army
    # and those of the North
    # on a screen
    match: |
      troops
      OR attack
    severity: critical
    # what is not meant

"""
    )


@pytest.mark.parametrize("topic", ["alias", "within", "none"])
def test_what_a_program_cannot_tell_apart_is_left_to_a_person(topic: str, file: Path) -> None:
    with pytest.raises(InputError, match="edit it by hand"):
        with_expression(file, LISTS, topic, NEW)


def test_lists_become_an_expression_in_the_file(file: Path) -> None:
    save_expression(file, "lists", NEW, digest(file))
    assert {each.id: each.match for each in load(file).topics}["lists"] == NEW
    assert file.read_text("utf-8").endswith("polling: {interval: 10m}   # often\n")


def test_lines_of_lists_end_as_they_did(file: Path) -> None:
    new = with_expression(file, LISTS.replace("\n", "\r\n"), "block", NEW)
    assert new.count("\n") == new.count("\r\n")
    assert new.replace("\r\n", "\n") == with_expression(file, LISTS, "block", NEW)
