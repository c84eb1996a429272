"""What `monitor init` writes: the shipped configuration, less what was not chosen."""

from __future__ import annotations

from pathlib import Path

import pytest
from filled import move_into_empty_home

from monitor.config.load import load
from monitor.config.paths import new_config_path
from monitor.config.rewrite import write_new
from monitor.config.starter import offer, shipped, starter
from monitor.errors import ConfigError, InputError

TEXT = shipped()
OFFER = offer(TEXT)


@pytest.fixture(autouse=True)
def _clean(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    move_into_empty_home(tmp_path, monkeypatch)


def test_all_chosen_and_no_channel_is_the_shipped_file() -> None:
    assert starter(TEXT, OFFER.topics, OFFER.folders, {}) == TEXT


def test_each_topic_and_folder_alone_is_a_configuration_without_mistakes() -> None:
    for topic, folder in zip(OFFER.topics, OFFER.folders, strict=False):
        path = Path(f"{topic}.yaml")
        config = write_new(path, starter(TEXT, [topic], [folder], {}), {})
        assert [each.id for each in config.topics] == [topic]
        assert len(config.feeds) == OFFER.folders[folder]


def test_a_comment_goes_with_the_feeds_that_it_is_about_and_sections_keep_theirs() -> None:
    text = starter(TEXT, ["kursk"], ["World"], {})
    assert "# World news" in text
    assert "# Ukraine and Russia" not in text
    assert "# Your own term sets" in text
    assert "# Addresses come from public lists." in text


def test_a_channel_stands_where_the_example_of_one_stood() -> None:
    hook = {"type": "webhook", "url": "https://desk.example/a?b=1: #c"}
    text = starter(TEXT, ["icbm"], ["World"], hook)
    path = Path("hook.yaml")
    settings = write_new(path, text, {}).channels["desk"]
    assert settings.arguments()["url"] == hook["url"]
    assert "# channels:" not in text
    assert "# polling:" in text


def test_secrets_are_files_that_only_the_user_can_read() -> None:
    slack = {"type": "slack", "channel": "#alerts", "token_file": "desk-token"}
    path = Path("new/folder/config.yaml")
    text = starter(TEXT, ["icbm"], ["World"], slack)
    write_new(path, text, {"desk-token": "xoxb-1"})
    assert load(path).channels["desk"].arguments()["token"] == "xoxb-1"
    assert (path.parent / "desk-token").stat().st_mode & 0o777 == 0o600


def test_a_mistaken_channel_leaves_nothing_behind() -> None:
    mail = {"type": "email", "host": "mail.example", "sender": "nobody", "to": "desk@example.org"}
    with pytest.raises(ConfigError, match="sender"):
        write_new(Path("config.yaml"), starter(TEXT, ["icbm"], ["World"], mail), {"secret": "s"})
    assert not list(Path().iterdir())


def test_a_file_that_is_there_is_left_as_it_is_and_nothing_is_added_beside_it() -> None:
    Path("config.yaml").write_text("mine", encoding="utf-8")
    with pytest.raises(InputError, match=r"config\.yaml exists"):
        write_new(Path("config.yaml"), TEXT, {"desk-token": "xoxb-1"})
    assert [path.name for path in Path().iterdir()] == ["config.yaml"]
    assert Path("config.yaml").read_text(encoding="utf-8") == "mine"


def test_a_new_configuration_goes_where_the_program_will_look_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert new_config_path(None) == tmp_path / "etc" / "monitor" / "config.yaml"
    monkeypatch.setenv("MONITOR_CONFIG", "named.yaml")
    assert new_config_path(None) == Path("named.yaml")
    assert new_config_path(Path("option.yaml")) == Path("option.yaml")
