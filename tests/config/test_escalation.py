"""`delivery.escalate_after` and `escalate_to`: both or neither, and channels that there are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from filled import SMALL

from monitor.config.load import load
from monitor.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ("{escalate_after: 30m}", "name the channels that it goes to in `escalate_to`"),
        ("{escalate_to: console}", "say after how long in `escalate_after`"),
        ("{escalate_after: 30m, escalate_to: [boss]}", "there is no channel `boss`"),
        ("{escalate_after: soon, escalate_to: console}", "expected a duration"),
    ],
)
def test_half_an_escalation_is_a_mistake(tmp_path: Path, settings: str, said: str) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(f"{SMALL}delivery: {settings}\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=said):
        load(path)


def test_an_escalation_names_a_time_and_channels(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(f"{SMALL}delivery: {{escalate_after: 30m, escalate_to: console}}\n", "utf-8")
    delivery = load(path).delivery
    assert (delivery.escalate_after, delivery.escalate_to) == (1800.0, ("console",))


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("pages: {dsk: 1GiB}", "unknown key"),
        ("pages: {disk: 1TiB}", "expected a size"),
        ("gloss: {model: m}", "gloss.url"),
        ("gloss: {url: 'http://127.0.0.1', modle: m}", "unknown key"),
        ("reader_lang: [English]", "reader_lang"),
    ],
)
def test_mistakes_in_the_sections_for_after_the_alert_are_told(
    tmp_path: Path, written: str, said: str
) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(f"{SMALL}{written}\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=said):
        load(path)
