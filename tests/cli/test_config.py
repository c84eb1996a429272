"""`monitor config`: settings read, set and edited."""

from __future__ import annotations

from pathlib import Path

import pytest
from commands import done, invoke
from filled import SMALL, move_into_empty_home

CONFIG = Path("config.yaml")


@pytest.fixture(autouse=True)
def _clean(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    move_into_empty_home(tmp_path, monkeypatch)
    CONFIG.write_text(f"# mine\n{SMALL}polling: {{interval: 90s}}  # often\n", encoding="utf-8")


def editor(monkeypatch: pytest.MonkeyPatch, old: str, new: str) -> None:
    """Let the editor be a program that replaces one text by another."""
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.setenv("EDITOR", f"sed -i 's/{old}/{new}/'")


def test_a_setting_is_printed_as_it_is_in_effect() -> None:
    assert done("config", "get", "polling.interval") == "90s\n"
    assert done("config", "get", "topics.icbm.title") == "ICBM\n"
    assert done("config", "get", "topics[0].any", "--json") == '[\n  "ICBM"\n]\n'
    assert done("config", "get", "polling.per_host").strip().isdecimal()  # a default


def test_a_secret_is_not_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOKEN", "xoxb-secret")
    desk = "channels: {desk: {type: slack, token: '${TOKEN}', channel: '#a'}}\n"
    CONFIG.write_text(SMALL + desk, encoding="utf-8")

    assert done("config", "get", "channels.desk.token") == "${TOKEN}\n"
    assert "xoxb" not in done("config", "get", "channels")


def test_an_unknown_setting_brings_the_nearest() -> None:
    result = invoke("config", "get", "polling.intervall")
    assert result.exit_code == 2
    assert "there is no `intervall`; did you mean `interval`?" in result.stderr


def test_a_setting_is_set_and_comments_stay() -> None:
    result = invoke("config", "set", "polling.interval", "5m")

    assert (result.exit_code, result.stdout) == (0, "config.yaml: polling.interval is set\n")
    assert "systemctl reload monitor" in result.stderr
    expected = f"# mine\n{SMALL}polling: {{interval: 5m}}  # often\n"
    assert CONFIG.read_text(encoding="utf-8") == expected


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("polling.interval", "soon", "polling.interval: "),
        ("polling.intervall", "5m", "unknown key; did you mean `interval`?"),
        ("topics.icbm.any", "[]", "config.yaml was left as it is"),
    ],
)
def test_a_value_that_would_be_a_mistake_is_refused(key: str, value: str, said: str) -> None:
    before = CONFIG.read_text(encoding="utf-8")
    result = invoke("config", "set", key, value)

    assert (result.exit_code, said in result.stderr) == (1, True), result.stderr
    assert CONFIG.read_text(encoding="utf-8") == before


def test_a_secret_is_not_taken_from_the_command_line() -> None:
    result = invoke("config", "set", "channels.desk.token", "xoxb-1")
    assert result.exit_code == 2
    assert "set channels.desk.token_file to a file that holds it" in result.stderr


def test_what_is_edited_is_saved_once_it_is_right(monkeypatch: pytest.MonkeyPatch) -> None:
    editor(monkeypatch, "90s", "2m")
    assert done("config", "edit") == "config.yaml is saved\n"
    assert done("config", "get", "polling.interval") == "2m\n"

    assert done("config", "edit") == "config.yaml: nothing is changed\n"
    editor(monkeypatch, "interval", "intervall")
    result = invoke("config", "edit")
    assert (result.exit_code, "did you mean `interval`?" in result.stderr) == (1, True)
    assert done("config", "get", "polling.interval") == "2m\n"
