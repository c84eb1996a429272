"""A value set in the text of a configuration: what it means, and what stays as it was."""

from __future__ import annotations

from pathlib import Path

import pytest
from ruamel.yaml import YAML

from monitor.config.edit_value import as_yaml, read_value, with_value
from monitor.errors import InputError

TEXT = """\
# The desk.
polling:
  interval: 10m   # not too often
  contact:
delivery: {per_hour: 20, quiet: [22, 7]}  # one line

topics:
  # missiles
  - id: icbm
    title: ICBM
    none: [parade,  # not these
           film]
  - {id: kursk, title: Kursk}
"""
PATH = Path("config.yaml")


def meaning(text: str) -> object:
    return YAML(typ="safe", pure=True).load(text)


@pytest.mark.parametrize(
    ("key", "value", "old", "new"),
    [
        ("polling.interval", "5m", "10m   # not", "5m   # not"),
        ("polling.contact", "a@b.example", "contact:\n", 'contact: "a@b.example"\n'),
        ("polling.timeout", "20s", "  contact:\n", "  contact:\n  timeout: 20s\n"),
        ("delivery.per_hour", "5", "per_hour: 20", "per_hour: 5"),
        ("delivery.quiet", "[]", "[22, 7]", "[]"),
        ("delivery.timezone", "Asia/Seoul", "7]}", "7], timezone: Asia/Seoul}"),
        ("topics.kursk.title", "Kursk: the region", "title: Kursk}", 'title: "Kursk: the region"}'),
        ("topics[0].title", "no", "title: ICBM", "title: no"),
        ("topics.icbm.severity", "high", "film]\n", "film]\n    severity: high\n"),
        ("web.port", "8710", "title: Kursk}\n", "title: Kursk}\nweb: {port: 8710}\n"),
    ],
)  # fmt: skip
def test_only_the_value_changes(key: str, value: str, old: str, new: str) -> None:
    assert TEXT.count(old) == 1
    assert with_value(PATH, TEXT, key, value) == TEXT.replace(old, new)


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("topics.icmb.title", "there is no `icmb` in this list; did you mean `icbm`?"),
        ("topics", "no program can change: edit it"),
        ("polling", "no program can change: edit it"),
        ("polling.interval.minutes", "no program can change: edit it"),
    ],
)
def test_what_cannot_be_set_is_refused(key: str, said: str) -> None:
    with pytest.raises(InputError, match=said.replace("?", r"\?")):
        with_value(PATH, TEXT, key, "x")


@pytest.mark.parametrize("text", ["a: [", "- a\n", "a: &x {b: 1}\nc: *x\n"])
def test_a_text_that_is_no_plain_mapping_is_left_to_a_person(text: str) -> None:
    with pytest.raises(InputError):
        with_value(PATH, text, "c.b", "2")


def test_line_ends_stay() -> None:
    text = "polling:\r\n  interval: 10m\r\n"
    assert with_value(PATH, text, "polling.timeout", "9s") == f"{text}  timeout: 9s\r\n"


@pytest.mark.parametrize(
    ("written", "value"),
    [("5", 5), ("true", True), ("null", None), ("[ko, en]", ["ko", "en"]), ("{a: 1}", {"a": 1}),
     ("30m", "30m"), ("#alerts", "#alerts"), ("a: b", "a: b"), ("- a", "- a"),
     ("2024-10-31", "2024-10-31"), ("", ""), ("[open", "[open"), ('"5"', "5")],
)  # fmt: skip
def test_what_is_written_is_read_as_one_means_it(written: str, value: object) -> None:
    read = read_value(written)
    assert (read, type(read)) == (value, type(value))
    assert meaning(f"key: {as_yaml(read)}") == {"key": value}
