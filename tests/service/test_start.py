"""The first requests of a start go out before anything is loaded that only later work needs."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from monitor.config.load import load
from monitor.service.channels import ConfiguredChannels

if TYPE_CHECKING:
    from pathlib import Path

_LATER = {
    "rich", "lark", "pymorphy3", "slack_sdk", "aiosmtplib", "aiohttp.web",
    "monitor.pipeline.ingest", "monitor.pipeline.deliver", "monitor.matching.tables",
    "monitor.brief.make", "monitor.store.queries.reader",
}  # fmt: skip
_LOADED = f"""
import sys
import monitor.cli.run, monitor.service.service
print(set(sys.modules) & {_LATER})
"""
CONFIG = """\
channels:
  desk: {type: slack, token: xoxb-1, channel: "#alerts"}
  screen: {type: console}
topics: [{id: icbm, title: ICBM, match: ICBM}]
feeds: [{url: "https://example.org/rss"}]
"""


def test_a_start_loads_nothing_that_only_later_work_needs() -> None:
    asked = [sys.executable, "-c", _LOADED]
    loaded = subprocess.run(asked, capture_output=True, text=True, check=True).stdout
    assert loaded.strip() == "set()"


@pytest.fixture
def channels(tmp_path: Path) -> ConfiguredChannels:
    (tmp_path / "config.yaml").write_text(CONFIG, encoding="utf-8")
    return ConfiguredChannels(load(tmp_path / "config.yaml").channels)


def test_configured_channels_are_known_by_name(channels: ConfiguredChannels) -> None:
    assert list(channels) == ["desk", "screen"]
    assert "elsewhere" not in channels


async def test_a_channel_is_opened_once(channels: ConfiguredChannels) -> None:
    opened = channels["screen"]
    assert channels["screen"] is opened
    await channels.close()
